"""Models that were in use are one gesture away, and the table tells what each is and takes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QTreeWidgetItem

from app.inference.accelerator import Accelerator
from app.inference.questions import Choice
from app.storage.settings import ModelSpeed
from app.ui.actions import MODEL
from app.ui.dialogs.model import ModelDialog
from app.ui.dialogs.model_table import time_text
from app.ui.model_words import GOOD_FOR
from model.weights.catalogue import catalogue
from model.weights.known_hashes import remember_hash
from tests.ui.kit import Studio


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own & better.pth"
    path.write_bytes(b"weights")
    return path


def use(studio: Studio, path: Path) -> None:
    models = studio.context.models
    models.use(models.choice_of(str(path)))
    studio.wait_for(lambda: studio.context.host.state == "ready")


def board(studio: Studio) -> ModelDialog:
    studio.window.dialogs.show("model")
    found = studio.window.dialogs.current("model")
    assert isinstance(found, ModelDialog)
    return found


def lines(studio: Studio) -> Iterator[QTreeWidgetItem]:
    yield from board(studio).list.items()


def line(studio: Studio, title: str) -> list[str]:
    found = next(each for each in lines(studio) if each.text(0).startswith(title))
    return [found.text(column) for column in range(found.columnCount())]


def entries(menu: QMenu) -> list[str]:
    menu.aboutToShow.emit()
    return [each.text() for each in menu.actions() if each.isCheckable() and "&" in each.text()]


def test_models_in_use_before_stand_numbered_in_the_menu_and_on_the_status_bar(
    studio: Studio, own: Path, tmp_path: Path
) -> None:
    gone = tmp_path / "gone.pth"
    gone.write_bytes(b"weights")
    use(studio, gone)
    use(studio, own)
    gone.unlink()
    expected = ["&1  own && better.pth", "&2  Built-in"]
    for menu in (studio.window.menus[MODEL], studio.window.status.models):
        assert entries(menu)[:2] == expected
        assert entries(menu)[:2] == expected, "opening it twice"
        assert menu.actions()[0].isChecked()
    studio.window.status.models.actions()[1].trigger()
    studio.wait_for(lambda: studio.context.host.choice.source == "builtin")
    assert studio.context.preferences.value.model == "builtin"


def is_from(studio: Studio, source: str) -> bool:
    return studio.context.host.choice.source == source


def test_one_key_goes_back_to_the_model_before_and_again(studio: Studio, own: Path) -> None:
    assert not studio.window.actions_["other-model"].isEnabled()
    use(studio, own)
    control = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    for source in ("builtin", str(own)):
        QTest.keyClick(studio.canvas, Qt.Key.Key_M, control)
        studio.wait_for(partial(is_from, studio, source))
        studio.wait_for(lambda: studio.context.host.state == "ready")


def test_the_table_says_what_each_model_is_good_for_and_what_it_takes(studio: Studio) -> None:
    name, size, licence, speed, state = line(studio, "SAM 2.1 tiny")
    assert name.endswith("\nA good start without a GPU: exact for its size.")
    assert (size, licence, speed) == ("156 MB", "Apache-2.0", "")
    assert state.startswith("to be downloaded")
    assert line(studio, "Built-in")[4] == "in use"


def test_how_fast_a_model_is_here_shows_once_it_was_measured(studio: Studio, own: Path) -> None:
    board(studio).use_file(own)
    assert line(studio, own.name)[3] == ""
    studio.wait_ready()
    studio.pick(45, 30)
    studio.wait_for(lambda: "click " in line(studio, own.name)[3])
    chosen = studio.context.preferences.value
    speed = ModelSpeed("x", "cuda", "torch", "bfloat16", "builtin", "", 1834.0, 7.4)
    studio.context.preferences.put(chosen.with_speed(speed))
    board(studio).list.refresh()
    assert line(studio, "Built-in")[3] == "image 1.8 s\nclick 7 ms"
    assert board(studio).list.items()[0].toolTip(3).endswith("GPU, torch, bfloat16")


@pytest.mark.parametrize(("took", "words"), [(0.2, "1 ms"), (94.6, "95 ms"), (999.4, "999 ms"),
                                             (1834, "1.8 s"), (10_907, "11 s")])  # fmt: skip
def test_times_are_told_as_people_say_them(took: float, words: str) -> None:
    assert time_text(took) == words


@pytest.mark.parametrize(
    ("there", "title"),
    [
        (Accelerator("cpu"), "SAM 2.1 tiny"),
        (Accelerator("mps"), "SAM 2.1 base+"),
        (Accelerator("cuda", 6_000_000_000), "SAM 2.1 base+"),
        (Accelerator("cuda", 8_200_000_000), "SAM 2.1 large"),
    ],
)
def test_the_model_that_suits_the_machine_is_recommended_and_stands_first(
    studio: Studio, there: Accelerator, title: str
) -> None:
    studio.context.recommendation._look = lambda: there
    table = board(studio).list
    studio.wait_for(lambda: "recommended" in table.items()[1].text(0))
    assert [
        each.text(0).split("\n")[0] for each in table.items() if "recommended" in each.text(0)
    ] == [f"{title} · recommended"]


def test_a_model_whose_publisher_tells_no_hash_shows_that_of_the_first_download(
    studio: Studio,
) -> None:
    model, dialog = catalogue()["sam2_1_small"], board(studio)
    dialog.list.choose("SAM 2.1 small")
    assert "Meta AI tells no SHA-256 of it" in dialog.needs.text()
    path = model.path(studio.context.catalogue._folder)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    remember_hash(path, "f" * 64)
    studio.context.catalogue.changed.emit()
    assert f"SHA-256 of the first download: {'f' * 64}." in dialog.needs.text()
    assert f"Mirrors have another file, with {model.sha256}." in dialog.needs.text()
    assert model.sha256 is not None
    remember_hash(path, model.sha256)
    studio.context.catalogue.changed.emit()
    assert "Mirrors have the same file" in dialog.needs.text()


def test_what_forbids_much_is_told_before_a_model_is_fetched(studio: Studio) -> None:
    dialog = board(studio)
    dialog.list.choose("EdgeSAM 3x")
    assert line(studio, "EdgeSAM 3x")[2] == "NTU S-Lab 1.0"
    assert "non-commercial purposes only" in dialog.needs.text()
    dialog.list.choose("EdgeTAM")
    assert "commercial" not in dialog.needs.text()


def test_where_pytorch_is_missing_it_is_told_with_what_to_do(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ui.dialogs.model_table.find_spec", lambda name: None)
    dialog = board(studio)
    dialog.list.refresh()
    dialog.list.choose("SAM 2.1 tiny")
    assert line(studio, "SAM 2.1 tiny")[4] == "to be downloaded\nneeds PyTorch"
    assert "start once with run.py --with-torch" in dialog.needs.text()
    dialog.list.choose("Built-in")
    assert line(studio, "Built-in")[4] == "in use"
    assert not dialog.needs.isVisible()


def test_the_marked_line_stays_in_sight_when_what_is_said_of_it_takes_room(studio: Studio) -> None:
    table = board(studio).list
    table.setFixedHeight(300)
    table.setCurrentItem(table.items()[-1])
    table.setFixedHeight(120)
    studio.qtbot.wait(30)
    marked = table.currentItem()
    assert marked is not None
    assert table.viewport().rect().contains(table.visualItemRect(marked))


def test_which_model_stays_loaded_and_which_had_to_go_is_told(studio: Studio, own: Path) -> None:
    dialog, host = board(studio), studio.context.host
    use(studio, own)
    host.beside, host.let_go = Choice(), None
    dialog.refresh()
    assert "Built-in stays loaded" in dialog.state.text()
    assert line(studio, "Built-in")[4] == "loaded"
    host.beside, host.let_go = None, Choice()
    dialog.refresh()
    assert "Built-in had to make room in memory" in dialog.state.text()


def test_what_the_catalogue_says_of_models_can_be_said_in_other_languages() -> None:
    assert {each.good_for for each in catalogue().values()} <= {*GOOD_FOR}
