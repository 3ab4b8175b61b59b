"""What finds the objects: the model itself, a detector, or the folder's own proposer."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QGroupBox,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.batch.box_sources import (
    DetectorBoxes,
    ProposerBoxes,
    proposer_boxes,
    proposer_of,
    with_classes,
)
from app.batch.image_tasks import Boxes, Propose
from app.core.errors import Problem
from app.session.session import Session
from app.ui.words import spoken, translate
from model.messages import say


class Finder(Enum):
    """``GRID``: the model is asked everywhere. The others find boxes, which become masks."""

    GRID = 0
    DETECTOR = 1
    PROPOSER = 2


class SourceForm(QGroupBox):
    """``changed``: another finder, or another detector. ``train_wanted``: of the proposer."""

    changed = Signal()
    train_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("What finds the objects"))
        self._session = session
        self.path: Path | None = None
        self.finder = QComboBox(self)
        self.finder.setAccessibleName(self.title())
        self.finder.addItem(self.tr("the model, asked everywhere"), Finder.GRID)
        self.finder.addItem(self.tr("a detector (TOML file)…"), Finder.DETECTOR)
        self.finder.addItem(self.tr("this folder's own proposer"), Finder.PROPOSER)
        self.classes = QCheckBox(self.tr("its classes become labels"), self)
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.train = QPushButton(self.tr("Train…"), self)
        self.train.clicked.connect(self.train_wanted)
        column = QVBoxLayout(self)
        for widget in (self.finder, self.classes, self.words):
            column.addWidget(widget)
        column.addWidget(self.train, 0, Qt.AlignmentFlag.AlignLeft)
        self.finder.activated.connect(self._on_finder)
        self._refresh()

    @property
    def chosen(self) -> Finder:
        return Finder(self.finder.currentData())

    def task(self) -> Propose:
        """The work that finds boxes and makes them masks; raises Problem."""
        if self.chosen is Finder.PROPOSER:
            return Propose(Boxes(own_proposer(self._session)))
        if self.path is None:
            raise Problem(
                say("No detector is chosen."), say("Choose its description, a TOML file.")
            )
        detector, session = DetectorBoxes(self.path), self._session
        detector.label_ids = [session.active_label] * len(detector.classes)
        if self.classes.isChecked():
            refusal = session.folder_labels.refusal
            if refusal:
                raise Problem(say("The labels cannot be edited."), refusal)
            labels, detector.label_ids = with_classes(session.labels, detector.classes)
            session.folder_labels.put(labels)
        return Propose(Boxes(detector))

    @property
    def ready(self) -> bool:
        """Whether what is chosen is there."""
        return self.chosen is not Finder.PROPOSER or has_proposer(self._session)

    def use_proposer(self) -> None:
        """Take the folder's own proposer, and show how good it is."""
        self.finder.setCurrentIndex(self.finder.findData(Finder.PROPOSER))
        self._refresh()

    def put(self, path: Path) -> None:
        """Take this detector."""
        self.path = path
        self.finder.setCurrentIndex(self.finder.findData(Finder.DETECTOR))
        self._refresh()

    @Slot()
    def _on_finder(self) -> None:
        if self.chosen is Finder.DETECTOR:
            folder = self._session.folder
            start = str(self.path or (folder.root if folder is not None else Path.home()))
            chosen, _ = QFileDialog.getOpenFileName(
                self, self.tr("Description of a detector"), start, "TOML (*.toml)"
            )
            if chosen:
                self.path = Path(chosen)
            elif self.path is None:
                self.finder.setCurrentIndex(0)
        self._refresh()

    def _refresh(self) -> None:
        chosen = self.chosen
        self.classes.setVisible(chosen is Finder.DETECTOR)
        text = ""
        if chosen is Finder.DETECTOR and self.path is not None:
            text = str(self.path)
        elif chosen is Finder.PROPOSER:
            text = measured(self._session)
        self.train.setVisible(chosen is Finder.PROPOSER)
        self.words.setText(text)
        self.words.setVisible(bool(text))
        self.changed.emit()


def measured(session: Session) -> str:
    """How good the folder's proposer was on images it had not seen: known before it is used."""
    if not has_proposer(session):
        return translate("SourceForm", "This folder has no proposer yet.")
    try:
        notes = own_proposer(session).head.notes
    except Problem as problem:
        return spoken(problem)
    precision, recall = notes.get("precision"), notes.get("recall")
    if not isinstance(precision, int | float) or not isinstance(recall, int | float):
        return translate("SourceForm", "How good it is was not measured.")
    count = notes.get("held_out_images")
    held = count if isinstance(count, int) else 0
    text = translate("SourceForm", "Precision {0}, recall {1}; images it had not seen: {2}.")
    return text.format(f"{precision:.0%}", f"{recall:.0%}", held)


def has_proposer(session: Session) -> bool:
    """Whether one was trained for the open folder."""
    folder = session.folder
    return folder is not None and proposer_of(folder.project) is not None


def own_proposer(session: Session) -> ProposerBoxes:
    """That of the open folder; raises Problem if there is none, or it cannot be read."""
    folder = session.folder
    if folder is None:
        raise Problem(say("This folder has no proposer yet."), say("Train one first."))
    return proposer_boxes(folder.project)
