"""Colours that people with and without colour blindness tell apart, on dark and light photographs.

The first seven are those of Okabe and Ito ("Color Universal Design", 2008) without black. The
others were chosen by search: the colours farthest from all before them, by the smallest CIELAB
distance over normal sight and full protanopia, deuteranopia and tritanopia (matrices of Machado,
Oliveira and Fernandes, 2009), with a lightness of 38 to 90 so that neither black nor white swallows
them.
"""

from __future__ import annotations

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
