"""An old model beside a new one: their scores, and pictures of the objects that changed most."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import (
    QHeaderView,
    QLabel,
    QScrollArea,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.storage.taught_models import Card, ChangeCard, TaughtModel
from app.ui.panels.figures import RIGHT, ROW
from app.ui.theme import Shades

PICTURE_PX = 480
TABLE_PX = 172
"""All rows are seen."""
NOTICED = 0.005


class ComparisonView(QWidget):
    """Shows the card of one model."""

    def __init__(self, shades: Shades, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shades = shades
        self.table = QTreeWidget(self)
        self.table.setAccessibleName(self.tr("Old against new"))
        self.table.setHeaderLabels(
            [self.tr("On images held out"), self.tr("Old"), self.tr("New"), self.tr("Change")]
        )
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setAlternatingRowColors(True)
        self.table.header().setStretchLastSection(False)
        self.table.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        head = self.table.headerItem()
        for column in range(1, 4):
            self.table.setColumnWidth(column, 80)
            if head is not None:
                head.setTextAlignment(column, RIGHT)
        self.table.setMinimumHeight(TABLE_PX)
        self.verdict = QLabel(self)
        self.verdict.setWordWrap(True)
        self.pictures = QScrollArea(self)
        self.pictures.setWidgetResizable(True)
        self.pictures.setAccessibleName(self.tr("Objects that changed most"))
        above = QWidget(self)
        rows = QVBoxLayout(above)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.table, 1)
        rows.addWidget(self.verdict)
        split = QSplitter(Qt.Orientation.Vertical, self)
        split.addWidget(above)
        split.addWidget(self.pictures)
        split.setSizes([220, 300])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(split)

    def show_model(self, model: TaughtModel | None) -> None:
        """Show this one; nothing for None."""
        self.setVisible(model is not None)
        self.table.clear()
        if model is None:
            return
        card = model.card
        for row, old, new in zip(self._rows(), card.old.values, card.new.values, strict=True):
            self._add(*row, old, new)
        self.verdict.setText(self._verdict(card))
        self.pictures.setWidget(self._sheet(model))

    def _rows(self) -> tuple[tuple[str, int, int], ...]:
        """Words, digits, and 1 where more is better, -1 where less is."""
        iou, clicks = self.tr("Mean IoU after {0}"), self.tr("Clicks to an IoU of {0}")
        return (
            (iou.format(self.tr("1 click")), 3, 1),
            (iou.format(self.tr("3 clicks")), 3, 1),
            (iou.format(self.tr("5 clicks")), 3, 1),
            (self.tr("Mean IoU of a box"), 3, 1),
            (clicks.format("0.85"), 1, -1),
            (clicks.format("0.90"), 1, -1),
        )

    def _add(self, words: str, digits: int, sign: int, old: float, new: float) -> None:
        change = new - old
        cells = [f"{old:.{digits}f}", f"{new:.{digits}f}", f"{change:+.{digits}f}"]
        item = QTreeWidgetItem(self.table, [words, *cells])
        item.setSizeHint(0, ROW)
        for column in range(1, 4):
            item.setTextAlignment(column, RIGHT)
        if abs(change) > NOTICED:
            better = change * sign > 0
            mark = "▲" if better else "▼"
            item.setText(3, f"{cells[2]} {mark}")
            item.setForeground(3, QColor(self._shades.good if better else self._shades.bad))

    def _verdict(self, card: Card) -> str:
        objects = self.tr("%n object(s)", "", card.held_objects)
        images = self.tr("%n image(s)", "", card.held_images)
        text = self.tr("Scored on {0} of {1} that neither has learned from.").format(
            objects, images
        )
        if not card.is_certain:
            return text + " " + self.tr("So small a change may be chance on so few objects.")
        better, worse = self.tr("The new one is better."), self.tr("The new one is worse.")
        return f"{text} {better if card.gain > 0 else worse}"

    def _sheet(self, model: TaughtModel) -> QWidget:
        sheet = QWidget()
        column = QVBoxLayout(sheet)
        changes = model.card.changes
        half = len(changes) // 2
        groups = (
            (self.tr("What became worst"), changes[:half]),
            (self.tr("What became best"), tuple(reversed(changes[half:]))),
        )
        hint = QLabel(
            self.tr("Image with the outline of your mask, old and new answer to the first click.")
        )
        hint.setWordWrap(True)
        column.addWidget(hint)
        for title, group in groups:
            if group:
                heading = QLabel(title)
                font = heading.font()
                font.setBold(True)
                heading.setFont(font)
                column.addWidget(heading)
            for change in group:
                self._add_picture(column, model.place, change)
        column.addStretch(1)
        return sheet

    def _add_picture(self, column: QVBoxLayout, place: Path, change: ChangeCard) -> None:
        picture = QPixmap(str(place / change.picture)) if change.picture else QPixmap()
        label = QLabel()
        smooth = Qt.TransformationMode.SmoothTransformation
        if not picture.isNull():
            label.setPixmap(picture.scaledToWidth(PICTURE_PX, smooth))
        words = self.tr("{0}: IoU after 1, 3, 5 clicks {1}, now {2}").format(
            change.image, _listed(change.old), _listed(change.new)
        )
        label.setAccessibleName(words)
        caption = QLabel(words)
        caption.setTextFormat(Qt.TextFormat.PlainText)
        caption.setWordWrap(True)
        column.addWidget(label)
        column.addWidget(caption)


def _listed(ious: tuple[float, float, float]) -> str:
    return " ".join(f"{iou:.2f}" for iou in ious)
