"""A list of attributes and the fields of the one that is chosen in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.attributes import Attribute, Kind, Value, checked, number_of
from app.core.details import yes_or_no
from app.ui.words import marked, said, translate
from model.messages import reason_of

KINDS = {
    Kind.CHOICE: marked("Attributes", "choice"),
    Kind.YES_NO: marked("Attributes", "yes or no"),
    Kind.NUMBER: marked("Attributes", "number"),
    Kind.TEXT: marked("Attributes", "text"),
}
KEYS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is in the fields of an attribute that is not complete yet, and why it is not."""

    name: str
    kind: Kind
    choices: str
    default: str
    key: str | None
    least: str
    most: str
    reason: str


class AttributeEditor(QWidget):
    """Edits the attributes of one label, or of all.

    What is not complete is kept as it was typed when another attribute or label is looked at; the
    attribute as it was before stays meanwhile.

    ``edited``: they are others now. ``told``: why what is in the fields is no attribute, or
    nothing.
    """

    edited = Signal()
    told = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.attributes: tuple[Attribute, ...] = ()
        self._owner = 0
        self._drafts: dict[tuple[int, str], Draft] = {}
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Attributes"))
        self.list.currentRowChanged.connect(self._show_fields)
        self.name, self.kind, self.key = QLineEdit(self), QComboBox(self), QComboBox(self)
        self.choices, self.default = QPlainTextEdit(self), QLineEdit(self)
        self.least, self.most = QLineEdit(self), QLineEdit(self)
        self.fields = QWidget(self)
        self._prepare()
        self._lay_out()
        self.show_attributes(())

    def _prepare(self) -> None:
        for kind, words in KINDS.items():
            self.kind.addItem(translate("Attributes", words), kind)
        self.key.addItem(self.tr("by its place"), None)
        for key in KEYS:
            self.key.addItem(key, key)
        self.choices.setPlaceholderText(self.tr("One choice a line"))
        self.choices.setTabChangesFocus(True)
        self.default.setPlaceholderText(self.tr("nothing"))
        for field in (self.name, self.default, self.least, self.most):
            field.textEdited.connect(self._take)
        self.choices.textChanged.connect(self._take)
        self.kind.activated.connect(self._take)
        self.key.activated.connect(self._take)

    def _lay_out(self) -> None:
        buttons = row_buttons(
            self,
            self.tr("Add an attribute"),
            self.tr("Remove this attribute; values that objects have are kept"),
            (self.add, self.remove, lambda: self.shift(-1), lambda: self.shift(1)),
        )
        left = QVBoxLayout()
        left.addWidget(self.list, 1)
        left.addLayout(buttons)
        self._form = form = QFormLayout(self.fields)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(5)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for title, field in (
            (self.tr("Name"), self.name),
            (self.tr("Kind"), self.kind),
            (self.tr("Choices"), self.choices),
            (self.tr("At least"), self.least),
            (self.tr("At most"), self.most),
            (self.tr("New objects get"), self.default),
            (self.tr("Key"), self.key),
        ):
            form.addRow(title, field)
            field.setAccessibleName(title)
        self.choices.setMinimumHeight(48)
        fields = (self.name, self.kind, self.choices, self.least, self.most, self.default, self.key)
        for one, following in pairwise(fields):
            QWidget.setTabOrder(one, following)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addLayout(left, 2)
        row.addWidget(self.fields, 3)

    # -- which there are

    def show_attributes(
        self, attributes: Sequence[Attribute], row: int = 0, owner: int | None = None
    ) -> None:
        """Edit these; the one in this row is chosen.

        Args:
            attributes: of a label, or of all.
            row: which is chosen.
            owner: a number for the label they are of; the one before if it is not told.
        """
        self.attributes = tuple(attributes)
        self._owner = self._owner if owner is None else owner
        with QSignalBlocker(self.list):
            self.list.clear()
            for each in self.attributes:
                draft = self._drafts.get((self._owner, each.name))
                self.list.addItem((draft and draft.name.strip()) or each.name)
            self.list.setCurrentRow(min(row, len(self.attributes) - 1))
        self._show_fields()

    @property
    def unfinished(self) -> int | None:
        """The owner of an attribute that is not complete; None if all are."""
        return next((owner for owner, _ in self._drafts), None)

    def show_unfinished(self) -> None:
        """Choose the first attribute shown that is not complete, and tell why."""
        for row, each in enumerate(self.attributes):
            if (self._owner, each.name) in self._drafts:
                self.list.setCurrentRow(row)
                self._show_fields()
                return

    def forget_drafts(self, owner: int | None = None) -> None:
        """Those of one label, which is gone, or all: other labels are edited now."""
        self._drafts = {
            key: draft
            for key, draft in self._drafts.items()
            if owner is not None and key[0] != owner
        }

    @Slot()
    def add(self) -> None:
        """One more at the end, to be named."""
        names = {each.name for each in self.attributes}
        base = self.tr("attribute")
        name = next(
            each
            for each in (base, *(f"{base} {n}" for n in range(2, len(names) + 3)))
            if each not in names
        )
        try:
            made = checked((*self.attributes, Attribute(name)))
        except ValueError as error:
            self.told.emit(said(reason_of(error)))
            return
        self.show_attributes(made, len(made) - 1)
        self.edited.emit()
        self.name.setFocus()
        self.name.selectAll()

    @Slot()
    def remove(self) -> None:
        row = self.list.currentRow()
        if row >= 0:
            self._drafts.pop((self._owner, self.attributes[row].name), None)
            left = self.attributes[:row] + self.attributes[row + 1 :]
            self.show_attributes(left, max(row - 1, 0))
            self.edited.emit()

    def shift(self, by: int) -> None:
        """The chosen one by so many rows."""
        row, every = self.list.currentRow(), list(self.attributes)
        if row >= 0 and 0 <= row + by < len(every):
            every.insert(row + by, every.pop(row))
            self.show_attributes(every, row + by)
            self.edited.emit()

    # -- the one that is chosen

    @Slot()
    def _show_fields(self) -> None:
        row = self.list.currentRow()
        self.fields.setEnabled(row >= 0)
        one = self.attributes[row] if row >= 0 else None
        draft = _draft_of(one) if one is not None else NOTHING
        if one is not None:
            draft = self._drafts.get((self._owner, one.name), draft)
        blockers = [QSignalBlocker(each) for each in (self.choices, self.kind, self.key)]
        self.name.setText(draft.name)
        self.kind.setCurrentIndex(self.kind.findData(draft.kind))
        self.choices.setPlainText(draft.choices)
        self.default.setText(draft.default)
        self.least.setText(draft.least)
        self.most.setText(draft.most)
        if draft.key is not None and self.key.findData(draft.key) < 0:
            self.key.addItem(draft.key, draft.key)
        self.key.setCurrentIndex(self.key.findData(draft.key))
        del blockers
        self._show_rows(draft.kind)
        self.told.emit(draft.reason)

    def _show_rows(self, kind: Kind) -> None:
        self._form.setRowVisible(self.choices, kind is Kind.CHOICE)
        self._form.setRowVisible(self.least, kind is Kind.NUMBER)
        self._form.setRowVisible(self.most, kind is Kind.NUMBER)

    @Slot()
    def _take(self) -> None:
        """What the fields say, as far as it is an attribute."""
        row = self.list.currentRow()
        if row < 0:
            return
        kind = Kind(self.kind.currentData())
        self._show_rows(kind)
        try:
            made = self._made(kind, self.attributes[row])
            every = checked(made if n == row else e for n, e in enumerate(self.attributes))
        except ValueError as error:
            reason = self.tr("Not taken yet: {0}.").format(said(reason_of(error)))
            self._keep_draft(row, kind, reason)
            self.told.emit(reason)
            return
        self._drafts.pop((self._owner, self.attributes[row].name), None)
        self.told.emit("")
        if every != self.attributes:
            self.attributes = every
            item = self.list.item(row)
            if item is not None:
                item.setText(made.name)
            self.edited.emit()

    def _keep_draft(self, row: int, kind: Kind, reason: str) -> None:
        self._drafts[self._owner, self.attributes[row].name] = Draft(
            self.name.text(),
            kind,
            self.choices.toPlainText(),
            self.default.text(),
            self.key.currentData(),
            self.least.text(),
            self.most.text(),
            reason,
        )

    def _made(self, kind: Kind, before: Attribute) -> Attribute:
        lines = self.choices.toPlainText().splitlines()
        choices = tuple(line.strip() for line in lines if line.strip())
        number = kind is Kind.NUMBER
        return Attribute(
            self.name.text(),
            kind,
            choices if kind is Kind.CHOICE else (),
            _value_of(self.default.text().strip(), kind),
            self.key.currentData(),
            number_of(self.least.text().strip()) if number else None,
            number_of(self.most.text().strip()) if number else None,
            before.extra,
        )


