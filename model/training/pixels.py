"""Decoded images, kept in one file so that a long run decodes each only once."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.training.samples import Sample, read_image

Pixels = npt.NDArray[np.uint8]


class ImagesFromFiles:
    """Decodes an image each time it is asked for."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self.samples = samples

    def __getitem__(self, index: int) -> Pixels:
        return read_image(self.samples[index])


class PackedImages:
    """All images as raw pixels in ``folder``, written at the first use and mapped into memory
    after that."""

    def __init__(self, samples: Sequence[Sample], folder: Path) -> None:
        sizes = [height * width * 3 for height, width in (sample.size for sample in samples)]
        self.samples = samples
        self.starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        names = json.dumps([[str(sample.path), *sample.size] for sample in samples])
        path = folder / f"{blake2b(names.encode(), digest_size=8).hexdigest()}.rgb"
        if not path.exists() or path.stat().st_size != self.starts[-1]:
            _pack(samples, path)
        self.pixels = np.memmap(path, np.uint8, "r")

    def __getitem__(self, index: int) -> Pixels:
        start, stop = self.starts[index : index + 2]
        return self.pixels[start:stop].reshape(*self.samples[index].size, 3)


def _pack(samples: Sequence[Sample], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            for sample in samples:
                file.write(read_image(sample).tobytes())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
