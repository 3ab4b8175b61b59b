"""What is said of the selected objects beside their label, and fields to say it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent
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
    Question,
    flag_set,
    group_set,
    note_set,
    questions,
    value_set,
)
from app.core.details import Flag, typed_group, typed_note
from app.core.document import Annotation
from app.core.errors import Problem
from app.session.session import Session
from app.ui.panels.checked_line import CheckedLine
from app.ui.panels.value_fields import ValueField, field_for, takes_text
from app.ui.typing import TypingGuard
from app.ui.words import marked, translate
from model.messages import Message, say

MOST_SHARE = 0.55
"""Of the height of the panel of objects; what needs more is scrolled."""
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
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

    _finishing = False

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
        self._told_of: list[int] = []
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
        self.group, self.note = CheckedLine(typed_group, self), CheckedLine(typed_note, self)
        self.group.taken.connect(lambda group: self._describe(group_set(group)))
        self.note.taken.connect(lambda note: self._describe(note_set(note)))
        for title, field in ((self.tr("Group"), self.group), (self.tr("Note"), self.note)):
            field.setAccessibleName(title)
            field.complained.connect(self._fit)
            field.installEventFilter(self)
            form.addRow(title, field.whole)

    # -- what is seen

    @property
    def chosen(self) -> list[Annotation]:
        """The selected objects."""
        document, selection = self._session.document, self._session.selection
        return [each for each in document or () if each.id in selection]

    @Slot()
    def refresh(self) -> None:
        """Show what the selected objects have now."""
        if self._finishing:
            return
        chosen = self.chosen
        self._leave_behind(chosen)
        self.setVisible(bool(chosen))
        if not chosen or not self.unfolded:
            return
        asked = questions(chosen, self._session.labels)
        built = tuple((each.name, each.attribute) for each in asked)
        if built != self._built:
            if self._finish_what_goes(asked):
                self.refresh()
                return
            self._build(built)
        editable = self._session.read_only is None and not all(each.locked for each in chosen)
        for each in asked:
            self.fields[each.name].show_value(each.common)
        self._show_details(chosen)
        for widget in (*self.fields.values(), *self.flags.values(), self.group, self.note):
            widget.setEnabled(editable)
        self._fit()

    def _leave_behind(self, chosen: list[Annotation]) -> None:
        """What was typed of other objects and not taken goes with them, and that is said."""
        told, self._told_of = self._told_of, [each.id for each in chosen]
        if told == self._told_of:
            return
        typed = {name: field.pending for name, field in self.fields.items()}
        typed |= {line.accessibleName(): line.pending for line in self._lines}
        for field in self.fields.values():
            field.give_up()
        for line in self._lines:
            line.give_up()
        lost = [(name, text) for name, text in typed.items() if text]
        if lost:
            self._tell_lost(*lost[0], say("Select the object again to mend it."))

    def _tell_lost(self, name: str, text: str, advice: Message) -> None:
        what = say("{name} stays what it was: “{text}” was not taken.", name, text[:40])
        self._session.problem.emit(Problem(what, advice))

    def _finish_what_goes(self, asked: Iterable[Question]) -> bool:
        """Take what is being typed where no text is asked for any more; whether any was taken."""
        lines = {each.name for each in asked if takes_text(each)}
        taken, self._finishing = False, True
        for name, field in self.fields.items():
            text = field.pending
            if not text or name in lines:
                continue
            if field.finish():
                taken = True
            else:
                field.give_up()
                self._tell_lost(name, text, say("It is asked for in another way now."))
        self._finishing = False
        return taken

    @property
    def _lines(self) -> tuple[CheckedLine, CheckedLine]:
        return self.group, self.note

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
            common = Common.of(values)
            text = "" if common.value is None else str(common.value)
            field.show_value(common, text, self.tr("several"))

    def _build(self, built: tuple[tuple[str, object], ...]) -> None:
        """Other fields, for other questions; what is being typed goes on in the new one."""
        self._built = built
        typed = {name: field.typed for name, field in self.fields.items() if field.pending}
        while self._form.rowCount() > 3:
            self._form.removeRow(0)
        self.fields = {}
        asked = questions(self.chosen, self._session.labels)
        for place, question in enumerate(asked):
            field = field_for(question, self._body)
            field.taken.connect(self._value_taker(question.name))
            field.left.connect(self._home.setFocus)
            field.resized.connect(self._fit)
            self.fields[question.name] = field
            title = field.title(place)
            self._form.insertRow(place, title, field)
            # At once, not when Qt gets to it: only what is shown takes part in the height.
            title.show()
            field.show()
            # Rows come before the ones that are always there, and the keyboard in this order.
            self.setTabOrder(field, self.flags[Flag.OCCLUDED])
            if question.name in typed:
                field.show_value(question.common)
                field.go_on(typed[question.name])

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

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter takes what was typed, Escape leaves it as it was; then the keyboard goes home."""
        if event.type() is QEvent.Type.Resize and watched is self.parentWidget():
            self._fit()
            return False
        if isinstance(watched, CheckedLine):
            return self._leaves_line(watched, event)
        return False

    def _leaves_line(self, line: CheckedLine, event: QEvent) -> bool:
        """As ``leaves``, but that Enter stays where what was typed cannot be taken."""
        enter = isinstance(event, QKeyEvent) and event.key() in ENTER
        if enter and event.type() is QEvent.Type.KeyPress:
            line.take()
            if line.wrong:
                return True

        def give_up() -> None:
            line.give_up()
            self.refresh()

        return leaves(line, event, give_up, self._home)


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


def named(flags: Iterable[Flag]) -> list[str]:
    """The flags in words, in their order."""
    holding = set(flags)
    return [translate("Objects", FLAGS[flag]) for flag in Flag if flag in holding]
