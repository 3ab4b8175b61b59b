"""How far a piece of work is, told to whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Takes parts done and parts in all; may raise to stop the work."""


def no_progress(done: int, total: int) -> None:
    """Nobody wants to know."""
