"""The menu of the selected objects: the same on the canvas and in their list."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu

from app.session.session import Session
from app.ui.action_set import ActionSet
from app.ui.panels.objects import swatch
from app.ui.words import translate

OF_SELECTED = (
    ("correct", "tool-corners", "find-alike"),
    ("merge", "split", "duplicate"),
    ("fill-holes", "specks", "largest", "smooth"),
    ("copy", "lock", "hide"),
    ("delete",),
)
OF_NONE = (("paste", "select-all", "show-all"),)


def fill_object_menu(menu: QMenu, session: Session, actions: ActionSet) -> None:
    """What can be done to what is selected; to the image's objects where nothing is."""
    if session.selection:
        labels = menu.addMenu(translate("ObjectMenu", "Label"))
        for label in session.labels:
            entry = labels.addAction(swatch(label.color), label.name.replace("&", "&&"))
            entry.setData(label.id)
        labels.triggered.connect(lambda entry: session.set_label(session.selection, entry.data()))
    for group in OF_SELECTED if session.selection else OF_NONE:
        for name in group:
            menu.addAction(actions[name])
        menu.addSeparator()
