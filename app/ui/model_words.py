"""What models are called in the window."""

from __future__ import annotations

from app.inference.questions import Choice
from app.ui.problem_words import said
from app.ui.words import translate

BUILTIN = Choice().source


def title_of(choice: Choice) -> str:
    """Its name; the built-in model's in the language of the window."""
    return translate("ModelDialog", "Built-in") if choice.source == BUILTIN else choice.title


def reason_of(reason: str) -> str:
    """Why it runs where it does; remarks stand behind one another."""
    return "; ".join(said(part) for part in reason.split("; "))
