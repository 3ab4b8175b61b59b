"""Colours that people with and without colour blindness tell apart, on dark and light photographs.

The first seven are those of Okabe and Ito ("Color Universal Design", 2008) without black. The
next five were chosen by search: the colours farthest from all before them, by the smallest CIELAB
distance over normal sight and full protanopia, deuteranopia and tritanopia (matrices of Machado,
Oliveira and Fernandes, 2009), with a lightness of 38 to 90 so that neither black nor white swallows
them. Those after them are made: hues a golden angle apart, in rings of lightness and strength, so
that neighbours differ much and none comes twice.
"""

from __future__ import annotations

import colorsys
import itertools
import math
from collections.abc import Iterable, Iterator
from functools import cache

PALETTE: tuple[str, ...] = (
    "#e69f00",
    "#56b4e9",
    "#009e73",
    "#f0e442",
    "#0072b2",
    "#d55e00",
    "#cc79a7",
    "#8800ff",
    "#00ffcc",
    "#994433",
    "#aaee88",
    "#bb55ff",
)
GOLDEN = 0.6180339887498949
RINGS = ((0.62, 0.95), (0.42, 0.75), (0.74, 0.55), (0.52, 0.40), (0.66, 0.75), (0.36, 1.0))
"""Lightness and saturation; the next ring begins with each turn of as many hues as it tells."""
A_RING = 13
FAR = 24.0
"""CIELAB distance that made colours begin with; side by side a difference of 2.3 is seen."""


@cache
def _made() -> tuple[list[str], set[str], Iterator[str]]:
    """Colours made so far, the same as a set, and what makes more."""
    return list(PALETTE), set(PALETTE), _candidates()


def color_number(place: int) -> str:
    """The colour at a place from 0 on, the same always; no two places have the same."""
    made, known, more = _made()
    while len(made) <= place:
        color = next(more)
        if color not in known and _is_far(color, made):
            made.append(color)
            known.add(color)
    return made[place]


def distinct_colors(taken: Iterable[str]) -> Iterator[str]:
    """Colours in the order of the palette without end, none of them ``taken`` and none twice."""
    used = set(taken)
    return (color for place in itertools.count() if (color := color_number(place)) not in used)


def _candidates() -> Iterator[str]:
    hue = 0.07
    for number in itertools.count():
        lightness, strength = RINGS[number // A_RING % len(RINGS)]
        hue = (hue + GOLDEN) % 1.0
        # Turn after turn all of them move a little, so that no colour is met again.
        shift = 0.11 * ((number // (A_RING * len(RINGS))) * GOLDEN % 1.0) - 0.055
        red, green, blue = colorsys.hls_to_rgb(hue, lightness + shift, strength)
        yield f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def _is_far(color: str, made: list[str]) -> bool:
    """Whether it is far from those before it; less is asked for the more there are."""
    least = FAR / (1 + len(made) / 60)
    # Beyond some hundreds nobody tells them apart: that they are not equal is all that is asked.
    if len(made) > 256:
        return True
    seen = 36 <= _lab(color)[0] <= 92
    return seen and all(distance(color, other) >= least for other in made)


def distance(one: str, other: str) -> float:
    """How different two colours look, in CIELAB: black and white are 100 apart."""
    return math.dist(_lab(one), _lab(other))


@cache
def _lab(color: str) -> tuple[float, float, float]:
    """CIELAB (D65) of ``#rrggbb``."""
    values = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)
