"""How a long command is stopped: by Ctrl-C, or by a polite request to end."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from app.commands.language import told
from model.messages import say

STOPPED = 130
"""Exit status."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)
END_S = 3.0
"""So long after the second request the program has to end by itself."""


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C, or a polite request to end, came; the second time it ends the program.

    Python answers a signal between two steps of its own. While a library computes there may be none
    for hours, so a thread hears of signals too: work that is watched (``runtime_onnx/watched.py``)
    is told at once, and what does not end by itself after the second request is ended.
    """
    asked, over = threading.Event(), threading.Event()
    before: dict[int, Any] = {}

    def stop(number: int, frame: FrameType | None) -> None:
        asked.set()
        for each, handler in before.items():
            # Who starts a program in the background has signals ignored: not the second request.
            usual = signal.SIG_DFL if handler is signal.SIG_IGN else handler
            signal.signal(each, usual)

    heard, told = socket.socketpair()
    told.setblocking(False)
    thread = threading.Thread(
        target=_listen, args=(heard, asked, over), name="signals", daemon=True
    )
    thread.start()
    earlier = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    for number in SIGNALS:
        before[number] = signal.signal(number, stop)
    try:
        yield asked.is_set
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        signal.set_wakeup_fd(earlier)
        over.set()
        told.close()
        thread.join()
        heard.close()


def _listen(heard: socket.socket, asked: threading.Event, over: threading.Event) -> None:
    count = 0
    while numbers := heard.recv(64):
        count += sum(number in SIGNALS for number in numbers)
        if count:
            asked.set()
        if count > 1 and not over.wait(END_S):
            sys.stderr.write(f"{told(say('Stopped.'))}\n")
            sys.stderr.flush()
            # What was written is whole: files are replaced, never changed.
            os._exit(STOPPED)
