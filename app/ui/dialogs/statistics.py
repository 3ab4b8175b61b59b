"""Figures of the whole folder, and their report as a page and as a table."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QVBoxLayout,
    QWidget,
)

from app.batch.report import FolderReport
from app.core.document import State
from app.core.errors import Problem
from app.session.assembly import AppContext
from app.ui.dialogs.job_dialog import ReportDialog
from app.ui.panels.figures import Figures


class StatisticsDialog(ReportDialog):
    """Read when it is opened; what is edited later shows after the next opening."""

    name = "report"

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(context, self.tr("Statistics"), parent)
        self.figures = Figures(self)
        self.figures.setAccessibleName(self.tr("Statistics"))
        self._add_saving()
        column = QVBoxLayout(self)
        for widget in (self.outcome, self.progress, self.figures, self.buttons):
            column.addWidget(widget)
        self.resize(820, 560)
        self._reporting.ready.connect(self._on_ready)
        self.follow(self._reporting, stop=True)
        self._show(False)
        self.outcome.setText(self.tr("Reading the folder…"))
        self._reporting.read()

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
        self.outcome.setText(text)
        worded = self.figures.worded
        self.figures.put(
            (
                (self.tr("All"), worded([statistics.total]) if statistics.total.masks else []),
                (self.tr("By stage"), worded(statistics.stages)),
                (self.tr("By label"), statistics.labels),
                (self.tr("By source"), worded(statistics.sources)),
                (self.tr("By size"), worded(statistics.sizes)),
                (self.tr("By day"), statistics.days),
            )
        )
        self._show(True)

    def show_failure(self, problem: Problem) -> None:
        super().show_failure(problem)
        self.progress.hide()

    def _show(self, ready: bool) -> None:
        self.progress.setVisible(not ready)
        self.page.setEnabled(ready)
        self.table.setEnabled(ready)
