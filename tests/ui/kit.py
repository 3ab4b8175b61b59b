"""A real session over real files, with a model that needs no weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app.inference.questions import Choice
from app.session.assembly import AppContext
from app.session.folder.disk_folder import FolderOpener
from app.session.folder.lock import FolderLock
from app.storage.places import Places
from app.ui.theme import Theme
from app.ui.window import Window
from model.interface import CheckpointError, Model
from model.terms import EDGE_SAM
from model.weights.catalogue import catalogue
from tests.ui.clicked_model import ClickedModel


def drawn(height: int = 120, width: int = 160) -> npt.NDArray[np.uint8]:
    """A red rectangle, a green disc and a blue bar on grey."""
    pixels = np.full((height, width, 3), 128, np.uint8)
    pixels[10:50, 20:70] = (200, 40, 40)
    y, x = np.mgrid[:height, :width]
    pixels[(y - 80) ** 2 + (x - 110) ** 2 < 25**2] = (40, 180, 60)
    pixels[90:100, 10:60] = (40, 60, 200)
    return pixels


def write_image(folder: Path, name: str, pixels: npt.NDArray[np.uint8] | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    Image.fromarray(drawn() if pixels is None else pixels).save(path)
    return path


def load(choice: Choice) -> Model:
    """The model that needs no weights, but for files whose names say that they are broken; those
    called edge have terms."""
    if Path(choice.source).name.startswith("broken"):
        raise CheckpointError("it is empty; download it again")
    edge = Path(choice.source).name.startswith("edge")
    return ClickedModel(EDGE_SAM if edge else None)


def workbench(home: Path) -> AppContext:
    """The program's own parts, with files below ``home`` and the model that needs no weights."""
    places = Places.below(home)
    opener = FolderOpener(FolderLock(home / "locks"), places)
    models = tuple(catalogue().values()), home / "models"
    parts = AppContext(
        opener, load=load, unfinished=places.unfinished, models=models, places=lambda: places
    )
    parts.host.use_model(Choice())
    return parts


def move_mouse(
    widget: QWidget,
    at: QPoint,
    held: Qt.MouseButton = Qt.MouseButton.NoButton,
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Tell a widget that the mouse is there; the offscreen platform moves no mouse by itself."""
    where = QPointF(widget.mapToGlobal(at))
    none = Qt.MouseButton.NoButton
    event = QMouseEvent(QMouseEvent.Type.MouseMove, QPointF(at), where, none, held, keys)
    QApplication.sendEvent(widget, event)


NO_KEYS = Qt.KeyboardModifier.NoModifier
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


class Studio:
    """A window with its parts, and the hands of the person in front of it.

    Places are given in image pixels, as the person sees them.
    """

    def __init__(self, qtbot: QtBot, application: QApplication, home: Path) -> None:
        self.qtbot = qtbot
        self.context = workbench(home)
        self.window = Window(self.context, None, Theme(application))
        self.window.resize(1200, 800)
        self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow)
        self.canvas = self.window.canvas
        self.session, self.mask_editor = self.context.session, self.context.mask_editor

    def open(self, folder: Path) -> None:
        self.context.navigator.open_folder(folder)
        self.wait_for(lambda: self.session.picture is not None)
        self.wait_ready()
        self.canvas.setFocus()

    def wait_for(self, test: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(test, timeout=40_000)

    def wait_ready(self) -> None:
        self.wait_for(lambda: self.context.host.embedding_state == "ready")

    def wait_answer(self) -> None:
        self.wait_for(lambda: self.mask_editor.can_accept and not self.mask_editor.is_predicting)

    def go(self, place: int) -> None:
        """Open the image at that place of the list and wait for it."""
        path = self.context.navigator.images[place].path
        self.context.navigator.go(place)
        self.wait_for(lambda: self.session.image_path == path)

    # -- hands

    def at(self, x: float, y: float) -> QPoint:
        """Where the image point (x, y) is on the canvas, in logical pixels."""
        device_x, device_y = self.canvas.viewport.to_device(x, y)
        ratio = self.canvas.ratio
        return QPoint(round(device_x / ratio), round(device_y / ratio))

    def click(
        self,
        x: float,
        y: float,
        button: Qt.MouseButton = LEFT,
        keys: Qt.KeyboardModifier = NO_KEYS,
    ) -> None:
        QTest.mouseClick(self.canvas, button, keys, self.at(x, y))

    def drag(
        self, *track: tuple[float, float], button: Qt.MouseButton = LEFT,
        keys: Qt.KeyboardModifier = NO_KEYS,
    ) -> None:  # fmt: skip
        """Press at the first point, move over the others, let go at the last."""
        QTest.mousePress(self.canvas, button, keys, self.at(*track[0]))
        for x, y in track[1:]:
            self.move(x, y, button, keys)
        QTest.mouseRelease(self.canvas, button, keys, self.at(*track[-1]))

    def move(
        self,
        x: float,
        y: float,
        held: Qt.MouseButton = Qt.MouseButton.NoButton,
        keys: Qt.KeyboardModifier = NO_KEYS,
    ) -> None:
        move_mouse(self.canvas, self.at(x, y), held, keys)

    def key(self, key: Qt.Key | str, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        """Press and let go a key, wherever the focus is."""
        target = QApplication.focusWidget() or self.window
        if isinstance(key, str):
            QTest.keyClicks(target, key, keys)
        else:
            QTest.keyClick(target, key, keys)

    def pick(self, x: float, y: float) -> None:
        """Click on an object and wait for the answer."""
        self.click(x, y)
        self.wait_answer()

    def make(self, x: float, y: float) -> int:
        """Pick an object and accept it; its id."""
        self.pick(x, y)
        self.key(Qt.Key.Key_Return)
        assert self.session.document is not None
        return self.session.document.annotations[-1].id

    def close(self) -> None:
        """Once is enough; a test may have done it."""
        if not isValid(self.window):
            return
        self.window.close()
        self.context.close()
        self.window.deleteLater()
