"""One writer per folder: a second window shows the folder and says who has it."""

from __future__ import annotations

import logging
import os
import platform
import threading
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from app.file_lock import FileLock
from app.session.folder.last_writes import do_in_time
from app.storage.atomic import make_directory
from app.storage.names import process_words, shown
from model.messages import Message, say

LOG = logging.getLogger(__name__)
PROGRAM = "Maskwright"
FREE_S = 0.5
OTHER = say("another program")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a folder.

    Attributes:
        who: program, process and computer, for people.
        alive: whether the system says so. If not, it is a file that another computer left, and
            whether somebody works there cannot be known from here.
    """

    who: Message
    alive: bool = True


class FolderLock:
    """Held while a folder is open for editing; the system frees it when the program dies.

    The lock file lies with the user's own data, not in the folder: looking at pictures must leave
    no trace among them. Another user is not kept out by it; that a file was changed since it was
    read is noticed when it is saved. Several folders may be held at once: the open one keeps its
    lock until the next one is shown in its place. Any thread may use it.

    Whether somebody holds a file the system knows, as long as it is the same system. So an empty
    or a damaged file, or one of a process that died, keeps nobody out. One that names another
    computer, which shares the user's data, does until ``take_over`` is asked.

    Args:
        place: the folder for lock files.
        over: never mind the locks of other computers.
    """

    def __init__(self, place: Path, *, over: bool = False) -> None:
        self._place = place
        self._all_over = over
        self._guard = threading.Lock()
        # How often each folder was taken, for one that is opened again takes its place.
        self._held: dict[str, tuple[FileLock, int]] = {}
        self._over: set[str] = set()

    def take(self, folder: Path) -> Holder | None:
        """Take the folder, once more if it is held already. None if it is ours, else who has it."""
        name = _name_of(folder)
        with self._guard:
            if name in self._held:
                held, times = self._held[name]
                self._held[name] = held, times + 1
                return None
            lock = FileLock(self._place / f"{name}.lock")
            try:
                make_directory(self._place, private=True)
                taken = lock.take()
            except OSError as error:
                # Without a place for locks nobody else can hold one either.
                LOG.info("folders cannot be locked: %s", error)
                return None
            if not taken:
                return Holder(_owner(lock.read())[0] or OTHER)
            who, elsewhere = _owner(lock.read())
            if who and elsewhere and not self._all_over and name not in self._over:
                lock.free()
                return Holder(who, alive=False)
            if who:
                LOG.info("the lock of %s is taken over from %s", folder, who)
            self._over.discard(name)
            lock.write(f"{os.getpid()}\n{PROGRAM}\n{platform.node()}\n".encode())
            self._held[name] = lock, 1
            return None

    def take_over(self, folder: Path) -> None:
        """The next ``take`` does not ask whether another computer's lock is still meant."""
        with self._guard:
            self._over.add(_name_of(folder))

    def give_up(self, folder: Path) -> None:
        """Free a folder that was taken, as often as it was taken."""
        name = _name_of(folder)
        with self._guard:
            if name not in self._held:
                return
            lock, times = self._held.pop(name)
            if times > 1:
                self._held[name] = lock, times - 1
                return
        # A window asks this, and the disk may not answer.
        do_in_time(FREE_S, [(lock.path, lambda: lock.free(delete=True))])


def _owner(content: bytes) -> tuple[Message | None, bool]:
    """Who wrote a lock file, for people, and whether on another computer; None if it is none."""
    lines = content.decode("utf-8", "replace").split("\n")
    if len(lines) < 3 or not lines[0].isdecimal() or not lines[2].strip():
        return None, False
    pid, program, host = (shown(line.strip()[:80]) for line in lines[:3])
    return process_words(program or OTHER, pid, host), host != platform.node()


def _name_of(folder: Path) -> str:
    whole = str(folder.resolve()).encode("utf-8", "surrogateescape")
    return blake2b(whole, digest_size=16).hexdigest()
