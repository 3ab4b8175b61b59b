"""Connecting to a Ray cluster, or starting one on this machine: what goes wrong, in sentences."""

from __future__ import annotations

import io
import logging
import os
import re
import secrets
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

from app.batch.cluster_worker import CODE
from app.core.errors import Problem
from app.storage.atomic import make_directory
from model.messages import say, shortened

LOG = logging.getLogger(__name__)
LOCAL = "local"
CONNECT_S = 10.0
LONGEST_FOLDER = 40
"""Ray's sockets lie below its folder, and their paths may have 107 bytes."""
_PLACE = re.compile(r"\[?(?P<host>[^\s\[\]/]+)\]?:(?P<port>\d{1,5})")


@contextmanager
def connected(address: str, logs: Path) -> Iterator[Any]:
    """The module ``ray``, connected to the cluster at ``HOST:PORT``; ``local`` starts one here.

    Args:
        logs: where the logs of one that is started here lie while it runs.

    Raises:
        Problem: it is not installed, or there is no such cluster, or it is of another version.
    """
    if address != LOCAL:
        _require(address)
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "error")
    if address == LOCAL:
        # Nobody else of this machine is let in, and no file with a token is left behind.
        os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    try:
        import ray
    except ImportError as error:
        raise Problem(
            say("Ray is not installed."),
            say("Start once with run.py --with-ray, or install maskwright[ray]."),
            error,
        ) from error
    folder = _folder_in(logs) if address == LOCAL else None
    try:
        # What it prints of workers that died would stand between the lines that machines read.
        with redirect_stdout(_Noted()):
            _init(ray, address, folder)
            yield ray
    finally:
        ray.shutdown()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


class _Noted(io.TextIOBase):
    """Has what is written into it in the log."""

    def write(self, text: str) -> int:
        if text.strip():
            LOG.info("%s", text.strip())
        return len(text)


def _init(ray: Any, address: str, folder: Path | None) -> None:
    options: dict[str, Any] = {"address": address}
    if folder is not None:
        options |= {"_temp_dir": str(folder), "include_dashboard": False}
    main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGTERM) if main else None
    try:
        ray.init(
            job_config=ray.job_config.JobConfig(code_search_path=[str(CODE)]),
            log_to_driver=False,
            logging_level=logging.ERROR,
            **options,
        )
    except Exception as error:
        raise _explained(address, error) from error
    finally:
        # It has its own answer to a polite request to end; ours keeps what is done.
        if main:
            signal.signal(signal.SIGTERM, before)


def _folder_in(logs: Path) -> Path:
    short = len(os.fsencode(logs)) <= LONGEST_FOLDER
    if short:
        make_directory(logs, private=True)
    return Path(tempfile.mkdtemp(prefix="ray-", dir=logs if short else None))


def _require(address: str) -> None:
    """Raises: Problem: nothing listens at the address; found out before Ray waits for minutes."""
    if address == "auto":
        return
    place = _PLACE.fullmatch(address)
    if place is None:
        raise Problem(
            say("{address} is no address of a Ray cluster.", address),
            say(
                "Say HOST:PORT as `ray start` told it, on a machine of the cluster, or auto there; "
                "local starts one on this machine."
            ),
        )
    try:
        socket.create_connection((place["host"], int(place["port"])), CONNECT_S).close()
    except (OSError, OverflowError, UnicodeError) as error:
        raise Problem(
            say("There is no Ray cluster at {address}: {reason}.", address, error),
            say("Start its head with: ray start --head"),
            error,
        ) from error


def _explained(address: str, error: Exception) -> Problem:
    text = str(error)
    if "ersion mismatch" in text:
        return Problem(
            say("The cluster at {address} runs another version of Ray or of Python.", address),
            say("Use the same on all machines: {reason}", shortened(" ".join(text.split()), 400)),
            error,
        )
    if isinstance(error, ConnectionError) or "uthentication" in text:
        return Problem(
            say(
                "What listens at {address} does not let this program in as a Ray cluster.", address
            ),
            say(
                "A cluster that was started with a token wants it: set RAY_AUTH_MODE=token, and "
                "RAY_AUTH_TOKEN_PATH to the file with it."
            ),
            error,
        )
    first = shortened(next(iter(text.splitlines()), "") or type(error).__name__, 300)
    return Problem(
        say("Ray could not be used at {address}: {reason}", address, first),
        say("Start this command on a machine of the cluster, after `ray start` there."),
        error,
    )
