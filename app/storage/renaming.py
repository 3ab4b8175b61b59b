"""Renames that lose nothing: two names change places in one step, or a name is taken if free."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

_NO_REPLACE, _EXCHANGE = 1, 2  # linux/fs.h
_AT_CWD = -100  # linux/fcntl.h
# What systems answer that do not know the call, or file systems that do not know its flag.
_UNKNOWN = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM}

_Rename = Callable[[int, bytes, int, bytes, int], int]


def exchange(one: Path, other: Path) -> bool:
    """Let two files change names in one step. False where that cannot be; nothing is changed then.

    Raises:
        OSError: one of them is not there, or the disk refuses.
    """
    return _renamed(one, other, _EXCHANGE)


def take_name(new: Path, name: Path) -> bool:
    """Give ``new`` a name that no file has. False where that cannot be done in one step.

    Raises:
        FileExistsError: there is one by now; it is as it was.
        OSError: the disk refuses.
    """
    if os.name == "nt":
        new.rename(name)  # which replaces nothing there
        return True
    if _renamed(new, name, _NO_REPLACE):
        return True
    try:
        os.link(new, name)
    except FileExistsError:
        raise
    except OSError:  # file systems without second names
        return False
    os.unlink(new)
    return True


def _renamed(old: Path, new: Path, flag: int) -> bool:
    call = _call()
    if call is None:
        return False
    if call(_AT_CWD, os.fsencode(old), _AT_CWD, os.fsencode(new), flag) == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNKNOWN:
        return False
    raise OSError(code, os.strerror(code), os.fspath(new))


@cache
def _call() -> _Rename | None:
    """``renameat2`` of the C library; None where there is none."""
    if sys.platform != "linux":
        return None
    try:
        found = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return None
    found.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    found.restype = ctypes.c_int
    call: _Rename = found
    return call
