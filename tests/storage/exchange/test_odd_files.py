"""What is no file, lies too deep or leads in a circle, neither stops an import nor ends it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.errors import Problem
from app.storage.exchange.formats import FORMATS, detect
from app.storage.exchange.gathering import walk
from app.storage.exchange.images import Images
from app.storage.exchange.source_mark import source_mark
from tests.storage.exchange.samples import save_image

SUFFIXES = (".txt", ".xml", ".json", ".png", ".yaml", ".ndjson")
unix = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")


@pytest.fixture
def pipes(tmp_path: Path) -> Iterator[Path]:
    """A folder of named pipes, a socket and a link to a device."""
    folder = tmp_path / "p"
    folder.mkdir()
    for suffix in SUFFIXES:
        os.mkfifo(folder / f"0{suffix}")
    os.mkfifo(folder / "data.yaml")
    os.mkfifo(folder / "classes.txt")
    (folder / "2.txt").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as open_socket:
        where = os.getcwd()
        os.chdir(folder)  # the path of a socket may only be short
        try:
            open_socket.bind("1.txt")
        finally:
            os.chdir(where)
        yield folder


@unix
def test_pipes_are_passed_over_when_a_format_is_looked_for(pipes: Path) -> None:
    with pytest.raises(Problem):
        detect(pipes)
    with pytest.raises(Problem, match=r"0\.txt cannot be read"):
        detect(pipes / "0.txt")
    for path in pipes.iterdir():
        try:
            kind = detect(path)
        except Problem:
            continue
        with pytest.raises(Problem):
            kind.read(path, Images.of_sizes({}), None)


@unix
@pytest.mark.parametrize("form", FORMATS)
def test_pipes_among_files_cost_themselves(form: str, pipes: Path) -> None:
    save_image(pipes / "images" / "0.jpg")
    images = Images.in_folder(pipes / "images")
    try:
        found = FORMATS[form].read(pipes, images, None)
    except Problem:
        return
    assert found.objects == 0
    assert found.skipped


@unix
def test_a_pipe_has_no_mark(pipes: Path) -> None:
    with pytest.raises(Problem, match=r"0\.txt cannot be read"):
        source_mark(pipes / "0.txt")
    assert source_mark(pipes)


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """A file twelve hundred folders deep; Python's own removal would not come so far."""
    where, root = os.getcwd(), tmp_path / "deep"
    root.mkdir()
    os.chdir(root)
    for _ in range(1200):
        os.mkdir("d")
        os.chdir("d")
    Path("a.txt").write_text("0 0.5 0.5 0.2 0.2\n", "utf-8")
    os.chdir(where)
    yield root
    os.chdir(root / ("d/" * 1200))
    os.remove("a.txt")
    for _ in range(1200):
        os.chdir("..")
        os.rmdir("d")
    os.chdir(where)


def test_folders_may_lie_twelve_hundred_deep(deep: Path) -> None:
    assert walk(deep, ".txt") == ["d/" * 1200 + "a.txt"]
    assert detect(deep).name == "yolo"
    images = Images.of_sizes({"a.jpg": (6, 6)})
    assert FORMATS["yolo"].read(deep, images, None).objects == 1
    assert source_mark(deep)


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("0 0.5 0.5 0.2 0.2\n", "utf-8")
    (tmp_path / "again").symlink_to(tmp_path)
    (tmp_path / "self.txt").symlink_to(tmp_path / "self.txt")
    assert detect(tmp_path).name == "yolo"
    found = FORMATS["yolo"].read(tmp_path, Images.of_sizes({"a.jpg": (6, 6)}), None)
    assert found.objects == 1
    told = {skip.where: skip.reason for skip in found.skipped}
    assert told["again"] == "it is a link to a folder, which is not followed"
