"""Work on disks that may not answer, none of it waited for longer than there is time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Undone:
    """What did not get done.

    Attributes:
        failed: what the work was about, and what it raised.
        late: what it was about, where the disk has not answered yet.
    """

    failed: tuple[tuple[Path, Exception], ...] = ()
    late: tuple[Path, ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        return (*(path for path, _ in self.failed), *self.late)


def do_in_time(timeout_s: float, works: Iterable[tuple[Path, Work]]) -> Undone:
    """Do each piece of work on a thread of its own, since each may be about another disk.

    Args:
        timeout_s: how long all of them together are waited for; late ones are left to themselves.
        works: what each is about, and the work; it touches no QObject.
    """
    answers: dict[Path, Exception | None] = {}
    threads = [(path, threading.Thread(target=_run, args=(path, work, answers), daemon=True))
               for path, work in works]  # fmt: skip
    deadline = time.monotonic() + timeout_s
    for _, thread in threads:
        thread.start()
    for _, thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    late = tuple(path for path, _ in threads if path not in answers)
    failed = ((path, answers.get(path)) for path, _ in threads)
    return Undone(tuple((path, error) for path, error in failed if error is not None), late)


def _run(path: Path, work: Work, answers: dict[Path, Exception | None]) -> None:
    try:
        work()
    except Exception as error:  # noqa: BLE001  an answer, not the end of the thread
        answers[path] = error
    else:
        answers[path] = None
