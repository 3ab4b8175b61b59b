"""Detectors of words in ONNX, as a small TOML file describes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.detection.detector_output import VALUES
from model.interface import Cancelled, CheckpointError, ModelError
from model.words.description import parse_description
from model.words.interface import WordBoxes
from model.words.loading import load_text_detector, missing_extra, usual_of
from tests.model.words.graphs import described

RED, GREEN = (16, 24), (80, 40)
"""Left upper corners of the coloured squares, x and y."""


def picture() -> npt.NDArray[np.uint8]:
    """A red and a green square of 16 pixels on 128 x 96 of grey: cells are 16 of its pixels."""
    pixels = np.full((96, 128, 3), 120, np.uint8)
    for (x, y), colour in ((RED, (255, 0, 0)), (GREEN, (0, 255, 0))):
        top, left = y // 16 * 16, x // 16 * 16
        pixels[top : top + 16, left : left + 16] = colour
    return pixels


def asked(path: Path, *words: str) -> WordBoxes:
    detector = load_text_detector(path)
    return detector.detect(picture(), words, lambda: False, lambda done, total: None)


def found(path: Path, *words: str) -> list[tuple[str, list[float]]]:
    boxes = asked(path, *words).detections
    pairs = zip(boxes.classes, boxes.boxes.tolist(), strict=True)
    return sorted((words[kind], box) for kind, box in pairs)


@pytest.mark.parametrize("words", ["phrases", "queries"])
@pytest.mark.parametrize("text", ["", "together = true", "together = false", "fill = true"])
def test_each_word_finds_what_it_names_however_words_are_given(
    tmp_path: Path, words: str, text: str
) -> None:
    path = described(tmp_path, words, text=text)
    assert found(path, "red", "green") == [
        ("green", [80, 32, 96, 48]),
        ("red", [16, 16, 32, 32]),
    ]
    assert found(path, "green") == [("green", [80, 32, 96, 48])]


def test_a_template_is_said_around_each_word(tmp_path: Path) -> None:
    path = described(tmp_path, "queries", text='template = "a photo of a {word}"')
    assert [word for word, _ in found(path, "red")] == ["red"]


def test_the_folder_of_the_description_is_as_good_as_the_file(tmp_path: Path) -> None:
    path = described(tmp_path, "phrases")
    (tmp_path / "config.json").write_text('{"model_type": "grounding-dino"}')
    detector = load_text_detector(tmp_path)
    assert detector.identity == load_text_detector(path).identity
    assert (detector.name, detector.usual) == ("colours", 0.6)
    assert usual_of(tmp_path) == 0.6
    assert not missing_extra(tmp_path)


def test_what_is_changed_in_one_of_the_files_is_another_detector(tmp_path: Path) -> None:
    path = described(tmp_path, "phrases")
    before = load_text_detector(path).identity
    path.write_text(path.read_text().replace("0.6", "0.5"))
    assert load_text_detector(path).identity != before


def test_a_word_that_it_cannot_read_is_named(tmp_path: Path) -> None:
    detector = load_text_detector(described(tmp_path, "phrases"))
    with pytest.raises(ModelError, match="cannot read 'wheel'"):
        detector.check(["red", "wheel"])
    with pytest.raises(ModelError, match="too long"):
        detector.check(["red " * 12])


def test_it_stops_when_it_is_told_to(tmp_path: Path) -> None:
    detector = load_text_detector(described(tmp_path, "queries"))
    with pytest.raises(Cancelled):
        detector.detect(picture(), ["red"], lambda: True, lambda done, total: None)


def _spoiled(folder: Path, what: str) -> Path:
    path = described(folder, "phrases", extra="depth" if what == "input" else "")
    if what == "tokenizer":
        (folder / "tokenizer.json").write_text("{}")
    elif what == "no tokenizer":
        (folder / "tokenizer.json").unlink()
    elif what == "graph":
        (folder / "colours.onnx").write_bytes(b"no graph")
    elif what == "output":
        path.write_text(path.read_text() + '[output]\nnames = ["pred_boxes", "scores"]\n')
    elif what == "style":
        path.write_text(path.read_text().replace("phrases", "sentences"))
    elif what == "section":
        path.write_text(path.read_text().replace("[text]", "[words]"))
    elif what == "pad":
        path.write_text(path.read_text().replace("[text]", f"[text]\npad = {10**30}"))
    elif what == "dots":
        path.write_text(path.read_text() + "\na" + ".a" * 400_000 + " = 1")
    elif what == "elsewhere":
        text = path.read_text().replace("[text]", '[text]\ntokenizer = "../tokenizer.json"')
        path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("tokenizer", "reads words with is damaged"),
        ("no tokenizer", "lacks tokenizer.json"),
        ("graph", "not an ONNX file"),
        ("output", "no output named 'scores'"),
        ("input", "wants an input depth"),
        ("style", "sentences"),
        ("section", "words"),
        ("pad", "pad in 0 to"),
        ("dots", "too many dots"),
        ("elsewhere", "must name a file in the same folder"),
    ],
)
def test_what_cannot_be_used_is_told_when_it_is_loaded(
    tmp_path: Path, what: str, told: str
) -> None:
    with pytest.raises(CheckpointError, match=told):
        load_text_detector(_spoiled(tmp_path, what))


def test_an_answer_of_another_shape_is_refused(tmp_path: Path) -> None:
    path = described(tmp_path, "queries")
    path.write_text(path.read_text() + '[output]\nnames = ["logits", "pred_boxes"]\n')
    with pytest.raises(ModelError, match="not one box and one score"):
        asked(path, "red")


@pytest.mark.parametrize(
    ("scores", "told"),
    [
        (np.full((1, 4, 1), "sure"), "something else than arrays of numbers"),
        ([np.zeros((1, 4)), np.zeros((1, 3))], "something else than arrays of numbers"),
        (None, "something else than arrays of numbers"),
        (np.broadcast_to(np.float32(0), (1, VALUES + 1, 1)), "more than any boxes need"),
    ],
)
def test_an_answer_that_no_boxes_need_is_refused_before_it_is_worked_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scores: object, told: str
) -> None:
    answer = [np.zeros((1, 4, 4), np.float32), scores]
    monkeypatch.setattr("model.words.onnx_detector.run", lambda *asked: answer)
    with pytest.raises(ModelError, match=told):
        asked(described(tmp_path, "queries"), "red")


@given(st.text())
def test_any_text_is_a_description_or_is_refused_as_none(text: str) -> None:
    start = 'file = "a.onnx"\n[input]\nsize = [64, 64]\n[text]\nwords = "queries"\n'
    for each in (text, start + text):
        try:
            how = parse_description(each, Path())
        except ValueError:
            continue
        assert how.file == Path("a.onnx")
