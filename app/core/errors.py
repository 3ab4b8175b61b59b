"""What went wrong, for the person in front of the screen."""

from __future__ import annotations


class Problem(Exception):  # noqa: N818  it is shown to people, who do not read class names
    """A failure at an edge of the program: files, network, device, model.

    Attributes:
        what: one sentence: what happened, to which file or part.
        advice: one sentence: what to do now; may be empty.
        cause: the exception behind it, for the log; None if there is none.
    """

    def __init__(self, what: str, advice: str = "", cause: BaseException | None = None) -> None:
        super().__init__(what, advice, cause)
        self.what = what
        self.advice = advice
        self.cause = cause

    def __str__(self) -> str:
        return f"{self.what} {self.advice}".strip()


def problem_of(error: Exception) -> Problem:
    """``error`` as a Problem; what it says itself stands in the place of words for people."""
    return error if isinstance(error, Problem) else Problem(f"{error}", "", error)
