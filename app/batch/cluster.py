"""The images of a folder spread over the machines of a Ray cluster, one model in each worker.

Actors of Ray itself, not Ray Data: its pools try an image that kills its worker again without end,
tell what they did by blocks, and do not stop between two of them. Here no more than two images a
worker are under way, each result comes by itself, and what a dead worker had is given to another.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.batch.cluster_worker import (
    ClusterWorker,
    Place,
    Report,
    Sent,
    code_version,
    numbered,
)
from app.batch.jobs import MakeJob, Work
from app.batch.run import CannotGoOn, ImageDone, Outcome, Result, away
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.inference import questions as q
from app.storage.object_store import StoreGoneError
from model.interface import Cancelled
from model.messages import say, shortened

TRIES = 3
"""An image that so many workers died of is passed over."""
AHEAD = 2
"""Images that a worker has at a time: the one at hand, and the next."""
WAIT_S = 0.2
SentOf = Callable[[str], Sent]
T = TypeVar("T")
TELL_AFTER_S = 10.0


@dataclass(slots=True)
class _Image:
    name: str
    deaths: int = 0


@dataclass(slots=True, eq=False)
class _Member:
    """A worker as it is seen from here.

    Attributes:
        actor: Ray's handle.
        known: whether it answered at all.
        ready: whether it takes images.
        images: given to it, in the order in which it does them.
    """

    actor: Any
    known: bool = False
    ready: bool = False
    images: deque[_Image] = field(default_factory=deque)


class Pool:
    """Workers on a cluster that is connected.

    Args:
        ray: the module, connected.
        place: what they work on and with.
        count: how many workers.
        gpus: of each.
        cancelled: whether to stop.
        tell: takes what a person should know, such as a machine that cannot take part.
        waiting: takes what is waited for.
    """

    def __init__(
        self,
        ray: Any,
        place: Place,
        count: int,
        gpus: int,
        cancelled: Callable[[], bool],
        tell: Callable[[Problem], None],
        waiting: Callable[[str], None],
    ) -> None:
        self._ray, self._cancelled, self._tell, self._waiting = ray, cancelled, tell, waiting
        self._place = ray.put(place)
        # What a dead worker had is given to another here, and counted.
        needs = {"num_cpus": 1, "num_gpus": gpus, "max_restarts": 0, "max_task_retries": 0}
        self._kind = ray.remote(ClusterWorker).options(scheduling_strategy="SPREAD", **needs)
        self._asked: dict[Any, tuple[_Member, str]] = {}
        self._members: list[_Member] = []
        self._back: deque[_Image] = deque()
        self._failed: list[ImageDone] = []
        self._loaded: q.Loaded | None = None
        self._make: tuple[Any, Any] | None = None
        self._sent: SentOf = lambda name: None
        self._answer: tuple[Any] | None = None
        self._deaths = 0
        self._most_deaths = TRIES * count
        self._begun = time.monotonic()
        for _ in range(count):
            self._add()

    def loaded(self) -> q.Loaded:
        """The model, as soon as one worker has it.

        Raises:
            Problem: none of them can work on the folder, or with the model.
            Cancelled: it was asked to stop.
        """
        while self._loaded is None:
            for _ in self._turn():
                pass
        return self._loaded

    def steps(
        self, names: Sequence[str], make: MakeJob, labels: LabelSet, sent: SentOf
    ) -> Iterator[ImageDone]:
        """Do a job for each image, in whatever order they come to an end.

        Args:
            labels: of the folder, with all that its objects have.
            sent: what is known of an image here, and goes along with it.

        Raises:
            Cancelled: it was asked to stop; images at hand are as they were.
            CannotGoOn: going on makes no sense.
        """
        self._make, self._sent = (self._ray.put(make), self._ray.put(labels)), sent
        for member in self._members:
            if member.known and self._loaded is not None:
                self._begin(member)
        todo, number = iter(names), 0
        while number < len(names):
            self._feed(todo)
            for step in self._turn():
                number += 1
                ready = sum(member.ready for member in self._members)
                yield numbered(step, number, len(names), max(1, ready))

    def ask(self, work: Work[T], labels: LabelSet) -> T:
        """What one worker finds with the folder and its model.

        Raises:
            Problem: it cannot.
            Cancelled: it was asked to stop.
            CannotGoOn: no worker lives long enough.
        """
        self.loaded()
        self._answer = None
        asked: _Member | None = None
        while self._answer is None:
            if asked not in self._members:
                asked = next((member for member in self._members if member.known), None)
                if asked is not None:
                    self._ask(asked, "ask", asked.actor.ask.remote(work, labels))
            for _ in self._turn():
                pass
        found: T = self._answer[0]
        return found

    def close(self) -> None:
        """End the workers, with the image at hand; what they had written is whole."""
        for member in self._members:
            self._ray.kill(member.actor)
        self._members, self._asked = [], {}

    def _add(self) -> None:
        member = _Member(self._kind.remote())
        self._members.append(member)
        self._ask(member, "version", member.actor.version.remote())

    def _ask(self, member: _Member, what: str, answer: Any) -> None:
        self._asked[answer] = member, what

    def _begin(self, member: _Member) -> None:
        assert self._make is not None  # noqa: S101  the job is known
        self._ask(member, "begin", member.actor.begin.remote(*self._make))

    def _feed(self, todo: Iterator[str]) -> None:
        for member in self._members:
            while member.ready and len(member.images) < AHEAD:
                image = self._back.popleft() if self._back else None
                if image is None:
                    name = next(todo, None)
                    if name is None:
                        return
                    image = _Image(name)
                member.images.append(image)
                self._ask(member, "do", member.actor.do.remote(image.name, self._known(image.name)))

    def _known(self, name: str) -> Sent:
        """Raises: CannotGoOn."""
        try:
            return self._sent(name)
        except StoreGoneError as error:
            raise away(error) from error

    def _turn(self) -> Iterator[ImageDone]:
        """Wait for a moment; what came to an end.

        Raises: Problem, CannotGoOn or Cancelled.
        """
        if self._cancelled():
            raise Cancelled
        if not any(member.ready for member in self._members):
            waited = time.monotonic() - self._begun
            if waited > TELL_AFTER_S:
                self._waiting(f"waiting for {len(self._members)} workers of the cluster")
        done, _ = self._ray.wait([*self._asked], num_returns=1, timeout=WAIT_S)
        for each in done:
            # Of one that is gone meanwhile nothing is asked any more.
            if each in self._asked:
                member, what = self._asked.pop(each)
                step = self._heard(member, what, each)
                if step is not None:
                    yield step
        yield from self._failed
        self._failed = []

    def _heard(self, member: _Member, what: str, answer: Any) -> ImageDone | None:
        failures = self._ray.exceptions
        try:
            found = self._ray.get(answer)
        except failures.RayActorError as error:
            self._died(member, error)
            return None
        except failures.RayError as error:
            self._leave(member, Problem(say("A worker failed: {reason}", _brief(error)), ""))
            return None
        if what == "do":
            return self._done(member, found)
        if what == "ask":
            self._answer = _answer(found)
            return None
        if what == "begin" and found is None:
            member.ready = True
        elif what == "version":
            self._introduced(member, *found)
        elif isinstance(found, Problem):
            self._leave(member, found)
        else:
            self._opened(member, found)
        return None

    def _introduced(self, member: _Member, version: str, machine: str) -> None:
        if version != code_version():
            what = say("{machine} has another version of Maskwright than this one.", machine)
            self._leave(member, Problem(what, say("Install the same version on all machines.")))
        else:
            self._ask(member, "open", member.actor.open.remote(self._place))

    def _opened(self, member: _Member, loaded: q.Loaded) -> None:
        member.known = True
        if self._loaded is None:
            self._loaded = loaded
        elif self._loaded.identity != loaded.identity:
            what = say("A worker has other weights under the name of the model.")
            self._leave(member, Problem(what, say("Put the same file on all machines.")))
            return
        if self._make is not None:
            self._begin(member)

    def _done(self, member: _Member, report: Report) -> ImageDone | None:
        if report.problem is not None and not report.gone:
            raise report.problem
        if report.step is None:
            assert report.problem is not None  # noqa: S101  a report has one of them
            self._leave(member, report.problem)
            return None
        member.images.popleft()
        self._deaths = 0
        return report.step

    def _leave(self, member: _Member, why: Problem) -> None:
        """Go on without a worker that cannot take part."""
        self._ray.kill(member.actor)
        self._forget(member)
        if not self._members:
            raise CannotGoOn(why.what, why.advice, why)
        self._tell(why)

    def _forget(self, member: _Member) -> None:
        self._members.remove(member)
        self._asked = {k: each for k, each in self._asked.items() if each[0] is not member}
        self._back.extendleft(reversed(member.images))
        member.images.clear()

    def _died(self, member: _Member, error: Exception) -> None:
        """Another one takes its place and its images, the one at hand only so many times."""
        self._deaths += 1
        if self._deaths >= self._most_deaths:
            raise CannotGoOn(
                say(
                    "The workers of the cluster end as soon as they begin: {reason}", _brief(error)
                ),
                say("Maskwright must be installed on all its machines, as it is here."),
                error,
            )
        if member.images:
            image = member.images[0]
            image.deaths += 1
            if image.deaths >= TRIES:
                member.images.popleft()
                self._failed.append(_given_up(image.name))
        self._forget(member)
        self._add()


def _answer(found: tuple[Any] | Problem) -> tuple[Any]:
    if isinstance(found, Problem):
        raise found
    return found


def _given_up(name: str) -> ImageDone:
    why = Problem(
        say("{count} workers ended while they had this image; it is as it was.", TRIES),
        say("It may need more memory than there is: --max-megapixels leaves large ones out."),
    )
    return ImageDone(name, 0, 0, Result(Outcome.FAILED), 0.0, why)


def _brief(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return shortened(lines[-1] if lines else type(error).__name__, 300)
