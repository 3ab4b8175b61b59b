"""The process that teaches: ``python -m app.batch.teacher FOLDER``, started by ``Run.spawn``."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.batch.teaching import ENDED, CheckRecord, Plan, Run, Status, already_taught, failed
from app.core.errors import Problem
from app.storage.failures import not_written
from app.storage.taught_models import UNFINISHED, Card, ChangeCard, Scores, write_card
from model.messages import say

if TYPE_CHECKING:
    from model.evaluation.scores import Summary
    from model.training.lesson import Learned, Standing

LOG = logging.getLogger(__name__)
LOCK_S = 5.0
"""Whoever only looks whether somebody works at a lesson holds its lock for a moment."""
LEFT, FAILED, BUSY = 130, 1, 4
LOWER = 10
"""So much nicer than others."""
FOLLOW_S = 0.2
"""Between two looks at how far a process is."""


def teach(
    run: Run,
    wish: Callable[[], str] | None = None,
    told: Callable[[Status], object] = lambda status: None,
) -> Status:
    """Carry out the lesson of ``run``, from where it was; how it ended.

    Args:
        wish: what is wanted; None for what ``run`` is told.
        told: called with each status, which ``run`` is told too.

    Raises:
        Problem: somebody else works at it, or there is no lesson.
    """
    plan = run.plan()
    if plan is None:
        raise Problem(say("There is no lesson in {folder}.", run.place), say("Begin one."))
    lock = run.lock()
    try:
        if not lock.take(LOCK_S):
            raise already_taught()
    except OSError as error:
        raise not_written(lock.path, error) from error
    try:
        return _taught(run, plan, wish or run.wish, told)
    finally:
        lock.free()


def taught_apart(
    run: Run,
    cancelled: Callable[[], bool],
    told: Callable[[Status], object] = lambda status: None,
    start: Callable[[], subprocess.Popen[bytes]] | None = None,
) -> Status:
    """Carry out the lesson of ``run`` in a process of its own, and follow it; how it ended.

    In a session of its own it takes the processor only where nobody else wants it; started in a
    terminal's, its low priority would count among that terminal's processes alone.

    Args:
        cancelled: whether to leave it, to go on another time.
        told: called with each new status.
        start: starts the process; None for ``run.spawn``.

    Raises:
        Problem: somebody else works at it, it does not start, or it died without a word.
    """
    if run.is_running:
        raise already_taught()
    run.want("go")
    process = (start or run.spawn)()
    seen = _followed(run, process, cancelled, told)
    if seen is None or seen.stage not in (*ENDED, "left", "failed"):
        raise Problem(
            say("The training ended unexpectedly: {words}.", run.last_words() or "killed"),
            say("Close other programs and go on, or throw it away."),
        )
    return seen


def _followed(
    run: Run,
    process: subprocess.Popen[bytes],
    cancelled: Callable[[], bool],
    told: Callable[[Status], object],
) -> Status | None:
    """What a process told last when it has ended."""
    seen: Status | None = None
    left = over = False
    while not over:
        # Its last words are written before it ends.
        over = process.poll() is not None
        if cancelled() and not left:
            run.want("leave")
            left = True
        status = run.status()
        if status is not None and status != seen:
            told(status)
            seen = status
        if not over:
            time.sleep(FOLLOW_S)
    return seen


def _taught(
    run: Run, plan: Plan, wish: Callable[[], str], told: Callable[[Status], object]
) -> Status:
    status = run.status() or Status()

    def tell(new: Status) -> None:
        nonlocal status
        status = new
        run.tell(new)
        told(new)

    making = Path(plan.models) / f"{UNFINISHED}{run.place.name}"
    try:
        learned = _learn(plan, making, wish, lambda standing: tell(_status_of(standing)))
        made = _put(plan, learned, making)
        tell(replace_stage(status, "done", made))
    except Exception as error:  # nobody hears of what it does not tell
        LOG.info("a lesson ended", exc_info=True)
        tell(_ended(status, error))
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return status


def _learn(
    plan: Plan, making: Path, wish: Callable[[], str], tell: Callable[[Standing], object]
) -> Learned:
    from model.training.lesson import Learning, Lesson, Wish

    lesson = replace(Lesson.from_json(plan.lesson), out=making)
    wishes = {each.value: each for each in Wish}
    return Learning(lesson, lambda: wishes.get(wish(), Wish.GO), tell).run()


def _ended(status: Status, error: BaseException) -> Status:
    from model.training.lesson import Left, NothingLearned

    if isinstance(error, Left):
        return replace_stage(status, "left")
    if isinstance(error, NothingLearned):
        return replace_stage(status, "nothing")
    if isinstance(error, MemoryError):
        error = Problem(
            say("There is not enough memory to teach this model."),
            say("Close other programs, or teach a smaller model."),
            error,
        )
    if isinstance(error, OSError):
        error = not_written(Path(error.filename or "model"), error)
    return failed(status, error)


def replace_stage(status: Status, stage: str, made: str = "") -> Status:
    """``status`` at its end."""
    from msgspec.structs import replace as changed

    return changed(status, stage=stage, made=made, done=0.0, total=0.0)


def _status_of(standing: Standing) -> Status:
    checks = tuple(
        CheckRecord(each.elapsed, each.miou[1], each.miou[3], each.miou[5], each.box, each.best)
        for each in standing.checks
    )
    return Status(
        standing.stage, standing.done, standing.total, standing.step, standing.loss, checks,
        standing.unkept,
    )  # fmt: skip


def _put(plan: Plan, learned: Learned, making: Path) -> str:
    """Give the finished model its card and its place; the name of that.

    Raises:
        Problem, OSError: it cannot be written.
    """
    made = datetime.now().astimezone()
    found, lesson = learned.comparison, plan.lesson
    changes = tuple(
        ChangeCard(
            plan.names.get(each.image, each.image), (each.old[0], each.old[1], each.old[2]),
            (each.new[0], each.new[1], each.new[2]), each.picture,
        )
        for each in found.changes
    )  # fmt: skip
    card = Card(
        plan.title, made.isoformat(timespec="seconds"), plan.start_title, str(lesson["start"]),
        str(lesson["part"]), learned.elapsed, learned.steps, plan.images, plan.masks, found.images,
        found.new.objects, _scores_of(found.old), _scores_of(found.new), found.gain, found.error,
        learned.identity, changes,
    )  # fmt: skip
    write_card(making, card)
    name = f"{made:%Y-%m-%d-%H%M%S}-{secrets.token_hex(2)}"
    making.rename(Path(plan.models) / name)
    return name


def _scores_of(found: Summary) -> Scores:
    miou, noc = found.miou, found.noc
    return Scores(miou[1], miou[3], miou[5], found.box, noc[85], noc[90])


def be_humble() -> None:
    """Take the processor only where nobody else wants it."""
    import psutil

    with contextlib.suppress(OSError, psutil.Error, AttributeError):
        if sys.platform == "win32":
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            os.nice(LOWER)
    with contextlib.suppress(OSError, psutil.Error, AttributeError):
        psutil.Process().ionice(getattr(psutil, "IOPRIO_CLASS_IDLE", 0))
    # Linux shares the processor among sessions first, whatever each of their processes is worth. Of
    # a session that others are in, such as a terminal's, it would slow down those, too.
    if sys.platform == "linux" and os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(LOWER), encoding="ascii")


def main(arguments: list[str]) -> int:
    """The exit status; how it ended stands in the run's status."""
    be_humble()
    try:
        ended = teach(Run(Path(arguments[0])))
    except Problem as problem:
        print(problem, file=sys.stderr)
        return BUSY
    return {"done": 0, "nothing": 0, "left": LEFT}.get(ended.stage, FAILED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
