"""The panel with the list of images: filter above, progress below."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from app.core.document import ImageStatus
from app.session.navigator import Navigator
from app.ui import icons
from app.ui.elided import ElidedLabel
from app.ui.panels.files import FileDelegate, FileModel
from app.ui.theme import Shades

OPEN = frozenset({ImageStatus.TODO, ImageStatus.IN_PROGRESS})


class FilePanel(QWidget):
    """Chooses the image; shows how far the folder is.

    ``left``: the filter was left by a key; the keyboard belongs to the canvas again.
    """

    left = Signal()

    def __init__(self, navigator: Navigator, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._navigator = navigator
        self.model = FileModel(navigator, self)
        self.view = QListView(self)
        self._delegate = FileDelegate(self.view)
        self.search = QLineEdit(self)
        self.status = QComboBox(self)
        self.progress = QProgressBar(self)
        self._summary = ElidedLabel(self)
        self._prepare()
        self._lay_out()
        navigator.folder_changed.connect(self._show_progress)
        navigator.listing_grew.connect(self._show_progress)
        navigator.statuses_changed.connect(self._show_progress)
        navigator.current_changed.connect(self._show_current)
        self.model.modelReset.connect(self._show_current)
        self._show_progress()

    def retint(self, shades: Shades) -> None:
        self._delegate.retint(shades)
        self._search_icon.setIcon(icons.icon("search", shades, shades.muted))
        self.view.viewport().update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys typed into the filter are text, and nothing else."""
        if event.type() is QEvent.Type.ShortcutOverride:
            event.accept()
        elif event.type() is QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:  # type: ignore[attr-defined]
            self.search.clear()
            self.left.emit()
            return True
        return super().eventFilter(watched, event)

    def _prepare(self) -> None:
        self.view.setModel(self.model)
        self.view.setItemDelegate(self._delegate)
        self.view.setUniformItemSizes(True)
        self.view.setFrameShape(QListView.Shape.NoFrame)
        self.view.setAccessibleName(self.tr("Images"))
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.clicked.connect(self._on_chosen)
        self.view.activated.connect(self._on_chosen)
        self.search.setPlaceholderText(self.tr("Filter by name"))
        self.search.setAccessibleName(self.tr("Filter by name"))
        self.search.setClearButtonEnabled(True)
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self._on_filter)
        self._search_icon = self.search.addAction(QIcon(), QLineEdit.ActionPosition.LeadingPosition)
        for text, statuses in (
            (self.tr("All"), frozenset(ImageStatus)),
            (self.tr("Left to do"), OPEN),
            (self.tr("In progress"), frozenset({ImageStatus.IN_PROGRESS})),
            (self.tr("Done"), frozenset({ImageStatus.DONE})),
            (self.tr("Skipped"), frozenset({ImageStatus.SKIPPED})),
        ):
            self.status.addItem(text, statuses)
        self.status.setAccessibleName(self.tr("Filter by status"))
        self.status.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.status.currentIndexChanged.connect(self._on_filter)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(6)
        self.progress.setAccessibleName(self.tr("Images done or skipped"))

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(6, 6, 6, 6)
        row.setSpacing(4)
        row.addWidget(self.search, 1)
        row.addWidget(self.status)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(self.view, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(8, 6, 8, 8)
        foot.setSpacing(5)
        foot.addWidget(self._summary)
        foot.addWidget(self.progress)
        layout.addLayout(foot)

    @Slot(QModelIndex)
    def _on_chosen(self, index: QModelIndex) -> None:
        self._navigator.go(self.model.place(index.row()))

    @Slot()
    def _on_filter(self) -> None:
        self.model.set_filter(self.search.text(), self.status.currentData())

    @Slot()
    def _show_current(self) -> None:
        row = self.model.row_of(self._navigator.current)
        if row >= 0:
            index = self.model.index(row)
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index)

    @Slot()
    def _show_progress(self) -> None:
        counts, total = self._navigator.counts, len(self._navigator.images)
        done, skipped = counts[ImageStatus.DONE], counts[ImageStatus.SKIPPED]
        self.progress.setMaximum(max(1, total))
        self.progress.setValue(done + skipped)
        self.progress.setVisible(total > 0)
        text = self.tr("{0} of {1} done").format(done, total) if total else ""
        if skipped:
            text += ", " + self.tr("{0} skipped").format(skipped)
        unreadable = len(self._navigator.images.unreadable)
        if unreadable:
            text += ", " + self.tr("{0} cannot be read").format(unreadable)
        if not self._navigator.listing_done:
            text += " · " + self.tr("reading the folder…")
        self._summary.setText(text)
