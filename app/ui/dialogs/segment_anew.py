"""Objects that are there become prompts: imported masks are made better, boxes get their masks."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QGroupBox,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.batch.image_tasks import Resegment
from app.inference.resegment import By, Recipe
from app.session.assembly import AppContext
from app.session.jobs.model_tasks import PARTS, RunOutcome
from app.ui.dialogs.job_dialog import JobDialog
from app.ui.dialogs.outcome import words_of
from app.ui.keymap import filled
from app.ui.words import marked, translate

BY = {
    By.BEST: marked("SegmentAnew", "the best there is: mask, box or points"),
    By.MASK: marked("SegmentAnew", "its mask, with the box around it"),
    By.BOX: marked("SegmentAnew", "its box alone"),
    By.POINTS: marked("SegmentAnew", "its points, or the middle of its mask"),
}
SELECTED, IMAGE, FOLDER = range(3)


class SegmentAnewDialog(JobDialog):
    """The new masks wait in the queue, beside the old ones."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Segment anew"), parent)
        self._context = context
        self._mine = False
        self.where = QButtonGroup(self)
        self.by = QComboBox(self)
        self.by.setAccessibleName(self.tr("What the model is shown"))
        for by, words in BY.items():
            self.by.addItem(translate("SegmentAnew", words), by)
        self.every = QComboBox(self)
        self.every.setAccessibleName(self.tr("Which objects"))
        self.every.addItem(self.tr("imported objects that nobody has corrected"), False)
        self.every.addItem(self.tr("all objects"), True)
        self.margin = QDoubleSpinBox(self)
        self.margin.setRange(0, 100)
        self.margin.setDecimals(0)
        self.margin.setSuffix(" %")
        self.margin.setToolTip(self.tr("Boxes of old annotations are often too tight"))
        self.begin = self.button(self.tr("Segment"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.stop = self.button(self.tr("Stop"))
        self._lay_out()
        self.begin.clicked.connect(self._on_begin)
        self.stop.clicked.connect(context.proposing.stop)
        self.follow(context.proposing)
        context.proposing.finished.connect(self._on_finished)
        for signal in (
            context.host.state_changed,
            context.session.selection_changed,
            context.session.image_opened,
        ):
            signal.connect(self._on_changed)
        self.refresh()

    def _lay_out(self) -> None:
        box = QGroupBox(self.tr("Which objects"), self)
        inside = QVBoxLayout(box)
        inside.setSpacing(3)
        count = len(self._context.navigator.images)
        for number, text in enumerate(
            (
                self.tr("Those selected"),
                self.tr("On this image, and boxes that wait for a mask"),
                self.tr("On every image of the list (%n)", "", count),
            )
        ):
            button = QRadioButton(text, box)
            self.where.addButton(button, number)
            inside.addWidget(button)
        chosen = SELECTED if self._context.session.selection else IMAGE
        self.where.button(chosen).setChecked(True)
        self.where.idToggled.connect(self._on_changed)
        inside.addWidget(self.every)
        how = QGroupBox(self.tr("How"), self)
        form = QFormLayout(how)
        form.addRow(self.tr("Ask the model with"), self.by)
        form.addRow(self.tr("Make boxes larger by"), self.margin)
        waits = self.tr(
            "Each new mask waits to be looked at; the old one stays until then. «review» begins."
        )
        words = QLabel(filled(waits, self._context.preferences.value), self)
        words.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        for widget in (box, how, words, self.progress, self.outcome):
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(self.buttons)
        self.resize(460, 380)

    @Slot()
    def _on_begin(self) -> None:
        recipe = Recipe(By(self.by.currentData()), margin=self.margin.value() / 100)
        chosen = self.where.checkedId()
        ids = self._context.session.selection if chosen == SELECTED else None
        task = Resegment(recipe, ids, bool(self.every.currentData()))
        images = self._context.navigator.images
        paths = [entry.path for entry in images] if chosen == FOLDER else None
        self._mine = self._context.proposing.start(task, paths)

    def show_progress(self, done: int, total: int) -> None:
        """Of one image it is not known."""
        super().show_progress(done, total)
        if total <= PARTS:
            self.progress.setRange(0, 0)

    @Slot(object)
    def _on_finished(self, outcome: RunOutcome) -> None:
        if self._mine:
            self._mine = False
            self.outcome.setText(words_of(outcome))

    def refresh(self) -> None:
        running = self._context.proposing.running
        ready = self._context.host.state == "ready" and self._context.session.read_only is None
        selected = bool(self._context.session.selection)
        self.where.button(SELECTED).setEnabled(selected)
        chosen = self.where.checkedId()
        self.every.setEnabled(chosen != SELECTED)
        self.begin.setEnabled(not running and ready and (selected or chosen != SELECTED))
        self.begin.setVisible(not running)
        self.stop.setVisible(running)
        self.progress.setVisible(running)
