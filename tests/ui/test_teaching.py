"""The model is taught from the window: what there is, what came of it, and used only if wanted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from app.batch.teachable import Wanted
from app.batch.teaching import CheckRecord, Plan, Run, Status
from app.core.document import State
from app.storage.project import Project
from app.storage.taught_models import TaughtModel
from app.ui.dialogs import lesson_left
from app.ui.dialogs.teach import TeachDialog
from tests.batch.test_teaching import make_folder
from tests.storage.test_taught_models import made
from tests.ui.kit import Studio


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    from app.storage.places import Places

    make_folder(tmp_path / "images", Places.below(tmp_path / "home"), 3)
    make_folder(tmp_path / "images", Places.below(tmp_path / "home"), 1, State.PROPOSED)
    return tmp_path / "images"


@pytest.fixture
def studio(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Studio]:
    found = Studio(qtbot, qapp, tmp_path / "home")
    yield found
    found.close()


def opened(studio: Studio, folder: Path) -> TeachDialog:
    studio.open(folder)
    studio.wait_for(lambda: studio.context.navigator.listing_done)
    studio.window.actions_["teach"].trigger()
    found = studio.window.dialogs.current("teach")
    assert isinstance(found, TeachDialog)
    studio.wait_for(lambda: studio.context.model_teaching.material is not None)
    return found


def run_of(studio: Studio) -> Run:
    session_folder = studio.session.folder
    assert session_folder is not None
    return Run.of(session_folder.project, studio.context.model_teaching.places())


def left(run: Run, stage: str) -> None:
    """A lesson that nobody works at."""
    run.begin()
    run.write_plan(Plan("r", "m", "t", "s", 1, 1, 1, {}, {}))
    check = CheckRecord(60.0, 0.4, 0.6, 0.7, 0.8, True)
    run.tell(Status(stage, 30.0, 60.0, 5, 0.3, (check,)))


def test_too_few_masks_are_counted_and_said(studio: Studio, folder: Path) -> None:
    dialog = opened(studio, folder)
    assert "There are 6 " in dialog.amount.text()
    assert "At least 20" in dialog.amount.text()
    assert not dialog.begin.isEnabled()
    # Whoever asks all the same is told, and nothing is left behind.
    studio.context.model_teaching.start(studio.context.host.choice, Wanted())
    studio.wait_for(lambda: "at least 20" in dialog.outcome.text())
    assert not run_of(studio).place.exists()


def test_an_interrupted_lesson_can_go_on_or_be_thrown_away(studio: Studio, folder: Path) -> None:
    dialog = opened(studio, folder)
    run = run_of(studio)
    left(run, "learning")
    studio.context.model_teaching.look()
    studio.wait_for(lambda: dialog.go_on.isVisible())
    assert "interrupted" in dialog.outcome.text()
    assert dialog.checks.topLevelItemCount() == 1
    assert dialog.stop.isVisible()
    dialog.forget.click()
    studio.wait_for(lambda: dialog.begin.isVisible())
    assert not run.place.exists()


@pytest.mark.parametrize(("stage", "words"), [("scoring", "30 of 60"), ("paused", "Paused.")])
def test_what_another_window_does_is_followed(
    studio: Studio, folder: Path, stage: str, words: str
) -> None:
    dialog = opened(studio, folder)
    run = run_of(studio)
    # What is read at this moment is from before.
    studio.context.model_teaching.look()
    left(run, stage)
    lock = run.lock()
    assert lock.take()
    studio.context.model_teaching.look()
    studio.wait_for(lambda: words in dialog.outcome.text())
    assert not dialog.begin.isVisible()
    assert dialog.go_on.isVisible() == (stage == "paused")
    # It is not asked about where it was not begun.
    assert not studio.context.model_teaching.is_learning_here
    lock.free()


@pytest.fixture
def model(folder: Path) -> TaughtModel:
    return made(Project(folder), "nuclei")


def listed(studio: Studio, folder: Path) -> TeachDialog:
    dialog = opened(studio, folder)
    dialog.tabs.setCurrentWidget(dialog.models)
    studio.wait_for(lambda: dialog.models.model is not None)
    return dialog


def test_a_taught_model_is_used_only_if_wanted_and_the_old_one_is_one_click_away(
    studio: Studio, folder: Path, model: TaughtModel
) -> None:
    dialog = listed(studio, folder)
    host = studio.context.host
    assert host.choice.source == "builtin"
    assert dialog.models.comparison.table.topLevelItemCount() == 6
    dialog.models.use.click()
    studio.wait_for(lambda: host.state == "ready" and host.choice.source == str(model.path))
    assert host.title == "nuclei"
    assert not dialog.models.delete.isEnabled()
    dialog.models.back.click()
    studio.wait_for(lambda: host.state == "ready" and host.choice.source == "builtin")


def test_a_model_is_renamed_exported_and_deleted(
    studio: Studio, folder: Path, model: TaughtModel, tmp_path: Path
) -> None:
    dialog = listed(studio, folder)
    teaching = studio.context.model_teaching
    teaching.rename(model, "Night shift")
    studio.wait_for(lambda: teaching.seen.models[0].card.title == "Night shift")
    target = tmp_path / "mine.safetensors"
    teaching.export(model, target, dialog.models.show_exported)
    studio.wait_for(lambda: str(target) in dialog.models.told.text())
    assert target.read_bytes() == model.path.read_bytes()
    teaching.delete(model)
    studio.wait_for(lambda: dialog.models.model is None)
    assert not model.place.exists()


def test_a_model_whose_file_is_gone_says_so(
    studio: Studio, folder: Path, model: TaughtModel
) -> None:
    model.path.unlink()
    dialog = listed(studio, folder)
    assert not dialog.models.use.isEnabled()
    item = dialog.models.list.topLevelItem(0)
    assert item is not None
    assert item.text(4) == "gone"


@pytest.mark.parametrize(("button", "closes", "wish"), [(0, True, "go"), (1, True, "leave"),
                                                        (2, False, "go")])  # fmt: skip
def test_closing_asks_what_becomes_of_a_model_that_learns(
    studio: Studio, folder: Path, monkeypatch: pytest.MonkeyPatch, button: int, closes: bool,
    wish: str,
) -> None:  # fmt: skip
    opened(studio, folder)
    run = run_of(studio)
    left(run, "learning")
    monkeypatch.setattr(QMessageBox, "exec", lambda box: None)
    monkeypatch.setattr(QMessageBox, "clickedButton", lambda box: box.buttons()[button])
    monkeypatch.setattr(
        QMessageBox, "buttons",
        lambda box: sorted(box.findChildren(type(box.defaultButton())),
                           key=lambda each: ORDER.index(each.text())),
    )  # fmt: skip
    assert lesson_left.may_close(studio.context.model_teaching, studio.window) == closes
    assert run.wish() == wish


ORDER = ["Go on in the background", "Stop, and keep what it learned", "Stay"]
