"""The widget that shows the scene and hands the mouse to the tool."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.core.mask import Bounds
from app.core.picture import Picture
from app.ui.canvas.caret import Caret
from app.ui.canvas.layers import Layers
from app.ui.canvas.marks import Grip, grip_at, room_of
from app.ui.canvas.pyramid import ALWAYS_SHARP_FROM, SHARP_FROM
from app.ui.canvas.scene import Scene
from app.ui.canvas.viewport import ZOOM_STEP, Viewport
from app.ui.tools.tool import Pointer, Tool

WHEEL_NOTCH = 120
NUDGE_FAR_PX = 10
ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0),
          Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}  # fmt: skip


class Canvas(QWidget):
    """Zooms at the mouse with the wheel; pans with the middle button, or with the left one while
    Space or Alt is held.

    Attributes:
        caret: does with keys what the mouse does.
        keeps_view: whether zoom and place stay as they are from image to image.
        moved_by_hand: whether it was panned since Space went down.

    ``pointed`` gives the image pixels under the mouse; both are None once it has left.
    """

    view_changed = Signal()
    pointed = Signal(object, object)
    touched = Signal()
    caret_toggled = Signal(bool)
    """Whether all arrows are the caret's now."""
    nudged = Signal(int, int)
    """Columns and rows that an arrow key moves the selected objects by."""
    menu_wanted = Signal(float, float, QPoint)
    """The menu of what is at a place of the image, (x, y), and where on the screen to show it."""

    def __init__(self, scene: Scene, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scene = scene
        self.layers = Layers(scene)
        self._tool: Tool | None = None
        self._viewport = Viewport.fitting(1, 1, 1, 1)
        self._pan_from: QPointF | None = None
        self._hand = self.moved_by_hand = False
        self.keeps_view = False
        self._path: Path | None = None
        self._mouse_at: QPointF | None = None
        self._marks_at = QRect()
        self.caret, self._arrows_told = Caret(self), False
        self.setObjectName("canvas")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setAccessibleName(self.tr("Image"))
        scene.image_swapped.connect(self._on_image_swapped)
        scene.image_changed.connect(self._on_image)
        scene.picture_changed.connect(self._on_picture)
        scene.objects_changed.connect(self._on_objects)
        scene.pending_changed.connect(self._on_pending)
        scene.veil_changed.connect(self.update)
        scene.hover_changed.connect(self._on_hover)

    # -- where the image lies

    @property
    def viewport(self) -> Viewport:
        return self._viewport

    @property
    def ratio(self) -> float:
        """Device pixels per logical pixel."""
        return self.devicePixelRatioF()

    @property
    def under_mouse(self) -> tuple[float, float] | None:
        """Image pixels under the mouse; None while it is elsewhere."""
        at = self._mouse_at
        return (
            None
            if at is None
            else self._viewport.to_image(at.x() * self.ratio, at.y() * self.ratio)
        )

    def set_viewport(self, viewport: Viewport) -> None:
        if viewport != self._viewport:
            self._viewport = viewport
            self._marks_at = room_of(self.scene.mask_editor.prompt, viewport, self.ratio)
            if self.caret.shown:
                self._mouse_at = self.caret.on_screen
            self.update()
            self.view_changed.emit()

    def fit(self) -> None:
        self.set_viewport(self._viewport.fitted())

    def zoom(self, factor: float) -> None:
        """At the mouse where it is over the canvas, else at the middle."""
        self.set_viewport(self._viewport.zoomed(factor, *self._focus_point()))

    def actual_size(self) -> None:
        """One image pixel on one pixel of the screen."""
        self.set_viewport(self._viewport.actual_size(*self._focus_point()))

    def show_box(self, box: tuple[float, float, float, float]) -> None:
        """Bring an image rectangle into sight; nothing moves if it is."""
        if not self._viewport.contains(box):
            self.set_viewport(self._viewport.showing(box))

    @property
    def tool(self) -> Tool | None:
        """The one in hand."""
        return self._tool

    def set_tool(self, tool: Tool) -> None:
        self.caret.forget_hold()
        self._tool = tool
        self._show_cursor()
        self.update()

    def set_hand(self, held: bool) -> None:
        """While Space is down the left button moves the image."""
        if held is self._hand:
            return
        self._hand = held
        if held:
            self.moved_by_hand = False
        self._show_cursor()

    def _show_cursor(self) -> None:
        if self._pan_from is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._hand:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        elif self._tool is not None:
            self.setCursor(self._tool.cursor)

    @property
    def mark_under_mouse(self) -> Grip | None:
        """The click or corner of a box under the mouse, where the tool shows them."""
        at = self._mouse_at
        if at is None or self._tool is None or not self._tool.shows_marks:
            return None
        x, y = at.x() * self.ratio, at.y() * self.ratio
        return grip_at(self.scene.mask_editor.prompt, self._viewport, x, y, self.ratio)

    def set_masks_hidden(self, hidden: bool) -> None:
        if hidden != self.layers.masks_hidden:
            self.layers.masks_hidden = hidden
            self.update()

    def set_surround(self, color: tuple[int, int, int]) -> None:
        self.layers.surround = color
        self._on_picture()

    def set_smooth(self, smooth: bool) -> None:
        """Whether the image is interpolated a little beyond its own size."""
        sharp_from = SHARP_FROM if smooth else ALWAYS_SHARP_FROM
        if sharp_from != self.layers.sharp_from:
            self.layers.sharp_from = sharp_from
            self._on_picture()

    # -- painting

    def sizeHint(self) -> QSize:
        return QSize(900, 640)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            self._paint(painter, event)
        finally:
            # A painter left open takes the whole program down with the next one.
            painter.end()

    def _paint(self, painter: QPainter, event: QPaintEvent) -> None:
        if self.scene.picture is None:
            painter.fillRect(event.rect(), self.palette().window())
            return
        self._match_size()
        self.layers.paint(painter, self._viewport, self.ratio)
        if self._tool is not None:
            self._tool.paint(painter, self._viewport, self.ratio)
        self.caret.paint(painter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._match_size()
        super().resizeEvent(event)

    def _device_size(self) -> tuple[int, int]:
        """Device pixels that cover the widget, the last ones perhaps in part."""
        return ceil(self.width() * self.ratio), ceil(self.height() * self.ratio)

    def _match_size(self) -> None:
        """Follow the widget, also to a screen with another device pixel ratio."""
        width, height = self._device_size()
        if (width, height) != (self._viewport.width, self._viewport.height):
            self._viewport = self._viewport.resized(width, height)
            self.view_changed.emit()

    @Slot()
    def _on_image_swapped(self) -> None:
        picture = self.scene.picture
        self.layers.forget_picture()
        self.layers.forget_objects(self._viewport, None)
        if picture is not None:
            self._viewport = self._viewport_for(picture)
            self.caret.on_new_image()
            self._marks_at = room_of(self.scene.mask_editor.prompt, self._viewport, self.ratio)
        self.update()

    @Slot()
    def _on_image(self) -> None:
        if self.scene.picture is not None:
            self.view_changed.emit()
            self.pointed.emit(*(self.under_mouse or (None, None)))
        self.update()

    def _viewport_for(self, picture: Picture) -> Viewport:
        """How an image that was opened is seen: fitted, or as the one before if that is wanted."""
        before, self._path = self._path, self.scene.image_path
        view = self._viewport.resized(*self._device_size())
        again = before is not None and before == self._path
        same = (picture.width, picture.height) == (view.image_width, view.image_height)
        if before is not None and (self.keeps_view or (again and same)):
            return view.of_image(picture.width, picture.height)
        return Viewport.fitting(picture.width, picture.height, view.width, view.height)

    @Slot()
    def _on_picture(self) -> None:
        self.layers.forget_picture()
        self.update()

    @Slot(object)
    def _on_objects(self, boxes: Sequence[Bounds] | None) -> None:
        self._update(self.layers.forget_objects(self._viewport, boxes))

    @Slot()
    def _on_pending(self) -> None:
        # At once: whatever else follows the mask, such as cards and menus, is seen after it.
        ratio, viewport, before = self.ratio, self._viewport, self._marks_at
        self._marks_at = room_of(self.scene.mask_editor.prompt, viewport, ratio)
        changed = before | self._marks_at
        for box in self.layers.pending_boxes(viewport, ratio):
            changed |= _logical(box, ratio)
        self.repaint(changed)

    @Slot()
    def _on_hover(self) -> None:
        self._update(self.layers.hover_boxes(self._viewport, self.ratio))
        self._update(self.layers.pending_boxes(self._viewport, self.ratio))

    def _update(self, boxes: Sequence[Bounds]) -> None:
        for box in boxes:
            self.update(_logical(box, self.ratio))

    # -- the mouse

    @property
    def has_picture(self) -> bool:
        return self.scene.picture is not None

    def on_screen(self, at: QPointF) -> QPoint:
        """Where a place of the canvas, logical pixels, is on the whole screen."""
        return self.mapToGlobal(at.toPoint())

    def ask_menu(self, pointer: Pointer) -> None:
        """Want the menu of what is there."""
        self.menu_wanted.emit(pointer.x, pointer.y, pointer.at)

    def show_caret(self) -> None:
        """It, or what it does, changed."""
        if self._arrows_told is not self.caret.takes_arrows:
            self._arrows_told = self.caret.takes_arrows
            self.caret_toggled.emit(self._arrows_told)
        self.update()

    def point_at(self, pointer: Pointer) -> None:
        """The caret stands there: as if the mouse did."""
        self._mouse_at = QPointF(pointer.screen_x / self.ratio, pointer.screen_y / self.ratio)
        self.pointed.emit(pointer.x, pointer.y)
        if self._tool is not None:
            self._tool.move(pointer)
        self.update()

    def _focus_point(self) -> tuple[float, float]:
        if self.caret.shown:
            place = self.caret.on_screen * self.ratio
            return place.x(), place.y()
        at = self.mapFromGlobal(self.cursor().pos())
        if not self.underMouse() or not self.rect().contains(at):
            return self._viewport.width / 2, self._viewport.height / 2
        return at.x() * self.ratio, at.y() * self.ratio

    def pointer(self, event: QMouseEvent) -> Pointer:
        """The mouse in image pixels: the one place where logical pixels and zoom end."""
        at = event.position() * self.ratio
        x, y = self._viewport.to_image(at.x(), at.y())
        return Pointer(
            x,
            y,
            at.x(),
            at.y(),
            event.button(),
            event.buttons(),
            event.modifiers(),
            event.globalPosition().toPoint(),
        )

    def wheelEvent(self, event: QWheelEvent) -> None:
        at = event.position() * self.ratio
        delta = event.angleDelta()
        notches = delta.y() / WHEEL_NOTCH
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if control and self._tool is not None and self._tool.wheel(notches):
            pass
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.set_viewport(self._viewport.panned(delta.y() or delta.x(), 0))
        elif delta.y():
            self.set_viewport(self._viewport.zoomed(ZOOM_STEP**notches, at.x(), at.y()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move what is selected, while no mask is begun, else the caret; Alt lets them where
        they are taken for something else."""
        step = ARROWS.get(Qt.Key(event.key()))
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        far = held & Qt.KeyboardModifier.ShiftModifier
        others = held & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier)
        selected = self.scene.style.selection and not self.scene.mask_editor.active
        if step is None or others or self.scene.picture is None:
            super().keyPressEvent(event)
            return
        if self.caret.takes_arrows or not selected:
            self.touched.emit()
            self.caret.move(*step, far=bool(far))
            return
        by = NUDGE_FAR_PX if far else 1
        self.nudged.emit(step[0] * by, step[1] * by)

    def event(self, event: QEvent) -> bool:
        """While the caret has all arrows, they are no commands."""
        if (
            event.type() is QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self.caret.takes_arrows
            and Qt.Key(event.key()) in ARROWS
            and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            event.accept()
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.touched.emit()
        if self.scene.picture is None:
            return
        if self.begins_pan(event):
            self._pan_from = event.position()
            self.moved_by_hand = True
            self._show_cursor()
        elif self._tool is not None and self._tool.asks_menu(self.pointer(event)):
            self.ask_menu(self.pointer(event))
        elif self._tool is not None and event.button() in _TOOL_BUTTONS:
            self._tool.press(self.pointer(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.touched.emit()
        if self.scene.picture is None or self._tool is None:
            return
        if self.begins_pan(event):
            self.mousePressEvent(event)
        elif event.button() in _TOOL_BUTTONS:
            self._tool.double_click(self.pointer(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.touched.emit()
        self.caret.hide()
        self._mouse_at = event.position()
        if self._pan_from is not None:
            moved = (event.position() - self._pan_from) * self.ratio
            dx, dy = round(moved.x()), round(moved.y())
            self._pan_from += QPointF(dx / self.ratio, dy / self.ratio)
            self.set_viewport(self._viewport.panned(dx, dy))
        elif self.scene.picture is not None:
            pointer = self.pointer(event)
            self.pointed.emit(pointer.x, pointer.y)
            if self._tool is not None:
                self._tool.move(pointer)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None:
            self._pan_from = None
            self._show_cursor()
            if self._tool is not None and self.scene.picture is not None:
                # What is under the mouse now it was not told while the image moved.
                self._tool.move(self.pointer(event))
        elif self._tool is not None and self.scene.picture is not None:
            self._tool.release(self.pointer(event))

    def leaveEvent(self, event: QEvent) -> None:
        self._mouse_at = None
        self.pointed.emit(None, None)
        if self._tool is not None:
            self._tool.leave()
        super().leaveEvent(event)

    def begins_pan(self, event: QMouseEvent) -> bool:
        """Whether this press moves the image instead of doing something to it."""
        if event.button() is Qt.MouseButton.MiddleButton:
            return True
        if event.button() is not Qt.MouseButton.LeftButton or self._tool is None:
            return False
        if self._hand:
            return True
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            return not self._tool.takes_alt(self.pointer(event))
        return False


def _logical(box: Bounds, ratio: float) -> QRect:
    """Logical pixels that hold a box of device pixels."""
    left, top = int(box[0] / ratio) - 1, int(box[1] / ratio) - 1
    return QRect(QPoint(left, top), QPoint(int(box[2] / ratio) + 1, int(box[3] / ratio) + 1))


_TOOL_BUTTONS = (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)
