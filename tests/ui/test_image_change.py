"""Between two images nothing is painted that belongs to neither."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, Qt, Signal

from app.core.mask import Mask
from app.session.folder.folder_protocol import Opened
from app.ui.dialogs.propose import ProposeDialog
from tests.ui.kit import Studio, drawn, write_image


@pytest.mark.parametrize("sizes", [(240, 120), (120, 240)])
def test_a_mask_or_candidates_shown_when_a_smaller_or_larger_image_opens(
    empty_studio: Studio, tmp_path: Path, sizes: tuple[int, int]
) -> None:
    folder = tmp_path / "two"
    for name, height in zip("ab", sizes, strict=True):
        write_image(folder, f"{name}.png", drawn(height, height * 4 // 3))
    empty_studio.open(folder)
    empty_studio.make(45, 30)
    empty_studio.pick(110, 80)
    empty_studio.window.dialogs.show("propose")
    assert isinstance(empty_studio.window.dialogs.current("propose"), ProposeDialog)
    # An error while painting fails the test.
    empty_studio.go(1)
    empty_studio.wait_ready()
    empty_studio.go(0)
    assert len(empty_studio.session.document or ()) == 1


def test_why_nothing_was_pasted_is_told_of_that_image_alone(
    empty_studio: Studio, tmp_path: Path
) -> None:
    folder = tmp_path / "two"
    for name, height in zip("ab", (120, 240), strict=True):
        write_image(folder, f"{name}.png", drawn(height, height * 4 // 3))
    studio = empty_studio
    studio.open(folder)
    studio.make(45, 30)
    studio.window.commands.copy()
    studio.go(1)
    studio.window.commands.paste()
    banner = studio.window.pane.banner
    assert "320 x 240" in banner.advice.text()
    assert banner.tells_problem
    studio.go(0)
    assert not banner.tells_problem


def test_that_a_mask_is_here_again_is_told_of_its_image_alone(
    empty_studio: Studio, tmp_path: Path
) -> None:
    folder = tmp_path / "two"
    for name in "ab":
        write_image(folder, f"{name}.png", drawn(120, 160))
    studio = empty_studio
    studio.open(folder)
    studio.pick(45, 30)
    studio.go(1)
    studio.go(0)
    banner = studio.window.pane.banner
    studio.wait_for(lambda: "here again" in banner.what.text())
    assert banner.isVisible()
    studio.key(Qt.Key.Key_Return)
    studio.go(1)
    assert not banner.isVisible()


def is_shown(studio: Studio, folder: Path) -> bool:
    """Whether the mask that the audit asks about is on the canvas."""
    item = studio.context.auditing.current
    return item is not None and studio.session.image_path == folder / item.image


@pytest.mark.parametrize("heights", [(120, 240), (240, 120)])
def test_an_audit_goes_from_an_image_to_one_of_another_size(
    empty_studio: Studio, tmp_path: Path, heights: tuple[int, int]
) -> None:
    folder = tmp_path / "two"
    for name, height in zip("ab", heights, strict=True):
        write_image(folder, f"{name}.png", drawn(height, height * 4 // 3))
    studio = empty_studio
    studio.open(folder)
    for place, height in enumerate(heights):
        studio.go(place)
        assert studio.session.document is not None
        corner = np.ones((20, 20), np.bool_)
        mask = Mask.from_window(corner, height - 20, height - 20, height, height * 4 // 3)
        studio.session.commit("test", studio.session.document.with_added(mask))
    studio.wait_for(lambda: not studio.context.saver.unsaved)
    auditing = studio.context.auditing
    studio.window.dialogs.show("audit")
    studio.wait_for(lambda: not auditing.running)
    auditing.draw(2, seed=1)
    studio.wait_for(lambda: not auditing.running)
    auditing.start()
    for _ in range(2):
        studio.wait_for(lambda: is_shown(studio, folder))
        studio.wait_for(lambda: studio.session.selection == {1})
        assert studio.canvas.viewport.scale > studio.canvas.viewport.fitted().scale
        assert studio.canvas.scene.objects is not None
        assert 1 in studio.canvas.scene.objects
        auditing.right()
    assert not auditing.active


def signals_of(owner: QObject) -> Iterator[str]:
    """Names of the signals that its own class has."""
    return (name for name, each in vars(type(owner)).items() if isinstance(each, Signal))


def watch(studio: Studio, heard: Callable[[str], None]) -> None:
    """Hear of whatever is told by those who hold values of the open image."""
    parts = studio.context
    for owner in (
        studio.session, parts.host, parts.zoom_embeddings, parts.mask_editor,
        parts.mask_editor.hover_previews,
        parts.navigator, parts.review, parts.auditing, studio.canvas, studio.canvas.scene,
        studio.window.toolbox, studio.window.commands,
    ):  # fmt: skip
        kind = type(owner).__name__
        for name in signals_of(owner):
            getattr(owner, name).connect(lambda *_, told=f"{kind}.{name}": heard(told))


def test_nobody_is_told_of_an_image_before_everything_on_it_is_in_place(
    empty_studio: Studio, tmp_path: Path
) -> None:
    folder = tmp_path / "two"
    for name, height in zip("ab", (120, 240), strict=True):
        write_image(folder, f"{name}.png", drawn(height, height * 4 // 3))
    studio = empty_studio
    studio.open(folder)
    studio.make(45, 30)
    studio.session.select([1])
    studio.pick(110, 80)
    studio.go(1)
    studio.pick(45, 30)
    told: list[str] = []
    halfway: list[str] = []
    session, scene, mask_editor = studio.session, studio.canvas.scene, studio.context.mask_editor

    def heard(name: str) -> None:
        told.append(name)
        if name.endswith(".image_swapped") or name == "Navigator.marks_changed":
            return
        here, viewport = session.picture, studio.canvas.viewport
        if "Session.image_swapped" in told and here is not None:
            seen = scene.pyramid is not None and scene.objects is not None
            fits = (viewport.image_width, viewport.image_height) == (here.width, here.height)
            mask = mask_editor.mask
            begun = mask is not None and (mask.height, mask.width) == (here.height, here.width)
            if not (seen and fits and begun):
                halfway.append(name)

    watch(studio, heard)
    opened = folder_opened(studio, folder / "a.png")
    told.clear()
    session.show_opened(opened)
    first = told.index("Session.image_swapped")
    assert set(told[:first]) <= {"Scene.image_swapped", "Navigator.marks_changed"}
    assert halfway == []
    assert {"Session.image_opened", "MaskEditor.changed", "MaskEditor.resumed"} <= set(told)


def folder_opened(studio: Studio, path: Path) -> Opened:
    assert studio.session.folder is not None
    return studio.session.folder.open_image(path, None, None)
