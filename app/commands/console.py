"""What a long command says while it runs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from typing import Any, TextIO
from unicodedata import east_asian_width

from app.batch.run import CannotGoOn, ImageDone, Tally
from app.commands.language import told
from app.commands.stopping import STOPPED
from app.commands.stopping import stoppable as stoppable
from app.storage.foreign_files import LeftOut
from app.storage.names import shown
from app.storage.reading import TooLarge
from model.interface import Cancelled
from model.messages import Message, joined, reason_of, say, say_count

MEGA = 1_000_000
DONE, PROBLEM, SOME_FAILED = 0, 1, 3
"""Exit statuses; 2 is misuse of the command line."""
EXIT_TEXT = say("exit status: 0 done, 1 a problem, 2 misuse, 3 some images failed, 130 stopped")
QUIET_S = 10.0
"""Without a terminal, a line of progress comes so often."""


class Console:
    """Progress on ``err`` for people; with ``as_json`` one JSON object a line on ``out``."""

    def __init__(
        self, as_json: bool = False, out: TextIO | None = None, err: TextIO | None = None
    ) -> None:
        self.as_json = as_json
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._live = self._err.isatty()
        self._told = time.monotonic()
        self._line = ""

    def emit(self, event: str, **values: Any) -> None:
        """A JSON line, if they are wanted."""
        if self.as_json:
            self._out.write(json.dumps({"event": event, **values}, allow_nan=False) + "\n")
            self._out.flush()

    def say(self, text: str) -> None:
        """A sentence for people, told in their language if it is a message."""
        self._clear()
        self._err.write(told(text) + "\n")
        self._err.flush()

    def left_out(self, found: LeftOut) -> None:
        """Say what of a folder is not worked on, if there is something."""
        for problem in found.problems():
            self.say(told(reason_of(problem)))
        if found.kinds:
            self.emit("left_out", kinds=dict(found.kinds))

    def stopped(self, message: Message) -> int:
        """Say that it was stopped, and what is kept; the exit status."""
        self.say(told(message))
        self.emit("end", status=STOPPED)
        return STOPPED

    def answer(self, text: str) -> None:
        """The result for people, as ``say``: on ``out``, unless machines read that."""
        self._clear()
        if not self.as_json:
            self._out.write(told(text) + "\n")
            self._out.flush()

    def progress(self, text: str) -> None:
        """Replaces itself on a terminal; elsewhere it is told every ten seconds."""
        text = told(text)
        if self._live:
            cut = text[:110]
            self._err.write("\r" + cut.ljust(len(self._line)))
            self._line = cut
            self._err.flush()
        elif time.monotonic() - self._told >= QUIET_S:
            self._told = time.monotonic()
            self._err.write(text + "\n")
            self._err.flush()

    def step(self, step: ImageDone, tally: Tally) -> None:
        problem = None if step.problem is None else str(step.problem)
        self.emit(
            "image",
            name=shown(step.name),
            outcome=step.result.outcome.value,
            masks=step.result.masks,
            unanswered=step.result.unanswered,
            outside=step.result.outside,
            told=[str(each) for each in step.result.told],
            seconds=round(step.seconds, 3),
            problem=problem,
        )
        if step.problem is not None:
            self.say(f"{shown(step.name)}: {told(reason_of(step.problem))}")
        for each in step.result.told:
            self.say(f"{shown(step.name)}: {told(reason_of(each))}")
        if step.result.outside:
            self.say(f"{shown(step.name)}: {told(_outside(step.result.outside))}")
        if isinstance(step.problem, TooLarge):
            number = -(-step.problem.needed_px // MEGA)
            self.say("  " + told(say("--max-megapixels {number} allows it.", number)))
        left = tally.left_s(step.total - step.number)
        far = say("{number} of {total}", step.number, step.total)
        if left is not None and step.number < step.total:
            far = say("{far}, {time} left", far, duration(left))
        self.progress(f"{told(far)}: {shown(step.name)}")

    def _clear(self) -> None:
        if self._line:
            self._err.write("\r" + " " * len(self._line) + "\r")
            self._line = ""


def duration(seconds: float) -> str:
    """For people: ``8 s``, ``12 min``, ``3.4 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def padded(text: str, width: int) -> str:
    """``text`` in so many columns, to the right if below 0; Chinese characters take two."""
    blanks = " " * (abs(width) - sum(1 + (east_asian_width(each) in "WF") for each in text))
    return text + blanks if width > 0 else blanks + text


def run_batch(console: Console, images: Iterable[ImageDone]) -> int:
    """Tell how each image goes while they are done, and give the exit status.

    Raises:
        CannotGoOn: the run ended early; what was done is kept.
    """
    tally, status = Tally(), DONE
    try:
        for step in images:
            tally.add(step)
            console.step(step, tally)
        status = SOME_FAILED if tally.failed else DONE
    except Cancelled:
        status = STOPPED
    except CannotGoOn:
        _end(console, tally, PROBLEM)
        raise
    _end(console, tally, status)
    return status


def _end(console: Console, tally: Tally, status: int) -> None:
    console.emit(
        "end",
        status=status,
        done=tally.done,
        done_before=tally.before,
        left=tally.left,
        failed=tally.failed,
        masks=tally.masks,
        unanswered=tally.unanswered,
        outside=tally.outside,
        seconds=round(tally.seconds, 3),
    )
    done = [say_count("{count} image done", "{count} images done", tally.done)]
    if tally.before:
        done.append(say("{count} done before", tally.before))
    if tally.failed:
        done.append(say("{count} failed", tally.failed))
    console.say(told(say("{images}; {masks} masks.", joined(done, ", "), tally.masks)))
    if tally.left:
        alone = say_count(
            "{count} image left alone: done, skipped, or with proposals to look at; --all proposes "
            "there too.",
            "{count} images left alone: done, skipped, or with proposals to look at; --all "
            "proposes there too.",
            tally.left,
        )
        console.say(told(alone))
    if tally.unanswered:
        nothing = say(
            "In {count} objects the model saw nothing; they are as they were.", tally.unanswered
        )
        console.say(told(nothing))
    if status == STOPPED:
        console.say(told(say("Stopped. What is done is kept; start again to go on.")))


def _outside(count: int) -> Message:
    return say_count(
        "{count} object lies outside the image and cannot be segmented; what there was of it is "
        "kept.",
        "{count} objects lie outside the image and cannot be segmented; what there was of it is "
        "kept.",
        count,
    )
