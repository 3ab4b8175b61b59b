"""Many images in the real window, a click and an Enter on each: does the memory stay?

python -m tests.bench.soak [IMAGES] [MEGAPIXELS]
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from app.session.session import Session

MIB = 1 << 20
EMBEDDINGS = 64 * MIB


@dataclass(frozen=True, slots=True)
class Reading:
    """How much the process holds after so many images."""

    images: int
    rss_mib: float
    threads: int
    files: int

    def __str__(self) -> str:
        return (f"after {self.images:4} images: {self.rss_mib:7.1f} MiB resident, "
                f"{self.threads} threads, {self.files} open files")  # fmt: skip


def reading(images: int) -> Reading:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    rss = pages * os.sysconf("SC_PAGE_SIZE") / MIB
    return Reading(images, rss, threading.active_count(), len(os.listdir("/proc/self/fd")))


def make_images(folder: Path, count: int, megapixels: float) -> None:
    """Photograph-like pictures, each with other bytes."""
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    width = height * 4 // 3
    random = np.random.default_rng(1)
    folder.mkdir(parents=True)
    for number in range(count):
        small = random.integers(0, 255, (6, 8, 3), np.uint8)
        image = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
        image.save(folder / f"{number}.jpg", quality=85)


def _is_open(session: Session, path: Path) -> bool:
    return session.image_path == path


def walk(application: object, folder: Path, every: int) -> list[Reading]:
    """Click on and accept two masks on each image; what the process holds every so many images."""
    from app.inference.questions import Choice
    from app.main import Application

    assert isinstance(application, Application)
    parts, qt = application.context, application.qt

    def until(condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 120
        while not condition():
            assert time.monotonic() < end, "it took too long"
            qt.processEvents()
            time.sleep(0.001)

    application.start([folder], Choice())
    until(lambda: parts.navigator.listing_done and parts.session.picture is not None)
    found = []
    for place in range(len(parts.navigator.images)):
        parts.navigator.go(place)
        until(partial(_is_open, parts.session, parts.navigator.images[place].path))
        until(lambda: parts.host.embedding_state == "ready")
        picture = parts.session.picture
        assert picture is not None
        height, width = picture.pixels.shape[:2]
        for share in (0.3, 0.7):
            parts.mask_editor.click(width * share, height / 2)
            until(lambda: not parts.mask_editor.is_predicting)
            application.window.canvas.repaint()
            parts.mask_editor.accept()
        until(lambda: not parts.saver.unsaved)
        if place % every == every - 1:
            found.append(reading(place + 1))
            print(found[-1], flush=True)
    return found


def main() -> None:
    from app.main import build
    from app.storage.places import Places
    from app.storage.settings import Settings, SettingsFile

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    megapixels = float(sys.argv[2]) if len(sys.argv) > 2 else 2.5
    with tempfile.TemporaryDirectory() as home:
        make_images(Path(home) / "images", count, megapixels)
        places = Places.below(Path(home) / "user")
        # Embeddings may fill half a gigabyte; a small share shows sooner what grows beside them.
        SettingsFile(places.settings, Settings).write(Settings(memory_bytes=EMBEDDINGS))
        application = build(places=places)
        application.window.show()
        walk(application, Path(home) / "images", max(1, count // 12))
        application.window.close()
        application.close()


if __name__ == "__main__":
    main()
