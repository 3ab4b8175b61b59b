"""Finding the images of a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from app.core.errors import Problem
from app.storage.folder import FIRST_BATCH, image_batches, list_images, merged
from app.storage.foreign_files import NO_FILE, LeftOut


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_images_are_listed_in_natural_order_and_nothing_else_is(tmp_path: Path) -> None:
    touch(tmp_path, "10.jpg", "9.JPG", "a.TIFF", "a.jpg.json", "b.txt", ".hidden.png", "c/1.png")
    (tmp_path / "folder.png").mkdir()
    assert list_images(tmp_path) == ["9.JPG", "10.jpg", "a.TIFF"]


def test_folders_inside_are_entered_on_request(tmp_path: Path) -> None:
    touch(tmp_path, "z.jpg", "b/2.png", "b/10.png", "a/c/1.gif", ".git/x.png", "d.png/e.png")
    assert list_images(tmp_path, recursive=True) == [
        "a/c/1.gif",
        "b/2.png",
        "b/10.png",
        "d.png/e.png",
        "z.jpg",
    ]


def test_linked_folders_are_entered_once_and_circles_end(tmp_path: Path) -> None:
    root, other = tmp_path / "root", tmp_path / "other"
    touch(root, "a/1.jpg")
    touch(other, "2.jpg")
    (root / "b").symlink_to(other)
    (root / "c").symlink_to(other)
    (root / "a" / "up").symlink_to(root)
    (root / "nowhere").symlink_to("missing")
    (root / "nowhere.jpg").symlink_to("missing.jpg")
    assert list_images(root, recursive=True) == ["a/1.jpg", "b/2.jpg"]


def test_batches_grow_and_merge_into_the_whole_list(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{number}.png" for number in range(FIRST_BATCH * 4)))
    batches = list(image_batches(tmp_path))
    assert len(batches[0]) == FIRST_BATCH
    assert all(len(before) * 2 == len(after) for before, after in pairwise(batches[:-1]))
    names: list[str] = []
    for batch in batches:
        names = merged(names, batch)
    assert names == list_images(tmp_path) == [f"{n}.png" for n in range(FIRST_BATCH * 4)]


def test_a_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    touch(tmp_path, "file")
    for name in ("gone", "file"):
        with pytest.raises(Problem, match=name):
            list_images(tmp_path / name)


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions")
def test_a_folder_inside_that_refuses_is_reported_and_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "a/1.png", "closed/2.png", "z/3.png")
    scandir = os.scandir

    # The superuser may read everything, so the refusal is injected.
    def refusing(path: Path) -> os._ScandirIterator[str]:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(os.fspath(path))

    left_out = LeftOut()
    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", refusing)
        names = list_images(tmp_path, recursive=True, left_out=left_out)
    assert names == ["a/1.png", "z/3.png"]
    assert [problem.what for problem in left_out.problems()] == [
        f"The folder {tmp_path / 'closed'} cannot be read: Permission denied."
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_that_are_no_text_are_listed_and_open(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff\xfe.png")
    (tmp_path / name).write_bytes(b"x")
    assert list_images(tmp_path) == [name]
    assert (tmp_path / list_images(tmp_path)[0]).read_bytes() == b"x"


def test_listing_changes_nothing(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.png")
    before = os.stat(tmp_path).st_mtime_ns
    list_images(tmp_path, recursive=True)
    assert os.stat(tmp_path).st_mtime_ns == before


def test_files_that_look_like_images_and_are_not_shown_are_counted(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "notes.txt", "a.png.json", ".hidden.heic", "trip/b.JPG")
    touch(tmp_path, *(f"IMG_{n}.HEIC" for n in range(9)), "film.MOV", "trip/raw.CR2")
    left_out = LeftOut()
    assert list_images(tmp_path, left_out=left_out) == ["a.png"]
    assert left_out.in_words == "9 HEIC, 1 video"
    (problem,) = left_out.problems()
    assert problem.what == "Files that are not shown here: 9 HEIC, 1 video."
    assert problem.advice
    deep = LeftOut()
    [*image_batches(tmp_path, recursive=True, left_out=deep)]
    assert deep.kinds == {"HEIC": 9, "video": 1, "camera raw": 1}
    assert [*LeftOut().problems()] == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders")
def test_pipes_and_links_to_nothing_are_told_and_never_opened(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "folder.png/inside.txt")
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "gone.png").symlink_to("nowhere")
    (tmp_path / "zeros.png").symlink_to("/dev/zero")
    (tmp_path / "loop.png").symlink_to("loop.png")
    left_out = LeftOut()
    assert list_images(tmp_path, left_out=left_out) == ["a.png"]
    assert left_out.kinds == {NO_FILE: 4}


def test_folders_deeper_than_the_system_can_name_are_told(tmp_path: Path) -> None:
    touch(tmp_path, "a.png")
    start = os.open(tmp_path, os.O_RDONLY)
    try:
        here = start
        for _ in range(1200):
            os.mkdir("down", dir_fd=here)
            below = os.open("down", os.O_RDONLY, dir_fd=here)
            if here != start:
                os.close(here)
            here = below
        os.close(here)
    finally:
        os.close(start)
    left_out = LeftOut()
    try:
        assert list_images(tmp_path, recursive=True, left_out=left_out) == ["a.png"]
        assert len(left_out.folders) == 1
    finally:
        subprocess.run(["rm", "-r", os.fspath(tmp_path / "down")], check=True)


def test_images_in_folders_inside_are_told_where_they_are_not_listed(tmp_path: Path) -> None:
    for name in ("a.png", "in 10/b.png", "in 2/c.png", "notes/d.txt", ".hidden/e.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    flat, deep = LeftOut(), LeftOut()
    assert list_images(tmp_path, left_out=flat) == ["a.png"]
    assert (flat.inside, flat.anything) == ("in 2", True)
    assert len(list_images(tmp_path, recursive=True, left_out=deep)) == 3
    assert (deep.inside, deep.anything) == ("", False)
