"""Pictures of the panels and dialogs that a long day is spent in: labels, attributes, keys, lists.

    python -m tests.ui.day_shots FOLDER [--theme dark|light] [--language zh_CN]

Each is taken in a window of 1024x700; ``QT_SCALE_FACTOR=2`` gives a screen of twice the density.
"""

from __future__ import annotations

import shutil

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from app.core.attributes import Attribute, Kind
from app.core.document import ImageStatus
from app.inference.questions import Choice
from app.storage.shipped import SAMPLES
from app.ui.dialogs.labels import LabelsDialog
from app.ui.dialogs.shortcut_editor import ShortcutEditor
from app.ui.object_menu import fill_object_menu
from app.ui.panels.value_fields import LineField
from tests.ui.shots import Photographer, run

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LABELS = ("vehicle", "vehicle/car", "vehicle/lorry/tipper", "vehicle/lorry/box van",
          "animal/cat", "animal/dog", "building")  # fmt: skip
SCHEMA = (
    Attribute("colour", Kind.CHOICE, ("red", "blue", "green"), "blue", "C"),
    Attribute("seats", Kind.NUMBER, least=1, most=50),
    Attribute("remark", Kind.TEXT),
    Attribute("parked"),
)


def take(p: Photographer) -> None:
    """All of them, one after the other."""
    p.window.resize(1024, 700)
    folder = p.home / "photographs"
    shutil.copytree(SAMPLES, folder)
    p.context.navigator.open_folder(folder)
    p.wait(lambda: p.context.session.picture is not None and p.context.navigator.listing_done)
    p.context.host.use_model(Choice())
    p.open("astronaut.png")
    labels = p.context.session.folder_labels
    for name in LABELS:
        labels.add(name)
    labels.change("labels", p.context.session.labels.with_attributes(1, SCHEMA))
    labels.activate(1)
    panels(p)
    lists(p)
    dialogs(p)


def panels(p: Photographer) -> None:
    """What is said of a selected object, with a number that cannot be, and the keys for it."""
    p.click(0.5, 0.3)
    p.wait(lambda: p.context.mask_editor.can_accept and not p.context.mask_editor.is_predicting)
    p.window.commands.accept()
    document = p.context.session.document
    assert document is not None
    p.context.session.select(document.ids)
    p.shoot("day-attributes")
    field = p.window.objects.describing.fields["seats"]
    assert isinstance(field, LineField)
    field.line.setFocus()
    QTest.keyClicks(field.line, "51")
    QTest.keyClick(field.line, Qt.Key.Key_Return)
    group = p.window.objects.describing.group
    group.setFocus()
    QTest.keyClicks(group, "first")
    QTest.keyClick(group, Qt.Key.Key_Return)
    p.shoot("day-attributes-wrong")
    field.give_up()
    group.give_up()
    p.window.actions_["attribute-mode"].trigger()
    p.shoot("day-attribute-mode")
    p.window.actions_["attribute-mode"].trigger()
    menu = QMenu(p.window)
    fill_object_menu(menu, p.context.session, p.window.actions_)
    _shoot_menu(p, "day-canvas-menu", menu)
    p.window.labels.model.fold(1, folded=True)
    p.shoot("day-labels-folded")


def _shoot_menu(p: Photographer, name: str, menu: QMenu) -> None:
    menu.popup(p.window.mapToGlobal(QPoint(60, 60)))
    p.shoot(name, menu)
    menu.close()


def lists(p: Photographer) -> None:
    """The list of images: several selected, its menus, its filters."""
    files = p.window.files
    for row, held in ((1, CONTROL), (3, CONTROL | SHIFT), (0, CONTROL)):
        at = files.view.visualRect(files.model.index(row)).center()
        QTest.mouseClick(files.view.viewport(), Qt.MouseButton.LeftButton, held, at)
    p.context.marking.toggle_all(p.context.navigator.selected.names, ImageStatus.SKIPPED)
    p.wait(lambda: p.context.marking.can_take_back > 0)
    p.shoot("day-selected-images")
    _shoot_menu(p, "day-images-menu", files.menu_of(1))
    _shoot_menu(p, "day-image-menu", files.menu_of(0))
    p.context.navigator.selected.clear()
    for name, button in (("sort", files.choices.sort), ("filter", files.choices.filter)):
        menu = button.menu()
        menu.aboutToShow.emit()
        _shoot_menu(p, f"day-list-{name}", menu)


def dialogs(p: Photographer) -> None:
    """The dialogs as they open, and what they look like with something in them."""
    for name in ("labels", "edit-shortcuts", "output-folder", "go-to", "merge-labels", "shortcuts"):
        p.window.commands.ask(name)
        dialog = p.window.dialogs.current(name)
        if dialog is None:
            continue
        if isinstance(dialog, LabelsDialog):
            dialog.list.setCurrentRow(1)
        if isinstance(dialog, ShortcutEditor):
            dialog.tree.scrollToBottom()
            group = dialog.tree.topLevelItem(dialog.tree.topLevelItemCount() - 1)
            row = None if group is None else group.child(0)
            if row is not None:
                dialog.tree.setCurrentItem(row)
        p.shoot(f"day-{name}", dialog)
        dialog.close()


if __name__ == "__main__":
    run(take)
