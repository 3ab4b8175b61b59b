"""Files of the user's own that hold more than one thing: what cannot be read is never replaced."""

from __future__ import annotations

import errno
from pathlib import Path

from app.core.errors import Problem
from app.storage.atomic import make_directory
from app.storage.failures import not_written
from app.storage.guarded import TooLarge
from app.storage.renaming import take_name
from model.messages import say

_NOT_A_FILE = {errno.EINVAL, errno.EISDIR, errno.ELOOP, errno.ENXIO}
TRIES = 100


def can_never_be_read(error: Exception) -> bool:
    """Whether reading failed because of what the file is, not because the disk did not give it."""
    if not isinstance(error, Problem):
        return isinstance(error, ValueError | RecursionError)
    cause = error.cause
    if isinstance(cause, OSError):
        return cause.errno in _NOT_A_FILE
    return isinstance(error, TooLarge) or isinstance(cause, ValueError | RecursionError)


def set_aside(path: Path) -> Path:
    """Give a file another name, which no file has; returns it.

    Raises:
        Problem: that cannot be done; the file is where it was.
    """
    try:
        for number in range(1, TRIES):
            ending = ".broken" if number == 1 else f".broken-{number}"
            aside = path.with_name(path.name + ending)
            if aside.exists() or aside.is_symlink():
                continue
            try:
                if take_name(path, aside):
                    return aside
            except FileExistsError:
                continue
            path.rename(aside)
            return aside
    except OSError as error:
        raise not_written(path, error) from error
    raise Problem(
        say("{name} cannot be set aside: {count} others were.", path, TRIES),
        say("Delete some of them."),
    )


def make_own_directory(path: Path) -> None:
    """The folder for a file of the user's own, for the user's eyes alone.

    Raises:
        Problem: it cannot be made.
    """
    try:
        make_directory(path.parent, private=True)
    except OSError as error:
        raise not_written(path, error) from error
