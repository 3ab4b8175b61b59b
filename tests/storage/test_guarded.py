"""A file is written over only if it is what was read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.core.errors import Problem
from app.storage.guarded import Conflict, read_file, replace_file, token_of


def test_a_file_is_replaced_if_it_is_as_it_was_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    first = replace_file(path, b"{1}", None)
    second = replace_file(path, b"{2}", first)
    assert path.read_bytes() == b"{2}"
    assert second == token_of(b"{2}")


def test_a_file_that_somebody_else_changed_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    token = replace_file(path, b"{1}", None)
    path.write_bytes(b"theirs")
    with pytest.raises(Conflict) as caught:
        replace_file(path, b"{2}", token)
    assert caught.value.found == token_of(b"theirs")
    assert path.read_bytes() == b"theirs"
    assert replace_file(path, b"{2}", caught.value.found) == token_of(b"{2}")


def test_a_file_that_was_never_read_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"theirs")
    with pytest.raises(Conflict):
        replace_file(path, b"{1}", None)
    assert path.read_bytes() == b"theirs"


def test_a_file_that_has_gone_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "a.json"
    assert replace_file(path, b"{1}", token_of(b"old")) == token_of(b"{1}")
    assert path.read_bytes() == b"{1}"


@pytest.mark.parametrize("start", [b"\x89PNG\r\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"BM", b"RIFF"])
def test_an_image_is_never_written_over(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(start)
    with pytest.raises(Conflict):
        replace_file(path, b"{}", token_of(start))
    assert path.read_bytes() == start


def test_a_pipe_in_the_way_does_not_hang(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes in folders")
    os.mkfifo(tmp_path / "a.json")
    with pytest.raises(Problem, match="not a regular file"):
        read_file(tmp_path / "a.json", 100)
    with pytest.raises(Problem, match="not a regular file"):
        replace_file(tmp_path / "a.json", b"{}", None)


def test_a_file_larger_than_any_of_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"x" * 101)
    with pytest.raises(Problem, match="larger"):
        read_file(tmp_path / "a.json", 100)
    assert read_file(tmp_path / "a.json", 101) == b"x" * 101
    assert read_file(tmp_path / "none.json", 101) is None
