"""What is written down for the case that something goes wrong; nothing leaves this computer."""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import os
import queue
import re
import stat
import sys
import threading
from collections.abc import Callable, Iterable
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from app.core.errors import Problem
from app.storage.regular import open_regular
from model.messages import say

LOG = logging.getLogger(__name__)
MAX_BYTES = 1 << 20
CRASH_BYTES = 1 << 18
END_LINES = 100
STOP_S = 1.0
NAMES = ("maskwright.log", *(f"maskwright-{number}.log" for number in range(2, 6)))
"""The first that can be written is used: something else may lie in its place."""
_CRASH = re.compile(r"crash-([0-9]{1,9})\.txt")
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

    A folder that cannot be written costs the log, nothing else, and whatever lies in it by whatever
    name stops nothing. Records are written on a thread of their own, since the disk may not answer.

    Args:
        folder: made if need be.
        facts: versions and the like, which a crash is told with; a line each.
    """

    def __init__(self, folder: Path, facts: Iterable[str] = ()) -> None:
        self.folder = folder
        self.path = folder / NAMES[0]
        self._facts = tuple(facts)
        self._crash: TextIO | None = None
        self._writer: _Writer | None = None
        self.crashed_before = False
        self._tell: Tell | None = None

    def start(self) -> None:
        """Write the log, and where a native crash happened; take over uncaught exceptions."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.crashed_before = self._keep_last_crash()
            self._crash = _open_private(self._crash_path(), os.O_TRUNC)
        except OSError:
            return
        self.note(*self._facts)
        faulthandler.enable(self._crash)
        handler = self._handler()
        if handler is None:
            return
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        self._writer = _Writer(handler)
        logging.getLogger().addHandler(self._writer.entrance)
        logging.getLogger("app").setLevel(logging.INFO)
        logging.getLogger("model").setLevel(logging.INFO)

    def note(self, *facts: str) -> None:
        """Tell these too, should the program crash; which model runs, for example."""
        if self._crash is not None:
            try:
                self._crash.writelines(f"# {fact}\n" for fact in facts)
                self._crash.flush()
            except (OSError, ValueError):
                return

    def flush(self, timeout_s: float = STOP_S) -> bool:
        """Wait until what was logged is in the file; False if the disk does not take it."""
        return self._writer is None or self._writer.flush(timeout_s)

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
        if self._writer is not None:
            logging.getLogger().removeHandler(self._writer.entrance)
        crash, writer = self._crash, self._writer
        self._crash = self._writer = None
        if crash is None:
            return
        faulthandler.disable()

        def end() -> None:
            crash.close()
            self._crash_path().unlink(missing_ok=True)
            if writer is not None:
                writer.close()

        thread = threading.Thread(target=_quietly, args=(end,), name="log end", daemon=True)
        thread.start()
        thread.join(STOP_S)

    def last_crash(self) -> Path:
        """What was written down when the program crashed the last time."""
        return self.folder / "crash-before.txt"

    def _crash_path(self) -> Path:
        return self.folder / f"crash-{os.getpid()}.txt"

    def _handler(self) -> logging.Handler | None:
        for name in NAMES:
            path = self.folder / name
            try:
                if path.exists() and not path.is_file():
                    continue
                handler = _PrivateFile(path, maxBytes=MAX_BYTES, backupCount=2, encoding="utf-8")
            except OSError:
                continue
            self.path = path
            return handler
        return None

    def _keep_last_crash(self) -> bool:
        """Put together what a crashed program left; those without a crash were killed."""
        crashed = False
        for path in list(self.folder.iterdir()):
            found = _CRASH.fullmatch(path.name)
            if found is None or _is_running(int(found[1])):
                continue
            try:
                if path.is_symlink() or not path.is_file():
                    continue
                text = end_of(path, CRASH_BYTES)
                if any(line.strip() and not line.startswith("#") for line in text.splitlines()):
                    log = "\n".join(last_lines(self.path, END_LINES))
                    whole = f"{text}\n# The log ended so:\n{log}\n"
                    with _open_private(self.last_crash(), os.O_TRUNC) as file:
                        file.write(whole)
                    crashed = True
                path.unlink()
            except OSError as error:
                LOG.info("%s is not looked at: %s", path, error)
        return crashed

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if isinstance(error, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        LOG.error("uncaught", exc_info=(kind, error, trace))
        self.flush(0.2)
        sys.__excepthook__(kind, error, trace)
        if self._tell is not None:
            self._tell(bug_problem(error, self.path))

    def _on_thread_exception(self, arguments: threading.ExceptHookArgs) -> None:
        LOG.error("uncaught in the thread %s", arguments.thread, exc_info=arguments.exc_value)


def bug_problem(error: BaseException, log: Path) -> Problem:
    """What the annotator is told of a bug."""
    return Problem(
        say("Something went wrong that should not have: {reason}.", error),
        say("Everything accepted is saved. Details are in {log}.", log),
        error,
    )


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    if not any(text in message for text in HARMLESS):
        logging.getLogger("qt").log(QT_LEVELS.get(kind, logging.INFO), "%s", message)


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """A log for its owner alone; a disk that refuses costs the log and no noise."""

    def _open(self) -> TextIOWrapper:
        return _open_private(Path(self.baseFilename), os.O_APPEND)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's name
        return


class _Writer:
    """Hands records to a handler on a thread of its own.

    Attributes:
        entrance: the handler for loggers.
    """

    def __init__(self, handler: logging.Handler) -> None:
        self._records: queue.SimpleQueue[logging.LogRecord | threading.Event] = queue.SimpleQueue()
        self.entrance = logging.handlers.QueueHandler(self._records)
        self._handler = handler
        thread = threading.Thread(target=self._run, name="log", daemon=True)
        thread.start()

    def flush(self, timeout_s: float) -> bool:
        done = threading.Event()
        self._records.put(done)
        return done.wait(timeout_s)

    def close(self) -> None:
        """Write what waits; the thread ends."""
        self.flush(STOP_S)
        self._records.put(logging.makeLogRecord({"name": _END}))
        self._handler.close()

    def _run(self) -> None:
        while True:
            record = self._records.get()
            if isinstance(record, threading.Event):
                record.set()
            elif record.name == _END:
                return
            else:
                self._handler.handle(record)


_END = "the log ends"


def end_of(path: Path, size: int) -> str:
    """The last ``size`` bytes of a file as text; empty if it cannot be read or is no file."""
    try:
        with open_regular(path) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - size))
            return file.read(size).decode("utf-8", "replace")
    except OSError:
        return ""


def last_lines(path: Path, count: int) -> list[str]:
    """The last lines of a log, oldest first."""
    return end_of(path, CRASH_BYTES).splitlines()[-count:]


def _open_private(path: Path, flags: int) -> TextIOWrapper:
    """For writing, by its owner alone; OSError also where it is no regular file."""
    flags |= os.O_WRONLY | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags, 0o600)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(22, "not a regular file", str(path))
    return os.fdopen(descriptor, "a" if flags & os.O_APPEND else "w", encoding="utf-8")


def _quietly(work: Callable[[], None]) -> None:
    try:
        work()
    except OSError as error:
        LOG.info("the log was not ended: %s", error)


def _is_running(pid: int) -> bool:
    if pid == os.getpid():
        return False
    if sys.platform == "win32":
        # Opening a file that another program holds open fails there: moving it is safe to try.
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
