"""Words that name what is looked for, and the detector that reads them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.batch.words import ByWords, WordsHere, words_in
from app.core.errors import Problem
from app.inference.alike import USUAL_SCORE
from app.inference.proposals import Region
from app.session.assembly import AppContext
from app.session.model.model_catalogue import ShelfEntry
from app.ui.dialogs.model_table import size_text
from app.ui.model_words import good_for
from app.ui.words import spoken
from model.messages import say
from model.words.interface import BY_EXAMPLES
from model.words.loading import missing_extra, takes_examples, usual_of

FOLDER = "folder"
"""What is chosen from the list to name a detector of one's own."""


class WordsForm(QGroupBox):
    """Words, and what reads them.

    Attributes:
        takes_examples: whether objects on the image may say what is looked for, beside one word or
            without any.

    ``changed``: other words or another detector, or one has arrived. ``detector_changed``: only
    what reads the words.
    """

    changed = Signal()
    detector_changed = Signal()

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Words"))
        self._context, self._shelf = context, context.word_detectors
        self._last: ByWords | None = None
        self._shown: Path | None = None
        self.takes_examples = False
        self.words = QLineEdit(self)
        self.words.setPlaceholderText(self.tr("wheel, window"))
        self.words.setAccessibleName(self.title())
        self.words.setClearButtonEnabled(True)
        self.detector = QComboBox(self)
        self.detector.setAccessibleName(self.tr("Detector"))
        self.told = QLabel(self)
        self.told.setWordWrap(True)
        self.told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.get, self.cancel = QPushButton(self), QPushButton(self.tr("Cancel download"), self)
        self.bar = QProgressBar(self)
        self._lay_out()
        self.words.textChanged.connect(self.changed)
        self.detector.activated.connect(self._on_detector)
        self.get.clicked.connect(self._on_get)
        self.cancel.clicked.connect(self._shelf.cancel)
        self._shelf.changed.connect(self._on_shelf)
        self._shelf.progress.connect(self._on_progress)
        self._shelf.problem.connect(self._on_problem)
        self._fill()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        for widget in (self.words, self.detector, self.told, self.bar):
            column.addWidget(widget)
        row = QHBoxLayout()
        row.addWidget(self.get)
        row.addWidget(self.cancel)
        row.addStretch(1)
        column.addLayout(row)
        self.bar.hide()

    @property
    def path(self) -> Path | None:
        """Of the detector that is chosen; None as long as it is not on this machine."""
        chosen = self.detector.currentData()
        if isinstance(chosen, Path):
            return chosen
        entry = self._entry()
        return entry.path.parent if entry is not None and entry.path is not None else None

    @property
    def usual(self) -> float:
        """The score from which on what the detector finds is mostly right, as far as known."""
        found = None if self.path is None else usual_of(self.path)
        return USUAL_SCORE if found is None else found

    @property
    def ready(self) -> bool:
        """Whether there is what reads words."""
        return self.path is not None and not missing_extra(self.path)

    @property
    def said(self) -> bool:
        """Whether there are words."""
        return bool(self.words.text().strip())

    def source(self, *, by_examples: bool = False) -> ByWords:
        """What finds them; a detector that was loaded for other words is used again.

        Args:
            by_examples: examples are there, which may stand in the place of words.

        Raises:
            Problem: there are no words that can be looked for, or no detector.
        """
        alone = by_examples and not self.said
        words, path = (BY_EXAMPLES,) if alone else words_in(self.words.text()), self.path
        if path is None:
            raise Problem(
                say("No detector of words is chosen."), say("Fetch one, or open a folder.")
            )
        self._last = ByWords.of(path, words, self._last)
        return self._last

    def task(
        self, region: Region | None, like: tuple[int, ...], unlike: tuple[int, ...]
    ) -> WordsHere:
        """The work on the open image; examples go along where they can. Raises Problem."""
        with_examples = self.takes_examples and bool(like or unlike)
        source = self.source(by_examples=with_examples)
        if with_examples and len(source.words) == 1:
            return WordsHere(source, region, like, unlike)
        return WordsHere(source, region)

    def use(self, path: Path) -> None:
        """Take a detector of one's own, and remember it."""
        self._context.preferences.set(word_detector=str(path))
        self._fill()

    # -- inside

    def _entry(self) -> ShelfEntry | None:
        name = self.detector.currentData()
        return next((each for each in self._shelf.entries if each.model.name == name), None)

    def _fill(self) -> None:
        kept, own = self.detector.currentData(), self._context.preferences.value.word_detector
        self.detector.clear()
        for each in self._shelf.entries:
            size, licence = size_text(each.model.size), each.model.licence
            self.detector.addItem(f"{each.model.title} ({size}, {licence})", each.model.name)
        if own:
            self.detector.addItem(Path(own).name, Path(own))
        self.detector.addItem(self.tr("a folder of your own…"), FOLDER)
        here = [each.model.name for each in self._shelf.entries if each.path is not None]
        first = Path(own) if own else (here[0] if here else kept)
        self._choose(kept if kept in here and not own else first)
        self._refresh()

    def _choose(self, data: object) -> None:
        found = [n for n in range(self.detector.count()) if self.detector.itemData(n) == data]
        self.detector.setCurrentIndex(found[0] if found else 0)

    @Slot()
    def _on_detector(self) -> None:
        if self.detector.currentData() == FOLDER:
            path = self._asked()
            if path:
                self.use(Path(path))
                return
            self.detector.setCurrentIndex(0)
        self._refresh()

    def _asked(self) -> str:
        own = self._context.preferences.value.word_detector
        start = str(Path(own).parent) if own else str(Path.home())
        title = self.tr(
            "Folder of a detector: of transformers, or with the TOML file of one in ONNX"
        )
        return QFileDialog.getExistingDirectory(self, title, start)

    @Slot()
    def _on_get(self) -> None:
        entry = self._entry()
        if entry is not None:
            self.bar.setRange(0, 0)
            self._shelf.download(entry.model.name)

    @Slot()
    def _on_shelf(self) -> None:
        self._refresh()

    @Slot(str, object, object)
    def _on_progress(self, name: str, done: int, total: int) -> None:
        self.bar.setRange(0, 1000)
        self.bar.setValue(done * 1000 // max(total, 1))
        self.bar.setFormat(f"{size_text(done)} / {size_text(total)}")

    @Slot(object)
    def _on_problem(self, problem: Problem) -> None:
        self._refresh()
        self.told.setText(spoken(problem))

    def _refresh(self) -> None:
        entry, loading = self._entry(), self._shelf.loading
        missing = missing_extra(self.path)
        away = entry is not None and entry.path is None
        self.get.setVisible(away and loading is None and not missing)
        self.cancel.setVisible(loading is not None)
        self.bar.setVisible(loading is not None)
        text = "" if entry is None else good_for(entry.model)
        if missing:
            text = self.tr(
                "Finding by words needs PyTorch and transformers, which are not installed: "
                "start once with run.py --with-text."
            )
        elif entry is not None and away:
            self.get.setText(self.tr("Fetch {0}").format(size_text(entry.model.size)))
            text += " " + self.tr("It is fetched from its publisher once.")
        elif entry is None and self.path is not None:
            text = str(self.path)
        path, before = self.path, self._shown
        if path != before:
            self._shown = path
            self.takes_examples = path is not None and takes_examples(path)
        if self.takes_examples:
            text += " " + self.tr("Examples go along with one word, or without any.")
        self.told.setText(text)
        if path != before:
            self.detector_changed.emit()
        self.changed.emit()
