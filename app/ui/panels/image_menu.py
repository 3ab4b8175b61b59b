"""The menu of an image in the list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from app.core.document import ImageStatus
from app.session.navigation.marking import Marking
from app.session.navigation.navigator import Navigator
from app.ui.file_manager import show_file
from app.ui.words import translate

MARKS = (ImageStatus.DONE, ImageStatus.SKIPPED)


def image_menu(navigator: Navigator, marking: Marking, place: int, parent: QWidget) -> QMenu:
    """What can be done with the image at that place of the list, open or not."""
    entry, menu = navigator.images[place], QMenu(parent)
    _add(menu, translate("ImageMenu", "Open"), lambda: navigator.go(place))
    menu.addSeparator()
    folder = navigator.images.folder
    free = folder is not None and folder.read_only is None
    free = free and entry.name not in navigator.images.unreadable
    done = translate("ImageMenu", "This image is done")
    skipped = translate("ImageMenu", "This image is skipped")
    for status, text in zip(MARKS, (done, skipped), strict=True):
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(entry.status is status)
        action.setEnabled(free)
        action.triggered.connect(lambda _=False, status=status: marking.toggle_at(place, status))
    open_again = translate("ImageMenu", "Neither done nor skipped")
    again = _add(menu, open_again, lambda: marking.toggle_at(place, entry.status))
    again.setEnabled(free and entry.status in MARKS)
    menu.addSeparator()
    _add(menu, translate("ImageMenu", "Copy name"), lambda: _copy(entry.path.name))
    _add(menu, translate("ImageMenu", "Copy path"), lambda: _copy(str(entry.path)))
    menu.addSeparator()
    _add(menu, translate("ImageMenu", "Show in file manager"), lambda: show_file(entry.path))
    if folder is not None:
        objects = folder.project.objects_path(entry.path)
        shown = _add(
            menu, translate("ImageMenu", "Show its file of objects"), lambda: show_file(objects)
        )
        shown.setEnabled(_is_there(objects))
    return menu


def _add(menu: QMenu, text: str, do: Callable[[], object]) -> QAction:
    action = menu.addAction(text)
    action.triggered.connect(lambda: do())
    return action


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
