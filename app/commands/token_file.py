"""The token that opens a server, kept in a file: what stands on a command line, others see."""

from __future__ import annotations

import secrets
import stat
import sys
from pathlib import Path

from app.commands.language import told
from app.core.errors import Problem
from app.storage.atomic import write_atomic
from model.messages import say

SHORTEST = 16
LONGEST = 512


def read_token(path: Path) -> str:
    """The token in a file.

    Raises:
        Problem: the file cannot be read, or holds none.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST + 2)
            shared = stat.S_IMODE(path.stat().st_mode) & 0o077
    except OSError as error:
        raise Problem(
            say("The token file {name} cannot be read: {reason}.", path, error.strerror or error),
            say("Check its name and who may read it."),
        ) from error
    token = data.strip().decode("ascii", "replace")
    if not SHORTEST <= len(token) <= LONGEST or not all("!" <= c <= "~" for c in token):
        raise Problem(
            say("The token file {name} holds no token.", path),
            say("A token is one word of at least 16 letters, digits and signs."),
        )
    if shared and sys.platform != "win32":
        open_to_all = say("maskwright: others on this machine may read {name}: chmod 600", path)
        sys.stderr.write(f"{told(open_to_all)}\n")
    return token


def made_token(path: Path) -> str:
    """The token in a file, which is made where it is not there.

    Raises:
        Problem: the file cannot be read or written, or holds none.
    """
    if not path.exists():
        try:
            write_atomic(path, f"{secrets.token_urlsafe(32)}\n".encode(), private=True)
        except OSError as error:
            reason = error.strerror or error
            raise Problem(
                say("The token file {name} cannot be written: {reason}.", path, reason)
            ) from error
        made = say("A new token is in {name}: give it to those who may use the server.", path)
        sys.stderr.write(f"{told(made)}\n")
    return read_token(path)
