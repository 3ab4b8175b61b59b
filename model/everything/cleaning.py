"""Small components and small holes of a mask (segment-anything, ``remove_small_regions``)."""

from __future__ import annotations

import cv2
import numpy as np

from model.masks.resampling import Bool


def cleaned(pixels: Bool, min_area: int) -> Bool:
    """``pixels`` (H, W) without holes and components of fewer than ``min_area`` pixels.

    Neighbours are the eight around a pixel. The largest component stays however small it is. What
    is background at the edge of the array is no hole, for it may go on beyond.
    """
    if min_area < 2 or not pixels.any():
        return pixels
    return _without_specks(_without_holes(pixels, min_area), min_area)


def _without_holes(pixels: Bool, min_area: int) -> Bool:
    background = np.pad(~pixels, 1, constant_values=True).astype(np.uint8)
    count, places, stats, _ = cv2.connectedComponentsWithStats(background, connectivity=8)
    small = stats[:, cv2.CC_STAT_AREA] < min_area
    small[0] = False
    small[places[0, 0]] = False
    return pixels if count <= 2 else np.asarray(pixels | small[places[1:-1, 1:-1]], np.bool_)


def _without_specks(pixels: Bool, min_area: int) -> Bool:
    count, places, stats, _ = cv2.connectedComponentsWithStats(
        pixels.astype(np.uint8), connectivity=8
    )
    if count <= 2:
        return pixels
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    kept = areas >= min_area
    kept[np.argmax(areas)] = True
    return np.asarray(kept[places], np.bool_)
