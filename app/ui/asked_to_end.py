"""Ctrl+C in the terminal or the end of the session closes the window as its cross does."""

from __future__ import annotations

import signal
import socket
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, Signal, Slot

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class AskedToEnd(QObject):
    """Listens from ``listen`` until ``stop``; on the main thread alone.

    Without it SIGINT raises KeyboardInterrupt in whatever slot runs, in the middle of an edit too,
    and SIGTERM ends the program with nothing closed. Python's own handlers run only between two of
    its steps, and while Qt waits there are none: so what the interpreter writes at a signal wakes
    Qt's loop.
    """

    heard = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._read, self._written = socket.socketpair()
        self._read.setblocking(False)
        self._written.setblocking(False)
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_written)

    def listen(self) -> None:
        """Take the signals, but those ignored already, as they are for a background job."""
        signal.set_wakeup_fd(self._written.fileno(), warn_on_full_buffer=False)
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _leave_to_qt)

    def stop(self) -> None:
        """From now on signals do what they do to any program."""
        signal.set_wakeup_fd(-1)
        for number in SIGNALS:
            if signal.getsignal(number) is _leave_to_qt:
                usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
                signal.signal(number, usual)
        self._notifier.setEnabled(False)
        self._read.close()
        self._written.close()

    @Slot()
    def _on_written(self) -> None:
        if set(self._read.recv(64)) & set(SIGNALS):
            self.heard.emit()


def _leave_to_qt(number: int, frame: FrameType | None) -> None:
    """What was written to the socket is enough."""
