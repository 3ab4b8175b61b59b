"""Icons drawn by us, in the colour of the words beside them and sharp on every screen."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.ui.theme import Shades

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "icons"
SIZES = (16, 20, 24, 32, 48)


@cache
def _source(name: str) -> str:
    return (FOLDER / f"{name}.svg").read_text("utf-8")


def names() -> list[str]:
    """All there are."""
    return sorted(path.stem for path in FOLDER.glob("*.svg"))


@lru_cache(maxsize=2048)
def _image(name: str, color: str, side: int) -> QImage:
    """Drawn once for all windows; an image, unlike a pixmap, may outlive the application."""
    svg = _source(name).replace("currentColor", color)
    result = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg.encode("utf-8"))).render(painter, QRectF(0, 0, side, side))
    painter.end()
    return result


def pixmap(name: str, color: str, size: int, ratio: float = 1.0) -> QPixmap:
    """One icon in one colour, ``size`` logical pixels wide and high."""
    result = QPixmap.fromImage(_image(name, color, round(size * ratio)))
    result.setDevicePixelRatio(ratio)
    return result


def icon(name: str, shades: Shades, color: str | None = None) -> QIcon:
    """For menus, buttons and lists, with its switched-off and chosen looks."""
    result = QIcon()
    # What is muted on its own ground could hardly be seen on that of a chosen row.
    chosen = shades.on_accent if color in (None, shades.muted) else color
    for size in SIZES:
        normal = pixmap(name, color or shades.text, size)
        result.addPixmap(normal, QIcon.Mode.Normal)
        result.addPixmap(pixmap(name, shades.faint, size), QIcon.Mode.Disabled)
        result.addPixmap(pixmap(name, chosen, size), QIcon.Mode.Selected)
    return result
