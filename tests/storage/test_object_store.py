"""Files in an object store, here one in memory that knows no conditions, and one that fails."""

from __future__ import annotations

import errno
import json
import os
import platform
import secrets
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from PIL import Image

from app.batch.store_folder import StoreFolder
from app.cli import main
from app.core.document import Document
from app.core.errors import Problem
from app.core.mask import Mask
from app.storage import store_lease
from app.storage.guarded import Conflict, TooLarge
from app.storage.object_store import ObjectStore, StoreGoneError, is_store
from app.storage.project import Project
from app.storage.stage import Stage
from app.storage.store_lease import leased

SQUARE = np.ones((10, 12), np.bool_)


@pytest.fixture
def store() -> ObjectStore:
    return ObjectStore.at(f"memory://{secrets.token_hex(8)}/images")


def png(store: ObjectStore, tmp_path: Path, *names: str) -> None:
    Image.fromarray(np.full((30, 40, 3), 90, np.uint8)).save(tmp_path / "made.png")
    for name in names:
        store.replace(name, (tmp_path / "made.png").read_bytes())


def test_what_is_an_address_of_a_store() -> None:
    assert [is_store(each) for each in ("s3://bucket/photos", "s3://bucket", "memory://a/b")] == [
        True
    ] * 3
    others = ["/photos", "photos", "C:\\photos", "file:///photos", "https://a/b", "s3://"]
    others += ["s3://key:secret@bucket/x", "simplecache::s3://bucket/x", "s3://bucket/x?version=1"]
    assert not any(is_store(each) for each in others)


