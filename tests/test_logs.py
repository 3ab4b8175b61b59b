"""What goes wrong is written down, told, and remembered until the next start."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.core.errors import Problem
from app.logs import Logs

ROOT = Path(__file__).parents[1]
CRASH = """
import os, sys
from pathlib import Path
from app.logs import Logs
logs = Logs(Path(sys.argv[1]), ["Maskwright 9.9"])
logs.start()
logs.note("model: small")
import logging
logging.getLogger("app.test").info("what came before")
logs.flush()
os.abort()
"""


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[Logs]:
    logs = Logs(tmp_path / "logs")
    yield logs
    logs.stop()


def test_a_native_crash_is_remembered_at_the_next_start(logs: Logs) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CRASH, str(logs.folder)],
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=_without_core_files,
    )
    assert done.returncode != 0
    logs.start()
    assert logs.crashed_before
    text = logs.last_crash().read_text("utf-8")
    for part in ("Fatal Python error: Aborted", "Maskwright 9.9", "model: small", "came before"):
        assert part in text


def _without_core_files() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def test_an_end_as_it_should_be_is_no_crash(logs: Logs) -> None:
    logs.start()
    logs.stop()
    again = Logs(logs.folder)
    again.start()
    assert not again.crashed_before
    again.stop()


def test_an_exception_nobody_caught_is_written_down_and_told(
    logs: Logs, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[Problem] = []
    logs.start()
    logs.catch(told.append)
    error = ZeroDivisionError("by zero")
    sys.excepthook(type(error), error, None)
    assert "by zero" in str(told[0])
    assert logs.flush()
    assert "by zero" in logs.path.read_text("utf-8")
    assert "by zero" in capsys.readouterr().err


def test_records_go_into_the_file(logs: Logs) -> None:
    logs.start()
    logging.getLogger("app.test").info("a thing happened")
    assert logs.flush()
    assert "a thing happened" in logs.path.read_text("utf-8")


def test_a_folder_that_cannot_be_written_costs_the_log_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    logs = Logs(tmp_path / "file" / "logs")
    logs.start()
    logs.stop()


def killed(folder: Path) -> None:
    """A program that was killed leaves what it noted, and that is no crash."""
    (folder / "crash-4194305.txt").write_text("# Maskwright 9.9\n")


def two(folder: Path) -> None:
    (folder / "crash-before.txt").mkdir()
    (folder / "crash-4194305.txt").write_text("Fatal")


ODD: dict[str, Callable[[Path], object]] = {
    "a copy": lambda folder: (folder / "crash-12 (copy).txt").write_text("x"),
    "no number": lambda folder: (folder / "crash-1e5.txt").write_text("x"),
    "other digits": lambda folder: (folder / "crash-١٢.txt").write_text("x"),
    "a long number": lambda folder: (folder / f"crash-{'9' * 200}.txt").write_text("x"),
    "bytes that are no text": lambda folder: os.mkdir(os.fsencode(folder) + b"/crash-1\xff.txt"),
    "a folder": lambda folder: os.mkdir(folder / "crash-4194305.txt"),
    "a folder for the last": two,
    "a pipe": lambda folder: os.mkfifo(folder / "crash-4194305.txt"),
    "a link to itself": lambda folder: (folder / "crash-4194305.txt").symlink_to(
        "crash-4194305.txt"
    ),
    "a folder for the log": lambda folder: (folder / "maskwright.log").mkdir(),
    "a pipe for the log": lambda folder: os.mkfifo(folder / "maskwright.log"),
    "a folder for the older log": lambda folder: (folder / "maskwright.log.1").mkdir(),
    "killed": killed,
}


@pytest.mark.parametrize("put", ODD.values(), ids=ODD.keys())
def test_nothing_that_lies_in_the_folder_stops_the_start(
    logs: Logs, put: Callable[[Path], object]
) -> None:
    logs.folder.mkdir()
    put(logs.folder)
    logs.start()
    assert not logs.crashed_before
    logging.getLogger("app.test").info("a thing happened")
    assert logs.flush()
    assert "a thing happened" in logs.path.read_text("utf-8")


def test_log_and_crash_files_are_for_their_owner_alone(logs: Logs) -> None:
    logs.start()
    logging.getLogger("app.test").info("a thing happened")
    assert logs.flush()
    modes = {each.name: each.stat().st_mode & 0o077 for each in logs.folder.iterdir()}
    assert len(modes) == 2
    assert set(modes.values()) == {0}
    assert logs.folder.stat().st_mode & 0o077 == 0


def test_a_disk_that_does_not_answer_holds_up_neither_the_program_nor_its_end(
    logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.start()
    gate = threading.Event()
    monkeypatch.setattr("app.logs._PrivateFile.emit", lambda self, record: gate.wait(30))
    monkeypatch.setattr("app.logs.STOP_S", 0.1)
    begun = time.monotonic()
    logging.getLogger("app.test").info("a thing happened")
    assert not logs.flush(0.05)
    logs.stop()
    assert time.monotonic() - begun < 5
    gate.set()
