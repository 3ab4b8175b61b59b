"""The model in use and the one before it, as far as memory allows; used by one thread."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from pathlib import Path

from app.inference.memory import Memory, of_the_system
from app.inference.questions import Choice
from model.interface import Model, ModelError
from model.loading import resolve

LOG = logging.getLogger(__name__)
IMAGE_BYTES = 500_000_000
LEFT_TO_OTHERS = 0.1
"""Share of the memory that keeping a second model must leave."""
_SHORT = ("out of memory", "can't allocate", "cannot allocate", "bad_alloc", "failed to allocate")
_Stamp = tuple[int, int] | None


def memory_needed(size_bytes: int) -> int:
    """About what a model takes, in bytes, whose files have ``size_bytes``.

    While it loads its weights are there twice, as they are read and as they run; an image takes
    a few hundred megabytes more (``tests/bench/model_memory.py``).
    """
    return 2 * size_bytes + IMAGE_BYTES


class LoadedModels:
    """At most two models; the one before the newest stays while there is room for both.

    Args:
        load: makes a model.
        memory: what the system has; raises OSError where nobody can say, and then only one is kept.

    Attributes:
        let_go: the choice that the newest one took the place of in memory; None if none had to go.
    """

    def __init__(
        self, load: Callable[[Choice], Model], memory: Callable[[], Memory] = of_the_system
    ) -> None:
        self._load = load
        self._memory = memory
        # The newest at the end.
        self._held: list[tuple[Choice, _Stamp, Model]] = []
        self.let_go: Choice | None = None

    @property
    def beside(self) -> Choice | None:
        """The one that is kept though it is not in use."""
        return self._held[-2][0] if len(self._held) > 1 else None

    def use(self, choice: Choice) -> Model:
        """The model of ``choice``, at once if it is kept and its file is the same still.

        Raises:
            Exception: what loading it raised; what was in use before is kept then.
        """
        self.let_go = None
        stamp = _stamp_of(choice.source)
        # Nothing here may hold a model but the list: what is let go must be free at once.
        # A server is connected to anew: its token or its model may be another one by now.
        kept = [
            _runs_as(held, choice) and then == stamp and not choice.served
            for held, then, _ in self._held
        ]
        if any(kept):
            self._held.append(self._held.pop(kept.index(True)))
            return self._held[-1][2]
        # One and the same model is not kept twice, on two devices or from before it was replaced.
        self._held = [each for each in self._held if each[0].source != choice.source][-1:]
        if self._held and not self._has_room_for(choice):
            self._let_go()
        model = self._loaded(choice)
        self._held.append((choice, stamp, model))
        return model

    def _loaded(self, choice: Choice) -> Model:
        try:
            return self._load(choice)
        except Exception as error:
            if not self._held or not _is_short_of_memory(error):
                raise
            LOG.info("there is not enough memory beside the model before: %s", error)
        # Outside the except block: a traceback holds what was loaded already.
        self._let_go()
        return self._load(choice)

    def give_way(self) -> None:
        """Keep the newest alone."""
        if self.beside is not None:
            self.let_go = self.beside
            self._held = self._held[-1:]

    def clear(self) -> None:
        """Keep none."""
        self._held = []

    def _let_go(self) -> None:
        self.let_go = self._held[-1][0]
        self._held = []
        # What a framework holds in cycles must be free before the next one is loaded.
        gc.collect()

    def _has_room_for(self, choice: Choice) -> bool:
        try:
            memory = self._memory()
        except OSError as error:
            LOG.debug("%s", error)
            return False
        needed = memory_needed(_size_of(choice.source)) + LEFT_TO_OTHERS * memory.total
        return memory.available >= needed


def _runs_as(one: Choice, other: Choice) -> bool:
    return (one.source, one.device, one.runtime, one.precision) == (
        other.source, other.device, other.runtime, other.precision
    )  # fmt: skip


def _is_short_of_memory(error: Exception) -> bool:
    told = str(error).lower()
    return isinstance(error, MemoryError) or any(words in told for words in _SHORT)


def _path_of(source: str) -> Path | None:
    try:
        return resolve(source)
    except (ModelError, ValueError, OSError):
        return None


def _stamp_of(source: str) -> _Stamp:
    """Size and time of change of a model's file; None where there is none."""
    path = _path_of(source)
    try:
        found = None if path is None else path.stat()
    except OSError:
        return None
    return None if found is None else (found.st_size, found.st_mtime_ns)


def _size_of(source: str) -> int:
    """Of a model's files in bytes; of one of several ONNX files, with the largest beside it."""
    path = _path_of(source)
    if path is None:
        return 0
    try:
        if path.is_dir():
            return sum(each.stat().st_size for each in path.iterdir() if each.is_file())
        beside = 0
        if path.suffix.lower() in (".onnx", ".yaml", ".yml"):
            others = [each for each in path.parent.glob("*.onnx") if each != path]
            beside = max((each.stat().st_size for each in others), default=0)
        return path.stat().st_size + beside
    except OSError:
        return 0
