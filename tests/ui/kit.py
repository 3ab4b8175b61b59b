"""A real session over real files, with a model that needs no weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from app.inference.questions import Choice
from app.session.assembly import Workbench
from app.session.disk_folder import FolderOpener
from app.session.lock import FolderLock
from app.storage.places import Places
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


def workbench(home: Path) -> Workbench:
    """The program's own parts, with files below ``home`` and the model that needs no weights."""
    opener = FolderOpener(FolderLock(home / "locks"), Places.below(home))
    parts = Workbench(opener, load=lambda choice: ClickedModel())
    parts.host.use_model(Choice())
    return parts
