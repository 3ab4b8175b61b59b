"""COCO's panoptic files: segments of an image in a PNG, whose colours are their numbers.

A pixel of the colour red, green, blue belongs to the segment with the id
``red + 256 * green + 65536 * blue``; 0 is nothing. The PNGs lie in the folder named as the JSON
file, or in the folder of that. The format: cocodataset.org/#format-data, section 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.errors import Problem
from app.core.mask import Mask
from app.storage.exchange.png import read_png
from app.storage.exchange.records import Records, read_limited, text, whole_number
from app.storage.names import resolve_inside, shown
from model.messages import BadValueError, say


def segments(
    record: dict[str, Any], path: Path | None, size: tuple[int, int] | None, records: Records
) -> Iterator[tuple[dict[str, Any], Mask]]:
    """The segments of one image, each with its record and its mask.

    Args:
        record: of the image: ``file_name`` of the PNG and ``segments_info``.
        path: of the JSON file.
        size: (height, width) of the image, or None if it is not known.
        records: told of segments that are left out.

    Raises:
        ValueError: the PNG is not there, or cannot be read.
    """
    listed = record["segments_info"]
    if not isinstance(listed, list):
        raise BadValueError("segments_info must be a list, given {given}", str(listed)[:80])
    numbers = _numbers(text(record, "file_name"), path, size)
    for place, each in enumerate(listed, 1):
        number = whole_number(each.get("id")) if isinstance(each, dict) else None
        if number is None or number <= 0:
            records.note(say("its segment {number} has no id", place))
            continue
        mask = Mask.from_array(numbers == number) if number < 1 << 24 else None
        if mask is None or not mask.area:
            records.note(say("the PNG has no pixel of its segment {number}", number))
            continue
        yield {"iscrowd": 0, **each}, mask


def _numbers(name: str, path: Path | None, size: tuple[int, int] | None) -> npt.NDArray[np.uint32]:
    """(H, W): of each pixel the id of its segment."""
    png = read_png(_data(name, path), size)
    if png.values.ndim == 2:
        # A gray PNG is one whose blue and green were nothing.
        return png.values.astype(np.uint32)
    return np.asarray(png.values.astype(np.uint32) @ np.array([1, 1 << 8, 1 << 16], np.uint32))


def _data(name: str, path: Path | None) -> bytes:
    """The PNG's bytes, from one of the folders it may lie in."""
    if path is None:
        raise BadValueError("its PNG {name} is not at hand", shown(name))
    parent, stem = path.parent, path.stem
    folders = (parent / stem, parent, parent / stem.removeprefix("panoptic_"), parent / "panoptic")
    try:
        found = next((p for p in (resolve_inside(f, name) for f in folders) if p.is_file()), None)
        if found is not None:
            return read_limited(found)
    except Problem as problem:
        raise ValueError(problem.what) from problem
    raise BadValueError(
        "its PNG {name} is not in {folder}, nor beside the file", shown(name), shown(folders[0])
    )
