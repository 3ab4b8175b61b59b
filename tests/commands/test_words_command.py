"""Finding by words from the command line, with the real class of a detector, tiny."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.cli import main
from app.commands import options
from app.core.document import State
from app.core.review import found_score
from app.storage.places import Places
from app.storage.project import Project
from tests.model.words import tiny
from tests.stand_ins import FakeModel


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(options, "load_model", lambda choice: FakeModel())
    root = tmp_path / "images"
    root.mkdir()
    pixels = np.random.default_rng(0).integers(0, 255, (64, 96, 3), dtype=np.uint8)
    for name in ("a.png", "b.png"):
        Image.fromarray(pixels).save(root / name)
    return root


@pytest.fixture(scope="module")
def owl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.owl(tmp_path_factory.mktemp("owl"))


def status(*arguments: object, command: str = "automask") -> int:
    return main([str(each) for each in (command, *arguments)])


def images(output: str) -> list[dict[str, Any]]:
    events = [json.loads(line) for line in output.splitlines()]
    return [each for each in events if each["event"] == "image"]


@pytest.mark.parametrize("command", ["automask", "find"])
def test_words_are_found_in_a_folder_once_and_only_proposed(
    command: str, folder: Path, owl: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [folder, "--json", "--text", "wheel, window", "--text-detector", owl]
    assert status(*found, command=command) == 0
    assert [each["outcome"] for each in images(capsys.readouterr().out)] == ["done", "done"]
    project = Project.of(folder, Places.of_user())
    labels = {each.id: each.name for each in project.read_labels().labels}
    document = project.read_objects(folder / "a.png", 64, 96).document
    assert len(document) > 0
    for each in document:
        assert each.state is State.PROPOSED
        assert labels[each.label_id] == each.evidence.extra["words"]
    assert status(*found, command=command) == 0
    again = images(capsys.readouterr().out)
    assert [each["outcome"] for each in again] == ["done before", "done before"]


def test_with_find_a_higher_score_leaves_fewer_and_what_is_there_stays(
    folder: Path, owl: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = Project.of(folder, Places.of_user())

    def proposed() -> list[float]:
        document = project.read_objects(folder / "a.png", 64, 96).document
        return sorted(found_score(each) or 0.0 for each in document)

    asked = [folder, "--text", "wheel", "--text-detector", owl, "--least"]
    assert status(*asked, "1", command="find") == 0
    assert proposed() == []
    assert status(*asked, "0.1", command="find") == 0
    some = proposed()
    assert some
    middle = some[len(some) // 2]
    assert status(*asked, f"{middle}", command="find") == 0
    assert proposed() == some


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--text", " , "], "cannot be looked for"),
        (["--text", "wheel", "--accept", "0.5"], "goes with none"),
        (["--text", "wheel", "--proposer"], "goes with none"),
    ],
)
def test_what_cannot_be_found_by_words_is_told_and_nothing_is_written(
    folder: Path, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # A folder of no detector: words are looked at first.
    assert status(folder, *arguments, "--text-detector", folder) != 0
    assert told in capsys.readouterr().err
    assert not list(folder.glob("*.json"))
