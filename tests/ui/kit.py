"""A real session over a folder in memory, with a model that needs no weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from app.core.document import Document
from app.core.labels import LabelSet
from app.core.picture import Picture, key_of
from app.inference.engine import Engine
from app.inference.questions import Choice
from app.session.keeping import Opened, Stamp, Token
from app.session.model_host import ModelHost
from app.session.pending import Pending
from app.session.readers import Readers
from app.session.saver import Saver
from app.session.session import Session
from tests.ui.clicked_model import ClickedModel


def drawn(height: int = 120, width: int = 160) -> npt.NDArray[np.uint8]:
    """A red rectangle, a green disc and a blue bar on grey."""
    pixels = np.full((height, width, 3), 128, np.uint8)
    pixels[10:50, 20:70] = (200, 40, 40)
    y, x = np.mgrid[:height, :width]
    pixels[(y - 80) ** 2 + (x - 110) ** 2 < 25**2] = (40, 180, 60)
    pixels[90:100, 10:60] = (40, 60, 200)
    return pixels


def picture_of(pixels: npt.NDArray[np.uint8], name: str = "drawn.png") -> Picture:
    return Picture(np.ascontiguousarray(pixels), key_of(pixels.tobytes()), Path("/images") / name)


def picture_from(path: Path) -> Picture:
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    return Picture(np.ascontiguousarray(np.asarray(image)), key_of(path.read_bytes()), path)


@dataclass
class Shelf:
    """A folder that keeps everything in memory."""

    root: Path = Path("/images")
    labels: LabelSet = field(default_factory=LabelSet)
    read_only: str | None = None
    documents: dict[Path, Document] = field(default_factory=dict)

    def open_image(self, path: Path, picture: Picture | None, stamp: Stamp | None) -> Opened:
        opened = picture or picture_from(path)
        document = self.documents.get(path) or Document(opened.height, opened.width)
        return Opened(path, opened, document)

    def peek(self, path: Path) -> Document | None:
        return self.documents.get(path)

    def write(self, path: Path, content: Document | LabelSet, token: Token) -> Token:
        if isinstance(content, Document):
            self.documents[path] = content
        return "written"

    def rescue(self, path: Path, content: Document | LabelSet) -> Path | None:
        return None

    def saved(self, path: Path) -> None:
        """Nothing is rescued here."""

    def close(self) -> None:
        """Nobody else can edit it."""


class Desk:
    """The session's objects, wired as the program wires them."""

    def __init__(self) -> None:
        self.shelf = Shelf()
        self.saver = Saver()
        self.session = Session(self.saver)
        self.host = ModelHost(Engine(lambda choice: ClickedModel()))
        self.readers = Readers()
        self.pending = Pending(self.session, self.host)
        self.session.image_opened.connect(self._on_opened)
        self.session.use_folder(self.shelf)

    def _on_opened(self) -> None:
        self.host.set_picture(self.session.picture)

    def load(self) -> None:
        self.host.use_model(Choice())

    def show(self, picture: Picture) -> None:
        document = self.shelf.documents.get(picture.path)
        empty = Document(picture.height, picture.width)
        self.session.show_opened(Opened(picture.path, picture, document or empty))

    def close(self) -> None:
        self.pending.clear()
        self.host.close()
        self.readers.stop(5)
        self.saver.close()
