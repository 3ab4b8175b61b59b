"""The panel with the list of objects."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPoint,
    QSize,
    Qt,
    Slot,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QMenu,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.core.review import StateCounts, state_counts
from app.ui.action_set import ActionSet
from app.ui.canvas.view import Canvas
from app.ui.commands import Commands
from app.ui.counts import words_of
from app.ui.elided import ElidedLabel
from app.ui.object_menu import fill_object_menu
from app.ui.panels.describing import DescribingPanel, leaves
from app.ui.panels.objects import Column, ObjectModel
from app.ui.theme import Shades

NARROW = {Column.SHOWN: 28, Column.SOURCE: 28, Column.LOCK: 28}
GIVING_WAY = (Column.SCORE, Column.AREA, Column.SOURCE)
"""Columns that are left out, in this order, where a label would be cut; its tip tells of them."""
LABEL_ROOM = "a longer label  #99"
BESIDE_NAME = 30
"""The colour and the margins before and behind a name."""


class ObjectPanel(QWidget):
    """Selecting here selects on the canvas and the other way round."""

    def __init__(
        self, commands: Commands, actions: ActionSet, canvas: Canvas, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._commands = commands
        self._session = commands.session
        self._actions = actions
        self._canvas = canvas
        self.model = ObjectModel(self._session, canvas.scene, self)
        self.model.fill = actions.filled
        self.view = QTableView(self)
        self.search = QLineEdit(self)
        self._summary = ElidedLabel(self)
        self._prepare_search()
        self._prepare_view()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.search)
        layout.addWidget(self.view, 1)
        layout.addWidget(self._summary)
        self.describing = DescribingPanel(self._session, canvas, self)
        layout.addWidget(self.describing)
        self._summary.setContentsMargins(8, 4, 8, 4)
        self._session.selection_changed.connect(self._show_selection)
        self._session.document_changed.connect(self._show_summary)
        self._session.image_opened.connect(self._show_summary)
        self._session.selection_changed.connect(self._show_summary)
        self._session.hidden_changed.connect(self._show_summary)
        self.model.modelReset.connect(self._show_selection)
        for changed in (self.model.modelReset, self.model.rowsInserted, self.model.dataChanged):
            changed.connect(self._make_room)
        self.view.viewport().installEventFilter(self)
        self._show_summary()

    def _prepare_search(self) -> None:
        self.search.setPlaceholderText(self.tr("Search: car, colour:red, occluded, -note:"))
        self.search.setAccessibleName(self.tr("Search for objects"))
        self.search.setToolTip(
            self.tr(
                "Words of the label, the note or a value; vehicle/ for labels below it; "
                "colour:red, seats>4, group:3, #12; - before a word for what must not hold.\n"
                "Enter selects what is found, Esc shows all again."
            )
        )
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._on_search)
        self.search.installEventFilter(self)

    @Slot(str)
    def _on_search(self, text: str) -> None:
        self.model.look_for(text)
        self._show_summary()

    def _leave_search(self, *, found: bool) -> None:
        """With what is found selected, or all shown again."""
        document = self._session.document
        if found and document is not None and self.model.search:
            self._session.select(self.model.search.found_in(document))
        elif not found:
            self.search.clear()

    def retint(self, shades: Shades) -> None:
        self.model.retint(shades)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The table gets narrower with the panel, and when its scroll bar comes."""
        if watched is self.search:
            taken = event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent)
            if taken and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):  # type: ignore[attr-defined]
                self._leave_search(found=True)
            return leaves(watched, event, lambda: self._leave_search(found=False), self._canvas)
        if event.type() is QEvent.Type.Resize:
            self._make_room()
        return False

    @Slot()
    def _make_room(self) -> None:
        header = self.view.horizontalHeader()
        metrics = self.view.fontMetrics()
        most = metrics.horizontalAdvance(LABEL_ROOM)
        names = (metrics.horizontalAdvance(name) + BESIDE_NAME for name in self.model.names)
        wanted = min(max(names, default=0), most)
        room = self.view.viewport().width()
        others: list[int] = [column for column in Column if column is not Column.LABEL]
        for column in others:
            header.showSection(column)
        for column in GIVING_WAY:
            if room - sum(header.sectionSize(each) for each in others) >= wanted:
                break
            header.hideSection(column)
            others.remove(column)

    def _prepare_view(self) -> None:
        view = self.view
        view.setModel(self.model)
        view.setAccessibleName(self.tr("Objects"))
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setShowGrid(False)
        view.setWordWrap(False)
        # The number behind a long name tells objects apart.
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.setIconSize(QSize(16, 16))
        view.setTabKeyNavigation(False)
        view.setFrameShape(QTableView.Shape.NoFrame)
        view.verticalHeader().hide()
        view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        view.verticalHeader().setDefaultSectionSize(26)
        header = view.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(20)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in Column:
            if column in NARROW:
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
                header.resizeSection(column, NARROW[column])
        header.setSectionResizeMode(Column.LABEL, QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(False)
        metrics = self.fontMetrics()
        header.resizeSection(Column.AREA, metrics.horizontalAdvance("00,000,000") + 8)
        header.resizeSection(Column.SCORE, metrics.horizontalAdvance("Score") + 18)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._ask)
        view.clicked.connect(self._on_clicked)
        view.doubleClicked.connect(self._on_double_clicked)
        view.selectionModel().selectionChanged.connect(self._on_selected)

    @Slot()
    def _on_selected(self) -> None:
        rows = self.view.selectionModel().selectedRows()
        self._session.select([self.model.annotation(index.row()).id for index in rows])

    @Slot()
    def _show_selection(self) -> None:
        rows = {self.model.row_of(each) for each in self._session.selection} - {-1}
        selection = self.view.selectionModel()
        if rows == {index.row() for index in selection.selectedRows()}:
            return
        wanted = QItemSelection()
        for row in rows:
            wanted.select(self.model.index(row, 0), self.model.index(row, len(Column) - 1))
        blocked = selection.blockSignals(True)
        selection.select(wanted, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        selection.blockSignals(blocked)
        self.view.viewport().update()
        if len(rows) == 1:
            self.view.scrollTo(self.model.index(next(iter(rows)), 0))

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        annotation = self.model.annotation(index.row())
        if index.column() == Column.SHOWN:
            self._session.toggle_hidden([annotation.id])
        elif index.column() == Column.LOCK:
            self._session.set_locked([annotation.id], not annotation.locked)

    @Slot(QModelIndex)
    def _on_double_clicked(self, index: QModelIndex) -> None:
        bounds = self.model.annotation(index.row()).mask.bounds
        if bounds is not None and index.column() not in (Column.SHOWN, Column.LOCK):
            self._canvas.set_viewport(self._canvas.viewport.showing(bounds))

    @Slot(QPoint)
    def _ask(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        fill_object_menu(menu, self._session, self._actions)
        menu.popup(self.view.viewport().mapToGlobal(at))

    @Slot()
    def _show_summary(self) -> None:
        document, chosen = self._session.document, len(self._session.selection)
        count = len(document) if document is not None else 0
        states = state_counts(document) if document is not None else StateCounts()
        text = self.tr("%n object(s)", "", states.accepted + states.edited)
        if states.proposed:
            text += ", " + self.tr("%n proposed", "", states.proposed)
        if states.rejected:
            text += ", " + self.tr("%n rejected", "", states.rejected)
        if not count:
            text = self.tr("Accepted masks are listed here")
        if chosen:
            text += ", " + self.tr("%n selected", "", chosen)
        if self.model.search:
            text += ", " + self.tr("%n found", "", self.model.rowCount())
            unknown = (
                self.model.search.unknown_in(document, self._session.labels) if document else None
            )
            if unknown is not None:
                text += ": " + self.tr("no attribute is called “{0}”").format(unknown)
        if self._session.hidden:
            text += ", " + self.tr("%n hidden", "", len(self._session.hidden))
        self._summary.setText(text)
        self._summary.setToolTip(words_of(states))
