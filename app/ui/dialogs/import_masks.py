"""Masks from another program: what will come in and what will not, before anything is changed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QLocale, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.batch.importing import Planned
from app.core.document import State
from app.core.review import StateCounts
from app.session.assembly import AppContext
from app.storage.exchange.formats import FORMATS
from app.storage.exchange.importing import ImportOptions
from app.ui.counts import words_of
from app.ui.dialogs.job_dialog import JobDialog
from app.ui.keymap import filled
from app.ui.panels.figures import ROW
from app.ui.words import said, translate

MOST_ROWS = 2000


class ImportDialog(JobDialog):
    """``segment_wanted``: boxes came in that wait for their masks, and are to get them."""

    segment_wanted = Signal()

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Import masks"), parent)
        self._context, self._importer = context, context.importer
        self._planned: Planned | None = None
        self._taken: QTreeWidgetItem | None = None
        self._going = ""
        self.path = QLineEdit(self)
        self.path.setPlaceholderText(self.tr("A file or folder of another program"))
        self.path.setAccessibleName(self.tr("File or folder to import"))
        self.file, self.folder = QPushButton(self.tr("File…")), QPushButton(self.tr("Folder…"))
        self.form, self.state = QComboBox(self), QComboBox(self)
        self.replace = QCheckBox(self.tr("Replace what the images have; locked objects stay"), self)
        self.report = QTreeWidget(self)
        self.take = self.button(self.tr("Import"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.undo = self.button(self.tr("Take the import back"))
        self.segment = self.button(self.tr("Boxes to masks…"))
        self._lay_out()
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        self.form.addItem(self.tr("find out"), None)
        for each in FORMATS.values():
            self.form.addItem(said(each.title), each.name)
            self.form.setItemData(self.form.count() - 1, said(each.description), _TIP)
        self.state.addItem(self.tr("proposals, to be looked at"), State.PROPOSED)
        self.state.addItem(self.tr("accepted masks"), State.ACCEPTED)
        self.report.setHeaderLabels([self.tr("Image or record"), self.tr("What becomes of it")])
        self.report.setRootIsDecorated(True)
        self.report.setAlternatingRowColors(True)
        self.report.setUniformRowHeights(True)
        self.report.setAccessibleName(self.tr("Report"))
        self.report.header().resizeSection(0, 240)
        row = QHBoxLayout()
        row.addWidget(self.path, 1)
        row.addWidget(self.file)
        row.addWidget(self.folder)
        form = QFormLayout()
        form.addRow(self.tr("Import"), row)
        form.addRow(self.tr("Format"), self.form)
        form.addRow(self.tr("As"), self.state)
        form.addRow("", self.replace)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.progress)
        column.addWidget(self.outcome)
        column.addWidget(self.report, 1)
        column.addWidget(self.buttons)
        self.resize(640, 560)

    def _connect(self) -> None:
        self.file.clicked.connect(self._choose_file)
        self.folder.clicked.connect(self._choose_folder)
        self.path.editingFinished.connect(self.look)
        for box in (self.form, self.state):
            box.activated.connect(self._again)
        self.replace.toggled.connect(self._again)
        self.take.clicked.connect(self._on_take)
        self.undo.clicked.connect(self._importer.undo)
        self.segment.clicked.connect(self.segment_wanted)
        self._importer.planned.connect(self._on_planned)
        self._importer.finished.connect(self._on_applied)
        self.follow(self._importer, stop=True)

    # -- looking

    def put(self, path: Path) -> None:
        """Look at this file or folder."""
        self.path.setText(str(path))
        self._again()

    @Slot()
    def look(self) -> None:
        """Read the file, if it was not read already; nothing is changed by that."""
        if self._planned is None:
            self._again()

    @Slot()
    def _again(self) -> None:
        if self._importer.running:
            # Fields that are switched off meanwhile end their editing.
            return
        self._planned = self._taken = None
        self.report.clear()
        text = self.path.text().strip()
        if not text:
            return
        options = ImportOptions(State(self.state.currentData()), self.replace.isChecked())
        self.outcome.setText(self.tr("Reading…"))
        self._importer.plan(Path(text).expanduser(), self.form.currentData(), options)

    @Slot()
    def _choose_file(self) -> None:
        title = self.tr("Import a file")
        kinds = self.tr("Annotations") + " (*.json *.yaml *.yml *.xml *.txt *.png)"
        chosen, _ = QFileDialog.getOpenFileName(self, title, self._start(), kinds)
        if chosen:
            self.put(Path(chosen))

    @Slot()
    def _choose_folder(self) -> None:
        title = self.tr("Import a folder")
        chosen = QFileDialog.getExistingDirectory(self, title, self._start())
        if chosen:
            self.put(Path(chosen))

    def _start(self) -> str:
        folder = self._context.session.folder
        return self.path.text().strip() or str(folder.root if folder else Path.home())

    # -- what was found

    @Slot(object)
    def _on_planned(self, planned: Planned) -> None:
        self._planned = planned
        plan, number = planned.plan, QLocale().toString
        masks = self.tr("%n mask(s)", "", plan.added)
        images = self.tr("%n image(s)", "", len(plan.changes))
        text = self.tr("{0}: {1} on {2}.").format(said(planned.form.title), masks, images)
        if plan.unsegmented:
            text += " " + self.tr("%n box(es) or points without a mask.", "", plan.unsegmented)
        if plan.known:
            text += " " + self.tr("{0} already there, just so.").format(number(plan.known))
        if plan.accepted:
            text += " " + self.tr("{0} of them will be accepted.").format(number(plan.accepted))
        new = [label.name for label in plan.labels if planned.labels.named(label.name) is None]
        if new:
            text += " " + self.tr("New labels: {0}.").format(", ".join(new))
        if plan.skipped:
            text += " " + self.tr("{0} left out or altered.").format(number(len(plan.skipped)))
        gone = removed_words(plan.removed, plan.removed_unsegmented)
        if gone:
            # Last and by itself: it is what cannot be seen in the picture afterwards.
            images = self.tr("%n image(s)", "", plan.replaced)
            text += "\n" + self.tr("Will be removed: {0}, on {1}.").format(gone, images)
        self.outcome.setText(text)
        self._fill(planned)
        self.refresh()

    def _fill(self, planned: Planned) -> None:
        plan = planned.plan
        self.report.clear()
        if plan.skipped:
            group = QTreeWidgetItem(
                self.report, [self.tr("Left out or altered"), str(len(plan.skipped))]
            )
            for skip in plan.skipped[:MOST_ROWS]:
                reason = said(skip.reason)
                item = QTreeWidgetItem(group, [said(skip.where), reason])
                item.setToolTip(1, reason)
        group = QTreeWidgetItem(self.report, [self.tr("Taken over"), str(len(plan.changes))])
        self._taken = group
        first = self.report.topLevelItem(0)
        if first is not None:
            first.setSizeHint(0, ROW)
        for change in plan.changes[:MOST_ROWS]:
            parts = [self.tr("%n mask(s)", "", change.added)]
            if change.unsegmented:
                parts.append(self.tr("%n without a mask", "", change.unsegmented))
            if change.known:
                parts.append(self.tr("{0} already there").format(change.known))
            gone = removed_words(change.removed, change.removed_unsegmented)
            if gone:
                parts.append(self.tr("removed: {0}").format(gone))
            if not change.by_path:
                parts.append(self.tr("found by its base name"))
            QTreeWidgetItem(group, [change.name, ", ".join(parts)])
        self.report.expandAll()

    # -- taking over

    @Slot()
    def _on_take(self) -> None:
        planned, self._planned = self._planned, None
        if planned is None:
            return
        self._going = removed_words(planned.plan.removed, planned.plan.removed_unsegmented)
        if not self._importer.apply(planned):
            self._going = ""
            self._again()

    @Slot(int, int)
    def _on_applied(self, changed: int, left: int) -> None:
        text = self.tr("%n image(s) changed.", "", changed)
        if left:
            text += " " + self.tr("%n image(s) were edited meanwhile and stay.", "", left)
        elif self._going:
            text += " " + self.tr("Removed: {0}.").format(self._going)
        self._going = ""
        if self.state.currentData() == State.PROPOSED and self._importer.can_undo:
            looks = self.tr("«review» looks at the proposals.")
            text += " " + filled(looks, self._context.preferences.value)
        self.outcome.setText(text)
        if self._taken is not None:
            # What was left out stays to be read.
            self.report.takeTopLevelItem(self.report.indexOfTopLevelItem(self._taken))
            self._taken = None

    def refresh(self) -> None:
        running = self._importer.running
        self.progress.setVisible(running)
        self.take.setEnabled(self._planned is not None and bool(self._planned.plan.changes))
        self.undo.setVisible(self._importer.can_undo)
        self.segment.setVisible(self._importer.can_undo)
        for widget in (self.path, self.file, self.folder, self.form, self.state, self.replace):
            widget.setEnabled(not running)


def removed_words(removed: StateCounts, unsegmented: int) -> str:
    """Such as ``2 accepted, 1 without a mask``; empty if nothing goes."""
    parts = [words_of(removed)] if removed.total else []
    if unsegmented:
        parts.append(translate("ImportDialog", "%n without a mask", "", unsegmented))
    return ", ".join(parts)


_TIP = int(Qt.ItemDataRole.ToolTipRole)
