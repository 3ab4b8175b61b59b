"""A strip over the foot of the canvas that tells what went wrong without standing in the way."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QHideEvent, QPalette, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import Problem
from app.ui import icons
from app.ui.theme import Shades
from app.ui.words import said

NOTE_MS = 6000
READ_S = 8.0
"""After so long a problem was read."""


class Banner(QFrame):
    """Shows the newest problem until it is closed, or a note for some seconds.

    Args:
        clock: seconds that never go back.
    """

    toggled = Signal()
    """It came or went."""

    def __init__(
        self, parent: QWidget | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._since = clock()
        self._shades: Shades | None = None
        self._is_problem = True
        self._problem: Problem | None = None
        self._is_of_image = self._is_of_mask = self._is_of_folder = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAutoFillBackground(True)
        self.setAccessibleName(self.tr("Message"))
        self._picture = QLabel(self)
        self.what = QLabel(self)
        self.advice = QLabel(self)
        for label in (self.what, self.advice):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setTextFormat(Qt.TextFormat.PlainText)
        font = self.what.font()
        font.setBold(True)
        self.what.setFont(font)
        self.button = QPushButton(self)
        self.button.setAccessibleName(self.tr("Answer to the message"))
        self.button.hide()
        self.button.clicked.connect(self._on_button)
        self._do: Callable[[], object] | None = None
        self.fill: Callable[[str], str] = str
        self._close = QToolButton(self)
        self._close.setAutoRaise(True)
        self._close.setIconSize(QSize(16, 16))
        self._close.setAccessibleName(self.tr("Close the message"))
        self._close.setToolTip(self.tr("Close the message  (Esc)"))
        self._close.clicked.connect(self.hide)
        self._timer = QTimer(self, singleShot=True, interval=NOTE_MS)
        self._timer.timeout.connect(self.hide)
        self._lay_out()
        self.hide()

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self.what)
        words.addWidget(self.advice)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 7, 6, 7)
        row.setSpacing(10)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)

    def retint(self, shades: Shades) -> None:
        self._shades = shades
        self._close.setIcon(icons.icon("close", shades))
        self._paint()

    @Slot(object)
    def show_problem(self, problem: Problem) -> None:
        """Until it is closed, or a newer one comes."""
        self._timer.stop()
        self._show(said(problem.what), said(problem.advice), is_problem=True)
        self._problem = problem

    @Slot(object)
    def withdraw(self, problem: Problem) -> None:
        """It is none any more; another one that is shown stays."""
        if problem is self._problem:
            self.hide()

    @Slot(object)
    def show_problem_of_image(self, problem: Problem) -> None:
        """Until another image is opened, too."""
        self.show_problem(problem)
        self._is_of_image = True

    @Slot(object)
    def show_problem_of_folder(self, problem: Problem) -> None:
        """Until another folder is opened, too."""
        self.show_problem(problem)
        self._is_of_folder = True

    @Slot()
    def leave_folder(self) -> None:
        """Why another folder could not be opened no longer matters."""
        if self._is_of_folder:
            self.hide()

    @Slot()
    def belong_to_image(self) -> None:
        """What is shown is of the open image alone."""
        self._is_of_image = True

    @Slot()
    def leave_image(self) -> None:
        """What was told of the image before is not true of the next one, or was read by now."""
        is_note = not self._is_problem
        if is_note or self._is_of_image or self._clock() - self._since > READ_S:
            self.hide()

    def offer(self, problem: Problem, words: str, do: Callable[[], object]) -> None:
        """A problem with a button that does something about it."""
        self.show_problem(problem)
        self._do = do
        self.button.setText(words)
        self.button.setAccessibleName(words)
        self.button.show()

    @Slot()
    def _on_button(self) -> None:
        do = self._do
        self.hide()
        if do is not None:
            do()

    @property
    def tells_problem(self) -> bool:
        return self.isVisible() and self._is_problem

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.toggled.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.toggled.emit()

    def note(self, what: str, advice: str = "", *, of_mask: bool = False) -> None:
        """For a moment, or until another image is opened, or until the mask begun is ended if it is
        ``of_mask``; a problem that is shown is not pushed away by it."""
        if not self.isVisible() or not self._is_problem:
            self._show(what, advice, is_problem=False)
            self._is_of_mask = of_mask
            self._timer.start()

    @Slot()
    def leave_step(self) -> None:
        """A step was taken back or done again: what was noted of one is not true any more."""
        if not self._is_problem:
            self.hide()

    @Slot()
    def leave_mask(self) -> None:
        """No mask is begun any more."""
        if self._is_of_mask:
            self.hide()

    def _show(self, what: str, advice: str, *, is_problem: bool) -> None:
        self._is_problem = is_problem
        self._problem = None
        self._is_of_image = self._is_of_mask = self._is_of_folder = False
        self._do = None
        self.button.hide()
        self._since = self._clock()
        what, advice = self.fill(what), self.fill(advice)
        self.what.setText(what)
        self.advice.setText(advice)
        self.advice.setVisible(bool(advice))
        self.setAccessibleDescription(f"{what} {advice}".strip())
        self._paint()
        self.show()

    def _paint(self) -> None:
        shades = self._shades
        if shades is None:
            return
        color = shades.bad if self._is_problem else shades.link
        name = "warning" if self._is_problem else "info"
        self._picture.setPixmap(icons.pixmap(name, color, 20, self.devicePixelRatioF()))
        palette = self.palette()
        ground = _mixed(QColor(shades.base), QColor(color), 0.14)
        palette.setColor(QPalette.ColorRole.Window, ground)
        palette.setColor(QPalette.ColorRole.WindowText, QColor(shades.text))
        self.setPalette(palette)


def _mixed(ground: QColor, tint: QColor, share: float) -> QColor:
    def part(a: int, b: int) -> int:
        return round((1 - share) * a + share * b)

    return QColor(
        part(ground.red(), tint.red()),
        part(ground.green(), tint.green()),
        part(ground.blue(), tint.blue()),
    )
