"""Clicks and a box in one tool: the model answers with a mask."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QPainter

from app.core.prompt import Prompt
from app.session.mask.mask_editor import MaskEditor
from app.ui.canvas.marks import Grip, grip_at, logical_box, paint_box, paint_prompt
from app.ui.canvas.viewport import Viewport
from app.ui.tools.tool import DRAG_FROM, Hint, Pointer, Tool, ToolContext

translate = QCoreApplication.translate


def emptiness(mask_editor: MaskEditor) -> Hint:
    """What there is to do where the model found nothing, or nothing is left."""
    mask = mask_editor.state.mask
    if mask is None or mask.area or mask_editor.is_predicting:
        return ()
    return ((translate("Hint", "Empty mask"), translate("Hint", "click elsewhere, or «undo»")),)


def nothing_changed(mask_editor: MaskEditor) -> Hint:
    """What there is to do where the model's answer changes nothing around the click."""
    state = mask_editor.state
    if not (state.local and state.has_other and state.mask == state.corrects):
        return ()
    nothing = translate("Hint", "Nothing changed here")
    return ((nothing, translate("Hint", "click beside it, or «tool-brush» to brush")),)


def scope_of(mask_editor: MaskEditor) -> Hint:
    """How to have more or less of the answer to the last click, where that is another mask."""
    state = mask_editor.state
    if not state.has_other:
        return ()
    local, whole = translate("Hint", "only around the click"), translate("Hint", "whole answer")
    return (("«whole-answer»", whole if state.local else local),)


def accepting(mask_editor: MaskEditor) -> str:
    """What accepts the mask at hand."""
    if mask_editor.boxes_in_a_row and mask_editor.editing is None:
        return translate("Hint", "Enter, or a box elsewhere")
    return "Enter"


def end_box(context: ToolContext, first: Pointer, last: Pointer) -> None:
    """The box between two corners is drawn."""
    if not context.mask_editor.box(first.x, first.y, last.x, last.y):
        context.tell(
            translate("Tools", "The mask of the box before is not there yet: wait for it.")
        )


