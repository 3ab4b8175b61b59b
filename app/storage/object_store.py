"""A folder in an object store, such as ``s3://bucket/photos``; nothing is written over unread.

Any store that fsspec knows can be named. On S3, and what speaks as it does, a file is replaced
under the condition that it is still what was read: the store itself refuses otherwise. Elsewhere
that is looked up just before, in a step of its own; see ``ObjectStore.guards``.
"""

from __future__ import annotations

import errno
import io
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from app.core.errors import Problem
from app.storage.guarded import Conflict, TooLarge, token_of
from app.storage.names import shown
from model.messages import say, shortened

PATIENCE_S = 60.0
"""So long a store is asked again that does not answer."""
FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 8.0
LARGEST = 1 << 30
"""Bytes of another's file that are compared with ours."""
S3 = ("s3", "s3a")
_URL = re.compile(r"(?P<kind>[a-z][a-z0-9+-]*)://(?P<rest>[^\s/@?#:]+(?:/[^?#]*)?)")
_NOT_STORES = ("file", "local", "http", "https")
_LASTING = (FileExistsError, ValueError, TypeError)
_OWN_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_MISSING_KEYS = ("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError")
_UNKNOWN_CONDITION = ("NotImplemented", "501")

T = TypeVar("T")


class StoreGoneError(Problem):
    """The store did not answer, for as long as one asks again; nothing was written by that."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file as it was read.

    Attributes:
        tag: stands for these bytes, where the file is replaced.
    """

    data: bytes
    tag: str


def is_store(text: str) -> bool:
    """Whether this is the address of an object store rather than a path."""
    found = _URL.fullmatch(text)
    return found is not None and found["kind"] not in _NOT_STORES


class Listed(NamedTuple):
    """A file in a listing: its name relative to the address, its bytes, and what changes with it.

    A folder's name ends in ``/``.
    """

    name: str
    size: int
    stamp: str = ""


