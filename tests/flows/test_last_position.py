"""A folder opens at the image where it was left."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.storage.places import Places
from app.storage.settings import Settings
from tests.desk import Desk, make_images


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_images(tmp_path / "images", 6)
    return tmp_path / "images"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.below(tmp_path / "user")


@pytest.fixture
def left(qtbot: QtBot, places: Places, folder: Path) -> Path:
    """The folder after somebody went to its fourth image and closed the program."""
    desk = Desk(qtbot, places).open(folder)
    desk.go(3)
    desk.close()
    return folder


def test_after_a_new_start_the_image_left_last_is_open(
    qtbot: QtBot, places: Places, left: Path
) -> None:
    desk = Desk(qtbot, places).open(left)
    assert desk.session.image_path == left / "3.png"
    desk.close()


def test_a_file_that_is_asked_for_goes_before_it(qtbot: QtBot, places: Places, left: Path) -> None:
    desk = Desk(qtbot, places)
    desk.navigator.open_files([left / "1.png"])
    desk.wait(lambda: desk.session.picture is not None)
    assert desk.session.image_path == left / "1.png"
    desk.close()


def test_where_that_image_is_gone_the_first_one_opens(
    qtbot: QtBot, places: Places, left: Path
) -> None:
    (left / "3.png").unlink()
    desk = Desk(qtbot, places).open(left)
    assert desk.session.image_path == left / "0.png"
    desk.close()


def test_going_to_another_folder_and_back_leads_to_it_too(
    qtbot: QtBot, places: Places, folder: Path, tmp_path: Path
) -> None:
    make_images(tmp_path / "others", 2)
    desk = Desk(qtbot, places).open(folder)
    desk.go(2)
    desk.navigator.open_folder(tmp_path / "others")
    desk.wait(lambda: desk.session.image_path == tmp_path / "others" / "0.png")
    desk.navigator.open_folder(folder)
    desk.wait(lambda: desk.session.image_path == folder / "2.png")
    desk.close()


def test_each_folder_has_one_last_image_and_the_oldest_are_forgotten() -> None:
    settings = Settings()
    for number in range(150):
        settings = settings.with_last_image(Path(f"/a/{number}"), "b\udcff.png").with_last_image(
            Path("/z"), f"{number}.png"
        )
    assert settings.last_image_in(Path("/z")) == "149.png"
    assert settings.last_image_in(Path("/a/149")) == "b\udcff.png"
    assert settings.last_image_in(Path("/a/1")) is None
    assert len(settings.last_positions) == 100


def test_the_label_in_hand_is_that_of_the_folder_again(
    qtbot: QtBot, places: Places, folder: Path, tmp_path: Path
) -> None:
    make_images(tmp_path / "others", 1)
    desk = Desk(qtbot, places).open(folder)
    cat = desk.session.folder_labels.add("cat")
    dog = desk.session.folder_labels.add("dog")
    assert cat is not None
    assert dog is not None
    desk.session.folder_labels.activate(cat)
    desk.navigator.open_folder(tmp_path / "others")
    desk.wait(lambda: desk.session.image_path == tmp_path / "others" / "0.png")
    assert desk.session.active_label == 1
    desk.navigator.open_folder(folder)
    desk.wait(lambda: desk.session.image_path == folder / "0.png")
    assert desk.session.active_label == cat
    desk.session.folder_labels.activate(dog)
    desk.navigator.open_folder(folder)
    desk.wait(lambda: desk.session.picture is not None and desk.navigator.listing_done)
    assert desk.session.active_label == dog
    desk.close()
    again = Desk(qtbot, places).open(folder)
    assert again.session.active_label == dog
    again.close()


def test_a_label_that_is_gone_gives_way_to_the_first(
    qtbot: QtBot, places: Places, folder: Path
) -> None:
    desk = Desk(qtbot, places).open(folder)
    cat = desk.session.folder_labels.add("cat")
    assert cat is not None
    desk.context.last_position.keep()
    desk.session.folder_labels.remove(cat)
    desk.close()
    again = Desk(qtbot, places).open(folder)
    assert again.session.active_label == 1
    again.close()


@pytest.mark.parametrize("noted", ["", "x", "-1", "1" * 20])
def test_a_label_noted_as_nonsense_is_none(noted: str) -> None:
    assert Settings(labels_in_hand=(f"/a\n{noted}",)).label_in(Path("/a")) is None


def test_a_new_folder_opens_on_its_first_image_however_many_it_has(
    qtbot: QtBot, places: Places, tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    (first,) = make_images(folder, 1)
    for number in range(1, 1500):
        (folder / f"{number}.png").hardlink_to(first)
    desk = Desk(qtbot, places)
    desk.navigator.open_folder(folder)
    desk.wait(lambda: desk.session.picture is not None)
    assert desk.session.image_path == folder / "0.png"
    desk.close()
