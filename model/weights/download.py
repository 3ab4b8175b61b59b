"""Fetches a checkpoint: to a temporary file, verified, then moved to its place."""

from __future__ import annotations

import http.client
import os
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from model.interface import Cancelled, ModelError
from model.messages import say
from model.weights.catalogue import Entry
from model.weights.known_hashes import NAME as KNOWN_HASHES
from model.weights.known_hashes import known_hash, remember_hash, sha256_of

CHUNK = 1 << 18
TIMEOUT_S = 30.0
Progress = Callable[[int, int], None]


class DownloadError(ModelError):
    """A checkpoint could not be fetched, or is not what it should be."""


def fetch(
    entry: Entry,
    folder: Path | None = None,
    progress: Progress = lambda done, total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Path:
    """Brings ``entry`` to ``folder`` (the user's folder of models if None); its path.

    A file that is there and right is not fetched again; what a broken download leaves behind is
    continued. Where the publisher tells no hash, that of the first file that arrives is remembered
    beside it (``known_hash``), and later ones must have it.

    Args:
        entry: of the catalogue.
        folder: where to put it; made if need be.
        progress: called with the bytes that are here and the bytes in all.
        cancelled: asked between two chunks.

    Raises:
        DownloadError: it did not arrive whole and right; the text says why and what to do.
        Cancelled: ``cancelled()`` became true.
    """
    target = entry.path(folder)
    _fetch_beside(entry, target.parent, cancelled)
    if target.is_file() and _problem(target, entry, target) is None:
        size = target.stat().st_size
        progress(size, size)
        return target
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        whole = _receive(entry, part, progress, cancelled)
        problem = _problem(part, entry, target, whole)
        if problem is None:
            return _put_in_place(part, target, entry)
        if part.stat().st_size >= whole or _is_page(part):
            part.unlink()
    except (OSError, http.client.HTTPException) as error:
        raise DownloadError(_explained(entry, part, error)) from error
    raise DownloadError("{title} was refused: {problem}", entry.title, problem)


def _fetch_beside(entry: Entry, folder: Path, cancelled: Callable[[], bool]) -> None:
    """First: weights that are there are whole, with all they need."""
    for small in entry.parts():
        fetch(small, folder, cancelled=cancelled)


def _put_in_place(part: Path, target: Path, entry: Entry) -> Path:
    if not entry.has_certain_hash and known_hash(target) is None:
        remember_hash(target, sha256_of(part))
    os.replace(part, target)
    return target


def _explained(entry: Entry, part: Path, error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        return say(
            "{url} answers with error {code} ({reason}): try later, or fetch the file in a "
            "browser and choose `use a local file`",
            entry.url,
            error.code,
            error.reason,
        )
    network = (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError)
    if isinstance(error, network):
        reason = getattr(error, "reason", None) or error
        return say(
            "no connection to {url} ({reason}): check the network or the proxy; what has "
            "arrived is kept, and the next try continues there",
            entry.url,
            reason,
        )
    return say(
        "{path} cannot be written ({reason}): {size} MB must be free there",
        part,
        getattr(error, "strerror", None) or error,
        f"{entry.size / 1000000.0:,.0f}",
    )


def _receive(entry: Entry, part: Path, progress: Progress, cancelled: Callable[[], bool]) -> int:
    """Appends to ``part`` what is missing of it; the bytes that it should have then."""
    have = part.stat().st_size if part.exists() else 0
    if have >= entry.most:
        part.unlink()
        have = 0
    with _answer(entry.url, have) as answer:
        if not _goes_on_at(answer, have):
            have = 0
        whole = _whole_size(entry, answer, have)
        with part.open("r+b" if have else "wb") as file:
            file.seek(have)
            _copy(answer, file, entry, have, lambda done: progress(done, whole), cancelled)
    return whole


def _whole_size(entry: Entry, answer: http.client.HTTPResponse, have: int) -> int:
    """As it is listed; where it is only nearly known, as the server says."""
    told = answer.headers.get("Content-Length", "")
    if not (entry.about and told.isdigit()):
        return entry.size
    return min(have + int(told), entry.most)


def _answer(url: str, have: int) -> http.client.HTTPResponse:
    """What the server sends, from byte ``have`` on if it can do that."""
    request = urllib.request.Request(url, headers={"User-Agent": "maskwright"})  # noqa: S310  Entry allows https only
    if have:
        request.add_header("Range", f"bytes={have}-")
    opener = urllib.request.build_opener(_SafeRedirects)
    try:
        answer: http.client.HTTPResponse = opener.open(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if not have or error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        # What is here is of no file that the server has: from the beginning again.
        error.close()
        return _answer(url, 0)
    return answer


def _goes_on_at(answer: http.client.HTTPResponse, have: int) -> bool:
    if answer.status != http.HTTPStatus.PARTIAL_CONTENT:
        return False
    found = re.match(r"bytes\s+(\d+)-", answer.headers.get("Content-Range", f"bytes {have}-"))
    if found is None or int(found[1]) != have:
        raise http.client.HTTPException("the server sends another part than was asked for")
    return True


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows to https alone: on the way of anything else the file and its address are open."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        stays = (old.scheme, old.hostname) == ("http", new.hostname) == (new.scheme, old.hostname)
        if new.scheme != "https" and not stays:
            fp.close()
            raise urllib.error.URLError(f"it leads on to {newurl}, which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _copy(
    answer: IO[bytes],
    file: IO[bytes],
    entry: Entry,
    done: int,
    progress: Callable[[int], None],
    cancelled: Callable[[], bool],
) -> None:
    while True:
        if cancelled():
            raise Cancelled(f"the download of {entry.title} was stopped")
        chunk = answer.read(CHUNK)
        if not chunk:
            break
        file.write(chunk)
        done += len(chunk)
        if done > entry.most:
            # Not what is listed, and there may be no end to it; the hash would say so at last.
            break
        progress(done)
    file.flush()
    os.fsync(file.fileno())


def _problem(path: Path, entry: Entry, target: Path, whole: int = 0) -> str | None:
    """What is wrong with a file that should be ``entry`` at ``target``; None if nothing is.

    Args:
        whole: bytes that the server promised; 0 if it was not asked.
    """
    size = path.stat().st_size
    if _is_page(path):
        return say(
            "the server sent a web page instead of the weights; open the address in a browser "
            "to see what it asks for, then choose `use a local file`"
        )
    # Of a size that is only nearly known, what nobody promised is told by the hash.
    needed = (whole or min(size, entry.most)) if entry.about else entry.size
    if size != needed:
        sizes = say("{size} of {whole} bytes", f"{size:,}", f"{needed:,}")
        if size < needed:
            return say("it is cut short, {sizes}; download it again", sizes)
        return say("it is too long, {sizes}; download it again", sizes)
    expected = entry.sha256 if entry.has_certain_hash else known_hash(target)
    if expected is None or (digest := sha256_of(path)) == expected:
        return None
    if entry.has_certain_hash:
        return say(
            "its sha256 is {digest} instead of {expected}: it is damaged or was replaced; "
            "download it again, and do not use it if that does not help",
            digest,
            expected,
        )
    return say(
        "its sha256 is {digest}, and that of the first download was {expected}: the publisher "
        "tells neither; ask there which is right, and take its line out of {path} to take the new "
        "one",
        digest,
        expected,
        target.parent / KNOWN_HASHES,
    )


def _is_page(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(512).lstrip().startswith(b"<")
