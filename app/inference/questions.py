"""What the inference thread is asked and what it answers: values, safe to hand across threads.

At the end: which question is answered first, and which are given up for another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from app.core.errors import Problem
from app.core.mask import Mask
from app.core.picture import Picture
from app.core.prompt import Point, Prompt
from model.interface import Cancelled as CancelledError
from model.interface import Embedding, Model, Prediction, RuntimeReport, ServerError
from model.messages import say
from model.transforms import PixelWindow

Bool = npt.NDArray[np.bool_]
Cancelled = Callable[[], bool]
EMBED_RANK = 2


R = TypeVar("R")


class Asks(Generic[R]):
    """A question whose answer is an ``R``."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Ticket:
    """What an answer belongs to; one that is not the current one is dropped.

    Attributes:
        image: key of the picture.
        model: identity of the model.
        revision: number of the state of the prompt, never given twice in a run of the program.
    """

    image: str
    model: str
    revision: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Which model to use and where.

    Attributes:
        source: ``builtin``, the path of a file with weights, or a server's address.
        title: name for people.
        device: ``auto``, ``cpu``, ``cuda`` ...
        runtime: ``auto``, ``torch`` or ``onnxruntime``.
        precision: ``auto``, ``float32`` ...
    """

    source: str = "builtin"
    title: str = say("Built-in")
    device: str = "auto"
    runtime: str = "auto"
    precision: str = "auto"

    @property
    def served(self) -> bool:
        """Whether another machine prepares the images: ``source`` is its address."""
        return is_served(self.source)


def is_served(source: str) -> bool:
    """Whether this is the address of a server rather than a model's file or name."""
    return source.lower().startswith(("http://", "https://"))


def served_choice(url: str) -> Choice:
    """The model that the server at ``url`` has.

    Raises:
        Problem: that is no address.
    """
    from model.served.connection import address_of

    try:
        source = address_of(url).url
    except ServerError as error:
        raise ServerProblem(error) from error
    return Choice(source, title_of(source))


def can_be_overheard(url: str) -> bool:
    """Whether what goes to the server at ``url`` can be read on the way; no, if that is none."""
    from model.served.connection import address_of

    try:
        return address_of(url).can_be_overheard
    except ServerError:
        return False


def title_of(source: str) -> str:
    """For people: of a server its address, of a file its name."""
    if is_served(source):
        return say("Server {address}", source.partition("://")[2])
    return Path(source).name


@dataclass(frozen=True, slots=True)
class Load(Asks["Loaded"]):
    """Use this model from now on.

    Attributes:
        instead: what is loaded if it cannot be, the first of them that can.
    """

    choice: Choice
    instead: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Embed(Asks["Embedded"]):
    """Make the picture ready for clicks; ``prefetch`` if it is only expected to be wanted."""

    picture: Picture
    prefetch: bool = False


@dataclass(frozen=True, slots=True)
class Predict(Asks["Answer"]):
    """Which mask the prompt means.

    Attributes:
        embedding: of the whole image.
        feed: an earlier answer of the same model, or a mask to start from, or None.
        single: one candidate even for one point: a refinement wants the one at hand, not a choice.
        closer: of windows that hold all of the prompt. The first answers in whose edge the mask
            does not run; if there is none, the whole image does.
        tidy: whether specks and pinholes are left out of the mask.
    """

    ticket: Ticket
    embedding: Embedding
    prompt: Prompt
    feed: Feed | None = None
    single: bool = False
    closer: tuple[Embedding, ...] = ()
    tidy: bool = True

    def asks_as(self, other: Predict) -> bool:
        """Whether ``other`` has the same answer, whatever state of the prompt it is for."""
        return replace(self, ticket=other.ticket) == other


@dataclass(frozen=True, slots=True)
class Choose(Asks["Answer"]):
    """Another candidate of an earlier answer, at full size.

    Attributes:
        again: what was asked; the whole image is asked it anew where the answer is a close-up's and
            the candidate runs into its edge.
    """

    ticket: Ticket
    prediction: Prediction
    candidate: int
    again: Predict


