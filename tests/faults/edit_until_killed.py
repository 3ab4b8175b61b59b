"""Run as a program: edits an image as fast as it can and tells what is saved, until it is killed.

Every line it reads starts a process of its own, which does that; importing is done once.
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, QTimer

from app.core.document import Evidence
from app.core.mask import Mask
from app.session.assembly import AppContext
from app.session.folder.disk_folder import FolderOpener
from app.session.folder.lock import FolderLock
from app.storage.places import Places
from tests.stand_ins import FakeModel

SIZE = (48, 64)


def edit(folder: Path, places: Places) -> None:
    """Never returns of its own accord."""
    qt = QCoreApplication([])
    opener = FolderOpener(FolderLock(places.data / "locks"), places)
    parts = AppContext(opener, load=lambda choice: FakeModel())
    session = parts.session

    def tell(word: str, number: int) -> None:
        os.write(1, f"{word} {number} {time.time_ns()}\n".encode())

    def add() -> None:
        pixels = np.random.default_rng().random(SIZE) < 0.05
        added = session.add(Mask.from_array(pixels), Evidence())
        assert added is not None
        tell("committed", added)
        # Now faster than the disk, now slower: both kinds of moment are worth being killed in.
        timer.start(random.choice([0, 3, 60]))

    timer = QTimer(singleShot=True, interval=0)
    timer.timeout.connect(add)

    def saved() -> None:
        tell("saved", len(session.document or ()))

    def opened() -> None:
        tell("opened", len(session.document or ()))
        timer.start()

    session.image_opened.connect(opened)
    parts.saver.saved.connect(lambda path: saved() if not parts.saver.unsaved else None)
    parts.navigator.open_folder(folder)
    qt.exec()


def main() -> None:
    folder, places = Path(sys.argv[1]), Places.below(Path(sys.argv[2]))
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            edit(folder, places)
        os.write(1, f"child {child}\n".encode())
        os.waitpid(child, 0)
        os.write(1, b"gone 0\n")


if __name__ == "__main__":
    main()
