"""Accepting above a score on every image: how many, on how many images, before anything is done."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt, QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFormLayout,
    QVBoxLayout,
    QWidget,
)

from app.core import review
from app.core.review import Filter
from app.session.assembly import AppContext
from app.session.jobs.accept_above import AcceptPreview
from app.ui.dialogs.job_dialog import JobDialog

REST_MS = 300
LABELS = 6


class AcceptManyDialog(JobDialog):
    """Counts anew with every other score; closing it lets a run under way go on."""

    def __init__(self, context: AppContext, least: float, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Accept in the whole folder"), parent)
        self._session, self._queue, self._accepting = (
            context.session,
            context.review,
            context.accepting,
        )
        self._found: AcceptPreview | None = None
        self.threshold = QDoubleSpinBox(self)
        self.threshold.setRange(0, 1)
        self.threshold.setSingleStep(0.01)
        self.threshold.setValue(least)
        self.go = self.button(self.tr("Accept"))
        self.undo = self.button(self.tr("Take it back"))
        # Nobody should take it back by pressing Enter once more.
        self.undo.setAutoDefault(False)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._lay_out()
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow(self.tr("Score of at least"), self.threshold)
        self.outcome.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.outcome.setMinimumHeight(5 * self.fontMetrics().height())
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.outcome, 1)
        column.addWidget(self.progress)
        column.addWidget(self.buttons)
        self.resize(440, 240)

    def _connect(self) -> None:
        self.threshold.valueChanged.connect(self._again)
        self._rest.timeout.connect(self.count)
        self.go.clicked.connect(self._on_go)
        self.undo.clicked.connect(self._accepting.undo)
        self._queue.changed.connect(self._on_queue)
        accepting = self._accepting
        accepting.counted.connect(self._on_counted)
        accepting.finished.connect(self._on_finished)
        self.follow(accepting, stop=True)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.count()

    # -- before it

    @property
    def chosen(self) -> Filter:
        """Which proposals are meant: those the review's filter admits, with such a score."""
        return review.above(self._queue.filter, self.threshold.value())

    @Slot()
    def count(self) -> None:
        """Find out what it would do."""
        self._rest.stop()
        if not self._accepting.running:
            self._found = None
            self.outcome.setText(self.tr("Counting the proposals…"))
            self._accepting.count(self.chosen)
            self.refresh()

    @Slot()
    def _again(self) -> None:
        self._found = None
        self.refresh()
        self._rest.start()

    @Slot()
    def _on_queue(self) -> None:
        """Something was decided, or the filter is another one: what was counted is no longer so."""
        if self.isVisible() and self._found is not None and not self._accepting.running:
            self._again()

    @Slot(object)
    def _on_counted(self, found: AcceptPreview) -> None:
        if found.chosen != self.chosen:
            return
        self._found = found
        self.outcome.setText(self._told(found) if found.steps else self._nothing(found))
        self.refresh()

    def _told(self, found: AcceptPreview) -> str:
        labels, number = self._session.labels, QLocale().toString
        shown = ", ".join(
            f"{number(count)} x {labels.label(each).name}"
            for each, count in found.by_label.most_common(LABELS)
        )
        more = " …" if len(found.by_label) > LABELS else ""
        objects = self.tr("%n proposal(s)", "", found.objects)
        images = self.tr("%n image(s)", "", len(found.steps))
        lines = [
            self.tr("{0} on {1} would be accepted: {2}.").format(objects, images, shown + more)
        ]
        if found.worst_iou is not None:
            lines.append(self.tr("The lowest score is {0}.").format(f"{found.worst_iou:.2f}"))
        return "\n".join([*lines, *self._rest_of(found)])

    def _nothing(self, found: AcceptPreview) -> str:
        lines = [self.tr("No proposal has such a score.")]
        if found.best_iou is not None:
            lines.append(self.tr("The highest score is {0}.").format(f"{found.best_iou:.2f}"))
        return "\n".join([*lines, *self._rest_of(found)])

    def _rest_of(self, found: AcceptPreview) -> list[str]:
        lines = []
        if found.left:
            objects = self.tr("%n proposal(s)", "", found.left)
            images = self.tr("%n image(s)", "", found.left_images)
            lines.append(self.tr("{0} on {1} would still wait.").format(objects, images))
        if self._queue.filter != Filter():
            lines.append(self.tr("Only what the filter of the review shows is meant."))
        if found.unclear:
            lines.append(self.tr("%n image(s) cannot be read or changed.", "", found.unclear))
        return lines

    # -- doing it

    @Slot()
    def _on_go(self) -> None:
        found, self._found = self._found, None
        if found is not None:
            self._accepting.accept(found)

    @Slot(int, int)
    def _on_finished(self, changed: int, left: int) -> None:
        if not left and not self._accepting.can_undo:
            self.count()  # it was taken back, and is as it was before
            return
        text = self.tr("%n image(s) changed.", "", changed)
        if left:
            text += " " + self.tr("%n image(s) were edited meanwhile and stay.", "", left)
        self.outcome.setText(text)
        self.refresh()

    def refresh(self) -> None:
        busy = self._accepting.running
        self.progress.setVisible(busy or self._accepting.counting)
        self.threshold.setEnabled(not busy)
        found = self._found
        self.go.setEnabled(bool(found and found.steps) and not busy)
        count = QLocale().toString(found.objects) if found and found.steps else ""
        self.go.setText(self.tr("Accept {0}").format(count) if count else self.tr("Accept"))
        self.undo.setVisible(self._accepting.can_undo)
