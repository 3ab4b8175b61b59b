"""The bytes of other programs' ONNX files, with the weights that some keep in files beside them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from model.files import MAX_WEIGHTS, opened
from model.interface import CheckpointError
from model.runtime_onnx.graph_file import MAX_BYTES
from model.runtime_onnx.wire import external_files


def read_graph(path: Path) -> tuple[bytes, dict[str, bytes]]:
    """The bytes of an ONNX file, and of the files beside it in which weights lie, by name.

    Raises:
        CheckpointError: it cannot be read, or its weights lie anywhere else.
    """
    data = _read(path, MAX_BYTES)
    try:
        names = external_files(data)
    except ValueError as error:
        raise CheckpointError(
            "{path} is not an ONNX file, or it is damaged: {reason}", path, error
        ) from error
    return data, {name: _read(_beside(path, name), MAX_WEIGHTS) for name in sorted(names)}


def _beside(path: Path, name: str) -> Path:
    """The file ``name`` in the folder of ``path``.

    Raises:
        CheckpointError: it would lie elsewhere.
    """
    file = path.parent / name
    plain = name not in ("", ".", "..") and "/" not in name and "\\" not in name and ":" not in name
    if not plain or not _stays(path, file):
        raise CheckpointError(
            "{path} keeps its weights in {name}, which is not in its folder, and was "
            "refused: put them beside it, or export it again into a single file",
            path,
            repr(name),
        )
    if not file.exists():
        raise CheckpointError(
            "{path} keeps its weights in the file {name}, which is not there: put it beside it",
            path,
            name,
        )
    return file


def _stays(path: Path, file: Path) -> bool:
    """Whether a link leads no further than its folder, or than the file itself is linked: caches
    of downloads link both to one folder."""
    target = os.path.dirname(os.path.realpath(file))
    return target in (os.path.realpath(path.parent), os.path.dirname(os.path.realpath(path)))


def _read(path: Path, at_most: int) -> bytes:
    try:
        with opened(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > at_most:
                raise CheckpointError(
                    "{path} has {size} bytes, more than such a file can hold", path, f"{size:,}"
                )
            return file.read()
    except OSError as error:
        raise CheckpointError(
            "{name} cannot be read: {reason}", path, error.strerror or error
        ) from error


def identity_of(name: str, *files: tuple[bytes, dict[str, bytes]]) -> str:
    """Hash of a contract's name and the bytes of all files, 32 hex digits."""
    whole = hashlib.blake2b(name.encode(), digest_size=16)
    for data, beside in files:
        for content in (data, *(beside[key] for key in sorted(beside))):
            whole.update(len(content).to_bytes(8, "little"))
            whole.update(content)
    return whole.hexdigest()
