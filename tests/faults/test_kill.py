"""Killed at any moment, the program loses at most what was committed in the last quarter second."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.storage.places import Places
from app.storage.unfinished import UnfinishedFile
from tests.desk import Desk, make_images, saved_document

ROUNDS = 25
GRACE_NS = 250_000_000
ROOT = Path(__file__).parents[2]


class Victim:
    """The program in a process of its own, killed and started again."""

    def __init__(self, folder: Path, user: Path) -> None:
        script = Path(__file__).with_name("edit_until_killed.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script), str(folder), str(user)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
        )

    def run_and_kill(self, event: str, after_s: float) -> tuple[int, list[list[str]]]:
        """Kill it some seconds after it told ``event``: the moment, ns, and all it had told."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        told: list[list[str]] = []
        while not {"child", event}.issubset(words[0] for words in told):
            told.append(self._line())
        child = next(int(words[1]) for words in told if words[0] == "child")
        time.sleep(after_s)
        killed = time.time_ns()
        os.kill(child, signal.SIGKILL)
        while told[-1][0] != "gone":
            told.append(self._line())
        return killed, told

    def _line(self) -> list[str]:
        assert self.process.stdout is not None
        return self.process.stdout.readline().split()

    def end(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(30)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
def test_everything_saved_survives_being_killed(tmp_path: Path) -> None:
    folder, user = tmp_path / "pictures", tmp_path / "user"
    make_images(folder, 1)
    random.seed(7)
    victim = Victim(folder, user)
    found = 0
    try:
        for number in range(ROUNDS):
            event = ("opened", "committed", "saved")[number % 3]
            killed, told = victim.run_and_kill(event, random.uniform(0, 0.08))
            numbers = [(words[0], int(words[1]), int(words[-1])) for words in told]
            opened = next(number for word, number, _ in numbers if word == "opened")
            saved = [number for word, number, _ in numbers if word == "saved"]
            due = [
                number
                for word, number, moment in numbers
                if word == "committed" and moment < killed - GRACE_NS
            ]
            assert opened == found
            found = len(saved_document(folder, "0.png", Places.below(user)))
            assert found >= max([opened, *saved, *due])
    finally:
        victim.end()
    assert found >= ROUNDS // 3


@pytest.mark.slow
def test_a_mask_begun_on_the_open_image_survives_being_killed(qtbot: QtBot, tmp_path: Path) -> None:
    folder, user = tmp_path / "pictures", tmp_path / "user"
    make_images(folder, 1)
    places = Places.below(user)
    script = Path(__file__).with_name("begin_until_killed.py")
    process = subprocess.Popen(
        [sys.executable, str(script), str(folder), str(user)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
    )
    try:
        file = UnfinishedFile(places.unfinished)
        qtbot.waitUntil(lambda: any(begun.counts for begun in file.read()), timeout=60_000)
    finally:
        process.kill()
        process.wait(30)
    desk = Desk(qtbot, places).open(folder)
    desk.wait(lambda: desk.mask_editor.can_accept)
    assert desk.mask_editor.prompt.points[0].x == 30
    assert desk.mask_editor.accept() is not None
    desk.close()
