"""One mask on the screen: the pending one, and the one under the mouse."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from app.core.mask import Mask
from app.ui.canvas.overlay import Argb, premultiplied
from app.ui.canvas.viewport import Bounds, Viewport

Bool = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SpriteStyle:
    """Attributes:
    color: of the fill, #rrggbb.
    opacity: of the fill.
    rim: device pixels of the bright edge inside the mask; 0 for none.
    halo: device pixels of the dark edge outside it, so that the bright one shows on bright ground.
    """

    color: str
    opacity: float = 0.45
    rim: int = 2
    halo: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """Colours for a box of device pixels: (h, w) premultiplied ARGB with its corner on screen."""

    x: int
    y: int
    pixels: Argb

    @property
    def box(self) -> Bounds:
        height, width = self.pixels.shape
        return self.x, self.y, self.x + width, self.y + height


def of_mask(mask: Mask, viewport: Viewport, style: SpriteStyle) -> Sprite | None:
    """The visible part of a mask of the whole image; None if nothing of it is on the screen."""
    if mask.bounds is None:
        return None
    margin = style.halo + style.rim + 1
    visible = viewport.visible_box
    grown = round(margin / viewport.scale) + 1
    x0 = max(mask.bounds[0] - grown, visible[0] - grown, 0)
    y0 = max(mask.bounds[1] - grown, visible[1] - grown, 0)
    x1 = min(mask.bounds[2] + grown, visible[2] + grown, mask.width)
    y1 = min(mask.bounds[3] + grown, visible[3] + grown, mask.height)
    if x0 >= x1 or y0 >= y1:
        return None
    stride = max(1, int(1 / viewport.scale))
    # Rows of the stride's grid, so that panning never changes which pixels are looked at.
    x0, y0 = x0 - x0 % stride, y0 - y0 % stride
    pixels = mask.crop((x0, y0, x1, y1), stride)
    return of_pixels(pixels, (x0, y0, stride), viewport, style)


def of_pixels(
    pixels: Bool, place: tuple[float, float, float], viewport: Viewport, style: SpriteStyle
) -> Sprite | None:
    """Pixels (h, w) that cover the image from (x, y), ``step`` image pixels each.

    Args:
        pixels: what is foreground.
        place: x, y, step in image pixels.
        viewport: where the image lies.
        style: the colours.
    """
    x, y, step = place
    height, width = pixels.shape
    if not height or not width:
        return None
    margin = style.halo + 1
    left, top, right, bottom = viewport.device_box(x, y, x + width * step, y + height * step)
    left, top = max(left - margin, -margin), max(top - margin, -margin)
    right, bottom = right + margin, bottom + margin
    if left >= right or top >= bottom:
        return None
    columns = _samples(left, right, viewport.x, viewport.scale, x, step)
    rows = _samples(top, bottom, viewport.y, viewport.scale, y, step)
    inside_x = np.flatnonzero((columns >= 0) & (columns < width))
    inside_y = np.flatnonzero((rows >= 0) & (rows < height))
    # An even number of columns: colours are looked up for two pixels at once.
    shown = np.zeros((bottom - top, (right - left + 1) // 2 * 2), np.uint8)
    if len(inside_x) and len(inside_y):
        part = shown[inside_y[0] : inside_y[-1] + 1, inside_x[0] : inside_x[-1] + 1]
        part[:] = _taken(pixels.view(np.uint8), rows[inside_y], columns[inside_x])
    return Sprite(left, top, _colored(shown, style))


def _taken(
    source: npt.NDArray[np.uint8], rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]
) -> npt.NDArray[np.uint8]:
    """``source[rows][:, columns]``, whole lines of memory at a time."""
    if source.flags.f_contiguous:
        upright = np.asarray(cv2.transpose(np.take(source.T, columns, axis=0)), np.uint8)
        return np.take(upright, rows, axis=0)
    return np.take(np.take(source, rows, axis=0), columns, axis=1)


def _samples(
    start: int, stop: int, offset: int, scale: float, origin: float, step: float
) -> npt.NDArray[np.intp]:
    """Which sample lies under the centre of each device pixel."""
    places = (np.arange(start, stop) + (0.5 - offset)) / scale
    found: npt.NDArray[np.intp] = np.floor((places - origin) / step).astype(np.intp)
    return found


def _colored(shown: npt.NDArray[np.uint8], style: SpriteStyle) -> Argb:
    """Each pixel's colour: outside, in the halo, in the rim, inside."""
    inner = outer = shown
    if style.rim:
        border = cv2.BORDER_CONSTANT
        eroded = cv2.erode(shown, _disc(style.rim), borderType=border, borderValue=(0,))
        inner = np.asarray(eroded, np.uint8)
    if style.halo:
        outer = np.asarray(cv2.dilate(shown, _disc(style.halo)), np.uint8)
    depth = shown + inner
    depth += outer
    halo, rim = premultiplied("#000000", 0.75), premultiplied("#ffffff", 1.0)
    fill = premultiplied(style.color, style.opacity)
    table = _pairs(halo, rim, fill)
    # Clipping is not needed; it only spares numpy the check of every pair.
    return np.take(table, depth.view(np.uint16), mode="clip").view(np.uint32)


@lru_cache(64)
def _pairs(halo: int, rim: int, fill: int) -> npt.NDArray[np.uint64]:
    """The colours of two neighbours by their depths, 0 to 3, read as one number."""
    colors = np.array([0, halo, rim, fill], np.uint32)
    depths = np.array([(one, other) for one in range(4) for other in range(4)], np.uint8)
    table = np.zeros(int(depths.view(np.uint16).max()) + 1, np.uint64)
    table[depths.view(np.uint16)[:, 0]] = colors[depths].view(np.uint64)[:, 0]
    table.setflags(write=False)
    return table


def _disc(radius: int) -> npt.NDArray[np.uint8]:
    shape = cv2.MORPH_ELLIPSE if radius > 1 else cv2.MORPH_CROSS
    return np.asarray(cv2.getStructuringElement(shape, (2 * radius + 1, 2 * radius + 1)), np.uint8)
