"""Whether memory is short, by what Linux, Windows and macOS say of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

LOG = logging.getLogger(__name__)
SCARCE = 0.06
"""Share of the memory below which what is free is left to others."""


class Memory(NamedTuple):
    """In bytes: what programs can get without others being pushed out, and all there is."""

    available: int
    total: int


def of_the_system() -> Memory:
    """What the system says now.

    Raises:
        OSError: it says nothing.
    """
    # Imported when first needed: the window does not wait for it.
    import psutil

    try:
        found = psutil.virtual_memory()
    except (psutil.Error, RuntimeError, ValueError, LookupError, AttributeError) as error:
        raise OSError(f"the memory cannot be told: {error}") from error
    return Memory(int(found.available), int(found.total))


def memory_is_scarce(read: Callable[[], Memory] = of_the_system) -> bool:
    """Whether other programs need what is left; not where nobody can say."""
    try:
        memory = read()
    except OSError as error:
        LOG.debug("%s", error)
        return False
    return memory.total > 0 and memory.available < SCARCE * memory.total