@dataclass(frozen=True, slots=True)
class LookAgain(Asks["Answer"]):
    """The answer to one click or to a box alone, seen a second time from near by.

    Attributes:
        prompt: what was answered.
        answer: with what.
        nears: for each candidate that may be meant, the embedding of a window around it; None for
            one that is too large for that. See ``model.second_look.candidate_windows``.
        tidy: as for a click.
    """

    ticket: Ticket
    prompt: Prompt
    answer: Answer
    nears: Mapping[int, Embedding | None]
    tidy: bool = True


@dataclass(frozen=True, slots=True)
class SpeculativePredict(Asks["Answer"]):
    """Answer this already, for a gesture under way that may ask it when it ends, and keep it.

    ``drawn`` if the gesture goes on: it asks at each move of the mouse.
    """

    predict: Predict
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class Hover(Asks["HoverPreview"]):
    """Which mask a click here would give, only good enough for the screen.

    Attributes:
        longest: no side of the answer's array has more pixels than this.
        closer, tidy: as for a click.
    """

    ticket: Ticket
    embedding: Embedding
    point: Point
    longest: int = 512
    closer: tuple[Embedding, ...] = ()
    tidy: bool = True


@dataclass(frozen=True, slots=True)
class CloseUp(Asks["Looked"]):
    """Embed a window of the picture at hand, that the model may see what the annotator sees.

    Attributes:
        window: x0, y0, x1, y1 in whole image pixels.
        within_s: give up after so many seconds, where it is not known how long the model takes.
    """

    picture: Picture
    window: PixelWindow
    within_s: float | None = None


class TooSlow(CancelledError):  # noqa: N818  an outcome, as what it is derived from
    """A close-up took longer than it may."""


@dataclass(frozen=True, slots=True)
class Job(Asks[R]):
    """Longer work with the model that gives way to everything else, such as proposing masks.

    Attributes:
        name: for people and the log.
        run: gets the model and whether to give up; what it returns is the answer. Each time it asks
            whether to give up, clicks made meanwhile are answered.
        serial: tells jobs of one name apart; 0 for what takes only a moment.
    """

    name: str
    run: Callable[[Model, Cancelled], R]
    serial: int = 0


