"""Pictures of the main states, from the real program on the sample photographs.

    python -m tests.ui.shots FOLDER [--theme dark|light] [--language zh_CN]

``QT_SCALE_FACTOR=2`` gives them as a screen of twice the density shows them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.core.document import ImageStatus
from app.core.errors import Problem
from app.inference.questions import Choice
from app.main import Application, build
from app.storage.places import Places
from app.storage.settings import Theme
from app.storage.shipped import SAMPLES
from tests.ui.kit import move_mouse

PATIENCE_S = 60.0


class Photographer:
    """Drives the window and takes pictures of it."""

    def __init__(self, target: Path, home: Path, theme: str, language: str) -> None:
        self.target = target
        self.home = home
        places = Places.below(home)
        self.program: Application = build(places=places, language=language)
        self.context, self.window = self.program.context, self.program.window
        self.context.preferences.set(theme=Theme(theme))
        self.canvas = self.window.canvas
        self.canvas.scene.change_style(by_label=True)
        self.window.resize(1440, 900)
        self.window.show()
        self.window.activateWindow()
        QTest.qWait(100)

    def wait(self, test: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not test():
            if time.monotonic() > deadline:
                raise TimeoutError("the window did not get there")
            QTest.qWait(10)

    def shoot(self, name: str, widget: QWidget | None = None) -> None:
        QTest.qWait(250)
        path = self.target / f"{name}.png"
        (widget or self.window).grab().save(str(path))
        print(path)

    def open(self, name: str) -> None:
        names = [entry.name for entry in self.context.navigator.images]
        self.context.navigator.go(names.index(name))
        path = self.context.navigator.images[names.index(name)].path
        self.wait(lambda: self.context.session.image_path == path)
        self.wait(lambda: self.context.host.embedding_state == "ready")

    def at(self, x: float, y: float) -> QPoint:
        """A place given as fractions of the image."""
        view = self.canvas.viewport
        at_x, at_y = view.to_device(x * view.image_width, y * view.image_height)
        return QPoint(round(at_x / self.canvas.ratio), round(at_y / self.canvas.ratio))

    def click(self, x: float, y: float, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
        QTest.mouseClick(self.canvas, button, pos=self.at(x, y))
        self.wait(
            lambda: (
                self.context.mask_editor.can_accept and not self.context.mask_editor.is_predicting
            )
        )

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the image in pixels."""
        return self.canvas.viewport.image_width, self.canvas.viewport.image_height

    def key(self, key: Qt.Key) -> None:
        QTest.keyClick(self.canvas, key)

    def close(self) -> None:
        self.window.close()
        self.program.close()


def take(photographer: Photographer) -> None:
    """The states, one after the other."""
    p, window, session = photographer, photographer.window, photographer.context.session
    p.shoot("1-empty")
    folder = p.home / "photographs"
    shutil.copytree(SAMPLES, folder)
    p.context.host.use_model(Choice())
    p.context.navigator.open_folder(folder)
    p.wait(lambda: session.picture is not None and p.context.navigator.listing_done)
    first_page(p)
    p.open("dog_a.jpg")
    p.click(0.5, 0.42)
    p.shoot("2-three-answers")
    p.key(Qt.Key.Key_Escape)
    p.open("chelsea.png")
    session.folder_labels.activate(2)
    p.click(0.5, 0.45)
    p.click(0.3, 0.9)
    p.click(0.05, 0.2, Qt.MouseButton.RightButton)
    p.shoot("3-corrected")
    p.key(Qt.Key.Key_Return)
    p.open("coins.png")
    session.folder_labels.add("coin")
    coins(p)
    p.open("dog_a.jpg")
    session.folder_labels.activate(1)
    move_mouse(p.canvas, p.at(0.5, 0.5))
    p.wait(lambda: p.context.mask_editor.hover_mask is not None)
    p.shoot("5-under-the-mouse")
    close_up(p)
    for name in ("shortcuts", "settings", "model", "export", "guide", "about", "adjust"):
        window.dialogs.show(name)
        dialog = window.dialogs.current(name)
        p.shoot(f"dialog-{name}", dialog)
        if dialog is not None:
            dialog.close()
        QTest.qWait(30)


def first_page(p: Photographer) -> None:
    """The picture for the first page: one image done, one object done, one being made."""
    session, mask_editor = p.context.session, p.context.mask_editor
    p.open("chelsea.png")
    session.folder_labels.rename(1, "dog 狗")
    session.folder_labels.add("cat 고양이")
    p.click(0.5, 0.45)
    p.key(Qt.Key.Key_Return)
    session.set_status(ImageStatus.DONE)
    p.open("dog_b.jpg")
    width, height = p.size
    session.folder_labels.add("floor")
    floor = ((0.72, 0.0), (1.0, 0.0), (1.0, 1.0), (0.7, 1.0), (0.66, 0.55), (0.62, 0.2))
    mask_editor.polygon([(x * width, y * height) for x, y in floor])
    p.key(Qt.Key.Key_Return)
    session.folder_labels.activate(1)
    p.click(0.5, 0.5)
    p.shoot("0-first-page")
    p.key(Qt.Key.Key_Return)


def coins(p: Photographer) -> None:
    places = [(0.12, 0.16), (0.28, 0.13), (0.43, 0.16), (0.61, 0.15), (0.76, 0.13), (0.9, 0.16),
              (0.13, 0.37), (0.3, 0.36), (0.47, 0.37), (0.62, 0.35), (0.77, 0.35)]  # fmt: skip
    for x, y in places:
        p.click(x, y)
        p.key(Qt.Key.Key_Return)
    ids = p.context.session.document.ids if p.context.session.document else ()
    p.context.session.select(ids[3:5])
    p.context.session.set_locked(ids[:2], True)
    p.context.session.toggle_hidden(ids[5:6])
    p.key(Qt.Key.Key_V)
    p.shoot("4-objects")
    p.key(Qt.Key.Key_Q)


def close_up(p: Photographer) -> None:
    p.click(0.5, 0.42)
    p.key(Qt.Key.Key_B)
    view = p.canvas.viewport
    p.canvas.set_viewport(view.zoomed(26, *view.to_device(640, 300)))
    move_mouse(p.canvas, QPoint(500, 300))
    problem = Problem("The file dog_c.jpg ends too early.", "Copy it again; the next image opens.")
    p.window.pane.banner.show_problem(problem)
    p.shoot("6-close-up")
    p.window.pane.banner.hide()
    p.key(Qt.Key.Key_Escape)
    p.canvas.fit()


def run(states: Callable[[Photographer], None]) -> None:
    """Take pictures of these states as the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path)
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--language", default="en")
    arguments = parser.parse_args()
    arguments.target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        photographer = Photographer(
            arguments.target, Path(home), arguments.theme, arguments.language
        )
        try:
            states(photographer)
        finally:
            photographer.close()


if __name__ == "__main__":
    run(take)
