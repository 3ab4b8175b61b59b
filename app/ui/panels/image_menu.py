"""The menu of an image in the list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path, PurePosixPath

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
        action.triggered.connect(partial(_toggle, marking, (entry.name,), status, parent))
    open_again = translate("ImageMenu", "Neither done nor skipped")
    again = _add(menu, open_again, lambda: marking.toggle_at(place, entry.status))
    again.setEnabled(free and entry.status in MARKS)
    _add_take_back(menu, marking)
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
    menu.addSeparator()
    _add(menu, translate("ImageMenu", "Select all that are shown"), navigator.selected.all)
    return menu


def images_menu(
    navigator: Navigator, marking: Marking, find: Callable[[], object], parent: QWidget
) -> QMenu:
    """What can be done with all images that are selected in the list.

    Args:
        find: begins to look for something on them.
    """
    names, menu, folder = navigator.selected.names, QMenu(parent), navigator.images.folder
    free = folder is not None and folder.read_only is None and not marking.running
    now, count = marking.status_of(names), len(names)
    done = translate("ImageMenu", "These %n images are done", "", count)
    skipped = translate("ImageMenu", "These %n images are skipped", "", count)
    for status, text in zip(MARKS, (done, skipped), strict=True):
        action = _add(menu, text, partial(_toggle, marking, names, status, parent))
        action.setCheckable(True)
        action.setChecked(now is status)
        action.setEnabled(free)
    again = translate("ImageMenu", "Neither done nor skipped")
    _add(menu, again, lambda: marking.mark(names, None)).setEnabled(free)
    _add_take_back(menu, marking)
    menu.addSeparator()
    _add(menu, translate("ImageMenu", "Find in these %n images…", "", count), find).setEnabled(free)
    menu.addSeparator()
    copied = translate("ImageMenu", "Copy %n names", "", count)
    _add(menu, copied, lambda: copy_names(names))
    whole = "\n".join(str(folder.root / name) for name in names) if folder is not None else ""
    _add(menu, translate("ImageMenu", "Copy %n paths", "", count), lambda: _copy(whole))
    menu.addSeparator()
    _add(menu, translate("ImageMenu", "Select all that are shown"), navigator.selected.all)
    _add(menu, translate("ImageMenu", "Select none"), navigator.selected.clear)
    return menu


def _toggle(
    marking: Marking, names: Sequence[str], status: ImageStatus, parent: QWidget, *_: object
) -> None:
    # Imported when it is first needed: what it asks is behind a click.
    from app.ui.dialogs.done_question import toggle

    toggle(marking, names, status, parent.window())


def _add_take_back(menu: QMenu, marking: Marking) -> None:
    """Where the newest mark was of several images at once."""
    count = marking.can_take_back
    if count:
        text = translate("ImageMenu", "Take back the last mark of several images (%n)", "", count)
        _add(menu, text, marking.take_back)


def _add(menu: QMenu, text: str, do: Callable[[], object]) -> QAction:
    action = menu.addAction(text)
    action.triggered.connect(lambda: do())
    return action


def copy_names(names: Sequence[str]) -> None:
    """Of images, without their folders, a line each."""
    _copy("\n".join(PurePosixPath(name).name for name in names))


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
