"""The base of every dialog over work in the background: how far it is, what came of it, Close."""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QWidget,
)

from app.batch.report import FolderReport
from app.core.errors import Problem
from app.session.assembly import AppContext
from app.session.jobs.background_job import BackgroundJob
from app.ui.words import spoken

ACTION = QDialogButtonBox.ButtonRole.ActionRole
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class JobDialog(QDialog):
    """``outcome`` says what came of the work, or why it failed; ``progress`` how far it is.

    ``progress`` is visible while work goes on. Enter ends none of it, unless somebody went to the
    button that does. Escape gives up what closing would, and closes the dialog at the next press.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.outcome, self.progress = QLabel(self), QProgressBar(self)
        self.outcome.setWordWrap(True)
        self.progress.hide()
        self._stopped_with: tuple[BackgroundJob, ...] = ()

    @cached_property
    def buttons(self) -> QDialogButtonBox:
        """With Close; made when it is needed first, so that Tab comes to it after the fields."""
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.close)
        return buttons

    def button(self, text: str, role: QDialogButtonBox.ButtonRole = ACTION) -> QPushButton:
        """One more, beside Close."""
        return self.buttons.addButton(text, role)

    def follow(self, *jobs: BackgroundJob, stop: bool = False) -> None:
        """Show how they are doing.

        Args:
            stop: closing the dialog gives up what they read.
        """
        for job in jobs:
            job.progress.connect(self._on_progress)
            job.failed.connect(self._on_failed)
            job.changed.connect(self._on_changed)
        self._stopped_with = jobs if stop else ()

    def focusNextPrevChild(self, forwards: bool) -> bool:
        """Qt asks this, too, when what had the focus is hidden or disabled: as when work begins.

        Then the next in turn may be Stop, and the next Enter would end the work.
        """
        focused = self.focusWidget()
        if focused is None or focused is self or (focused.isVisible() and focused.isEnabled()):
            return super().focusNextPrevChild(forwards)
        self.setFocus()
        return True

    def changeEvent(self, event: QEvent) -> None:
        """Of a window that comes to the front Qt gives the focus to the first that can have it.

        While work goes on that may be Stop, for the fields are disabled.
        """
        focused = self.focusWidget()
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            on_a_button = focused is None or isinstance(focused, QPushButton)
            if on_a_button and self.progress.isVisible():
                self.setFocus()
        super().changeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A key that the control with the focus has no use for."""
        given_up = event.key() == Qt.Key.Key_Escape and self.give_up()
        if given_up or (event.key() in ENTER and self.progress.isVisible()):
            event.accept()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        for job in self._stopped_with:
            job.stop()
        super().closeEvent(event)

    # -- for the dialogs; no slots, for PySide mixes slots up that are overridden

    def refresh(self) -> None:
        """Show what can be done now."""

    def give_up(self) -> bool:
        """Stop work whose outcome closing the dialog would throw away; whether there was such."""
        return False

    def show_progress(self, done: int, total: int) -> None:
        self.progress.setRange(0, max(total, 1))
        self.progress.setValue(done)

    def show_failure(self, problem: Problem) -> None:
        self.outcome.setText(spoken(problem))

    @Slot(int, int)
    def _on_progress(self, done: int, total: int) -> None:
        self.show_progress(done, total)

    @Slot(object)
    def _on_failed(self, problem: Problem) -> None:
        self.show_failure(problem)
        self._bring_into_sight()

    @Slot()
    def _on_changed(self) -> None:
        self.refresh()
        self._bring_into_sight()

    def _bring_into_sight(self) -> None:
        """Scroll to how far the work is, or what came of it, where a screen is small."""
        for area in self.findChildren(QScrollArea):
            for word in (self.outcome, self.progress):
                if area.isAncestorOf(word) and word.isVisible():
                    QTimer.singleShot(0, word, partial(area.ensureWidgetVisible, word))


class ReportDialog(JobDialog):
    """Figures of the folder, which can be saved as a page and as a table called ``name``."""

    name = ""

    def __init__(self, context: AppContext, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._context, self._reporting = context, context.reporting
        self._found: FolderReport | None = None
        self._reporting.written.connect(self._on_written)

    def _add_saving(self) -> None:
        self.page = self.button(self.tr("Save as page…"))
        self.table = self.button(self.tr("Save as table…"))
        self.page.clicked.connect(self._save_page)
        self.table.clicked.connect(self._save_table)

    def _target(self, name: str) -> Path | None:
        folder = self._context.session.folder
        start = (folder.root if folder is not None else Path.home()) / name
        chosen, _ = QFileDialog.getSaveFileName(self, self.tr("Save"), str(start))
        return Path(chosen) if chosen else None

    @Slot()
    def _save_page(self) -> None:
        target = self._target(f"{self.name}.html") if self._found is not None else None
        if target is not None and self._found is not None:
            self._reporting.write_html(self._found, target)

    @Slot()
    def _save_table(self) -> None:
        target = self._target(f"{self.name}.csv") if self._found is not None else None
        if target is not None and self._found is not None:
            self._reporting.write_csv(self._found, target)

    @Slot(object)
    def _on_written(self, path: Path) -> None:
        self.outcome.setText(self.tr("Written: {0}").format(path))
