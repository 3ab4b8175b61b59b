"""What went wrong, for the person in front of the screen."""

from __future__ import annotations

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


def problem_of(error: BaseException) -> Problem:
    """``error`` itself if it is one, else a problem that says what it says."""
    return error if isinstance(error, Problem) else Problem(reason_of(error), "", error)
