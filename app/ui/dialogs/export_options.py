"""What is exported: in which format, and which objects of which images."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QGroupBox, QLabel, QWidget

from app.core.document import ImageStatus, State
from app.core.review import StateCounts
from app.storage.exchange.exporting import Choice
from app.storage.exchange.formats import FORMATS, Format, Option
from app.ui.words import said

ACCEPTED, EDITED = State.ACCEPTED, State.EDITED
PROPOSED, REJECTED = State.PROPOSED, State.REJECTED


class FormatForm(QGroupBox):
    """The format, what it loses, and its own switches. ``changed``: another format."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Format"))
        self.form = QComboBox(self)
        self.form.setAccessibleName(self.tr("Format"))
        for each in FORMATS.values():
            self.form.addItem(said(each.title), each.name)
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self._fields: dict[str, QCheckBox | QComboBox] = {}
        self._layout = QFormLayout(self)
        self._layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self._layout.addRow(self.form)
        self._layout.addRow(self.words)
        self.form.currentIndexChanged.connect(self._on_form)
        self._on_form()

    @property
    def chosen(self) -> Format:
        return FORMATS[self.form.currentData()]

    def put(self, name: str) -> None:
        self.form.setCurrentIndex(self.form.findData(name))

    def field(self, name: str) -> QCheckBox | QComboBox:
        """Of the option of that name."""
        return self._fields[name]

    def options(self) -> dict[str, object]:
        """As the format's writer takes them; what is left as it was is not among them."""
        found: dict[str, object] = {}
        for option in self.chosen.options:
            field = self._fields[option.name]
            value = field.isChecked() if isinstance(field, QCheckBox) else field.currentData()
            if value != option.default:
                found[option.name] = value
        return found

    @Slot()
    def _on_form(self) -> None:
        while self._layout.rowCount() > 2:
            self._layout.removeRow(2)
        self._fields = {option.name: self._add(option) for option in self.chosen.options}
        self.words.setText(said(self.chosen.description))
        self.changed.emit()

    def _add(self, option: Option) -> QCheckBox | QComboBox:
        if not option.choices:
            switch = QCheckBox(said(option.title), self)
            switch.setChecked(option.default is True)
            self._layout.addRow(switch)
            return switch
        box = QComboBox(self)
        for value in option.choices:
            box.addItem(self.tr("as many as needed") if value is None else str(value), value)
        self._layout.addRow(said(option.title), box)
        return box


class ChoiceForm(QGroupBox):
    """Which objects: what somebody looked at, unless more is asked for."""

    changed = Signal()

    def __init__(self, objects: StateCounts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("What is written"))
        self.states = {state: QCheckBox(self) for state in (ACCEPTED, EDITED, PROPOSED, REJECTED)}
        self.count(objects)
        self.images = QComboBox(self)
        self.images.addItem(self.tr("of every image that was worked on"), None)
        self.images.addItem(self.tr("of images that are done"), frozenset((ImageStatus.DONE,)))
        self.images.setAccessibleName(self.tr("Images"))
        self.empty = QCheckBox(self.tr("Images without such objects too, as empty ones"), self)
        self.boxes = QCheckBox(self.tr("Boxes that still wait for a mask, where they fit"), self)
        self.empty.setChecked(True)
        layout = QFormLayout(self)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for state, box in self.states.items():
            box.setChecked(state in (ACCEPTED, EDITED))
            layout.addRow(box)
            box.toggled.connect(self.changed)
        for widget in (self.images, self.empty, self.boxes):
            layout.addRow(widget)

    def count(self, objects: StateCounts) -> None:
        """Say how many there are of each kind."""
        words = {
            ACCEPTED: self.tr("Accepted objects (%n)", "", objects.accepted),
            EDITED: self.tr("Edited objects (%n)", "", objects.edited),
            PROPOSED: self.tr("Proposals nobody has looked at (%n)", "", objects.proposed),
            REJECTED: self.tr("Rejected objects (%n)", "", objects.rejected),
        }
        for state, text in words.items():
            self.states[state].setText(text)

    def choice(self) -> Choice:
        states = frozenset(state for state, box in self.states.items() if box.isChecked())
        return Choice(
            states,
            self.images.currentData(),
            unsegmented=self.boxes.isChecked(),
            empty=self.empty.isChecked(),
        )

    @property
    def anything(self) -> bool:
        """Whether any kind of object is chosen."""
        return any(box.isChecked() for box in self.states.values()) or self.boxes.isChecked()
