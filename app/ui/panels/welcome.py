"""What is shown while no image is open: what to do first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.ui import icons
from app.ui.action_set import ActionSet
from app.ui.theme import Shades

SHOWN_RECENT = 5
RECENT_WIDTH = 420


class Welcome(QWidget):
    """Buttons to open something, and the folders opened last.

    ``chosen`` carries the path of a recent folder, or of the sample photographs.
    """

    chosen = Signal(object)
    forgotten = Signal(object)
    """A recent folder that is not to be listed any more."""

    def __init__(
        self, actions: ActionSet, samples: Path | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._picture = QLabel(self)
        self._title = QLabel(self.tr("Open a folder of images to begin"), self)
        self._words = QLabel(
            self.tr("Drop a folder or images anywhere in this window,\nor choose:"), self
        )
        self._open = QPushButton(self)
        self._samples = QPushButton(self.tr("Try the sample photographs"), self)
        self._recent = QVBoxLayout()
        self._recent_title = QLabel(self.tr("Opened lately"), self)
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        self._title.setFont(font)
        opening = actions["open-folder"]
        self._open.setText(opening.text())
        self._open.setDefault(True)
        self._open.clicked.connect(opening.trigger)
        self._samples.setVisible(samples is not None)
        if samples is not None:
            self._samples.clicked.connect(lambda: self.chosen.emit(samples))
        self._lay_out()
        self.show_recent([])

    def retint(self, shades: Shades) -> None:
        self._picture.setPixmap(icons.pixmap("app", shades.text, 84, self.devicePixelRatioF()))
        self._open.setIcon(icons.icon("folder", shades))
        self._samples.setIcon(icons.icon("image", shades))

    def show_recent(self, folders: Sequence[Path]) -> None:
        """The folders opened last, the newest first."""
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for folder in folders[:SHOWN_RECENT]:
            button = QToolButton(self)
            button.setAutoRaise(True)
            middle = Qt.TextElideMode.ElideMiddle
            words = f"{folder.name}    {folder.parent}"
            button.setText(button.fontMetrics().elidedText(words, middle, RECENT_WIDTH))
            button.setToolTip(str(folder))
            button.clicked.connect(lambda _=False, folder=folder: self.chosen.emit(folder))
            button.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
            forget = QAction(self.tr("Remove from this list"), button)
            forget.triggered.connect(lambda _=False, folder=folder: self.forgotten.emit(folder))
            button.addAction(forget)
            self._recent.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        self._recent_title.setVisible(bool(folders))

    def _lay_out(self) -> None:
        middle = Qt.AlignmentFlag.AlignHCenter
        self._words.setAlignment(middle)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addStretch(2)
        layout.addWidget(self._picture, 0, middle)
        layout.addWidget(self._title, 0, middle)
        layout.addWidget(self._words, 0, middle)
        for button in (self._open, self._samples):
            button.setMinimumSize(QSize(260, 38))
            layout.addWidget(button, 0, middle)
        layout.addSpacing(14)
        layout.addWidget(self._recent_title, 0, middle)
        layout.addLayout(self._recent)
        layout.addStretch(3)
