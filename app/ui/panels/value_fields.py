"""A field for each kind of value: choice, number, text, yes or no, and what no schema knows."""

from __future__ import annotations

import json

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QWidget,
)

from app.core.attributes import Attribute, Kind
from app.core.describing import Common, Question
from app.core.frozen import FrozenMap
from app.ui.elided import ElidedLabel
from app.ui.panels.checked_line import CheckedLine, Typed

LEAVING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


class ValueField(QWidget):
    """One value of the selected objects.

    ``taken``: the value that is given them, None to take it away. ``left``: by a key. ``resized``:
    it needs another height.
    """

    taken = Signal(object)
    left = Signal()
    resized = Signal()

    def __init__(self, question: Question, parent: QWidget) -> None:
        super().__init__(parent)
        self.question = question
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._common = Common()

    def put(self, widget: QWidget) -> None:
        """The widget that has the keyboard for it."""
        if widget.parentWidget() is self:
            self._row.addWidget(widget, 1)
        self.setFocusProxy(widget)
        widget.setAccessibleName(self.question.name)
        widget.installEventFilter(self)

    def title(self, place: int) -> QWidget:
        """What stands before it, with the key that changes it in attribute mode."""
        key = key_of(self.question.attribute, place)
        label = QLabel(self.question.name if key is None else f"{self.question.name}  [{key}]")
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setMaximumWidth(130)
        label.setToolTip(label.text())
        return label

    def show_value(self, common: Common) -> None:
        """Show what the objects have."""
        self._common = common

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter and Escape leave it; what was typed is taken with Enter alone, if it can be."""
        if not isinstance(event, QKeyEvent) or event.key() not in LEAVING:
            return False
        if event.type() is QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() is not QEvent.Type.KeyPress:
            return False
        if event.key() == Qt.Key.Key_Escape:
            self.give_up()
        elif not self.finish():
            return True
        self.left.emit()
        return True

    @property
    def pending(self) -> str:
        """What was typed and is not taken; empty if nothing."""
        return ""

    @property
    def typed(self) -> Typed | None:
        """The same, for a field that comes instead."""
        return None

    def go_on(self, typed: Typed | None) -> None:
        """Go on with what was typed in the field before."""

    def finish(self) -> bool:
        """Take what was typed; False if it cannot be."""
        return True

    def give_up(self) -> None:
        """What was typed is not meant."""


class ChoiceField(ValueField):
    """One of some words; the first entry is none of them."""

    def __init__(self, question: Question, attribute: Attribute, parent: QWidget) -> None:
        super().__init__(question, parent)
        self.box = QComboBox(self)
        self.box.setMinimumContentsLength(6)
        self.box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.box.addItem("", None)
        for each in attribute.choices:
            self.box.addItem(each, each)
        self._own = self.box.count()
        self.box.activated.connect(self._on_activated)
        self.put(self.box)

    def show_value(self, common: Common) -> None:
        super().show_value(common)
        with QSignalBlocker(self.box):
            while self.box.count() > self._own:
                self.box.removeItem(self._own)
            place = self.box.findData(common.value) if common.value is not None else 0
            if common.mixed or place < 0:
                text = self.tr("several") if common.mixed else shown_value(common.value)
                self.box.addItem(text, common)
                place = self._own
            self.box.setCurrentIndex(place)

    @Slot(int)
    def _on_activated(self, place: int) -> None:
        if place < self._own:
            self.taken.emit(self.box.itemData(place))


class YesNoField(ValueField):
    """A box to tick; what is not said is told apart from no."""

    def __init__(self, question: Question, parent: QWidget) -> None:
        super().__init__(question, parent)
        self.box = QCheckBox(self)
        self.box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.box.clicked.connect(self._on_clicked)
        self.put(self.box)

    def show_value(self, common: Common) -> None:
        super().show_value(common)
        odd = common.mixed or not isinstance(common.value, bool)
        self.box.setTristate(odd)
        state = Qt.CheckState.PartiallyChecked
        if not odd:
            state = Qt.CheckState.Checked if common.value else Qt.CheckState.Unchecked
        self.box.setCheckState(state)
        words = self.tr("several") if common.mixed else self.tr("not said")
        if odd and common.value is not None:
            words = shown_value(common.value)
        self.box.setText(words if odd else self.tr("yes") if common.value else self.tr("no"))

    @Slot()
    def _on_clicked(self) -> None:
        self.taken.emit(self._common.value is not True)


class LineField(ValueField):
    """A number or a text; what it cannot be stays, with the reason beside it."""

    def __init__(self, question: Question, attribute: Attribute, parent: QWidget) -> None:
        super().__init__(question, parent)
        self.line = CheckedLine(attribute.typed, self)
        self.line.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if attribute.kind is Kind.NUMBER:
            self.line.setToolTip(bounds_of(attribute))
        self.line.taken.connect(self.taken)
        self.line.complained.connect(self.resized)
        self.put(self.line)
        self._row.addWidget(self.line.whole, 1)

    def show_value(self, common: Common) -> None:
        super().show_value(common)
        text = "" if common.value is None else shown_value(common.value)
        self.line.show_value(common, text, self.tr("several"))

    @property
    def pending(self) -> str:
        return self.line.pending

    @property
    def typed(self) -> Typed | None:
        return self.line.typed

    def go_on(self, typed: Typed | None) -> None:
        if typed is not None:
            self.line.go_on(typed)

    def finish(self) -> bool:
        self.line.take()
        return not self.line.wrong

    def give_up(self) -> None:
        self.line.give_up()
        self.show_value(self._common)


class UnknownField(ValueField):
    """A value that no schema asks for: kept and shown, to be taken away by a button alone."""

    def __init__(self, question: Question, parent: QWidget) -> None:
        super().__init__(question, parent)
        self.words = ElidedLabel(self)
        self.button = QToolButton(self)
        self.button.setText("✕")
        self.button.setAutoRaise(True)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.setToolTip(self.tr("Take this value away"))
        self.button.clicked.connect(lambda: self.taken.emit(None))
        self.words.setToolTip(self.tr("The label has no such attribute; the value is kept."))
        self.put(self.words)
        self._row.addWidget(self.button)
        self.setFocusProxy(self.button)

    def show_value(self, common: Common) -> None:
        super().show_value(common)
        self.words.setText(self.tr("several") if common.mixed else shown_value(common.value))


def takes_text(question: Question) -> bool:
    """Whether its field is one in which is typed."""
    asked = question.attribute
    return asked is not None and asked.kind not in (Kind.CHOICE, Kind.YES_NO)


def field_for(question: Question, parent: QWidget) -> ValueField:
    """The field for what is asked."""
    attribute = question.attribute
    if attribute is None:
        return UnknownField(question, parent)
    if attribute.kind is Kind.CHOICE:
        return ChoiceField(question, attribute, parent)
    if attribute.kind is Kind.YES_NO:
        return YesNoField(question, parent)
    return LineField(question, attribute, parent)


def shown_value(value: object) -> str:
    """A value as people read it: texts as they are, all else as JSON has it."""
    if isinstance(value, str):
        return value
    plain = FrozenMap({"": value}).thawed()[""]
    return json.dumps(plain, ensure_ascii=False)


def bounds_of(attribute: Attribute) -> str:
    """Which numbers it may be; empty if any."""
    least, most = attribute.least, attribute.most
    if least is None and most is None:
        return ""
    return f"{'' if least is None else f'{least:g}'} … {'' if most is None else f'{most:g}'}"


def key_of(attribute: Attribute | None, place: int) -> str | None:
    """The key that changes the value in attribute mode: its own, else that of its place."""
    if attribute is None:
        return None
    if attribute.key is not None:
        return attribute.key
    return str(place + 1) if place < 9 else None
