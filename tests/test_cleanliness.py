"""The checks that every test gets from conftest.py, run on tests that deserve to fail."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent

UNTIDY = """
import logging, socket, threading, time, warnings
from pathlib import Path

import platformdirs
from PySide6.QtCore import QTimer, qWarning
from PySide6.QtWidgets import QLabel, QWidget

kept = []


def test_bad_timer(qapp):
    kept.append(QTimer())
    kept[-1].start(100)


def test_bad_widget(qapp):
    kept.append(QWidget())


def test_bad_thread():
    threading.Thread(target=time.sleep, args=(1,)).start()


def test_bad_log():
    logging.getLogger("a").warning("b")


def test_bad_qt_warning(qtbot):
    qWarning("a")


def test_bad_python_warning():
    warnings.warn("a")


def test_bad_network():
    socket.create_connection(("example.org", 80))


def test_good_timer(qtbot):
    timer = QTimer(singleShot=True, interval=1)
    with qtbot.waitSignal(timer.timeout):
        timer.start()


def test_good_widget(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    QLabel("a", widget)
    widget.show()


def test_good_forgotten_widget(qapp):
    widget = QWidget()
    widget.itself = widget


def test_good_thread():
    threading.Thread(target=time.sleep, args=(0.05,)).start()


def test_good_log(caplog):
    logging.getLogger("a").warning("b")


def test_good_local_network():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_good_directories(user_home):
    for name in ("user_cache_path", "user_config_path", "user_data_path", "user_state_path"):
        assert user_home in getattr(platformdirs, name)("a").parents
    assert Path.home() == user_home
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """What pytest reports of each untidy test: passed, failed, error (in the check after it)."""
    folder = tmp_path_factory.mktemp("untidy")
    shutil.copy(HERE.parent / "pyproject.toml", folder)
    (folder / "tests").mkdir()
    checks = (HERE / "conftest.py").read_text(encoding="utf-8")
    impatient = checks.replace("PATIENCE_S = 30.0", "PATIENCE_S = 0.1")
    (folder / "tests" / "conftest.py").write_text(impatient, encoding="utf-8")
    (folder / "tests" / "test_untidy.py").write_text(UNTIDY)
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[str, set[str]] = {}
    for name, outcome in re.findall(r"::(test_\w+) (PASSED|FAILED|ERROR) ", answer.stdout):
        found.setdefault(name, set()).add(outcome)
    assert len(found) == UNTIDY.count("\ndef test_"), answer.stdout
    return found


@pytest.mark.parametrize("left", ["timer", "widget", "thread", "log"])
def test_what_a_test_leaves_behind_fails_it(outcomes: dict[str, set[str]], left: str) -> None:
    assert "ERROR" in outcomes[f"test_bad_{left}"]


@pytest.mark.parametrize("cause", ["qt_warning", "python_warning", "network"])
def test_a_warning_or_a_reach_for_the_network_fails_it(
    outcomes: dict[str, set[str]], cause: str
) -> None:
    assert "FAILED" in outcomes[f"test_bad_{cause}"]


def test_tidy_tests_pass(outcomes: dict[str, set[str]]) -> None:
    good = {name: found for name, found in outcomes.items() if name.startswith("test_good")}
    assert set.union(*good.values()) == {"PASSED"}