class SmartTool(Tool):
    """Left click adds, right click removes, a drag makes a box; marks can be moved and removed."""

    name = "smart"
    shows_marks = True

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._pressed: Pointer | None = None
        self._at: Pointer | None = None
        self._dragging = False
        self._grip: Grip | None = None
        self._near: Grip | None = None
        self._gripped = Prompt()

    @property
    def busy(self) -> bool:
        return self._dragging

    @property
    def near_mark(self) -> bool:
        return self._near is not None

    def hint(self) -> Hint:
        mask_editor = self.context.mask_editor
        if self._near is not None and not self._dragging:
            return (
                (translate("Hint", "Drag"), translate("Hint", "move it")),
                ("«skip-next»", translate("Hint", "delete it")),
                (translate("Hint", "Right click"), translate("Hint", "its menu")),
                ("Enter", translate("Hint", "accept")),
                ("Esc", translate("Hint", "drop")),
            )
        if not mask_editor.active:
            return (
                (translate("Hint", "Left click"), translate("Hint", "pick an object")),
                (translate("Hint", "Drag"), translate("Hint", "box around it")),
                (translate("Hint", "Right click"), translate("Hint", "what is not part of it")),
                (translate("Hint", "Wheel"), translate("Hint", "look closer")),
            )
        several = len(mask_editor.candidates) > 1
        choose = (("1 2 3 / Tab", translate("Hint", "other answer")),) if several else ()
        return (
            *emptiness(mask_editor),
            *nothing_changed(mask_editor),
            (translate("Hint", "Left click"), translate("Hint", "add")),
            (translate("Hint", "Right click"), translate("Hint", "remove")),
            *scope_of(mask_editor),
            *choose,
            (accepting(mask_editor), translate("Hint", "accept")),
            ("Esc", translate("Hint", "drop")),
            # The last is left out first where there is no room.
            (translate("Hint", "«skip-next» over a mark"), translate("Hint", "delete it")),
        )

    def press(self, pointer: Pointer) -> None:
        held, _ = self._pressed, self.cancel()
        if held is not None and held.button is not pointer.button:
            # Another button ends what the first one began; the same one was let go unseen.
            return
        grip = self._grip_at(pointer)
        if pointer.button is Qt.MouseButton.RightButton and grip is not None:
            self.context.ask_grip(grip, pointer.at)
            return
        if pointer.alt and grip is not None:
            self._remove(grip)
            return
        self._pressed, self._at, self._dragging, self._grip = pointer, pointer, False, grip
        self._gripped = self.context.mask_editor.prompt
        if grip is None:
            self.context.mask_editor.press(pointer.x, pointer.y, not self._is_negative(pointer))

    def move(self, pointer: Pointer) -> None:
        self._at = pointer
        if self._pressed is None:
            self._hover(pointer)
            return
        if not self._dragging and self._pressed.button is Qt.MouseButton.LeftButton:
            _, ratio = self.context.viewport()
            far = max(
                abs(pointer.screen_x - self._pressed.screen_x),
                abs(pointer.screen_y - self._pressed.screen_y),
            )
            self._dragging = far > DRAG_FROM * ratio
            if self._dragging:
                self.context.mask_editor.hover_end()
        if self._dragging:
            self._stretch(pointer)
            self.context.repaint()

    def release(self, pointer: Pointer) -> None:
        pressed, dragging, grip = self._pressed, self._dragging, self._grip
        if pressed is None or pointer.button is not pressed.button:
            return
        self._pressed, self._dragging, self._grip = None, False, None
        if dragging:
            self._end_drag(pressed, pointer, grip)
        elif grip is None:
            positive, alone = not self._is_negative(pressed), pressed.control
            self.context.mask_editor.click(pressed.x, pressed.y, positive, alone=alone)
        if dragging:
            self.context.repaint()

    @staticmethod
    def _is_negative(pointer: Pointer) -> bool:
        return pointer.shift or pointer.button is Qt.MouseButton.RightButton

    def takes_alt(self, pointer: Pointer) -> bool:
        return self._grip_at(pointer) is not None

    def leave(self) -> None:
        self.context.mask_editor.hover_end()
        if self._near is not None:
            self._near = None
            self.context.repaint()

    def cancel(self) -> bool:
        busy = self._pressed is not None
        self._pressed, self._dragging, self._grip = None, False, None
        if busy:
            self.context.mask_editor.stretch_end()
            self.context.repaint()
        return busy

    def prompt_changed(self) -> None:
        """A mark that is gone cannot be dragged on."""
        if self._is_lost:
            self.cancel()
        if self._near is not None and self._pressed is None and self._at is not None:
            self._note_near(self._grip_at(self._at))

    @property
    def _is_lost(self) -> bool:
        """Whether the prompt is no longer the one whose mark is held."""
        return self._grip is not None and self.context.mask_editor.prompt != self._gripped

    def put_down(self) -> None:
        self.cancel()
        self.context.mask_editor.hover_end()

    def paint(self, painter: QPainter, viewport: Viewport, ratio: float) -> None:
        paint_prompt(painter, self.context.mask_editor.prompt, viewport, ratio, self._near)
        if not self._dragging or self._pressed is None or self._at is None or self._is_lost:
            return
        if self._grip is None:
            first, other = (self._pressed.x, self._pressed.y), (self._at.x, self._at.y)
            paint_box(painter, logical_box(viewport, ratio, first, other))
        elif self._grip.corner is not None:
            fixed = self._opposite(self._grip.corner)
            paint_box(painter, logical_box(viewport, ratio, fixed, (self._at.x, self._at.y)))
        elif self._grip.point is not None:
            moved = self.context.mask_editor.prompt.with_point_moved(
                self._grip.point, self._at.x, self._at.y
            )
            paint_prompt(painter, moved, viewport, ratio, self._grip)

    def _hover(self, pointer: Pointer) -> None:
        self._note_near(self._grip_at(pointer))
        if not self.context.mask_editor.active:
            self.context.mask_editor.hover(pointer.x, pointer.y)

    def _note_near(self, near: Grip | None) -> None:
        if near != self._near:
            self._near = near
            self.context.repaint()

    def _grip_at(self, pointer: Pointer) -> Grip | None:
        viewport, ratio = self.context.viewport()
        prompt = self.context.mask_editor.prompt
        return grip_at(prompt, viewport, pointer.screen_x, pointer.screen_y, ratio)

    def _stretch(self, pointer: Pointer) -> None:
        pressed, grip = self._pressed, self._grip
        if pressed is not None and grip is None:
            self.context.mask_editor.stretch(pressed.x, pressed.y, pointer.x, pointer.y)
        elif grip is not None and grip.corner is not None:
            at = *self._opposite(grip.corner), pointer.x, pointer.y
            self.context.mask_editor.stretch(*at, moved=True)

    def _end_drag(self, pressed: Pointer, pointer: Pointer, grip: Grip | None) -> None:
        mask_editor = self.context.mask_editor
        if grip is None:
            end_box(self.context, pressed, pointer)
        elif grip.point is not None:
            mask_editor.move_point(grip.point, pointer.x, pointer.y)
        elif grip.corner is not None:
            mask_editor.box(*self._opposite(grip.corner), pointer.x, pointer.y, moved=True)

    def _opposite(self, corner: int) -> tuple[float, float]:
        box = self.context.mask_editor.prompt.box
        if box is None:
            return 0.0, 0.0
        return (box.x1 if corner in (0, 3) else box.x0), (box.y1 if corner < 2 else box.y0)

    def _remove(self, grip: Grip) -> None:
        if grip.point is not None:
            self.context.mask_editor.remove_point(grip.point)
        else:
            self.context.mask_editor.remove_box()
        self._near = None


