"""What is said of the selected objects beside their label, and fields to say it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Slot
from PySide6.QtGui import QIntValidator, QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QFrame,
    QGridLayout,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.attributes import Value
from app.core.describing import (
    Change,
    Common,
    flag_set,
    group_set,
    note_set,
    questions,
    value_set,
)
from app.core.details import MAX_NOTE, Flag
from app.core.document import Annotation
from app.session.session import Session
from app.ui.panels.value_fields import ValueField, field_for
from app.ui.typing import TypingGuard
from app.ui.words import marked, translate

MOST_SHARE = 0.55
"""Of the height of the panel of objects; what needs more is scrolled."""
FLAGS = {
    Flag.OCCLUDED: marked("Objects", "Occluded"),
    Flag.TRUNCATED: marked("Objects", "Truncated"),
    Flag.DIFFICULT: marked("Objects", "Difficult"),
    Flag.CROWD: marked("Objects", "Crowd"),
}


class DescribingPanel(QWidget):
    """Values, flags, group and note of what is selected; nothing is seen while nothing is.

    What is changed here is changed for all selected objects in one step.

    Args:
        session: with the objects.
        home: gets the keyboard when a field is left with Enter or Escape.
    """

    def __init__(self, session: Session, home: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._home = session, home
        self.unfolded = True
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        parent.installEventFilter(self)
        self.header = QToolButton(self)
        self.header.setText(self.tr("Attributes"))
        self.header.setAutoRaise(True)
        self.header.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.header.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.header.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.header.clicked.connect(lambda: self.unfold(not self.unfolded))
        self.fields: dict[str, ValueField] = {}
        self._built: tuple[object, ...] = ()
        self.area = QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setAccessibleName(self.tr("Attributes"))
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._body = QWidget(self.area)
        self._form = QFormLayout(self._body)
        self._prepare_details()
        self.area.setWidget(self._body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.area)
        TypingGuard(self, home)
        for signal in (
            session.selection_changed,
            session.document_changed,
            session.image_opened,
            session.read_only_changed,
            session.folder_labels.changed,
        ):
            signal.connect(self.refresh)
        self.unfold(True)

    def _prepare_details(self) -> None:
        form = self._form
        form.setContentsMargins(8, 2, 8, 8)
        form.setVerticalSpacing(4)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        self.flags = {flag: QCheckBox(translate("Objects", FLAGS[flag]), self) for flag in Flag}
        # Two beside each other: the words of four do not fit into a narrow panel.
        boxes = QGridLayout()
        boxes.setVerticalSpacing(2)
        for place, (flag, box) in enumerate(self.flags.items()):
            box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            box.clicked.connect(self._flag_taker(flag))
            boxes.addWidget(box, place // 2, place % 2)
        form.addRow(boxes)
        self.group, self.note = QLineEdit(self), QLineEdit(self)
        self.group.setValidator(QIntValidator(0, 2**31 - 1, self.group))
        self.note.setMaxLength(MAX_NOTE)
        for title, field, take in (
            (self.tr("Group"), self.group, self._take_group),
            (self.tr("Note"), self.note, self._take_note),
        ):
            field.setAccessibleName(title)
            field.editingFinished.connect(take)
            field.installEventFilter(self)
            form.addRow(title, field)

    # -- what is seen

    @property
    def chosen(self) -> list[Annotation]:
        """The selected objects."""
        document, selection = self._session.document, self._session.selection
        return [each for each in document or () if each.id in selection]

    @Slot()
    def refresh(self) -> None:
        """Show what the selected objects have now."""
        chosen = self.chosen
        self.setVisible(bool(chosen))
        if not chosen or not self.unfolded:
            return
        asked = questions(chosen, self._session.labels)
        built = tuple((each.name, each.attribute) for each in asked)
        if built != self._built:
            self._build(built)
        editable = self._session.read_only is None and not all(each.locked for each in chosen)
        for each in asked:
            self.fields[each.name].show_value(each.common)
        self._show_details(chosen)
        for widget in (*self.fields.values(), *self.flags.values(), self.group, self.note):
            widget.setEnabled(editable)
        self._fit()

    def _show_details(self, chosen: list[Annotation]) -> None:
        for flag, box in self.flags.items():
            common = Common.of(flag in each.details.flags for each in chosen)
            box.setTristate(common.mixed)
            state = Qt.CheckState.PartiallyChecked
            if not common.mixed:
                state = Qt.CheckState.Checked if common.value else Qt.CheckState.Unchecked
            box.setCheckState(state)
        for field, values in (
            (self.group, [each.details.group for each in chosen]),
            (self.note, [each.details.note for each in chosen]),
        ):
            show_text(field, Common.of(values), self.tr("several"))

    def _build(self, built: tuple[tuple[str, object], ...]) -> None:
        """Other fields, for other questions."""
        self._built = built
        while self._form.rowCount() > 3:
            self._form.removeRow(0)
        self.fields = {}
        asked = questions(self.chosen, self._session.labels)
        for place, question in enumerate(asked):
            field = field_for(question, self._body)
            field.taken.connect(self._value_taker(question.name))
            field.left.connect(self._home.setFocus)
            self.fields[question.name] = field
            title = field.title(place)
            self._form.insertRow(place, title, field)
            # At once, not when Qt gets to it: only what is shown takes part in the height.
            title.show()
            field.show()
            # Rows come before the ones that are always there, and the keyboard in this order.
            self.setTabOrder(field, self.flags[Flag.OCCLUDED])

    def _fit(self) -> None:
        parent = self.parentWidget()
        most = round(parent.height() * MOST_SHARE) if parent is not None else 0
        wanted = self._form.sizeHint().height() + 2
        self.area.setFixedHeight(max(60, min(wanted, most)))

    def unfold(self, unfolded: bool) -> None:
        """Show the fields, or only that there are some."""
        self.unfolded = unfolded
        arrow = Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow
        self.header.setArrowType(arrow)
        self.area.setVisible(unfolded)
        self.refresh()

    # -- what is said

    def _describe(self, change: Change) -> None:
        self._session.describe(self._session.selection, change)
        self.refresh()

    def _value_taker(self, name: str) -> Callable[[Value | None], None]:
        def take(value: Value | None) -> None:
            self._describe(value_set(name, value))

        return take

    def _flag_taker(self, flag: Flag) -> Callable[[], None]:
        def take() -> None:
            holds = all(flag in each.details.flags for each in self.chosen)
            self._describe(flag_set(flag, not holds))

        return take

    @Slot()
    def _take_group(self) -> None:
        if self.group.isModified():
            self.group.setModified(False)
            text = self.group.text()
            self._describe(group_set(int(text) if text else None))

    @Slot()
    def _take_note(self) -> None:
        if self.note.isModified():
            self.note.setModified(False)
            self._describe(note_set(self.note.text()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter takes what was typed, Escape leaves it as it was; then the keyboard goes home."""
        if event.type() is QEvent.Type.Resize and watched is self.parentWidget():
            self._fit()
            return False
        return leaves(watched, event, self.refresh, self._home)


def leaves(watched: QObject, event: QEvent, give_up: Callable[[], None], home: QWidget) -> bool:
    """Whether ``event`` is the key that leaves a field of text; it is left then."""
    if not isinstance(event, QKeyEvent) or not isinstance(watched, QLineEdit):
        return False
    leaving = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
    if event.key() not in leaving:
        return False
    if event.type() is QEvent.Type.ShortcutOverride:
        event.accept()
        return True
    if event.type() is not QEvent.Type.KeyPress:
        return False
    if event.key() == Qt.Key.Key_Escape:
        watched.setModified(False)
        give_up()
    home.setFocus()
    return True


def show_text(field: QLineEdit, common: Common, several: str) -> None:
    """The text that objects have; what is being typed is left alone."""
    field.setPlaceholderText(several if common.mixed else "")
    text = "" if common.value is None else str(common.value)
    if field.text() != text and not (field.isModified() and field.hasFocus()):
        with QSignalBlocker(field):
            field.setText(text)
            field.setCursorPosition(0)


def named(flags: Iterable[Flag]) -> list[str]:
    """The flags in words, in their order."""
    holding = set(flags)
    return [translate("Objects", FLAGS[flag]) for flag in Flag if flag in holding]
