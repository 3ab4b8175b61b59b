"""Detectors whose answers cannot be, that never answer, or answer too much."""

from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from model.boxes import nms
from model.detection import running as detector_module
from model.detection.detector import load_detector
from model.detection.detector_file import (
    MOST,
    Boxes,
    Limits,
    Output,
    Scores,
    Style,
    Units,
    parse_description,
)
from model.detection.detector_output import Detections, Placement, detections
from model.interface import Cancelled, CheckpointError, ModelError, TooSlowError
from tests.model.detectors import YOLO

IMAGE: npt.NDArray[np.uint8] = np.zeros((64, 64, 3), np.uint8)
HERE = Placement(1, 1, 0, 0, (100, 100))
ROWS = YOLO + '[output]\nstyle = "rows"\n'


def graph(folder: Path, nodes: list[onnx.NodeProto], *constants: onnx.TensorProto) -> Path:
    """A detector in ``folder`` that answers ``found``, and its description."""
    made = helper.make_graph(
        nodes,
        "made",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 64, 64])],
        [helper.make_tensor_value_info("found", TensorProto.FLOAT, None)],
        constants,
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(made, opset_imports=opset, ir_version=9), folder / "red.onnx")
    (folder / "red.toml").write_text(YOLO, "utf-8")
    return folder / "red.toml"


