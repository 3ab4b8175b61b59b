"""Writing the masks of the folder in another program's format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QLocale, Qt, Slot
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.core.document import ImageStatus
from app.core.errors import Problem
from app.session.assembly import AppContext
from app.session.folder.folder_protocol import Folder
from app.session.jobs.exporting import Order
from app.storage.exchange.exporting import of_project
from app.storage.exchange.occupied import occupied
from app.storage.exchange.values import ExportReport, Loss, Unchosen, Undescribed
from app.ui.dialogs.export_options import ChoiceForm, FormatForm
from app.ui.dialogs.job_dialog import JobDialog
from app.ui.elided import ElidedLabel
from app.ui.panels.figures import ROW
from app.ui.words import said, spoken

STEM = "instances"
MOST_ROWS = 2000


class ExportDialog(JobDialog):
    """What, how and where to; how far; what came of it and what was lost on the way."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Export"), parent)
        self._context = context
        self._exporter = context.exporter
        self._replaced: Path | None = None
        self._suffix: str | None = None
        self.format = FormatForm(self)
        self.choice = ChoiceForm(context.image_list.objects, self)
        self.target = QLineEdit(self)
        self.target.setAccessibleName(self.tr("File or folder to write"))
        self._choose = QPushButton(self.tr("Choose…"), self)
        self.written = ElidedLabel(self, Qt.TextElideMode.ElideMiddle)
        self.report = QTreeWidget(self)
        roles = QDialogButtonBox.ButtonRole
        self.start = self.button(self.tr("Export"), roles.AcceptRole)
        self.stop = self.button(self.tr("Stop"), roles.ResetRole)
        self._lay_out()
        self._connect()
        self._on_format()
        self._show_running(self._exporter.running)

    def _lay_out(self) -> None:
        words = QLabel(
            self.tr(
                "What is written is read back and compared before it counts as done. Images and "
                "work in this folder stay as they are."
            ),
            self,
        )
        words.setWordWrap(True)
        self.report.setHeaderLabels([self.tr("Object or image"), self.tr("What was lost")])
        self.report.setUniformRowHeights(True)
        self.report.setAlternatingRowColors(True)
        self.report.setAccessibleName(self.tr("Report"))
        self.report.header().resizeSection(0, 240)
        self.report.hide()
        row = QHBoxLayout()
        row.addWidget(self.target, 1)
        row.addWidget(self._choose)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addWidget(self.format)
        layout.addWidget(self.choice)
        layout.addLayout(row)
        for widget in (words, self.progress, self.outcome, self.written, self.report):
            layout.addWidget(widget)
        layout.setStretch(layout.indexOf(self.report), 1)
        layout.addStretch(0)
        layout.addWidget(self.buttons)
        self.resize(560, 540)

    def _connect(self) -> None:
        self.format.changed.connect(self._on_format)
        self.choice.changed.connect(self._on_changed)
        self._choose.clicked.connect(self._on_choose)
        self.stop.clicked.connect(self._exporter.stop)
        self.buttons.accepted.connect(self._on_start)
        self._context.navigator.statuses_changed.connect(self._on_statuses)
        self.follow(self._exporter)
        self._exporter.finished.connect(self._on_finished)
        self._exporter.stopped.connect(self._on_stopped)

    # -- what is chosen

    @property
    def _to_file(self) -> bool:
        return bool(self.format.chosen.suffix)

    @Slot()
    def _on_format(self) -> None:
        """A place that was not typed in follows the format."""
        folder = self._context.session.folder
        root = folder.root if folder is not None else Path.home()
        form = self.format.chosen
        # Beside the images a data set of many files would only be in the way.
        name = f"{STEM}{form.suffix}" if form.suffix else f"{root.name}-{form.name}"
        self._replaced = None
        typed = Path(self.target.text().strip())
        if not self.target.isModified():
            self.target.setText(str((root if form.suffix else root.parent) / name))
        elif self._suffix is not None and self._suffix != form.suffix:
            # A file of one format is no folder of another; where it was to lie stays.
            self.target.setText(str(typed.parent / name))
            self.target.setModified(True)
        self._suffix = form.suffix
        # What came of another format would be taken for this one's.
        self.outcome.clear()
        self.written.clear()
        self.report.hide()
        self.refresh()

    @Slot()
    def _on_statuses(self) -> None:
        self.choice.count(self._context.image_list.objects)

    @Slot()
    def _on_choose(self) -> None:
        title, now, form = self.tr("Export to"), self.target.text(), self.format.chosen
        if self._to_file:
            filters = f"{form.title} (*{form.suffix})"
            chosen, _ = QFileDialog.getSaveFileName(self, title, now, filters)
        else:
            chosen = QFileDialog.getExistingDirectory(self, title, str(Path(now).parent))
        if chosen:
            self.target.setText(chosen)
            self.target.setModified(True)
            if self._to_file:
                # The file dialog has asked already.
                self._replaced = Path(chosen)

    def refresh(self) -> None:
        running = self._exporter.running
        self.start.setEnabled(not running and self.choice.anything)

    # -- running

    def _show_running(self, running: bool) -> None:
        self.progress.setVisible(running)
        self.stop.setVisible(running)
        for widget in (self.format, self.choice, self.target, self._choose):
            widget.setEnabled(not running)
        self.refresh()

    @Slot()
    def _on_start(self) -> None:
        folder, navigator = self._context.session.folder, self._context.navigator
        text = self.target.text().strip()
        if folder is None or not text:
            return
        target = Path(text).expanduser()
        if not self._may_replace(folder, target):
            return
        names = [entry.name for entry in navigator.images]
        todo = navigator.counts[ImageStatus.TODO]
        self.progress.setRange(0, max(len(names) - todo, 1))
        self.progress.setValue(0)
        self.outcome.setText("")
        self.written.setText("")
        self.report.hide()
        choice, options = self.choice.choice(), self.format.options()
        order = Order(self.format.chosen, target, choice, options, overwrite=True)
        self._exporter.start(folder, names, order)
        self._show_running(True)

    def _may_replace(self, folder: Folder, target: Path) -> bool:
        """What is there may be what the masks were imported from: told once, then done."""
        words = ""
        export = of_project(folder.project, self._context.session.labels, ())
        # One file is asked about in any case, and may be too large to look into meanwhile.
        found = (
            None
            if self._to_file
            else occupied(self.format.chosen, target, export.protected, export.source)
        )
        if self._to_file and target.is_file():
            words = self.tr("{0} is there already. Export once more to replace it.")
        elif found is not None:
            words = self.tr("Export once more to write among them: files of the same names are "
                            "replaced, others stay.")  # fmt: skip
        elif not self._to_file and target.is_dir() and any(target.iterdir()):
            words = self.tr("{0} is not empty. Export once more to replace files in it.")
        if not words or self._replaced == target:
            return True
        self._replaced = target
        self.report.hide()
        what = "" if found is None else f"{spoken(found)} "
        self.outcome.setText(what + words.format(target.name))
        self.written.clear()
        self.start.setFocus()
        return False

    def show_progress(self, done: int, total: int) -> None:
        self.progress.setValue(min(done, self.progress.maximum()))
        self.progress.setFormat(self.tr("%n image(s)", "", done))

    @Slot(object)
    def _on_finished(self, report: ExportReport) -> None:
        self._show_running(False)
        self._replaced = Path(self.target.text().strip()).expanduser()
        images = self.tr("%n image(s)", "", report.images)
        objects = self.tr("%n object(s)", "", report.objects)
        text = self.tr("Done: {0} in {1}, read back and compared.").format(objects, images)
        lines = [text]
        if report.losses:
            lines.append(self._loss_words(report))
        if report.skipped:
            lines.append(self.tr("%n left out.", "", len(report.skipped)))
        if report.removed:
            lines.append(self.tr("%n file(s) of an earlier export removed.", "",
                                 len(report.removed)))  # fmt: skip
        if report.others:
            lines.append(self.tr("%n other file(s) lie there and are read with it.", "",
                                 len(report.others)))  # fmt: skip
        lines += self._undescribed_words(report.undescribed)
        self.outcome.setText("\n".join([*lines, *self._unchosen_words(report.unchosen)]))
        self.written.setText(self.target.text())
        self._fill(report)
        # Enter again is to go on with the work, not to write all of it once more.
        self.buttons.button(QDialogButtonBox.StandardButton.Close).setFocus()

    def _loss_words(self, report: ExportReport) -> str:
        mean = sum(loss.iou for loss in report.losses) / len(report.losses)
        text = self.tr("%n object(s) came back different: IoU {0} on average, {1} at worst.",
                       "", len(report.losses))  # fmt: skip
        return text.format(f"{mean:.3f}", f"{report.worst_iou:.3f}")

    def _undescribed_words(self, lost: Undescribed) -> Iterator[str]:
        """What the format has no place for."""
        if lost.attributes:
            yield self.tr("%n object(s) lost attributes: the format has no place for them.", "",
                          lost.attributes)  # fmt: skip
        if lost.flags:
            yield self.tr("%n object(s) lost flags: the format has no place for them.", "",
                          lost.flags)  # fmt: skip
        if lost.groups:
            yield self.tr("%n object(s) lost their group: the format has no place for it.", "",
                          lost.groups)  # fmt: skip
        if lost.notes:
            yield self.tr("%n object(s) lost their note: the format has no place for it.", "",
                          lost.notes)  # fmt: skip

    def _unchosen_words(self, unchosen: Unchosen) -> Iterator[str]:
        """What was there and not asked for: nobody is to find out when the file is used."""
        if unchosen.proposals:
            yield self.tr("%n proposal(s) were not written: nobody has accepted them yet.", "",
                          unchosen.proposals)  # fmt: skip
        if unchosen.unsegmented:
            yield self.tr("%n object(s) were not written: they are boxes or points still.", "",
                          unchosen.unsegmented)  # fmt: skip
        if unchosen.undecided:
            yield self.tr("%n image(s) were not written as empty: skipped, or not looked through.",
                          "", unchosen.undecided)  # fmt: skip
        if unchosen.inside:
            yield self.tr("%n image(s) with objects lie in folders inside that are not shown.", "",
                          unchosen.inside)  # fmt: skip

    def _fill(self, report: ExportReport) -> None:
        """The worst losses first, then what was left out."""
        self.report.clear()
        losses = sorted(report.losses, key=lambda loss: loss.iou)
        rows = [(loss.where, self._words(loss)) for loss in losses[:MOST_ROWS]]
        rows += [(skip.where, said(skip.reason)) for skip in report.skipped[:MOST_ROWS]]
        stays = self.tr("not of this export; left alone")
        rows += [(name, stays) for name in report.others[:MOST_ROWS]]
        gone = self.tr("of an earlier export; removed")
        rows += [(name, gone) for name in report.removed[:MOST_ROWS]]
        for where, words in rows:
            item = QTreeWidgetItem(self.report, [said(where), words])
            item.setSizeHint(0, ROW)
            item.setToolTip(1, words)
        self.report.setVisible(bool(rows))
        if rows and self.height() < 720:
            self.resize(self.width(), 720)

    def _words(self, loss: Loss) -> str:
        return f"IoU {QLocale().toString(loss.iou, 'f', 3)}: {said(loss.reason)}"

    def show_failure(self, problem: Problem) -> None:
        super().show_failure(problem)
        self._show_running(False)
        self.start.setFocus()

    @Slot()
    def _on_stopped(self) -> None:
        self._show_running(False)
        self.start.setFocus()
        done = self.progress.value()
        if self._to_file or not done:
            self.outcome.setText(self.tr("Stopped. Nothing was written."))
        else:
            self.outcome.setText(self.tr("Stopped after %n image(s); they stay written.", "", done))
