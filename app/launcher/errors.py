"""The one error a start can end with."""

from __future__ import annotations


class CannotStartError(Exception):
    """The program cannot be started, for a reason the user can do something about.

    Attributes:
        what: what happened, in one or two sentences.
        advice: what to do next.
    """

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(f"{what}\n{advice}")
        self.what = what
        self.advice = advice
