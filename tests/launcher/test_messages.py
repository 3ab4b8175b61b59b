"""What the user is told: before an installation, after a failure, about the system."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.launcher import pip, system_libraries
from app.launcher.announcement import announce
from app.launcher.stamp import Stamp


@pytest.mark.parametrize(
    ("log", "says", "advises"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full", "Free some space"),
        (
            "NewConnectionError(...: Failed to establish a new connection)\n"
            "ERROR: No matching distribution found for numpy==2.0",
            "could not be reached",
            "needs the network",
        ),
        ("SSLError(SSLCertVerificationError(1, ...))", "not trusted", "PIP_CERT"),
        ("ERROR: No matching distribution found for x==1", "x==1 is not offered", "64-bit"),
        ("PermissionError: [Errno 13] Permission denied: 'a'", "not be written", "Move"),
        ("something never seen", "could not install", "lines above"),
    ],
)
def test_a_failed_installation_is_explained(log: str, says: str, advises: str) -> None:
    what, advice = pip.explain(log)
    assert says in what
    assert advises in advice


def test_the_size_of_torch_is_said_where_it_is_added_and_only_there() -> None:
    before = Stamp(True, "", "")
    wanted = ("numpy==2.0", "torch==2.0")
    on_linux = announce(Path("x"), before, ["torch"], wanted, "linux")
    on_mac = announce(Path("x"), before, ["torch"], wanted, "darwin")
    already = announce(Path("x"), replace(before, extras=("torch",)), ["torch"], wanted, "linux")
    assert "several gigabytes" in on_linux
    assert "MB" in on_mac
    assert "gigabytes" not in on_mac
    assert "PyTorch" not in already


def test_a_first_start_says_what_where_and_how_large() -> None:
    text = announce(Path("here"), None, [], ["numpy==2.0"], "linux")
    for part in ("First start", "here", "numpy 2.0", "MB", "once"):
        assert part in text


@pytest.mark.parametrize(
    ("tool", "line"),
    [
        ("apt-get", "sudo apt-get install -y libegl1 libglib2.0-0"),
        ("dnf", "sudo dnf install -y 'libEGL.so.1()(64bit)'"),
        ("zypper", "sudo zypper install -y 'libEGL.so.1()(64bit)'"),
        ("none of these", "libEGL.so.1 libglib-2.0.so.0"),
    ],
)
def test_missing_system_libraries_are_one_line_to_install(tool: str, line: str) -> None:
    names = ["libEGL.so.1", "libglib-2.0.so.0", "libgthread-2.0.so.0"]
    assert line in system_libraries.remedy(names, lambda name: name if name == tool else None)


@pytest.mark.parametrize(
    ("variables", "wanted", "unwanted"),
    [
        ({"DISPLAY": ":0"}, "libxcb-cursor.so.0", "libwayland-client.so.0"),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "w"}, "libwayland-client.so.0", "libxcb-cursor.so.0"),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, "libEGL.so.1", "libxcb-cursor.so.0"),
        ({}, "libEGL.so.1", "libxcb-cursor.so.0"),
    ],
)
def test_only_the_libraries_of_this_desktop_are_asked_for(
    variables: dict[str, str], wanted: str, unwanted: str
) -> None:
    needed = system_libraries.needed(system_libraries.desktop(variables))
    assert wanted in needed
    assert unwanted not in needed


def test_a_library_the_loader_does_not_find_is_missing() -> None:
    assert system_libraries.missing(["libno-such-thing.so.1"]) == ["libno-such-thing.so.1"]
