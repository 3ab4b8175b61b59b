"""Accepting every proposal above a score: first what that means, then one step."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.review import Preview
from app.session.assembly import AppContext

START = 0.9


class AcceptAbove(QGroupBox):
    """While the threshold is touched, what it would accept is selected on the canvas.

    ``folder_wanted``: the same is wanted on every image.
    """

    folder_wanted = Signal()

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Accept many at once"))
        self._session = context.session
        self._queue = context.review
        self._preview = Preview((), 0)
        self.threshold = QDoubleSpinBox(self)
        self.threshold.setRange(0, 1)
        self.threshold.setSingleStep(0.01)
        self.threshold.setValue(START)
        self.threshold.setAccessibleName(self.tr("Lowest score to accept"))
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.show_them = QPushButton(self.tr("Show"), self)
        self.accept_them = QPushButton(self)
        self.everywhere = QPushButton(self.tr("In the whole folder…"), self)
        title = QLabel(self.tr("Score of at least"), self)
        title.setBuddy(self.threshold)
        first, last = QHBoxLayout(), QHBoxLayout()
        first.addWidget(title, 1)
        first.addWidget(self.threshold)
        last.addStretch(1)
        last.addWidget(self.show_them)
        last.addWidget(self.accept_them)
        column = QVBoxLayout(self)
        column.setSpacing(6)
        column.addLayout(first)
        column.addWidget(self.words)
        column.addLayout(last)
        column.addWidget(self.everywhere, 0, Qt.AlignmentFlag.AlignRight)
        self.threshold.valueChanged.connect(self._on_threshold)
        self.show_them.clicked.connect(self._show)
        self.accept_them.clicked.connect(self._on_accept)
        self.everywhere.clicked.connect(self.folder_wanted)
        self._queue.changed.connect(self.refresh)
        self.refresh()

    @property
    def preview(self) -> Preview:
        """What the button would do now."""
        return self._preview

    @Slot()
    def refresh(self) -> None:
        self._preview = found = self._queue.preview(self.threshold.value())
        self.accept_them.setText(self.tr("Accept %n", "", len(found.ids)))
        self.accept_them.setEnabled(bool(found.ids) and self._queue.active)
        self.show_them.setEnabled(bool(found.ids) and self._queue.active)
        if not found.ids:
            best = self._queue.preview(0).best_iou
            text = self.tr("No proposal here has such a score.")
            if best is not None:
                text += " " + self.tr("The highest is {0}.").format(f"{best:.2f}")
            self.words.setText(text)
            return
        labels = self._session.labels
        counts = sorted(found.by_label.items(), key=lambda each: -each[1])
        shown = ", ".join(f"{count} x {labels.label(each).name}" for each, count in counts[:4])
        text = self.tr("Accepts {0}; %n would still wait.", "", found.left).format(
            shown + (" …" if len(counts) > 4 else "")
        )
        if found.worst_iou is not None:
            text += " " + self.tr("The lowest score is {0}.").format(f"{found.worst_iou:.2f}")
        self.words.setText(text)

    @Slot()
    def _on_threshold(self) -> None:
        self.refresh()
        self._show()

    @Slot()
    def _show(self) -> None:
        if self._queue.active:
            self._session.select(self._preview.ids)

    @Slot()
    def _on_accept(self) -> None:
        self._queue.accept_above(self._preview)
        canvas = self.window().findChild(QWidget, "canvas")
        if isinstance(canvas, QWidget):
            canvas.setFocus(Qt.FocusReason.OtherFocusReason)
