"""The program without its window on real files, with a model that stands in for the real one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from pytestqt.qtbot import QtBot

from app.core.document import Document
from app.inference.questions import Choice
from app.session.assembly import AppContext
from app.session.folder.disk_folder import FolderOpener
from app.session.folder.lock import FolderLock
from app.storage.places import Places
from app.storage.project import Project
from tests.stand_ins import FakeClock, FakeModel

SIZE = (48, 64)


def make_images(folder: Path, count: int) -> list[Path]:
    """Small pictures named 0.png, 1.png and so on, each of another shade."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number}.png" for number in range(count)]
    for number, path in enumerate(paths):
        pixels = np.full((*SIZE, 3), number * 20 % 256, np.uint8)
        Image.fromarray(pixels).save(path)
    return paths


def saved_document(folder: Path, name: str, places: Places) -> Document:
    """What a fresh start of the program would read for an image."""
    return Project.of(folder, places).read_objects(folder / name, *SIZE).document


class Desk:
    """One running program without its window."""

    def __init__(self, qtbot: QtBot, places: Places, model: FakeModel | None = None) -> None:
        self.qtbot = qtbot
        self.places = places
        self.model = model or FakeModel()
        self.clock = FakeClock()
        opener = FolderOpener(FolderLock(places.data / "locks"), places)
        self.context = AppContext(
            opener,
            load=lambda choice: self.model,
            settings=places.settings,
            unfinished=places.unfinished,
            places=lambda: places,
            clock=self.clock,
        )
        self.session, self.mask_editor = self.context.session, self.context.mask_editor
        self.navigator, self.host = self.context.navigator, self.context.host
        self.problems: list[object] = []
        for signal in (self.session.problem, self.session.image_failed, self.navigator.problem,
                       self.host.problem, self.mask_editor.problem):  # fmt: skip
            signal.connect(self.problems.append)

    def wait(self, condition: Callable[[], bool], timeout_s: float = 30) -> None:
        self.qtbot.waitUntil(condition, timeout=int(timeout_s * 1000))

    def open(self, folder: Path) -> Desk:
        """Open the folder and wait until its first image can be clicked on."""
        self.host.use_model(Choice())
        self.navigator.open_folder(folder)
        self.wait(lambda: self.navigator.listing_done and self.session.picture is not None)
        self.ready()
        return self

    def go(self, index: int) -> None:
        """Go to an image and wait until it is shown."""
        path = self.navigator.images[index].path
        self.navigator.go(index)
        self.wait(lambda: self.session.image_path == path)

    def ready(self) -> None:
        self.wait(lambda: self.host.embedding_state == "ready" and self.host.idle)

    def click(self, x: float, y: float) -> None:
        self.mask_editor.click(x, y)
        self.wait(lambda: not self.mask_editor.is_predicting)

    def label(self, x: float, y: float) -> int:
        """Click and accept; the object's id."""
        self.click(x, y)
        accepted = self.mask_editor.accept()
        assert accepted is not None
        return accepted

    def saved(self) -> None:
        self.wait(lambda: not self.context.saver.unsaved)

    @property
    def document(self) -> Document:
        assert self.session.document is not None
        return self.session.document

    def close(self) -> None:
        self.model.release.set()
        assert self.context.close(30).busy == ()
