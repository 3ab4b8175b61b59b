"""What can be told of a computer where something went wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.diagnosis import Place, file_system, places_found, report, short
from app.file_lock import FileLock
from app.logs import Logs
from app.storage.places import Places
from app.storage.rescue import RescueFolder
from app.storage.settings import Settings, SettingsFile
from app.storage.unfinished import Begun, UnfinishedFile


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.below(tmp_path / "user")


def found(places: Places) -> dict[str, Place]:
    return {each.name: each for each in places_found(places)}


def content(root: Path) -> dict[str, bytes | None]:
    return {str(p): p.read_bytes() if p.is_file() else None for p in root.rglob("*")}


def test_before_the_first_start_there_is_nothing_and_nothing_is_wrong(places: Places) -> None:
    assert {each.state for each in places_found(places)} == {"not there yet"}
    assert all(not each.wrong for each in places_found(places))
    assert not places.data.exists()


def test_where_things_are_and_what_is_in_them(places: Places) -> None:
    SettingsFile(places.settings, Settings).write(Settings(prefetch=3))
    UnfinishedFile(places.unfinished).write([Begun("/x/a.png", "k", (9, 9))], [])
    RescueFolder(places.rescue).put(places.data / "b.json", b"{}", None, reason="full")
    places.locks.mkdir()
    held = FileLock(places.locks / "a.lock")
    assert held.take()
    (places.locks / "b.lock").touch()
    before = content(places.config.parent)
    told = found(places)
    assert content(places.config.parent) == before
    assert not told["settings"].wrong
    assert told["drafts"].state == "1 masks that are not accepted yet"
    assert "1 wait to be put back" in told["rescue copies"].wrong[0]
    assert "1 held, 1 left behind" in told["locks"].state
    held.free()


def test_what_is_wrong_is_said(places: Places) -> None:
    for folder in (places.config, places.data / "logs", places.cache):
        folder.mkdir(parents=True)
    places.settings.write_text("mask_opacity = 7\n")
    places.settings.with_name("settings.toml.broken").touch()
    places.unfinished.write_bytes(b'{"version": 9, "masks": []}')
    (places.logs / "crash-before.txt").write_text("Fatal")
    (places.cache / ".maskwright-0123456789abcdef.tmp").touch()
    places.rescue.touch()
    places.locks.symlink_to(places.locks)
    places.settings.chmod(0o644)
    told = {name: "; ".join(each.wrong) for name, each in found(places).items()}
    assert "mask_opacity" in told["settings"]
    assert "could not be read lie beside it" in told["settings"]
    assert os.name == "nt" or "others may read it" in told["settings"]
    assert "cannot be understood" in told["drafts"]
    assert "a crash is written down" in told["logs"]
    assert "left half written" in told["caches"]
    assert "is no folder" in told["rescue copies"]
    assert "cannot be read" in told["locks"]


def test_a_report_has_versions_the_end_of_the_log_and_no_name_of_the_user(
    places: Places, user_home: Path
) -> None:
    logs = Logs(places.logs)
    places.logs.mkdir(parents=True)
    home = os.path.expanduser("~")
    lines = [f"line {number} about {home}/pictures/a\udcff.png" for number in range(200)]
    logs.path.write_text("\n".join(lines), "utf-8", "surrogateescape")
    text = report(places, ["model: small on cpu"])
    assert "maskwright: " in text
    assert "onnxruntime: " in text
    assert "model: small on cpu" in text
    assert "line 199 about ~/pictures/a" in text
    assert "line 100 " not in text
    assert home not in text
    text.encode()


def test_a_path_in_the_users_folder_is_short(user_home: Path) -> None:
    assert short(Path(os.path.expanduser("~")) / "a" / "b") == os.path.join("~", "a", "b")
    assert short(Path("/elsewhere")) == os.path.join(os.sep, "elsewhere")


def test_the_kind_of_disk_is_known_or_said_to_be_unknown(tmp_path: Path) -> None:
    assert file_system(tmp_path)
