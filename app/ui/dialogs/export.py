"""Writing all accepted masks of the folder into one file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import Problem
from app.session.assembly import Workbench
from app.session.disk_folder import DiskFolder
from app.storage.exchange.values import ExportReport

DEFAULT_NAME = "instances.json"


class ExportDialog(QDialog):
    """COCO with run-length masks: where to, how far, what came of it."""

    def __init__(self, parts: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts = parts
        self._exporter = parts.exporter
        self.setWindowTitle(self.tr("Export"))
        self.target = QLineEdit(str(self._default()), self)
        self.target.setAccessibleName(self.tr("File to write"))
        self._choose = QPushButton(self.tr("Choose…"), self)
        self._choose.clicked.connect(self._on_choose)
        self.progress = QProgressBar(self)
        self.progress.hide()
        self.outcome = QLabel(self)
        self.outcome.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.start = self.buttons.addButton(
            self.tr("Export"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.stop = self.buttons.addButton(self.tr("Stop"), QDialogButtonBox.ButtonRole.ResetRole)
        self.stop.hide()
        self.stop.clicked.connect(self._exporter.stop)
        self.buttons.accepted.connect(self._on_start)
        self.buttons.rejected.connect(self.close)
        self._exporter.progress.connect(self._on_progress)
        self._exporter.finished.connect(self._on_finished)
        self._exporter.failed.connect(self._on_failed)
        self._exporter.stopped.connect(self._on_stopped)
        self._lay_out()

    def _default(self) -> Path:
        folder = self._parts.session.folder
        return (folder.root if folder is not None else Path.home()) / DEFAULT_NAME

    def _lay_out(self) -> None:
        words = QLabel(
            self.tr(
                "Writes one COCO file with every accepted mask of the images in the list, as run "
                "lengths: pixel for pixel what you see. The file is read back and compared "
                "before it is kept."
            ),
            self,
        )
        words.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(self.target, 1)
        row.addWidget(self._choose)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(words)
        layout.addLayout(row)
        layout.addWidget(self.progress)
        layout.addWidget(self.outcome)
        layout.addStretch(1)
        layout.addWidget(self.buttons)
        self.resize(560, 240)

    def _show_running(self, running: bool) -> None:
        self.progress.setVisible(running)
        self.stop.setVisible(running)
        self.start.setEnabled(not running)
        self.target.setEnabled(not running)
        self._choose.setEnabled(not running)

    @Slot()
    def _on_choose(self) -> None:
        filters = self.tr("COCO") + " (*.json)"
        chosen, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export to"), self.target.text(), filters
        )
        if chosen:
            self.target.setText(chosen)

    @Slot()
    def _on_start(self) -> None:
        folder, navigator = self._parts.session.folder, self._parts.navigator
        if not isinstance(folder, DiskFolder) or not self.target.text().strip():
            return
        names = [entry.name for entry in navigator.images]
        self.progress.setRange(0, 0)
        self.outcome.setText("")
        self._show_running(True)
        target = Path(self.target.text().strip()).expanduser()
        self._exporter.start(folder, self._parts.session.labels, names, target)

    @Slot(int)
    def _on_progress(self, done: int) -> None:
        self.progress.setFormat(self.tr("%n image(s)", "", done))

    @Slot(object)
    def _on_finished(self, report: ExportReport) -> None:
        self._show_running(False)
        images = self.tr("%n image(s)", "", report.images)
        objects = self.tr("%n object(s)", "", report.objects)
        text = self.tr("Done: {0} in {1}.").format(objects, images)
        self.outcome.setText(f"{text}\n{self.target.text()}")

    @Slot(object)
    def _on_failed(self, problem: Problem) -> None:
        self._show_running(False)
        self.outcome.setText(str(problem))

    @Slot()
    def _on_stopped(self) -> None:
        self._show_running(False)
        self.outcome.setText(self.tr("Stopped. Nothing was written."))
