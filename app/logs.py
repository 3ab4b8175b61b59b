"""What is written down for the case that something goes wrong; nothing leaves this computer."""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from app.core.errors import Problem

LOG = logging.getLogger(__name__)
MAX_BYTES = 1 << 20
QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
HARMLESS = ("does not support propagateSizeHints",)
Tell = Callable[[Problem], None]


class Logs:
    """The log of this program and of its crashes, in one folder of the user.

    A folder that cannot be written costs the log, nothing else.

    Args:
        folder: made if need be.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "maskwright.log"
        self._crash: TextIO | None = None
        self._handler: logging.Handler | None = None
        self.crashed_before = False
        self._tell: Tell | None = None

    def start(self) -> None:
        """Write the log, and where a native crash happened; take over uncaught exceptions."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.crashed_before = self._keep_last_crash()
            self._crash = open(self._crash_path(), "w", encoding="utf-8")  # noqa: SIM115  stays open
            handler = logging.handlers.RotatingFileHandler(
                self.path, maxBytes=MAX_BYTES, backupCount=2, encoding="utf-8"
            )
        except OSError:
            return
        faulthandler.enable(self._crash)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logging.getLogger().addHandler(handler)
        logging.getLogger("app").setLevel(logging.INFO)
        logging.getLogger("model").setLevel(logging.INFO)
        self._handler = handler

    def catch(self, tell: Tell) -> None:
        """Log uncaught exceptions and Qt's messages, and tell the annotator of the former."""
        self._tell = tell
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        qInstallMessageHandler(_on_qt_message)

    def stop(self) -> None:
        """The program ends as it should: no crash to be told of next time."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        qInstallMessageHandler(None)
        if self._crash is not None:
            faulthandler.disable()
            self._crash.close()
            self._crash_path().unlink(missing_ok=True)
            self._crash = None
        if self._handler is not None:
            logging.getLogger().removeHandler(self._handler)
            self._handler.close()
            self._handler = None

    def last_crash(self) -> Path:
        """What was written down when the program crashed the last time."""
        return self.folder / "crash-before.txt"

    def _crash_path(self) -> Path:
        return self.folder / f"crash-{os.getpid()}.txt"

    def _keep_last_crash(self) -> bool:
        """Move what a crashed program left; empty files are of programs that were killed."""
        crashed = False
        for path in self.folder.glob("crash-[0-9]*.txt"):
            if _is_running(int(path.stem.removeprefix("crash-"))):
                continue
            if path.stat().st_size:
                path.replace(self.last_crash())
                crashed = True
            else:
                path.unlink(missing_ok=True)
        return crashed

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if isinstance(error, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        LOG.error("uncaught", exc_info=(kind, error, trace))
        sys.__excepthook__(kind, error, trace)
        if self._tell is not None:
            self._tell(bug_problem(error, self.path))

    def _on_thread_exception(self, arguments: threading.ExceptHookArgs) -> None:
        LOG.error("uncaught in the thread %s", arguments.thread, exc_info=arguments.exc_value)


def bug_problem(error: BaseException, log: Path) -> Problem:
    """What the annotator is told of a bug."""
    return Problem(
        f"Something went wrong that should not have: {error or type(error).__name__}.",
        f"Everything accepted is saved. Details are in {log}.",
        error,
    )


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    if not any(text in message for text in HARMLESS):
        logging.getLogger("qt").log(QT_LEVELS.get(kind, logging.INFO), "%s", message)


def _is_running(pid: int) -> bool:
    if pid == os.getpid():
        return False
    if sys.platform == "win32":
        # Opening a file that another program holds open fails there: moving it is safe to try.
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
