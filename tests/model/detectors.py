"""Small detectors in ONNX, made on the spot: they find what is red."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE, CELL = 64, 8
CELLS = SIDE // CELL

YOLO = """
file = "red.onnx"
[input]
size = [64, 64]
[limits]
confidence = 0.5
overlap = 0.1
"""


def grid(share: bool = False) -> npt.NDArray[np.float32]:
    """(4, N): centre and size of the box of each cell, row by row."""
    y, x = np.mgrid[:CELLS, :CELLS] * CELL + CELL / 2
    size = np.full(CELLS**2, CELL)
    boxes = np.stack([x.ravel(), y.ravel(), size, size]) / (SIDE if share else 1)
    return np.asarray(boxes, np.float32)


def red_finder(path: Path, style: str = "yolo", channels_first: bool = True) -> Path:
    """A cell's logit is high where it is red; ``style`` is that of the outputs."""
    kernel = np.zeros((1, 3, CELL, CELL), np.float32)
    kernel[0, 0], kernel[0, 1] = 20 / CELL**2, -20 / CELL**2
    constants = {"kernel": kernel, "bias": np.array([-10], np.float32)}
    nodes = []
    source, shape = "image", [1, 3, SIDE, SIDE]
    if not channels_first:
        shape = [1, SIDE, SIDE, 3]
        nodes.append(helper.make_node("Transpose", ["image"], ["first"], perm=[0, 3, 1, 2]))
        source = "first"
    nodes.append(
        helper.make_node("Conv", [source, "kernel", "bias"], ["conv"], strides=[CELL, CELL])
    )
    if style == "yolo":
        constants |= {"boxes": grid()[np.newaxis], "flat": np.array([1, 1, CELLS**2])}
        nodes += [
            helper.make_node("Sigmoid", ["conv"], ["score"]),
            helper.make_node("Reshape", ["score", "flat"], ["row"]),
            helper.make_node("Concat", ["boxes", "row"], ["found"], axis=1),
        ]
        outputs = [("found", [1, 5, CELLS**2])]
    else:
        boxes = np.ascontiguousarray(grid(share=True).T[np.newaxis])
        constants |= {"cells": boxes, "flat": np.array([1, CELLS**2, 1])}
        nodes += [
            helper.make_node("Identity", ["cells"], ["pred_boxes"]),
            helper.make_node("Reshape", ["conv", "flat"], ["logits"]),
        ]
        outputs = [("logits", [1, CELLS**2, 1]), ("pred_boxes", [1, CELLS**2, 4])]
    graph = helper.make_graph(
        nodes,
        "red",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, size) for name, size in outputs],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(made, str(path))
    return path


def described(folder: Path, text: str = YOLO, style: str = "yolo", **more: bool) -> Path:
    """A red finder and its description in ``folder``."""
    red_finder(folder / "red.onnx", style, **more)
    path = folder / "red.toml"
    path.write_text(text, encoding="utf-8")
    return path
