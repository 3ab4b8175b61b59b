"""Prompt sides of models on other machines, kept in the user's cache, and which one a server had.

A folder appears whole or not at all, and what was damaged afterwards is fetched again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

from platformdirs import user_cache_path

from model.runtime_onnx.graph_file import Part, part_path
from model.served.protocol import MOST_TOLD, Told, told_of

KEPT = 4
_NAME = "decoder"


def served_folder() -> Path:
    """The user's cache of prompt sides, as the system wants it; it need not be there."""
    return user_cache_path("maskwright", appauthor=False) / "served"


def kept_side(told: Told, fetch: Callable[[Part], bytes], folder: Path) -> Path:
    """The common beginning of the files of the prompt side; fetched now if they are not there.

    Args:
        told: what the server says of it.
        fetch: the bytes of a graph, of the size and sum that were told.
        folder: of all prompt sides.

    Raises:
        OSError: the folder cannot be written.
    """
    place = folder / f"{told.identity}-{_sum_of(told)}"
    if not _is_whole(place, told):
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = Path(mkdtemp(prefix="unfinished-", dir=folder))
        try:
            for part in told.parts:
                part_path(unfinished / _NAME, part).write_bytes(fetch(part))
            shutil.rmtree(place, ignore_errors=True)
            # Another window may have been faster.
            with suppress(OSError):
                unfinished.rename(place)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        _tidy(folder, place)
    with suppress(OSError):
        os.utime(place)
    return place / _NAME


def remember(told: Told, url: str, folder: Path) -> None:
    """Note that this server has this model; that it cannot be noted costs nothing."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        path = _note_of(url, folder)
        beside = path.with_suffix(".new")
        beside.write_bytes(told.dumps())
        beside.replace(path)


def remembered(url: str, folder: Path) -> tuple[Told, Path] | None:
    """What this server had last, and the files of its prompt side; None if they are not here."""
    try:
        with _note_of(url, folder).open("rb") as file:
            told = told_of(file.read(MOST_TOLD))
    except (OSError, ValueError):
        return None
    place = folder / f"{told.identity}-{_sum_of(told)}"
    return (told, place / _NAME) if _is_whole(place, told) else None


def _note_of(url: str, folder: Path) -> Path:
    return folder / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}.json"


def _sum_of(told: Told) -> str:
    sums = sorted(f"{part.value} {digest}" for part, (_, digest) in told.parts.items())
    return hashlib.sha256("\n".join(sums).encode()).hexdigest()[:16]


def _is_whole(place: Path, told: Told) -> bool:
    try:
        return all(
            hashlib.sha256(part_path(place / _NAME, part).read_bytes()).hexdigest() == digest
            for part, (_, digest) in told.parts.items()
        )
    except OSError:
        return False


def _tidy(folder: Path, newest: Path) -> None:
    """Removes what was not used for longest."""
    others = []
    for path in folder.iterdir():
        if path != newest and path.is_dir() and not path.is_symlink():
            # Another window may be tidying, too.
            with suppress(FileNotFoundError):
                others.append((path.stat().st_mtime, path))
    for _, path in sorted(others, reverse=True)[KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)
