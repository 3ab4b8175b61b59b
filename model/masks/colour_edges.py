"""Where an outline lies by the colours on both sides of it.

Near an outline the network is unsure by a few pixels. What the object's and the ground's colours
are is known from what lies a little farther in and out: in between, how much more frequent a
pixel's colour is here than there is added to its logit, as GrabCut does with its mixtures (Rother,
Kolmogorov, Blake, SIGGRAPH 2004), with histograms instead of them. Then a guided filter with three
channels (He, Sun, Tang: Guided image filtering, IEEE TPAMI 35, 2013, equation 19) lets the outline
follow the edges of the image. Its coefficients are found at half the size (He, Sun: Fast guided
filter, arXiv 1505.00996).
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]
Bool = npt.NDArray[np.bool_]

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


def by_colours(logits: Float, pixels: Pixels) -> Float:
    """Logits as -1 to 1, near the outline with what the colours say.

    Args:
        logits: (h, w), foreground where > 0.
        pixels: (h, w, 3) uint8, the same place of the image.
    """
    result = np.asarray(np.tanh(logits * np.float32(STEEPNESS)), np.float32)
    mask = (logits > 0).view(np.uint8)
    band = round(min(BAND, max(1.0, BAND_SHARE * float(np.sqrt(np.count_nonzero(mask))))))
    inner, outer = cv2.erode(mask, _square(band)), cv2.dilate(mask, _square(band))
    within = inner > cv2.erode(inner, _square(RIM))
    around = cv2.dilate(outer, _square(RIM)) > outer
    on, off = _codes(pixels[within]), _codes(pixels[around])
    if min(len(on), len(off)) < LEAST:
        return result
    ratio = np.log((_frequencies(on) + RARE) / (_frequencies(off) + RARE))
    told = np.clip(ratio, -LIMIT, LIMIT) * np.float32(WEIGHT)
    unsure = outer > inner
    codes = _codes(pixels[unsure])
    result[unsure] = np.tanh(logits[unsure] * np.float32(STEEPNESS) + told[codes])
    result[within] = 1
    result[around] = -1
    return result


def _square(reach: int) -> Pixels:
    return np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)


def _codes(colours: Pixels) -> npt.NDArray[np.int32]:
    """(N, 3) colours -> (N,) which of 4,096 cells of the colour cube each lies in."""
    red, green, blue = (colours.astype(np.int32) >> 4).T
    return np.asarray((red * _LEVELS + green) * _LEVELS + blue, np.int32)


def _frequencies(codes: npt.NDArray[np.int32]) -> Float:
    """(4096,) shares of the cells, each with half of its neighbours': noise moves colours."""
    counts = np.bincount(codes, minlength=_LEVELS**3).astype(np.float32)
    cube = counts.reshape((_LEVELS,) * 3)
    for axis in range(3):
        plain = np.moveaxis(cube, axis, 0)
        smooth = plain.copy()
        smooth[1:] += plain[:-1] * np.float32(0.5)
        smooth[:-1] += plain[1:] * np.float32(0.5)
        cube = np.moveaxis(smooth, 0, axis)
    return np.asarray(cube.ravel() / cube.sum(), np.float32)


def guided_by_colours(values: Float, pixels: Pixels, radius: int) -> Float:
    """``values`` (h, w) as a linear function of the colours around each pixel, (h, w) float32.

    Args:
        pixels: (h, w, 3) uint8.
        radius: half the side of the square in which the function is one, in pixels.
    """
    rows, columns = values.shape
    if radius < 3:
        found = _coefficients(values, _planes(pixels), radius)
    else:
        half = (columns + 1) // 2, (rows + 1) // 2
        small = np.asarray(cv2.resize(pixels, half, interpolation=cv2.INTER_AREA), np.uint8)
        coarse = np.asarray(cv2.resize(values, half, interpolation=cv2.INTER_AREA), np.float32)
        found = [
            np.asarray(cv2.resize(each, (columns, rows)), np.float32)
            for each in _coefficients(coarse, _planes(small), radius // 2)
        ]
    result = found.pop()
    for slope, plane in zip(found, _planes(pixels), strict=True):
        slope *= plane
        result += slope
    return result


def _planes(pixels: Pixels) -> list[Float]:
    """The three channels, 0 to 1."""
    return [np.multiply(each, np.float32(1 / 255)) for each in cv2.split(pixels)]


def _coefficients(values: Float, planes: list[Float], radius: int) -> list[Float]:
    """The slopes along red, green and blue, and the value at black: four of (h, w)."""
    side = (2 * radius + 1, 2 * radius + 1)

    def mean(each: Float) -> Float:
        found = cv2.boxFilter(each, cv2.CV_32F, side, borderType=cv2.BORDER_REFLECT)
        return np.asarray(found, np.float32)

    means, average = [mean(each) for each in planes], mean(values)

    def together(i: int, j: int) -> Float:
        found = mean(planes[i] * planes[j])
        found -= means[i] * means[j]
        if i == j:
            found += EPSILON
        return found

    rr, rg, rb = together(0, 0), together(0, 1), together(0, 2)
    gg, gb, bb = together(1, 1), together(1, 2), together(2, 2)
    # The inverse of a symmetrical matrix by its cofactors.
    first = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    second = first[1], rr * bb - rb * rb, rb * rg - rr * gb
    third = first[2], second[2], rr * gg - rg * rg
    scale = 1 / (first[0] * rr + first[1] * rg + first[2] * rb)
    with_values = [mean(planes[n] * values) - means[n] * average for n in range(3)]
    slopes = [
        sum((a * b for a, b in zip(row, with_values, strict=True)), start=np.float32(0)) * scale
        for row in (first, second, third)
    ]
    for slope, middle in zip(slopes, means, strict=True):
        average -= slope * middle
    return [mean(np.asarray(each, np.float32)) for each in (*slopes, average)]