class ObjectStore:
    """The files below one address.

    Args:
        url: as people write it, such as ``s3://bucket/photos``.
        filesystem: of fsspec.
        root: what ``filesystem`` calls the folder.
        patience_s: how long it is asked again where it does not answer.

    Attributes:
        url: without a / at the end.
        guards: whether the store itself refuses to replace what was changed meanwhile.
    """

    def __init__(
        self, url: str, filesystem: Any, root: str, patience_s: float = PATIENCE_S
    ) -> None:
        self.url = url.rstrip("/")
        self._files, self._root, self._patience_s = filesystem, root.rstrip("/"), patience_s
        self._s3 = not _kinds_of(filesystem).isdisjoint(S3)
        self.guards = self._s3
        self._gone = False

    @classmethod
    def at(cls, url: str, patience_s: float = PATIENCE_S) -> ObjectStore:
        """The store at ``url``; nothing is asked yet.

        Raises:
            Problem: that is no address of a store, or what speaks to it is not installed.
        """
        found = _URL.fullmatch(url)
        if found is None or found["kind"] in _NOT_STORES:
            raise Problem(
                say("{address} is no address of an object store.", shown(url)),
                say("Write it as s3://bucket/folder."),
            )
        options: dict[str, Any] = {"skip_instance_cache": True}
        if found["kind"] in S3:
            # What failed is tried again here, where it is known what may be.
            limits = {"retries": {"max_attempts": 0}, "connect_timeout": 5, "read_timeout": 30}
            options |= {"use_listings_cache": False, "config_kwargs": limits}
        try:
            from fsspec.core import url_to_fs

            files, root = url_to_fs(url, **options)
        except ImportError as error:
            raise _not_installed(found["kind"], error) from error
        except ValueError as error:
            raise Problem(
                say("{address} cannot be used: {reason}.", shown(url), shown(str(error))), "", error
            ) from error
        if found["kind"] in S3:
            files.retries = 1
        return cls(url, files, root, patience_s)

    def listed(self, below: str = "", *, inside: bool = True) -> Iterator[Listed]:
        """The files, in any order, and nothing whose name leads out of the folder.

        Args:
            below: only those in this folder, which ends in ``/``.
            inside: also in the folders inside; without it these come themselves.

        Raises:
            StoreGoneError, Problem: it cannot be listed.
        """
        pages = self._pages(below, inside) if self._s3 else [self._plain(below, inside)]
        for page in pages:
            yield from (each for each in page if each.name and _is_plain(each.name))

    def size(self, name: str) -> int:
        """Bytes of a file.

        Raises:
            FileNotFoundError: there is none.
            StoreGoneError: the store does not answer.
        """
        return self._head(name)[0]

    def read(self, name: str, limit: int) -> Stored | None:
        """A file of at most ``limit`` bytes; None if there is none.

        Raises:
            TooLarge: it is larger.
            StoreGoneError: the store does not answer.
            OSError: it may not be read.
        """
        try:
            # What is asked first is older: a file that changes in between is not written over.
            size, tag = self._head(name)
            if size > limit:
                what = say(
                    "{name} is larger than {limit} MB and is left as it is.",
                    shown(name),
                    limit >> 20,
                )
                raise TooLarge(what)
            data = self._tried(lambda: bytes(self._files.cat_file(self._path(name))))
        except FileNotFoundError:
            return None
        return Stored(data, tag or _hash(data))

    def part(self, name: str, start: int, end: int) -> bytes:
        """Bytes of a file from ``start`` to before ``end``. Raises: as ``size``."""
        path = self._path(name)
        return self._tried(lambda: bytes(self._files.cat_file(path, start=start, end=end)))

    def opened(self, name: str) -> io.BufferedReader:
        """A file to be read in parts, of which only what is asked for is fetched.

        Reading raises as ``size``.
        """
        return io.BufferedReader(_Parts(self, name), 1 << 16)

    def fetch(self, name: str, path: Path) -> None:
        """Copy a file to ``path``. Raises: as ``size``; OSError: the disk here does not take it."""
        self._tried(lambda: self._files.get_file(self._path(name), str(path)))

    def write(self, name: str, data: bytes, tag: str | None) -> str:
        """Replace a file that is still what ``tag`` stands for; one that is gone is written again.

        Args:
            tag: from ``read`` or from the last call; None where there was no file.

        Returns:
            The new tag.

        Raises:
            Conflict: somebody else wrote it meanwhile; nothing was written.
            StoreGoneError: the store does not answer.
            OSError: it may not be written.
        """
        try:
            return self._put(name, data, tag)
        except FileNotFoundError:
            if tag is None:
                raise
            return self._put(name, data, None)

    def replace(self, name: str, data: bytes) -> None:
        """Write a file, whatever lies there. Raises: as ``write``, but no Conflict."""
        self._tried(lambda: self._files.pipe_file(self._path(name), data))

    def delete(self, name: str) -> None:
        """Raises: as ``size``, but none where there is no such file."""
        try:
            self._tried(lambda: self._files.rm_file(self._path(name)))
        except FileNotFoundError:
            return

    def _put(self, name: str, data: bytes, tag: str | None) -> str:
        if not self.guards:
            return self._looked_and_put(name, data, tag)
        bucket, _, key = self._path(name).partition("/")
        condition = {"IfNoneMatch": "*"} if tag is None else {"IfMatch": tag}
        put = {"Bucket": bucket, "Key": key, "Body": data, **condition}
        try:
            return str(self._tried(lambda: self._files.call_s3("put_object", **put))["ETag"])
        except Exception as error:
            code = _code_of(error)
            if code in _UNKNOWN_CONDITION:
                self.guards = False
                return self._looked_and_put(name, data, tag)
            if not _is_refused(error):
                raise
        # An answer that was lost on the way looks like another's file.
        found = self.read(name, LARGEST)
        if found is not None and found.data == data:
            return found.tag
        raise Conflict(Path(name), None if found is None else token_of(found.data))

    def _looked_and_put(self, name: str, data: bytes, tag: str | None) -> str:
        found = self.read(name, LARGEST)
        if found is not None and found.data != data and found.tag != tag:
            raise Conflict(Path(name), token_of(found.data))
        self.replace(name, data)
        return self._head(name)[1] or _hash(data)

    def _head(self, name: str) -> tuple[int, str]:
        """Size and tag; the tag is empty where the store has none."""
        path = self._path(name)
        if not self._s3:
            told = self._tried(lambda: self._files.info(path))
            if told.get("type") == "directory":
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
            return int(told["size"]), ""
        bucket, _, key = path.partition("/")
        found = self._tried(lambda: self._files.call_s3("head_object", Bucket=bucket, Key=key))
        return int(found["ContentLength"]), str(found["ETag"])

    def _pages(self, below: str, inside: bool) -> Iterator[list[Listed]]:
        bucket, _, key = self._path(below).partition("/")
        asked = {"Bucket": bucket, "Prefix": key} | ({} if inside else {"Delimiter": "/"})
        start = len(self._path("")) - len(bucket) - 1
        while True:
            found = self._tried(lambda: self._files.call_s3("list_objects_v2", **asked))
            yield [
                *(
                    Listed(each["Key"][start:], int(each["Size"]), str(each["ETag"]))
                    for each in found.get("Contents", ())
                ),
                *(Listed(each["Prefix"][start:], 0) for each in found.get("CommonPrefixes", ())),
            ]
            if not found.get("IsTruncated"):
                return
            asked["ContinuationToken"] = found["NextContinuationToken"]

    def _plain(self, below: str, inside: bool) -> list[Listed]:
        folder, start = self._path(below).rstrip("/"), len(self._path(""))
        try:
            if inside:
                found = self._tried(lambda: self._files.find(folder, detail=True)).values()
            else:
                found = self._tried(lambda: self._files.ls(folder, detail=True))
        except FileNotFoundError:
            return []
        ending = {"directory": "/"}
        return [
            Listed(
                each["name"][start:] + ending.get(each["type"], ""),
                int(each["size"] or 0),
                str(each.get("mtime") or each.get("created") or ""),
            )
            for each in found
        ]

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _tried(self, what: Callable[[], T]) -> T:
        """The answer of the store, which is asked again for a while where it does not answer."""
        # One that was given up is not waited for again until it answers.
        patience_s, wait = 0.0 if self._gone else self._patience_s, FIRST_WAIT_S
        until = time.monotonic() + patience_s
        while True:
            try:
                found = what()
            except Exception as error:
                if _is_refused(error) or _code_of(error) in _UNKNOWN_CONDITION:
                    raise
                self._give_up(error, late=time.monotonic() + wait > until)
            else:
                self._gone = False
                return found
            time.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_S)

    def _give_up(self, error: Exception, *, late: bool) -> None:
        """Raises: Problem: asking again makes no sense, or was done for long enough."""
        if isinstance(error, FileNotFoundError | PermissionError):
            # As the system says it of a file here.
            number = errno.ENOENT if isinstance(error, FileNotFoundError) else errno.EACCES
            raise OSError(number, os.strerror(number)) from error
        if isinstance(error, _LASTING):
            raise error
        if type(error).__name__ in _MISSING_KEYS:
            raise Problem(
                say("There are no keys for {store} on this machine.", shown(self.url)),
                say("Set them as for other programs, such as by AWS_ACCESS_KEY_ID or ~/.aws."),
                error,
            ) from error
        if isinstance(error, OSError) and error.errno in _OWN_DISK:
            raise error
        reason = shown(shortened(" ".join(str(error).split()) or type(error).__name__, 200))
        if _is_final(error):
            raise Problem(say("{store} refuses: {reason}", shown(self.url), reason), "", error)
        if late:
            self._gone = True
            raise StoreGoneError(
                say("{store} cannot be used: {reason}", shown(self.url), reason),
                say("What is done is kept; start again to go on once it is there."),
                error,
            ) from error


