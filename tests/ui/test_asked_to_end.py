"""A signal closes the window in an orderly way."""

from __future__ import annotations

import os
import signal

import pytest
from pytestqt.qtbot import QtBot

from app.ui.asked_to_end import SIGNALS, AskedToEnd


@pytest.mark.skipif(os.name == "nt", reason="Windows sends a program no such signals")
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_told_in_qts_loop_and_interrupts_nothing(
    qtbot: QtBot, number: signal.Signals
) -> None:
    # Tests that were started in the background may have been told to ignore it.
    usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
    before = signal.signal(number, usual)
    asked = AskedToEnd()
    asked.listen()
    try:
        with qtbot.waitSignal(asked.heard):
            os.kill(os.getpid(), number)
        asked.stop()
        assert signal.getsignal(number) is usual
    finally:
        asked.stop()
        signal.signal(number, before)


def test_a_signal_that_is_ignored_stays_ignored(qtbot: QtBot) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked = AskedToEnd()
    asked.listen()
    try:
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        asked.stop()
        signal.signal(signal.SIGINT, before)
