"""The images of the folder: thumbnails, how far each is, what is left to do."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    QStringListModel,
    Qt,
    Slot,
)
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.core.document import ImageStatus
from app.session.navigation.navigator import ImageEntry, Navigator
from app.ui import icons
from app.ui.counts import words_of
from app.ui.theme import Shades
from app.ui.words import marked, said, translate

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
Role = Qt.ItemDataRole
ENTRY_ROLE = Role.UserRole
THUMBNAIL_ROLE = Role.UserRole + 1
CURRENT_ROLE = Role.UserRole + 2
UNREADABLE_ROLE = Role.UserRole + 3
UNFINISHED_ROLE = Role.UserRole + 4
THUMB = QSize(64, 48)
HELD = 600
MARK = 16
UNREADABLE = marked("Files", "cannot be read")
UNFINISHED = marked("Files", "mask begun")

EMPTY_DONE = marked("Files", "done, nothing on it")

STATUSES = {
    ImageStatus.TODO: marked("Files", "to do"),
    ImageStatus.IN_PROGRESS: marked("Files", "in progress"),
    ImageStatus.DONE: marked("Files", "done"),
    ImageStatus.SKIPPED: marked("Files", "skipped"),
}


class FileModel(QStringListModel):
    """The images that the list shows, by their places in the navigator's list.

    The view asks for the number of rows once a row; counting them in Python would stop the window
    for seconds with a hundred thousand. So it is Qt's own list that counts, of empty texts.
    """

    def __init__(self, navigator: Navigator, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._navigator = navigator
        self._shown = navigator.shown
        self._thumbnails: OrderedDict[str, QPixmap] = OrderedDict()
        self._current = -1
        navigator.folder_changed.connect(self._on_folder)
        navigator.shown_changed.connect(self._on_shown)
        navigator.current_changed.connect(self._on_current)
        navigator.statuses_changed.connect(self._on_statuses)
        navigator.marks_changed.connect(self._on_marks)
        navigator.thumbnail_ready.connect(self._on_thumbnail)
        self._on_shown()

    @property
    def _rows(self) -> Sequence[int]:
        return self._shown.rows

    @property
    def _unreadable(self) -> dict[str, str]:
        return self._navigator.images.unreadable

    def place(self, row: int) -> int:
        """Place in the navigator's list."""
        return self._rows[row]

    def row_of(self, place: int) -> int:
        """-1 if the filter hides it."""
        return self._shown.row_of(place)

    @Slot()
    def _on_shown(self) -> None:
        self.setStringList([""] * len(self._rows))

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        place = self._rows[index.row()]
        entry = self._navigator.images[place]
        if role == Role.DisplayRole:
            return entry.name
        if role == Role.ToolTipRole:
            reason = said(self._unreadable.get(entry.name, ""))
            begun = self._navigator.is_unfinished(entry.path)
            words = (
                entry.name,
                translate("Files", STATUSES[entry.status]),
                words_of(entry.summary.objects),
                self.tr("A mask is begun here and not accepted yet.") if begun else "",
                reason,
            )
            return "\n".join(filter(None, words))
        if role == ENTRY_ROLE:
            return entry
        if role == CURRENT_ROLE:
            return place == self._navigator.current
        if role == UNREADABLE_ROLE:
            return entry.name in self._unreadable
        if role == UNFINISHED_ROLE:
            return self._navigator.is_unfinished(entry.path)
        if role == THUMBNAIL_ROLE:
            return self._thumbnail(entry, place)
        if role == Role.AccessibleTextRole:
            return f"{entry.name}, {translate('Files', self._state_of(entry))}"
        return None

    def _state_of(self, entry: ImageEntry) -> str:
        if entry.name in self._unreadable:
            return UNREADABLE
        return UNFINISHED if self._navigator.is_unfinished(entry.path) else STATUSES[entry.status]

    def _thumbnail(self, entry: ImageEntry, place: int) -> QPixmap | None:
        found = self._thumbnails.get(entry.name)
        if found is None and entry.name not in self._unreadable:
            self._navigator.request_thumbnail(place)
        return found

    @Slot()
    def _on_folder(self) -> None:
        self._thumbnails.clear()

    @Slot()
    def _on_current(self) -> None:
        self._repaint([self._current, self._navigator.current])
        self._current = self._navigator.current

    @Slot()
    def _on_marks(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    @Slot(list)
    def _on_statuses(self, places: list[int]) -> None:
        self._repaint(places)

    @Slot(int, QImage)
    def _on_thumbnail(self, place: int, image: QImage) -> None:
        self._thumbnails[self._navigator.images[place].name] = QPixmap.fromImage(image)
        while len(self._thumbnails) > HELD:
            self._thumbnails.popitem(last=False)
        self._repaint([place])

    def _repaint(self, places: list[int]) -> None:
        if len(places) > 64 and self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))
            return
        for place in places:
            row = self.row_of(place)
            if row >= 0:
                self.dataChanged.emit(self.index(row), self.index(row))


