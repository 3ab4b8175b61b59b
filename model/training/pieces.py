"""A folder of images with masks as a few small archives, for a machine that takes no large ones.

Each piece is a fair draw of the images, so training can begin with the first one.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from model import rle
from model.training.samples import ANNOTATIONS, DataError, Sample, read_image

ROOM = 64 << 10
"""Bytes of a piece that are left for the archive's own tables."""


def pack(
    samples: Sequence[Sample],
    folder: Path,
    name: str,
    most: int,
    side: int = 448,
    quality: int = 70,
    seed: int = 0,
) -> list[Path]:
    """Write ``NAME-00.zip``, ``NAME-01.zip``, ... into ``folder``.

    Args:
        most: bytes of a piece.
        side: images with a longer side are scaled down to it, masks with them.
        quality: of WebP, 0 to 100.
        seed: of the order, by which pieces are fair draws.

    Raises:
        DataError: an image cannot be read.
        ValueError: one image alone is larger than ``most``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    entries: list[tuple[str, bytes, bytes]] = []
    size = ROOM
    for number in np.random.default_rng(seed).permutation(len(samples)):
        entry = _entry(samples[number], int(number), side, quality)
        # A name stands twice in an archive, with some 100 bytes around it.
        needed = len(entry[1]) + len(entry[2]) + 2 * len(entry[0]) + 200
        if needed + ROOM > most:
            raise ValueError(f"{samples[number].path} alone needs {needed} bytes: allow more")
        if size + needed > most:
            written.append(_write(folder / f"{name}-{len(written):02}.zip", entries))
            entries, size = [], ROOM
        entries.append(entry)
        size += needed
    if entries:
        written.append(_write(folder / f"{name}-{len(written):02}.zip", entries))
    return written


def _entry(sample: Sample, number: int, side: int, quality: int) -> tuple[str, bytes, bytes]:
    """Name of the image, its file, and what is told of it as JSON."""
    pixels = read_image(sample)
    scale = min(1.0, side / max(sample.size))
    height, width = (max(1, round(length * scale)) for length in sample.size)
    picture = Image.fromarray(pixels)
    if scale < 1:
        picture = picture.resize((width, height), Image.Resampling.BOX, reducing_gap=2.0)
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=quality)
    masks = [sample.mask(index) for index in range(len(sample.runs))]
    counts = [rle.to_counts(rle.encode(_scaled(mask, height, width))) for mask in masks]
    told = {"height": height, "width": width, "source": sample.source, "counts": counts}
    return f"{number:06}.webp", buffer.getvalue(), json.dumps(told).encode()


def _scaled(mask: npt.NDArray[np.bool_], height: int, width: int) -> npt.NDArray[np.bool_]:
    if mask.shape == (height, width):
        return mask
    share = cv2.resize(
        mask.view(np.uint8) * np.uint8(255), (width, height), interpolation=cv2.INTER_AREA
    )
    return np.asarray(share > 127)


def _write(path: Path, entries: Iterable[tuple[str, bytes, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, picture, told in entries:
            archive.writestr(name, picture)
            archive.writestr(f"{name}.json", told, zipfile.ZIP_DEFLATED, 9)
    return path


def unpack(pieces: Sequence[Path], folder: Path) -> int:
    """Lay the images of ``pieces`` into ``folder``, with one ``annotations.json`` as
    ``read_folder`` wants it, and return how many there are.

    Raises:
        DataError: there are no pieces, or one is damaged.
    """
    if not pieces:
        raise DataError("there is no piece of packed data: pack a folder first")
    (folder / "images").mkdir(parents=True, exist_ok=True)
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for path in sorted(pieces):
        for name, picture, told in _read(path):
            (folder / "images" / name).write_bytes(picture)
            size = [int(told["height"]), int(told["width"])]
            images.append(
                {
                    "id": len(images),
                    "file_name": name,
                    "height": size[0],
                    "width": size[1],
                    "source": str(told["source"]),
                }
            )
            for counts in told["counts"]:
                annotations.append(
                    {
                        "id": len(annotations),
                        "image_id": len(images) - 1,
                        "segmentation": {"size": size, "counts": str(counts)},
                    }
                )
    content = {"images": images, "annotations": annotations}
    (folder / ANNOTATIONS).write_text(json.dumps(content), encoding="utf-8")
    return len(images)


def _read(path: Path) -> list[tuple[str, bytes, dict[str, Any]]]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if not name.endswith(".json")]
            # Only the last part of a name is used: a piece lays nothing outside its folder.
            return [
                (Path(name).name, archive.read(name), json.loads(archive.read(f"{name}.json")))
                for name in names
            ]
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} is not a piece of packed data: pack it again") from error
