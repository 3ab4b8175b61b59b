"""From low-res logits to the outline that an annotator would draw.

Within a few pixels the outline follows the colours of the image (``colour_edges``). What no
annotator would draw, specks and pinholes, is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from model.masks.colour_edges import RADIUS, RIM, Colours, by_colours, guided_by_colours
from model.masks.resampling import Part, mask_at_size, values_in_window
from model.transforms import PixelWindow, Transform

Float = npt.NDArray[np.float32]
Bool = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

RADIUS_SHARE = 0.1
"""No more than this share of the root of the mask's area."""
LONGEST = 512
"""Pixels of a guide's longer side, at most: what is finer than that is for a close-up."""
LONGEST_FAR = 384
"""The same of a large image seen whole, whose first click must not wait."""
SPECK_SHARE = 0.05
"""A component with less than this share of the mask is a speck."""
PINHOLE_SHARE = 0.01
"""A hole with less than this share of the mask is a pinhole."""
_BARELY = np.float32(1e-6)


@dataclass(frozen=True, slots=True, eq=False)
class Guide:
    """The image of what an encoder saw.

    Attributes:
        colours: of (h, w) pixels, RGB; h and w are the sides of what is seen, or fewer pixels.
        transform: what is seen, stretched to a square, so that logits of the guide's shape lie
            where the guide's pixels do.
    """

    colours: Colours
    transform: Transform

    @property
    def shape(self) -> tuple[int, int]:
        """(h, w)."""
        rows, columns = self.colours.cells.shape
        return rows, columns

    @property
    def size_bytes(self) -> int:
        """Memory it takes."""
        return self.colours.size_bytes

    @classmethod
    def of(cls, image: npt.NDArray[np.uint8], transform: Transform) -> Guide:
        """For logits of ``transform``, whose image is ``image`` (H, W, 3) uint8 RGB."""
        x0, y0, x1, y1 = transform.seen
        height, width = transform.seen_size
        far = transform.window is None and max(height, width) > 2 * LONGEST
        scale = min(1.0, (LONGEST_FAR if far else LONGEST) / max(height, width))
        size = max(1, round(height * scale)), max(1, round(width * scale))
        # Of a large image every other pixel will do: means of nine are as good as those of sixty.
        step = max(1, int(1 / (3 * scale)))
        # A copy: an embedding must not keep the whole image, nor change with it.
        seen = image[y0:y1:step, x0:x1:step].copy()
        if scale < 1:
            seen = np.asarray(cv2.resize(seen, size[::-1], interpolation=cv2.INTER_AREA), np.uint8)
        whole = Transform(transform.image_size, max(size), transform.window, stretched=True)
        return cls(Colours.of(seen), whole)


@dataclass(frozen=True, slots=True, eq=False)
class Outlined:
    """Logits whose outline is the mask's.

    Attributes:
        part: the logits.
        transform: where they lie.
        within: outside of it everything is background, x0, y0, x1, y1 in image pixels.
    """

    part: Part
    transform: Transform
    within: PixelWindow

    def mask(self) -> Bool:
        """(H, W) bool, of the whole image."""
        mask = mask_at_size(self.part, self.transform)
        x0, y0, x1, y1 = self.within
        mask[:y0] = mask[y1:] = False
        mask[:, :x0] = mask[:, x1:] = False
        return mask


def outlined(
    part: Part,
    transform: Transform,
    guide: Guide | None,
    on: Float,
    off: Float,
    box: Float | None = None,
    tidy: bool = True,
) -> Outlined:
    """The outline of a prompt's answer.

    Args:
        part, transform: low-res logits and where they lie.
        guide: what the outline follows; None to leave it as it is.
        on, off: (N, 2) clicks on and off the object, (x, y) in image pixels.
        box: x0, y0, x1, y1; cuts off what lies beyond it, unless a click on the object does, too.
        tidy: whether specks and pinholes are left out; what was clicked is none.
    """
    if guide is not None:
        found = guided(part, transform, guide, np.concatenate([on, off]))
        if found is not None:
            part, transform = found, guide.transform
    if tidy:
        part = without_specks(part, transform, on, off)
    return Outlined(part, transform, _within(box, on, transform.seen))


def _within(box: Float | None, on: Float, seen: PixelWindow) -> PixelWindow:
    if box is None or ((on < box[:2]) | (on > box[2:])).any():
        return seen
    x0, y0 = np.floor(box[:2]).astype(int).tolist()
    x1, y1 = np.ceil(box[2:]).astype(int).tolist()
    found = max(x0, seen[0]), max(y0, seen[1]), min(x1, seen[2]), min(y1, seen[3])
    return found if found[0] < found[2] and found[1] < found[3] else seen


def guided(part: Part, transform: Transform, guide: Guide, clicks: Float) -> Part | None:
    """Logits of the guide's shape whose outline follows the image; None where it stays as it is.

    Only around the mask is anything computed; all else is background. A small mask is followed in
    a smaller square, for a large one would take thin things away. What is said at ``clicks``,
    (N, 2) image pixels, is left as it is.
    """
    rows, columns = guide.shape
    coarse = values_in_window(part, transform, guide.transform.seen, (rows, columns))
    inside = coarse > 0
    radius = min(RADIUS, int(RADIUS_SHARE * np.sqrt(np.count_nonzero(inside))))
    if radius < 1:
        return None
    # The filter's reach, twice the radius, and what tells the ground's colours.
    top, left, bottom, right = _box_around(inside, 2 * radius + RIM + 5)
    near = coarse[top:bottom, left:right]
    colours = guide.colours.part(top, left, bottom, right)
    found = guided_by_colours(by_colours(near, colours.cells), colours, radius)
    result = Part(found, (top, left), (rows, columns))
    for row, column in _cells(result, guide.transform, clicks):
        if (found[row, column] > 0) != (near[row, column] > 0):
            around = np.s_[
                max(0, row - radius) : row + radius + 1,
                max(0, column - radius) : column + radius + 1,
            ]
            found[around] = near[around]
    return result


