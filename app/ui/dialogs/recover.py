"""Work of an earlier session that could not be saved: put it back, or delete it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import Problem
from app.session.folder.recovery import Recovery
from app.storage.rescue import Rescued
from app.ui.words import spoken


class RecoverDialog(QDialog):
    """Nothing is put back or deleted without being asked for."""

    def __init__(self, recovery: Recovery, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recovery = recovery
        self.setWindowTitle(self.tr("Work that could not be saved"))
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Work that could not be saved"))
        self.list.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.restore = QPushButton(self.tr("Put back"), self)
        self.discard = QPushButton(self.tr("Delete the copy"), self)
        self.restore.clicked.connect(self._on_restore)
        self.discard.clicked.connect(self._on_discard)
        recovery.found.connect(self.fill)
        recovery.problem.connect(self._on_problem)
        self._lay_out()
        self.fill()

    def _lay_out(self) -> None:
        self.words.setText(
            self.tr(
                "These were kept when their folder refused them. Put back, they go where they "
                "belong, or beside the file that was changed there since."
            )
        )
        row = QHBoxLayout()
        row.addWidget(self.restore)
        row.addWidget(self.discard)
        row.addStretch(1)
        closing = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        closing.rejected.connect(self.close)
        row.addWidget(closing)
        layout = QVBoxLayout(self)
        layout.addWidget(self.words)
        layout.addWidget(self.list, 1)
        layout.addLayout(row)
        self.resize(560, 360)

    @Slot()
    def fill(self) -> None:
        """The copies there are; closes itself once there are none."""
        self.list.clear()
        for rescued in self._recovery.rescued:
            what = (rescued.image or rescued.target).name
            objects = self.tr("%n object(s)", "", rescued.objects)
            item = QListWidgetItem(f"{what}: {objects}\n{rescued.moment[:16]}  {rescued.reason}")
            item.setToolTip(str(rescued.target))
            item.setData(Qt.ItemDataRole.UserRole, rescued)
            item.setSizeHint(QSize(200, 46))
            self.list.addItem(item)
        self.list.selectAll()
        if not self._recovery.rescued:
            self.close()

    def _chosen(self) -> list[Rescued]:
        return [item.data(Qt.ItemDataRole.UserRole) for item in self.list.selectedItems()]

    @Slot()
    def _on_restore(self) -> None:
        for rescued in self._chosen():
            self._recovery.restore(rescued)

    @Slot()
    def _on_discard(self) -> None:
        for rescued in self._chosen():
            self._recovery.discard(rescued)

    @Slot(object)
    def _on_problem(self, problem: Problem) -> None:
        self.words.setText(spoken(problem))
