"""What one needs to know to find out what is wrong here: versions, places, the end of the log.

No image and nothing of an image is in it; the user's own folder is written ``~``.
"""

from __future__ import annotations

import os
import platform
import stat
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import PySide6

from app import __version__
from app.core.errors import Problem
from app.file_lock import FileLock
from app.logs import NAMES, last_lines
from app.storage.atomic import is_unfinished
from app.storage.guarded import read_file
from app.storage.names import shown
from app.storage.places import Places
from app.storage.rescue import RescueFolder
from app.storage.settings import MAX_BYTES, NotTomlError, Settings, from_table, parse
from app.storage.unfinished import UnfinishedFile
from model.messages import joined, say

LIBRARIES = (
    "numpy",
    "onnxruntime",
    "torch",
    "PySide6-Essentials",
    "opencv-python-headless",
    "Pillow",
    "msgspec",
    "safetensors",
    "shapely",
)
LOG_LINES = 60
MOST_FILES = 20_000
"""More are not counted."""


@dataclass(frozen=True, slots=True)
class Place:
    """A file or folder of the program.

    Attributes:
        name: what it is for.
        path: where it is.
        state: what is there, for people.
        wrong: what is not as it should be; empty if all is well.
    """

    name: str
    path: Path
    state: str
    wrong: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "; ".join((f"{short(self.path)}: {self.state}", *self.wrong))


def versions() -> dict[str, str | int | None]:
    """Of the program, what it runs on and what it is made with; None where that is missing."""
    return {
        "maskwright": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": os.cpu_count() or 1,
        **{name: version_of(name) for name in LIBRARIES},
    }


def version_of(name: str) -> str | None:
    """Of an installed package."""
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def short(path: Path) -> str:
    """A path for people, the user's own folder as ``~``."""
    return _without_home(shown(path))


def file_system(folder: Path) -> str:
    """What kind of disk a folder lies on, such as ``ext4`` or ``nfs4``."""
    import psutil

    whole = Path(os.path.abspath(folder))
    best, kind = -1, "unknown"
    try:
        for part in psutil.disk_partitions(all=True):
            depth = len(Path(part.mountpoint).parts)
            if whole.is_relative_to(part.mountpoint) and depth > best:
                best, kind = depth, part.fstype
    except (OSError, psutil.Error):
        return "unknown"
    return kind


def places_found(places: Places) -> tuple[Place, ...]:
    """Where things are and what is wrong with them; reads files, and changes nothing."""
    return (
        _place(say("settings"), places.settings, _settings),
        _place(say("drafts"), places.unfinished, _drafts),
        _folder(say("logs"), places.logs, _logs),
        _folder(say("rescue copies"), places.rescue, _rescue),
        _folder(say("locks"), places.locks, _locks),
        _folder(say("days"), places.days),
        _folder(say("objects of read-only folders"), places.data / "folders"),
        _folder(say("models"), places.models),
        _folder(say("caches"), places.cache),
    )


def report(places: Places, facts: Iterable[str]) -> str:
    """A text to send along when something went wrong.

    Args:
        places: of the user.
        facts: lines about what is open: model, device, kind of folder.
    """
    known = {name: "not installed" if found is None else found
             for name, found in versions().items()}  # fmt: skip
    log = next((places.logs / name for name in NAMES if (places.logs / name).is_file()), None)
    crash = places.logs / "crash-before.txt"
    parts = [
        "\n".join(f"{name}: {value}" for name, value in known.items()),
        "\n".join(facts),
        "\n".join(f"{place.name}: {place}" for place in places_found(places)),
        "The log ends so:",
        "\n".join(last_lines(log, LOG_LINES)) if log is not None else "there is none",
    ]
    if crash.is_file():
        parts += ["The last crash:", "\n".join(last_lines(crash, LOG_LINES * 2))]
    return _without_home(shown_lines("\n\n".join(parts))) + "\n"


def shown_lines(text: str) -> str:
    """Text that any program takes: no half characters, no control characters but line ends."""
    return "\n".join(shown(line) for line in text.split("\n"))


def _without_home(text: str) -> str:
    home = os.path.expanduser("~")
    return text.replace(home, "~") if len(home) > 1 else text