Question = (
    Load | Embed | Predict | Choose | SpeculativePredict | Hover | LookAgain | CloseUp | Job[Any]
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The model is ready.

    Attributes:
        identity, image_identity: see ``Model``; embeddings are known by the second.
        logits_size: (h, w) of its low-res logits.
        beside: the model before it, if that is kept in memory too.
        let_go: the model before it, if memory did not allow to keep it.
    """

    identity: str
    image_identity: str
    variant: str
    report: RuntimeReport
    logits_size: tuple[int, int]
    beside: Choice | None = None
    let_go: Choice | None = None


class ServerProblem(Problem):
    """The machine that prepares the images did not; what was prepared can be clicked in still.

    Attributes:
        passing: whether it may come back by itself.
    """

    def __init__(self, error: ServerError) -> None:
        self.passing = error.passing
        advice = say("Look at Model > GPU server…; your work is not touched.")
        if self.passing:
            advice = say("It is asked again by itself; what was prepared before can be used.")
        super().__init__(say("{reason}.", error), advice, error)


class NotLoaded(Problem):
    """A model could not be loaded.

    Attributes:
        choice: what is used instead; None if that could not be loaded either.
        loaded: that one.
    """

    def __init__(
        self, why: Problem, choice: Choice | None = None, loaded: Loaded | None = None
    ) -> None:
        advice = why.advice
        if choice is not None:
            advice = say("{name} is used; your work is not touched.", choice.title)
        super().__init__(why.what, advice, why.cause)
        self.choice, self.loaded = choice, loaded


@dataclass(frozen=True, slots=True)
class Embedded:
    """The picture is ready; ``origin`` is memory, disk or computed.

    Attributes:
        beside: the model that is still kept in memory though it is not in use.
    """

    key: str
    embedding: Embedding
    seconds: float
    origin: str
    report: RuntimeReport
    beside: Choice | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """A window of the picture is ready."""

    embedding: Embedding
    seconds: float
    report: RuntimeReport


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Candidates for a prompt and the full-size mask of the chosen one.

    Attributes:
        seconds: what the model took for it and its mask; None where it was known already.
        closer: the chosen candidate alone, seen a second time from near by; the mask is its.
    """

    prediction: Prediction
    chosen: int
    mask: Mask
    report: RuntimeReport
    seconds: float | None = None
    closer: Prediction | None = None

    @property
    def basis(self) -> tuple[Prediction, int]:
        """What the mask was made from, and which candidate of it."""
        return (self.prediction, self.chosen) if self.closer is None else (self.closer, 0)


@dataclass(frozen=True, slots=True, eq=False)
class HoverPreview:
    """A mask for the screen.

    Attributes:
        pixels: (h, w) bool, coarser than the image where the object is large.
        x0, y0, x1, y1: the image rectangle it covers, image pixels.
        predicted_iou: the model's estimate.
    """

    pixels: Bool
    x0: float
    y0: float
    x1: float
    y1: float
    predicted_iou: float = field(default=0.0)


@dataclass(frozen=True, slots=True)
class Done:
    """A job is finished; its result is whatever the job returned."""

    result: Any


Feed = Answer | Mask
Reply = Loaded | Embedded | Looked | Answer | HoverPreview | Done


def rank(question: Question) -> int:
    """0 is most urgent: model, click, image at hand, mouse held, mouse moved, close-ups, others."""
    match question:
        case Load():
            return 0
        case Predict() | Choose():
            return 1
        case Embed(prefetch=False):
            return EMBED_RANK
        case SpeculativePredict():
            return 3
        case Hover():
            return 4
        case LookAgain():
            return 5
        case CloseUp():
            return 6
        case Job(serial=0):
            return 7
        case Job():
            return 8
        case _:
            return 9


def interrupts(new: Question, running: Question) -> bool:
    """Whether ``running`` is given up for ``new``.

    Another image ends the embedding of the one that was left; a click, an opened image and another
    model end what was only computed ahead, a close-up too. The mouse alone does not: it hardly ever
    rests, and the next image would never be ready.
    """
    if gives_way(running):
        return isinstance(new, Load)
    if isinstance(running, CloseUp):
        if isinstance(new, CloseUp):
            return (new.picture.key, new.window) != (running.picture.key, running.window)
        return _asks_now(new) or rank(new) <= EMBED_RANK
    if not isinstance(running, Embed):
        return False
    if isinstance(new, Embed):
        same = new.picture.key == running.picture.key
        return not same and not new.prefetch
    ahead = running.prefetch and (_asks_now(new) or isinstance(new, CloseUp))
    return isinstance(new, Load) or ahead


def gives_way(question: Question) -> bool:
    """Whether what is more urgent is answered in the midst of it, after which it goes on.

    A job asks often whether to give up; a second look, which nobody waits for, between its steps.
    """
    return isinstance(question, Job | LookAgain)


def _asks_now(question: Question) -> bool:
    pressed = isinstance(question, SpeculativePredict) and not question.drawn
    return pressed or isinstance(question, Predict | Choose)


def is_left(question: Question, key: str | None) -> bool:
    """Whether a question is about another picture than that of this key."""
    match question:
        case Embed() | CloseUp():
            return question.picture.key != key
        case Predict() | Choose() | Hover() | LookAgain():
            return question.ticket.image != key
        case SpeculativePredict():
            return question.predict.ticket.image != key
        case _:
            return False
