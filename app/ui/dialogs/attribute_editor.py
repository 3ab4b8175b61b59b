"""A list of attributes and the fields of the one that is chosen in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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


class AttributeEditor(QWidget):
    """Edits the attributes of one label, or of all.

    ``edited``: they are others now. ``told``: why what is in the fields is no attribute, or
    nothing; the one before stays meanwhile.
    """

    edited = Signal()
    told = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.attributes: tuple[Attribute, ...] = ()
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
        buttons = QHBoxLayout()
        rows: tuple[tuple[str, str, Callable[[], None]], ...] = (
            ("+", self.tr("Add an attribute"), self.add),
            ("✕", self.tr("Remove this attribute; values that objects have are kept"), self.remove),
            ("↑", self.tr("Up"), lambda: self.shift(-1)),
            ("↓", self.tr("Down"), lambda: self.shift(1)),
        )  # fmt: skip
        for text, tip, do in rows:
            button = QToolButton(self)
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.clicked.connect(do)
            buttons.addWidget(button)
        buttons.addStretch(1)
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
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addLayout(left, 2)
        row.addWidget(self.fields, 3)

    # -- which there are

    def show_attributes(self, attributes: Sequence[Attribute], row: int = 0) -> None:
        """Edit these; the one in this row is chosen."""
        self.attributes = tuple(attributes)
        with QSignalBlocker(self.list):
            self.list.clear()
            self.list.addItems([each.name for each in self.attributes])
            self.list.setCurrentRow(min(row, len(self.attributes) - 1))
        self._show_fields()

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
        self.told.emit("")
        one = self.attributes[row] if row >= 0 else Attribute("-", Kind.CHOICE, ("-",))
        blockers = [QSignalBlocker(each) for each in (self.choices, self.kind, self.key)]
        self.name.setText(one.name if row >= 0 else "")
        self.kind.setCurrentIndex(self.kind.findData(one.kind))
        self.choices.setPlainText("\n".join(one.choices) if row >= 0 else "")
        self.default.setText(_text_of(one.default))
        self.least.setText("" if one.least is None else f"{one.least:.15g}")
        self.most.setText("" if one.most is None else f"{one.most:.15g}")
        if one.key is not None and self.key.findData(one.key) < 0:
            self.key.addItem(one.key, one.key)
        self.key.setCurrentIndex(self.key.findData(one.key))
        del blockers
        self._show_rows(one.kind)

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
            self.told.emit(said(reason_of(error)))
            return
        self.told.emit("")
        if every != self.attributes:
            self.attributes = every
            item = self.list.item(row)
            if item is not None:
                item.setText(made.name)
            self.edited.emit()

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
