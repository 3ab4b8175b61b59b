"""A file is written over only if it is what was read."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.errors import Problem
from app.storage import guarded, renaming
from app.storage.guarded import Conflict, leading_out, read_file, replace_file, token_of


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


def in_between(monkeypatch: pytest.MonkeyPatch, other: Callable[[], object]) -> None:
    """Somebody else acts when the new file is written and synced, before it has its place."""
    waiting: list[Callable[[], object]] = [other]
    fsync = os.fsync

    def synced(descriptor: int) -> None:
        fsync(descriptor)
        while waiting:
            waiting.pop()()

    monkeypatch.setattr(os, "fsync", synced)


@pytest.mark.parametrize("first", [True, False], ids=["first file", "there was one"])
@pytest.mark.parametrize("swapping", [True, False], ids=["swapping", "no swapping here"])
def test_what_somebody_else_writes_meanwhile_keeps_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: bool, swapping: bool
) -> None:
    path = tmp_path / "a.json"
    token = None if first else replace_file(path, b"{1}", None)
    if not swapping:
        monkeypatch.setattr(guarded, "exchange", lambda one, other: False)
    in_between(monkeypatch, lambda: path.write_bytes(b"theirs"))
    with pytest.raises(Conflict) as caught:
        replace_file(path, b"{2}", token)
    assert caught.value.found == token_of(b"theirs")
    assert path.read_bytes() == b"theirs"
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]


def test_what_two_others_write_in_one_moment_is_kept_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    if not renaming.exchange(*two_files(tmp_path)):
        pytest.skip("names cannot be exchanged here")
    token = replace_file(path, b"{1}", None)
    in_between(monkeypatch, lambda: path.write_bytes(b"theirs"))
    exchange, calls = renaming.exchange, itertools.count(1)

    def exchanged(one: Path, other: Path) -> bool:
        if next(calls) == 2:
            path.write_bytes(b"third")
        return exchange(one, other)

    monkeypatch.setattr(guarded, "exchange", exchanged)
    with pytest.raises(Conflict):
        replace_file(path, b"{2}", token)
    assert path.read_bytes() == b"theirs"
    beside = [each.read_bytes() for each in tmp_path.glob("a.json.theirs-*.json")]
    assert beside == [b"third"]


def two_files(folder: Path) -> tuple[Path, Path]:
    one, other = folder / "one", folder / "other"
    one.touch()
    other.touch()
    return one, other


def test_a_disk_that_fails_after_the_swap_gives_the_old_file_its_place_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    token = replace_file(path, b"{1}", None)
    with monkeypatch.context() as patched:
        patched.setattr(guarded._Guard, "_token_at", refusing)
        with pytest.raises(Problem, match="was not saved"):
            replace_file(path, b"{2}", token)
    assert replace_file(path, b"{3}", token) == token_of(b"{3}")


def refusing(*_: object) -> None:
    raise OSError(5, "Input/output error")


def test_a_name_is_taken_only_if_it_is_free(tmp_path: Path) -> None:
    one, other = two_files(tmp_path)
    with pytest.raises(FileExistsError):
        renaming.take_name(one, other)
    assert renaming.take_name(one, tmp_path / "third")
    assert not one.exists()
    assert (tmp_path / "third").exists()


def test_where_the_system_cannot_swap_names_a_second_name_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renaming, "_call", lambda: None)
    one, other = two_files(tmp_path)
    assert not renaming.exchange(one, other)
    with pytest.raises(FileExistsError):
        renaming.take_name(one, other)
    assert renaming.take_name(one, tmp_path / "third")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["other", "third"]


def test_nothing_is_written_through_a_link_that_leads_out_of_the_folder(tmp_path: Path) -> None:
    folder, outside = tmp_path / "pictures", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (folder / "a.json").symlink_to(outside / "a.desktop")
    (folder / "own").symlink_to(outside)
    (folder / "inside.json").symlink_to(folder / "real.json")
    for path in (folder / "a.json", folder / "own" / "labels.json"):
        with pytest.raises(Problem, match=r"A link takes .* out of its folder"):
            replace_file(path, b"{}", None, homes=(folder,))
    with pytest.raises(Problem, match="A link takes"):
        replace_file(folder / "b.json", b"{}", None, folder / "own" / "b.json", homes=(folder,))
    replace_file(folder / "inside.json", b"{}", None, homes=(folder,))
    assert list(outside.iterdir()) == []
    assert (folder / "real.json").read_bytes() == b"{}"
    assert leading_out(folder / "inside.json", folder) is None


def test_a_file_too_large_to_be_read_again_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    token = replace_file(path, b"x" * 100, None, limit=100)
    with pytest.raises(Problem, match="would be larger"):
        replace_file(path, b"x" * 101, token, limit=100)
    assert path.read_bytes() == b"x" * 100
