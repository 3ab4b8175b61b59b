"""A job over many images, one by one: what fails is told and passed over, the rest goes on."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.core.errors import Problem
from app.inference.questions import ServerProblem
from app.storage.names import shown
from app.storage.object_store import StoreGoneError
from model.interface import Cancelled
from model.messages import reason_of, say, shortened

LOG = logging.getLogger(__name__)


class Outcome(StrEnum):
    """``BEFORE``: an earlier run did it already. ``LEFT``: a person is done with the image, or has
    proposals of it to look at."""

    DONE = "done"
    BEFORE = "done before"
    LEFT = "left as it is"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Result:
    """What a job made of one image.

    Attributes:
        masks: how many it added or changed.
        unanswered: objects in which the model saw nothing; they are as they were.
        outside: objects whose box or points lie outside the image; they are as they were.
        told: what else a person should know of it.
        answer: what the job is asked for, where that is not written into the folder.
    """

    outcome: Outcome = Outcome.DONE
    masks: int = 0
    unanswered: int = 0
    outside: int = 0
    told: tuple[Problem, ...] = ()
    answer: object = None


BEFORE = Result(Outcome.BEFORE)


class CannotGoOn(Problem):
    """A failure that every further image would meet too, such as a full disk."""


@dataclass(frozen=True, slots=True)
class ImageDone:
    """One image is finished.

    Attributes:
        name: of the image, relative to its folder.
        number, total: it is image ``number`` of ``total``, counted from 1.
        result: what was made of it.
        seconds: it took.
        problem: why it failed, or None.
        at_once: so many images are worked on at the same time.
    """

    name: str
    number: int
    total: int
    result: Result
    seconds: float
    problem: Problem | None = None
    at_once: int = 1


def steps(
    names: Sequence[str],
    work: Callable[[str], Result],
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[ImageDone]:
    """Do ``work`` for each name, in order.

    Raises:
        Cancelled: ``cancelled()`` became true; the image at hand is as it was.
        CannotGoOn: going on makes no sense.
    """
    for number, name in enumerate(names, 1):
        if cancelled():
            raise Cancelled
        begun = time.monotonic()
        problem: Problem | None = None
        try:
            result = work(name)
        except CannotGoOn:
            raise
        except (ServerProblem, StoreGoneError) as error:
            raise away(error) from error
        except Problem as error:
            result, problem = Result(Outcome.FAILED), error
        except Cancelled:
            raise
        except Exception as error:
            # A night's work on a folder does not end with one file that nobody thought of.
            LOG.exception("the work on %s failed", shown(name))
            result, problem = Result(Outcome.FAILED), _unexpected(error)
        yield ImageDone(name, number, len(names), result, time.monotonic() - begun, problem)


def away(error: Problem) -> CannotGoOn:
    """Of a server or a store: it was waited for already, and other images need it, too."""
    return CannotGoOn(error.what, say("Start again to go on once it is there."), error)


def _unexpected(error: Exception) -> Problem:
    if isinstance(error, MemoryError):
        what = say("There is not enough memory for this image.")
        return Problem(what, say("Close other programs, or make the image smaller."), error)
    reason = shown(shortened(reason_of(error), 200))
    return Problem(say("Something went wrong that should not have: {reason}.", reason), "", error)


@dataclass(slots=True)
class Tally:
    """Counts over a run."""

    done: int = 0
    before: int = 0
    left: int = 0
    failed: int = 0
    masks: int = 0
    unanswered: int = 0
    outside: int = 0
    seconds: float = 0.0
    at_once: int = 1

    def add(self, step: ImageDone) -> None:
        outcome = step.result.outcome
        self.done += outcome is Outcome.DONE
        self.before += outcome is Outcome.BEFORE
        self.left += outcome is Outcome.LEFT
        self.failed += outcome is Outcome.FAILED
        self.masks += step.result.masks
        self.unanswered += step.result.unanswered
        self.outside += step.result.outside
        # What is passed over costs nothing and says nothing about what is to come.
        self.at_once = step.at_once
        passed = outcome in (Outcome.BEFORE, Outcome.LEFT)
        self.seconds += 0.0 if passed else step.seconds

    def left_s(self, images: int) -> float | None:
        """Seconds that so many more images will take; None before the first was done."""
        worked = self.done + self.failed
        return images * self.seconds / worked / self.at_once if worked else None