class BoxTool(Tool):
    """A box by two clicks or by a drag, with lines through the mouse to aim by."""

    name = "box"
    shows_marks = True

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._first: Pointer | None = None
        self._at: Pointer | None = None
        self._held = False

    @property
    def busy(self) -> bool:
        return self._first is not None

    def hint(self) -> Hint:
        if self._first is None:
            return (
                *emptiness(self.context.mask_editor),
                (translate("Hint", "Drag, or click two corners"), translate("Hint", "box")),
                (translate("Hint", "Right click"), translate("Hint", "remove a place")),
                (accepting(self.context.mask_editor), translate("Hint", "accept")),
            )
        return (
            (translate("Hint", "Click"), translate("Hint", "the opposite corner")),
            ("Esc", translate("Hint", "drop")),
        )

    def press(self, pointer: Pointer) -> None:
        if pointer.button is Qt.MouseButton.RightButton:
            viewport, ratio = self.context.viewport()
            at = pointer.screen_x, pointer.screen_y
            grip = grip_at(self.context.mask_editor.prompt, viewport, *at, ratio)
            if self.cancel():
                return
            if grip is not None:
                self.context.ask_grip(grip, pointer.at)
            else:
                self.context.mask_editor.click(pointer.x, pointer.y, False)
        elif self._first is None:
            self._first, self._at, self._held = pointer, pointer, True
        else:
            self._complete(pointer)

    def move(self, pointer: Pointer) -> None:
        self._at = pointer
        if self._first is not None:
            self.context.mask_editor.stretch(self._first.x, self._first.y, pointer.x, pointer.y)
        self.context.repaint()

    def release(self, pointer: Pointer) -> None:
        if self._first is None or not self._held:
            return
        self._held = False
        _, ratio = self.context.viewport()
        far = abs(pointer.screen_x - self._first.screen_x) > DRAG_FROM * ratio
        if far or abs(pointer.screen_y - self._first.screen_y) > DRAG_FROM * ratio:
            self._complete(pointer)

    def leave(self) -> None:
        self._at = None
        self.context.mask_editor.stretch_end()
        self.context.repaint()

    def cancel(self) -> bool:
        busy = self._first is not None
        self._first = None
        self.context.mask_editor.stretch_end()
        self.context.repaint()
        return busy

    def paint(self, painter: QPainter, viewport: Viewport, ratio: float) -> None:
        paint_prompt(painter, self.context.mask_editor.prompt, viewport, ratio)
        if self._at is None:
            return
        if self._first is None:
            size = viewport.width / ratio, viewport.height / ratio
            _paint_cross(painter, self._at.screen_x / ratio, self._at.screen_y / ratio, size)
        else:
            first, other = (self._first.x, self._first.y), (self._at.x, self._at.y)
            paint_box(painter, logical_box(viewport, ratio, first, other))

    def _complete(self, pointer: Pointer) -> None:
        first, self._first = self._first, None
        if first is not None:
            end_box(self.context, first, pointer)
        self.context.repaint()


def _paint_cross(painter: QPainter, x: float, y: float, size: tuple[float, float]) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for color, style in (
        (Qt.GlobalColor.black, Qt.PenStyle.SolidLine),
        (Qt.GlobalColor.white, Qt.PenStyle.DotLine),
    ):
        pen = painter.pen()
        pen.setColor(color)
        pen.setStyle(style)
        pen.setWidthF(1.0)
        painter.setPen(pen)
        painter.drawLine(int(x), 0, int(x), int(size[1]))
        painter.drawLine(0, int(y), int(size[0]), int(y))
