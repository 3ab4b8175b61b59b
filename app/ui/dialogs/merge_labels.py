"""A label goes: into which other one, or with its objects; on how many objects and images is told
before anything is changed.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import Problem
from app.core.labels import LabelSet
from app.session.assembly import AppContext
from app.session.jobs.merge_labels import Counted
from app.ui.dialogs.job_dialog import JobDialog
from app.ui.panels.objects import swatch
from app.ui.words import spoken

NONE = -1
"""In the place of the label that objects get: they are deleted."""


class MergeFacts(QObject):
    """What a merge changes, in words.

    No class is made from this one: asked for a plural, PySide's ``tr`` asks the subclass first and
    takes the number filled in for a translation.
    """

    def of(self, counted: Counted, labels: LabelSet) -> str:
        """What this merge changes, by the names of these labels."""
        merge = counted.merge
        objects = self.tr("%n object(s)", "", counted.objects)
        images = self.tr("%n image(s)", "", len(counted.shares))
        old = labels.label(merge.source).name
        if merge.into is None:
            text = self.tr("{0} on {1} in this folder will be deleted.").format(objects, images)
        else:
            text = self.tr("{0} on {1} in this folder will get the label “{2}”.").format(
                objects, images, labels.label(merge.into).name
            )
        if counted.unclear:
            left = self.tr("%n image(s) cannot be changed, so the label “{0}” stays.", "",
                           len(counted.unclear))  # fmt: skip
            text += " " + left.format(old)
        else:
            text += " " + self.tr("The label “{0}” goes.").format(old)
        return text + " " + self.tr("Undo takes all of it back.")


class MergeDialog(JobDialog):
    """Counts anew with every other choice; closing it lets a merge under way go on."""

    removes = False
    """Whether the objects may also be deleted."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._session, self._merger = context.session, context.merger
        self._proposing, self._importer = context.proposing, context.importer
        self._counted: Counted | None = None
        self._asked: tuple[int, int] | None = None
        self.setWindowTitle(self.tr("Remove label") if self.removes else self.tr("Merge labels"))
        self.source, self.into = QComboBox(self), QComboBox(self)
        do = self.tr("Remove") if self.removes else self.tr("Merge")
        self.go = self.button(do)
        self.finished.connect(self._merger.stop)
        self.go.clicked.connect(self._on_go)
        self._lay_out()
        for field in (self.source, self.into):
            field.currentIndexChanged.connect(self._count)
        self._merger.counted.connect(self._on_counted)
        self._merger.finished.connect(self._on_finished)
        self.follow(self._merger)
        self._session.folder_labels.changed.connect(self._fill)
        self._session.document_changed.connect(self._recount)
        context.proposing.changed.connect(self._recount)
        context.importer.changed.connect(self._recount)
        self._fill()
        self.choose(self._session.active_label)

    def choose(self, source: int, into: int | None = None) -> None:
        """This label goes, into that one if it is told."""
        self.source.setCurrentIndex(self.source.findData(source))
        if into is not None:
            self.into.setCurrentIndex(self.into.findData(into))
        self._recount()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow(self.tr("Objects with the label"), self.source)
        form.addRow(self.tr("get the label"), self.into)
        for field in (self.source, self.into):
            field.setMinimumContentsLength(16)
            field.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            field.setSizePolicy(
                field.sizePolicy().Policy.Expanding, field.sizePolicy().Policy.Fixed
            )
        self.outcome.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.outcome.setContentsMargins(0, 8, 0, 0)
        self.outcome.setMinimumHeight(4 * self.fontMetrics().height())
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.outcome, 1)
        column.addWidget(self.progress)
        column.addWidget(self.buttons)
        self.resize(420, 220)

    @Slot()
    def _fill(self) -> None:
        """The labels as they are now; what was chosen stays chosen where it is there."""
        for field in (self.source, self.into):
            chosen = field.currentData()
            field.blockSignals(True)
            field.clear()
            for label in self._session.labels:
                field.addItem(swatch(label.color), label.name, label.id)
            if self.removes and field is self.into:
                field.addItem(self.tr("none: they are deleted"), NONE)
            field.setCurrentIndex(max(0, field.findData(chosen)))
            field.blockSignals(False)
        self._recount()

    @Slot()
    def _recount(self) -> None:
        self._asked = None
        self._count()

    @Slot()
    def _count(self) -> None:
        source, into = self.source.currentData(), self.into.currentData()
        if source == into:
            # There is always another one to choose, and the one just chosen stays.
            other = self.into if self.sender() is not self.into else self.source
            other.blockSignals(True)
            other.setCurrentIndex(0 if other.currentIndex() else min(1, other.count() - 1))
            other.blockSignals(False)
            source, into = self.source.currentData(), self.into.currentData()
        if source == into or self._merger.running or (source, into) == self._asked:
            self.go.setEnabled(False)
            return
        self._asked, self._counted = (source, into), None
        self.go.setEnabled(False)
        self.outcome.setText(self.tr("Counting the objects…"))
        self._merger.count(source, None if into == NONE else into)

    @Slot(object)
    def _on_counted(self, counted: Counted) -> None:
        merge = counted.merge
        if (merge.source, NONE if merge.into is None else merge.into) != self._asked:
            return
        self._counted = counted
        self.outcome.setText(MergeFacts().of(counted, self._session.labels))
        # What is running gives objects the label that was chosen when it began.
        busy = self._proposing.running or self._importer.running
        self.go.setEnabled(self._session.folder_labels.refusal is None and not busy)

    @Slot()
    def _on_go(self) -> None:
        if self._counted is None or not self._merger.merge(self._counted):
            self._recount()
            return
        self.go.setEnabled(False)
        self.progress.setVisible(self._merger.running)

    @Slot(int, int, int)
    def _on_finished(self, objects: int, images: int, left: int) -> None:
        self.progress.hide()
        if not left:
            self.close()
            return
        self._fill()

    def show_failure(self, problem: Problem) -> None:
        self.progress.hide()
        self.outcome.setText(spoken(problem))


class RemoveDialog(MergeDialog):
    """Asks what becomes of the objects of a label that goes; one that none has goes unasked."""

    removes = True
    asks = Signal()

    def remove(self, label_id: int) -> None:
        """Take the label away, and open only if something has it."""
        self.choose(label_id)
        self.source.setEnabled(False)

    def _on_counted(self, counted: Counted) -> None:
        super()._on_counted(counted)
        if self._counted is not counted or self.isVisible():
            return
        if counted.objects or counted.unclear or not self.go.isEnabled():
            self.asks.emit()
        else:
            self._session.folder_labels.remove(counted.merge.source)
            self.deleteLater()