def row_buttons(
    parent: QWidget, add: str, remove: str, do: Sequence[Callable[[], object]]
) -> QHBoxLayout:
    """Buttons below a list: add, remove, up, down.

    Args:
        parent: of the buttons.
        add, remove: what these do, for people.
        do: what each of the four does.
    """
    row = QHBoxLayout()
    up, down = (translate("Labels", each) for each in UP_DOWN)
    for text, tip, act in zip("+✕↑↓", (add, remove, up, down), do, strict=True):
        button = QToolButton(parent)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda _=False, act=act: act())
        row.addWidget(button)
    row.addStretch(1)
    return row


UP_DOWN = marked("Labels", "Up"), marked("Labels", "Down")
NOTHING = Draft("", Kind.CHOICE, "", "", None, "", "", "")


def _draft_of(one: Attribute) -> Draft:
    """The fields of an attribute that is complete."""
    return Draft(
        one.name,
        one.kind,
        "\n".join(one.choices),
        _text_of(one.default),
        one.key,
        "" if one.least is None else f"{one.least:.15g}",
        "" if one.most is None else f"{one.most:.15g}",
        "",
    )


def _text_of(value: Value | None) -> str:
    if isinstance(value, bool):
        return translate("Attributes", "yes") if value else translate("Attributes", "no")
    return "" if value is None else str(value)


def _value_of(text: str, kind: Kind) -> Value | None:
    """What a new object gets, as it was typed; what is no such value is refused by the kind."""
    if not text:
        return None
    if kind is Kind.YES_NO:
        words = {translate("Attributes", "yes"): True, translate("Attributes", "no"): False}
        found = words.get(text.casefold(), yes_or_no(text))
        return text if found is None else found
    number = number_of(text) if kind is Kind.NUMBER else None
    return text if number is None else number
