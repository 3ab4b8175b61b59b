"""Which question is answered first, and which are given up for another."""

from __future__ import annotations

from app.inference.questions import (
    Choose,
    CloseUp,
    Embed,
    Hover,
    Job,
    Load,
    Predict,
    Question,
    SpeculativePredict,
)

EMBED_RANK = 2


def rank(question: Question) -> int:
    """0 is most urgent: model, click, image at hand, mouse held, mouse moved, close-up, others."""
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
        case CloseUp():
            return 5
        case Job(serial=0):
            return 6
        case Job():
            return 7
        case _:
            return 8


def interrupts(new: Question, running: Question) -> bool:
    """Whether ``running`` is given up for ``new``.

    Another image ends the embedding of the one that was left; a click, an opened image and another
    model end what was only computed ahead, a close-up too. The mouse alone does not: it hardly ever
    rests, and the next image would never be ready.
    """
    if isinstance(running, Job):
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


def _asks_now(question: Question) -> bool:
    pressed = isinstance(question, SpeculativePredict) and not question.drawn
    return pressed or isinstance(question, Predict | Choose)


def is_left(question: Question, key: str | None) -> bool:
    """Whether a question is about another picture than that of this key."""
    match question:
        case Embed() | CloseUp():
            return question.picture.key != key
        case Predict() | Choose() | Hover():
            return question.ticket.image != key
        case SpeculativePredict():
            return question.predict.ticket.image != key
        case _:
            return False
