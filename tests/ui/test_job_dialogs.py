"""Keys while work goes on behind a dialog: Enter ends none of it, Escape what would be lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout
from pytestqt.qtbot import QtBot

from app.core.mask import Mask
from app.ui.dialogs.find_alike import FindDialog
from app.ui.dialogs.job_dialog import JobDialog
from app.ui.dialogs.propose import ProposeDialog
from model.interface import Embedding, Prediction, Prompt
from tests.ui.clicked_model import ClickedModel
from tests.ui.kit import Studio, drawn

ENTERS = [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space]


class Working(JobDialog):
    """A field, a button that begins, and one that stops."""

    def __init__(self) -> None:
        super().__init__("Work")
        self.field = QLineEdit(self)
        column = QVBoxLayout(self)
        column.addWidget(self.field)
        column.addWidget(self.progress)
        self.go, self.halt = self.button("Go"), self.button("Stop")
        self.halt.hide()
        column.addWidget(self.buttons)
        self.halts = 0
        self.halt.clicked.connect(self._on_halt)

    def work(self) -> None:
        self.halt.show()
        self.progress.show()

    def _on_halt(self) -> None:
        self.halts += 1


@pytest.fixture
def working(qtbot: QtBot) -> Working:
    dialog = Working()
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    return dialog


def press(dialog: JobDialog, key: Qt.Key) -> None:
    QTest.keyClick(QApplication.focusWidget() or dialog, key)


@pytest.mark.parametrize("key", ENTERS)
@pytest.mark.parametrize("how", [QPushButton.hide, lambda button: button.setEnabled(False)])
def test_no_key_ends_work_where_the_button_that_began_it_went_away(
    working: Working, key: Qt.Key, how: Callable[[QPushButton], object]
) -> None:
    working.go.setFocus()
    working.work()
    how(working.go)
    press(working, key)
    assert working.halts == 0
    assert working.isVisible()


def test_enter_in_a_field_ends_no_work_though_stop_is_the_only_button(working: Working) -> None:
    working.work()
    working.go.hide()
    working.halt.setDefault(True)
    working.field.setFocus()
    press(working, Qt.Key.Key_Return)
    assert working.halts == 0
    assert working.isVisible()


def test_who_goes_to_stop_by_tab_can_press_it(working: Working) -> None:
    working.go.setFocus()
    working.work()
    for _ in range(4):
        if not working.halt.hasFocus():
            press(working, Qt.Key.Key_Tab)
    assert working.halt.hasFocus()
    press(working, Qt.Key.Key_Return)
    assert working.halts == 1


@pytest.fixture
def held(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A model that answers what searches ask only once this is set."""
    release = threading.Event()
    answer = ClickedModel.decode_batch

    def late(self: ClickedModel, embedding: Embedding, prompts: list[Prompt]) -> list[Prediction]:
        assert release.wait(30)
        return list(answer(self, embedding, prompts))

    monkeypatch.setattr(ClickedModel, "decode_batch", late)
    yield release
    release.set()


def searching(studio: Studio, name: str) -> JobDialog:
    """A dialog whose search was begun by a key and goes on."""
    document = studio.session.document
    assert document is not None
    square = Mask.from_array(drawn()[:, :, 0] > 190)
    studio.session.commit("Add object", document.with_added(square))
    studio.session.select({1})
    studio.window.dialogs.show(name)
    dialog = studio.window.dialogs.current("find-alike" if name == "find" else name)
    assert isinstance(dialog, FindDialog | ProposeDialog)
    dialog.activateWindow()
    studio.wait_for(dialog.isActiveWindow)
    if not studio.context.proposing.running:
        dialog.look.setFocus()
        dialog.look.click()
    studio.wait_for(lambda: studio.context.proposing.running and dialog.stop.isVisible())
    return dialog


@pytest.mark.parametrize("name", ["find", "propose"])
def test_enter_lets_a_search_go_on_and_escape_stops_it_before_it_closes(
    studio: Studio, held: threading.Event, name: str
) -> None:
    dialog = searching(studio, name)
    press(dialog, Qt.Key.Key_Return)
    assert studio.context.proposing.running
    press(dialog, Qt.Key.Key_Escape)
    assert not studio.context.proposing.running
    assert dialog.isVisible()
    assert dialog.outcome.text() == "Stopped."
    press(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
