"""``find``: what is like an example, or a label's objects, becomes proposals in the sidecars."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.batch import finding
from app.cli import main
from app.commands import options
from app.core.document import Document, ImageStatus, Source, State
from app.core.labels import Label
from app.core.mask import Mask
from app.core.review import found_score
from app.inference import findings
from app.storage.places import Places
from app.storage.project import Project
from model.alike import searching
from tests.ui.clicked_model import ClickedModel

SIZE = (90, 130)
PLACES = [(25, 25), (65, 25), (105, 25), (25, 65), (65, 65), (105, 65)]


def disc(cx: int, cy: int) -> Mask:
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    return Mask.from_array((y - cy) ** 2 + (x - cx) ** 2 < 11**2)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three images of six discs; three of the first image's discs are accepted."""
    monkeypatch.setattr(searching, "MOST_PROMPTS", 32)
    monkeypatch.setattr(options, "load_model", lambda choice: ClickedModel())
    root = tmp_path / "images"
    root.mkdir()
    for number in range(3):
        pixels = np.full((*SIZE, 3), 120 + 8 * number, np.uint8)
        for place in PLACES:
            pixels[disc(*place).to_array()] = (200, 40, 40)
        Image.fromarray(pixels).save(root / f"{number}.png")
    write(root, "0.png", PLACES[:3])
    return root


def project(root: Path) -> Project:
    return Project.of(root, Places.of_user())


def document(root: Path, name: str) -> Document:
    return project(root).read_objects(root / name, *SIZE).document


def write(
    root: Path,
    name: str,
    places: list[tuple[int, int]],
    label_id: int = 1,
    status: ImageStatus = ImageStatus.TODO,
) -> None:
    loaded = project(root).read_objects(root / name, *SIZE)
    changed = loaded.document.with_status(status)
    for place in places:
        changed = changed.with_added(disc(*place), label_id)
    project(root).write_objects(root / name, changed, loaded.token)


def with_label(root: Path, name: str) -> int:
    loaded = project(root).read_labels()
    labels = loaded.labels.with_added(name)
    project(root).write_labels(labels, loaded.token)
    found = labels.named(name)
    assert isinstance(found, Label)
    return found.id


def found_on(root: Path, name: str) -> list[tuple[int, int]]:
    """The discs that are proposed there."""
    proposed = [each for each in document(root, name) if each.state is State.PROPOSED]
    return [place for place in PLACES if any(disc(*place).iou(a.mask) > 0.7 for a in proposed)]


def events(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_what_is_like_the_example_is_proposed_on_every_image(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["find", str(folder), "--like", "0.png#1", "--json"]) == 0
    assert found_on(folder, "0.png") == PLACES[3:]
    assert found_on(folder, "1.png") == found_on(folder, "2.png") == PLACES
    states = [each.state for each in document(folder, "0.png")]
    assert states.count(State.ACCEPTED) == 3
    new = list(document(folder, "1.png"))
    assert {each.source for each in new} == {Source.AUTOMATIC}
    assert all(0 <= (found_score(each) or -1) <= 1 for each in new)
    told = events(capsys)
    assert told[-1]["event"] == "end"
    assert told[-1]["masks"] == sum(len(document(folder, f"{n}.png")) for n in range(3)) - 3


def test_a_second_run_passes_over_what_is_done_and_again_adds_nothing_twice(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["find", str(folder), "--like", "0.png#1", "--json"]
    assert main(arguments) == 0
    before = {n: document(folder, f"{n}.png") for n in range(3)}
    capsys.readouterr()
    assert main(arguments) == 0
    assert [each["outcome"] for each in events(capsys) if each["event"] == "image"] == [
        "done before"
    ] * 3
    assert main([*arguments, "--again"]) == 0
    assert {n: document(folder, f"{n}.png") for n in range(3)} == before


def test_of_more_than_anybody_looks_at_the_likeliest_are_proposed_and_that_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "MOST", 4)
    monkeypatch.setattr(findings, "MOST", 4)
    assert main(["find", str(folder), "--like", "0.png#1"]) == 0
    assert len(found_on(folder, "1.png")) == 4
    assert "More than 4 were found" in "".join(capsys.readouterr())


def test_done_images_are_left_alone_unless_all_are_asked_for(folder: Path) -> None:
    write(folder, "1.png", [], status=ImageStatus.DONE)
    arguments = ["find", str(folder), "--like", "0.png#1"]
    assert main(arguments) == 0
    assert found_on(folder, "1.png") == []
    assert main([*arguments, "--all"]) == 0
    assert found_on(folder, "1.png") == PLACES


def test_by_label_the_figures_on_images_held_out_are_told_first(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    label = with_label(folder, "disc")
    for name in ("1.png", "2.png"):
        write(folder, name, PLACES, label, ImageStatus.DONE)
    write(folder, "0.png", [PLACES[3]], label)
    assert main(["find", str(folder), "--label", "disc", "--json"]) == 0
    told = events(capsys)
    kinds = [each["event"] for each in told]
    assert kinds.index("measured") < kinds.index("image")
    measured = told[kinds.index("measured")]
    assert measured["held_out_images"] == 1
    assert measured["held_out_objects"] == 6
    assert measured["recall"] == 1.0
    proposed = [each for each in document(folder, "0.png") if each.state is State.PROPOSED]
    assert {each.label_id for each in proposed} == {label}
    assert found_on(folder, "0.png") == PLACES[4:]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Say what to look for"),
        (["--like", "0.png#1", "--label", "disc"], "Say what to look for"),
        (["--label", "object", "--not", "0.png#1"], "--not goes with --like"),
        (["--text", "wheel", "--like", "0.png#1"], "Say what to look for"),
        (["--text", "wheel", "--label", "object"], "Say what to look for"),
        (["--text", "wheel", "--not", "0.png#1"], "--not goes with --like"),
        (["--text", " , "], "there are no words"),
        (["--text", "wheel", "--text-detector", "nowhere"], "there is no folder nowhere"),
        (["--like", "0.png#1", "--text-detector", "x"], "say these with --text"),
        (["--like", "0.png"], "0.png names no object"),
        (["--like", "0.png#9"], "object 9, is not there any more"),
        (["--like", "gone.png#1"], "gone.png of an example is not there"),
        (["--like", "0.png#4"], "object 4, has no pixels"),
        (["--label", "unheard of"], "no label unheard of"),
        (["--label", "unused"], "No accepted object has the label unused"),
    ],
)
def test_what_cannot_be_looked_for_is_told_and_nothing_is_changed(
    folder: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with_label(folder, "unused")
    loaded = project(folder).read_objects(folder / "0.png", *SIZE)
    empty = loaded.document.with_added(Mask.empty(*SIZE), state=State.PROPOSED)
    project(folder).write_objects(folder / "0.png", empty, loaded.token)
    before = {path.name: path.read_bytes() for path in folder.glob("*.json")}
    assert main(["find", str(folder), *arguments]) == 1
    assert words in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in folder.glob("*.json")} == before
