"""The objects of the image in a list: the newest on top."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Slot,
)
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPixmap

from app.core.document import Annotation, Document, Source, State
from app.core.search import NO_SEARCH, Search
from app.session.session import Session
from app.ui import icons
from app.ui.canvas.overlay import color_of
from app.ui.canvas.scene import Scene
from app.ui.theme import Shades
from app.ui.words import marked, translate

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
Role = Qt.ItemDataRole


class Column(IntEnum):
    """What a row tells, from left to right."""

    SHOWN = 0
    LABEL = 1
    AREA = 2
    SCORE = 3
    SOURCE = 4
    LOCK = 5


SOURCES = {
    Source.MANUAL: marked("Objects", "made by hand"),
    Source.SMART: marked("Objects", "made with the model"),
    Source.AUTOMATIC: marked("Objects", "proposed automatically"),
    Source.IMPORTED: marked("Objects", "imported"),
}


@dataclass(frozen=True, slots=True)
class _Pictures:
    eye: QIcon
    eye_off: QIcon
    lock: QIcon
    sources: dict[Source, QIcon]


FONTS = {State.PROPOSED: QFont(), State.REJECTED: QFont()}
FONTS[State.PROPOSED].setItalic(True)
FONTS[State.REJECTED].setStrikeOut(True)
"""What is only proposed is told from what is accepted by the look of its words too."""


class ObjectModel(QAbstractTableModel):
    """Rows of annotations; follows the session."""

    def __init__(self, session: Session, scene: Scene, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._scene = scene
        self._rows: tuple[Annotation, ...] = ()
        self._place: dict[int, int] = {}
        self._pictures: _Pictures | None = None
        self._swatches: dict[str, QIcon] = {}
        self._search = NO_SEARCH
        self.fill: Callable[[str], str] = str
        session.image_opened.connect(self._reset)
        session.document_changed.connect(self._on_document)
        session.hidden_changed.connect(self._repaint)
        session.folder_labels.changed.connect(self._look_again)
        session.folder_labels.changed.connect(self._repaint)
        scene.objects_changed.connect(self._repaint)
        self._reset()

    def retint(self, shades: Shades) -> None:
        """Icons in the theme's colours."""
        made = {each: icons.icon(f"source-{each}", shades, shades.muted) for each in Source}
        self._pictures = _Pictures(
            icons.icon("eye", shades, shades.muted),
            icons.icon("eye-off", shades),
            icons.icon("lock", shades),
            made,
        )
        self._repaint()

    def annotation(self, row: int) -> Annotation:
        return self._rows[row]

    @property
    def names(self) -> set[str]:
        """What is told of an object in the first column, each label once, with the longest number.

        So it is known what room they need without asking row by row.
        """
        used = {annotation.label_id for annotation in self._rows}
        longest = max((annotation.id for annotation in self._rows), default=0)
        return {f"{self._session.labels.label(each).name}  #{longest}" for each in used}

    def row_of(self, annotation_id: int) -> int:
        """-1 if it is not listed."""
        return self._place.get(annotation_id, -1)

    # -- what Qt asks

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        return len(Column)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Role.TextAlignmentRole and section in (Column.AREA, Column.SCORE):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role != Role.DisplayRole:
            return None
        titles = {
            Column.LABEL: self.tr("Label"),
            Column.AREA: self.tr("Area"),
            Column.SCORE: self.tr("Score"),
        }
        return titles.get(Column(section), "")

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        annotation = self._rows[index.row()]
        column = Column(index.column())
        if role == Role.DisplayRole:
            return self._text(annotation, column)
        if role == Role.DecorationRole:
            return self._picture(annotation, column)
        if role == Role.TextAlignmentRole and column in (Column.AREA, Column.SCORE):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Role.FontRole and annotation.state in FONTS:
            return FONTS[annotation.state]
        if role in (Role.ToolTipRole, Role.AccessibleTextRole):
            return self._tip(annotation, column)
        return None

    def _text(self, annotation: Annotation, column: Column) -> str | None:
        if column is Column.LABEL:
            return f"{self._session.labels.label(annotation.label_id).name}  #{annotation.id}"
        if column is Column.AREA:
            return QLocale().toString(annotation.mask.area)
        if column is Column.SCORE and annotation.evidence.predicted_iou is not None:
            return f"{annotation.evidence.predicted_iou:.2f}"
        return None

    def _picture(self, annotation: Annotation, column: Column) -> QIcon | None:
        if column is Column.LABEL:
            color = color_of(annotation, self._session.labels, self._scene.style.by_label)
            if color not in self._swatches:
                self._swatches[color] = swatch(color)
            return self._swatches[color]
        if self._pictures is None:
            return None
        if column is Column.SHOWN:
            hidden = annotation.id in self._session.hidden
            return self._pictures.eye_off if hidden else self._pictures.eye
        if column is Column.SOURCE:
            return self._pictures.sources[annotation.source]
        if column is Column.LOCK and annotation.locked:
            return self._pictures.lock
        return None

    def _tip(self, annotation: Annotation, column: Column) -> str:
        if column is Column.SHOWN:
            return self.fill(self.tr("Click to hide or show («hide»)"))
        if column is Column.LOCK:
            return self.fill(self.tr("Click to lock or unlock («lock»)"))
        if column is Column.SCORE:
            return self.tr("Overlap (IoU) that the model expected")
        if column is Column.SOURCE:
            return translate("Objects", SOURCES[annotation.source])
        if column is Column.LABEL:
            return self._all_of(annotation)
        return self._text(annotation, column) or ""

    def _all_of(self, annotation: Annotation) -> str:
        """What the columns tell that may be left out where the panel is narrow."""
        name = self._text(annotation, Column.LABEL) or ""
        area = self.tr("{0} pixels").format(self._text(annotation, Column.AREA))
        score = self._text(annotation, Column.SCORE)
        lines = [name, area, translate("Objects", SOURCES[annotation.source])]
        if score is not None:
            lines.insert(2, self.tr("expected IoU {0}").format(score))
        return "\n".join(lines)

    # -- following the session

    @Slot()
    def _reset(self) -> None:
        self.beginResetModel()
        self._put(self._session.document)
        self.endResetModel()

    def _put(self, document: Document | None) -> None:
        self._rows = self._listed(document)
        self._place = {annotation.id: row for row, annotation in enumerate(self._rows)}

    def _listed(self, document: Document | None) -> tuple[Annotation, ...]:
        """What the search finds, the newest on top."""
        every = document.annotations[::-1] if document is not None else ()
        return tuple(filter(self._search.admits, every)) if self._search else every

    @property
    def search(self) -> Search:
        """What is listed; all if it is empty."""
        return self._search

    def look_for(self, text: str) -> None:
        """List what these words find, with the labels there are by now."""
        found = Search.of(text, self._session.labels)
        if found != self._search:
            self._search = found
            self._reset()

    @Slot()
    def _look_again(self) -> None:
        """Labels may be called otherwise."""
        self.look_for(self._search.text)

    @Slot(object, object)
    def _on_document(self, before: Document, after: Document) -> None:
        """One added or removed moves rows; anything else is the same rows told again."""
        old, new = [a.id for a in self._rows], [a.id for a in self._listed(after)]
        if new == old:
            self._put(after)
            self._repaint()
        elif new[1:] == old:
            self.beginInsertRows(ROOT, 0, 0)
            self._put(after)
            self.endInsertRows()
            self._repaint()
        elif (gone := _one_missing(old, new)) is not None:
            self.beginRemoveRows(ROOT, gone, gone)
            self._put(after)
            self.endRemoveRows()
            self._repaint()
        else:
            self._reset()

    @Slot()
    def _repaint(self) -> None:
        if self._rows:
            last = self.index(len(self._rows) - 1, len(Column) - 1)
            self.dataChanged.emit(self.index(0, 0), last)


def _one_missing(old: Sequence[int], new: Sequence[int]) -> int | None:
    """Place of the one element of ``old`` that ``new`` lacks; None if they differ otherwise."""
    if len(old) != len(new) + 1:
        return None
    place = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(new))
    return place if [*old[:place], *old[place + 1 :]] == list(new) else None


def swatch(color: str, side: int = 14) -> QIcon:
    """A square of a colour, at two densities."""
    result = QIcon()
    for ratio in (1, 2):
        picture = QPixmap(side * ratio, side * ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(0, 0, 0, 110))
        painter.setBrush(QColor(color))
        painter.drawRoundedRect(
            ratio, ratio, (side - 2) * ratio - 1, (side - 2) * ratio - 1, 3 * ratio, 3 * ratio
        )
        painter.end()
        picture.setDevicePixelRatio(ratio)
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
            result.addPixmap(picture, mode)
    return result
