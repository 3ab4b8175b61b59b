"""Finds which libraries of the Linux system Qt misses, and the one line that installs them.

PySide6 brings Qt but not what Qt stands on: the drivers' interfaces, fonts, X11. What is listed
here is what ``ldd`` names outside the PySide6 wheel for QtGui and for the xcb and Wayland
platform plugins. Run as a program, it prints the missing packages by their Debian names.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from app.launcher.errors import CannotStartError
from app.launcher.words import sentence

# Soname -> Debian package. Fedora and openSUSE install by soname.
QT = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libzstd.so.1": "libzstd1",
}
X11 = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
WAYLAND = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
}
DEBIAN = QT | X11 | WAYLAND


def desktop(variables: Mapping[str, str]) -> str:
    """Name the desktop that these variables describe: ``wayland``, ``x11``, or ``none``."""
    if variables.get("QT_QPA_PLATFORM"):
        return "none"
    if variables.get("WAYLAND_DISPLAY"):
        return "wayland"
    return "x11" if variables.get("DISPLAY") else "none"


def needed(on: str) -> tuple[str, ...]:
    """List the libraries that Qt needs on a desktop of this name."""
    return (*QT, *{"wayland": WAYLAND, "x11": X11, "none": {}}[on])


def can_load(name: str) -> bool:
    """Say whether the system's loader finds this library."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def missing(names: Sequence[str], present: Callable[[str], bool] = can_load) -> list[str]:
    """List the libraries that are not there."""
    return [name for name in names if not present(name)]


def remedy(names: Sequence[str], which: Callable[[str], str | None] = shutil.which) -> str:
    """Give the line that installs the libraries with the package manager found here."""
    by_name = " ".join(f"'{name}()(64bit)'" for name in names)
    if which("apt-get"):
        packages = " ".join(sorted({DEBIAN[name] for name in names}))
        return sentence("Run: {command}", f"sudo apt-get install -y {packages}")
    if which("dnf"):
        return sentence("Run: {command}", f"sudo dnf install -y {by_name}")
    if which("zypper"):
        return sentence("Run: {command}", f"sudo zypper install -y {by_name}")
    return sentence(
        "Install these libraries with your system's package manager: {names}", " ".join(names)
    )


def require(python: Path, variables: Mapping[str, str]) -> None:
    """Raise CannotStartError, with the remedy, where Qt misses libraries of the system."""
    lacking = missing(needed(desktop(variables)))
    if lacking:
        raise CannotStartError(
            sentence(
                "Qt needs system libraries that are not installed: {names}.", ", ".join(lacking)
            ),
            remedy(lacking),
        )
    attempt = subprocess.run(
        [str(python), "-P", "-c", "import PySide6.QtWidgets"],
        env=dict(variables),
        capture_output=True,
        text=True,
        check=False,
    )
    if attempt.returncode != 0:
        reason = (attempt.stderr.strip().splitlines() or [sentence("no message")])[-1]
        raise CannotStartError(
            sentence("Qt cannot be loaded on this system: {reason}", reason),
            sentence(
                "If the message names a library, install it with your system's package manager; "
                "if it names GLIBC, the system is too old for this version of Qt."
            ),
        )


if __name__ == "__main__":
    sys.stdout.write(
        " ".join(sorted({DEBIAN[name] for name in missing(needed(desktop(os.environ)))}))
    )
