"""Who edits a folder in an object store: a file that says until when, renewed while one does.

It keeps two runs from doing the same work twice. That no run writes over what another has written
does not rest on it, but on the conditions under which files are replaced.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from app.core.errors import Problem
from app.storage.guarded import Conflict
from app.storage.names import process_words, shown
from app.storage.object_store import ObjectStore
from model.messages import Message, say

LOG = logging.getLogger(__name__)
NAME = ".maskwright/in-use.json"
VALID_S = 120.0
"""Of a lease that is not renewed: who was killed keeps nobody out for longer."""
RENEW_S = 30.0
_NOBODY = '"no file has this"'
_LARGEST = 1 << 16


@dataclass(frozen=True, slots=True)
class _Holder:
    """Attributes: until: seconds since 1970, by the clock of who wrote it."""

    process: int = 0
    machine: str = ""
    until: float = 0.0

    @property
    def who(self) -> Message:
        return process_words("Maskwright", self.process, shown(self.machine))


@contextmanager
def leased(
    store: ObjectStore, *, take_over: bool = False, clock: Callable[[], float] = time.time
) -> Iterator[None]:
    """Holds the folder of ``store`` for editing.

    Who holds the lock of this machine for it (``editing`` does) may take what a program that died
    here has left.

    Args:
        take_over: also if somebody else holds it.
        clock: seconds since 1970.

    Raises:
        Problem: somebody else holds it, or it cannot be written to.
    """
    tag = _taken(store, take_over, clock)
    if store.guards:
        tag = _tried_out(store, tag)
    ended = threading.Event()
    keeper = threading.Thread(
        target=_keep, args=(store, tag, clock, ended), name="lease", daemon=True
    )
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join(RENEW_S)
        with suppress(Problem, OSError):
            found = store.read(NAME, _LARGEST)
            if found is not None and _is_ours(_holder(found.data)):
                store.delete(NAME)


def _taken(store: ObjectStore, take_over: bool, clock: Callable[[], float]) -> str:
    try:
        found = store.read(NAME, _LARGEST)
        holder = _Holder() if found is None else _holder(found.data)
        elsewhere = holder.machine != platform.node() and holder.until > clock()
        if elsewhere and not take_over:
            raise _held(holder)
        return store.write(NAME, _content(clock), None if found is None else found.tag)
    except Conflict as error:
        found = store.read(NAME, _LARGEST)
        raise _held(_Holder() if found is None else _holder(found.data)) from error
    except OSError as error:
        raise Problem(
            say("{store} takes no files: {reason}.", shown(store.url), error.strerror or error),
            say("Ask for the right to write there."),
            error,
        ) from error


def _tried_out(store: ObjectStore, tag: str) -> str:
    """Find out whether the store heeds conditions: some take them and write all the same.

    Returns:
        The tag of the lease, which such a store has written anew.
    """
    try:
        found = store.read(NAME, _LARGEST)
        if found is None:
            return tag
        # Other bytes: where the same lie there already, a store that refuses looks as if it wrote.
        tag = store.write(NAME, found.data + b"\n", _NOBODY)
        store.guards = False
    except Conflict:
        LOG.debug("%s replaces nothing that was changed", store.url)
    except (Problem, OSError) as error:
        LOG.info("whether the store heeds conditions is not known: %s", error)
    return tag


def _keep(store: ObjectStore, tag: str, clock: Callable[[], float], ended: threading.Event) -> None:
    while not ended.wait(RENEW_S):
        try:
            tag = _renewed(store, tag, clock)
        except Conflict:
            LOG.info("the folder %s was taken over", store.url)
            return
        except (Problem, OSError) as error:
            LOG.info("the lease of %s was not renewed: %s", store.url, error)


def _renewed(store: ObjectStore, tag: str, clock: Callable[[], float]) -> str:
    """The new tag. Raises: as ``ObjectStore.write``."""
    try:
        return store.write(NAME, _content(clock), tag)
    except Conflict:
        # An earlier one of ours may have arrived though no answer came back.
        found = store.read(NAME, _LARGEST)
        if found is None or not _is_ours(_holder(found.data)):
            raise
        return store.write(NAME, _content(clock), found.tag)


def _content(clock: Callable[[], float]) -> bytes:
    told = {"process": os.getpid(), "machine": platform.node(), "until": clock() + VALID_S}
    return json.dumps(told).encode()


def _holder(data: bytes) -> _Holder:
    """Who wrote it; nobody if it is damaged, for then no run writes it any more."""
    try:
        told: dict[str, Any] = json.loads(data)
        return _Holder(int(told["process"]), str(told["machine"])[:80], float(told["until"]))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return _Holder()


def _is_ours(holder: _Holder) -> bool:
    return (holder.process, holder.machine) == (os.getpid(), platform.node())


def _held(holder: _Holder) -> Problem:
    return Problem(
        say("The folder is open for editing elsewhere: {holder}.", holder.who),
        say("If nobody works there any more, wait for two minutes, or say --take-over."),
    )
