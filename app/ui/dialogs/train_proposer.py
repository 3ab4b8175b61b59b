"""Training of the folder's own proposer: how good it became is shown before anything uses it."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.batch.proposer import MIN_IMAGES, Trained
from app.core.document import ImageStatus
from app.session.assembly import AppContext
from app.ui.dialogs.job_dialog import JobDialog
from app.ui.dialogs.propose_source import has_proposer, measured
from app.ui.panels.figures import ROW

GUESS_AFTER_S = 3.0


class TrainDialog(JobDialog):
    """Closing it leaves a training going on. ``propose_wanted``: use it now."""

    propose_wanted = Signal()

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Train the proposer"), parent)
        self._context, self._teaching = context, context.teaching
        self._begun: float | None = None
        self.now, self.images = QLabel(self), QLabel(self)
        self.every = QCheckBox(
            self.tr("Images that are not done teach too (only if most of their objects are there)")
        )
        self.scores = QTreeWidget(self)
        self.begin = self.button(self.tr("Train"))
        self.stop = self.button(self.tr("Stop"))
        self.use = self.button(self.tr("Use it"))
        self.propose = self.button(self.tr("Propose masks…"))
        self.propose.hide()
        self._lay_out()
        self._connect()
        self.refresh()
        if self._teaching.trained is not None:
            self._on_finished(self._teaching.trained)

    def _lay_out(self) -> None:
        words = QLabel(
            self.tr(
                "From the masks you accepted it learns where objects are, whatever their label. "
                "One image in five is held out to measure it. This takes minutes without a GPU; "
                "you can go on working, and close this window."
            ),
            self,
        )
        self.scores.setHeaderLabels(
            [self.tr("Confidence"), self.tr("Precision"), self.tr("Recall"), ""]
        )
        self.scores.setRootIsDecorated(False)
        self.scores.setUniformRowHeights(True)
        self.scores.setAlternatingRowColors(True)
        self.scores.setAccessibleName(self.tr("Precision and recall on images held out"))
        column = QVBoxLayout(self)
        column.setSpacing(8)
        for label in (words, self.images, self.now):
            label.setWordWrap(True)
        for widget in (words, self.images, self.every, self.now, self.progress, self.outcome):
            column.addWidget(widget)
        column.addWidget(self.scores, 1)
        column.addStretch(0)
        column.addWidget(self.buttons)
        self.resize(500, 460)

    def _connect(self) -> None:
        teaching, context = self._teaching, self._context
        self.begin.clicked.connect(self._on_begin)
        self.stop.clicked.connect(self._on_stop)
        self.use.clicked.connect(teaching.keep)
        self.propose.clicked.connect(self._on_propose)
        self.follow(teaching)
        teaching.finished.connect(self._on_finished)
        teaching.kept.connect(self._on_kept)
        for signal in (context.proposing.changed,
                       context.host.state_changed, context.navigator.statuses_changed,
                       context.session.read_only_changed):  # fmt: skip
            signal.connect(self._on_changed)

    def refresh(self) -> None:
        teaching, context = self._teaching, self._context
        running = teaching.running
        done = context.navigator.counts[ImageStatus.DONE]
        text = self.tr("%n image(s) are done.", "", done)
        if done < MIN_IMAGES:
            text += " " + self.tr("At least {0} are needed.").format(MIN_IMAGES)
        self.images.setText(text)
        now = measured(context.session)
        there = has_proposer(context.session)
        self.now.setText(self.tr("In use now: {0}").format(now) if there else now)
        ready = context.host.state == "ready" and context.session.read_only is None
        self.begin.setVisible(not running)
        self.begin.setEnabled(ready and not context.proposing.running)
        self.every.setEnabled(not running)
        self.stop.setVisible(running)
        self.progress.setVisible(running)
        self.use.setVisible(teaching.trained is not None)
        self.scores.setVisible(teaching.trained is not None)

    @Slot()
    def _on_begin(self) -> None:
        self._begun = None
        self.propose.hide()
        self.progress.setRange(0, 0)
        if self._teaching.start(every=self.every.isChecked()):
            self.outcome.setText(self.tr("Preparing the images…"))

    @Slot()
    def _on_stop(self) -> None:
        self._teaching.stop()
        self.outcome.setText(self.tr("Stopped; the proposer of before is as it was."))

    def show_progress(self, done: int, total: int) -> None:
        super().show_progress(done, total)
        if not self._teaching.learning:
            self.outcome.setText(self.tr("Preparing the images…"))
            return
        now = time.monotonic()
        self._begun = self._begun or now
        text, spent = self.tr("Learning…"), now - self._begun
        if spent > GUESS_AFTER_S and done:
            minutes = round(spent / done * (total - done) / 60)
            text += " " + (
                self.tr("%n minute(s) left", "", minutes) if minutes else self.tr("nearly done")
            )
        self.outcome.setText(text)

    @Slot(object)
    def _on_finished(self, trained: Trained) -> None:
        learned = self.tr("%n image(s)", "", trained.images)
        held = self.tr("%n image(s)", "", trained.held_images)
        text = self.tr(
            "Learned from {0} objects on {1}; measured on {2} objects on {3} held out. A box "
            "counts as right from an IoU of 0.5 on. Nothing uses it before you say so."
        )
        text = text.format(trained.objects, learned, trained.held_objects, held)
        used = self.tr("the best balance: used")
        if not trained.tells_enough:
            used = self.tr("used; not known how good")
            text += " " + (
                self.tr("It found none of those held out: go on by hand, and train again later.")
                if not trained.best.f1
                else self.tr("These are too few objects to tell how good it is: accept more first.")
            )
        self.outcome.setText(text)
        self.scores.clear()
        for score in trained.scores:
            best = score is trained.best
            cells = [f"{score.confidence:.2f}", f"{score.precision:.0%}", f"{score.recall:.0%}"]
            row = QTreeWidgetItem(self.scores, [*cells, used if best else ""])
            row.setSizeHint(0, ROW)
            if best:
                self.scores.setCurrentItem(row)
        self.refresh()

    @Slot(object)
    def _on_kept(self, path: Path) -> None:
        self.outcome.setText(self.tr("It is this folder's proposer now."))
        self.outcome.setToolTip(str(path))
        self.refresh()
        self.propose.show()
        self.propose.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_propose(self) -> None:
        self.close()
        self.propose_wanted.emit()
