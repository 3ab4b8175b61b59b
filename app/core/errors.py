"""What went wrong, for the person in front of the screen."""

from __future__ import annotations

from typing import Any

from model.messages import joined, reason_of


class Problem(Exception):  # noqa: N818  it is shown to people, who do not read class names
    """A failure at an edge of the program: files, network, device, model.

    Attributes:
        what: one sentence: what happened, to which file or part.
        advice: one sentence: what to do now; may be empty.
        cause: the exception behind it, for the log; None if there is none.
    """

    def __init__(self, what: str, advice: str = "", cause: BaseException | None = None) -> None:
        super().__init__(joined((what, advice)))
        self.what = what
        self.advice = advice
        self.cause = cause

    def __reduce__(self) -> tuple[Any, ...]:
        """For another process: as it is, without its cause, of which nobody knows what is in it."""
        return _made_again, (type(self), self.args, {**self.__dict__, "cause": None})


def _made_again(kind: type[Problem], arguments: tuple[Any, ...], values: dict[str, Any]) -> Problem:
    """A problem from another process; what its own kind is made from is not asked for."""
    made = kind.__new__(kind, *arguments)
    made.__dict__.update(values)
    return made


def problem_of(error: BaseException) -> Problem:
    """``error`` itself if it is one, else a problem that says what it says."""
    return error if isinstance(error, Problem) else Problem(reason_of(error), "", error)
