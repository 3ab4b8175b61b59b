"""Tokens that open servers: kept while the program runs, and in a file if a person wants that.

The file is readable by its owner alone, and its tokens are in plain text: who may read it may use
the servers.
"""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path

from app.core.errors import Problem
from app.storage.atomic import make_directory, write_atomic
from app.storage.guarded import read_file
from model.messages import say

LOG = logging.getLogger(__name__)
MAX_BYTES = 1 << 16


class ServerTokens:
    """Any thread may use it.

    Args:
        path: the file, or None for none.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._told: dict[str, str] = {}

    def of(self, url: str) -> str:
        """The token for the server at ``url``; empty if none is known."""
        with self._lock:
            if url in self._told:
                return self._told[url]
            return self._kept().get(url, "")

    def is_kept(self, url: str) -> bool:
        """Whether it is in the file."""
        with self._lock:
            return url in self._kept()

    def put(self, url: str, token: str, *, keep: bool) -> None:
        """Use it from now on; in the file too if ``keep``, else it is taken out of there.

        Raises:
            Problem: the file cannot be written; the token is known until the program ends.
        """
        with self._lock:
            self._told[url] = token
            kept = self._kept()
            wanted = {**kept, url: token} if keep and token else dict(kept)
            if not (keep and token):
                wanted.pop(url, None)
            if self._path is None or wanted == kept:
                return
            try:
                make_directory(self._path.parent, private=True)
                write_atomic(self._path, json.dumps(wanted, indent=1).encode(), private=True)
            except OSError as error:
                raise Problem(
                    say("The token could not be kept: {reason}.", error.strerror or error),
                    say("It is known until the program ends."),
                    error,
                ) from error

    def _kept(self) -> dict[str, str]:
        """What is in the file; what cannot be read counts as not there."""
        if self._path is None:
            return {}
        try:
            found = json.loads(read_file(self._path, MAX_BYTES) or b"{}")
        except (Problem, ValueError, RecursionError) as error:
            LOG.info("the tokens of servers cannot be read: %s", error)
            return {}
        if not isinstance(found, dict):
            return {}
        return {url: token for url, token in found.items() if isinstance(token, str)}
