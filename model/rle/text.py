"""The numbers inside COCO's compressed counts: groups of five bits, as characters."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from model.messages import BadValueError

FIRST_CHARACTER = 48
MORE = 32
SIGN = 16
MAX_GROUPS = 7
"""A number of 32 bits and its sign need no more than seven groups of five bits."""


def values_to_counts(values: npt.NDArray[np.int64]) -> str:
    """Characters for ``values`` (N,), each in -2**34 to 2**34 - 1, in as few groups as it needs."""
    # A negative number needs as many groups as its complement, both with one bit more for the sign.
    magnitude = np.where(values < 0, ~values, values)
    groups = 1
    while groups < MAX_GROUPS and magnitude.size and magnitude.max() >> (5 * groups - 1):
        groups += 1
    shifts = 5 * np.arange(groups)
    text = ((values[:, None] >> shifts) & 31) + FIRST_CHARACTER
    follows = (magnitude[:, None] >> (shifts + 4)) > 0
    text[follows] += MORE
    written = np.ones(text.shape, np.bool_)
    written[:, 1:] = follows[:, :-1]
    return text[written].astype(np.uint8).tobytes().decode("ascii")


def counts_to_values(counts: str | bytes) -> npt.NDArray[np.int64]:
    """The numbers in ``counts`` as (N,) int64, each in -2**34 to 2**34 - 1.

    Raises:
        ValueError: a character outside ``0`` to ``o``, a number without an end or of more than
            seven groups.
    """
    if isinstance(counts, str):
        if not counts.isascii():
            raise BadValueError("mask counts hold a character that is not ASCII")
        counts = counts.encode("ascii")
    if not counts:
        return np.zeros(0, np.int64)
    groups = np.frombuffer(counts, np.uint8) - np.uint8(FIRST_CHARACTER)
    if groups.max() > 63:  # below the first character the subtraction wraps around
        raise BadValueError("mask counts hold a character outside '0' to 'o'")
    last = (groups < MORE).nonzero()[0]
    if not last.size or last[-1] != groups.size - 1:
        raise BadValueError("mask counts end inside a number: the text is cut off")
    first = np.zeros_like(last)
    np.add(last[:-1], 1, out=first[1:])
    length = last - first + 1
    longest = int(length.max())
    if longest > MAX_GROUPS:
        raise BadValueError("mask counts hold a number that is too long")
    bits = (groups & 31).astype(np.int64)
    values = bits[first]
    for position in range(1, longest):
        longer = (length > position).nonzero()[0]
        values[longer] |= bits[first[longer] + position] << (5 * position)
    negative = (groups[last] & SIGN) > 0
    values[negative] -= np.int64(1) << (5 * length[negative])
    return values
