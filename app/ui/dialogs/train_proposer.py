"""Training of the folder's own proposer: how good it became is shown before anything uses it."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QProgressBar,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.batch.proposer import MIN_IMAGES, Trained
from app.core.document import ImageStatus
from app.core.errors import Problem
from app.session.assembly import AppContext
from app.ui.dialogs.propose_source import has_proposer, measured
from app.ui.panels.figures import ROW
from app.ui.problem_words import spoken

GUESS_AFTER_S = 3.0


class TrainDialog(QDialog):
    """Closing it leaves a training going on. ``propose_wanted``: use it now."""

    propose_wanted = Signal()

    def __init__(self, bench: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench, self._teaching = bench, bench.teaching
        self._begun: float | None = None
        self.setWindowTitle(self.tr("Train the proposer"))
        self.now, self.images, self.outcome = QLabel(self), QLabel(self), QLabel(self)
        self.every = QCheckBox(
            self.tr("Images that are not done teach too (only if most of their objects are there)")
        )
        self.progress = QProgressBar(self)
        self.scores = QTreeWidget(self)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        roles = QDialogButtonBox.ButtonRole
        self.begin = self.buttons.addButton(self.tr("Train"), roles.ActionRole)
        self.stop = self.buttons.addButton(self.tr("Stop"), roles.ActionRole)
        self.use = self.buttons.addButton(self.tr("Use it"), roles.ActionRole)
        self.propose = self.buttons.addButton(self.tr("Propose masks…"), roles.ActionRole)
        self.propose.hide()
        self._lay_out()
        self._connect()
        self._refresh()
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
        for label in (words, self.images, self.now, self.outcome):
            label.setWordWrap(True)
        for widget in (words, self.images, self.every, self.now, self.progress, self.outcome):
            column.addWidget(widget)
        column.addWidget(self.scores, 1)
        column.addStretch(0)
        column.addWidget(self.buttons)
        self.resize(500, 460)

    def _connect(self) -> None:
        teaching, bench = self._teaching, self._bench
        self.buttons.rejected.connect(self.close)
        self.begin.clicked.connect(self._on_begin)
        self.stop.clicked.connect(self._on_stop)
        self.use.clicked.connect(teaching.keep)
        self.propose.clicked.connect(self._on_propose)
        teaching.progress.connect(self._on_progress)
        teaching.finished.connect(self._on_finished)
        teaching.failed.connect(self._on_failed)
        teaching.kept.connect(self._on_kept)
        for signal in (teaching.changed, bench.proposing.running_changed,
                       bench.host.state_changed, bench.navigator.statuses_changed,
                       bench.session.read_only_changed):  # fmt: skip
            signal.connect(self._refresh)

    @Slot()
    def _refresh(self) -> None:
        teaching, bench = self._teaching, self._bench
        running = teaching.running
        done = bench.navigator.counts[ImageStatus.DONE]
        text = self.tr("%n image(s) are done.", "", done)
        if done < MIN_IMAGES:
            text += " " + self.tr("At least {0} are needed.").format(MIN_IMAGES)
        self.images.setText(text)
        now = measured(bench.session)
        there = has_proposer(bench.session)
        self.now.setText(self.tr("In use now: {0}").format(now) if there else now)
        ready = bench.host.state == "ready" and bench.session.read_only is None
        self.begin.setVisible(not running)
        self.begin.setEnabled(ready and not bench.proposing.running)
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

    @Slot(int, int)
    def _on_progress(self, done: int, total: int) -> None:
        self.progress.setRange(0, max(total, 1))
        self.progress.setValue(done)
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
        self._refresh()

    @Slot(object)
    def _on_failed(self, problem: Problem) -> None:
        self.outcome.setText(spoken(problem))
        self._refresh()

    @Slot(object)
    def _on_kept(self, path: Path) -> None:
        self.outcome.setText(self.tr("It is this folder's proposer now."))
        self.outcome.setToolTip(str(path))
        self._refresh()
        self.propose.show()
        self.propose.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_propose(self) -> None:
        self.close()
        self.propose_wanted.emit()