def endless(folder: Path) -> Path:
    """It counts and never stops."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["again"]),
            helper.make_node("Add", ["x", "x"], ["y"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("step", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("again", TensorProto.BOOL, []),
            helper.make_tensor_value_info("y", TensorProto.FLOAT, None),
        ],
    )
    loop = helper.make_node("Loop", ["", "true", "image"], ["found"], body=body)
    return graph(folder, [loop], numpy_helper.from_array(np.array(True), "true"))


def test_a_graph_without_an_end_is_left_when_it_is_not_wanted_any_more(tmp_path: Path) -> None:
    detector = load_detector(endless(tmp_path))
    asked = iter([False, False])
    begun = time.monotonic()
    with pytest.raises(Cancelled):
        detector.detect(IMAGE, lambda: next(asked, True))
    assert time.monotonic() - begun < 10


def test_a_graph_without_an_end_is_given_up_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detector_module, "LIMIT_S", 0.1)
    detector = load_detector(endless(tmp_path))
    with pytest.raises(TooSlowError, match="loop without an end"):
        detector.detect(IMAGE)


def test_a_graph_that_wants_more_memory_than_there_is_costs_none(tmp_path: Path) -> None:
    shape = numpy_helper.from_array(np.array([1, 1 << 33, 6]), "shape")
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], keepdims=0),
        helper.make_node("Expand", ["mean", "shape"], ["found"]),
    ]
    detector = load_detector(graph(tmp_path, nodes, shape))
    with pytest.raises(ModelError, match=r"it wants more than \d+ GB of memory for one image"):
        detector.detect(IMAGE)


def read(rows: npt.ArrayLike, how: Output, limits: Limits | None = None) -> Detections:
    table = np.asarray(rows, np.float32)
    return detections([table[np.newaxis]], how, limits or Limits(), (100, 100), HERE)


@pytest.mark.parametrize(
    ("boxes", "units", "row"),
    [
        (None, Units.PIXELS, [40, 30, 60, 70]),
        (Boxes.XYXY, Units.SHARE, [0.4, 0.3, 0.6, 0.7]),
        (Boxes.CXCYWH, Units.PIXELS, [50, 50, 20, 40]),
        (Boxes.CXCYWH, Units.SHARE, [0.5, 0.5, 0.2, 0.4]),
    ],
)
@pytest.mark.parametrize("style", [Style.ROWS, Style.YOLO, Style.DETR])
def test_the_order_and_the_units_of_boxes_hold_for_every_style(
    style: Style, boxes: Boxes | None, units: Units, row: list[float]
) -> None:
    if boxes is None and style is not Style.ROWS:
        boxes = Boxes.XYXY
    how = Output(style, boxes, units, classes=("a", "b"))
    box = np.array([[row]], np.float32)
    scores = np.array([[[0.1, 0.9]]], np.float32)
    outputs: list[npt.NDArray[np.generic]]
    match style:
        case Style.ROWS:
            outputs = [np.concatenate([box, np.array([[[0.9, 1]]], np.float32)], axis=2)]
        case Style.YOLO:
            outputs = [np.concatenate([box, scores], axis=2)]
        case Style.DETR:
            outputs = [box, scores]
    found = detections(outputs, how, Limits(), (100, 100), HERE)
    assert np.allclose(found.boxes, [[40, 30, 60, 70]], atol=1e-3)
    assert (found.classes.tolist(), found.told) == ([1], "")


def test_scores_of_rows_are_activated_as_described() -> None:
    rows = [[10, 10, 30, 30, 3.0, 0], [40, 40, 60, 60, -3.0, 0]]
    found = read(rows, Output(Style.ROWS, scores=Scores.SIGMOID), Limits(0.5))
    assert found.scores == pytest.approx([0.9526], abs=1e-4)


def test_rows_where_nothing_was_found_are_no_boxes() -> None:
    rows = np.array([[10, 10, 30, 30, 0.9, 0], [0, 0, 0, 0, 0, -1], [0, 0, 0, 0, -1, -1]])
    assert len(read(rows, Output(Style.ROWS), Limits(0.0))) == 1
    assert len(read(np.tile(rows[1:], (20, 1)), Output(Style.ROWS), Limits(0.0))) == 0


@pytest.mark.parametrize(
    ("rows", "how", "words"),
    [
        ([[50, 50, 20, 20, 7.5]], Output(), "go from 7.5 to 7.5 and not from 0 to 1: say scores"),
        ([[50, 50, 20, 20, -4]], Output(), "scores go from -4 to -4"),
        ([[1, 2, 30, 40, 64, 0]], Output(Style.ROWS), "scores go from 64 to 64"),
        ([[50, 50, 20, 20, 1]] * 12, Output(), "every one of the detector's 12 scores is 1"),
        ([[50, 50, 20, 20, 0]] * 12, Output(), "every one of the detector's 12 scores is 0"),
        ([[1, 2, 30, 40, 1, 0]] * 12, Output(Style.ROWS), "every one .* 12 scores is 1"),
        ([[50, 50, 0, 0, 0.9]], Output(), "1 boxes 1 have no area inside the image"),
        ([[500, 50, 20, 20, 0.9]], Output(), "490, 40, 510, 60 in an input of 100 x 100"),
        ([[0.5, 0.5, 0.2, 0.2, 0.9]], Output(), "correct boxes or units"),
        ([[50, 50, 20, 20, 0.9, 0]], Output(Style.ROWS), "50, 50, 20, 20 .* correct boxes"),
        ([[1, 2, 30, 40, 0.9, 0.5]], Output(Style.ROWS), "the class 0.5, which"),
        ([[1, 2, 30, 40, 0.9, -1]], Output(Style.ROWS), "the class -1, which"),
        ([[1, 2, 30, 40, 0.9, 1e30]], Output(Style.ROWS), r"the class 1e\+30, which"),
    ],
)
def test_an_answer_that_makes_no_sense_says_what_to_correct(
    rows: list[list[float]], how: Output, words: str
) -> None:
    with pytest.raises(ModelError, match=words):
        read(rows, how)


def test_a_few_boxes_beside_the_image_are_left_out() -> None:
    rows = [[50, 50, 20, 20, 0.9], [30, 30, 20, 20, 0.8], [300, 50, 20, 20, 0.9]]
    assert len(read(rows, Output())) == 2


def test_more_boxes_than_are_kept_are_told() -> None:
    rows = [[5 + 10 * (n % 10), 5 + 10 * (n // 10), 10, 10, 0.3 + n / 1000] for n in range(100)]
    found = read(rows, Output(), Limits(most=7))
    assert len(found) == 7
    assert found.told.startswith("100 boxes have a score of at least 0.25; only the surest 7")
    assert read(rows, Output()).told == ""


def test_any_number_of_boxes_is_sorted_out_in_a_moment() -> None:
    draw = np.random.default_rng(0)
    rows = np.empty((200_000, 5), np.float32)
    rows[:, :2], rows[:, 2:4] = draw.uniform(0, 100, (200_000, 2)), 10
    rows[:, 4] = draw.uniform(0.3, 0.99, 200_000)
    begun = time.monotonic()
    found = read(rows, Output(), Limits(0, overlap=1))
    assert time.monotonic() - begun < 10
    assert (len(found), "200,000 boxes" in found.told) == (300, True)
    assert found.scores.min() > 0.98


def test_numbers_beyond_any_answer_and_other_things_than_numbers_are_refused() -> None:
    huge = np.broadcast_to(np.float32(0), (1, 1 << 25, 6))
    for outputs in ([huge], [np.array([["a"]])], [[{"a": 1}]]):
        with pytest.raises(ModelError, match="numbers"):
            detections(outputs, Output(), Limits(), (100, 100), HERE)  # type: ignore[arg-type]


def test_suppression_ends_when_enough_are_kept() -> None:
    boxes = np.array([[10 * n, 0, 10 * n + 9, 9] for n in range(5)], np.float32)
    scores = np.array([0.1, 0.5, 0.3, 0.4, 0.2], np.float32)
    assert nms(boxes, scores, 0.5, most=2).tolist() == [1, 3]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (ROWS + "objectness = true", "objectness is for the style yolo"),
        (YOLO.replace("[limits]", 'fit = "stretch"\npadding = 0\n[limits]'), "has no padding"),
        (YOLO + "most = 1000000", f"most in 1 to {MOST}"),
        (
            YOLO + '[output]\nstyle = "detr"\nnames = ["a", "a"]',
            "names must be different",
        ),
    ],
)
def test_a_field_that_would_have_no_effect_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(complaint)):
        parse_description(text, Path())


def test_pixels_that_a_detector_takes_as_they_are_cannot_be_normalised(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Cast", ["image"], ["values"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["values"], ["found"]),
    ]
    path = graph(tmp_path, nodes)
    made = onnx.load(tmp_path / "red.onnx")
    made.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    onnx.save(made, tmp_path / "red.onnx")
    load_detector(path)
    path.write_text(YOLO.replace("[limits]", "mean = [0.5, 0.5, 0.5]\n[limits]"), "utf-8")
    with pytest.raises(CheckpointError, match="leave scale, mean and std out"):
        load_detector(path)