def _place(name: str, path: Path, look: Callable[[Path], tuple[str, tuple[str, ...]]]) -> Place:
    """A file of the user's own."""
    aside = len(list(path.parent.glob(f"{path.name}.broken*"))) if path.parent.is_dir() else 0
    more = (say("{count} that could not be read lie beside it", aside),) if aside else ()
    try:
        mode = os.lstat(path).st_mode
    except OSError as error:
        gone = isinstance(error, FileNotFoundError)
        return Place(name, path, say("not there yet") if gone else f"{error.strerror}", more)
    try:
        state, wrong = look(path)
    except Problem as problem:
        return Place(name, path, say("there"), (problem.what, *more))
    return Place(name, path, state, (*wrong, *_open_to_others(mode), *more))


def _folder(
    name: str, path: Path, look: Callable[[Path], tuple[str, tuple[str, ...]]] | None = None
) -> Place:
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        gone = isinstance(error, FileNotFoundError) and not path.is_symlink()
        state = say("not there yet") if gone else say("there")
        unread = say("it cannot be read: {reason}", error.strerror)
        return Place(name, path, state, () if gone else (unread,))
    if not stat.S_ISDIR(mode):
        return Place(name, path, say("there"), (say("it is no folder: move it away"),))
    files = [each for each in islice(path.rglob("*"), MOST_FILES) if _is_file(each)]
    size = sum(_size(each) for each in files)
    state = say("{count} files, {size} MB", len(files), f"{size / 1e6:.1f}")
    wrong = list(_open_to_others(mode))
    if not os.access(path, os.W_OK | os.X_OK):
        wrong.append(say("it takes no files: change its permissions"))
    left = sum(is_unfinished(each) for each in files)
    if left:
        wrong.append(say("{count} files were left half written", left))
    if look is not None:
        more, found = look(path)
        state = joined((state, more), ", ")
        wrong += found
    return Place(name, path, state, tuple(wrong))


def _settings(path: Path) -> tuple[str, tuple[str, ...]]:
    data = read_file(path, MAX_BYTES) or b""
    try:
        _, wrong = from_table(Settings, parse(data))
    except NotTomlError as error:
        return say("there"), (say("it cannot be understood: {reason}", shown(str(error)[:200])),)
    told = (say("it has values that cannot be: {names}", ", ".join(wrong)),) if wrong else ()
    return say("{count} bytes", len(data)), told


def _drafts(path: Path) -> tuple[str, tuple[str, ...]]:
    masks, strange = UnfinishedFile(path).counts()
    told = (
        (say("{count} cannot be understood and are kept as they are", strange),) if strange else ()
    )
    return say("{count} masks that are not accepted yet", masks), told


def _logs(path: Path) -> tuple[str, tuple[str, ...]]:
    told = [say("{name} is no file", path / NAMES[0])] if (path / NAMES[0]).is_dir() else []
    if (path / "crash-before.txt").is_file():
        told.append(say("a crash is written down in {file}", short(path / "crash-before.txt")))
    return "", tuple(told)


def _rescue(path: Path) -> tuple[str, tuple[str, ...]]:
    rescued, problems = RescueFolder(path).rescued()
    told = [say("{count} wait to be put back (File, Recover)", len(rescued))] if rescued else []
    return "", (*told, *(problem.what for problem in problems))


def _locks(path: Path) -> tuple[str, tuple[str, ...]]:
    held, left, wrong = 0, 0, []
    for each in sorted(path.glob("*.lock")):
        lock = FileLock(each)
        try:
            free = lock.take()
        except OSError as error:
            wrong.append(say("{name} cannot be locked: {reason}", each.name, error.strerror))
            continue
        lock.free()
        held, left = held + (not free), left + free
    gone = say("{held} held, {left} left behind by programs that are gone", held, left)
    return gone, tuple(wrong)


def _open_to_others(mode: int) -> tuple[str, ...]:
    open_ = os.name != "nt" and not stat.S_ISLNK(mode) and stat.S_IMODE(mode) & 0o077
    return (say("others may read it"),) if open_ else ()


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def crash_facts() -> tuple[str, ...]:
    """Lines that a crash is told with."""
    return (
        f"Maskwright {__version__}",
        f"Python {platform.python_version()} at {short(Path(sys.prefix))}",
        platform.platform(),
        f"PySide6 {PySide6.__version__}",
    )


def model_library_facts() -> tuple[str, ...]:
    """More such lines, which take a while to find out."""
    known = {name: version_of(name) for name in ("onnxruntime", "torch")}
    return (", ".join(f"{name} {found}" for name, found in known.items() if found),)
