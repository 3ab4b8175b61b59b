"""Detectors of others: described by a file, run, read; what does not fit is said."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.boxes import nms
from model.detection.detector import load_detector
from model.detection.detector_file import (
    Boxes,
    Description,
    Fit,
    Input,
    Limits,
    Output,
    Scores,
    Style,
    Units,
    parse_description,
)
from model.detection.detector_output import Placement, detections, network_input
from model.interface import CheckpointError, ModelError
from tests.model.detectors import YOLO, described

UInt8 = npt.NDArray[np.uint8]
HERE = Placement(1, 1, 0, 0, (100, 100))


def scene(height: int = 64, width: int = 64) -> UInt8:
    """Blue, with a red block in the cell of column 2 and row 5 of an 8 x 8 grid."""
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 2] = 200
    y, x = slice(5 * height // 8, 6 * height // 8), slice(2 * width // 8, 3 * width // 8)
    image[y, x] = (255, 0, 0)
    return image


@pytest.mark.parametrize(
    ("text", "style", "more"),
    [
        (YOLO, "yolo", {}),
        (YOLO.replace("[limits]", 'layout = "NHWC"\n[limits]'), "yolo", {"channels_first": False}),
        (
            YOLO + '[output]\nstyle = "detr"\nunits = "share"\nscores = "sigmoid"\n',
            "detr",
            {},
        ),
        (
            YOLO
            + '[output]\nstyle = "detr"\nunits = "share"\nscores = "sigmoid"\n'
            + 'names = ["pred_boxes", "logits"]\n',
            "detr",
            {},
        ),
    ],
)
def test_a_described_detector_finds_its_object(
    tmp_path: Path, text: str, style: str, more: dict[str, bool]
) -> None:
    detector = load_detector(described(tmp_path, text, style, **more))
    found = detector.detect(scene())
    assert found.boxes.tolist() == [[16, 40, 24, 48]]
    assert found.scores[0] > 0.9
    assert found.classes.tolist() == [0]


def test_boxes_come_back_in_image_pixels(tmp_path: Path) -> None:
    detector = load_detector(described(tmp_path))
    (box,) = detector.detect(scene(640, 640)).boxes
    assert box.tolist() == [160, 400, 240, 480]


def test_a_wide_image_is_letterboxed_and_back(tmp_path: Path) -> None:
    image = np.zeros((32, 64, 3), np.uint8)
    image[8:16, 24:32] = (255, 0, 0)
    (box,) = load_detector(described(tmp_path)).detect(image).boxes
    assert box.tolist() == [24, 8, 32, 16]


def test_channels_can_be_the_other_way_round(tmp_path: Path) -> None:
    text = YOLO.replace("[limits]", 'channels = "BGR"\n[limits]')
    detector = load_detector(described(tmp_path, text))
    assert len(detector.detect(scene())) == 63
    assert len(detector.detect(scene()[..., ::-1].copy())) == 1


@given(st.integers(1, 200), st.integers(1, 200), st.sampled_from(Fit))
def test_the_whole_image_lies_in_the_input_and_comes_back(
    height: int, width: int, fit: Fit
) -> None:
    values, placement = network_input(np.zeros((height, width, 3), np.uint8), Input((48, 64), fit))
    assert values.shape == (1, 3, 48, 64)
    corners = np.array([[placement.left, placement.top, 0, 0]], np.float32)
    corners[0, 2] = placement.left + width * placement.scale_x
    corners[0, 3] = placement.top + height * placement.scale_y
    assert corners.min() >= 0
    assert corners[0, 2] <= 64.01
    assert corners[0, 3] <= 48.01
    back = placement.to_image(corners)
    assert np.allclose(back, [[0, 0, width, height]], atol=0.01)


def test_pixels_are_normalised_as_described() -> None:
    how = Input((1, 2), Fit.STRETCH, scale=255, mean=(0.5, 0, 0), std=(0.5, 1, 2))
    image = np.array([[[255, 255, 255], [0, 0, 0]]], np.uint8)
    values, _ = network_input(image, how)
    assert values[0, :, 0, :].tolist() == [[1, -1], [1, 0], [0.5, 0]]


def yolo(rows: list[list[float]]) -> list[npt.NDArray[np.generic]]:
    return [np.array([rows], np.float32)]


def test_yolo_boxes_are_read_either_way_up_with_objectness() -> None:
    how = Output(Style.YOLO, classes=("a", "b"), objectness=True)
    rows = [[50, 50, 20, 10, 0.5, 0.2, 1.0], [10, 10, 4, 4, 0.1, 0.9, 0.9]]
    for outputs in (yolo(rows), [yolo(rows)[0].transpose(0, 2, 1)]):
        found = detections(outputs, how, Limits(0.3), (100, 100), HERE)
        assert found.boxes.tolist() == [[40, 45, 60, 55]]
        assert (found.scores.tolist(), found.classes.tolist()) == ([0.5], [1])


def test_softmax_leaves_out_no_object() -> None:
    how = Output(Style.DETR, Boxes.XYXY, Units.SHARE, Scores.SOFTMAX, classes=("a", "b"))
    boxes = np.array([[[0.1, 0.2, 0.5, 0.6], [0, 0, 1, 1]]], np.float32)
    logits = np.array([[[0, 9, 0], [0, 0, 9]]], np.float32)
    found = detections([boxes, logits], how, Limits(0.5), (200, 100), HERE)
    assert np.allclose(found.boxes, [[10, 40, 50, 100]])
    assert found.classes.tolist() == [1]


def test_rows_carry_their_class() -> None:
    how = Output(Style.ROWS, classes=("a", "b"))
    found = detections(yolo([[1, 2, 30, 40, 0.9, 1]]), how, Limits(), (100, 100), HERE)
    assert (found.boxes.tolist(), found.classes.tolist()) == ([[1, 2, 30, 40]], [1])
    with pytest.raises(ModelError, match="does not name"):
        detections(yolo([[1, 2, 30, 40, 0.9, 2]]), how, Limits(), (100, 100), HERE)


@pytest.mark.parametrize(
    "outputs",
    [
        [],
        yolo([[1, 2, 3]]),
        [np.zeros((4, 5), np.float32)],
        yolo([[np.nan, 1, 1, 1, 1]]),
        [*yolo([[0, 0, 1, 1, 1]]), *yolo([[0, 0, 1, 1, 1]])],
    ],
)
@pytest.mark.parametrize("style", Style)
def test_other_answers_than_described_are_refused(
    outputs: list[npt.NDArray[np.generic]], style: Style
) -> None:
    with pytest.raises(ModelError, match="the detector answered"):
        detections(outputs, Output(style), Limits(), (100, 100), HERE)


BOXES = st.lists(
    st.tuples(*[st.integers(0, 20)] * 2, *[st.integers(1, 20)] * 2, st.floats(0, 1)), max_size=12
)


@given(BOXES, st.floats(0, 1))
def test_no_two_kept_boxes_overlap_more_than_allowed(
    rows: list[tuple[float, ...]], overlap: float
) -> None:
    table = np.array(rows, np.float32).reshape(-1, 5)
    boxes = np.concatenate([table[:, :2], table[:, :2] + table[:, 2:4]], axis=1)
    kept = nms(boxes, table[:, 4], overlap)
    scores = table[kept, 4]
    assert (np.diff(scores) <= 0).all()
    for place, first in enumerate(kept):
        assert all(overlap_of(boxes[first], boxes[k]) <= overlap + 1e-5 for k in kept[:place])
    for gone in set(range(len(boxes))) - set(kept.tolist()):
        assert any(overlap_of(boxes[gone], boxes[k]) > overlap - 1e-5 for k in kept)


def overlap_of(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> float:
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    shared = width * height
    return float(shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared))


def test_classes_do_not_suppress_each_other() -> None:
    boxes = np.array([[0, 0, 9, 9], [0, 0, 9, 9]], np.float32)
    scores = np.array([0.5, 0.6], np.float32)
    assert nms(boxes, scores, 0.5, np.array([0, 1])).tolist() == [1, 0]
    assert nms(boxes, scores, 0.5).tolist() == [1]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "file must name"),
        ('file = "../red.onnx"', "same folder"),
        ('file = "a/red.onnx"', "same folder"),
        ('file = "a\\\\red.onnx"', "same folder"),
        ('file = "red.onnx"', "needs size"),
        (YOLO + "[extra]", "'extra'"),
        (YOLO.replace("overlap", "overlapp"), "'overlapp'"),
        (YOLO.replace("0.5", "nan"), "confidence must be a number"),
        (YOLO.replace("0.5", "7"), "0 to 1"),
        (YOLO.replace("64, 64", "64"), "list of 2"),
        (YOLO.replace("64, 64", "0, 64"), "1 to 8192"),
        (YOLO.replace("64, 64", "true, 64"), "list of 2"),
        (YOLO + '[output]\nstyle = "ssd"', "not a valid Style"),
        (YOLO + "[output]\nclasses = []", "at least one"),
        (YOLO + '[output]\nclasses = ["a", "a"]', "different"),
        (YOLO + '[output]\nscores = "softmax"', "style detr"),
        (YOLO + '[output]\nnames = ["a", "b"]', "1 names"),
        ("file = ", "Invalid value"),
        ("input = 3\nfile = 'a'", "section"),
    ],
)
def test_a_description_that_is_wrong_is_refused_with_the_reason(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_description(text, Path())


@given(st.text(max_size=200))
def test_any_text_is_a_description_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert isinstance(parse_description(text, Path()), Description)


def test_a_size_that_the_file_does_not_take_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="correct size or layout"):
        load_detector(described(tmp_path, YOLO.replace("64, 64", "32, 64")))


def test_an_output_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no output named 'x'"):
        load_detector(described(tmp_path, YOLO + '[output]\nnames = ["x"]'))


def test_a_file_that_is_no_detector_is_refused(tmp_path: Path) -> None:
    path = described(tmp_path)
    (tmp_path / "red.onnx").write_bytes(b"<html>")
    with pytest.raises(CheckpointError):
        load_detector(path)
    (tmp_path / "red.onnx").unlink()
    with pytest.raises(CheckpointError):
        load_detector(path)
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_detector(tmp_path / "other.toml")


def test_an_image_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="RGB"):
        load_detector(described(tmp_path)).detect(np.zeros((4, 4), np.uint8))
