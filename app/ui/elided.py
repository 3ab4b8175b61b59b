"""Words on one line that give way: what does not fit is cut and told by the mouse."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolTip,
    QWidget,
)

AROUND = 8
"""Pixels around the picture of a box that the style keeps free."""


class ElidedBox(QComboBox):
    """A box whose words are cut in their middle, with dots, where they do not fit."""

    @property
    def shown(self) -> str:
        """The words as they are seen."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        return self._cut(option)

    def _cut(self, option: QStyleOptionComboBox) -> str:
        part = QStyle.SubControl.SC_ComboBoxEditField
        field = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self)
        icon = 0 if option.currentIcon.isNull() else option.iconSize.width() + AROUND
        cut = Qt.TextElideMode.ElideMiddle
        return self.fontMetrics().elidedText(option.currentText, cut, field.width() - icon)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        option.currentText = self._cut(option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()


class ElidedLabel(QLabel):
    """Asks for no width, so that words that grow move neither panels nor the image.

    Args:
        cut: where to cut: a sentence at its end, a path in its middle.
    """

    def __init__(
        self,
        parent: QWidget | None = None,
        cut: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__(parent)
        self._cut = cut
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def shown(self) -> str:
        """The words as they are seen."""
        width = self.contentsRect().width()
        lines = self.text().split("\n")
        return "\n".join(self.fontMetrics().elidedText(each, self._cut, width) for each in lines)

    def minimumSizeHint(self) -> QSize:
        return QSize(1, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), self.alignment(), self.shown)
        painter.end()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            cut = self.text() if self.shown != self.text() else ""
            tip = "\n".join(filter(None, (cut, self.toolTip())))
            QToolTip.showText(event.globalPos(), tip, self)
            return True
        return super().event(event)
