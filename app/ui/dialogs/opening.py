"""Opens dialogs by name, one of each at a time.

Each is imported when it is first opened, so that the start waits for none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMargins, QObject, QPoint, QRect, Qt, Slot
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QDialog, QFileDialog, QMainWindow, QProgressBar

from app.session.assembly import AppContext
from app.session.folder.recovery import Recovery
from app.storage.folder import SUFFIXES
from app.storage.rescue import Rescued
from app.ui.action_set import ActionSet
from app.ui.canvas_pane import CanvasPane
from app.ui.commands import Commands
from app.ui.dialogs.room import fit_in
from app.ui.panels.labels import LabelPanel
from app.ui.side_panels import SidePanels
from app.ui.theme import Theme

BESIDE = frozenset({"accept-many", "adjust", "find-alike", "propose"})
"""Dialogs whose effect is on the image."""
MARGIN = 12
FRAME = QMargins(8, 32, 8, 8)
"""Room for what the desktop draws around a dialog."""


class Dialogs(QObject):
    """What ``Commands.dialog_wanted`` asks for. None of them stops the window."""

    def __init__(
        self,
        window: QMainWindow,
        context: AppContext,
        pane: CanvasPane,
        commands: Commands,
        actions: ActionSet,
        panels: SidePanels,
        theme: Theme,
    ) -> None:
        super().__init__(window)
        self._window, self._context, self._canvas = window, context, pane.canvas
        self._scene, self._actions = pane.scene, actions
        self._commands, self._panels, self._theme = commands, panels, theme
        self._open: dict[str, QDialog] = {}
        self._makers = self._named()
        recovery = context.recovery
        if recovery is not None:
            self._makers["recover"] = lambda: self._recover(recovery)
            recovery.found.connect(self._on_rescued)
        self._doers: dict[str, Callable[[], object]] = {
            "open-folder": self._open_folder,
            "open-images": self._open_images,
            "add-label": self._add_label,
            "find-label": self._find_label,
            "full-screen": self._full_screen,
            "find": self._find,
            "find-words": self._find_words,
            "quit": window.close,
        }
        commands.dialog_wanted.connect(self.show)
        self._listen_to(panels.labels)
        panels.files.find_wanted.connect(self._find_on_selected)

    def _listen_to(self, labels: LabelPanel) -> None:
        labels.merge_wanted.connect(self._merge)
        labels.same_name_wanted.connect(self._merge)
        labels.remove_wanted.connect(self._remove)
        labels.find_wanted.connect(self._find_label_objects)
        labels.edit_wanted.connect(self._edit_label)

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
            if name in BESIDE:
                self._let_review(dialog)
        return dialog

    def _let_review(self, dialog: QDialog) -> None:
        """The keys of the review work in front of the dialog, too: its words name them."""
        review = self._actions["review"]
        for keys in review.shortcuts():
            QShortcut(keys, dialog).activated.connect(self._review)

    @Slot()
    def _review(self) -> None:
        if self._actions["review"].isEnabled():
            self._window.activateWindow()
            self._canvas.setFocus()
            self._actions["review"].trigger()

    def use_model(self, path: Path) -> None:
        """Use a model of the user's own, and show what becomes of it."""
        from app.ui.dialogs.model import ModelDialog

        self.show("model")
        dialog = self._open.get("model")
        if isinstance(dialog, ModelDialog):
            dialog.use_file(path)

    def room(self) -> QRect:
        """Where a dialog may lie on the screen, logical pixels, its frame not counted."""
        return self._window.screen().availableGeometry() - FRAME

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
        from app.ui.dialogs.merge_labels import MergeDialog

        self.show("merge-labels")
        dialog = self._open["merge-labels"]
        if isinstance(dialog, MergeDialog):
            dialog.choose(source, into)

    @Slot(int)
    def _edit_label(self, label_id: int) -> None:
        from app.ui.dialogs.labels import LabelsDialog

        self.show("labels")
        dialog = self._open["labels"]
        if isinstance(dialog, LabelsDialog):
            dialog.choose(label_id)

    @Slot(int)
    def _remove(self, label_id: int) -> None:
        """Opens only if there is something to ask."""
        from app.ui.dialogs.merge_labels import RemoveDialog

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
            self._context.navigator.open_folder(Path(chosen))

    def _open_images(self) -> None:
        patterns = " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
        chosen, _ = QFileDialog.getOpenFileNames(
            self._window,
            self.tr("Open images"),
            str(self._start()),
            self.tr("Images") + f" ({patterns})",
        )
        if chosen:
            self._context.navigator.open_files([Path(each) for each in chosen])

    def _start(self) -> Path:
        recent = self._context.preferences.value.recent
        return recent[0] if recent else Path.home()

    def _add_label(self) -> None:
        self._panels.show("labels")
        self._panels.labels.start_new()

    def _find_label(self) -> None:
        from app.ui.label_finder import LabelFinder

        canvas = self._canvas
        finder = LabelFinder(self._context.session, self._window)
        self._theme.frame(finder)
        finder.chosen.connect(self._commands.use_label)
        finder.find_wanted.connect(self._find_label_objects)
        finder.pop_up(canvas.mapToGlobal(canvas.rect().center()))

    def _full_screen(self) -> None:
        window = self._window
        window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen)

    # -- how each is made

    def _named(self) -> dict[str, Callable[[], QDialog]]:
        return {
            "shortcuts": self._shortcuts,
            "output-folder": self._output_folder,
            "edit-shortcuts": self._edit_shortcuts,
            "go-to": self._go_to,
            "guide": self._guide,
            "about": self._about,
            "adjust": self._adjust,
            "settings": self._settings,
            "model": self._model,
            "teach": self._teach,
            "gpu-server": self._gpu_server,
            "export": self._export,
            "labels": self._labels,
            "merge-labels": self._merging,
            "remove-label": self._removing,
            "propose": self._propose,
            "find-alike": self._find_alike,
            "train-proposer": self._train,
            "segment-anew": self._segment_anew,
            "import": self._import,
            "accept-many": self._accept_many,
            "audit": self._audit,
            "statistics": self._statistics,
        }

    def _teach(self) -> QDialog:
        from app.ui.dialogs.teach import TeachDialog

        return TeachDialog(self._context, self._theme.shades, self._window)

    def _shortcuts(self) -> QDialog:
        from app.ui.dialogs.shortcuts import ShortcutSheet

        return ShortcutSheet(self._actions, self._context.session.labels, self._window)

    def _output_folder(self) -> QDialog:
        from app.ui.dialogs.output_folder import OutputFolderDialog

        return OutputFolderDialog(self._context, self._window)

    def _edit_shortcuts(self) -> QDialog:
        from app.ui.dialogs.shortcut_editor import ShortcutEditor

        context = self._context
        return ShortcutEditor(self._actions, context.preferences, context.session, self._window)

    def _go_to(self) -> QDialog:
        from app.ui.dialogs.go_to import GoToDialog

        return GoToDialog(self._context.navigator, self._window)

    def _guide(self) -> QDialog:
        from app.ui.dialogs.guide import guide

        return guide(self._window)

    def _about(self) -> QDialog:
        from app.ui.dialogs.guide import about

        return about(self._window)

    def _adjust(self) -> QDialog:
        from app.ui.dialogs.adjust import AdjustDialog

        return AdjustDialog(self._scene, self._window)

    def _settings(self) -> QDialog:
        from app.ui.dialogs.settings import SettingsDialog

        return SettingsDialog(self._context.preferences, self._window)

    def _model(self) -> QDialog:
        from app.ui.dialogs.model import ModelDialog

        return ModelDialog(self._context, self._theme.shades, self._window)

    def _gpu_server(self) -> QDialog:
        from app.ui.dialogs.gpu_server import GpuServerDialog

        return GpuServerDialog(self._context, self._theme.shades, self._window)

    def _export(self) -> QDialog:
        from app.ui.dialogs.export import ExportDialog

        return ExportDialog(self._context, self._window)

    def _labels(self) -> QDialog:
        from app.ui.dialogs.labels import LabelsDialog

        return LabelsDialog(self._context.session, self._actions.taken, self._window)

    def _merging(self) -> QDialog:
        from app.ui.dialogs.merge_labels import MergeDialog

        return MergeDialog(self._context, self._window)

    def _removing(self) -> QDialog:
        from app.ui.dialogs.merge_labels import RemoveDialog

        return RemoveDialog(self._context, self._window)

    def _recover(self, recovery: Recovery) -> QDialog:
        from app.ui.dialogs.recover import RecoverDialog

        return RecoverDialog(recovery, self._window)

    def _propose(self) -> QDialog:
        from app.ui.dialogs.propose import ProposeDialog

        dialog = ProposeDialog(self._context, self._canvas, self._window)
        dialog.source.train_wanted.connect(lambda: self.show("train-proposer"))
        return dialog

    def _find_alike(self) -> QDialog:
        from app.ui.dialogs.find_alike import FindDialog

        return FindDialog(self._context, self._canvas, self._window)

    def _find(self) -> None:
        """Look at once for all that is like the selected objects."""
        from app.ui.dialogs.find_alike import FindDialog

        self.show("find-alike")
        dialog = self.current("find-alike")
        if isinstance(dialog, FindDialog):
            dialog.use_selected()
            dialog.look_now()

    @Slot()
    def _find_on_selected(self) -> None:
        """Choose first what is to be found on the images selected in the list."""
        from app.ui.dialogs.find_alike import FindDialog
        from app.ui.dialogs.find_options import Where

        self.show("find-alike")
        dialog = self.current("find-alike")
        if isinstance(dialog, FindDialog):
            dialog.where.choose(Where.SELECTED)

    def _find_words(self) -> None:
        """Ask for words first."""
        from app.ui.dialogs.find_alike import FindDialog

        self.show("find-alike")
        dialog = self.current("find-alike")
        if isinstance(dialog, FindDialog):
            dialog.use_words()

    @Slot(int)
    def _find_label_objects(self, label_id: int) -> None:
        """Look for more of what has this label."""
        from app.ui.dialogs.find_alike import FindDialog

        self.show("find-alike")
        dialog = self.current("find-alike")
        if isinstance(dialog, FindDialog):
            dialog.use_label(label_id)
            dialog.look_now()

    def _train(self) -> QDialog:
        from app.ui.dialogs.train_proposer import TrainDialog

        dialog = TrainDialog(self._context, self._window)
        dialog.propose_wanted.connect(self._propose_with_proposer)
        return dialog

    @Slot()
    def _propose_with_proposer(self) -> None:
        from app.ui.dialogs.propose import ProposeDialog

        self.show("propose")
        dialog = self.current("propose")
        if isinstance(dialog, ProposeDialog):
            dialog.source.use_proposer()

    def _segment_anew(self) -> QDialog:
        from app.ui.dialogs.segment_anew import SegmentAnewDialog

        return SegmentAnewDialog(self._context, self._window)

    def _import(self) -> QDialog:
        from app.ui.dialogs.import_masks import ImportDialog

        dialog = ImportDialog(self._context, self._window)
        dialog.segment_wanted.connect(lambda: self.show("segment-anew"))
        return dialog

    def _accept_many(self) -> QDialog:
        from app.ui.dialogs.accept_many import AcceptManyDialog

        threshold = self._panels.review.above.threshold.value()
        return AcceptManyDialog(self._context, threshold, self._window)

    def _audit(self) -> QDialog:
        from app.ui.dialogs.audit import AuditDialog

        return AuditDialog(self._context, self._canvas, self._window)

    def _statistics(self) -> QDialog:
        from app.ui.dialogs.statistics import StatisticsDialog

        return StatisticsDialog(self._context, self._window)
