"""On a small screen, and on one of twice the density, every control can be reached."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QScrollArea,
    QScrollBar,
    QWidget,
)

from app.core.document import Source
from app.core.overlap import OverlapPolicy
from app.core.statistics import Size, Stage
from app.ui.dialogs.job_dialog import JobDialog
from app.ui.panels.figures import OWN_NAMES
from tests.ui.kit import Studio

ROOM = QRect(0, 0, 944, 460)
"""What a dialog has on a screen of 1920 x 1080 at 2x: panel, title bar and frame are taken off."""
CONTROLS = (QAbstractButton, QComboBox, QAbstractSpinBox, QLineEdit, QAbstractSlider)
DIALOGS = ("about", "accept-many", "adjust", "audit", "edit-shortcuts", "export", "find-alike",
           "go-to", "gpu-server", "guide", "import", "labels", "merge-labels", "model",
           "output-folder", "propose", "remove-label", "segment-anew", "settings", "shortcuts",
           "statistics", "teach", "train-proposer")  # fmt: skip


def unreachable(top: QWidget) -> list[str]:
    """Controls of a window that are neither in sight nor can be scrolled to."""
    names = []
    for control in top.findChildren(QWidget):
        if not isinstance(control, CONTROLS) or isinstance(control, QScrollBar):
            continue
        if not control.isVisible() or control.window() is not top or _is_inside_view(control):
            continue
        area = _scroll_area(control)
        frame = (area.widget() if area is not None else None) or top
        place = QRect(control.mapTo(frame, QPoint(0, 0)), control.size())
        if not frame.rect().contains(place) or _is_squeezed(control):
            name = control.accessibleName() or getattr(control, "text", str)()
            names.append(f"{type(control).__name__} {name} at {place.getRect()}")
    return names


def _is_squeezed(control: QWidget) -> bool:
    least = control.minimumSizeHint()
    return control.width() < min(least.width(), 30) or control.height() < min(least.height(), 12)


def _scroll_area(widget: QWidget) -> QScrollArea | None:
    above = widget.parentWidget()
    while above is not None and not isinstance(above, QScrollArea):
        above = above.parentWidget()
    return above


def _is_inside_view(control: QWidget) -> bool:
    """Parts of other controls, such as the field of a number or the head of a table."""
    above = control.parentWidget()
    return isinstance(
        above, (QAbstractSpinBox, QComboBox, QLineEdit)
    ) or control.objectName().startswith("qt_")


def test_every_dialog_is_known_here(studio: Studio) -> None:
    assert {*studio.window.dialogs._makers} - {"recover"} == {*DIALOGS}


@pytest.mark.parametrize("name", DIALOGS)
def test_every_control_of_a_dialog_can_be_reached(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(studio.window.dialogs, "room", lambda: ROOM)
    studio.window.dialogs.show(name)
    dialog = studio.window.dialogs.current(name)
    assert dialog is not None
    studio.qtbot.wait(30)
    assert dialog.width() <= ROOM.width()
    assert dialog.height() <= ROOM.height()
    assert unreachable(dialog) == []
    for area in dialog.findChildren(QScrollArea):
        inside = area.widget()
        assert inside is None or inside.minimumSizeHint().width() <= area.viewport().width()
    dialog.close()


@pytest.mark.parametrize("size", [(1024, 640), (960, 480)])
@pytest.mark.parametrize("tool", ["smart", "brush"])
def test_every_control_of_the_window_can_be_reached(
    studio: Studio, size: tuple[int, int], tool: str
) -> None:
    window = studio.window
    window.resize(*size)
    window.toolbox.take(tool)
    studio.qtbot.wait(30)
    assert (window.width(), window.height()) == size
    assert unreachable(window) == []


def test_the_overlap_rule_is_seen_and_changed_where_there_is_little_room(studio: Studio) -> None:
    options = studio.window.options
    studio.window.resize(960, 480)
    studio.window.toolbox.take("brush")
    studio.session.set_overlap_policy(OverlapPolicy.NEWEST_WINS)
    studio.qtbot.wait(30)
    assert not options.overlap.isVisible()
    assert options.overlap_button.isVisible()
    assert "Newest wins" in options.overlap_button.toolTip()
    menu = options.overlap_button.menu()
    assert menu is not None
    assert [action.isChecked() for action in menu.actions()] == [False, True, False]
    menu.actions()[2].trigger()
    assert studio.session.overlap_policy is OverlapPolicy.PROTECT_EXISTING
    studio.window.resize(1500, 800)
    studio.qtbot.wait(30)
    assert options.overlap.isVisible()
    assert not options.overlap_button.isVisible()


def test_the_last_hints_go_first_and_enter_and_escape_stay(studio: Studio) -> None:
    hint = studio.window.pane.hint
    studio.pick(45, 30)
    hint.resize(4000, hint.height())
    assert hint.shown == hint._hint
    hint.resize(440, hint.height())
    keys = [gesture for gesture, _ in hint.shown]
    assert [key.split(",")[0] for key in keys][-2:] == ["Enter", "Esc"]
    assert "X over a mark" not in keys


def test_what_came_of_work_is_scrolled_to(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studio.window.dialogs, "room", lambda: ROOM)
    studio.window.dialogs.show("propose")
    dialog = studio.window.dialogs.current("propose")
    assert isinstance(dialog, JobDialog)
    dialog.outcome.setText("It says something.")
    dialog.outcome.show()
    studio.qtbot.wait(30)
    assert dialog.outcome.visibleRegion().isEmpty()
    studio.context.proposing.changed.emit()
    studio.wait_for(lambda: not dialog.outcome.visibleRegion().isEmpty())


def test_groups_of_the_program_have_names_in_the_language_of_the_window() -> None:
    named = {*Stage, *Size, *Source}
    assert named <= {*OWN_NAMES}
