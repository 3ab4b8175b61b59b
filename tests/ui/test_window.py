"""What the window does for every part of it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from app.core.errors import Problem
from tests.stand_ins import FakeClock
from tests.ui.kit import Studio


def test_labels_are_typed_one_after_the_other(studio: Studio) -> None:
    labels = studio.window.labels
    labels.start_new()
    studio.key("cat")
    studio.key(Qt.Key.Key_Return)
    studio.key("dxn")
    studio.key(Qt.Key.Key_Return)
    assert studio.session.labels.named("dxn") is not None
    assert studio.context.navigator.current == 0
    studio.key(Qt.Key.Key_Return)
    assert not labels.new_name.hasFocus()


def test_dialogs_show_no_pictures_of_the_style(studio: Studio, qtbot: QtBot) -> None:
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    qtbot.addWidget(box)
    box.show()
    assert all(button.icon().isNull() for button in box.buttons())


def test_escape_closes_a_problem_before_it_drops_any_work(studio: Studio) -> None:
    studio.pick(45, 30)
    studio.session.problem.emit(Problem("It broke."))
    studio.key(Qt.Key.Key_Escape)
    assert not studio.window.pane.banner.isVisible()
    assert studio.mask_editor.active
    studio.key(Qt.Key.Key_Escape)
    assert not studio.mask_editor.active


def test_a_note_stands_in_no_keys_way(studio: Studio) -> None:
    studio.pick(45, 30)
    studio.window.pane.banner.note("It is so.")
    studio.key(Qt.Key.Key_Escape)
    assert not studio.mask_editor.active


def test_a_problem_that_was_read_does_not_follow_to_the_next_image(studio: Studio) -> None:
    banner, clock = studio.window.pane.banner, FakeClock()
    banner._clock = clock
    studio.session.problem.emit(Problem("It broke."))
    studio.go(1)
    assert banner.isVisible()
    clock.pass_(60)
    studio.go(0)
    assert not banner.isVisible()
