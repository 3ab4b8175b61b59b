"""Prompt sides in ONNX that were exported from checkpoints, kept in the user's cache.

A folder for each, named for the weights and for the code that exported it. A folder appears whole
or not at all, and one that was damaged afterwards is made again: nothing in it is worth more than
the seconds that takes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

import torch
from platformdirs import user_cache_path

from model.architecture.config import Variant
from model.architecture.sam import Sam
from model.runtime_onnx.graph_file import Part, part_path, parts_of

KEPT = 4
"""Decoders in the cache, 16 MB each; who has more models waits a few seconds at a change."""
_SUMS = "sums.json"
_NAME = "decoder"


def decoders_folder() -> Path:
    """The user's cache of decoders, as the system wants it; it need not be there."""
    return user_cache_path("maskwright", appauthor=False) / "decoders"


def kept_decoder(network: Sam, identity: str, folder: Path | None = None) -> Path:
    """The common beginning of the files of the prompt side; exported now if they are not there.

    Args:
        network: float32 on the prompt side, on the CPU.
        identity: hash of its weights.
        folder: of all decoders; the user's if None.

    Raises:
        OSError: the folder cannot be written.
        ImportError: the package onnx, which exporting takes, is not installed.
    """
    root = folder or decoders_folder()
    place = root / f"{identity}-{edition()}"
    if not _is_whole(place, network.variant):
        if place.exists():
            shutil.rmtree(place)
        _make(network, identity, place)
        _tidy(place, identity)
    with suppress(OSError):
        # One that cannot be marked as used can be read all the same.
        os.utime(place)
    return place / _NAME


@lru_cache(maxsize=1)
def edition() -> str:
    """Changes with the code that exports; what another edition exported is stale.

    All modules beside this one count: a list of those that matter would be forgotten one day.
    """
    sources = sorted(Path(__file__).parent.glob("*.py"))
    if not sources:
        raise FileNotFoundError("without its sources, what was exported cannot be told from older")
    found = hashlib.blake2b(torch.__version__.encode(), digest_size=8)
    for path in sources:
        found.update(path.read_bytes())
    return found.hexdigest()


def _sides(variant: Variant) -> list[Part]:
    return [part for part in parts_of(variant) if part is not Part.ENCODER]


def _sum(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()


def _is_whole(place: Path, variant: Variant) -> bool:
    files = [part_path(place / _NAME, part) for part in _sides(variant)]
    try:
        noted = json.loads((place / _SUMS).read_text("utf-8"))
        return bool(noted == {file.name: _sum(file) for file in files})
    except (OSError, ValueError):
        return False


def _make(network: Sam, identity: str, place: Path) -> None:
    from model.runtime_onnx.export import export

    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(mkdtemp(prefix="unfinished-", dir=place.parent))
    try:
        files = export(network, identity, unfinished, _NAME, _sides(network.variant))
        sums = json.dumps({file.name: _sum(file) for file in files})
        (unfinished / _SUMS).write_text(sums, "utf-8")
        try:
            unfinished.rename(place)
        except OSError:
            # Another window may have been faster.
            if not _is_whole(place, network.variant):
                raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _tidy(newest: Path, identity: str) -> None:
    """Removes what another edition made of the same weights, and what was not used for longest."""
    others = []
    for path in newest.parent.iterdir():
        if path == newest or not path.is_dir() or path.is_symlink():
            continue
        if path.name.startswith(f"{identity}-"):
            shutil.rmtree(path, ignore_errors=True)
        else:
            # Another window may be tidying, too.
            with suppress(FileNotFoundError):
                others.append((path.stat().st_mtime, path))
    for _, path in sorted(others, reverse=True)[KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)
