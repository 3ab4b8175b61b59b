"""Labels in all they have: key, description, what their objects are described by; whole sets."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QT_TRANSLATE_NOOP, QSignalBlocker, Qt, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import Problem
from app.core.label_sets import edited_onto
from app.core.labels import MAX_DESCRIPTION, Label, LabelSet, with_distinct_names
from app.session.session import Session
from app.storage.label_set_file import read_set, write_set
from app.ui.dialogs.attribute_editor import AttributeEditor, row_buttons
from app.ui.dialogs.load_labels import LoadLabels
from app.ui.label_colour import asked_colour
from app.ui.label_keys import key_text, offered
from app.ui.panels.objects import swatch
from app.ui.words import said, spoken
from model.messages import reason_of

EDIT = str(QT_TRANSLATE_NOOP("Session", "Change labels"))
ALL = 0
"""In the place of a label's id: what objects of all labels are described by."""


class LabelsDialog(QDialog):
    """What is changed here is one step of undo; nothing is changed before OK.

    Args:
        taken: the keys that commands have, which no label may have.
    """

    def __init__(
        self, session: Session, taken: Container[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._labels = self._before = session.labels
        self._loaded = False
        self._place: Path | None = None
        self.setWindowTitle(self.tr("Labels and attributes"))
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Labels"))
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.colour = QPushButton(self.tr("Change…"), self)
        self.heading = QLabel(self)
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.heading.setWordWrap(True)
        self.key = QComboBox(self)
        self.description = QPlainTextEdit(self)
        self.editor = AttributeEditor(self)
        self.outcome = QLabel(self)
        self.outcome.setWordWrap(True)
        self.load_button = QPushButton(self.tr("Load a set…"), self)
        self.save_button = QPushButton(self.tr("Save as a set…"), self)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        self._prepare(taken)
        self._lay_out()
        self._fill(session.active_label)
        self.resize(760, 520)

    def _prepare(self, taken: Container[str]) -> None:
        self.key.addItem(self.tr("none"), None)
        for key in offered(taken):
            self.key.addItem(key_text(key), key)
        self.description.setTabChangesFocus(True)
        self.description.setMaximumHeight(3 * self.fontMetrics().lineSpacing() + 12)
        self.list.currentRowChanged.connect(self._show)
        self.list.itemChanged.connect(self._take_name)
        self.colour.clicked.connect(self._ask_colour)
        self.key.activated.connect(self._take_key)
        self.description.textChanged.connect(self._take_description)
        self.editor.edited.connect(self._take_attributes)
        self.editor.told.connect(self.outcome.setText)
        self.load_button.clicked.connect(self._ask_load)
        self.save_button.clicked.connect(self._ask_save)
        self.buttons.accepted.connect(self._on_ok)
        self.buttons.rejected.connect(self.reject)
        editable = self._session.folder_labels.refusal is None
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(editable)
        self.load_button.setEnabled(editable)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for title, field in (
            (self.tr("Colour"), self.colour),
            (self.tr("Key"), self.key),
            (self.tr("Description"), self.description),
        ):
            form.addRow(title, field)
            field.setAccessibleName(title)
        right = QVBoxLayout()
        right.addLayout(form)
        right.addWidget(self.heading)
        right.addWidget(self.editor, 1)
        left = QVBoxLayout()
        left.addWidget(self.list, 1)
        left.addLayout(
            row_buttons(
                self,
                self.tr("Add a label"),
                self.tr("Take this label from the list; objects that have it keep it"),
                (self.add, self.remove, lambda: self.shift(-1), lambda: self.shift(1)),
            )
        )
        sides = QHBoxLayout()
        sides.addLayout(left, 1)
        sides.addLayout(right, 3)
        below = QHBoxLayout()
        below.addWidget(self.load_button)
        below.addWidget(self.save_button)
        below.addWidget(self.buttons, 1)
        column = QVBoxLayout(self)
        column.addLayout(sides, 1)
        column.addWidget(self.outcome)
        column.addLayout(below)

    def _fill(self, chosen: int) -> None:
        with QSignalBlocker(self.list):
            self.list.clear()
            item = QListWidgetItem(self.tr("All labels"), self.list)
            item.setData(Qt.ItemDataRole.UserRole, ALL)
            for label in self._labels:
                item = QListWidgetItem(swatch(label.color), label.name, self.list)
                item.setData(Qt.ItemDataRole.UserRole, label.id)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
        ids = [ALL, *(label.id for label in self._labels)]
        self.list.setCurrentRow(ids.index(chosen) if chosen in ids else 0)
        self._show()

    def choose(self, label_id: int) -> None:
        """Show this label."""
        self._fill(label_id)

    @property
    def _chosen(self) -> Label | None:
        """None for all labels."""
        item = self.list.currentItem()
        number = ALL if item is None else item.data(Qt.ItemDataRole.UserRole)
        return self._labels.get(number)

    @Slot()
    def _show(self) -> None:
        label = self._chosen
        with QSignalBlocker(self.key), QSignalBlocker(self.description):
            key = None if label is None else label.key
            if key is not None and self.key.findData(key) < 0:
                self.key.addItem(key_text(key), key)
            self.key.setCurrentIndex(self.key.findData(key))
            self.description.setPlainText("" if label is None else label.description)
        for field in (self.key, self.description, self.colour):
            field.setEnabled(label is not None)
        self.colour.setIcon(QIcon() if label is None else swatch(label.color))
        common = ", ".join(each.name for each in self._labels.attributes)
        heading = self.tr("Objects of all labels are described by")
        if label is not None:
            heading = self.tr("Objects of this label are described by")
            if common:
                heading = self.tr("Objects of this label are described, beside {0} as all are, by")
        self.heading.setText(heading.format(common))
        attributes = self._labels.attributes if label is None else label.attributes
        self.editor.show_attributes(attributes, owner=ALL if label is None else label.id)

    # -- which labels there are

    @Slot()
    def add(self) -> None:
        """One more at the end, to be named."""
        base = self.tr("label")
        names = (base, *(f"{base} {n}" for n in range(2, len(self._labels) + 3)))
        name = next(each for each in names if self._labels.named(each) is None)
        self._labels = self._labels.with_added(name)
        self._fill(self._labels.labels[-1].id)
        self.list.setFocus()
        self.list.editItem(self.list.currentItem())

    @Slot()
    def remove(self) -> None:
        """Take the label from the list; the last one stays."""
        label = self._chosen
        if label is None:
            return
        place, document = self._labels.labels.index(label), self._session.document
        if document is not None and label.id in document.label_ids:
            self.outcome.setText(
                self.tr(
                    "Objects of this image have “{0}”: give them another label first, or remove it "
                    "in the list of labels, where it is asked what they get."
                ).format(label.name)
            )
            return
        try:
            self._labels = self._labels.without(label.id)
        except ValueError as error:
            self.outcome.setText(said(reason_of(error)))
            return
        self.editor.forget_drafts(label.id)
        self._fill(self._labels.labels[max(place - 1, 0)].id)

    def shift(self, by: int) -> None:
        """The chosen label by so many rows."""
        label = self._chosen
        if label is not None:
            place = self._labels.labels.index(label) + by
            self._labels = self._labels.with_moved(label.id, place)
            self._fill(label.id)

    # -- what is changed

    @Slot(QListWidgetItem)
    def _take_name(self, item: QListWidgetItem) -> None:
        number = item.data(Qt.ItemDataRole.UserRole)
        label = self._labels.get(number)
        if label is None or item.text() == label.name:
            return
        try:
            self._labels = self._labels.with_renamed(number, item.text())
        except ValueError as error:
            self.outcome.setText(said(reason_of(error)))
        with QSignalBlocker(self.list):
            item.setText(self._labels.label(number).name)

    @Slot()
    def _ask_colour(self) -> None:
        label = self._chosen
        found = None if label is None else asked_colour(label.color, self)
        if label is not None and found is not None:
            self._labels = self._labels.with_recoloured(label.id, found)
            self._fill(label.id)

    @Slot()
    def _take_key(self) -> None:
        label = self._chosen
        if label is None:
            return
        key = self.key.currentData()
        other = None if key is None else self._labels.by_key(key)
        self._labels = self._labels.with_key(label.id, key)
        if other is not None and other.id != label.id:
            self.outcome.setText(
                self.tr("“{0}” had this key, and has none now.").format(other.name)
            )

    @Slot()
    def _take_description(self) -> None:
        label = self._chosen
        if label is not None:
            text = self.description.toPlainText().strip()[:MAX_DESCRIPTION]
            self._labels = self._labels.with_replaced(replace(label, description=text))

    @Slot()
    def _take_attributes(self) -> None:
        label, asked = self._chosen, self.editor.attributes
        self._labels = self._labels.with_attributes(None if label is None else label.id, asked)

    @Slot()
    def _on_ok(self) -> None:
        """Make it so, on what has become of the labels meanwhile; no half attribute is lost."""
        unfinished = self.editor.unfinished
        if unfinished is not None:
            self._fill(unfinished)
            self.editor.show_unfinished()
            return
        now = self._session.labels
        changed = (
            taken_over(now, self._labels)
            if self._loaded
            else edited_onto(now, self._before, self._labels)
        )
        if changed == now or self._session.folder_labels.change(EDIT, changed):
            self.accept()

    # -- whole sets

    @Slot()
    def _ask_load(self) -> None:
        title = self.tr("Load a set of labels")
        kinds = self.tr("Sets of labels") + " (*.json *.txt)"
        chosen, _ = QFileDialog.getOpenFileName(self, title, str(self._folder()), kinds)
        if chosen:
            self._place = Path(chosen).parent
            self.load(Path(chosen))

    def load(self, path: Path) -> LoadLabels | None:
        """Ask what is to become of the labels there are; None if the file holds none."""
        try:
            found = read_set(path)
        except Problem as problem:
            self.outcome.setText(spoken(problem))
            return None
        document = self._session.document
        used = document.label_ids if document is not None else set()
        question = LoadLabels(path.name, self._labels, found, used, self)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.chosen.connect(self._use)
        question.open()
        return question

    @Slot(object)
    def _use(self, labels: LabelSet) -> None:
        chosen = self._chosen
        self._labels, self._loaded = labels, True
        self.editor.forget_drafts()
        self._fill(ALL if chosen is None else chosen.id)
        self.outcome.setText(self.tr("OK takes the set over; undo takes it back."))

    @Slot()
    def _ask_save(self) -> None:
        title = self.tr("Save the labels as a set")
        start = str(self._folder() / "label-set.json")
        chosen, _ = QFileDialog.getSaveFileName(self, title, start, "JSON (*.json)")
        if chosen:
            self._place = Path(chosen).parent
            self.save(Path(chosen))

    def save(self, path: Path) -> None:
        """Write the labels as they are here into a file of their own."""
        path = path if path.suffix else path.with_suffix(".json")
        try:
            write_set(self._labels, path)
        except Problem as problem:
            self.outcome.setText(spoken(problem))
        else:
            self.outcome.setText(self.tr("Saved to {0}.").format(path.name))

    def _folder(self) -> Path:
        """Where sets were last looked for, while the dialog is open; else that of the images."""
        folder = self._session.folder
        if self._place is not None:
            return self._place
        return Path.home() if folder is None else folder.root


def taken_over(now: LabelSet, edited: LabelSet) -> LabelSet:
    """``edited``, a set of a file, with labels that came while it was looked at."""
    came = [label for label in now if label.id >= edited.next_id and label.id not in edited]
    every = with_distinct_names([*edited, *came], (label.id for label in edited))
    next_id = max(now.next_id, edited.next_id)
    return replace(edited, labels=tuple(every), next_id=next_id)
