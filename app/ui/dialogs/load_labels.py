"""A set of labels from a file: what taking it over would do, told before it is done."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.core.label_sets import SetPlan, merged, replaced
from app.core.labels import LabelSet

NAMED = 8
"""So many labels are called by name, of the others is told how many they are."""


class LoadLabels(QDialog):
    """``chosen`` carries the labels as they are to be.

    Args:
        name: of the file.
        labels: those there are.
        found: those of the file.
        used: ids of labels that objects of the open image have.
    """

    chosen = Signal(object)

    def __init__(
        self,
        name: str,
        labels: LabelSet,
        found: LabelSet,
        used: Collection[int],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Load a set of labels"))
        self.merge = QRadioButton(self.tr("Add its labels, and keep the others"), self)
        self.replace = QRadioButton(self.tr("Have its labels alone, in its order"), self)
        self.merge.setChecked(True)
        self.outcome = QLabel(self)
        self.outcome.setWordWrap(True)
        self.outcome.setMinimumHeight(6 * self.fontMetrics().lineSpacing())
        self.outcome.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._plans = merged(labels, found), replaced(labels, found, used)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        buttons.accepted.connect(self._on_ok)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        head = QLabel(self.tr("{0} holds %n label(s).", "", len(found)).format(name), self)
        head.setTextFormat(Qt.TextFormat.PlainText)
        head.setWordWrap(True)
        for widget in (head, self.merge, self.replace):
            column.addWidget(widget)
        column.addWidget(self.outcome, 1)
        column.addWidget(buttons)
        self.merge.toggled.connect(self._tell)
        self.resize(460, 300)
        self._tell()

    @property
    def plan(self) -> SetPlan:
        """What is chosen."""
        return self._plans[0 if self.merge.isChecked() else 1]

    @Slot()
    def _tell(self) -> None:
        plan = self.plan
        lines = [
            text.format(_named(names))
            for text, names in (
                (self.tr("New: {0}."), plan.added),
                (self.tr("Colour, key, description or attributes change: {0}."), plan.changed),
                (self.tr("Taken from the list: {0}."), plan.removed),
                (self.tr("Lose their key: {0}."), plan.keys_lost),
            )
            if names
        ]
        if plan.removed:
            lines.append(
                self.tr("Those that objects have come back when an image with them is opened.")
            )
        if self.replace.isChecked() and plan.kept:
            text = self.tr("Stay, for objects of this image have them: {0}.")
            lines.append(text.format(_named(plan.kept)))
        self.outcome.setText("\n".join(lines) or self.tr("Nothing changes."))

    @Slot()
    def _on_ok(self) -> None:
        self.chosen.emit(self.plan.labels)
        self.accept()


def _named(names: Sequence[str]) -> str:
    more = f" … (+{len(names) - NAMED})" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
