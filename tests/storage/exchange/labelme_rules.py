"""What LabelMe 7.1's reader demands of a file."""

from __future__ import annotations

import base64
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

COUNTS = {"rectangle": 2, "circle": 2, "mask": 2, "line": 2, "point": 1, "oriented_rectangle": 4}


def load(path: Path) -> dict[str, Any]:
    """The file, or AssertionError where LabelMe would refuse it."""
    whole: dict[str, Any] = json.loads(path.read_text("utf-8"))
    assert isinstance(whole["imagePath"], str)
    assert "\\" not in whole["imagePath"]
    for side in ("imageHeight", "imageWidth"):
        assert type(whole[side]) is int
    for shape in whole["shapes"]:
        check(shape)
    return whole


def check(shape: dict[str, Any]) -> None:
    assert isinstance(shape["label"], str)
    assert isinstance(shape["flags"], dict)
    assert isinstance(shape["description"], str | None)
    assert shape["group_id"] is None or type(shape["group_id"]) is int
    points, kind = shape["points"], shape["shape_type"]
    assert all(len(p) == 2 and all(math.isfinite(v) for v in p) for p in points)
    assert len(points) == COUNTS.get(kind, len(points))
    assert kind != "polygon" or len(points) >= 3
    assert (kind == "mask") == (shape["mask"] is not None)
    if kind == "mask":
        (x0, y0), (x1, y1) = points
        assert bitmap(shape).shape == (y1 - y0 + 1, x1 - x0 + 1)


def bitmap(shape: dict[str, Any]) -> npt.NDArray[np.bool_]:
    with Image.open(io.BytesIO(base64.b64decode(shape["mask"]))) as image:
        return np.asarray(image).astype(bool)
