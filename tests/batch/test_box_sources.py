"""Detectors and the folder's proposer are looked up in one place, by window and command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.batch.box_sources import DetectorBoxes, proposer_boxes, proposer_of, with_classes
from app.batch.proposer import FILE
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.storage.places import Places
from app.storage.project import Project
from model.messages import say
from tests.model.detectors import described


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "images").mkdir()
    return Project.of(tmp_path / "images", Places.below(tmp_path / "home"))


def test_each_class_gets_the_label_of_its_name_added_where_there_is_none() -> None:
    labels = LabelSet().with_names(["cat"])
    grown, ids = with_classes(labels, ["dog", "cat", "dog", "\t", "a\nb"])
    assert grown.labels[: len(labels)] == labels.labels
    assert [grown.label(each).name for each in ids] == ["dog", "cat", "dog", "object", "a b"]
    assert with_classes(grown, ["dog", "cat"])[0] is grown


def test_a_detector_is_described_before_it_is_loaded_and_loaded_once(tmp_path: Path) -> None:
    detector = DetectorBoxes(described(tmp_path))
    assert detector.classes == ("object",)
    assert detector.load() is detector.load()


@pytest.mark.parametrize("text", [None, "", "file = 3"])
def test_a_detector_that_is_not_described_is_a_problem(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "detector.toml"
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(Problem, match="detector cannot be used"):
        DetectorBoxes(path)


def test_a_detector_whose_network_is_no_network_is_a_problem_when_it_is_loaded(
    tmp_path: Path,
) -> None:
    detector = DetectorBoxes(described(tmp_path))
    detector.inputs.file.write_bytes(b"nothing")
    with pytest.raises(Problem, match="detector cannot be used"):
        detector.load()


def test_a_folder_without_a_proposer_says_what_to_do(project: Project) -> None:
    assert proposer_of(project) is None
    with pytest.raises(Problem, match="Train one at once"):
        proposer_boxes(project, say("Train one at once."))


def test_a_damaged_proposer_is_a_problem(project: Project) -> None:
    project.own.mkdir(parents=True)
    (project.own / FILE).write_bytes(b"nothing")
    assert proposer_of(project) == project.own / FILE
    with pytest.raises(Problem, match="Train it again"):
        proposer_boxes(project)