class FileDelegate(QStyledItemDelegate):
    """Thumbnail, name, status by shape and colour, number of objects."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._marks: dict[ImageStatus, tuple[str, str]] = {}
        self._bad = self._busy = ""

    def retint(self, shades: Shades) -> None:
        self._bad, self._busy = shades.bad, shades.busy
        colors = {
            ImageStatus.TODO: shades.muted,
            ImageStatus.IN_PROGRESS: shades.busy,
            ImageStatus.DONE: shades.good,
            ImageStatus.SKIPPED: shades.muted,
        }
        self._marks = {each: (f"status-{each}", color) for each, color in colors.items()}

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(160, THUMB.height() + 10)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self.initStyleOption(option, index)
        style, rect, palette = option.widget.style(), option.rect, option.palette
        style.drawPrimitive(
            QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget
        )
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        self._paint_place(painter, option, is_open=index.data(CURRENT_ROLE))
        self._paint_thumbnail(painter, rect, index.data(THUMBNAIL_ROLE), palette)
        entry = index.data(ENTRY_ROLE)
        unreadable = index.data(UNREADABLE_ROLE)
        left = rect.left() + THUMB.width() + 14
        words = QRect(
            left, rect.top() + 7, rect.right() - left - 6, option.fontMetrics.height() + 2
        )
        font = QFont(option.font)
        font.setWeight(QFont.Weight.DemiBold if index.data(CURRENT_ROLE) else QFont.Weight.Normal)
        painter.setFont(font)
        ink = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.Text
        painter.setPen(palette.color(ink))
        middle = Qt.TextElideMode.ElideMiddle
        name = painter.fontMetrics().elidedText(entry.name, middle, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, name)
        below = words.translated(0, words.height() + 2)
        if unreadable and self._bad:
            self._paint_special(painter, below, palette, chosen, UNREADABLE)
        elif index.data(UNFINISHED_ROLE) and self._busy:
            self._paint_special(painter, below, palette, chosen, UNFINISHED)
        else:
            self._paint_status(painter, below, entry, palette, chosen)
        painter.restore()

    @staticmethod
    def _paint_place(painter: QPainter, option: QStyleOptionViewItem, *, is_open: bool) -> None:
        """The open image and the keyboard's place, which several selected ones hide otherwise."""
        rect, palette = option.rect, option.palette
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        ink = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.Highlight
        if is_open:
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), palette.color(ink))
        if option.state & QStyle.StateFlag.State_HasFocus and not is_open:
            painter.setPen(palette.color(ink))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))

    @staticmethod
    def _paint_thumbnail(
        painter: QPainter, rect: QRect, picture: QPixmap | None, palette: QPalette
    ) -> None:
        frame = QRect(rect.left() + 6, rect.top() + 5, THUMB.width(), THUMB.height())
        painter.fillRect(frame, palette.color(QPalette.ColorRole.Button))
        if picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            size = picture.size().scaled(THUMB, Qt.AspectRatioMode.KeepAspectRatio)
            place = QRect(frame.topLeft(), size)
            place.moveCenter(frame.center())
            painter.drawPixmap(place, picture)

    def _paint_special(
        self, painter: QPainter, row: QRect, palette: QPalette, chosen: bool, words: str
    ) -> None:
        """What goes before the status: it cannot be read, or something is left to be decided."""
        icon, color = ("warning", self._bad) if words == UNREADABLE else ("smart", self._busy)
        ink = palette.color(QPalette.ColorRole.HighlightedText).name() if chosen else color
        ratio = painter.device().devicePixelRatio()
        mark = icons.pixmap(icon, ink, MARK, ratio)
        painter.drawPixmap(row.left(), row.top() + (row.height() - MARK) // 2, mark)
        painter.setPen(QColor(ink))
        _draw_beside_mark(painter, row, translate("Files", words))

    def _paint_status(
        self, painter: QPainter, row: QRect, entry: ImageEntry, palette: QPalette, chosen: bool
    ) -> None:
        if entry.status in self._marks:
            name, color = self._marks[entry.status]
            ratio = painter.device().devicePixelRatio()
            ink = palette.color(QPalette.ColorRole.HighlightedText).name() if chosen else color
            if chosen and entry.status is ImageStatus.DONE:
                ink = color
            mark = icons.pixmap(name, ink, MARK, ratio)
            painter.drawPixmap(row.left(), row.top() + (row.height() - MARK) // 2, mark)
        font = QFont(painter.font())
        font.setWeight(QFont.Weight.Normal)
        painter.setFont(font)
        role = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.PlaceholderText
        painter.setPen(palette.color(role))
        accepted, proposed = entry.counts
        text = self.tr("%n object(s)", "", accepted) if accepted else ""
        if proposed:
            waiting = translate("Files", "%n proposed", "", proposed)
            text = f"{accepted} + {waiting}" if accepted else waiting
        _draw_beside_mark(painter, row, _with_status(entry.status, text))


def _with_status(status: ImageStatus, objects: str) -> str:
    """What was said of the image, and what is on it; of one that is open the objects tell."""
    words = translate("Files", STATUSES[status])
    if not objects:
        return translate("Files", EMPTY_DONE) if status is ImageStatus.DONE else words
    decided = status in (ImageStatus.DONE, ImageStatus.SKIPPED)
    return f"{words} · {objects}" if decided else objects


def _draw_beside_mark(painter: QPainter, row: QRect, text: str) -> None:
    place = row.adjusted(MARK + 6, 0, 0, 0)
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, place.width())
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, shown)
