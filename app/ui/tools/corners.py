"""The corners of an object's outline, to be taken hold of."""

from __future__ import annotations

from math import log2

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from app.core.mask import Mask
from app.core.outline_editing import Corner, Outline, Place, Rings
from app.ui.canvas.viewport import Viewport
from app.ui.tools.brush import take_selected
from app.ui.tools.sketch import stroke_path, to_screen
from app.ui.tools.tool import Hint, Pointer, Tool, ToolContext

translate = QCoreApplication.translate
Float = npt.NDArray[np.float64]

REACH = 9.0
"""Logical pixels around a corner within which it can be taken hold of."""
EDGE_REACH = 6.0
LEAST_TOLERANCE_PX = 0.75
"""From there on the stairs of slanted edges become straight."""
SCREEN_TOLERANCE = 1.5
"""Device pixels that the corners shown may lie beside the mask's edge."""
MOST_SHOWN = 3000
"""Of more corners in sight none could be told from the next: nearer by, there are fewer."""


class CornersTool(Tool):
    """Drag a corner to move it, an edge to add one; a right click or X removes one.

    Works on the mask being made, or on the one object that is selected.
    """

    name = "corners"
    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._outline: Outline | None = None
        self._scale = 0
        self._rings: Rings = ()
        self._corners: Float = np.zeros((0, 2))
        self._places: list[Place] = []
        self._path = QPainterPath()
        self._near: Place | None = None
        self._held: Place | None = None
        self._begun: Outline | None = None
        self._to: Corner | None = None

    @property
    def busy(self) -> bool:
        return self._held is not None

    @property
    def near_mark(self) -> bool:
        return self._near is not None

    def hint(self) -> Hint:
        if self._mask() is None:
            return ((translate("Hint", "Click"), translate("Hint", "the object to edit")),)
        return (
            (translate("Hint", "Drag a corner"), translate("Hint", "move it")),
            (translate("Hint", "Drag an edge"), translate("Hint", "new corner")),
            (
                translate("Hint", "«skip-next» or right click"),
                translate("Hint", "remove the corner"),
            ),
            ("Enter", translate("Hint", "accept")),
        )

    def press(self, pointer: Pointer) -> None:
        if self._held is not None:
            return
        outline = self._current()
        place = self._corner_at(pointer)
        if pointer.button is Qt.MouseButton.RightButton or pointer.alt:
            self._near = place
            self.remove_near()
            return
        if outline is not None and place is None:
            edge = self._edge_at(pointer)
            if edge is not None:
                outline = outline.added(edge, (pointer.x, pointer.y))
                place = Place(edge.polygon, edge.ring, edge.corner + 1)
        if outline is None or place is None:
            self._choose(pointer)
            return
        self._held = self._near = place
        self._begun, self._to = outline, None
        self._show(outline.rings)
        self.context.repaint()

    def move(self, pointer: Pointer) -> None:
        if self._held is None:
            near = self._corner_at(pointer)
            if near != self._near:
                self._near = near
                self.context.repaint()
            return
        if self._begun is not None:
            self._to = pointer.x, pointer.y
            self._show(self._begun.rings_with(self._held, self._to))
            self.context.repaint()

    def release(self, pointer: Pointer) -> None:
        held, begun, to = self._held, self._begun, self._to
        self._held = self._begun = self._to = None
        if held is not None and begun is not None and to is not None:
            self._put(begun.moved(held, to))
        self.context.repaint()

    def takes_alt(self, pointer: Pointer) -> bool:
        return self._corner_at(pointer) is not None

    def asks_menu(self, pointer: Pointer) -> bool:
        right = pointer.button is Qt.MouseButton.RightButton
        return right and not self.busy and self._corner_at(pointer) is None

    def remove_near(self) -> bool:
        """The corner under the mouse."""
        near, outline = self._near, self._current()
        if near is None or outline is None or self._held is not None:
            return False
        self._near = None
        left = outline.removed(near)
        if left.mask.area:
            self._put(left)
        else:
            self.context.tell(
                translate("Hint", "The last three corners stay: Del deletes objects.")
            )
        self.context.repaint()
        return True

    def leave(self) -> None:
        self._near = None
        self.context.repaint()

    def cancel(self) -> bool:
        busy = self._held is not None
        self._held = self._begun = self._to = None
        if busy:
            self._outline = None
        self.context.repaint()
        return busy

    def undo(self) -> bool:
        return self.cancel()

    def forget_image(self) -> None:
        self._outline = self._near = None

    def paint(self, painter: QPainter, viewport: Viewport, ratio: float) -> None:
        if self._current() is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        screen = to_screen(viewport, ratio)
        painter.save()
        painter.setTransform(screen, True)
        stroke_path(painter, self._path)
        painter.restore()
        x0, y0, x1, y1 = viewport.visible_box
        at = self._corners
        seen = (at[:, 0] >= x0) & (at[:, 0] <= x1) & (at[:, 1] >= y0) & (at[:, 1] <= y1)
        painter.setPen(QPen(QColor(0, 0, 0, 190), 1.0))
        if np.count_nonzero(seen) <= MOST_SHOWN:
            for number in np.flatnonzero(seen):
                held = self._places[number] in (self._near, self._held)
                half = 5.0 if held else 3.0
                place = screen.map(QPointF(*at[number]))
                painter.setBrush(QColor(255, 220, 60) if held else QColor(255, 255, 255))
                painter.drawRect(QRectF(place.x() - half, place.y() - half, 2 * half, 2 * half))

    # -- inside

    def _mask(self) -> Mask | None:
        """What is edited."""
        mask_editor, session = self.context.mask_editor, self.context.session
        if mask_editor.active:
            return mask_editor.state.mask
        document = session.document
        if document is None or len(session.selection) != 1:
            return None
        found = document.get(next(iter(session.selection)))
        return found.mask if found is not None and not found.locked else None

    def _current(self) -> Outline | None:
        """The outline of what is edited; made anew for another mask, and from nearer by."""
        if self._held is not None:
            return self._outline
        mask = self._mask()
        viewport, _ = self.context.viewport()
        scale = round(log2(max(viewport.scale, 1e-6)))
        if mask is None or not mask.area:
            self._outline = None
        elif self._outline is None or self._outline.mask != mask or self._scale != scale:
            self._scale = scale
            tolerance = max(LEAST_TOLERANCE_PX, SCREEN_TOLERANCE / 2.0**scale)
            self._outline = Outline.of(mask, tolerance)
            self._show(self._outline.rings)
        return self._outline

    def _show(self, every: Rings) -> None:
        self._rings = every
        self._places = [
            Place(polygon, ring, corner)
            for polygon, rings in enumerate(every)
            for ring, corners in enumerate(rings)
            for corner in range(len(corners))
        ]
        points = [corner for rings in every for ring in rings for corner in ring]
        self._corners = np.array(points, np.float64).reshape(-1, 2)
        self._path = QPainterPath()
        for rings in every:
            for ring in rings:
                self._path.addPolygon(QPolygonF([QPointF(x, y) for x, y in ring]))
                self._path.closeSubpath()

    def _put(self, outline: Outline) -> None:
        """Make the mask of the outline the one at hand, as a step of its undo."""
        self._outline = outline
        self._show(outline.rings)
        take_selected(self.context)
        self.context.mask_editor.apply(lambda _: outline.mask)

    def _choose(self, pointer: Pointer) -> None:
        """Another object, while no mask is begun."""
        session = self.context.session
        if not self.context.mask_editor.active and pointer.button is Qt.MouseButton.LeftButton:
            found = session.object_at(pointer.x, pointer.y)
            session.select([] if found is None else [found])
            self.context.repaint()

    def _reach(self, logical: float) -> float:
        """In image pixels."""
        viewport, ratio = self.context.viewport()
        return logical * ratio / viewport.scale

    def _corner_at(self, pointer: Pointer) -> Place | None:
        if self._current() is None or not len(self._corners):
            return None
        away = np.hypot(*(self._corners - (pointer.x, pointer.y)).T)
        nearest = int(away.argmin())
        return self._places[nearest] if away[nearest] <= self._reach(REACH) else None

    def _edge_at(self, pointer: Pointer) -> Place | None:
        if self._current() is None or not len(self._corners):
            return None
        ends = [c for rings in self._rings for ring in rings for c in (*ring[1:], ring[0])]
        along = np.array(ends, np.float64) - self._corners
        to_mouse = np.array((pointer.x, pointer.y)) - self._corners
        length = np.maximum((along**2).sum(1), 1e-12)
        share = np.clip((along * to_mouse).sum(1) / length, 0, 1)
        away = np.hypot(*(to_mouse - along * share[:, None]).T)
        nearest = int(away.argmin())
        return self._places[nearest] if away[nearest] <= self._reach(EDGE_REACH) else None