class _Parts(io.RawIOBase):
    """A file of a store, read part by part."""

    def __init__(self, store: ObjectStore, name: str) -> None:
        self._store, self._name, self._at = store, name, 0
        self._size: int | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at}
        self._at = offset + (start[whence] if whence in start else self._length())
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        end = min(self._at + len(buffer), self._length())
        if end <= self._at:
            return 0
        data = self._store.part(self._name, self._at, end)[: end - self._at]
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _length(self) -> int:
        if self._size is None:
            self._size = self._store.size(self._name)
        return self._size


def _is_plain(name: str) -> bool:
    """Whether a name leads nowhere else as a path: anybody may put anything into a store."""
    parts = name.removesuffix("/").split("/")
    return not any(
        each in ("", ".", "..") or "\0" in each or "\\" in each or len(os.fsencode(each)) > 255
        for each in parts
    )


def _kinds_of(filesystem: Any) -> frozenset[str]:
    kinds = filesystem.protocol
    return frozenset((kinds,) if isinstance(kinds, str) else kinds)


def _hash(data: bytes) -> str:
    return token_of(data) or ""


def _code_of(error: BaseException) -> str:
    """What S3 calls the failure; empty if it is another one."""
    for each in (error, error.__cause__):
        told = getattr(each, "response", None)
        if isinstance(told, Mapping) and isinstance(told.get("Error"), Mapping):
            return str(told["Error"].get("Code", ""))
    return ""


def _is_refused(error: BaseException) -> bool:
    return _code_of(error) in ("PreconditionFailed", "412", "ConditionalRequestConflict")


def _is_final(error: BaseException) -> bool:
    """Whether S3 says that the question is at fault, and not the moment."""
    for each in (error, error.__cause__):
        told = getattr(each, "response", None)
        if isinstance(told, Mapping) and isinstance(told.get("ResponseMetadata"), Mapping):
            status = int(told["ResponseMetadata"].get("HTTPStatusCode", 0))
            return 400 <= status < 500 and status not in (408, 409, 425, 429)
    return False


def _not_installed(kind: str, error: ImportError) -> Problem:
    if kind in S3:
        advice = say("Start once with run.py --with-s3, or install maskwright[s3].")
    else:
        advice = say("Install the library that fsspec names for it: {reason}", error)
    return Problem(say("What speaks to {kind} is not installed.", f"{kind}://"), advice, error)
