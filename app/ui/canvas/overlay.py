"""The masks of all objects in colour: slots on the screen become pixels by two tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from app.core.document import Annotation, State
from app.core.labels import LabelSet, color_for
from app.ui.canvas.object_map import ObjectMap, Slots
from app.ui.canvas.viewport import Bounds, Viewport

Argb = npt.NDArray[np.uint32]
WHITE, BLACK = "#ffffff", "#000000"
PROPOSED = 0.35
"""Share of the opacity that the area of a proposal has between its stripes."""
STRIPE, DASH = 7, 10
"""From one stripe, and from one dash, to the next, in widths of an edge."""


@dataclass(frozen=True, slots=True)
class OverlayStyle:
    """How masks are shown.

    Attributes:
        by_label: colours by label, else each object its own.
        opacity: of the fill, 0 to 1.
        outline: whether edges are drawn.
        selection: ids drawn with a white edge.
        deciding: whether all proposals of the image are decided on at once: selected ones are
            filled as what is accepted, of the others the edge alone is seen, and the image
            inside it as it is.
    """

    by_label: bool = True
    opacity: float = 0.4
    outline: bool = True
    selection: frozenset[int] = frozenset()
    deciding: bool = False

    def area_shares(self, chosen: bool, proposed: bool) -> tuple[float, float]:
        """How much of the opacity the area of such an object has between its stripes, and on
        them."""
        if not proposed or (self.deciding and chosen):
            return 1.0, 1.0
        return (0.0, 0.0) if self.deciding else (PROPOSED, 1.0)


@lru_cache(4096)
def premultiplied(color: str, alpha: float) -> int:
    """0xAARRGGBB for QImage's premultiplied format; ``color`` is #rrggbb."""
    a = round(min(max(alpha, 0.0), 1.0) * 255)
    r, g, b = (int(color[n : n + 2], 16) * a // 255 for n in (1, 3, 5))
    return a << 24 | r << 16 | g << 8 | b


def color_of(annotation: Annotation, labels: LabelSet, by_label: bool) -> str:
    """The colour of an object, #rrggbb."""
    if by_label:
        return labels.label(annotation.label_id).color
    return color_for(annotation.id)


@dataclass(frozen=True, slots=True, eq=False)
class Colors:
    """Tables by slot, (S,) each.

    Attributes:
        fill, line: colours of area and edge, premultiplied.
        stripe: colour of the stripes over what is only proposed.
        gap: colour between the dashes around what is only proposed; 0 leaves what is below.
        proposed: whether the object is only proposed: its edge is dashed, its area striped.
    """

    fill: Argb
    line: Argb
    stripe: Argb
    gap: Argb
    proposed: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, objects: ObjectMap, labels: LabelSet, style: OverlayStyle) -> Colors:
        fill, line, stripe, gap = np.zeros((4, len(objects.objects)), np.uint32)
        proposed = np.zeros(len(objects.objects), np.bool_)
        for slot, annotation in enumerate(objects.objects):
            if annotation is None:
                continue
            color = color_of(annotation, labels, style.by_label)
            chosen = annotation.id in style.selection
            proposed[slot] = annotation.state is State.PROPOSED
            opacity = style.opacity + 0.15 * chosen
            between, on = style.area_shares(chosen, bool(proposed[slot]))
            stripe[slot] = premultiplied(color, opacity * on)
            fill[slot] = premultiplied(color, opacity * between)
            # White alone is not seen on a bright ground.
            gap[slot] = premultiplied(BLACK, 1.0) if chosen else fill[slot]
            if style.outline or chosen or (style.deciding and proposed[slot]):
                line[slot] = premultiplied(WHITE if chosen else color, 1.0)
            else:
                line[slot] = fill[slot]
        return cls(fill, line, stripe, gap, proposed)


def render(
    objects: ObjectMap, colors: Colors, viewport: Viewport, box: Bounds, thickness: int
) -> Argb:
    """The device pixels of ``box``, (h, w) premultiplied ARGB.

    Args:
        thickness: device pixels of the edges, inside each object.
    """
    t = thickness
    x0, y0, x1, y1 = box
    slots = sampled(objects, viewport, (x0 - t, y0 - t, x1 + t, y1 + t))
    inner = slots[t:-t, t:-t]
    result = np.take(colors.fill, inner)
    if not inner.any():
        return result
    edge = _edges(slots, t)
    if colors.proposed.any():
        proposed = np.take(colors.proposed, inner)
        along = _diagonal(viewport, box)
        striped = proposed & (along % (STRIPE * t) < t)
        result[striped] = np.take(colors.stripe, inner[striped])
        gap = edge & proposed & (along % (DASH * t) >= DASH * t * 3 // 5)
        result[gap] = np.take(colors.gap, inner[gap])
        edge &= ~gap
    result[edge] = np.take(colors.line, inner[edge])
    return result


def _diagonal(viewport: Viewport, box: Bounds) -> npt.NDArray[np.intp]:
    """x + y of each device pixel of ``box``, counted from the image's corner: it pans with it."""
    columns = np.arange(box[0] - viewport.x, box[2] - viewport.x)
    rows = np.arange(box[1] - viewport.y, box[3] - viewport.y)
    return rows[:, None] + columns[None, :]


def sampled(objects: ObjectMap, viewport: Viewport, box: Bounds) -> Slots:
    """The slot under the centre of each device pixel of ``box``; 0 outside the image."""
    x0, y0, x1, y1 = box
    first_column, columns = _indices(x0, x1, viewport.x, viewport.scale, viewport.image_width)
    first_row, rows = _indices(y0, y1, viewport.y, viewport.scale, viewport.image_height)
    result = np.zeros((y1 - y0, x1 - x0), objects.slots.dtype)
    if not len(columns) or not len(rows):
        return result
    columns //= objects.stride
    rows //= objects.stride
    # Rows first, as they are contiguous, and of them only the columns in question.
    left, right = int(columns[0]), int(columns[-1]) + 1
    lines = np.take(objects.slots[:, left:right], rows, axis=0)
    part = np.take(lines, columns - left, axis=1)
    result[first_row : first_row + len(rows), first_column : first_column + len(columns)] = part
    return result


def _indices(
    start: int, stop: int, offset: int, scale: float, length: int
) -> tuple[int, npt.NDArray[np.intp]]:
    """The image columns under device columns start to stop, and how many before are outside."""
    places = np.floor((np.arange(start, stop) + (0.5 - offset)) / scale).astype(np.intp)
    inside = (places >= 0) & (places < length)
    return (int(np.argmax(inside)) if inside.any() else 0), places[inside]


def _edges(slots: Slots, t: int) -> npt.NDArray[np.bool_]:
    """Where a slot other than 0 meets another one within ``t`` pixels; (h - 2t, w - 2t) bool."""
    inner = slots[t:-t, t:-t]
    edge = np.zeros(inner.shape, np.bool_)
    height, width = slots.shape
    for step in range(1, t + 1):
        for dy, dx in ((step, 0), (-step, 0), (0, step), (0, -step)):
            moved = slots[t + dy : height - t + dy, t + dx : width - t + dx]
            edge |= inner != moved
    edge &= inner != 0
    return edge
