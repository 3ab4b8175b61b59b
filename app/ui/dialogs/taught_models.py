"""The models that were taught on a folder: their scores, to be used, renamed, exported, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale, Qt, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMessageBox,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import Problem
from app.inference.questions import Choice
from app.session.assembly import AppContext
from app.storage.taught_models import TaughtModel
from app.ui.dialogs.comparison import ComparisonView
from app.ui.panels.figures import RIGHT, ROW
from app.ui.theme import Shades
from app.ui.words import said, spoken

_NAME, _DATE, _DATA, _SCORES, _STATE = range(5)


class TaughtModelsView(QWidget):
    """A list, the comparison of the marked one, and what can be done with it."""

    def __init__(self, context: AppContext, shades: Shades, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._teaching = context, context.model_teaching
        self._shown: tuple[TaughtModel, ...] | None = None
        self.list = QTreeWidget(self)
        self.list.setAccessibleName(self.tr("Models of this folder"))
        self.list.setHeaderLabels(
            [
                self.tr("Name"),
                self.tr("Date"),
                self.tr("Learned from"),
                self.tr("IoU after 1, 3, 5 clicks"),
                self.tr("State"),
            ]
        )
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setAllColumnsShowFocus(True)
        self.list.setMaximumHeight(100)
        for column, width in ((_NAME, 130), (_DATE, 120), (_DATA, 170), (_SCORES, 170)):
            self.list.setColumnWidth(column, width)
        self.comparison = ComparisonView(shades, self)
        self.told = QLabel(self)
        self.told.setWordWrap(True)
        self.use = QPushButton(self.tr("Use the new one"), self)
        self.back = QPushButton(self.tr("Back to the old one"), self)
        self.rename = QPushButton(self.tr("Rename…"), self)
        self.export = QPushButton(self.tr("Export…"), self)
        self.delete = QPushButton(self.tr("Delete…"), self)
        self._lay_out()
        self._connect()
        self._show_buttons()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for button in (self.use, self.back, self.rename, self.export, self.delete):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(self.list)
        column.addWidget(self.comparison, 1)
        column.addWidget(self.told)
        column.addLayout(buttons)

    def _connect(self) -> None:
        self.list.currentItemChanged.connect(self._on_current)
        self.use.clicked.connect(self._on_use)
        self.back.clicked.connect(self._on_back)
        self.rename.clicked.connect(self._on_rename)
        self.export.clicked.connect(self._on_export)
        self.delete.clicked.connect(self._on_delete)
        self._context.host.state_changed.connect(self._on_host)
        self._context.host.problem.connect(self._on_problem)
        self._teaching.failed.connect(self._on_problem)

    @property
    def model(self) -> TaughtModel | None:
        """The marked one."""
        item = self.list.currentItem()
        found = None if item is None else item.data(_NAME, Qt.ItemDataRole.UserRole)
        return found if isinstance(found, TaughtModel) else None

    def fill(self, models: Sequence[TaughtModel]) -> None:
        """Show these; the marked one stays marked."""
        if self._shown == tuple(models):
            return
        self._shown = tuple(models)
        marked = self.model
        self.list.blockSignals(True)
        self.list.clear()
        for model in models:
            item = QTreeWidgetItem(self.list)
            item.setData(_NAME, Qt.ItemDataRole.UserRole, model)
            item.setSizeHint(_NAME, ROW)
            self._show(item, model)
        self.list.blockSignals(False)
        first = self.list.topLevelItem(0)
        if first is not None:
            self.list.setCurrentItem(first)
        if marked is not None:
            self.choose(marked)
        self._on_current()

    def choose(self, model: TaughtModel) -> None:
        """Mark it."""
        for number in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(number)
            found = None if item is None else item.data(_NAME, Qt.ItemDataRole.UserRole)
            if item is not None and isinstance(found, TaughtModel) and found.place == model.place:
                self.list.setCurrentItem(item)

    def _show(self, item: QTreeWidgetItem, model: TaughtModel) -> None:
        card = model.card
        item.setText(_NAME, card.title)
        item.setToolTip(_NAME, str(model.place))
        item.setText(_DATE, _date(card.made))
        images = self.tr("%n image(s)", "", card.images)
        masks = self.tr("%n mask(s)", "", card.masks)
        item.setText(_DATA, f"{images}, {masks}")
        new = card.new
        item.setText(_SCORES, f"{new.miou_1:.2f}  {new.miou_3:.2f}  {new.miou_5:.2f}")
        item.setTextAlignment(_SCORES, RIGHT)
        item.setText(_STATE, self._state_words(model))

    def _state_words(self, model: TaughtModel) -> str:
        if not model.is_there:
            return self.tr("gone")
        return self.tr("in use") if self._teaching.is_used(model) else ""

    @Slot()
    def _on_host(self) -> None:
        for number in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(number)
            found = None if item is None else item.data(_NAME, Qt.ItemDataRole.UserRole)
            if item is not None and isinstance(found, TaughtModel):
                item.setText(_STATE, self._state_words(found))
        self._show_buttons()

    @Slot()
    def _on_current(self) -> None:
        self.comparison.show_model(self.model)
        self._show_buttons()

    @Slot()
    def _show_buttons(self) -> None:
        model = self.model
        there = model is not None and model.is_there
        used = model is not None and self._teaching.is_used(model)
        self.use.setEnabled(there and not used)
        self.back.setEnabled(used)
        self.rename.setEnabled(model is not None)
        self.export.setEnabled(there)
        self.delete.setEnabled(model is not None and not used)
        if not self.list.topLevelItemCount():
            self.told.setText(self.tr("No model was taught on this folder yet."))
        elif used and model is not None:
            self.told.setText(
                self.tr("{0} is in use; {1} is one click away.").format(
                    model.card.title, self._old_title(model)
                )
            )
        else:
            self.told.clear()

    def _old_title(self, model: TaughtModel) -> str:
        builtin = Choice()
        return said(builtin.title) if model.card.start == builtin.source else model.card.start_title

    # -- hands

    @Slot()
    def _on_use(self) -> None:
        model = self.model
        if model is not None:
            self._context.models.use(self._context.models.choice_of(str(model.path)))

    @Slot()
    def _on_back(self) -> None:
        model = self.model
        if model is not None:
            self._context.models.use(self._context.models.choice_of(model.card.start))

    @Slot()
    def _on_rename(self) -> None:
        model = self.model
        if model is None:
            return
        title, wanted = QInputDialog.getText(
            self, self.tr("Rename"), self.tr("New name:"), text=model.card.title
        )
        if wanted:
            self._teaching.rename(model, title)

    @Slot()
    def _on_export(self) -> None:
        model = self.model
        if model is None:
            return
        start = Path.home() / f"{model.card.title}.safetensors"
        filters = "safetensors (*.safetensors);;ONNX (*.onnx)"
        chosen, kind = QFileDialog.getSaveFileName(self, self.tr("Export"), str(start), filters)
        if chosen:
            suffix = ".onnx" if kind.startswith("ONNX") else ".safetensors"
            target = Path(chosen)
            if target.suffix.lower() not in (".onnx", ".safetensors"):
                target = target.with_name(target.name + suffix)
            self._teaching.export(model, target, self.show_exported)

    def show_exported(self, path: Path) -> None:
        """Say where it is now."""
        self.told.setText(self.tr("Written: {0}").format(path))

    @Slot()
    def _on_delete(self) -> None:
        model = self.model
        if model is None:
            return
        question = QMessageBox(self)
        question.setIcon(QMessageBox.Icon.Question)
        question.setWindowTitle(self.tr("Delete the model"))
        question.setTextFormat(Qt.TextFormat.PlainText)
        question.setText(self.tr("Delete {0} for good?").format(model.card.title))
        yes = question.addButton(self.tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
        question.addButton(self.tr("Keep it"), QMessageBox.ButtonRole.RejectRole)
        question.exec()
        if question.clickedButton() is yes:
            self._teaching.delete(model)
        question.deleteLater()

    @Slot(object)
    def _on_problem(self, problem: Problem) -> None:
        self.told.setText(spoken(problem))


def _date(made: str) -> str:
    when = QDateTime.fromString(made, Qt.DateFormat.ISODate)
    return QLocale().toString(when, QLocale.FormatType.ShortFormat) if when.isValid() else made
