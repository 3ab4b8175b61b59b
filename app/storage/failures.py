"""What the system says when a file cannot be read or written, as a ``Problem`` for people."""

from __future__ import annotations

import errno
from pathlib import Path

from app.core.errors import Problem
from app.storage.names import shown
from model.messages import reason_of, say, shortened

_ADVICE = {
    errno.ENOSPC: say("The disk is full: free some space."),
    errno.EDQUOT: say("Your share of the disk is used up: free some space."),
    errno.EFBIG: say("The disk does not take files of that size."),
    errno.EACCES: say("You may not write there: change the permissions, or choose another folder."),
    errno.EPERM: say("You may not write there: change the permissions, or choose another folder."),
    errno.EROFS: say("The disk is read-only: choose another folder."),
    errno.ENOENT: say("The folder is gone: bring back the disk or the folder."),
    errno.EIO: say("The disk or the network reports a fault."),
    errno.ENAMETOOLONG: say("Rename the image to something shorter."),
}


def not_written(path: Path, error: OSError) -> Problem:
    """For a file that was to be written."""
    return Problem(
        say(
            "{name} was not saved in {folder}: {reason}.",
            shown(path.name),
            shown(path.parent),
            _reason(error),
        ),
        _ADVICE.get(error.errno or 0, say("The work is kept, and saving is tried again.")),
        error,
    )


def not_read(path: Path, error: OSError) -> Problem:
    """For a file that was to be read."""
    return Problem(
        say("{name} cannot be read: {reason}.", shown(path), _reason(error)),
        say("Check that it is still there and that you may read it."),
        error,
    )


def not_understood(path: Path, error: Exception) -> Problem:
    """For a file that could be read, but holds something else; it is left as it is."""
    return Problem(
        say(
            "{name} cannot be understood: {reason}.",
            shown(path),
            shown(shortened(reason_of(error), 300)),
        ),
        say("It is left as it is. Repair it, or move it away to begin anew."),
        error,
    )


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
