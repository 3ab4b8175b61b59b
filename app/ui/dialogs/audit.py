"""The audit: draw masks at random, look at each, correct it, and see how good they were."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.batch.report import FolderReport
from app.core.errors import Problem
from app.core.statistics import group
from app.session.assembly import AppContext
from app.ui.canvas.view import Canvas
from app.ui.canvas.viewport import with_room
from app.ui.dialogs.job_dialog import ReportDialog
from app.ui.keymap import filled
from app.ui.panels.figures import Figures

RIGHT_KEY = "Ctrl+Return"
SIZE = (760, 520)


class AuditDialog(ReportDialog):
    """Stays beside the image while one goes through the masks drawn."""

    name = "audit"

    def __init__(self, context: AppContext, canvas: Canvas, parent: QWidget | None = None) -> None:
        super().__init__(context, self.tr("Audit"), parent)
        self._canvas, self._auditing = canvas, context.auditing
        self._aside = False
        self.count = QSpinBox(self)
        self.automatic = QCheckBox(self.tr("only masks that the machine made"), self)
        self.draw = QPushButton(self.tr("Draw"), self)
        self.begin = QPushButton(self)
        self.right = QPushButton(self.tr("It is right  ({0})").format(_native(RIGHT_KEY)), self)
        self.later = QPushButton(self.tr("Later"), self)
        self.summary, self.figures = QLabel(self), Figures(self)
        self.measure = self.button(self.tr("Show the result"))
        self._add_saving()
        self._lay_out()
        self._connect()
        self._auditing.load()
        self.refresh()

    def _lay_out(self) -> None:
        self.count.setRange(1, 100_000)
        self.count.setValue(100)
        self.count.setAccessibleName(self.tr("Masks to draw"))
        self.summary.setWordWrap(True)
        box = QGroupBox(self.tr("Draw masks at random"), self)
        row = QHBoxLayout(box)
        row.addWidget(self.count)
        row.addWidget(self.automatic, 1)
        row.addWidget(self.draw)
        steps = QHBoxLayout()
        for button in (self.begin, self.right, self.later):
            steps.addWidget(button)
        steps.addStretch(1)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        for part in (box, self.progress, self.outcome):
            column.addWidget(part)
        column.addLayout(steps)
        column.addWidget(self.summary)
        column.addWidget(self.figures, 1)
        column.addWidget(self.buttons)
        self.resize(*SIZE)

    def _connect(self) -> None:
        self.draw.clicked.connect(self._on_draw)
        self.begin.clicked.connect(self._on_begin)
        self.right.clicked.connect(self._auditing.right)
        self.later.clicked.connect(self._auditing.later)
        self.measure.clicked.connect(self._on_measure)
        self._auditing.current_changed.connect(self._on_current)
        self._reporting.ready.connect(self._on_ready)
        self.follow(self._auditing, self._reporting, stop=True)
        parent = self.parentWidget()
        if parent is not None:
            # Works on the image too, where the corrections are made.
            key = QShortcut(QKeySequence(RIGHT_KEY), parent, self._auditing.right)
            self.destroyed.connect(key.deleteLater)
        QShortcut(QKeySequence(RIGHT_KEY), self, self._auditing.right)

    # -- going through

    @Slot()
    def _on_draw(self) -> None:
        self._found = None
        self.summary.clear()
        self.figures.clear()
        self._auditing.draw(self.count.value(), automatic_only=self.automatic.isChecked())

    @Slot()
    def _on_begin(self) -> None:
        if self._auditing.active:
            self._auditing.stop()
        else:
            self._context.review.stop()
            self._auditing.start()

    @Slot()
    def _on_current(self) -> None:
        item, document = self._auditing.current, self._context.session.document
        shown = document.get(item.annotation_id) if item is not None and document else None
        if shown is not None and shown.mask.bounds is not None:
            self._canvas.set_viewport(self._canvas.viewport.showing(with_room(shown.mask.bounds)))

    def _stand_aside(self, aside: bool) -> None:
        """Small in the window's corner while masks are looked at, large for the result."""
        self._aside = aside
        self.figures.setVisible(not aside)
        frame = self.frameSize() - self.size()
        self.resize(self.minimumSizeHint() if aside else QSize(*SIZE))
        window = self._canvas.window()
        corner = window.mapToGlobal(window.rect().bottomRight())
        place = QRect(QPoint(0, 0), self.size() + frame)
        if aside:
            place.moveBottomRight(corner)
            self._canvas.activateWindow()
            self._canvas.setFocus()
        else:
            self._canvas.fit()
            place.moveCenter(window.mapToGlobal(window.rect().center()))
        self.move(place.topLeft())

    def refresh(self) -> None:
        audit, active = self._auditing.audit, self._auditing.active
        busy = self._auditing.running or self._reporting.running
        ended = self._aside and not active
        if active != self._aside:
            self._stand_aside(active)
        waiting = len(audit.needs_review) if audit is not None else 0
        drawn = len(audit.items) if audit is not None else 0
        if audit is None:
            self.outcome.setText(self.tr("Nothing is drawn yet."))
        else:
            text = self.tr("{0} of {1} looked at.").format(drawn - waiting, drawn)
            if active:
                told = self.tr("Correct the mask with the tools («correct» begins), or say it is "
                               "right.")  # fmt: skip
                text += " " + filled(told, self._context.preferences.value)
            self.outcome.setText(text)
        self.progress.setVisible(busy)
        self.draw.setEnabled(not busy and self._context.session.read_only is None)
        self.begin.setText(self.tr("Pause") if active else self.tr("Go through them"))
        self.begin.setEnabled(active or (waiting > 0 and not busy))
        self.right.setEnabled(active)
        self.later.setEnabled(active)
        self.measure.setEnabled(audit is not None and waiting < drawn and not busy)
        self.page.setEnabled(self._found is not None)
        self.table.setEnabled(self._found is not None)
        if ended and drawn and not waiting and not busy:
            self._on_measure()

    # -- the result

    @Slot()
    def _on_measure(self) -> None:
        if self._auditing.active:
            self._auditing.stop()
        self._reporting.read(self._auditing.audit)
        self.refresh()

    @Slot(object)
    def _on_ready(self, found: FolderReport) -> None:
        if found.audit is not None:
            self._found = found
            whole = group(self.tr("all"), found.audit.facts)
            text = self.tr("{0} of the masks overlap with their correction by more than 0.9, {1} "
                           "by more than 0.75.")  # fmt: skip
            ious = whole.ious
            self.summary.setText(text.format(f"{ious.above_good:.0%}", f"{ious.above_fair:.0%}"))
            titles = {
                "label": self.tr("By label"),
                "size": self.tr("By size"),
                "source": self.tr("By source"),
            }
            tables = [
                (titles.get(name, name), groups if name == "label" else self.figures.worded(groups))
                for name, groups in found.audit.groups
            ]
            self.figures.put([(self.tr("All"), (whole,)), *tables])
        self.refresh()

    @Slot(object)
    def _on_written(self, path: Path) -> None:
        self.summary.setText(self.tr("Written: {0}").format(path))

    def show_failure(self, problem: Problem) -> None:
        super().show_failure(problem)
        self.progress.hide()


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
