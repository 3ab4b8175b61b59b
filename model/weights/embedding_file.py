"""Embeddings as safetensors bytes, for caches and for exchange; needs no framework."""

from __future__ import annotations

import json
import re
import struct

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

from model.interface import Embedding
from model.transforms import Transform

FORMAT = "maskwright-embedding-1"
"""Changes whenever files of before must not be read: new preprocessing, new features."""
WINDOWED = FORMAT + "-window"
"""Of windows, which programs that know only whole images must not take for these."""
STRETCHED = FORMAT + "-stretched"
"""Of images that were stretched to a square, whole or a window of them."""
ON_CANVAS = FORMAT + "-canvas"
"""Of images that had to fit into a part of the input, whole or a window of them."""
MAX_INPUT_SIDE = 1 << 14
_NAME = re.compile(r"embedding|fine|skip_[0-9]")


def dumps(embedding: Embedding, half: bool = False) -> bytes:
    """The bytes of a safetensors file; with ``half``, features are rounded to float16."""
    features: dict[str, npt.NDArray[np.generic]] = {
        name: np.ascontiguousarray(array, np.float16 if half else array.dtype)
        for name, array in embedding.features.items()
    }
    height, width = embedding.image_size
    metadata = {
        "format": FORMAT,
        "model": embedding.model,
        "image_size": f"{height}x{width}",
        "input_size": str(embedding.transform.input_size),
    }
    if embedding.window is not None:
        window = ",".join(str(side) for side in embedding.window)
        metadata |= {"format": WINDOWED, "window": window}
    if embedding.transform.stretched:
        metadata["format"] = STRETCHED
    if embedding.transform.canvas is not None:
        rows, columns = embedding.transform.canvas
        metadata |= {"format": ON_CANVAS, "canvas": f"{rows}x{columns}"}
    return _in_order(save(features, metadata))


def _in_order(data: bytes) -> bytes:
    """The same file with its metadata sorted: safetensors writes them in another order each time.

    So equal embeddings are equal files, whoever made them.
    """
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode().ljust(length)
    return data if len(text) != length else data[:8] + text + data[8 + length :]


def loads(data: bytes) -> Embedding:
    """The embedding that ``dumps`` wrote.

    Raises:
        ValueError: the bytes are damaged, of another format, or hold something else.
    """
    try:
        features = load(data)
        metadata = _metadata(data)
    except (SafetensorError, KeyError, TypeError, struct.error, RecursionError) as error:
        raise ValueError(f"this is not a stored embedding, or it is damaged: {error}") from error
    if metadata.get("format") not in (FORMAT, WINDOWED, STRETCHED, ON_CANVAS):
        given = metadata.get("format")
        raise ValueError(f"a stored embedding must have the format {FORMAT}, given {given}")
    transform = _transform(metadata)
    if not features.get("embedding", np.empty(0)).size or not metadata.get("model"):
        raise ValueError("the stored embedding is not complete: embed the image again")
    for name, array in features.items():
        _check(name, array)
        array.setflags(write=False)
    return Embedding(dict(sorted(features.items())), transform, metadata["model"])


def _metadata(data: bytes) -> dict[str, str]:
    # The library's own reader gives metadata only for files on disk.
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    metadata = header.get("__metadata__", {})
    return {str(key): str(value) for key, value in metadata.items()}


def _transform(metadata: dict[str, str]) -> Transform:
    height, _, width = metadata.get("image_size", "").partition("x")
    side = metadata.get("input_size", "")
    if not _are_numbers(height, width, side):
        raise ValueError("the stored embedding does not tell its image's size")
    if not 1 <= int(side) <= MAX_INPUT_SIDE:
        raise ValueError(f"the stored embedding has an input of {side} pixels a side")
    size = int(height), int(width)
    window = _window(metadata) if metadata["format"] == WINDOWED or "window" in metadata else None
    stretched, canvas = metadata["format"] == STRETCHED, None
    if metadata["format"] == ON_CANVAS:
        rows, _, columns = metadata.get("canvas", "").partition("x")
        if not _are_numbers(rows, columns) or min(int(rows), int(columns)) < 1:
            raise ValueError("the stored embedding does not tell where its image had to fit in")
        canvas = int(rows), int(columns)
    return Transform(size, int(side), window, stretched, canvas)


def _window(metadata: dict[str, str]) -> tuple[int, int, int, int]:
    window = metadata.get("window", "").split(",")
    if len(window) != 4 or not _are_numbers(*window):
        raise ValueError("the stored embedding does not tell which window of the image it shows")
    x0, y0, x1, y1 = map(int, window)
    return x0, y0, x1, y1


def _are_numbers(*texts: str) -> bool:
    return all(text.isascii() and text.isdigit() and len(text) < 8 for text in texts)


def _check(name: str, array: npt.NDArray[np.generic]) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"the stored embedding holds an unknown feature {name!r}")
    if array.ndim != 3 or array.dtype not in (np.float32, np.float16):
        raise ValueError(
            f"feature {name} must be (C, h, w) float, given {array.dtype} {array.shape}"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"feature {name} holds values that are not finite")
