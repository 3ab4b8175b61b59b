"""Files of our own that hold what nobody would write: a sentence or a value, never a traceback."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.document import Document
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.core.overlap import OverlapPolicy
from app.storage.atomic import make_directory
from app.storage.audit_file import read_audit
from app.storage.project import FolderSettings, Project
from app.storage.rescue import RescueFolder
from app.storage.review_place import ReviewPlace, place_file
from app.storage.settings import Settings, SettingsFile
from app.storage.unfinished import Begun, UnfinishedFile

SIZE = (12, 15)
MASK = Mask.from_array(np.tri(*SIZE, dtype=bool))
ONE = Document(*SIZE).with_added(MASK)
ODD_VALUES = (
    b"9" * 5000, b"-1", b"1.5", b"1e999", b"NaN", b"0." + b"9" * 5000, b"null", b"true", b"[]",
    b"{}",
    b'"\\ud800"', b'"\\u0000"', b'"' + b"x" * 100_000 + b'"', b'"\xe9"', b'"\xed\xa0\x80"',
    b"[" * 300 + b"]" * 300, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 900 + b"1" + b"}" * 900,
)  # fmt: skip


def odd(record: dict[str, Any]) -> Iterator[bytes]:
    """The record with each odd value in the place of each of its values, and as one more."""
    whole = json.dumps(record).encode()
    yield from (b"", b"null", b"[]", b"\0" * 100, whole[:-7], whole.decode().encode("utf-16"))
    for value in ODD_VALUES:
        yield whole[:-1] + b', "more": ' + value + b"}"
        for key in sorted(keys_in(record)):
            yield json.dumps(marked(record, key)).encode().replace(b'"@"', value)
    yield whole[:-1] + b', "\\udcff": 1, "more": 1, "more": 2}'


def keys_in(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(keys_in, value.values()))
    return set().union(*map(keys_in, value)) if isinstance(value, list) else set()


def marked(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return {name: "@" if name == key else marked(each, key) for name, each in value.items()}
    return [marked(each, key) for each in value] if isinstance(value, list) else value


def told(work: Callable[[], object]) -> bool:
    """Whether it ended with a sentence, which every terminal and file takes."""
    try:
        work()
    except Problem as problem:
        # Raises where half a character is in it.
        return bool(str(problem).encode())
    return False


def test_sidecars(tmp_path: Path) -> None:
    image = tmp_path / "a.png"
    Project(tmp_path).write_objects(image, ONE, None)
    path = tmp_path / "a.png.json"
    for data in odd(json.loads(path.read_bytes())):
        path.write_bytes(data)
        project = Project(tmp_path)
        project.summary(image)
        if told(lambda: project.read_objects(image, *SIZE)):  # noqa: B023  asked at once
            assert path.read_bytes() == data
            continue
        loaded = project.read_objects(image, *SIZE)
        if loaded.read_only is None:
            project.write_objects(image, loaded.document.with_added(MASK), loaded.token)
            assert len(project.read_objects(image, *SIZE).document) == len(loaded.document) + 1


def test_tables_of_labels(tmp_path: Path) -> None:
    Project(tmp_path).write_labels(LabelSet().with_added("cat"), None)
    path = tmp_path / ".maskwright" / "labels.json"
    for data in odd(json.loads(path.read_bytes())):
        path.write_bytes(data)
        project = Project(tmp_path)
        loaded = project.read_labels()
        if loaded.read_only is not None:
            assert loaded.read_only.encode()
            continue
        project.write_labels(loaded.labels.with_added("one more"), loaded.token)
        assert project.read_labels().labels.named("one more") is not None


AUDIT = {
    "version": 1, "seed": 1,
    "items": [{"image": "a.png", "annotation_id": 1, "label_id": 1, "source": "smart",
               "stage": "accepted", "size": [*SIZE], "counts": MASK.counts}],
}  # fmt: skip


def test_audits(tmp_path: Path) -> None:
    path = tmp_path / "audit.json"
    for data in odd(AUDIT):
        path.write_bytes(data)
        told(lambda: read_audit(path))


def test_rescued_work(tmp_path: Path) -> None:
    rescue = RescueFolder(tmp_path / "rescue")
    path = rescue.put(tmp_path / "a.json", b'{"a": 1}', None, image=tmp_path / "a", objects=1)
    for data in odd(json.loads(path.read_bytes())):
        path.write_bytes(data)
        for each in rescue.rescued()[0]:
            told(lambda: rescue.content(each))  # noqa: B023  asked at once


def test_drafts(tmp_path: Path) -> None:
    file = UnfinishedFile(tmp_path / "unfinished.json")
    file.write([Begun("/x/a.png", "k", SIZE, MASK.counts, points=((1.0, 2.0, 1),))], [])
    for data in odd(json.loads(file.path.read_bytes())):
        file.path.write_bytes(data)
        file.write([Begun("/x/b.png", "k", SIZE)], [])
        assert "/x/b.png" in {each.path for each in file.read()}
        for aside in tmp_path.glob("*.broken*"):
            aside.unlink()


TOML = (
    b'language = "\xe9"', b"prefetch = " + b"9" * 5000, b"prefetch = 0x" + b"f" * 5000,
    b"x = 0x" + b"f" * 5000, b"x = " + b"[" * 90 + b"]" * 90, b"x = " + b"[" * 400 + b"]" * 400,
    b"x = " + b"[" * 100_000, b"x = " + b"{a=" * 300 + b"1" + b"}" * 300, b'x = "\\ud800"',
    b'recent_folders = ["%00", "\\u0000"]', b"a." * 3000 + b"b = 1", b"[" + b"a." * 3000 + b"b]",
    b"brush_radius_px = inf", b"mask_opacity = " + b"9" * 5000, b'last_positions = ["a\\nb%00"]',
    b"x = 2020-01-01T00:00:00Z", b"x = nan", b"image = 5\nlabels = [true]",
)  # fmt: skip


@pytest.mark.parametrize("data", TOML, ids=lambda data: f"{data[:12]!r} {len(data)}")
def test_settings_of_the_user_of_the_folder_and_of_the_review(tmp_path: Path, data: bytes) -> None:
    own = tmp_path / ".maskwright"
    own.mkdir()
    for name in ("settings.toml", "folder.toml", "review.toml"):
        (own / name).write_bytes(data)
    rule = next(each for each in OverlapPolicy if each is not FolderSettings().overlap)
    settings = SettingsFile(own / "settings.toml", Settings)
    assert isinstance(settings.read()[0].recent, tuple)
    settings.write(Settings(prefetch=9))
    assert settings.read()[0].prefetch == 9
    folder = Project(tmp_path).settings
    folder.read()
    assert (own / "folder.toml").read_bytes() == data
    folder.write(FolderSettings(rule))
    assert folder.read()[0].overlap is rule
    place = place_file(own)
    place.read()
    place.write(ReviewPlace(annotation_id=4))
    assert place.read()[0].annotation_id == 4


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no such depth there")
def test_objects_of_an_image_1200_folders_deep_are_saved_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    image = tmp_path.joinpath(*["n"] * 1200) / "x.png"
    make_directory(image.parent)
    try:
        for count in (1, 2):
            project = Project(tmp_path)
            loaded = project.read_objects(image, *SIZE)
            project.write_objects(image, loaded.document.with_added(MASK), loaded.token)
            assert len(project.read_objects(image, *SIZE).document) == count
    finally:
        # The tools that clear folders go down by recursion.
        sidecar = image.with_name("x.png.json")
        for file in (sidecar, tmp_path / ".maskwright/backup" / sidecar.relative_to(tmp_path)):
            file.unlink()
            for folder in file.parents[: len(file.parents) - len(tmp_path.parents) - 1]:
                folder.rmdir()
