"""Figures of the whole folder, and their report as a page and as a table."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from app.batch.report import FolderReport
from app.core.document import State
from app.core.errors import Problem
from app.session.assembly import AppContext
from app.ui.panels.figures import Figures
from app.ui.problem_words import spoken


class StatisticsDialog(QDialog):
    """Read when it is opened; what is edited later shows after the next opening."""

    def __init__(self, bench: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._reporting = bench.reporting
        self._found: FolderReport | None = None
        self.setWindowTitle(self.tr("Statistics"))
        self.summary, self.progress = QLabel(self), QProgressBar(self)
        self.summary.setWordWrap(True)
        self.figures = Figures(self)
        self.figures.setAccessibleName(self.tr("Statistics"))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        roles = QDialogButtonBox.ButtonRole
        self.page = self.buttons.addButton(self.tr("Save as page…"), roles.ActionRole)
        self.table = self.buttons.addButton(self.tr("Save as table…"), roles.ActionRole)
        column = QVBoxLayout(self)
        for widget in (self.summary, self.progress, self.figures, self.buttons):
            column.addWidget(widget)
        self.resize(820, 560)
        self.buttons.rejected.connect(self.close)
        self.page.clicked.connect(self._save_page)
        self.table.clicked.connect(self._save_table)
        self._reporting.ready.connect(self._on_ready)
        self._reporting.failed.connect(self._on_failed)
        self._reporting.written.connect(self._on_written)
        self._reporting.progress.connect(self._on_progress)
        self._show(False)
        self.summary.setText(self.tr("Reading the folder…"))
        self._reporting.read()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._reporting.stop()
        super().closeEvent(event)

    @Slot(int, int)
    def _on_progress(self, done: int, total: int) -> None:
        self.progress.setRange(0, max(total, 1))
        self.progress.setValue(done)

    @Slot(object)
    def _on_ready(self, found: FolderReport) -> None:
        self._found = found
        statistics = found.statistics
        waits = sum(fact.state is State.PROPOSED for fact in found.facts)
        masks = self.tr("%n mask(s)", "", statistics.total.masks - waits)
        images = self.tr("%n image(s)", "", statistics.images)
        text = self.tr("{0} on {1}.").format(masks, images)
        if waits:
            text += " " + self.tr("%n proposal(s) wait, and are counted below as well.", "", waits)
        if found.unread:
            text += " " + self.tr("%n image(s) could not be read.", "", len(found.unread))
        self.summary.setText(text)
        self.figures.put(
            (
                (self.tr("All"), [statistics.total] if statistics.total.masks else []),
                (self.tr("By stage"), statistics.stages),
                (self.tr("By label"), statistics.labels),
                (self.tr("By source"), statistics.sources),
                (self.tr("By size"), statistics.sizes),
                (self.tr("By day"), statistics.days),
            )
        )
        self._show(True)

    @Slot(object)
    def _on_failed(self, problem: Problem) -> None:
        self.summary.setText(spoken(problem))
        self.progress.hide()

    @Slot(object)
    def _on_written(self, path: Path) -> None:
        self.summary.setText(self.tr("Written: {0}").format(path))

    def _show(self, ready: bool) -> None:
        self.progress.setVisible(not ready)
        self.page.setEnabled(ready)
        self.table.setEnabled(ready)

    def _target(self, name: str) -> Path | None:
        folder = self._bench.session.folder
        start = (folder.root if folder is not None else Path.home()) / name
        chosen, _ = QFileDialog.getSaveFileName(self, self.tr("Save"), str(start))
        return Path(chosen) if chosen else None

    @Slot()
    def _save_page(self) -> None:
        target = self._target("report.html") if self._found is not None else None
        if target is not None and self._found is not None:
            self._reporting.write_html(self._found, target)

    @Slot()
    def _save_table(self) -> None:
        target = self._target("report.csv") if self._found is not None else None
        if target is not None and self._found is not None:
            self._reporting.write_csv(self._found, target)
