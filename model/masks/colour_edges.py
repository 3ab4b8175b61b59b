"""Where an outline lies by the colours on both sides of it.

Near an outline the network is unsure by a few pixels. What the object's and the ground's colours
are is known from what lies a little farther in and out: in between, how much more frequent a
pixel's colour is here than there is added to its logit, as GrabCut does with its mixtures (Rother,
Kolmogorov, Blake, SIGGRAPH 2004), with histograms instead of them. Then a guided filter with three
channels (He, Sun, Tang: Guided image filtering, IEEE TPAMI 35, 2013, equation 19) lets the outline
follow the edges of the image. Its coefficients are found at half the size (He, Sun: Fast guided
filter, arXiv 1505.00996). What of both depends on the image alone is found once for all its masks
(``Colours``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]
Bool = npt.NDArray[np.bool_]
Cells = npt.NDArray[np.uint16]
Number = TypeVar("Number", np.uint8, np.float32)

RADIUS = 4
"""Half the side of the filter's square in pixels, for all but small masks."""
HALVED = 3
"""From this radius on the filter's coefficients are found at half the size."""
BAND = 6
"""How far from the outline colours decide, in pixels, for all but small masks."""
BAND_SHARE = 0.04
"""No more than this share of the root of the mask's area, but at least a pixel."""
RIM = 8
"""How much of what lies farther in and farther out tells the colours, in pixels."""
LEAST = 20
"""With fewer pixels on one of the sides, nothing is known of its colours."""
STEEPNESS = 0.375
"""What a logit counts beside the colours."""
WEIGHT = 0.3
"""What the logarithm of the ratio of two colours' frequencies counts."""
LIMIT = 3.0
"""Of that logarithm: colours seen on one side alone are no proof."""
RARE = np.float32(2e-4)
"""Added to frequencies: a colour that was not seen may have been missed."""
EPSILON = np.float32(1e-3)
"""Variance of values of 0 to 1, below which an area counts as plain."""
_LEVELS = 16


def cells_of(channels: Pixels) -> Cells:
    """(3, h, w) uint8 colours -> (h, w), which of 4,096 cells of the colour cube each lies in."""
    red, green, blue = channels & np.uint8(256 - 256 // _LEVELS)
    cells = red.astype(np.uint16) << np.uint16(4)
    cells |= green
    cells |= blue >> np.uint8(4)
    return np.asarray(cells, np.uint16)


def by_colours(logits: Float, cells: Cells) -> Float:
    """Logits as -1 to 1, near the outline with what the colours say.

    Args:
        logits: (h, w), foreground where > 0.
        cells: (h, w), see ``cells_of``, of the same place of the image.
    """
    result = np.asarray(logits * np.float32(STEEPNESS), np.float32)
    np.tanh(result, out=result)
    mask = (logits > 0).view(np.uint8)
    band = round(min(BAND, max(1.0, BAND_SHARE * float(np.sqrt(np.count_nonzero(mask))))))
    inner, outer = cv2.erode(mask, _square(band)), cv2.dilate(mask, _square(band))
    within = inner > cv2.erode(inner, _square(RIM))
    around = cv2.dilate(outer, _square(RIM)) > outer
    on, off = cells[within], cells[around]
    if min(len(on), len(off)) < LEAST:
        return result
    ratio = np.log((_frequencies(on) + RARE) / (_frequencies(off) + RARE))
    told = np.clip(ratio, -LIMIT, LIMIT) * np.float32(WEIGHT)
    unsure = np.flatnonzero(outer > inner)
    near = logits.ravel()[unsure] * np.float32(STEEPNESS)
    near += told[cells.ravel()[unsure]]
    result.ravel()[unsure] = np.tanh(near, out=near)
    result[within] = 1
    result[around] = -1
    return result


def _square(reach: int) -> Pixels:
    return np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)


