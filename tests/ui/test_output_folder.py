"""Choosing where the objects are kept, in the window."""

from __future__ import annotations

from pathlib import Path

from app.ui.dialogs.output_folder import OutputFolderDialog
from tests.ui.kit import Studio


def dialog_of(studio: Studio) -> OutputFolderDialog:
    studio.window.commands.ask("output-folder")
    dialog = studio.window.dialogs.current("output-folder")
    assert isinstance(dialog, OutputFolderDialog)
    return dialog


def test_objects_go_where_one_chose_and_the_window_opens_them_from_there(
    studio: Studio, images: Path, tmp_path: Path
) -> None:
    studio.make(45, 30)
    studio.wait_for(lambda: (images / "a.png.json").is_file())
    before = (images / "a.png.json").read_bytes()
    dialog = dialog_of(studio)
    dialog.elsewhere.setChecked(True)
    assert not dialog.buttons.button(dialog.buttons.StandardButton.Ok).isEnabled()
    dialog.path.setText(str(images))
    dialog.accept()
    assert "itself" in dialog.told.text()
    old = studio.session.folder
    dialog.path.setText(str(tmp_path / "out"))
    dialog.accept()
    studio.wait_for(lambda: studio.session.folder is not old)
    studio.wait_for(lambda: len(studio.session.document or ()) == 1)
    studio.wait_ready()
    studio.window.activateWindow()
    studio.wait_for(studio.window.isActiveWindow)
    studio.canvas.setFocus()
    studio.make(110, 80)
    studio.wait_for(lambda: (tmp_path / "out" / "a.png.json").is_file())
    assert (images / "a.png.json").read_bytes() == before
    assert studio.session.folder is not None
    assert studio.session.folder.project.output == tmp_path / "out"
