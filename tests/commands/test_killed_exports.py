"""Killed exports, conversions and reports: what was there is whole, and they start again."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from app.cli import main
from app.core.labels import LabelSet
from app.storage.atomic import LEFTOVER_AGE_S
from app.storage.project import Project
from tests.faults.dying import killed
from tests.storage.exchange.samples import document_of, ring, save_image, square

IMAGES = 3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "images"
    root.mkdir()
    project = Project(root)
    for number in range(IMAGES):
        document = document_of(ring(), square(1 + number))
        project.write_objects(save_image(root / f"{number}.png"), document, None)
    project.write_labels(LabelSet().with_added("cat"), None)
    return root


def content(target: Path) -> dict[str, bytes]:
    """Of every finished file below ``target``."""
    found = [target] if target.is_file() else sorted(target.rglob("*"))
    return {
        path.relative_to(target).as_posix(): path.read_bytes()
        for path in found
        if path.is_file() and not path.name.startswith(".")
    }


def do(*arguments: object) -> None:
    assert main([str(each) for each in arguments]) == 0


@pytest.mark.slow
def test_a_killed_export_of_one_file_leaves_the_old_one_and_starts_again(
    folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    target, whole = out / "out.json", tmp_path / "whole.json"
    old = b'{"images": [], "annotations": []}'
    target.write_bytes(old)
    killed(1, target, "export", folder, target)
    assert content(out) == {"out.json": old}
    do("export", folder, whole)
    do("export", folder, target)
    assert target.read_bytes() == whole.read_bytes()


@pytest.mark.slow
def test_a_killed_export_of_many_files_leaves_whole_ones_and_starts_again(
    folder: Path, tmp_path: Path
) -> None:
    target, whole = tmp_path / "out", tmp_path / "whole"
    do("export", folder, whole, "--to", "labelme")
    killed(2, target, "export", folder, target, "--to", "labelme")
    expected = content(whole)
    assert content(target) == {"0.json": expected["0.json"]}
    do("export", folder, target, "--to", "labelme")
    assert content(target) == expected


@pytest.mark.slow
def test_a_killed_conversion_and_a_killed_report_start_again(folder: Path, tmp_path: Path) -> None:
    source, target, whole = tmp_path / "in.json", tmp_path / "out", tmp_path / "whole"
    do("export", folder, source)
    do("convert", source, whole, "--to", "isat")
    killed(2, target, "convert", source, target, "--to", "isat")
    do("convert", source, target, "--to", "isat")
    assert content(target) == content(whole)
    page, table = tmp_path / "out.html", tmp_path / "out.csv"
    killed(1, table, "report", folder, "--html", page, "--csv", table)
    assert not table.exists()
    do("report", folder, "--html", page, "--csv", table)
    assert table.exists()


def test_what_a_killed_export_was_just_writing_is_swept_by_a_later_one(
    folder: Path, tmp_path: Path
) -> None:
    left = [tmp_path / "out" / f".maskwright-{n:016x}.tmp" for n in range(2)]
    left[0].parent.mkdir()
    for path in left:
        path.write_bytes(b"half")
    # The second may be another program's that is at work.
    os.utime(left[0], (time.time() - LEFTOVER_AGE_S - 1,) * 2)
    do("export", folder, tmp_path / "out", "--to", "sa1b")
    assert [path.exists() for path in left] == [False, True]
