"""What every tool is: something that turns the mouse on the canvas into edits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPainter

from app.session.mask.mask_editor import MaskEditor
from app.session.reshaping import Reshaping
from app.session.review.review import Review
from app.session.session import Session
from app.ui.canvas.marks import Grip
from app.ui.canvas.viewport import Viewport

DRAG_FROM = 4.0
"""Logical pixels the mouse moves before a press becomes a drag."""

Hint = tuple[tuple[str, str], ...]
"""Pairs of a gesture and what it does, for the strip below the canvas."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """The mouse at one moment.

    Attributes:
        x, y: image pixels; may lie outside the image.
        screen_x, screen_y: device pixels on the canvas.
        button: the one pressed or released; NoButton for a move.
        buttons: those held.
        modifiers: keys held.
        at: place on the whole screen, for menus.
    """

    x: float
    y: float
    screen_x: float
    screen_y: float
    button: Qt.MouseButton = Qt.MouseButton.NoButton
    buttons: Qt.MouseButton = Qt.MouseButton.NoButton
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    at: QPoint = QPoint()  # noqa: RUF009  never changed

    @property
    def shift(self) -> bool:
        return bool(self.modifiers & Qt.KeyboardModifier.ShiftModifier)

    @property
    def control(self) -> bool:
        return bool(self.modifiers & Qt.KeyboardModifier.ControlModifier)

    @property
    def alt(self) -> bool:
        return bool(self.modifiers & Qt.KeyboardModifier.AltModifier)


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What tools work with.

    Attributes:
        session: the open image.
        pending: the mask not yet accepted.
        repaint: shows again what the tool draws.
        viewport: where the image lies now, and the device pixel ratio.
        ask_grip: opens a menu for a part of the prompt at a place on the screen.
        reshaping: what is done to objects as wholes.
        review: of the proposals.
        tell: shows a sentence.
        point_at: shows which proposal a click would be about, by its id; None for none.
    """

    session: Session
    mask_editor: MaskEditor
    repaint: Callable[[], None]
    viewport: Callable[[], tuple[Viewport, float]]
    ask_grip: Callable[[Grip, QPoint], None]
    reshaping: Reshaping
    review: Review
    tell: Callable[[str], None]
    point_at: Callable[[int | None], None]


class Tool:
    """Does nothing with anything; tools override what they need.

    A method that answers bool tells whether it had something to do.
    """

    name: ClassVar[str] = ""
    cursor: ClassVar[Qt.CursorShape] = Qt.CursorShape.CrossCursor
    shows_marks: ClassVar[bool] = False
    """Whether the clicks and the box of the prompt are drawn, to be taken hold of."""

    def __init__(self, context: ToolContext) -> None:
        self.context = context

    @property
    def busy(self) -> bool:
        """Whether a gesture is under way that ``finish`` or ``cancel`` would end."""
        return False

    @property
    def near_mark(self) -> bool:
        """Whether the mouse is over a part of the prompt."""
        return False

    def hint(self) -> Hint:
        """What can be done now."""
        return ()

    def press(self, pointer: Pointer) -> None:
        """A button went down."""

    def move(self, pointer: Pointer) -> None:
        """The mouse moved, with buttons held or not."""

    def release(self, pointer: Pointer) -> None:
        """A button went up."""

    def double_click(self, pointer: Pointer) -> None:
        """The second press of two in a row, in the place of ``press``."""
        self.press(pointer)

    def leave(self) -> None:
        """The mouse left the canvas."""

    def asks_menu(self, pointer: Pointer) -> bool:
        """Whether a press is for the menu of what lies there."""
        right = pointer.button is Qt.MouseButton.RightButton
        return right and pointer.control and not self.busy

    def wheel(self, notches: float) -> bool:
        """The wheel was turned with Ctrl held; whether that is for the tool."""
        return False

    def remove_near(self) -> bool:
        """Take away the mark under the mouse; False if there is none that is the tool's own."""
        return False

    def takes_alt(self, pointer: Pointer) -> bool:
        """Whether Alt and a click here is for the tool; elsewhere it pans."""
        return False

    def prompt_changed(self) -> None:
        """Something else than this tool may have changed the prompt."""

    def forget_image(self) -> None:
        """Another image is open: places on the one before mean nothing any more."""

    def put_down(self) -> None:
        """Another tool is taken."""
        self.cancel()

    def cancel(self) -> bool:
        """Give up the gesture under way."""
        return False

    def finish(self) -> bool:
        """Complete the gesture under way, as Enter asks."""
        return False

    def undo(self) -> bool:
        """Take back a part of the gesture under way."""
        return False

    def paint(self, painter: QPainter, viewport: Viewport, ratio: float) -> None:
        """Draw what belongs to the gesture, in logical pixels."""
