"""The same work with the model that ships, on the photographs that ship."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.inference.questions import Choice, Embedded
from app.main import app_context
from app.session.assembly import AppContext
from app.storage.places import Places
from app.storage.project import Project
from app.storage.shipped import SAMPLES


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("chelsea.png", "coffee.png"):
        shutil.copyfile(SAMPLES / name, folder / name)
    return folder


@pytest.fixture
def parts(qtbot: QtBot, places: Places) -> Iterator[AppContext]:
    parts = app_context(places)
    yield parts
    assert parts.close().busy == ()


def opened(qtbot: QtBot, parts: AppContext, folder: Path) -> None:
    parts.host.use_model(Choice())
    parts.navigator.open_folder(folder)
    qtbot.waitUntil(lambda: parts.host.embedding_state == "ready", timeout=60_000)


@pytest.mark.slow
def test_a_click_a_correction_and_a_box_on_a_photograph(
    qtbot: QtBot, parts: AppContext, pictures: Path, places: Places
) -> None:
    opened(qtbot, parts, pictures)
    mask_editor = parts.mask_editor
    shown = []
    mask_editor.click(220, 150)
    qtbot.waitUntil(lambda: not mask_editor.is_predicting, timeout=30_000)
    assert len(mask_editor.candidates) == 3
    assert mask_editor.mask is not None
    assert mask_editor.mask.contains(220, 150)
    mask_editor.click(20, 20, positive=False)
    qtbot.waitUntil(lambda: not mask_editor.is_predicting, timeout=30_000)
    shown.append(mask_editor.mask)
    assert mask_editor.accept() == 1
    mask_editor.box(100, 40, 350, 290)
    qtbot.waitUntil(lambda: not mask_editor.is_predicting, timeout=30_000)
    shown.append(mask_editor.mask)
    assert mask_editor.accept() == 2
    qtbot.waitUntil(lambda: not parts.saver.unsaved)
    path = pictures / "chelsea.png"
    saved = Project.of(pictures, places).read_objects(path, 300, 451).document
    assert [annotation.mask for annotation in saved] == shown
    assert saved.annotation(1).evidence.model_identity == parts.host.identity


@pytest.mark.slow
def test_an_image_embedded_once_is_read_from_disk_after_starting_again(
    qtbot: QtBot, parts: AppContext, pictures: Path, places: Places
) -> None:
    opened(qtbot, parts, pictures)
    qtbot.waitUntil(lambda: len(list(places.embeddings.glob("*"))) >= 1, timeout=30_000)
    assert parts.close().busy == ()
    again = app_context(places)
    computed: list[Embedded] = []
    again.host.made.connect(computed.append)
    opened(qtbot, again, pictures)
    keys = [each.key for each in computed]
    assert again.session.picture is not None
    assert again.session.picture.key not in keys
    assert again.close().busy == ()
