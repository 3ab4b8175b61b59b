"""The model's answers to one click, to choose from by sight, score and key."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QImage, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QWidget

from app.session.mask.candidates import Candidate
from app.ui.canvas.pyramid import Pyramid
from app.ui.canvas.scene import Scene

SIDE = 104
CAPTION = 24
GAP = 8
PAD = 8
ROOM = 1.35
RESOLUTION = 2 * SIDE
"""Pixels a side, so that the cards are crisp on dense screens too."""

Pixels = npt.NDArray[np.uint8]


class CandidateCards(QWidget):
    """A card for each answer: its mask on the picture, its key, the IoU the model expects.

    ``chosen`` carries the number of the card clicked, counted from 0.
    """

    chosen = Signal(int)

    def __init__(self, scene: Scene, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = scene
        self._images: list[QImage] = []
        self._made_from: tuple[Candidate, ...] = ()
        self._made_on: Pyramid | None = None
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("Answers"))
        self.setToolTip(self.tr("Answers of the model: 1, 2, 3 or Tab choose. The number is "
                                "the overlap with the object that the model expects."))  # fmt: skip
        scene.pending_changed.connect(self.refresh)
        scene.picture_changed.connect(self.refresh)
        self.hide()

    def sizeHint(self) -> QSize:
        count = max(1, len(self._made_from))
        return QSize(2 * PAD + count * SIDE + (count - 1) * GAP, 2 * PAD + SIDE + CAPTION)

    @Slot()
    def refresh(self) -> None:
        candidates, pyramid = self._scene.mask_editor.candidates, self._scene.pyramid
        if len(candidates) < 2 or pyramid is None:
            self.hide()
            self._made_from = ()
            return
        if candidates is not self._made_from or pyramid is not self._made_on:
            self._made_from, self._made_on = candidates, pyramid
            self._images = self._cards(candidates)
            scores = ", ".join(f"{n}: {c.predicted_iou:.2f}" for n, c in enumerate(candidates, 1))
            self.setAccessibleDescription(scores)
        self.resize(self.sizeHint())
        self.place()
        self.show()
        self.raise_()
        self.update()

    def place(self) -> None:
        """Into the top right corner of what it floats on."""
        parent = self.parentWidget()
        if parent is not None:
            self.move(parent.width() - self.width() - 12, 12)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = int((event.position().x() - PAD) // (SIDE + GAP))
        if 0 <= number < len(self._made_from):
            self.chosen.emit(number)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        palette = self.palette()
        ground = palette.color(QPalette.ColorRole.Window)
        ground.setAlpha(235)
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Mid), 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        for number, (image, candidate) in enumerate(
            zip(self._images, self._made_from, strict=True)
        ):
            self._paint_card(painter, number, image, candidate)
        painter.end()

    def _paint_card(
        self, painter: QPainter, number: int, image: QImage, candidate: Candidate
    ) -> None:
        palette = self.palette()
        held = number == self._scene.mask_editor.chosen
        x = PAD + number * (SIDE + GAP)
        frame = QRectF(x, PAD, SIDE, SIDE)
        painter.drawImage(frame, image)
        accent = palette.color(QPalette.ColorRole.Highlight)
        line = palette.color(QPalette.ColorRole.Mid)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(accent if held else line, 3.0 if held else 1.0))
        painter.drawRect(frame)
        caption = QRectF(x, PAD + SIDE + 5, SIDE, CAPTION - 5)
        key = QRectF(caption.left(), caption.top(), 20, caption.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent if held else palette.color(QPalette.ColorRole.Button))
        painter.drawRoundedRect(key, 4, 4)
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold if held else QFont.Weight.Normal)
        painter.setFont(font)
        role = QPalette.ColorRole.HighlightedText if held else QPalette.ColorRole.ButtonText
        painter.setPen(palette.color(role))
        painter.drawText(key, Qt.AlignmentFlag.AlignCenter, str(number + 1))
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        text = self.tr("IoU {0}").format(f"{candidate.predicted_iou:.2f}")
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(caption, right, text)

    def _cards(self, candidates: tuple[Candidate, ...]) -> list[QImage]:
        """Each mask on the same part of the picture, so that they can be compared."""
        pyramid = self._scene.pyramid
        if pyramid is None:
            return []
        union = np.logical_or.reduce([each.thumbnail for each in candidates])
        box = _square(union)
        # The smallest reduction that still fills a card.
        where = _within(candidates[0].place, box)
        parts = (_cut(level, where) for level in reversed(pyramid.levels))
        enough = (each for each in parts if max(each.shape[:2]) >= RESOLUTION)
        part = next(enough, None)
        if part is None:
            part = _cut(pyramid.levels[0], where)
        color = QColor(self._scene.pending_color)
        return _painted(part, [_cut(each.thumbnail.view(np.uint8), box) for each in candidates],
                        color)  # fmt: skip


def _square(mask: npt.NDArray[np.bool_]) -> tuple[float, float, float, float]:
    """A box around the foreground with room, as fractions of the image; square where possible."""
    height, width = mask.shape
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return 0.0, 0.0, 1.0, 1.0
    side = max(rows[-1] - rows[0], columns[-1] - columns[0], 8) * ROOM
    middle_y, middle_x = (rows[0] + rows[-1] + 1) / 2, (columns[0] + columns[-1] + 1) / 2
    x0, y0 = max(0.0, middle_x - side / 2), max(0.0, middle_y - side / 2)
    x1, y1 = min(float(width), middle_x + side / 2), min(float(height), middle_y + side / 2)
    return x0 / width, y0 / height, x1 / width, y1 / height


def _within(
    place: tuple[float, float, float, float], box: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """``box``, in fractions of ``place``, in fractions of what ``place`` is a part of."""
    width, height = place[2] - place[0], place[3] - place[1]
    x0, y0, x1, y1 = box
    return (
        place[0] + x0 * width,
        place[1] + y0 * height,
        place[0] + x1 * width,
        place[1] + y1 * height,
    )


def _painted(part: Pixels, masks: Sequence[Pixels], color: QColor) -> list[QImage]:
    """A part of the picture with each mask over it, ``RESOLUTION`` a side, the rest dark."""
    scale = RESOLUTION / max(part.shape[:2])
    size = max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale))
    pixels = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.float32)
    tint = np.array([color.red(), color.green(), color.blue()], np.float32)
    inside, outside = (pixels * 0.5 + tint * 0.5).astype(np.uint8), (pixels * 0.55).astype(np.uint8)
    return [_card(mask, inside, outside) for mask in masks]


def _card(mask: Pixels, inside: Pixels, outside: Pixels) -> QImage:
    height, width = inside.shape[:2]
    over = np.asarray(cv2.resize(mask * np.uint8(255), (width, height))) > 127
    edge = cv2.morphologyEx(over.view(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    card = np.full((RESOLUTION, RESOLUTION, 3), 30, np.uint8)
    top, left = (RESOLUTION - height) // 2, (RESOLUTION - width) // 2
    shown = card[top : top + height, left : left + width]
    shown[:] = np.where(over[..., None], inside, outside)
    shown[np.asarray(edge) > 0] = 255
    form = QImage.Format.Format_RGB888
    return QImage(card.data, RESOLUTION, RESOLUTION, 3 * RESOLUTION, form).copy()


def _cut(array: Pixels, box: tuple[float, float, float, float]) -> Pixels:
    height, width = array.shape[:2]
    x0, y0 = int(box[0] * width), int(box[1] * height)
    x1, y1 = max(x0 + 1, round(box[2] * width)), max(y0 + 1, round(box[3] * height))
    return np.ascontiguousarray(array[y0:y1, x0:x1])
