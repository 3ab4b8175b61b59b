"""What finds the objects: the model itself, a detector, or the folder's own proposer."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QGroupBox,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import Problem
from app.session.box_sources import proposer_of, with_detector, with_proposer
from app.session.session import Session
from app.session.tasks import Detect
from app.ui.words import translate


class Finder(Enum):
    """``GRID``: the model is asked everywhere. The others find boxes, which become masks."""

    GRID = 0
    DETECTOR = 1
    PROPOSER = 2


class SourceForm(QGroupBox):
    """``changed``: another finder, or another detector."""

    changed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("What finds the objects"))
        self._session = session
        self.path: Path | None = None
        self.finder = QComboBox(self)
        self.finder.addItem(self.tr("the model, asked everywhere"), Finder.GRID)
        self.finder.addItem(self.tr("a detector (TOML file)…"), Finder.DETECTOR)
        if proposer_of(session) is not None:
            self.finder.addItem(self.tr("this folder's own proposer"), Finder.PROPOSER)
        self.classes = QCheckBox(self.tr("its classes become labels"), self)
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        column = QVBoxLayout(self)
        for widget in (self.finder, self.classes, self.words):
            column.addWidget(widget)
        self.finder.activated.connect(self._on_finder)
        self._refresh()

    @property
    def chosen(self) -> Finder:
        return Finder(self.finder.currentData())

    def task(self) -> Detect:
        """The work that finds boxes and makes them masks; raises Problem."""
        if self.chosen is Finder.PROPOSER:
            path = proposer_of(self._session)
            if path is None:
                raise Problem("This folder has no proposer yet.", "Train one first.")
            return with_proposer(path)[0]
        if self.path is None:
            raise Problem("No detector is chosen.", "Choose its description, a TOML file.")
        return with_detector(self._session, self.path, classes=self.classes.isChecked())[0]

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
            text = self._measured()
        self.words.setText(text)
        self.words.setVisible(bool(text))
        self.changed.emit()

    def _measured(self) -> str:
        """How good it was on images it had not seen: to be known before it is used."""
        path = proposer_of(self._session)
        try:
            notes = with_proposer(path)[1].notes if path is not None else {}
        except Problem as problem:
            return str(problem)
        precision, recall = notes.get("precision"), notes.get("recall")
        if not isinstance(precision, int | float) or not isinstance(recall, int | float):
            return self.tr("How good it is was not measured.")
        images = notes.get("held_out_images")
        text = translate("SourceForm", "Precision {0}, recall {1} on {2} images it had not seen.")
        return text.format(f"{precision:.0%}", f"{recall:.0%}", images)
