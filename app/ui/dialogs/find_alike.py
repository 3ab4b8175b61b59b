"""All that is like the selected objects, or that words name: chosen with one slider, added."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialogButtonBox,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app.batch.finding import FIND, FindHere
from app.batch.image_tasks import Change, proposing
from app.batch.words import FIND as FIND_WORDS
from app.batch.words import WordsHere, labelled, labels_for, word_of
from app.core.errors import Problem
from app.core.mask import Bounds
from app.core.review import Order
from app.inference.alike import USUAL_SCORE, Alike
from app.inference.findings import Finding, Findings
from app.session.assembly import AppContext
from app.session.folder.io_threads import Urgency
from app.session.jobs.model_tasks import RunOutcome
from app.ui.canvas.candidate_veil import CandidateMap
from app.ui.canvas.view import Canvas
from app.ui.dialogs.find_words import WordsForm
from app.ui.dialogs.job_dialog import JobDialog
from app.ui.keymap import filled
from app.ui.region import RegionPicker
from app.ui.words import spoken
from model.messages import say

STEPS = 100


class Where(Enum):
    """Which pixels are looked at."""

    IMAGE = 0
    REGION = 1


class What(Enum):
    """What tells what is looked for."""

    LIKE = 0
    WORDS = 1


class FindDialog(JobDialog):
    """First the candidates are found, then the slider shows at once what would be proposed."""

    def __init__(self, bench: AppContext, canvas: Canvas, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Find all"), parent)
        self._bench, self._canvas = bench, canvas
        self._task: FindHere | WordsHere | None = None
        self._alike: Alike | None = None
        self._map: CandidateMap[Findings] | None = None
        self._kept: list[Finding] = []
        self._key = ""
        self._like: tuple[int, ...] = ()
        self._unlike: tuple[int, ...] = ()
        self.what = QComboBox(self)
        self.what.addItem(self.tr("like the selected objects"), What.LIKE)
        self.what.addItem(self.tr("what words name"), What.WORDS)
        self.what.setAccessibleName(self.tr("What is looked for"))
        self.words = WordsForm(bench, self)
        self.examples = QLabel(self)
        self.examples.setWordWrap(True)
        self.take = QPushButton(self.tr("Like the selected"), self)
        self.refuse = QPushButton(self.tr("Not like the selected"), self)
        self.where = QButtonGroup(self)
        self.amount = QSlider(Qt.Orientation.Horizontal, self)
        self.amount.setRange(0, STEPS)
        self.amount.setValue(round(STEPS * (1 - USUAL_SCORE)))
        self.amount.setAccessibleName(self.tr("Fewer or more"))
        self.look = self.button(self.tr("Find"))
        self.stop = self.button(self.tr("Stop"))
        self.add = self.button("", QDialogButtonBox.ButtonRole.AcceptRole)
        self.picker = RegionPicker(canvas, self)
        self._lay_out()
        self._connect()
        self.use_selected()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(8)
        self._by_example = self._examples_box()
        for widget in (self.what, self._by_example, self.words):
            column.addWidget(widget)
        for widget in (self._where_box(), self._amount_box()):
            column.addWidget(widget)
        column.addWidget(self.progress)
        column.addWidget(self.outcome)
        column.addStretch(1)
        column.addWidget(self.buttons)
        self.resize(430, 420)

    def _examples_box(self) -> QGroupBox:
        box = QGroupBox(self.tr("Examples"), self)
        inside = QVBoxLayout(box)
        inside.addWidget(self.examples)
        row = QHBoxLayout()
        row.addWidget(self.take)
        row.addWidget(self.refuse)
        inside.addLayout(row)
        return box

    def _where_box(self) -> QGroupBox:
        box = QGroupBox(self.tr("Where"), self)
        inside = QVBoxLayout(box)
        inside.setSpacing(3)
        for where, text in (
            (Where.IMAGE, self.tr("This image")),
            (Where.REGION, self.tr("A part of it that you draw")),
        ):
            button = QRadioButton(text, box)
            self.where.addButton(button, where.value)
            inside.addWidget(button)
        self.where.button(Where.IMAGE.value).setChecked(True)
        return box

    def _amount_box(self) -> QGroupBox:
        box = QGroupBox(self.tr("How like"), self)
        row = QHBoxLayout(box)
        row.addWidget(QLabel(self.tr("Fewer"), box))
        row.addWidget(self.amount, 1)
        row.addWidget(QLabel(self.tr("More"), box))
        return box

    def _connect(self) -> None:
        bench = self._bench
        self.what.activated.connect(self._on_what)
        self.words.changed.connect(self._on_words)
        self.take.clicked.connect(self.use_selected)
        self.refuse.clicked.connect(self._on_refuse)
        self.look.clicked.connect(self.look_now)
        self.stop.clicked.connect(bench.proposing.stop)
        self.add.clicked.connect(self._on_add)
        self.where.idToggled.connect(self._on_where)
        self.amount.valueChanged.connect(self._show_kept)
        self.picker.picked.connect(self._on_region)
        hover, review = bench.mask_editor.hover_previews, bench.review
        self.picker.pointing.connect(lambda on: hover.set_paused(on or review.active))
        self.follow(bench.proposing)
        bench.proposing.finished.connect(self._on_finished)
        bench.host.state_changed.connect(self._on_changed)
        bench.session.image_opened.connect(self._on_image)
        bench.session.selection_changed.connect(self._on_changed)

    # -- what is chosen

    @property
    def by_words(self) -> bool:
        """Whether words tell what is looked for, and not the selected objects."""
        return What(self.what.currentIndex()) is What.WORDS

    def use_words(self) -> None:
        """Look for what words name from now on."""
        self.what.setCurrentIndex(What.WORDS.value)
        self._on_what()

    @Slot()
    def _on_what(self) -> None:
        self._forget()
        self.outcome.clear()
        if self.by_words:
            self.words.words.setFocus()

    @Slot()
    def _on_words(self) -> None:
        """What was found by other words is not what is looked for now."""
        if self.by_words and self._task is None:
            self._drop()

    @property
    def place(self) -> Where:
        return Where(self.where.checkedId())

    @property
    def chosen(self) -> list[Finding]:
        """The candidates that the slider lets through."""
        return list(self._kept)

    @property
    def kept(self) -> int:
        """How many these are."""
        return len(self._kept)

    @property
    def least(self) -> float:
        """The score from which on a candidate is shown."""
        return 1 - self.amount.value() / STEPS

    def closeEvent(self, event: QCloseEvent) -> None:
        """What is only looked at is forgotten."""
        if self._task is not None:
            self._bench.proposing.stop()
        self._forget()
        super().closeEvent(event)

    @Slot()
    def use_selected(self) -> None:
        """The selected objects are the examples from now on."""
        chosen = tuple(sorted(self._bench.session.selection))
        if chosen:
            self._like = chosen
            self._unlike = tuple(each for each in self._unlike if each not in chosen)
            self._drop()
        self.refresh()

    @Slot()
    def _on_refuse(self) -> None:
        chosen = tuple(sorted(self._bench.session.selection))
        if chosen:
            self._unlike = chosen
            self._like = tuple(each for each in self._like if each not in chosen)
            self._drop()
        self.refresh()

    @Slot()
    def _on_image(self) -> None:
        """Examples are objects of the image that is open."""
        self._like = self._unlike = ()
        self._forget()
        self.use_selected()

    @Slot()
    def _forget(self) -> None:
        self.picker.stop()
        self._drop()

    def _drop(self) -> None:
        self._map, self._alike, self._kept = None, None, []
        if self._canvas.scene.veil is not None:
            self._canvas.scene.set_veil(None)
        self.refresh()

    @Slot()
    def _on_where(self) -> None:
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

    # -- finding

    @Slot()
    def look_now(self) -> None:
        """Look for all that is like the examples."""
        bench = self._bench
        picture = bench.session.picture
        if picture is None or not (self.by_words or self._like):
            return
        self._drop()
        self.picker.rest()
        self._key = picture.key
        task = self._wanted()
        if task is not None and bench.proposing.start(task):
            self._task = task
            looking = self.tr("Looking for what the words name…")
            alike = self.tr("Looking for what is alike…")
            self.outcome.setText(looking if self.by_words else alike)

    def _wanted(self) -> FindHere | WordsHere | None:
        if not self.by_words:
            return FindHere(self._like, self._unlike, self.picker.region)
        try:
            return self.words.task(self.picker.region)
        except Problem as problem:
            self.outcome.setText(spoken(problem))
            return None

    @Slot(object)
    def _on_finished(self, outcome: RunOutcome) -> None:
        task, self._task = self._task, None
        if task is None:
            return
        found = task.found
        if found is None:
            failed = outcome.problems[0][1] if outcome.problems else None
            self.outcome.setText(spoken(failed) if failed else self.tr("Stopped."))
            self.refresh()
            return
        self.outcome.setText(self.tr("Preparing the preview…"))
        if isinstance(task, WordsHere):
            self.amount.setValue(round(STEPS * (1 - task.usual)))
        self._show(found)

    def _show(self, found: Alike | Findings) -> None:
        key, ask = self._key, self._bench.readers.ask
        alike = found if isinstance(found, Alike) else None
        findings = found if isinstance(found, Findings) else found.findings
        ask(
            Urgency.AHEAD,
            lambda: CandidateMap(findings),
            lambda made: self._on_map(key, alike, made),
        )

    def _on_map(self, key: str, alike: Alike | None, made: CandidateMap[Findings]) -> None:
        picture = self._bench.session.picture
        if picture is not None and picture.key == key and self.isVisible():
            self._alike, self._map = alike, made
            if self.place is Where.REGION:
                self.picker.start()
            self._show_kept()

    @Slot()
    def _show_kept(self) -> None:
        """The effect of the slider, at once."""
        if self._map is None:
            return
        findings = self._map.candidates
        self._kept = findings.above(self.least)
        self._canvas.scene.set_veil(self._map.veil(self._kept))
        count = len(self._kept)
        found = self.tr("%n found.", "", count)
        text = found if self.by_words else self.tr("%n alike.", "", count)
        if not self._kept and findings.found:
            text += " " + self.tr("Move the slider to the right to see more.")
        self.outcome.setText(text)
        self.refresh()

    @Slot()
    def _on_add(self) -> None:
        """Full-size masks are made away from the window's thread."""
        session, made, key = self._bench.session, self._map, self._key
        document = session.document
        if made is None or document is None:
            return
        example = document.get(self._like[0]) if self._like else None
        label = example.label_id if example is not None else session.active_label
        findings, least, wanted = made.candidates, self.least, len(self._kept)
        if self.by_words:
            try:
                findings = self._with_labels(findings)
            except Problem as problem:
                self.outcome.setText(spoken(problem))
                return
        self._forget()
        self.outcome.setText(self.tr("Adding the proposals…"))
        self._bench.readers.ask(
            Urgency.AHEAD,
            lambda: proposing(findings.proposals(least, label), None),
            lambda change: self._on_made(key, change, wanted),
        )

    def _with_labels(self, findings: Findings) -> Findings:
        """With the labels of the words of what is added, new ones made. Raises Problem."""
        session = self._bench.session
        words = list(dict.fromkeys(word_of(each) for each in self._kept))
        labels, ids = labels_for(session.labels, words)
        if labels is not session.labels:
            refusal = session.folder_labels.refusal
            if refusal:
                raise Problem(say("The labels cannot be edited."), refusal)
            session.folder_labels.put(labels)
        return labelled(findings, ids)

    def _on_made(self, key: str, change: Change, wanted: int) -> None:
        session, review = self._bench.session, self._bench.review
        document, picture = session.document, session.picture
        if document is None or picture is None or picture.key != key:
            return
        session.commit(FIND_WORDS if self.by_words else FIND, change(document))
        count = len(session.document or ()) - len(document)
        review.set_filter(review.filter, Order.LIKENESS)
        alike = self.tr("%n much like others left out.", "", wanted - count)
        text = self.tr("%n proposal(s) added; «review» looks at them.", "", count)
        text = filled(text, self._bench.preferences.value)
        self.outcome.setText(f"{text} {alike}" if count < wanted else text)
        if self.place is Where.REGION:
            self.picker.start()

    def refresh(self) -> None:
        bench, running = self._bench, self._bench.proposing.running
        ready = bench.host.state == "ready" and bench.session.read_only is None
        drawn = self.place is not Where.REGION or self.picker.region is not None
        self.examples.setText(self._told())
        self.take.setEnabled(bool(bench.session.selection) and not running)
        self.refuse.setEnabled(bool(bench.session.selection) and not running)
        wanted = self.words.ready if self.by_words else bool(self._like)
        self.look.setEnabled(not running and ready and drawn and wanted)
        self._by_example.setVisible(not self.by_words)
        self.words.setVisible(self.by_words)
        self.words.setEnabled(not running)
        self.what.setEnabled(not running)
        self.stop.setVisible(running)
        self.look.setVisible(not running)
        self.progress.setVisible(running)
        self.add.setEnabled(bool(self._kept))
        (self.add if self._kept else self.look).setDefault(True)
        self.add.setText(self.tr("Add %n as proposals", "", len(self._kept)))
        self.amount.setEnabled(self._map is not None)
        for button in self.where.buttons():
            button.setEnabled(not running)

    def _told(self) -> str:
        """Which objects are examples."""
        if not self._like:
            return self.tr("Select one object or more of what you look for.")
        text = self.tr("Like {0}").format(self._numbers(self._like))
        if self._unlike:
            text += self.tr(", not like {0}").format(self._numbers(self._unlike))
        return text

    @staticmethod
    def _numbers(ids: tuple[int, ...]) -> str:
        shown = ", ".join(f"#{each}" for each in ids[:6])
        return f"{shown}, …" if len(ids) > 6 else shown