def _box_around(mask: Bool, reach: int) -> tuple[int, int, int, int]:
    """First and last row and column of a mask and ``reach`` more: top, left, bottom, right.

    The first ones are even.
    """
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    top, left = max(0, int(rows[0]) - reach) & ~1, max(0, int(columns[0]) - reach) & ~1
    bottom, right = int(rows[-1]) + 1 + reach, int(columns[-1]) + 1 + reach
    return top, left, min(bottom, mask.shape[0]), min(right, mask.shape[1])


def without_specks(
    part: Part, transform: Transform, on: npt.ArrayLike = (), off: npt.ArrayLike = ()
) -> Part:
    """Logits without the components and holes that no annotator would draw.

    A component with a click on it stays, and so does a hole with one off the object.

    Args:
        part: logits.
        transform: of the logits.
        on, off: (N, 2) clicks in image pixels, (x, y).
    """
    mask = part.logits > 0
    area = int(np.count_nonzero(mask))
    if not area:
        return part
    kept = _cells(part, transform, on), _cells(part, transform, off)
    found = _drawn_small(mask, area, kept)
    if found is None:
        specks = _small(mask, SPECK_SHARE * area, kept[0], keep_largest=True)
        holes = _small(~mask, PINHOLE_SHARE * area, kept[1], keep_largest=False)
    else:
        specks, holes = found
    if specks is None and holes is None:
        return part
    logits = part.logits.copy()
    flat = logits.ravel()
    if specks is not None:
        flat[specks] = -np.abs(flat[specks])
    if holes is not None:
        flat[holes] = np.abs(flat[holes]) + _BARELY
    return Part(logits, part.origin, part.shape)


def _drawn_small(
    mask: Bool, area: int, kept: tuple[Places, Places]
) -> tuple[Places | None, Places | None] | None:
    """Specks and pinholes by their outlines, which is several times quicker than ``_small``.

    Args:
        mask: with ``area`` pixels.
        kept: cells on and off the object, see ``_small``.

    Returns:
        As two calls of ``_small``; None where outlines do not tell.
    """
    lines, tree = cv2.findContours(mask.view(np.uint8), cv2.RETR_TREE, cv2.CHAIN_APPROX_NONE)
    signed = np.array([cv2.contourArea(line, oriented=True) for line in lines])
    steps = np.array([len(line) if len(line) > 1 else 0 for line in lines])
    # A line around a hole runs the other way, on the pixels beside it; the pixels that a line
    # surrounds are as many as Pick's theorem says.
    hole = signed > 0
    held = np.abs(signed) + np.where(hole, -0.5, 0.5) * steps + 1
    parents = tree[0, :, 3]
    inner = np.bincount(parents + 1, weights=held, minlength=len(held) + 1)[1:]
    least = np.where(hole, PINHOLE_SHARE, SPECK_SHARE) * area
    small = held - inner < least
    largest = int(np.argmax(np.where(hole, 0, held - inner)))
    # What lies inside a small piece is small, too; not so in a thin ring.
    if small[largest] or (small & (held >= least)).any():
        return None
    found = []
    for chosen, value, cells in ((small & ~hole, True, kept[0]), (small & hole, False, kept[1])):
        canvas = np.zeros(mask.shape, np.uint8)
        # One by one: of lines drawn together those inside others leave holes.
        for number in np.flatnonzero(chosen).tolist():
            cv2.drawContours(canvas, [lines[number]], 0, 1, cv2.FILLED)
        if canvas[cells[:, 0], cells[:, 1]].any():
            return None
        canvas[mask != value] = 0
        places = np.flatnonzero(canvas)
        found.append(places if len(places) else None)
    return found[0], found[1]


def _small(mask: Bool, least: float, kept: Places, keep_largest: bool) -> Places | None:
    """The components of ``mask`` below ``least`` pixels, without those that hold a cell of
    ``kept``, as places in the flat mask; None if there is none. Background at the border is no
    hole."""
    count, places, stats, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=8 if keep_largest else 4
    )
    areas = stats[:, cv2.CC_STAT_AREA]
    small = areas < least
    small[0] = False
    if keep_largest and count > 1:
        small[1 + int(np.argmax(areas[1:]))] = False
    if not keep_largest:
        for edge in (places[0], places[-1], places[:, 0], places[:, -1]):
            small[edge] = False
    for row, column in kept:
        small[places[row, column]] = False
    return np.flatnonzero(small[places]) if small.any() else None


def _cells(part: Part, transform: Transform, xy: npt.ArrayLike) -> Places:
    """Rows and columns of the samples nearest to places of the image, those inside the part."""
    places = np.asarray(xy, np.float64).reshape(-1, 2)
    per_pixel = np.array(part.shape[::-1]) / transform.input_size
    cells = np.floor(transform.to_input(places) * per_pixel)[:, ::-1].astype(np.intp)
    cells -= np.array(part.origin)
    inside = ((cells >= 0) & (cells < part.logits.shape)).all(axis=1)
    return cells[inside]
