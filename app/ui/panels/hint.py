"""The strip below the canvas: what the tool in hand does, key by key."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.tools.tool import Hint

GAP = 16.0
PAD = 6.0
LEFT = 10.0
ENDING = ("Enter", "Esc")
"""What begins with these keys is told as long as there is room for anything."""


class HintStrip(QWidget):
    """Gestures as key caps with what they do; those that do not fit are left out.

    Attributes:
        fill: puts keys into a text where commands are named.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hint: Hint = ()
        self.fill: Callable[[str], str] = str
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("What the tool does"))

    def show_hint(self, hint: Hint) -> None:
        """Show these; what stands in « and » is a command, told by its key."""
        hint = tuple((self.fill(gesture), self.fill(effect)) for gesture, effect in hint)
        if hint != self._hint:
            self._hint = hint
            text = ", ".join(f"{gesture}: {effect}" for gesture, effect in hint)
            self.setAccessibleDescription(text)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, self.fontMetrics().height() + 14)

    @property
    def shown(self) -> Hint:
        """What there is room for: the last go first, but for what ends the work at hand."""
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        caps, words = QFontMetricsF(bold), QFontMetricsF(self.font())
        widths = {
            pair: caps.horizontalAdvance(pair[0]) + words.horizontalAdvance(pair[1]) + 3 * PAD + GAP
            for pair in self._hint
        }
        left, room = list(self._hint), self.width() - 8 - LEFT + GAP
        while left and sum(widths[pair] for pair in left) > room:
            less = [pair for pair in left if not pair[0].startswith(ENDING)]
            left.remove(less[-1] if less else left[-1])
        return tuple(left)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        painter.fillRect(self.rect(), palette.window())
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        caps, words = QFontMetricsF(bold), QFontMetricsF(self.font())
        x, height = LEFT, float(self.height())
        for gesture, effect in self.shown:
            cap = caps.horizontalAdvance(gesture) + 2 * PAD
            width = cap + PAD + words.horizontalAdvance(effect)
            box = QRectF(x, 4.0, cap, height - 8.0)
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Mid), 1.0))
            painter.setBrush(palette.button())
            painter.drawRoundedRect(box, 3.5, 3.5)
            painter.setPen(palette.color(QPalette.ColorRole.WindowText))
            painter.setFont(bold)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, gesture)
            painter.setFont(self.font())
            painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
            rest = QRectF(x + cap + PAD, 0.0, width, height)
            painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, effect)
            x += width + GAP
        painter.end()
