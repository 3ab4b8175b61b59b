"""Opens dialogs by name, one of each at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMargins, QObject, QPoint, QRect, Qt, Slot
from PySide6.QtWidgets import QDialog, QFileDialog, QMainWindow, QProgressBar

from app.session.assembly import AppContext
from app.storage.folder import SUFFIXES
from app.storage.rescue import Rescued
from app.ui.action_set import ActionSet
from app.ui.canvas_pane import CanvasPane
from app.ui.commands import Commands
from app.ui.dialogs import guide
from app.ui.dialogs.adjust import AdjustDialog
from app.ui.dialogs.export import ExportDialog
from app.ui.dialogs.merge_labels import MergeDialog, RemoveDialog
from app.ui.dialogs.model import ModelDialog
from app.ui.dialogs.recover import RecoverDialog
from app.ui.dialogs.room import fit_in
from app.ui.dialogs.settings import SettingsDialog
from app.ui.dialogs.shortcuts import ShortcutSheet
from app.ui.label_finder import LabelFinder
from app.ui.panels.labels import LabelPanel
from app.ui.side_panels import SidePanels
from app.ui.theme import Theme

BESIDE = frozenset({"accept-many", "adjust", "propose"})
"""Dialogs whose effect is on the image."""
MARGIN = 12
FRAME = QMargins(8, 32, 8, 8)
"""Room for what the desktop draws around a dialog."""


class Dialogs(QObject):
    """What ``Commands.dialog_wanted`` asks for. None of them stops the window."""

    def __init__(
        self,
        window: QMainWindow,
        parts: AppContext,
        pane: CanvasPane,
        commands: Commands,
        actions: ActionSet,
        panels: SidePanels,
        theme: Theme,
    ) -> None:
        super().__init__(window)
        self._window, self._parts, self._canvas = window, parts, pane.canvas
        self._commands, self._panels, self._theme = commands, panels, theme
        self._open: dict[str, QDialog] = {}
        self._makers: dict[str, Callable[[], QDialog]] = {
            "shortcuts": lambda: ShortcutSheet(actions, window),
            "guide": lambda: guide.guide(window),
            "about": lambda: guide.about(window),
            "adjust": lambda: AdjustDialog(pane.scene, window),
            "settings": lambda: SettingsDialog(parts.preferences, window),
            "model": lambda: ModelDialog(parts, theme.shades, window),
            "export": lambda: ExportDialog(parts, window),
            "merge-labels": lambda: MergeDialog(parts, window),
            "remove-label": lambda: RemoveDialog(parts, window),
        }
        recovery = parts.recovery
        if recovery is not None:
            self._makers["recover"] = lambda: RecoverDialog(recovery, window)
            recovery.found.connect(self._on_rescued)
        self._doers: dict[str, Callable[[], object]] = {
            "open-folder": self._open_folder,
            "open-images": self._open_images,
            "add-label": self._add_label,
            "find-label": self._find_label,
            "full-screen": self._full_screen,
            "quit": window.close,
        }
        commands.dialog_wanted.connect(self.show)
        self._listen_to(panels.labels)

    def _listen_to(self, labels: LabelPanel) -> None:
        labels.merge_wanted.connect(self._merge)
        labels.same_name_wanted.connect(self._merge)
        labels.remove_wanted.connect(self._remove)

    @Slot(str)
    def show(self, name: str) -> None:
        """Open it, or bring the one that is open to the front."""
        if name in self._doers:
            self._doers[name]()
            return
        dialog = self._made(name)
        if not dialog.isVisible():
            if name in BESIDE:
                self._put_beside(dialog)
            fit_in(dialog, self.room())
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def _made(self, name: str) -> QDialog:
        """The dialog of that name, not shown yet if it is new."""
        dialog = self._open.get(name)
        if dialog is None:
            dialog = self._makers[name]()
            for bar in dialog.findChildren(QProgressBar):
                bar.setAccessibleName(self.tr("Progress"))
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.destroyed.connect(lambda: self._open.pop(name, None))
            self._open[name] = dialog
        return dialog

    def use_model(self, path: Path) -> None:
        """Use a model of the user's own, and show what becomes of it."""
        self.show("model")
        dialog = self._open.get("model")
        if isinstance(dialog, ModelDialog):
            dialog.use_file(path)

    def room(self) -> QRect:
        """Where a dialog may lie on the screen, logical pixels, its frame not counted."""
        return self._window.screen().availableGeometry() - FRAME

    def add_dialog(self, name: str, make: Callable[[], QDialog]) -> None:
        """Know one more dialog."""
        self._makers[name] = make

    def add_doer(self, name: str, do: Callable[[], object]) -> None:
        """Know one more thing to do that is no dialog of its own."""
        self._doers[name] = do

    def current(self, name: str) -> QDialog | None:
        """The open dialog of that name."""
        return self._open.get(name)

    def _put_beside(self, dialog: QDialog) -> None:
        """Over the panels on the right: what it does is seen on the image."""
        window = self._window
        corner = window.mapToGlobal(window.rect().topRight())
        top = self._canvas.mapToGlobal(QPoint(0, 0)).y()
        dialog.move(corner.x() - dialog.width() - MARGIN, top)

    @Slot(int)
    @Slot(int, int)
    def _merge(self, source: int, into: int | None = None) -> None:
        self.show("merge-labels")
        dialog = self._open["merge-labels"]
        if isinstance(dialog, MergeDialog):
            dialog.choose(source, into)

    @Slot(int)
    def _remove(self, label_id: int) -> None:
        """Opens only if there is something to ask."""
        dialog = self._made("remove-label")
        if isinstance(dialog, RemoveDialog):
            dialog.asks.connect(lambda: self.show("remove-label"))
            dialog.remove(label_id)

    @Slot(object)
    def _on_rescued(self, found: list[Rescued]) -> None:
        if found:
            self.show("recover")

    def _open_folder(self) -> None:
        start = str(self._start())
        title = self.tr("Open a folder of images")
        chosen = QFileDialog.getExistingDirectory(self._window, title, start)
        if chosen:
            self._parts.navigator.open_folder(Path(chosen))

    def _open_images(self) -> None:
        patterns = " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
        chosen, _ = QFileDialog.getOpenFileNames(
            self._window,
            self.tr("Open images"),
            str(self._start()),
            self.tr("Images") + f" ({patterns})",
        )
        if chosen:
            self._parts.navigator.open_files([Path(each) for each in chosen])

    def _start(self) -> Path:
        recent = self._parts.preferences.value.recent
        return recent[0] if recent else Path.home()

    def _add_label(self) -> None:
        self._panels.show("labels")
        self._panels.labels.start_new()

    def _find_label(self) -> None:
        canvas = self._canvas
        finder = LabelFinder(self._parts.session, self._window)
        self._theme.frame(finder)
        finder.chosen.connect(self._commands.use_label)
        finder.pop_up(canvas.mapToGlobal(canvas.rect().center()))

    def _full_screen(self) -> None:
        window = self._window
        window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen)
