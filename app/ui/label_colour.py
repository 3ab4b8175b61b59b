"""Asking for the colour of a label."""

from __future__ import annotations

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QWidget

from app.core.palette import PALETTE
from app.ui.words import marked, translate

TITLE = marked("Labels", "Colour of the label")


def asked_colour(color: str, parent: QWidget) -> str | None:
    """The colour somebody chooses, as ``#rrggbb``; None if none."""
    # Those that everybody can tell apart, beside the style's own.
    for place, each in enumerate(PALETTE[: QColorDialog.customCount()]):
        QColorDialog.setCustomColor(place, QColor(each))
    found = QColorDialog.getColor(QColor(color), parent, translate("Labels", TITLE))
    return found.name() if found.isValid() else None
