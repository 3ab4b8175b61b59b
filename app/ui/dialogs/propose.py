"""Masks proposed by the model: on the image, a part of it, or every image of the folder."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

from PySide6.QtCore import Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialogButtonBox,
    QGroupBox,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.batch.image_tasks import PROPOSE, Change, Everything, Gather, Propose, proposing
from app.core.errors import Problem
from app.core.mask import Bounds
from app.inference.proposals import Candidates, suited
from app.session.assembly import AppContext
from app.session.folder.io_threads import Urgency
from app.session.jobs.model_tasks import PARTS, RunOutcome
from app.ui.canvas.candidate_veil import CandidateMap
from app.ui.canvas.view import Canvas
from app.ui.dialogs.job_dialog import JobDialog
from app.ui.dialogs.outcome import words_of
from app.ui.dialogs.propose_options import FilterSliders, GridForm
from app.ui.dialogs.propose_source import Finder, SourceForm
from app.ui.keymap import filled
from app.ui.region import RegionPicker
from app.ui.words import spoken
from model.everything import Candidate, Settings


class Where(Enum):
    """Which pixels are looked at."""

    IMAGE = 0
    REGION = 1
    FOLDER = 2


class ProposeDialog(JobDialog):
    """First the candidates are found, then sliders show at once what would become a proposal."""

    def __init__(self, context: AppContext, canvas: Canvas, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Propose masks"), parent)
        self._context, self._canvas = context, canvas
        self._task: Gather | None = None
        self._map: CandidateMap[Candidates] | None = None
        self._kept: list[Candidate] = []
        self._key = ""
        self.where = QButtonGroup(self)
        self.source = SourceForm(context.session, self)
        self.grid = GridForm(self)
        self.filters = FilterSliders(self)
        self.look = self.button(self.tr("Find"))
        self.stop = self.button(self.tr("Stop"))
        self.add = self.button("", QDialogButtonBox.ButtonRole.AcceptRole)
        self.picker = RegionPicker(canvas, self)
        self._usual: Settings | None = None
        self._suit()
        self._lay_out()
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        box = QGroupBox(self.tr("Where"), self)
        inside = QVBoxLayout(box)
        inside.setSpacing(3)
        count = len(self._context.navigator.images)
        for where, text in (
            (Where.IMAGE, self.tr("This image")),
            (Where.REGION, self.tr("A part of it that you draw")),
            (Where.FOLDER, self.tr("Every image of the list (%n) that has none yet", "", count)),
        ):
            button = QRadioButton(text, box)
            self.where.addButton(button, where.value)
            inside.addWidget(button)
        self.where.button(Where.IMAGE.value).setChecked(True)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        for widget in (self.source, box, self.grid, self.filters, self.progress, self.outcome):
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(self.buttons)
        self.resize(430, 540)

    def _connect(self) -> None:
        context = self._context
        self.look.clicked.connect(self._on_find)
        self.stop.clicked.connect(context.proposing.stop)
        self.add.clicked.connect(self._on_add)
        self.where.idToggled.connect(self._on_where)
        self.source.changed.connect(self._on_where)
        self.filters.changed.connect(self._show_kept)
        self.picker.picked.connect(self._on_region)
        hover, review = context.mask_editor.hover_previews, context.review
        self.picker.pointing.connect(lambda on: hover.set_paused(on or review.active))
        self.follow(context.proposing)
        context.proposing.finished.connect(self._on_finished)
        context.teaching.changed.connect(self._on_changed)
        context.teaching.kept.connect(self.source.use_proposer)
        context.host.state_changed.connect(self._on_model)
        context.session.image_opened.connect(self._forget)

    def _suit(self) -> None:
        """Start from what suits the model that is loaded now; what somebody has set stays."""
        usual = suited(self._context.host.loaded)
        if usual != self._usual:
            if self._usual is None or not self.grid.touched:
                self.grid.put(usual)
            if not self.filters.touched:
                self.filters.put(usual.filters)
            self._usual = usual

    @Slot()
    def _on_model(self) -> None:
        # What is shown was found by the model before: its sliders stay with it.
        if self._map is None:
            self._suit()
        self._on_changed()

    # -- what is chosen

    @property
    def place(self) -> Where:
        return Where(self.where.checkedId())

    @property
    def kept(self) -> int:
        """How many candidates the sliders let through."""
        return len(self._kept)

    def closeEvent(self, event: QCloseEvent) -> None:
        """A run over the folder goes on; what is only looked at is forgotten."""
        self.give_up()
        self._forget()
        super().closeEvent(event)

    def give_up(self) -> bool:
        looks_here = self._task is not None
        if looks_here:
            self._context.proposing.stop()
        return looks_here

    @Slot()
    def _forget(self) -> None:
        self.picker.stop()
        self._drop()

    def _drop(self) -> None:
        self._map, self._kept = None, []
        if self._canvas.scene.veil is not None:
            self._canvas.scene.set_veil(None)
        self.refresh()

    @Slot()
    def _on_where(self) -> None:
        if self._by_boxes and self.place is Where.REGION:
            self.where.button(Where.IMAGE.value).setChecked(True)
            return
        self._forget()
        self.outcome.clear()
        if self.place is Where.REGION:
            self.outcome.setText(self.tr("Drag a rectangle on the image."))
            self.picker.start()

    @Slot(object)
    def _on_region(self, region: Bounds) -> None:
        self._drop()
        x0, y0, x1, y1 = region
        self.outcome.setText(self.tr("{0} x {1} pixels are looked at.").format(x1 - x0, y1 - y0))

    @Slot()
    def _on_find(self) -> None:
        context = self._context
        if self._by_boxes:
            self._find_boxes()
            return
        self._suit()
        settings = replace(
            suited(context.host.loaded),
            grid=self.grid.grid(),
            filters=self.filters.filters(),
            sure=self.grid.sure,
        )
        if self.place is Where.FOLDER:
            self._forget()
            fit, avoid = not self.filters.touched, self.grid.avoid
            least = None if fit else self.filters.least.value()
            label = context.session.active_label
            task = Propose(Everything(settings, least, fit, avoid), label)
            context.proposing.start(task, [entry.path for entry in context.navigator.images])
            return
        picture = context.session.picture
        self._drop()
        self.picker.rest()
        self._key = picture.key if picture is not None else ""
        task_here = Gather(settings, self.picker.region, self.grid.avoid)
        if context.proposing.start(task_here):
            self._task = task_here
            self.outcome.setText(self.tr("Looking for objects…"))

    @property
    def _by_boxes(self) -> bool:
        return self.source.chosen is not Finder.GRID

    def _find_boxes(self) -> None:
        self._forget()
        images = self._context.navigator.images
        paths = [each.path for each in images] if self.place is Where.FOLDER else None
        try:
            self._context.proposing.start(self.source.task(), paths)
        except Problem as problem:
            self.outcome.setText(spoken(problem))

    def show_progress(self, done: int, total: int) -> None:
        super().show_progress(done, total)
        if total > PARTS:
            self.progress.setFormat(self.tr("%n image(s) done", "", done // PARTS))

    @Slot(object)
    def _on_finished(self, outcome: RunOutcome) -> None:
        task, self._task = self._task, None
        if task is None:
            self.outcome.setText(words_of(outcome))
            return
        found = task.found
        if found is None:
            failed = outcome.problems[0][1] if outcome.problems else None
            self.outcome.setText(str(failed) if failed else self.tr("Stopped."))
            return
        self.outcome.setText(self.tr("Preparing the preview…"))
        key, ask = self._key, self._context.io_threads.ask
        ask(Urgency.AHEAD, lambda: CandidateMap(found), lambda made: self._on_map(key, made))

    def _on_map(self, key: str, made: CandidateMap[Candidates]) -> None:
        picture = self._context.session.picture
        if picture is not None and picture.key == key and self.isVisible():
            self._map = made
            if self.place is Where.REGION:
                self.picker.start()
            if not self.filters.touched:
                self.filters.put(made.candidates.fitting(suited(self._context.host.loaded).filters))
            self._show_kept()

    @Slot()
    def _show_kept(self) -> None:
        """The effect of the sliders, at once."""
        if self._map is None:
            return
        found = self._map.candidates
        self._kept = found.chosen(self.filters.filters(), self.filters.least.value())
        self._canvas.scene.set_veil(self._map.veil(self._kept))
        text = self.tr("{0} of {1} candidates are good enough.")
        text = text.format(len(self._kept), len(found.found))
        if not self._kept and found.found:
            text += " " + self.tr("Move the sliders to the left to see more.")
        self.outcome.setText(text)
        self.refresh()

    @Slot()
    def _on_add(self) -> None:
        """Full-size masks are made away from the window's thread."""
        session, made, key = self._context.session, self._map, self._key
        if made is None:
            return
        filters, least, wanted = self.filters.filters(), self.filters.least.value(), len(self._kept)
        found, label = made.candidates, session.active_label
        self._forget()
        self.outcome.setText(self.tr("Adding the proposals…"))
        self._context.io_threads.ask(
            Urgency.AHEAD,
            lambda: proposing(found.proposals(filters, least), label),
            lambda change: self._on_made(key, change, wanted),
        )

    def _on_made(self, key: str, change: Change, wanted: int) -> None:
        session = self._context.session
        document, picture = session.document, session.picture
        if document is None or picture is None or picture.key != key:
            return
        session.commit(PROPOSE, change(document))
        count = len(session.document or ()) - len(document)
        alike = self.tr("%n much like others left out.", "", wanted - count)
        text = self.tr("%n proposal(s) added; «review» looks at them.", "", count)
        text = filled(text, self._context.preferences.value)
        self.outcome.setText(f"{text} {alike}" if count < wanted else text)
        if self.place is Where.REGION:
            self.picker.start()

    def refresh(self) -> None:
        context, running = self._context, self._context.proposing.running
        ready = context.host.state == "ready" and context.session.read_only is None
        drawn = self.place is not Where.REGION or self.picker.region is not None
        at_once = self.place is Where.FOLDER or self._by_boxes
        idle = not running and not context.teaching.running
        self.look.setEnabled(idle and ready and drawn and self.source.ready)
        self.look.setText(self.tr("Find and add") if at_once else self.tr("Find"))
        self.stop.setVisible(running)
        self.look.setVisible(not running)
        self.progress.setVisible(running)
        self.add.setVisible(not at_once)
        for part in (self.grid, self.filters):
            part.setVisible(not self._by_boxes)
        self.source.setEnabled(not running)
        self.add.setEnabled(bool(self._kept))
        (self.add if self._kept and not at_once else self.look).setDefault(True)
        self.add.setText(self.tr("Add %n as proposals", "", len(self._kept)))
        for button in self.where.buttons():
            region = self.where.id(button) == Where.REGION.value
            button.setEnabled(not running and not (region and self._by_boxes))
