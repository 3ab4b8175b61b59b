"""The one dialog that stops people to tell them of a problem."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from app.core.errors import Problem
from app.ui.words import said, translate


def box(problem: Problem, parent: QWidget | None = None) -> QMessageBox:
    """A message with what happened, what to do, and the cause behind a button."""
    made = QMessageBox(parent)
    made.setIcon(QMessageBox.Icon.Warning)
    made.setWindowTitle(translate("ProblemDialog", "A problem"))
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(said(problem.what))
    made.setInformativeText(said(problem.advice))
    if problem.cause is not None:
        made.setDetailedText(f"{type(problem.cause).__name__}: {problem.cause}")
    made.setStandardButtons(QMessageBox.StandardButton.Ok)
    return made


def tell(problem: Problem, parent: QWidget | None = None) -> None:
    """Show it and wait until it was read."""
    made = box(problem, parent)
    made.exec()
    made.deleteLater()


def unsaved(names: Sequence[str], copies: Sequence[str], parent: QWidget | None = None) -> bool:
    """Ask whether to close although work is not where it belongs; True to close."""
    made = QMessageBox(parent)
    made.setIcon(QMessageBox.Icon.Warning)
    made.setWindowTitle(translate("ProblemDialog", "Not everything is saved"))
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(
        translate("ProblemDialog", "These could not be saved in their folder:")
        + "\n"
        + "\n".join(names)
    )
    if copies:
        rest = translate("ProblemDialog", "Copies were put here, and can be restored later:")
        made.setInformativeText(rest + "\n" + "\n".join(copies))
    stay = made.addButton(
        translate("ProblemDialog", "Stay and try again"), QMessageBox.ButtonRole.RejectRole
    )
    leave = made.addButton(
        translate("ProblemDialog", "Close anyway"), QMessageBox.ButtonRole.DestructiveRole
    )
    made.setDefaultButton(stay)
    made.exec()
    answer = made.clickedButton() is leave
    made.deleteLater()
    return answer
