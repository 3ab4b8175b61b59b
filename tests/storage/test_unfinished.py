"""Masks that were begun: what cannot be read of them is kept, and no window loses another's."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from app.core.errors import Problem
from app.storage import unfinished
from app.storage.unfinished import Begun, UnfinishedFile


def begun(name: str, counts: str = "") -> Begun:
    return Begun(f"/x/{name}.png", "k", (9, 9), counts, points=((1.0, 2.0, 1),))


def paths_in(file: UnfinishedFile) -> set[str]:
    return {each.path for each in file.read()}


@pytest.fixture
def file(tmp_path: Path) -> UnfinishedFile:
    return UnfinishedFile(tmp_path / "data" / "unfinished.json")


STRANGE = (
    {"path": "/y/a.png", "key": "k", "size": [10, "ten"]},
    {"path": "/y/a.png", "key": "k", "size": [10, 10], "points": "none"},
    {"path": 5},
    [1, 2],
    None,
)


@pytest.mark.parametrize("entry", STRANGE, ids=str)
def test_a_strange_mask_costs_itself_alone_and_stays_in_the_file(
    file: UnfinishedFile, entry: object
) -> None:
    file.write([begun("a"), begun("b")], [])
    content = json.loads(file.path.read_bytes())
    content["masks"].insert(1, entry)
    file.path.write_text(json.dumps(content))
    assert paths_in(file) == {"/x/a.png", "/x/b.png"}
    assert file.write([begun("c")], [Path("/x/c.png"), Path("/x/a.png")]) is None
    assert paths_in(file) == {"/x/b.png", "/x/c.png"}
    assert entry in json.loads(file.path.read_bytes())["masks"]


UNREADABLE = {
    "newer": b'{"version": 2, "masks": [{"path": "/y/b.png", "new": {"precious": 1}}]}',
    "cut short": b'{"version": 1, "masks": [{"path": "/y/b.p',
    "latin-1": '{"vérsion": 1, "masks": []}'.encode("latin-1"),
    "deep": b'{"version": 1, "masks": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a long number": b'{"version": ' + b"9" * 5000 + b', "masks": []}',
    "a list": b"[]",
    "no text": b"\x00\xff",
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_file_that_cannot_be_understood_is_set_aside_and_told(
    file: UnfinishedFile, data: bytes
) -> None:
    file.path.parent.mkdir()
    for number in range(2):
        file.path.write_bytes(data)
        assert file.read() == ()
        told = file.write([begun("a")], [])
        assert told is not None
        assert "unfinished.json.broken" in told.advice
        assert paths_in(file) == {"/x/a.png"}
        kept = list(file.path.parent.glob("unfinished.json.broken*"))
        assert [each.read_bytes() for each in kept] == [data] * (number + 1)


def test_what_the_disk_does_not_give_is_not_written_over(
    file: UnfinishedFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write([begun("a")], [])
    with monkeypatch.context() as faulty:
        faulty.setattr(unfinished, "read_file", refusing)
        assert file.read() == ()
        with pytest.raises(Problem, match="cannot be read"):
            file.write([begun("b")], [])
    file.write([begun("b")], [])
    assert paths_in(file) == {"/x/a.png", "/x/b.png"}


def refusing(path: Path, limit: int) -> bytes:
    error = OSError(5, "Input/output error")
    raise Problem(f"{path} cannot be read: {error}.", "", error)


def test_two_windows_keep_what_both_began(file: UnfinishedFile) -> None:
    both = threading.Barrier(2)

    def begin(letter: str) -> None:
        own, kept = UnfinishedFile(file.path), []
        for number in range(15):
            both.wait(10)
            kept.append(begun(f"{letter}{number}"))
            own.write([kept[-1]], [])

    threads = [threading.Thread(target=begin, args=(letter,)) for letter in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(paths_in(file)) == 30


def test_masks_that_are_too_many_keep_their_clicks_the_oldest_first(
    file: UnfinishedFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unfinished, "MAX_BYTES", 3500)
    file.write([begun(f"{number}", "x" * 1000) for number in range(4)], [])
    found = file.read()
    assert [bool(each.counts) for each in found] == [False, True, True, True]
    assert all(each.points for each in found)


def test_what_could_not_be_read_again_is_not_written(
    file: UnfinishedFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write([begun("a")], [])
    before = file.path.read_bytes()
    monkeypatch.setattr(unfinished, "READ_BYTES", 500)
    with pytest.raises(Problem, match="would be larger"):
        file.write([begun(f"{number}") for number in range(50)], [])
    assert file.path.read_bytes() == before


def test_the_file_is_for_its_owner_alone(file: UnfinishedFile) -> None:
    file.write([begun("a")], [])
    assert file.path.stat().st_mode & 0o077 == 0
    assert file.path.parent.stat().st_mode & 0o077 == 0