def test_names_that_lead_out_of_the_folder_are_not_listed(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = ["a.png", "b c/ü.png", "...png"]
    bad = ["../out.png", "b/../../out.png", "./d.png", "a\\b.png", "x" * 256, "b//c.png", "n\0.png"]
    told = {
        f"{store._root}/{name}": {"name": f"{store._root}/{name}", "size": 1, "type": "file"}
        for name in (*good, *bad)
    }
    monkeypatch.setattr(MemoryFileSystem, "find", lambda *given, **named: told)
    assert [each.name for each in store.listed()] == good


def test_what_another_program_wrote_is_not_written_over(store: ObjectStore) -> None:
    tag = store.write("a.json", b"one", None)
    found = store.read("a.json", 100)
    assert found is not None
    assert (found.data, found.tag) == (b"one", tag)
    second = store.write("a.json", b"two", tag)
    for old in (tag, None):
        with pytest.raises(Conflict):
            store.write("a.json", b"three", old)
    # An answer that was lost on the way is no conflict.
    assert store.write("a.json", b"two", tag) == second
    store.delete("a.json")
    assert store.write("a.json", b"four", second)
    assert store.read("gone.json", 100) is None
    with pytest.raises(TooLarge):
        store.read("a.json", 3)


def test_a_store_that_fails_for_a_while_is_asked_again_and_then_given_up(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("app.storage.object_store.time.sleep", waited.append)
    monkeypatch.setattr("app.storage.object_store.time.monotonic", lambda: sum(waited))
    store.replace("a", b"data")
    failures = [OSError(errno.EIO, "away")] * 3
    whole = MemoryFileSystem.cat_file

    def failing(self: Any, *given: Any, **named: Any) -> bytes:
        if failures:
            raise failures.pop()
        return bytes(whole(self, *given, **named))

    monkeypatch.setattr(MemoryFileSystem, "cat_file", failing)
    assert store.part("a", 1, 3) == b"at"
    assert len(waited) == 3
    failures += [ConnectionError("nobody there")] * 1000
    with pytest.raises(StoreGoneError, match=r"nobody there.*What is done is kept"):
        store.part("a", 1, 3)
    assert sum(waited) <= 61
    # Whoever goes on asking is not kept waiting again, until the store answers.
    before = len(waited)
    with pytest.raises(StoreGoneError):
        store.part("a", 1, 3)
    assert len(waited) == before
    failures[:] = []
    assert store.part("a", 0, 1) == b"d"
    failures[:] = [PermissionError("not you")]
    before = len(waited)
    with pytest.raises(PermissionError):
        store.part("a", 1, 3)
    assert len(waited) == before


def test_an_image_is_read_in_parts_and_its_objects_are_brought_back(
    store: ObjectStore, tmp_path: Path
) -> None:
    png(store, tmp_path, "a.png", "inside/b.png", ".hidden/c.png")
    flat = StoreFolder.at(store.url)
    assert (flat.names, flat.left_out.inside) == (["a.png"], "inside")
    folder = StoreFolder.at(store.url, recursive=True)
    assert folder.names == ["a.png", "inside/b.png"]
    root = folder.project.root
    for name in folder.names:
        held = folder.objects(name)
        assert not (root / name).exists()
        assert folder.picture(name).pixels.shape == (30, 40, 3)
        folder.write(held, held.document.with_added(Mask.from_window(SQUARE, 5, 5, 30, 40)))
    assert [path for path in root.rglob("*") if path.is_file()] == []
    (tmp_path / "here").mkdir()
    project = Project(tmp_path / "here")
    (project.root / "a.png").write_bytes((tmp_path / "made.png").read_bytes())
    document = Document(30, 40).with_added(Mask.from_window(SQUARE, 5, 5, 30, 40))
    project.write_objects(project.root / "a.png", document, None)
    found = store.read("a.png.json", 1 << 20)
    assert found is not None
    assert found.data == (project.root / "a.png.json").read_bytes()
    with pytest.raises(Problem, match=r"gone\.png cannot be opened: No such file"):
        folder.picture("gone.png")


def test_labels_are_read_in_the_order_of_the_images_and_written_back(
    store: ObjectStore, tmp_path: Path
) -> None:
    png(store, tmp_path, "1.png", "2.png")
    folder = StoreFolder.at(store.url)
    loaded = folder.project.read_labels()
    folder.write_labels(loaded.labels.with_added("wheel"), loaded.token)
    again = StoreFolder.at(store.url)
    assert again.project.read_labels().labels.named("wheel") is not None
    assert again.labels() == again.project.book.labels
    again.write_labels(loaded.labels.with_added("door"), again.project.read_labels().token)
    with pytest.raises(Conflict):
        folder.write_labels(loaded.labels, folder.project.read_labels().token)


def test_a_lease_is_renewed_given_up_and_taken_from_who_died_here(store: ObjectStore) -> None:
    def held() -> dict[str, Any] | None:
        found = store.read(store_lease.NAME, 1000)
        return None if found is None else json.loads(found.data)

    died = {"process": 1, "machine": platform.node(), "until": 1e12}
    store.replace(store_lease.NAME, json.dumps(died).encode())
    with leased(store):
        assert (held() or {})["process"] != 1
    assert held() is None
    for damaged in (b"", b"[]", b"{}", b'{"process": "x"}', b"\xff", b'{"until": 1e999}'):
        store.replace(store_lease.NAME, damaged)
        with leased(store):
            pass
    other = json.dumps({"process": 1, "machine": "elsewhere", "until": 1000.0}).encode()
    store.replace(store_lease.NAME, other)
    with pytest.raises(Problem, match="process 1 on elsewhere"), leased(store, clock=lambda: 999):
        pass
    with leased(store, take_over=True, clock=lambda: 999):
        pass
    store.replace(store_lease.NAME, other)
    with leased(store, clock=lambda: 1001):
        pass


def test_a_lease_whose_renewal_was_never_answered_is_renewed_all_the_same(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_lease, "RENEW_S", 0.01)
    arrived = {"process": os.getpid(), "machine": platform.node(), "until": 1.0}
    with leased(store, clock=lambda: 999):
        store.replace(store_lease.NAME, json.dumps(arrived).encode())
        end = time.monotonic() + 10
        until = 1.0
        while until == 1.0 and time.monotonic() < end:
            time.sleep(0.01)
            found = store.read(store_lease.NAME, 1000)
            until = 1.0 if found is None or not found.data else json.loads(found.data)["until"]
        assert until == 999 + store_lease.VALID_S


def test_a_stage_goes_with_its_program_and_what_killed_ones_left_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left = tmp_path / "maskwright-stage-left"
    left.mkdir()
    (left / "in-use").touch()
    (left / "big.png").touch()
    first = Stage()
    (first.root / "a.png").touch()
    assert not left.exists()
    second = Stage()
    assert first.root.is_dir()
    first.close()
    second.close()
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    "words", [["export", "{}", "out.json"], ["labels", "{}"], ["import", "in.json", "{}"],
              ["train-proposer", "{}"], ["teach", "{}"]],
)  # fmt: skip
def test_what_works_on_folders_of_this_machine_alone_says_so(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([each.format("s3://bucket/photos") for each in words]) == 1
    assert "a folder of this machine, not on s3://bucket/photos" in capsys.readouterr().err
