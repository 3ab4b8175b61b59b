"""The panel of the review: the object at hand, which ones are looked at, many accepted at once."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Signal, Slot
from PySide6.QtWidgets import QFormLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.core.document import Annotation
from app.core.review import found_score, old_iou
from app.ui.action_set import ActionSet
from app.ui.commands import Commands
from app.ui.panels.comparison import Comparison
from app.ui.panels.objects import SOURCES
from app.ui.panels.review_above import AcceptAbove
from app.ui.panels.review_filter import FilterForm
from app.ui.theme import Shades
from app.ui.words import translate


class ReviewPanel(QScrollArea):
    """``compare_wanted``: the picture of old and new was clicked."""

    compare_wanted = Signal()

    def __init__(
        self, commands: Commands, actions: ActionSet, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Review"))
        self._queue = commands.context.review
        self._session = commands.session
        self.comparison = Comparison(commands.context, actions, self)
        self.filter = FilterForm(commands.context, self)
        self.above = AcceptAbove(commands.context, self)
        self._at_hand = QWidget(self)
        self._facts = {name: QLabel(self) for name in ("label", "score", "source", "size")}
        self.comparison.clicked.connect(self.compare_wanted)
        self._lay_out()
        self._queue.changed.connect(self._show_facts)
        self._show_facts()

    def retint(self, shades: Shades) -> None:
        """Nothing here has colours of its own."""

    def show_compared(self, number: int) -> None:
        """Mark what the canvas shows: new, old, or the difference, counted from 0."""
        self.comparison.mark(number)

    def start_above(self) -> None:
        """Put the keyboard on the threshold."""
        self.ensureWidgetVisible(self.above)
        self.above.threshold.setFocus()

    def _lay_out(self) -> None:
        inside = QWidget(self)
        facts = QFormLayout(self._at_hand)
        facts.setContentsMargins(0, 0, 0, 0)
        facts.setVerticalSpacing(3)
        for name, title in (
            ("label", self.tr("Label")),
            ("score", self.tr("Score")),
            ("size", self.tr("Size")),
            ("source", self.tr("Source")),
        ):
            self._facts[name].setWordWrap(True)
            facts.addRow(title, self._facts[name])
        column = QVBoxLayout(inside)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(10)
        column.addWidget(self._at_hand)
        column.addWidget(self.comparison)
        column.addWidget(self.filter)
        column.addWidget(self.above)
        column.addStretch(1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)

    @Slot()
    def _show_facts(self) -> None:
        current = self._queue.current
        self.comparison.put(current)
        self._at_hand.setVisible(current is not None)
        if current is None:
            return
        self._facts["label"].setText(self._session.labels.label(current.label_id).name)
        self._facts["score"].setText(self._scores(current))
        size = QLocale().toString(current.mask.area)
        self._facts["size"].setText(self.tr("{0} pixels").format(size))
        self._facts["source"].setText(translate("Objects", SOURCES[current.source]))

    def _scores(self, current: Annotation) -> str:
        evidence, iou = current.evidence, old_iou(current)
        parts = []
        if evidence.predicted_iou is not None:
            parts.append(self.tr("expected IoU {0}").format(f"{evidence.predicted_iou:.2f}"))
        if evidence.stability_score is not None:
            parts.append(self.tr("stability {0}").format(f"{evidence.stability_score:.2f}"))
        found = found_score(current)
        if found is not None:
            parts.append(self.tr("found with {0}").format(f"{found:.2f}"))
        if iou is not None:
            parts.append(self.tr("IoU with the old one {0}").format(f"{iou:.2f}"))
        return ", ".join(parts) or self.tr("not known")
