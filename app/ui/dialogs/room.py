"""Dialogs on small screens: what does not fit is scrolled to, the buttons below stay in sight."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QBoxLayout, QDialog, QFrame, QScrollArea, QVBoxLayout, QWidget

SHARE = 0.55
"""Of the room's height: what needs more at the least is scrolled, since it may grow."""


def fit_in(dialog: QDialog, room: QRect) -> None:
    """Make a dialog lie in ``room`` with all that is in it, its frame not counted.

    Args:
        dialog: its last row is the one with its buttons.
        room: of the screen, logical pixels.
    """
    wanted = dialog.size()
    dialog.ensurePolished()
    if dialog.minimumSizeHint().height() > SHARE * room.height():
        _make_scrollable(dialog)
    dialog.resize(wanted.boundedTo(room.size()))
    if dialog.pos() != QPoint(0, 0):
        place = QRect(dialog.pos(), dialog.size())
        x = min(max(place.x(), room.x()), room.x() + room.width() - place.width())
        y = min(max(place.y(), room.y()), room.y() + room.height() - place.height())
        dialog.move(x, y)


def _make_scrollable(dialog: QDialog) -> None:
    column = dialog.layout()
    if not isinstance(column, QBoxLayout) or column.count() < 2:
        return
    buttons = column.takeAt(column.count() - 1)
    margins = column.contentsMargins()
    inside = QWidget()
    # Takes the layout and all that is in it along.
    inside.setLayout(column)
    column.setContentsMargins(0, 0, 0, 0)
    area = QScrollArea(dialog)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setWidget(inside)
    area.setAccessibleName(dialog.windowTitle())
    area.setMinimumWidth(
        inside.minimumSizeHint().width() + area.verticalScrollBar().sizeHint().width()
    )
    outer = QVBoxLayout(dialog)
    outer.setContentsMargins(margins)
    outer.addWidget(area, 1)
    if buttons is not None:
        outer.addItem(buttons)
