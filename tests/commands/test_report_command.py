"""From a folder with masks to an audit and its report."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.cli import main
from app.core.document import Document, Evidence, Source, State
from app.core.mask import Mask
from app.storage.audit_file import audit_to_bytes, read_audit
from app.storage.places import Places
from app.storage.project import Project

SIZE = (60, 80)


def block(x: int) -> Mask:
    return Mask.from_window(np.ones((20, 20), np.bool_), x, 10, *SIZE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "pets"
    root.mkdir()
    for number in range(3):
        Image.new("RGB", SIZE[::-1], (200, 40 * number, 0)).save(root / f"{number}.png")
    project = Project.of(root, Places.of_user())
    for number in range(2):
        evidence = Evidence(active_s=4.0 + number, clicks=2, proposal_iou=0.8)
        document = Document(*SIZE).with_added(block(0), source=Source.SMART, evidence=evidence)
        document = document.with_added(block(40), source=Source.AUTOMATIC)
        project.write_objects(root / f"{number}.png", document, None)
    return root


Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str) -> tuple[int, dict[str, Any]]:
        status = main(["report", str(folder), "--json", *arguments])
        told: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
        return status, told

    return command


def test_a_folder_is_counted_and_written(folder: Path, run: Run, tmp_path: Path) -> None:
    page, table = tmp_path / "out.html", tmp_path / "out.csv"
    status, told = run("--html", str(page), "--csv", str(table))
    assert status == 0
    assert (told["images"], told["total"]["masks"], told["total"]["images"]) == (3, 4, 2)
    assert told["total"]["seconds"] == 4.5
    assert {each["name"]: each["masks"] for each in told["stages"]} == {
        "assisted-manual": 2,
        "semi-automatic": 2,
    }
    assert "pets: report" in page.read_text("utf-8")
    assert len(table.read_text("utf-8").splitlines()) == 5


def test_proposals_are_counted_apart(
    folder: Path, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = Project.of(folder, Places.of_user())
    proposed = Document(*SIZE).with_added(block(0), state=State.PROPOSED)
    project.write_objects(folder / "2.png", proposed, None)
    page = str(tmp_path / "out.html")
    assert run("--html", page)[1]["proposed"] == 1
    assert main(["report", str(folder), "--html", page]) == 0
    assert capsys.readouterr().out.startswith("4 masks accepted and 1 proposed on 3 of 3 images")


def test_masks_are_drawn_corrected_and_compared(folder: Path, run: Run, tmp_path: Path) -> None:
    page = tmp_path / "out.html"
    status, told = run("--draw", "2", "--automatic")
    assert (status, told["masks"], told["images"]) == (0, 2, 2)
    project = Project.of(folder, Places.of_user())
    path = project.own / "audit.json"
    audit = read_audit(path).audit
    assert audit is not None
    loaded = project.read_objects(folder / "0.png", *SIZE)
    half = Mask.from_window(np.ones((20, 10), np.bool_), 40, 10, *SIZE)
    project.write_objects(folder / "0.png", loaded.document.with_mask(2, half), loaded.token)
    audit = audit.with_checked("0.png", 2, 7.0).with_checked("1.png", 2, 1.0)
    path.write_bytes(audit_to_bytes(audit))
    status, told = run("--html", str(page))
    assert told["audit"]["pairs"] == 2
    assert told["audit"]["mean_iou"] == 0.75
    assert told["audit"]["above_0.9"] == 0.5
    assert told["audit"]["seconds"] == 4.0
    text = page.read_text("utf-8")
    assert text.count("<figure>") == 2
    assert "0.png, object 2, object: IoU 0.500" in text


def test_a_new_draw_keeps_the_old_one_as_a_backup(folder: Path, run: Run) -> None:
    run("--draw", "4")
    run("--draw", "1", "--seed", "3")
    own = Project.of(folder, Places.of_user()).own
    kept = read_audit(own / "backup" / "audit.json").audit
    assert kept is not None
    assert len(kept.items) == 4


def test_an_image_that_cannot_be_read_is_told(folder: Path, run: Run, tmp_path: Path) -> None:
    (folder / "0.png.json").write_text("{")
    status, told = run("--html", str(tmp_path / "out.html"))
    assert (status, told["unread"], told["total"]["masks"]) == (3, 1, 2)


def test_an_image_that_was_replaced_is_looked_at_again(
    folder: Path, run: Run, tmp_path: Path
) -> None:
    page = str(tmp_path / "out.html")
    run("--html", page)
    Image.new("RGB", (7, 7)).save(folder / "0.png")
    status, told = run("--html", page)
    assert (status, told["unread"]) == (3, 1)


def test_drawing_where_there_is_nothing_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    assert main(["report", str(tmp_path), "--draw", "3"]) == 1
    assert "no mask that could be audited" in capsys.readouterr().err
    assert main(["report", str(tmp_path), "--draw", "0"]) == 1


def test_a_page_that_cannot_be_written_is_a_problem(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(folder), "--html", str(tmp_path / "no" / "a.html")]) == 1
    assert "was not saved" in capsys.readouterr().err
