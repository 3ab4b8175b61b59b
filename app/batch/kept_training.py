"""Where the proposer's training is kept while it runs, so that a killed one goes on."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from app.storage.atomic import make_directory, sweep_leftovers, write_atomic

EVERY_S = 2.0
KEPT_S = 30 * 86400.0
MAX_BYTES = 1 << 28
SUFFIX = ".safetensors"


class KeptTraining:
    """A file in the user's cache, replaced every few seconds. Where the cache refuses, none.

    Args:
        place: where the files of all trainings lie.
        clock: in seconds.
    """

    def __init__(self, place: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._place, self._clock = place, clock
        self._path: Path | None = None
        self._saved = clock()

    def load(self, run: str) -> bytes | None:
        """What was kept last of this training."""
        self._forget_old()
        self._path = self._place / f"{run}{SUFFIX}"
        try:
            with open(self._path, "rb") as file:
                return file.read(MAX_BYTES)
        except OSError:
            return None

    def due(self) -> bool:
        """Whether it was not kept for a while."""
        return self._clock() - self._saved >= EVERY_S

    def save(self, run: str, state: bytes) -> None:
        """Keep it in the place of what was there."""
        with contextlib.suppress(OSError):
            make_directory(self._place, private=True)
            write_atomic(self._place / f"{run}{SUFFIX}", state, durable=False, private=True)
        self._saved = self._clock()

    def close(self) -> None:
        """The training is done, and so is what was to be done with it."""
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _forget_old(self) -> None:
        sweep_leftovers(self._place)
        with contextlib.suppress(OSError):
            for path in self._place.glob(f"*{SUFFIX}"):
                if path.stat().st_mtime < time.time() - KEPT_S:
                    path.unlink()
