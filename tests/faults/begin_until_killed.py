"""Run as a program: begins a mask on the first image, never accepts it, and waits to be killed."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from app.inference.questions import Choice
from app.session.assembly import AppContext
from app.session.folder.disk_folder import FolderOpener
from app.session.folder.lock import FolderLock
from app.storage.places import Places
from tests.stand_ins import FakeModel


def main() -> None:
    folder, places = Path(sys.argv[1]), Places.below(Path(sys.argv[2]))
    qt = QCoreApplication([])
    opener = FolderOpener(FolderLock(places.data / "locks"), places)
    parts = AppContext(opener, load=lambda choice: FakeModel(), unfinished=places.unfinished)
    parts.host.use_model(Choice())
    parts.session.image_opened.connect(lambda: parts.mask_editor.click(30, 20))
    parts.navigator.open_folder(folder)
    qt.exec()


if __name__ == "__main__":
    main()
