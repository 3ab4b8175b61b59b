"""Attribute mode: while it lasts, keys say what the selected objects are, and arrows go on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from app.core.attributes import Attribute
from app.core.describing import Question, flag_set, questions, value_set
from app.core.details import Flag
from app.ui.canvas_pane import CanvasPane
from app.ui.commands import Commands
from app.ui.panels.describing import DescribingPanel
from app.ui.panels.value_fields import key_of
from app.ui.tools.tool import Hint
from app.ui.words import translate

FLAGS = {"O": Flag.OCCLUDED, "T": Flag.TRUNCATED, "D": Flag.DIFFICULT, "C": Flag.CROWD}
STEPS = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}
FIELDS = ("N", "G")


class AttributeMode(QObject):
    """Takes plain keys from the canvas, before they are commands.

    An attribute's key gives the next choice, or yes and no in turn; with Shift the choice before;
    of a number or a text it puts the keyboard into the field, from where Enter comes back. ``O``,
    ``T``, ``D`` and ``C`` are the flags, ``N`` the note and ``G`` the group, unless an attribute
    has the letter. A mask that is begun has all keys for itself.
    """

    def __init__(self, commands: Commands, pane: CanvasPane, panel: DescribingPanel) -> None:
        super().__init__(pane)
        self._commands, self._pane, self._panel = commands, pane, panel
        self._session = commands.session
        self.active = False
        pane.canvas.installEventFilter(self)
        self._session.selection_changed.connect(self._show_hint)
        commands.session.folder_used.connect(self.stop)

    def toggle(self) -> None:
        """Begin, with an object selected where there is any; or end."""
        if self.active:
            self.stop()
            return
        self.active = True
        self._panel.unfold(True)
        if not self._session.selection:
            self._commands.step_selection(1)
        self._pane.canvas.setFocus()
        self._show_hint()

    @Slot()
    def stop(self) -> None:
        if self.active:
            self.active = False
            self._pane.set_mode_hint(())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not self.active or not isinstance(event, QKeyEvent):
            return False
        shifts = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
        if event.modifiers() & ~shifts or self._commands.mask_editor.active:
            return False
        if event.type() is QEvent.Type.ShortcutOverride and self._means(event.key()):
            event.accept()
            return True
        if event.type() is QEvent.Type.KeyPress and self._means(event.key()):
            back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._take(event.key(), back=back)
            return True
        return False

    def _means(self, key: int) -> bool:
        letter = _letter(key)
        own = letter in FLAGS or letter in FIELDS
        return key in STEPS or key == Qt.Key.Key_Escape or own or self._asked(letter) is not None

    def _take(self, key: int, *, back: bool) -> None:
        question = self._asked(_letter(key))
        if question is not None and question.attribute is not None:
            self._change(question, question.attribute, -1 if back else 1)
        elif key == Qt.Key.Key_Escape:
            self.stop()
        elif key in STEPS:
            self._go(STEPS[Qt.Key(key)])
        elif _letter(key) in FLAGS:
            flag = FLAGS[_letter(key)]
            holds = all(flag in each.details.flags for each in self._panel.chosen)
            self._session.describe(self._session.selection, flag_set(flag, not holds))
        else:
            _type_in(self._panel.note if _letter(key) == "N" else self._panel.group)

    def _asked(self, letter: str) -> Question | None:
        """What that key changes of the selected objects."""
        if not letter:
            return None
        asked = questions(self._panel.chosen, self._session.labels)
        return next(
            (each for n, each in enumerate(asked) if key_of(each.attribute, n) == letter), None
        )

    def _change(self, question: Question, attribute: Attribute, steps: int) -> None:
        value = attribute.following(question.common.value, steps)
        if value is not None:
            self._session.describe(self._session.selection, value_set(question.name, value))
            return
        field = self._panel.fields.get(question.name)
        line = None if field is None else field.focusProxy()
        if isinstance(line, QLineEdit):
            _type_in(line)

    def _go(self, steps: int) -> None:
        review = self._commands.context.review
        if not review.active:
            self._commands.step_selection(steps)
        elif steps > 0:
            review.later()
        else:
            review.back()

    @Slot()
    def _show_hint(self) -> None:
        if self.active:
            self._pane.set_mode_hint(self._hint())

    def _hint(self) -> Hint:
        asked = questions(self._panel.chosen, self._session.labels)
        named = [(key_of(each.attribute, n), each.name) for n, each in enumerate(asked)]
        own = tuple((key, name) for key, name in named if key is not None)
        return (
            ("→ ←", translate("Hint", "next, previous object")),
            *own,
            ("O T D C", translate("Hint", "flags")),
            ("Esc", translate("Hint", "leave")),
        )


def _letter(key: int) -> str:
    plain = Qt.Key.Key_A <= key <= Qt.Key.Key_Z or Qt.Key.Key_0 <= key <= Qt.Key.Key_9
    return chr(key) if plain else ""


def _type_in(line: QLineEdit) -> None:
    line.setFocus(Qt.FocusReason.ShortcutFocusReason)
    line.selectAll()
