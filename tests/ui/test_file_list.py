"""The list of images."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt

from app.ui.panels.files import UNREADABLE_ROLE
from tests.ui.kit import Studio


def test_an_unreadable_image_says_so_in_the_list(studio: Studio, images: Path) -> None:
    (images / "c.png").write_bytes(b"no image")
    studio.parts.navigator.open_folder(images)
    model = studio.window.files.model
    studio.wait_for(lambda: model.rowCount() == 3)
    studio.wait_for(lambda: model.index(2).data(UNREADABLE_ROLE))
    words = model.index(2).data(Qt.ItemDataRole.AccessibleTextRole)
    assert words == "c.png, cannot be read"
    assert not model.index(0).data(UNREADABLE_ROLE)
