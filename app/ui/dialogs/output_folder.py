"""Where the objects and labels of the open folder are kept."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import Problem
from app.session.assembly import AppContext
from app.storage.names import shown
from app.ui.words import spoken

SAVE_S = 3.0
"""How long what was edited last may take to be written where it was."""


class OutputFolderDialog(QDialog):
    """Beside the images, or in a folder of one's choice; the images are opened anew from there."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._folder = context.session.folder
        self.setWindowTitle(self.tr("Output folder"))
        self.beside = QRadioButton(self.tr("Beside the images"), self)
        self.elsewhere = QRadioButton(self.tr("In this folder, as the images lie in theirs:"), self)
        self.path = QLineEdit(self)
        self.path.setAccessibleName(self.tr("Output folder"))
        self.choose = QPushButton(self.tr("Choose…"), self)
        self.told = QLabel(self)
        self.told.setWordWrap(True)
        self.told.setMinimumHeight(3 * self.fontMetrics().lineSpacing())
        self.told.setAlignment(Qt.AlignmentFlag.AlignTop)
        standard = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(standard.Ok | standard.Cancel, self)
        output = None if self._folder is None else self._folder.project.output
        if output is not None:
            self.path.setText(str(output))
        (self.elsewhere if output is not None else self.beside).setChecked(True)
        self._lay_out()
        self.elsewhere.toggled.connect(self._show)
        self.path.textChanged.connect(self._show)
        self.choose.clicked.connect(self._choose)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._show()

    def _lay_out(self) -> None:
        where = self._folder.root if self._folder is not None else Path()
        asked = QLabel(self.tr("Objects and labels of {0} are kept:").format(shown(where)), self)
        asked.setWordWrap(True)
        said = QLabel(
            self.tr(
                "Nothing is moved. What lies beside the images is read as long as the output "
                "folder has nothing for an image."
            ),
            self,
        )
        said.setWordWrap(True)
        said.setMinimumHeight(2 * self.fontMetrics().lineSpacing() + 4)
        row = QHBoxLayout()
        row.addSpacing(24)
        row.addWidget(self.path, 1)
        row.addWidget(self.choose)
        layout = QVBoxLayout(self)
        for widget in (asked, self.beside, self.elsewhere):
            layout.addWidget(widget)
        layout.addLayout(row)
        layout.addWidget(said)
        layout.addWidget(self.told)
        layout.addStretch(1)
        layout.addWidget(self.buttons)
        self.setMinimumWidth(480)
        self.resize(540, self.sizeHint().height())

    @property
    def wanted(self) -> Path | None:
        """The output folder; None for beside the images."""
        text = self.path.text().strip()
        return Path(text).expanduser() if self.elsewhere.isChecked() and text else None

    @Slot()
    def _show(self) -> None:
        elsewhere = self.elsewhere.isChecked()
        self.path.setEnabled(elsewhere)
        self.choose.setEnabled(elsewhere)
        ready = not elsewhere or (self.wanted is not None and self.wanted.is_absolute())
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(ready)
        self.told.setText("")

    @Slot()
    def _choose(self) -> None:
        start = self.path.text() or (str(self._folder.root.parent) if self._folder else "")
        chosen = QFileDialog.getExistingDirectory(self, self.windowTitle(), start)
        if chosen:
            self.path.setText(chosen)

    def accept(self) -> None:
        context, folder = self._context, self._folder
        if folder is None or folder is not context.session.folder:
            self.reject()
            return
        context.mask_editor.leave()
        context.saver.flush(SAVE_S)
        QApplication.sendPostedEvents(context.saver)
        if context.saver.unsaved and folder.project.refusal is None:
            self.told.setText(self.tr("Not everything is saved yet. Try again in a moment."))
            return
        try:
            folder.choose_output(self.wanted)
        except Problem as problem:
            self.told.setText(spoken(problem))
            return
        context.navigator.open_again()
        super().accept()