def _frequencies(cells: Cells) -> Float:
    """(4096,) shares of the cells, each with half of its neighbours': noise moves colours."""
    counts = np.bincount(cells, minlength=_LEVELS**3).astype(np.float32)
    cube = counts.reshape((_LEVELS,) * 3)
    for axis in range(3):
        plain = np.moveaxis(cube, axis, 0)
        smooth = plain.copy()
        smooth[1:] += plain[:-1] * np.float32(0.5)
        smooth[:-1] += plain[1:] * np.float32(0.5)
        cube = np.moveaxis(smooth, 0, axis)
    return np.asarray(cube.ravel() / cube.sum(), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What an image gives to the least squares in the squares around its pixels.

    Attributes:
        channels: (3, h, w) uint8.
        radius: half the side of the squares, in pixels.
        means: (3, h, w) of the channels, as 0 to 1.
        inverse: (6, h, w) of their covariance: red red, red green, red blue, green green, green
            blue, blue blue.
    """

    channels: Pixels
    radius: int
    means: Float
    inverse: Float

    @classmethod
    def of(cls, channels: Pixels, radius: int) -> Fit:
        """All of it for an image."""
        planes = channels * np.float32(1 / 255)
        means = np.stack([_mean(each, radius) for each in planes])

        def together(i: int, j: int) -> Float:
            found = _mean(planes[i] * planes[j], radius)
            found -= means[i] * means[j]
            if i == j:
                found += EPSILON
            return found

        rr, rg, rb = together(0, 0), together(0, 1), together(0, 2)
        gg, gb, bb = together(1, 1), together(1, 2), together(2, 2)
        # The inverse of a symmetrical matrix by its cofactors.
        first = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
        rest = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
        inverse = np.stack([*first, *rest])
        inverse *= 1 / (first[0] * rr + first[1] * rg + first[2] * rb)
        return cls(channels, radius, means, inverse)

    def part(self, rows: slice, columns: slice) -> Fit:
        """That of a part of the image; at its border it knows what lies beyond."""
        at = slice(None), rows, columns
        return Fit(self.channels[at], self.radius, self.means[at], self.inverse[at])

    def coefficients(self, values: Float) -> list[Float]:
        """Of (h, w) values: the slopes along red, green and blue as 0 to 1, and the value at black,
        four of (h, w)."""
        average = _mean(values, self.radius)
        together = []
        for channel, middle in zip(self.channels, self.means, strict=True):
            found = _mean(values * channel, self.radius)
            found *= np.float32(1 / 255)
            found -= middle * average
            together.append(found)
        rr, rg, rb, gg, gb, bb = self.inverse
        slopes = []
        for row, middle in zip(((rr, rg, rb), (rg, gg, gb), (rb, gb, bb)), self.means, strict=True):
            slope = row[0] * together[0]
            slope += row[1] * together[1]
            slope += row[2] * together[2]
            average -= slope * middle
            slopes.append(slope)
        return [_mean(each, self.radius) for each in (*slopes, average)]


@dataclass(frozen=True, slots=True, eq=False)
class Colours:
    """What outlines need of an image, found once for all its masks.

    Attributes:
        channels: (3, h, w) uint8, red, green and blue.
        cells: see ``cells_of``.
        fit: at half the size, for the filter's usual radius.
    """

    channels: Pixels
    cells: Cells
    fit: Fit

    @classmethod
    def of(cls, pixels: Pixels) -> Colours:
        """All of it for (h, w, 3) ``pixels``."""
        channels = np.ascontiguousarray(np.moveaxis(pixels, 2, 0))
        half = np.stack([_halved(each) for each in channels])
        found = cls(channels, cells_of(channels), Fit.of(half, RADIUS // 2))
        for each in found._arrays:
            each.setflags(write=False)
        return found

    @property
    def _arrays(self) -> tuple[npt.NDArray[np.generic], ...]:
        return self.channels, self.cells, self.fit.channels, self.fit.means, self.fit.inverse

    @property
    def size_bytes(self) -> int:
        """Memory it takes."""
        return sum(each.nbytes for each in self._arrays)

    def part(self, top: int, left: int, bottom: int, right: int) -> Colours:
        """That of a part of the image.

        Raises:
            ValueError: its first row or column is odd.
        """
        if top % 2 or left % 2:
            raise ValueError(f"a part begins at even places, given row {top} and column {left}")
        at = slice(top, bottom), slice(left, right)
        halves = slice(top // 2, (bottom + 1) // 2), slice(left // 2, (right + 1) // 2)
        return Colours(self.channels[:, *at], self.cells[at], self.fit.part(*halves))


def guided_by_colours(values: Float, colours: Colours, radius: int) -> Float:
    """``values`` (h, w) as a linear function of the colours around each pixel, (h, w) float32.

    Args:
        colours: of the same place of the image.
        radius: half the side of the square in which the function is one, in pixels.
    """
    rows, columns = values.shape
    if radius < HALVED:
        *slopes, result = Fit.of(colours.channels, radius).coefficients(values)
        wide = None
    else:
        fit = colours.fit
        if fit.radius != radius // 2:
            fit = Fit.of(fit.channels, radius // 2)
        *slopes, result = fit.coefficients(_halved(values))
        # One array for all three: new ones of this size cost more than what is done with them.
        wide = np.empty((2 * result.shape[0], 2 * result.shape[1]), np.float32)
        result = _doubled(result, np.empty_like(wide))[:rows, :columns]
    for slope, channel in zip(slopes, colours.channels, strict=True):
        slope *= np.float32(1 / 255)
        if wide is not None:
            slope = _doubled(slope, wide)[:rows, :columns]
        slope *= channel
        result += slope
    return np.ascontiguousarray(result)


def _halved(plane: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """(h, w) as means of four; an odd last row or column counts twice."""
    rows, columns = plane.shape
    if rows % 2 or columns % 2:
        odd = (0, rows % 2, 0, columns % 2)
        plane = np.asarray(cv2.copyMakeBorder(plane, *odd, cv2.BORDER_REPLICATE), plane.dtype)
    half = (columns + 1) // 2, (rows + 1) // 2
    return np.asarray(cv2.resize(plane, half, interpolation=cv2.INTER_AREA), plane.dtype)


def _doubled(values: Float, into: Float) -> Float:
    return np.asarray(cv2.resize(values, into.shape[::-1], dst=into), np.float32)


def _mean(values: Float, radius: int) -> Float:
    side = (2 * radius + 1, 2 * radius + 1)
    found = cv2.boxFilter(values, cv2.CV_32F, side, borderType=cv2.BORDER_REFLECT)
    return np.asarray(found, np.float32)
