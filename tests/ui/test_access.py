"""Everything can be reached with the keyboard and is named for those who do not see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QScrollBar,
    QTabBar,
    QWidget,
)

from tests.ui.kit import Studio

SPOKEN = (
    QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit,
    QProgressBar,
)  # fmt: skip
DIALOGS = (
    "shortcuts", "guide", "about", "adjust", "settings", "model", "export", "propose",
    "segment-anew", "import", "audit", "statistics",
    "train-proposer",
)  # fmt: skip


def nameless(root: QWidget) -> list[str]:
    """Widgets that take the keyboard or show a value, and say nothing of what they are."""
    buddies = {label.buddy() for label in root.findChildren(QLabel) if label.buddy()}
    found = []
    for widget in root.findChildren(QWidget):
        parent = widget.parentWidget()
        inner = isinstance(parent, QAbstractSpinBox | QComboBox | QLineEdit)
        popup = parent is not None and isinstance(parent.parentWidget(), QComboBox)
        own = widget.objectName().startswith("qt_") or isinstance(
            widget, QScrollBar | QHeaderView | QTabBar
        )
        if inner or popup or own:
            continue
        takes_keys = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if not takes_keys and not isinstance(widget, SPOKEN):
            continue
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        if not (widget.accessibleName() or text or widget in buddies):
            found.append(f"{type(widget).__name__} in {type(parent).__name__}")
    return found


def test_every_part_of_the_window_has_a_name(studio: Studio) -> None:
    assert nameless(studio.window) == []


@pytest.mark.parametrize("name", DIALOGS)
def test_every_part_of_a_dialog_has_a_name(studio: Studio, name: str) -> None:
    studio.window.dialogs.show(name)
    (dialog,) = [each for each in studio.window.findChildren(QDialog) if each.isVisible()]
    assert nameless(dialog) == []
    dialog.close()


def walked(studio: Studio) -> Iterator[QWidget]:
    """Where Tab leads, from the canvas on, until it comes round."""
    seen: list[QWidget] = []
    studio.canvas.setFocus()
    for _ in range(120):
        QTest.keyClick(QApplication.focusWidget() or studio.window, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        if focus is None or focus in seen:
            return
        seen.append(focus)
        yield focus


def test_tab_leads_through_the_whole_window_and_back(studio: Studio) -> None:
    window = studio.window
    reached = list(walked(studio))
    for widget in (window.files.search, window.files.view, window.labels.view,
                   window.labels.new_name, window.objects.view, window.options.label,
                   window.options.overlap, window.options.opacity, window.status.model,
                   studio.canvas):  # fmt: skip
        assert widget in reached, widget


def test_an_object_is_made_chosen_and_relabelled_without_a_mouse_but_for_the_click(
    studio: Studio, images: Path
) -> None:
    studio.pick(45, 30)
    studio.key(Qt.Key.Key_Return)
    studio.key("n", Qt.KeyboardModifier.ControlModifier)
    studio.key("cup")
    studio.key(Qt.Key.Key_Return)
    studio.key(Qt.Key.Key_Escape)
    document = studio.session.document
    assert document is not None
    studio.session.select([document.annotations[0].id])
    studio.key("2")
    assert studio.session.document is not None
    assert studio.session.document.annotations[0].label_id == 2
    studio.key("n")
    studio.wait_for(lambda: studio.context.navigator.current == 1)
