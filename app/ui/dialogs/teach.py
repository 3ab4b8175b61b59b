"""Teaching the model in use on the folder's masks, and the models that came of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHeaderView,
    QLabel,
    QSpinBox,
    QTabWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.batch.lesson_data import (
    HELPS_IMAGES,
    HELPS_MASKS,
    MIN_IMAGES,
    MIN_MASKS,
    Material,
    Prepared,
    told_unread,
)
from app.batch.teachable import DECODER, WHOLE, Wanted, has_torch, learns_whole
from app.batch.teaching import Status
from app.session.assembly import AppContext
from app.storage.taught_models import TaughtModel
from app.ui.dialogs.job_dialog import JobDialog
from app.ui.dialogs.taught_models import TaughtModelsView
from app.ui.panels.figures import RIGHT, ROW
from app.ui.theme import Shades
from app.ui.words import said, spoken

MINUTES = 15
MOST_MINUTES = 24 * 60


class TeachDialog(JobDialog):
    """Closing it leaves a training going on."""

    def __init__(self, context: AppContext, shades: Shades, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Teach the model"), parent)
        self._context, self._teaching = context, context.model_teaching
        self.tabs = QTabWidget(self)
        self.amount, self.start = QLabel(self), QLabel(self)
        self.minutes = QSpinBox(self)
        self.minutes.setRange(1, MOST_MINUTES)
        self.minutes.setValue(MINUTES)
        self.part = QComboBox(self)
        self.checks = QTreeWidget(self)
        self.models = TaughtModelsView(context, shades, self)
        self.begin = self.button(self.tr("Teach"))
        self.go_on = self.button(self.tr("Go on"))
        self.pause = self.button(self.tr("Pause"))
        self.stop = self.button(self.tr("Stop and keep the best"))
        self.forget = self.button(self.tr("Throw away"))
        self._lay_out()
        self._connect()
        self._fill_parts()
        self._show_amount(self._teaching.material)
        self.refresh()
        self._teaching.count()
        self._teaching.look()

    def _lay_out(self) -> None:
        words = QLabel(
            self.tr(
                "The model in use learns from the masks of this folder that you accepted or "
                "edited; proposals that nobody has looked at do not count. One image in five is "
                "held out, to compare it with the model of before. Nothing uses the new one before "
                "you say so. You can go on working, and close this window."
            ),
            self,
        )
        form = QFormLayout()
        form.addRow(self.tr("Starts from"), self.start)
        form.addRow(self.tr("Minutes of learning"), self.minutes)
        form.addRow(self.tr("What learns"), self.part)
        self.checks.setHeaderLabels(
            [
                self.tr("On images held out"),
                self.tr("1 click"),
                self.tr("3 clicks"),
                self.tr("5 clicks"),
                self.tr("Box"),
            ]
        )
        self.checks.setAccessibleName(self.tr("Mean IoU on images held out"))
        self.checks.setRootIsDecorated(False)
        self.checks.setUniformRowHeights(True)
        self.checks.setAlternatingRowColors(True)
        head = self.checks.headerItem()
        for column in range(1, 5):
            self.checks.setColumnWidth(column, 80)
            if head is not None:
                head.setTextAlignment(column, RIGHT)
        self.checks.setColumnWidth(0, 240)
        self.checks.header().setStretchLastSection(False)
        self.checks.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._lay_out_page(words, form)

    def _lay_out_page(self, words: QLabel, form: QFormLayout) -> None:
        page = QWidget(self)
        rows = QVBoxLayout(page)
        rows.setSpacing(8)
        for label in (words, self.amount, self.start):
            label.setWordWrap(True)
        rows.addWidget(words)
        rows.addWidget(self.amount)
        rows.addLayout(form)
        rows.addWidget(self.progress)
        rows.addWidget(self.outcome)
        rows.addWidget(self.checks, 1)
        rows.addStretch(0)
        self.tabs.addTab(page, self.tr("Teach"))
        self.tabs.addTab(self.models, self.tr("Models of this folder"))
        outer = QVBoxLayout(self)
        outer.addWidget(self.tabs, 1)
        outer.addWidget(self.buttons)
        self.resize(760, 680)

    def _connect(self) -> None:
        teaching = self._teaching
        self.begin.clicked.connect(self._on_begin)
        self.go_on.clicked.connect(self._on_go_on)
        self.pause.clicked.connect(self._on_pause)
        self.stop.clicked.connect(self._on_stop)
        self.forget.clicked.connect(self._on_forget)
        self.follow(teaching)
        teaching.counted.connect(self._show_amount)
        teaching.prepared.connect(self._on_prepared)
        teaching.made.connect(self._on_made)
        teaching.told_nothing.connect(self._on_nothing)
        self._context.host.state_changed.connect(self._on_model)
        self._context.session.folder_used.connect(self._on_folder)

    # -- what there is

    @Slot()
    def _on_folder(self) -> None:
        self.outcome.clear()
        self.checks.clear()
        self._show_amount(None)
        self._teaching.count()

    @Slot()
    def _on_model(self) -> None:
        self._fill_parts()
        self.refresh()

    def _fill_parts(self) -> None:
        """The built-in model learns whole; others the mask decoder, where there is no GPU."""
        host = self._context.host
        self.start.setText(said(host.title))
        large = self._learns_decoder_first
        chosen = self.part.currentData()
        self.part.clear()
        if not large:
            self.part.addItem(self.tr("all of it"), WHOLE)
        self.part.addItem(self.tr("the mask decoder alone"), DECODER)
        if large and self._device != "cpu":
            self.part.addItem(self.tr("all of it, on the GPU"), WHOLE)
        self.part.setCurrentIndex(max(0, self.part.findData(chosen)))

    @property
    def _learns_decoder_first(self) -> bool:
        return not learns_whole(self._context.host.variant)

    @property
    def _device(self) -> str:
        report = self._context.host.report
        return "cpu" if report is None or not self._learns_decoder_first else report.device

    @Slot(object)
    def _show_amount(self, material: Material | None) -> None:
        if material is None:
            self.amount.setText(self.tr("Counting the masks…"))
            self.refresh()
            return
        masks = self.tr("%n mask(s)", "", material.objects)
        images = self.tr("%n image(s)", "", material.images)
        text = self.tr("There are {0} on {1} to learn from.").format(masks, images)
        if not material.is_enough:
            text += " " + self.tr("At least {0} on {1} images are needed.").format(
                MIN_MASKS, MIN_IMAGES
            )
        elif not material.helps:
            text += " " + self.tr("It usually helps from about {0} on {1} images on.").format(
                HELPS_MASKS, HELPS_IMAGES
            )
        else:
            text += " " + self.tr("That is enough to help.")
        for problem in told_unread(material.unread):
            text += " " + spoken(problem)
        self.amount.setText(text)
        self.refresh()

    def refresh(self) -> None:
        teaching = self._teaching
        seen, busy = teaching.seen, teaching.is_learning
        ready = self._context.host.state == "ready" and has_torch()
        enough = teaching.material is not None and teaching.material.is_enough
        waits = seen.can_go_on and not busy
        self.begin.setVisible(not busy and not waits)
        self.begin.setEnabled(ready and enough)
        self.go_on.setVisible(waits or (seen.running and self._is_paused))
        self.pause.setVisible(seen.running and not self._is_paused)
        self.stop.setVisible(seen.running or waits)
        self.forget.setVisible(waits)
        for field in (self.minutes, self.part):
            field.setEnabled(not busy and not waits)
        self.progress.setVisible(busy)
        if not has_torch():
            self.outcome.setText(
                self.tr(
                    "Teaching needs PyTorch, which is not installed: start once with "
                    "run.py --with-torch."
                )
            )
        if seen.status is not None and (busy or waits):
            self._show_status(seen.status, waits)
        self.models.fill(seen.models)

    @property
    def _is_paused(self) -> bool:
        status = self._teaching.seen.status
        return status is not None and status.stage == "paused"

    # -- how far it is

    def _show_status(self, status: Status, waits: bool) -> None:
        if self._teaching.preparing:
            return
        self.progress.setRange(0, 1000 if status.total else 0)
        self.progress.setValue(round(1000 * status.done / status.total) if status.total else 0)
        text = self._interrupted(status) if waits else self._stage_words(status)
        if status.unkept:
            text += " " + self.tr("A kill would lose it: it cannot be kept ({0}).").format(
                status.unkept
            )
        self.outcome.setText(text)
        self._show_checks(status)

    def _interrupted(self, status: Status) -> str:
        if status.problem is not None:
            return spoken(status.problem)
        return self.tr("A training was interrupted. Go on with it, or keep what is best so far.")

    def _stage_words(self, status: Status) -> str:
        if status.stage == "scoring":
            return self.tr("Scoring the model of before: {0} of {1} objects.").format(
                round(status.done), round(status.total)
            )
        if status.stage in ("learning", "paused"):
            done, total = round(status.done / 60), round(status.total / 60)
            words = self.tr("Learning: {0} of {1} minutes, {2} steps.").format(
                done, total, status.step
            )
            return self.tr("Paused.") + " " + words if status.stage == "paused" else words
        if status.stage == "comparing":
            return self.tr("Comparing it with the model of before…")
        if status.stage == "writing":
            return self.tr("Writing the new model…")
        return self.tr("Starting…")

    def _show_checks(self, status: Status) -> None:
        if self.checks.topLevelItemCount() == len(status.checks):
            return
        self.checks.clear()
        for check in status.checks:
            when = self.tr("before")
            if check.elapsed:
                when = self.tr("after {0} minutes").format(f"{check.elapsed / 60:.1f}")
            if check.best:
                when += " · " + self.tr("best so far")
            scores = (check.miou_1, check.miou_3, check.miou_5, check.box)
            item = QTreeWidgetItem(self.checks, [when, *(f"{score:.3f}" for score in scores)])
            item.setSizeHint(0, ROW)
            for column in range(1, 5):
                item.setTextAlignment(column, RIGHT)
        self.checks.scrollToBottom()

    def show_progress(self, done: int, total: int) -> None:
        if self._teaching.preparing:
            super().show_progress(done, total)
            self.outcome.setText(self.tr("Preparing the images…"))

    # -- hands

    @Slot()
    def _on_begin(self) -> None:
        self.checks.clear()
        self.outcome.setText(self.tr("Preparing the images…"))
        wanted = Wanted(self.minutes.value(), self.part.currentData() or "", self._device)
        self._teaching.start(self._context.host.choice, wanted)

    @Slot(object)
    def _on_prepared(self, prepared: Prepared) -> None:
        for problem in told_unread(prepared.unread):
            self.amount.setText(f"{self.amount.text()} {spoken(problem)}")

    @Slot()
    def _on_go_on(self) -> None:
        if self._teaching.seen.running:
            self._teaching.want("go")
        else:
            self._teaching.go_on()

    @Slot()
    def _on_pause(self) -> None:
        self._teaching.want("pause")

    @Slot()
    def _on_stop(self) -> None:
        if self._teaching.seen.running:
            self._teaching.want("stop")
            self.outcome.setText(self.tr("Stopping; what is best so far is kept."))
        else:
            self._teaching.finish_interrupted()

    @Slot()
    def _on_forget(self) -> None:
        self._teaching.throw_away()
        self.checks.clear()
        self.outcome.setText(self.tr("Thrown away; the model in use is as it was."))

    @Slot(object)
    def _on_made(self, made: TaughtModel) -> None:
        self.outcome.setText(self.tr("It has learned. Compare it with the model of before."))
        self.models.fill(self._teaching.seen.models)
        self.models.choose(made)
        self.tabs.setCurrentWidget(self.models)
        self.models.list.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_nothing(self) -> None:
        self.outcome.setText(self.tr("It was stopped before anything was learned."))
