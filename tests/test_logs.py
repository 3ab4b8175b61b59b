"""What goes wrong is written down, told, and remembered until the next start."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.errors import Problem
from app.logs import Logs

ROOT = Path(__file__).parents[1]
CRASH = """
import os, sys
from pathlib import Path
from app.logs import Logs
Logs(Path(sys.argv[1])).start()
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
    assert "Fatal Python error: Aborted" in logs.last_crash().read_text("utf-8")


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
    assert "by zero" in logs.path.read_text("utf-8")
    assert "by zero" in capsys.readouterr().err


def test_records_go_into_the_file(logs: Logs) -> None:
    logs.start()
    logging.getLogger("app.test").info("a thing happened")
    assert "a thing happened" in logs.path.read_text("utf-8")


def test_a_folder_that_cannot_be_written_costs_the_log_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    logs = Logs(tmp_path / "file" / "logs")
    logs.start()
    logs.stop()
