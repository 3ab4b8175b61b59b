"""The panel with the list of images: filter above, progress below."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QMenu,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from app.core.document import ImageStatus
from app.session.navigation.marking import Marking
from app.session.navigation.navigator import Navigator
from app.session.session import Session
from app.storage.names import shown
from app.ui import icons
from app.ui.elided import ElidedLabel
from app.ui.panels.files import FileDelegate, FileModel
from app.ui.panels.image_menu import image_menu, images_menu
from app.ui.panels.image_rows import ImageRows
from app.ui.panels.list_choices import ListChoices
from app.ui.theme import Shades
from app.ui.typing import LEAVING
from app.ui.words import spoken

OPEN = frozenset({ImageStatus.TODO, ImageStatus.IN_PROGRESS})


class FilePanel(QWidget):
    """Chooses the image; shows how far the folder is.

    ``left``: the filter was left by a key; the keyboard belongs to the canvas again.
    """

    left = Signal()
    find_wanted = Signal()
    """Something is to be found on the selected images."""

    def __init__(
        self,
        navigator: Navigator,
        marking: Marking,
        session: Session,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._navigator, self._marking = navigator, marking
        self._selected = navigator.selected
        self._root: Path | None = None
        self.model = FileModel(navigator, self)
        self.view = ImageRows(navigator, self.model, self)
        self._delegate = FileDelegate(self.view)
        self.search = QLineEdit(self)
        self.status = QComboBox(self)
        self.choices = ListChoices(navigator, session, self)
        self.progress = QProgressBar(self)
        self._summary = ElidedLabel(self)
        self._prepare()
        self._lay_out()
        navigator.folder_changed.connect(self._on_folder)
        navigator.folder_changed.connect(self._show_progress)
        navigator.listing_grew.connect(self._show_progress)
        navigator.images.passed_over.connect(self._show_progress)
        navigator.statuses_changed.connect(self._show_progress)
        navigator.current_changed.connect(self._show_current)
        self.model.modelReset.connect(self._show_current)
        navigator.selected.changed.connect(self._show_progress)
        self._show_progress()

    def retint(self, shades: Shades) -> None:
        self._delegate.retint(shades)
        self.choices.retint(shades)
        self._search_icon.setIcon(icons.icon("search", shades, shades.muted))
        self.view.viewport().update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys typed into the filter are text, and nothing else; a row is chosen by a click."""
        kind = event.type()
        if watched is self.search:
            if kind is QEvent.Type.ShortcutOverride:
                event.accept()
            elif isinstance(event, QKeyEvent) and event.key() in LEAVING:
                if kind is QEvent.Type.KeyPress:
                    self._leave_search(event.key())
                return True
        elif kind in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._selected.at_hand = kind is QEvent.Type.FocusIn
            QTimer.singleShot(0, self, self.view.settle)
        return super().eventFilter(watched, event)

    def _leave_search(self, key: int) -> None:
        if key == Qt.Key.Key_Escape:
            self.search.clear()
        self.left.emit()

    def _prepare(self) -> None:
        self.view.setItemDelegate(self._delegate)
        self.view.setUniformItemSizes(True)
        self.view.setFrameShape(QListView.Shape.NoFrame)
        self.view.setAccessibleName(self.tr("Images"))
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._on_menu)
        self.view.installEventFilter(self)
        self.view.chosen.connect(self._on_chosen)
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
        self.choices.filtered.connect(self._on_filter)
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
        layout.addWidget(self.choices)
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
        words, statuses = self.search.text().casefold(), self.status.currentData()
        wanted = replace(self.choices.wanted, words=words, statuses=statuses)
        self._navigator.shown.set_filter(wanted)

    @Slot()
    def _on_folder(self) -> None:
        """What was looked for in one folder hides the images of another."""
        folder = self._navigator.images.folder
        root = folder.root if folder is not None else None
        if root != self._root:
            self._root = root
            self.search.clear()
            self.status.setCurrentIndex(0)
            self.choices.clear()

    @Slot(QPoint)
    def _on_menu(self, at: QPoint) -> None:
        index = self.view.indexAt(at)
        if index.isValid():
            menu = self.menu_of(self.model.place(index.row()))
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup(self.view.viewport().mapToGlobal(at))

    def menu_of(self, place: int) -> QMenu:
        """What can be done with the image at that place of the list, open or not; with all that are
        selected if it is one of them."""
        name = self._navigator.images[place].name
        if len(self._selected) > 1 and name in self._selected:
            return images_menu(self._navigator, self._marking, self.find_wanted.emit, self)
        return image_menu(self._navigator, self._marking, place, self)

    @Slot()
    def _show_current(self) -> None:
        self.view.show_open()
        self._show_reason()

    def _show_reason(self) -> None:
        hidden = len(self._navigator.images)
        text = self.tr("The filter above hides all %n image(s).", "", hidden) if hidden else ""
        if self.view.reason != text:
            self.view.reason = text
            self.view.viewport().update()

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
        if len(self._selected):
            text += ", " + self.tr("%n selected", "", len(self._selected))
        unreadable = len(self._navigator.images.unreadable)
        if unreadable:
            text += ", " + self.tr("{0} cannot be read").format(unreadable)
        if not self._navigator.listing_done:
            text += " · " + self.tr("reading the folder…")
        left_out = self._navigator.images.left_out
        if left_out.files:
            text += " · " + self.tr("{0} not shown").format(left_out.files)
        tips = [spoken(problem) for problem in left_out.problems()]
        if left_out.inside:
            text += " · " + self.tr("more in folders inside")
            tip = self.tr("The folder {0} inside holds images that are not shown. Open that one, "
                          "or let the settings include the folders inside.")  # fmt: skip
            tips.append(tip.format(shown(left_out.inside)))
        self._summary.setToolTip("\n".join(tips))
        self._summary.setText(text)
