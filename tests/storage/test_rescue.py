"""Work that its folder refused waits where it can be found, and goes back on request."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import Problem
from app.storage.guarded import token_of
from app.storage.rescue import RescueFolder

DATA = b'{"image": {}, "annotations": []}'


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    return tmp_path / "images" / os.fsdecode("图\udcff.jpg.json".encode("utf-8", "surrogateescape"))


@pytest.fixture
def rescue(tmp_path: Path) -> RescueFolder:
    return RescueFolder(tmp_path / "data" / "rescue")


def test_nothing_waits_and_nothing_is_made_before_it_is_needed(rescue: RescueFolder) -> None:
    assert rescue.rescued() == ([], [])
    assert not rescue.folder.exists()


def test_what_was_rescued_is_listed_with_what_people_need_to_know(
    rescue: RescueFolder, target: Path
) -> None:
    image = target.with_suffix("")
    path = rescue.put(target, DATA, "abc", image=image, reason="The disk is full.", objects=3)
    ((found,), problems) = RescueFolder(rescue.folder).rescued()
    assert not problems
    assert (found.path, found.target, found.image) == (path, target, image)
    assert (found.reason, found.objects, found.token) == ("The disk is full.", 3, "abc")
    assert rescue.content(found) == json.loads(DATA)


def test_a_later_copy_of_the_same_session_replaces_the_earlier(
    rescue: RescueFolder, target: Path
) -> None:
    rescue.put(target, b"{}", None)
    rescue.put(target, DATA, None)
    RescueFolder(rescue.folder).put(target, b'{"other": 1}', None)
    found, _ = rescue.rescued()
    assert [rescue.content(each) for each in found].count(json.loads(DATA)) == 1
    assert len(found) == 2


def test_a_copy_that_is_not_needed_any_more_goes(rescue: RescueFolder, target: Path) -> None:
    rescue.put(target, DATA, None)
    rescue.forget(target)
    rescue.forget(target)
    assert rescue.rescued() == ([], [])


def test_it_goes_back_to_where_it_belongs(rescue: RescueFolder, target: Path) -> None:
    target.write_bytes(b"{old}")
    rescue.put(target, DATA, token_of(b"{old}"))
    ((found,), _) = rescue.rescued()
    assert rescue.restore(found) == target
    assert target.read_bytes() == DATA
    assert rescue.rescued() == ([], [])


def test_it_goes_beside_a_file_that_changed_since(rescue: RescueFolder, target: Path) -> None:
    rescue.put(target, DATA, token_of(b"{old}"))
    target.write_bytes(b"{newer}")
    ((found,), _) = rescue.rescued()
    written = rescue.restore(found)
    assert written != target
    assert written.read_bytes() == DATA
    assert target.read_bytes() == b"{newer}"


def test_it_stays_as_long_as_its_folder_refuses(rescue: RescueFolder, target: Path) -> None:
    rescue.put(target, DATA, None)
    target.parent.rmdir()
    target.parent.write_bytes(b"a file in the way")
    ((found,), _) = rescue.rescued()
    with pytest.raises(Problem):
        rescue.restore(found)
    assert len(rescue.rescued()[0]) == 1


def test_damaged_copies_are_named_and_left_alone(rescue: RescueFolder, target: Path) -> None:
    path = rescue.put(target, DATA, None)
    whole = path.read_bytes()
    for length in range(0, len(whole) - 1, 7):
        path.write_bytes(whole[:length])
        found, problems = rescue.rescued()
        assert not found
        assert path.name in problems[0].what
    assert path.exists()


def test_a_copy_that_vanished_is_a_problem(rescue: RescueFolder, target: Path) -> None:
    rescue.put(target, DATA, None)
    ((found,), _) = rescue.rescued()
    rescue.discard(found)
    rescue.discard(found)
    with pytest.raises(Problem):
        rescue.restore(replace(found))


def test_where_nothing_can_be_written_that_is_said(tmp_path: Path, target: Path) -> None:
    (tmp_path / "data").write_bytes(b"a file in the way")
    with pytest.raises(Problem, match="not saved"):
        RescueFolder(tmp_path / "data" / "rescue").put(target, DATA, None)
