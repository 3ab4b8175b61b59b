"""All that is like some objects, or that words name: chosen with one slider, added, sharpened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QComboBox, QDialogButtonBox, QVBoxLayout, QWidget

from app.batch.examples import Examples, of_label
from app.batch.finding import FIND, ByExamples, FindAll, FindHere, Source
from app.batch.label_figures import Figures, MeasureLabel
from app.batch.words import FIND as FIND_WORDS
from app.batch.words import WordsHere, labelled, labels_for, word_of
from app.core.document import Document
from app.core.errors import Problem
from app.core.mask import Bounds, Mask
from app.core.review import Order
from app.inference.alike import USUAL_SCORE, Alike, decided
from app.inference.findings import Finding, Findings, updated
from app.session.assembly import AppContext
from app.session.folder.io_threads import Urgency
from app.session.jobs.model_tasks import PARTS, RunOutcome
from app.ui.canvas.candidate_veil import CandidateMap
from app.ui.canvas.view import Canvas
from app.ui.dialogs.find_options import AmountSlider, ExampleForm, Where, WhereForm
from app.ui.dialogs.find_readiness import Readiness
from app.ui.dialogs.find_sharpening import Sharpening
from app.ui.dialogs.find_words import WordsForm
from app.ui.dialogs.job_dialog import JobDialog
from app.ui.dialogs.outcome import words_of
from app.ui.keymap import filled
from app.ui.region import RegionPicker
from app.ui.words import spoken
from model.alike import Likeness
from model.messages import say


class What(Enum):
    """What tells what is looked for."""

    LIKE = 0
    WORDS = 1


class Stage(Enum):
    """What the model does for this dialog."""

    NONE = 0
    HERE = 1
    MEASURE = 2
    FOLDER = 3


class FindDialog(JobDialog):
    """First the candidates are found, then the slider shows at once what would be proposed.

    What is decided on the proposals becomes examples, by which the candidates are judged anew.
    """

    def __init__(self, context: AppContext, canvas: Canvas, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Find all"), parent)
        self._context, self._canvas = context, canvas
        self._stage = Stage.NONE
        self._task: FindHere | WordsHere = FindHere(())
        self._measuring: MeasureLabel | None = None
        self._figures: Figures | None = None
        self._source: ByExamples | None = None
        self._alike: Alike | None = None
        self._likeness: Likeness | None = None
        self._map: CandidateMap[Findings] | None = None
        self._kept: list[Finding] = []
        self._told = ""
        self._key = ""
        self.what = QComboBox(self)
        self.what.addItem(self.tr("like the selected objects"), What.LIKE)
        self.what.addItem(self.tr("what words name"), What.WORDS)
        self.what.setAccessibleName(self.tr("What is looked for"))
        self.words = WordsForm(context, self)
        self.examples = ExampleForm(context.session, self)
        self.where = WhereForm(context.navigator, self)
        self.amount = AmountSlider(self)
        self.look = self.button(self.tr("Find"))
        self.stop = self.button(self.tr("Stop"))
        self.add = self.button("", QDialogButtonBox.ButtonRole.AcceptRole)
        self.picker = RegionPicker(canvas, self)
        self._sharpening, self._readiness = Sharpening(context, self), Readiness(context, self)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(self.what)
        column.addWidget(self.examples)
        column.addWidget(self.words)
        for widget in (self.where, self.amount, self.progress, self.outcome):
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(self.buttons)
        self.resize(430, 500)
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        context = self._context
        self.what.activated.connect(self._on_what)
        self.words.changed.connect(self._on_words)
        self.words.detector_changed.connect(self._on_detector)
        self.examples.changed.connect(self._on_examples)
        self.look.clicked.connect(self.look_now)
        self.stop.clicked.connect(context.proposing.stop)
        self.add.clicked.connect(self._on_add)
        self.where.changed.connect(self._on_where)
        self.where.counted.connect(self._on_changed)
        self.amount.changed.connect(self._show_kept)
        self.picker.picked.connect(self._on_region)
        hover, review = context.mask_editor.hover_previews, context.review
        self.picker.pointing.connect(lambda on: hover.set_paused(on or review.active))
        self.follow(context.proposing)
        context.proposing.finished.connect(self._on_finished)
        context.host.state_changed.connect(self._on_changed)
        context.session.image_opened.connect(self._on_image)
        self._sharpening.judged.connect(self._on_sharp)
        # Queued: what was of the image before is forgotten first.
        self._readiness.come.connect(self.look_now, Qt.ConnectionType.QueuedConnection)

    # -- what is chosen

    @property
    def chosen(self) -> list[Finding]:
        """The candidates that the slider lets through."""
        return list(self._kept)

    @property
    def kept(self) -> int:
        """How many these are."""
        return len(self._kept)

    @property
    def figures(self) -> Figures | None:
        """What was measured of the label, if the examples are a label's."""
        return self._figures

    def closeEvent(self, event: QCloseEvent) -> None:
        """A run over the folder goes on; what is only looked at is forgotten."""
        self.give_up()
        self._stage = Stage.NONE
        self._readiness.forget()
        self._forget()
        super().closeEvent(event)

    def give_up(self) -> bool:
        looks_here = self._stage in (Stage.HERE, Stage.MEASURE)
        if looks_here:
            self._context.proposing.stop()
        return looks_here

    @property
    def by_words(self) -> bool:
        """Whether words tell what is looked for, and not examples."""
        return What(self.what.currentIndex()) is What.WORDS

    def use_words(self) -> None:
        """Look for what words name from now on."""
        self._use(What.WORDS)

    def use_selected(self) -> None:
        """The selected objects are the examples from now on."""
        self._use(What.LIKE)
        self.examples.use_selected()

    def use_label(self, label_id: int) -> None:
        """All accepted objects of a label are the examples."""
        self._use(What.LIKE)
        self.examples.use_label(label_id)

    def _use(self, what: What) -> None:
        if self.what.currentIndex() != what.value:
            self.what.setCurrentIndex(what.value)
            self._on_what()

    @Slot()
    def _on_what(self) -> None:
        self._on_examples()
        self.amount.name(by_words=self.by_words)
        self.amount.put(self.words.usual if self.by_words else USUAL_SCORE)
        self.picker.stop()
        if self.by_words:
            self.words.words.setFocus()

    @Slot()
    def _on_words(self) -> None:
        """What was found by other words is not what is looked for now."""
        if self.by_words and self._stage is Stage.NONE:
            self._readiness.forget()
            self._drop()

    @Slot()
    def _on_detector(self) -> None:
        """Each has a score of its own from which on it is mostly right."""
        if self.by_words:
            self.amount.put(self.words.usual)

    @Slot()
    def _on_examples(self) -> None:
        self._likeness = self._source = self._figures = None
        self._sharpening.clear()
        self._readiness.forget()
        self.outcome.clear()
        self._drop()

    @Slot()
    def _on_image(self) -> None:
        """What was learned is good for the next image, too."""
        self._sharpening.clear()
        known = self._likeness
        self.examples.forget(0 if known is None else len(known.like))
        self._forget()

    def _forget(self) -> None:
        self.picker.stop()
        self._drop()

    def _drop(self) -> None:
        self._map, self._alike, self._kept = None, None, []
        self._sharpening.rest()
        self._show_nothing()
        self.refresh()

    def _show_nothing(self) -> None:
        if self._canvas.scene.veil is not None:
            self._canvas.scene.set_veil(None)

    @Slot()
    def _on_where(self) -> None:
        self._forget()
        self._readiness.forget()
        self.outcome.clear()
        if self.where.place is Where.REGION:
            self.outcome.setText(self.tr("Drag a rectangle on the image."))
            self.picker.start()

    @Slot(object)
    def _on_region(self, region: Bounds) -> None:
        self._drop()
        x0, y0, x1, y1 = region
        self.outcome.setText(self.tr("{0} x {1} pixels are looked at.").format(x1 - x0, y1 - y0))

    # -- finding

    @Slot()
    def look_now(self) -> None:
        """Look for all that is like the examples; of a label, measure first how well that goes.

        What is asked for too early begins once it can.
        """
        if not self._is_said:
            return
        late = self._readiness.ask()
        if late:
            self.outcome.setText(late)
            return
        self.picker.rest()
        label_id = None if self.by_words else self.examples.label_id
        if label_id is not None and self._source is None:
            self._read_label(label_id)
        elif self.where.place.is_many:
            self._look_in_folder()
        else:
            self._look_here()

    def _look_here(self) -> None:
        context, picture = self._context, self._context.session.picture
        if picture is None:
            return
        self._drop()
        self._key = picture.key
        if self.by_words:
            try:
                chosen = self.examples.like, self.examples.unlike
                self._task = self.words.task(self.picker.region, *chosen)
            except Problem as problem:
                self.outcome.setText(spoken(problem))
                return
        else:
            like, unlike = self.examples.like, self.examples.unlike
            known = None if self.examples.given else self._likeness
            self._task = FindHere(like, unlike, self.picker.region, known, self._source)
        looking = self.tr("Looking for what the words name…")
        alike = self.tr("Looking for what is alike…")
        self.outcome.setText(looking if self.by_words else alike)
        self._start(Stage.HERE, context.proposing.start(self._task))

    def _look_in_folder(self) -> None:
        context = self._context
        try:
            source = self._folder_source()
        except Problem as problem:
            self.outcome.setText(spoken(problem))
            return
        if source is None:
            return
        self._forget()
        least, identity = self.amount.least, context.host.identity
        task = FindAll(source, least, self._label, identity=identity)
        self._start(Stage.FOLDER, context.proposing.start(task, self.where.paths))

    def _folder_source(self) -> Source | None:
        """Raises Problem."""
        images, document = self._context.proposing.images(), self._context.session.document
        if images is None:
            return None
        if self.by_words:
            words = self.words.source()
            ids = self._labels_of(words.words)
            words.label_ids = [ids[word] for word in words.words]
            return words
        if self._source is not None:
            return self._source
        source = ByExamples(images, self._examples_here())
        if document is not None:
            source.more = decided(document, self._sharpening.proposed)
        return source

    def _examples_here(self) -> Examples:
        session = self._context.session
        document, place = session.document, self._context.navigator.current
        name = self._context.navigator.images[place].name
        masks = {each.id: each.mask for each in document or ()}

        def of(ids: Sequence[int]) -> tuple[tuple[str, Mask], ...]:
            return tuple((name, masks[each]) for each in ids if each in masks)

        return Examples(of(self.examples.like), of(self.examples.unlike))

    def _read_label(self, label_id: int) -> None:
        images = self._context.proposing.images()
        if images is None:
            return
        name = self._context.session.labels.label(label_id).name
        self.outcome.setText(self.tr("Reading the objects of the label…"))
        saved = self._context.proposing.saved

        def read() -> tuple[Examples, list[str]]:
            saved()
            return of_label(images, label_id, name)

        self._context.io_threads.ask(
            Urgency.AHEAD,
            read,
            lambda found: self._measure(label_id, ByExamples(images, found[0]), found[1]),
            self._on_not_read,
        )

    def _on_not_read(self, error: Exception) -> None:
        if isinstance(error, Problem):
            self.outcome.setText(spoken(error))

    def _measure(self, label_id: int, source: ByExamples, done: Sequence[str]) -> None:
        if label_id != self.examples.label_id:
            return
        self._source = source
        task = MeasureLabel(source.folder, source.examples, done, label_id)
        self._measuring = task
        self._start(Stage.MEASURE, self._context.proposing.start(task))
        self.outcome.setText(self.tr("Measuring on images held out…"))

    def _start(self, stage: Stage, started: bool) -> None:
        self._stage = stage if started else Stage.NONE
        self.refresh()

    def show_progress(self, done: int, total: int) -> None:
        super().show_progress(done, total)
        if total > PARTS:
            self.progress.setFormat(self.tr("%n image(s) done", "", done // PARTS))
        else:
            self.progress.resetFormat()

    @Slot(object)
    def _on_finished(self, outcome: RunOutcome) -> None:
        stage, self._stage = self._stage, Stage.NONE
        failed = outcome.problems[0][1] if outcome.problems else None
        told = spoken(failed) if failed else self.tr("Stopped.")
        if stage is Stage.FOLDER:
            self.outcome.setText(words_of(outcome))
        elif stage is Stage.MEASURE:
            figures = self._measuring.figures if self._measuring is not None else None
            self._show_figures(figures) if figures is not None else self._not_measured(told)
        elif stage is Stage.HERE:
            found = self._task.found
            self._told = " ".join(spoken(problem) for _, problem in outcome.told)
            if isinstance(self._task, WordsHere):
                self.amount.put(self._task.usual)
            if isinstance(found, Alike):
                self._likeness = found.likeness
                self._sharpening.begin(found)
            if found is not None:
                self._prepare(found, preview=True)
            else:
                self.outcome.setText(told)
        self.refresh()

    def _not_measured(self, told: str) -> None:
        self._source = None
        self.outcome.setText(told)

    def _show_figures(self, figures: Figures) -> None:
        self._figures = figures
        self.amount.put(figures.best.least)
        self.outcome.setText(self.examples.figures_told(figures))

    def _prepare(self, found: Alike | Findings, *, preview: bool) -> None:
        """Paint the candidates coarsely, on another thread."""
        if preview:
            self.outcome.setText(self.tr("Preparing the preview…"))
        alike = found if isinstance(found, Alike) else None
        findings = found if isinstance(found, Findings) else found.findings
        self._context.io_threads.ask(
            Urgency.AHEAD,
            lambda: CandidateMap(findings),
            partial(self._on_map, self._key, alike, preview),
        )

    def _on_map(
        self, key: str, alike: Alike | None, preview: bool, made: CandidateMap[Findings]
    ) -> None:
        picture = self._context.session.picture
        if picture is None or picture.key != key or not self.isVisible():
            return
        before = len(self._kept)
        self._alike, self._map = alike, made
        if self.where.place is Where.REGION:
            self.picker.start()
        if preview:
            self._show_kept()
            return
        self._kept = made.candidates.above(self.amount.least)
        like, unlike = self._sharpening.decided
        text = self.tr("Sharpened by %n decision(s):", "", like + unlike)
        change = self.tr("{0} alike now, {1} before.").format(len(self._kept), before)
        self.outcome.setText(f"{text} {change}")
        self.refresh()

    @Slot()
    def _show_kept(self) -> None:
        """The effect of the slider, at once."""
        if self._map is None:
            return
        findings = self._map.candidates
        self._kept = findings.above(self.amount.least)
        self._canvas.scene.set_veil(self._map.veil(self._kept))
        count = len(self._kept)
        named = self.tr("%n found.", "", count)
        text = named if self.by_words else self.tr("%n alike.", "", count)
        if not self._kept and findings.found:
            text += " " + self.tr("Move the slider to the right to see more.")
        if len(self._kept) < sum(e.score >= self.amount.least for e in findings.found):
            text += " " + self.tr("Only the likeliest of a very large number are shown.")
        self.outcome.setText(f"{text} {self._told}".strip())
        self.refresh()

    # -- proposing, and sharpening by what becomes of the proposals

    @property
    def _label(self) -> int:
        """Of what is proposed: that of the examples."""
        session = self._context.session
        if self.examples.label_id is not None:
            return self.examples.label_id
        first = self.examples.like[0] if self.examples.like else None
        found = session.document.get(first) if session.document and first is not None else None
        return session.active_label if found is None else found.label_id

    @Slot()
    def _on_add(self) -> None:
        """Full-size masks are made away from the window's thread."""
        document, made, key = self._context.session.document, self._map, self._key
        if made is None or document is None:
            return
        least, label, before = self.amount.least, self._label, tuple(self._sharpening.proposed)
        findings = made.candidates
        if self.by_words and self.words.said:
            try:
                findings = self._with_labels(findings)
            except Problem as problem:
                self.outcome.setText(spoken(problem))
                return
        self._show_nothing()
        self.outcome.setText(self.tr("Adding the proposals…"))
        self._context.io_threads.ask(
            Urgency.AHEAD,
            lambda: updated(document, findings, least, label, before),
            lambda after: self._on_made(key, document, after),
        )

    def _with_labels(self, findings: Findings) -> Findings:
        """With the labels of the words of what is added. Raises Problem."""
        return labelled(findings, self._labels_of(dict.fromkeys(map(word_of, self._kept))))

    def _labels_of(self, words: Iterable[str]) -> dict[str, int]:
        """The words' labels, new ones made. Raises Problem."""
        session = self._context.session
        labels, ids = labels_for(session.labels, list(words))
        if labels is not session.labels:
            refusal = session.folder_labels.refusal
            if refusal:
                raise Problem(say("The labels cannot be edited."), refusal)
            session.folder_labels.put(labels)
        return ids

    def _on_made(self, key: str, before: Document, after: Document) -> None:
        session, review = self._context.session, self._context.review
        picture = session.picture
        if picture is None or picture.key != key:
            return
        if session.document is not before:
            self.outcome.setText(self.tr("The objects changed meanwhile: add them once more."))
            return
        new = [each for each in after if each.id not in before]
        gone = set(before.ids) - set(after.ids)
        self._sharpening.took(self._alike, new, gone)
        session.commit(FIND_WORDS if self.by_words else FIND, after)
        review.set_filter(review.filter, Order.LIKENESS)
        text = self.tr("%n proposal(s) added; «review» looks at them.", "", len(new))
        text = filled(text, self._context.preferences.value)
        if gone:
            text += " " + self.tr("%n taken back.", "", len(gone))
        self.outcome.setText(text)
        if self.where.place is Where.REGION:
            self.picker.start()
        self.refresh()

    @Slot(object)
    def _on_sharp(self, sharp: Alike) -> None:
        if self._alike is not None:
            self._likeness = sharp.likeness
            self._prepare(sharp, preview=False)

    # -- what can be done

    @property
    def _is_said(self) -> bool:
        """Whether it is said what is looked for, and where."""
        drawn = self.where.place is not Where.REGION or self.picker.region is not None
        known = self.examples.given or self._likeness is not None
        if self.by_words:
            shown = self.words.takes_examples and bool(self.examples.like)
            known = self.words.ready and (self.words.said or shown)
        return drawn and self.where.any and known

    def refresh(self) -> None:
        running = self._context.proposing.running
        by_label = not self.by_words and self.examples.label_id is not None
        folder = self.where.place.is_many
        self.examples.show_decided(*self._sharpening.decided)
        self.look.setEnabled(self._is_said and not self._readiness.hindrance())
        self.look.setText(
            self.tr("Measure")
            if by_label and self._source is None
            else self.tr("Find and add")
            if folder
            else self.tr("Find")
        )
        self.stop.setVisible(running)
        self.look.setVisible(not running)
        self.progress.setVisible(running)
        self.add.setVisible(not folder)
        self.add.setEnabled(bool(self._kept or self._sharpening.proposed) and self._map is not None)
        (self.add if self._kept and not folder else self.look).setDefault(True)
        self.add.setText(
            self.tr("Update the proposals")
            if self._sharpening.proposed
            else self.tr("Add %n as proposals", "", len(self._kept))
        )
        self.amount.setEnabled(self._map is not None or folder or self._figures is not None)
        self.examples.setVisible(not self.by_words or self.words.takes_examples)
        self.examples.put_beside_words(self.by_words)
        self.words.setVisible(self.by_words)
        for part in (self.what, self.words):
            part.setEnabled(not running)
        self.examples.setEnabled(not running)
        self.where.setEnabled(not running)
