"""Embeddings on disk: by image content and model, bounded in bytes, and never trusted blindly."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from app.storage.atomic import make_directory, sweep_leftovers, write_atomic
from app.storage.regular import open_regular

log = logging.getLogger(__name__)

DEFAULT_BYTES = 4 << 30
KEEP_FREE_BYTES = 1 << 30
SUFFIX = ".embedding"
_DIGEST_BYTES = 16


class Stored(Protocol):
    """What is kept: it knows the identity of the model that made it."""

    @property
    def model(self) -> str: ...


E = TypeVar("E", bound=Stored)


class EmbeddingFiles(Generic[E]):
    """A directory of embeddings; the one not used for longest goes first.

    A file holds a digest of its key and its content, then the content. Anything that does not fit
    counts as not there and is deleted. Failures cost speed only: they are logged, not raised. Any
    thread may use it, and several programs may share the directory.

    Args:
        folder: the directory; made when it is needed.
        dumps: an embedding as bytes, in a form that runs no code when it is read.
        loads: the reverse; ValueError for bytes that hold no embedding.
        version: of the image transform and of the form; another version finds nothing.
        limit_bytes: disk space that may be used.
        keep_free_bytes: disk space that is left to others.
    """

    def __init__(
        self,
        folder: Path,
        dumps: Callable[[E], bytes],
        loads: Callable[[bytes], E],
        version: str,
        limit_bytes: int = DEFAULT_BYTES,
        keep_free_bytes: int = KEEP_FREE_BYTES,
    ) -> None:
        self.folder = folder
        self._dumps = dumps
        self._loads = loads
        self._version = version
        self._limit = limit_bytes
        self._keep_free = keep_free_bytes
        self._lock = threading.Lock()
        self._used: int | None = None

    @property
    def limit_bytes(self) -> int:
        """Disk space that may be used."""
        return self._limit

    def get(self, key: str, identity: str) -> E | None:
        """The embedding of the picture ``key`` by the model ``identity``, None if not there."""
        path = self._path(key, identity)
        try:
            with open_regular(path) as file:
                data = file.read()
        except OSError:
            return None
        found = self._understood(path, data)
        if found is None or found.model != identity:
            log.info("a stored embedding is damaged and is deleted: %s", path.name)
            with suppress(OSError):
                path.unlink()
            return None
        with suppress(OSError):
            os.utime(path)
        return found

    def has(self, key: str, identity: str) -> bool:
        """Whether there is one, without reading it."""
        return self._path(key, identity).is_file()

    def put(self, key: str, embedding: E) -> None:
        """Keep it, giving up those not used for longest."""
        path = self._path(key, embedding.model)
        content = self._dumps(embedding)
        data = self._digest(path.name, content) + content
        try:
            make_directory(self.folder, private=True)
            with self._lock:
                if not self._make_room(len(data)):
                    log.info("there is no room to keep an embedding of %d bytes", len(data))
                    return
                write_atomic(path, data, durable=False, private=True)
                self._used = (self._used or 0) + len(data)
        except OSError as error:
            log.info("an embedding was not kept: %s", error)

    def limit_to(self, limit_bytes: int) -> None:
        """Another limit from now on; what is over it goes with ``make_fit`` or the next ``put``."""
        with self._lock:
            self._limit = limit_bytes
            self._used = None

    def make_fit(self) -> None:
        """Delete what is over the limit, the one not used for longest first."""
        if self.folder.is_dir():
            with self._lock, suppress(OSError):
                self._make_room(0)

    def size_bytes(self) -> int:
        """Disk space used now."""
        return sum(size for _, size, _ in self._entries())

    def clear(self) -> None:
        """Delete them all."""
        with self._lock:
            for path, _, _ in self._entries():
                with suppress(OSError):
                    path.unlink()
            sweep_leftovers(self.folder)
            self._used = None

    def _path(self, key: str, identity: str) -> Path:
        parts = b"\0".join(part.encode() for part in (key, identity, self._version))
        return self.folder / (blake2b(parts, digest_size=_DIGEST_BYTES).hexdigest() + SUFFIX)

    def _digest(self, name: str, content: bytes) -> bytes:
        # The name is in it, so that a file under another's name is not taken for that one.
        return blake2b(content, digest_size=_DIGEST_BYTES, key=name.encode()).digest()

    def _understood(self, path: Path, data: bytes) -> E | None:
        content = data[_DIGEST_BYTES:]
        if data[:_DIGEST_BYTES] != self._digest(path.name, content):
            return None
        try:
            return self._loads(content)
        except ValueError:
            return None

    def _make_room(self, size: int) -> bool:
        """Delete the oldest files until ``size`` more bytes fit; whether they do."""
        missing = self._keep_free + size - shutil.disk_usage(self.folder).free
        if self._used is not None and self._used + size <= self._limit and missing <= 0:
            return True
        sweep_leftovers(self.folder)
        entries = sorted(self._entries(), key=lambda entry: entry[2])
        used = sum(entry_size for _, entry_size, _ in entries)
        # A tenth more than needed, so that not every call has to look.
        goal = self._limit - size - (self._limit // 10 if used + size > self._limit else 0)
        for path, entry_size, _ in entries:
            if used <= max(goal, 0) and missing <= 0:
                break
            with suppress(OSError):
                path.unlink()
                used -= entry_size
                missing -= entry_size
        self._used = used
        return used + size <= self._limit and missing <= 0

    def _entries(self) -> list[tuple[Path, int, int]]:
        """(path, bytes, time of the last use) of each file; others' files do not count."""
        found = []
        with suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.endswith(SUFFIX):
                    with suppress(OSError):
                        state = entry.stat()
                        found.append((Path(entry.path), state.st_size, state.st_mtime_ns))
        return found
