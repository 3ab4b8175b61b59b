"""A mask that was begun and not accepted waits on its image, over the program's end too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.core.document import Source
from app.core.errors import Problem
from app.storage.places import Places
from app.storage.unfinished import Begun, UnfinishedFile
from tests.desk import SIZE, Desk, make_images


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_images(tmp_path / "images", 3)
    return tmp_path / "images"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.below(tmp_path / "user")


@pytest.fixture
def desk(qtbot: QtBot, places: Places, folder: Path) -> Iterator[Desk]:
    desk = Desk(qtbot, places).open(folder)
    yield desk
    desk.close()


def test_going_to_another_image_and_back_finds_it_with_every_click(desk: Desk) -> None:
    desk.click(30, 20)
    desk.click(40, 30)
    mask = desk.mask_editor.mask
    first = desk.session.image_path
    desk.go(1)
    assert not desk.mask_editor.active
    assert desk.navigator.is_unfinished(first)  # type: ignore[arg-type]
    desk.go(0)
    assert desk.mask_editor.mask == mask
    assert not desk.navigator.is_unfinished(first)  # type: ignore[arg-type]
    desk.mask_editor.undo()
    assert len(desk.mask_editor.prompt.points) == 1
    desk.ready()
    assert desk.mask_editor.accept() is not None
    assert desk.document.annotations[0].evidence.clicks == 2


def test_a_click_that_was_not_answered_yet_is_answered_on_coming_back(desk: Desk) -> None:
    desk.model.hold_decode = True
    desk.mask_editor.click(30, 20)
    desk.go(1)
    desk.model.hold_decode = False
    desk.model.release.set()
    desk.go(0)
    desk.wait(lambda: desk.mask_editor.can_accept)
    assert desk.mask_editor.mask is not None
    assert desk.mask_editor.mask.contains(30, 20)


def test_a_correction_goes_on_with_its_object(desk: Desk) -> None:
    made = desk.label(30, 20)
    desk.mask_editor.start_from(made)
    desk.click(50, 30)
    desk.go(1)
    desk.go(0)
    assert desk.mask_editor.editing == made
    assert desk.mask_editor.accept() == made


def test_what_was_accepted_or_dropped_does_not_come_back(desk: Desk) -> None:
    desk.label(30, 20)
    desk.click(50, 30)
    desk.mask_editor.clear()
    desk.go(1)
    desk.go(0)
    assert not desk.mask_editor.active


def test_it_is_there_after_the_program_was_closed(
    qtbot: QtBot, places: Places, folder: Path
) -> None:
    first = Desk(qtbot, places).open(folder)
    first.click(30, 20)
    mask = first.mask_editor.mask
    first.close()
    second = Desk(qtbot, places).open(folder)
    second.wait(lambda: second.mask_editor.active)
    assert second.mask_editor.mask == mask
    assert len(second.mask_editor.prompt.points) == 1
    assert second.mask_editor.accept() is not None
    assert second.document.annotations[0].source is Source.SMART
    second.close()
    third = Desk(qtbot, places).open(folder)
    assert not third.mask_editor.active
    third.close()
    assert UnfinishedFile(places.unfinished).read() == ()


def test_what_was_drawn_stays_through_later_answers_after_the_program_was_closed(
    qtbot: QtBot, places: Places, folder: Path, desk: Desk
) -> None:
    desk.click(30, 20)
    desk.mask_editor.paint([(2, 40), (12, 40)], 1)
    desk.mask_editor.paint([(30, 20)], 1, erase=True)
    desk.close()
    later = Desk(qtbot, places).open(folder)
    later.wait(lambda: later.mask_editor.active)
    later.click(50, 10)
    mask = later.mask_editor.mask
    later.close()
    assert mask is not None
    assert mask.contains(7, 40)
    assert not mask.contains(30, 20)


def test_other_windows_masks_stay_in_the_file(tmp_path: Path) -> None:
    file = UnfinishedFile(tmp_path / "unfinished.json")
    here, there = Begun("/a.png", "1", SIZE), Begun("/b.png", "2", SIZE)
    file.write([here], {Path("/a.png")})
    UnfinishedFile(file.path).write([there], {Path("/b.png")})
    assert file.read() == (here, there)
    file.write([], {Path("/a.png")})
    assert file.read() == (there,)


@pytest.mark.parametrize("text", [b"", b"[", b'{"version": 1, "masks": [{"path": 3}]}', b"\xff"])
def test_a_damaged_file_costs_nothing_but_itself(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "unfinished.json"
    path.write_bytes(text)
    assert UnfinishedFile(path).read() == ()


def test_it_is_on_disk_soon_after_each_answer(desk: Desk, places: Places) -> None:
    file = UnfinishedFile(places.unfinished)
    desk.click(30, 20)
    desk.wait(lambda: [begun.clicks for begun in file.read()] == [1])
    desk.click(40, 30)
    desk.wait(lambda: [begun.clicks for begun in file.read()] == [2])
    mask = desk.mask_editor.mask
    assert mask is not None
    assert file.read()[0].counts == mask.counts
    assert desk.mask_editor.accept() is not None
    desk.wait(lambda: file.read() == ())


def test_what_is_taken_up_again_stays_on_disk_meanwhile(desk: Desk, places: Places) -> None:
    file = UnfinishedFile(places.unfinished)
    desk.click(30, 20)
    desk.go(1)
    desk.wait(lambda: len(file.read()) == 1)
    desk.go(0)
    for _ in range(20):
        assert len(file.read()) == 1
        desk.qtbot.wait(30)


def test_what_was_accepted_in_the_last_moment_is_not_offered_again(
    qtbot: QtBot, places: Places, folder: Path
) -> None:
    first = Desk(qtbot, places).open(folder)
    first.click(30, 20)
    first.wait(lambda: len(UnfinishedFile(places.unfinished).read()) == 1)
    before = places.unfinished.read_bytes()
    assert first.mask_editor.accept() is not None
    first.close()
    places.unfinished.write_bytes(before)
    second = Desk(qtbot, places).open(folder)
    second.wait(lambda: not second.navigator.is_unfinished(folder / "0.png"))
    assert not second.mask_editor.active
    second.close()


def test_where_it_cannot_be_kept_that_is_told_once_and_tried_again(
    desk: Desk,
    places: Places,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("app.session.mask.unaccepted_masks.RETRY_AFTER_MS", 20)
    told: list[object] = []
    desk.mask_editor.unfinished.failed.connect(told.append)
    with monkeypatch.context() as full:
        full.setattr("app.storage.unfinished.write_atomic", refusing)
        desk.click(30, 20)
        desk.wait(lambda: len(told) == 1)
        desk.qtbot.wait(150)
    assert len(told) == 1
    assert len(caplog.records) == 1
    desk.wait(lambda: len(UnfinishedFile(places.unfinished).read()) == 1)


def refusing(path: Path, data: bytes, **_: object) -> None:
    raise OSError(28, "No space left on device")


def test_closing_names_the_file_that_could_not_be_written(
    qtbot: QtBot,
    places: Places,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk = Desk(qtbot, places).open(folder)
    monkeypatch.setattr("app.storage.unfinished.write_atomic", refusing)
    desk.click(30, 20)
    assert desk.context.close(30).unsaved == (places.unfinished,)
    assert "unfinished.json was not written" in caplog.text


def test_masks_of_a_file_that_cannot_be_read_are_set_aside_and_told(
    desk: Desk, places: Places
) -> None:
    told: list[Problem] = []
    desk.mask_editor.unfinished.set_aside.connect(told.append)
    places.unfinished.parent.mkdir(parents=True, exist_ok=True)
    places.unfinished.write_bytes(b'{"version": 9, "masks": []}')
    desk.click(30, 20)
    desk.wait(lambda: len(told) == 1)
    aside = places.unfinished.with_name("unfinished.json.broken")
    assert aside.read_bytes() == b'{"version": 9, "masks": []}'
    assert len(UnfinishedFile(places.unfinished).read()) == 1


def test_it_is_on_disk_as_soon_as_its_image_is_left(desk: Desk, places: Places) -> None:
    desk.click(30, 20)
    desk.go(1)
    desk.wait(lambda: len(UnfinishedFile(places.unfinished).read()) == 1)
