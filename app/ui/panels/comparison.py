"""Old and new side by side, and what differs, for an object that was segmented anew."""

from __future__ import annotations

import cv2
import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.core.document import Annotation
from app.core.mask import Bounds, Mask
from app.core.picture import Picture
from app.session.assembly import AppContext
from app.ui.action_set import ActionSet
from app.ui.canvas.veil import BOTH, NEW, OLD

SIDE = 84
SHARP = 2
ROOM = 0.12


class Pictures(QWidget):
    """New, old and difference in a row; the one on the canvas is framed."""

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: list[QImage] = []
        self._marked = 0
        self._titles = (self.tr("New"), self.tr("Old"), self.tr("Difference"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(", ".join(self._titles))

    def sizeHint(self) -> QSize:
        return QSize(3 * SIDE + 12, SIDE + 20)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, SIDE + 20)

    def put(self, images: list[QImage], marked: int) -> None:
        self._images, self._marked = images, marked
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        step = (self.width() + 6) / 3
        side = min(step - 6, float(SIDE))
        colors = self.palette()
        for number, image in enumerate(self._images):
            held = number == self._marked
            frame = QRectF(number * step + 1, 1, side - 2, side - 2)
            painter.drawImage(frame, image)
            role = QPalette.ColorRole.Highlight if held else QPalette.ColorRole.Mid
            painter.setPen(QPen(colors.color(role), 2.5 if held else 1.0))
            painter.drawRect(frame)
            painter.setPen(colors.color(QPalette.ColorRole.WindowText))
            place = QRectF(frame.left(), side + 1, frame.width(), 18)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self._titles[number])
        painter.end()


class Comparison(QWidget):
    """Seen only for an object with an older mask."""

    clicked = Signal()

    def __init__(
        self, context: AppContext, actions: ActionSet, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = context.session
        self._made_of: Annotation | None = None
        self._marked = 0
        self.pictures = Pictures(self)
        self.pictures.clicked.connect(self.clicked)
        tip = self.tr("Click to see the next of the three on the image  («review-compare»)")
        self.pictures.setToolTip(actions.filled(tip))
        self.words = QLabel(self)
        row = QHBoxLayout()
        for name in ("review-keep-old", "review-accept"):
            button = QToolButton(self)
            button.setDefaultAction(actions[name])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            row.addWidget(button)
        row.addStretch(1)
        actions["review-keep-old"].setIconText(self.tr("Keep old"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.pictures)
        column.addWidget(self.words)
        column.addLayout(row)
        self._images: list[QImage] = []

    def put(self, current: Annotation | None) -> None:
        """Show the two masks of this object, or nothing if it has only one."""
        picture = self._session.picture
        found = current.previous if current is not None else None
        old = found.mask if found is not None else None
        self.setVisible(old is not None and picture is not None)
        if current is self._made_of or current is None or old is None or picture is None:
            return
        self._made_of = current
        self._images = _images(picture, old, current.mask)
        iou = old.iou(current.mask)
        self.words.setText(self.tr("Old and new overlap with an IoU of {0}").format(f"{iou:.2f}"))
        self.pictures.put(self._images, self._marked)

    def mark(self, number: int) -> None:
        """Frame one of the three."""
        self._marked = number
        self.pictures.put(self._images, number)


def _images(picture: Picture, old: Mask, new: Mask) -> list[QImage]:
    box = _square(old.bounds, new.bounds, picture)
    stride = max(1, max(box[2] - box[0], box[3] - box[1]) // (SIDE * SHARP))
    pixels = picture.pixels[box[1] : box[3] : stride, box[0] : box[2] : stride]
    was, now = old.crop(box, stride), new.crop(box, stride)
    looks = (
        ((now, NEW),),
        ((was, OLD),),
        ((was & now, BOTH), (was & ~now, OLD), (now & ~was, NEW)),
    )
    result = []
    for look in looks:
        shown = pixels.astype(np.float32) * 0.75
        for where, color in look:
            ink = QColor(color)
            shown[where] = shown[where] * 0.5 + np.array((ink.red(), ink.green(), ink.blue())) * 0.5
        result.append(_fitted(np.asarray(shown, np.uint8)))
    return result


def _square(first: Bounds | None, second: Bounds | None, picture: Picture) -> Bounds:
    boxes = [box for box in (first, second) if box is not None]
    if not boxes:
        return 0, 0, picture.width, picture.height
    x0, y0 = min(box[0] for box in boxes), min(box[1] for box in boxes)
    x1, y1 = max(box[2] for box in boxes), max(box[3] for box in boxes)
    half = max(x1 - x0, y1 - y0, 8) * (0.5 + ROOM)
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return (
        max(0, int(x - half)),
        max(0, int(y - half)),
        min(picture.width, int(x + half) + 1),
        min(picture.height, int(y + half) + 1),
    )


def _fitted(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> QImage:
    """In the middle of a square of its own."""
    height, width = pixels.shape[:2]
    side = SIDE * SHARP
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    resized = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    card = np.full((side, side, 3), 30, np.uint8)
    top, left = (side - size[1]) // 2, (side - size[0]) // 2
    card[top : top + size[1], left : left + size[0]] = resized
    return QImage(card.data, side, side, 3 * side, QImage.Format.Format_RGB888).copy()
