"""A window that only shows a folder writes nothing anywhere in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.batch.importing import Planned
from app.core.document import Document, Evidence, ImageStatus, State
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.core.overlap import OverlapPolicy
from app.storage.exchange.importing import ImportOptions
from app.storage.places import Places
from app.storage.project import Project
from tests.desk import SIZE, Desk, make_images

MASK = Mask.from_array(np.tri(*SIZE, dtype=bool))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    make_images(folder, 3)
    project = Project(folder)
    project.write_labels(LabelSet().with_added("cat").with_added("dog"), None)
    for number in range(2):
        document = Document(*SIZE).with_added(MASK, 1)
        document = document.with_added(MASK, 2, state=State.PROPOSED)
        project.write_objects(folder / f"{number}.png", document, None)
    return folder


@pytest.fixture
def first(qtbot: QtBot, tmp_path: Path, folder: Path) -> Iterator[Desk]:
    desk = Desk(qtbot, Places.below(tmp_path / "user")).open(folder)
    desk.context.auditing.draw(2, seed=1)
    desk.wait(lambda: desk.context.auditing.audit is not None)
    yield desk
    desk.close()


@pytest.fixture
def second(qtbot: QtBot, first: Desk, folder: Path) -> Iterator[Desk]:
    desk = Desk(qtbot, first.places).open(folder)
    assert desk.session.read_only is not None
    yield desk
    desk.close()


def content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_neither_edits_nor_the_audit_nor_an_import_change_the_folder(
    first: Desk, second: Desk, folder: Path, tmp_path: Path
) -> None:
    before, session = content(folder), second.session
    session.add(MASK, Evidence())
    session.delete([1])
    session.set_status(ImageStatus.DONE)
    session.folder_labels.add("new")
    session.folder_labels.remove(2)
    session.set_overlap_policy(list(OverlapPolicy)[1])
    auditing = second.context.auditing
    auditing.load()
    second.wait(lambda: auditing.audit is not None)
    refused: list[object] = []
    auditing.failed.connect(refused.append)
    auditing.start()
    second.wait(lambda: auditing.current is not None)
    auditing.right()
    assert len(refused) == 1
    coco = tmp_path / "c.json"
    coco.write_text(json.dumps(COCO))
    planned: list[Planned] = []
    importer = second.context.importer
    importer.planned.connect(planned.append)
    importer.failed.connect(refused.append)
    importer.plan(coco, None, ImportOptions(State.PROPOSED))
    second.wait(lambda: bool(planned))
    assert not importer.apply(planned[0])
    assert len(refused) == 2
    second.close()
    assert content(folder) == before


COCO = {
    "images": [{"id": 1, "file_name": "2.png", "width": SIZE[1], "height": SIZE[0]}],
    "categories": [{"id": 1, "name": "zebra"}],
    "annotations": [
        {
            "id": 1,
            "image_id": 1,
            "category_id": 1,
            "segmentation": [[1, 1, 20, 1, 20, 20]],
            "bbox": [1, 1, 19, 19],
            "area": 180,
            "iscrowd": 0,
        }
    ],
}


def test_the_first_window_goes_on_as_if_there_were_no_other(first: Desk, second: Desk) -> None:
    auditing = first.context.auditing
    refused: list[object] = []
    auditing.failed.connect(refused.append)
    auditing.start()
    first.wait(lambda: auditing.current is not None)
    auditing.right()
    first.session.add(MASK, Evidence())
    first.saved()
    assert refused == []


def test_what_forgets_to_ask_is_not_written_all_the_same(
    second: Desk, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before, shown = content(folder), second.session.folder
    assert shown is not None
    second.context.saver.save(shown, folder / "0.png", Document(*SIZE))
    assert second.context.saver.unsaved == ()
    assert second.context.saver.flush(10)
    assert content(folder) == before
    assert "only shown" in caplog.text
