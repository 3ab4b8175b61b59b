"""The simulated annotator's hands in the real window: every action is an event of mouse or keys.

Places are rounded to pixels of the screen, as a mouse rounds them, with the whole image in view.
The wheel sets the brush's size. On a screen (``xvfb-run`` makes one) or with Qt's offscreen
platform alike.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.core.mask import Mask
from app.inference.engine import Loader, load_model
from app.session.mask.candidates import Candidate
from app.storage.places import Places
from app.ui.canvas.marks import REACH, corners
from app.ui.theme import Theme
from app.ui.window import Window
from tests.bench.simulated_annotator import Program

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NO_BUTTON, NO_KEYS = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
STEPS = 12
"""Moves of the mouse in a drag."""
NOTCH, MOST_NOTCHES = 120, 40
TOOLS = {"smart": Qt.Key.Key_Q, "brush": Qt.Key.Key_B, "eraser": Qt.Key.Key_E}


class WindowProgram(Program):
    """The program with its window, worked through it."""

    def __init__(self, places: Places, load: Loader = load_model) -> None:
        self._application = QApplication.instance() or QApplication([])
        super().__init__(places, load)
        assert isinstance(self._application, QApplication)
        self.window = Window(self.context, None, Theme(self._application))
        self.window.resize(1366, 768)
        self.window.show()
        self.window.activateWindow()
        self._fingers = WindowHands(self)
        self.hands = self._fingers

    def shown(self) -> None:
        """The image at hand is embedded, and all of it is on the screen."""
        self.wait(lambda: self.host.embedding_state == "ready")
        self.window.canvas.setFocus()
        self._fingers.key(Qt.Key.Key_F)
        self.settle()

    def close(self) -> None:
        super().close()
        self.window.close()
        self.window.deleteLater()


class WindowHands:
    """What an annotator asks of the mask editor, done with mouse and keys; see ``MaskEditor``."""

    def __init__(self, program: WindowProgram) -> None:
        self._program, self._canvas = program, program.window.canvas
        self._seen = program.editor
        self._tool = "smart"

    @property
    def mask(self) -> Mask | None:
        return self._seen.mask

    @property
    def candidates(self) -> Sequence[Candidate]:
        return self._seen.candidates

    @property
    def chosen(self) -> int:
        return self._seen.chosen

    def click(self, x: float, y: float, positive: bool = True) -> None:
        self._take("smart")
        self._come_near(x, y)
        button = LEFT if positive else RIGHT
        self._mouse(QEvent.Type.MouseMove, (x, y), NO_BUTTON, NO_BUTTON)
        self._mouse(QEvent.Type.MouseButtonPress, (x, y), button, button)
        self._mouse(QEvent.Type.MouseButtonRelease, (x, y), button, NO_BUTTON)
        if QApplication.activePopupWidget() is not None:
            raise RuntimeError("a menu opened instead of a click")
        self._program.settle()
        self.key(Qt.Key.Key_F)

    def _come_near(self, x: float, y: float) -> None:
        """Zoom in with the wheel where a mark is under the mouse, for a click there is none."""
        prompt = self._seen.prompt
        marks = (*((point.x, point.y) for point in prompt.points), *corners(prompt))
        for _ in range(MOST_NOTCHES):
            at = self._at((x, y))
            beside = [self._at(mark) - at for mark in marks]
            if all(QPointF(each).manhattanLength() > 2 * REACH for each in beside):
                return
            self._wheel(1, at, NO_KEYS)

    def box(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self._take("smart")
        share = np.linspace(0.0, 1.0, STEPS)[:, None]
        self._drag((np.array([x0, y0]) + share * np.array([x1 - x0, y1 - y0])).tolist())

    def choose(self, candidate: int) -> None:
        self.key(Qt.Key(Qt.Key.Key_1 + candidate))

    def undo(self) -> None:
        self.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)

    def paint(self, track: Sequence[tuple[float, float]], radius: float, erase: bool) -> None:
        self._take("eraser" if erase else "brush")
        self._size(radius)
        self._drag(track)

    def accept(self) -> int | None:
        """The new object's id, or none if the window accepted nothing."""
        before = {each.id for each in self._program.session.document or ()}
        self.key(Qt.Key.Key_Return)
        after = {each.id for each in self._program.session.document or ()}
        return max(after - before, default=None)

    def drop(self) -> None:
        self.key(Qt.Key.Key_Escape)

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NO_KEYS) -> None:
        """Press and let go a key where the keyboard is."""
        QTest.keyClick(QApplication.focusWidget() or self._program.window, key, modifiers)

    def _take(self, tool: str) -> None:
        if tool != self._tool:
            self._tool = tool
            self.key(TOOLS[tool])

    def _size(self, radius: float) -> None:
        """Turn the wheel with Ctrl until another notch makes the brush less fitting."""
        box = self._program.window.toolbox
        while True:
            before = box.brush_diameter
            self._resize(1 if before < 2 * radius else -1)
            off, was = abs(box.brush_diameter - 2 * radius), abs(before - 2 * radius)
            if off >= was:
                if off > was:
                    self._resize(-1 if before < 2 * radius else 1)
                return

    def _drag(self, track: Sequence[Sequence[float]]) -> None:
        self._mouse(QEvent.Type.MouseMove, track[0], NO_BUTTON, NO_BUTTON)
        self._mouse(QEvent.Type.MouseButtonPress, track[0], LEFT, LEFT)
        for place in track[1:]:
            self._mouse(QEvent.Type.MouseMove, place, NO_BUTTON, LEFT)
        self._mouse(QEvent.Type.MouseButtonRelease, track[-1], LEFT, NO_BUTTON)

    def _at(self, place: Sequence[float]) -> QPoint:
        x, y = self._canvas.viewport.to_device(*place)
        return QPoint(round(x / self._canvas.ratio), round(y / self._canvas.ratio))

    def _mouse(
        self,
        kind: QEvent.Type,
        place: Sequence[float],
        button: Qt.MouseButton,
        held: Qt.MouseButton,
    ) -> None:
        at = self._at(place)
        where = QPointF(self._canvas.mapToGlobal(at))
        event = QMouseEvent(kind, QPointF(at), where, button, held, NO_KEYS)
        QApplication.sendEvent(self._canvas, event)

    def _resize(self, notches: int) -> None:
        centre = self._canvas.rect().center()
        self._wheel(notches, centre, Qt.KeyboardModifier.ControlModifier)

    def _wheel(self, notches: int, at: QPoint, held: Qt.KeyboardModifier) -> None:
        where = QPointF(self._canvas.mapToGlobal(at))
        turned = QPoint(0, NOTCH * notches)
        phase = Qt.ScrollPhase.NoScrollPhase
        event = QWheelEvent(
            QPointF(at), where, QPoint(), turned, NO_BUTTON, held, phase, False
        )  # fmt: skip
        QApplication.sendEvent(self._canvas, event)
