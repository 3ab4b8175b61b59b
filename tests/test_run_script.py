"""The start script itself: which Python, which checks, one start at a time."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import run
from app.launcher import checks, pip
from app.launcher.announcement import announce
from app.launcher.checks import run_all
from app.launcher.lock import locked
from app.launcher.words import sentence

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 0), (3, 10, 13)])
def test_an_old_python_is_told_what_is_needed(version: tuple[int, int, int]) -> None:
    assert "3.11 or newer" in run.too_old(version)


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 14, 2), (4, 0, 0)])
def test_a_new_enough_python_is_not_complained_about(version: tuple[int, int, int]) -> None:
    assert run.too_old(version) == ""


def test_what_is_said_before_any_library_is_there_is_in_the_language_of_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "需要 Python 3.11" in run.too_old((3, 8, 1))
    assert "3.8" in run.too_old((3, 8, 1))
    assert sentence("nobody has a word for {name}", 7) == "nobody has a word for 7"
    said = announce(Path("there"), None, ["torch", "ray"], ["numpy==2"], "linux")
    assert "首次启动" in said
    assert not re.search(r"large|first|start", said)
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert "are large" in announce(Path("there"), None, [], [])


@pytest.mark.parametrize("name", ["run.py", "app/__init__.py", "app/launcher/words.py"])
def test_an_old_python_can_read_what_tells_that_it_is_too_old(name: str) -> None:
    ast.parse((ROOT / name).read_text("utf-8"), feature_version=(3, 7))


def test_all_checks_run_and_one_failure_fails_the_whole(tmp_path: Path) -> None:
    said: list[str] = []
    write = "import sys, pathlib; pathlib.Path(sys.argv[1]).touch(); sys.exit(sys.argv[1] == 'a')"
    two = {name: [sys.executable, "-c", write, name] for name in ("a", "b")}
    assert run_all(tmp_path, two, pip.variables(), said.append) == 1
    assert (tmp_path / "b").exists()
    assert any(line.startswith("a") and "FAILED" in line for line in said)
    assert run_all(tmp_path, {"b": two["b"]}, pip.variables(), said.append) == 0


@pytest.mark.parametrize(("cores", "words"), [(1, []), (2, ["-n", "2"]), (64, ["-n", "4"])])
def test_all_tests_are_shared_by_as_many_processes_as_there_are_cores(
    cores: int, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "cores", lambda: cores)
    command = checks.commands(Path("python"), [])["tests (pytest)"]
    assert command[command.index("pytest") + 1 :][:2] == words


def test_tests_that_are_asked_for_run_in_one_process_as_asked() -> None:
    command = checks.commands(Path("python"), ["-x", "tests/core"])["tests (pytest)"]
    assert command[-2:] == ["-x", "tests/core"]
    assert "-n" not in command


def test_a_second_start_waits_for_the_first(tmp_path: Path) -> None:
    order: list[str] = []
    waiting = threading.Event()

    def second() -> None:
        with locked(tmp_path / "lock", lambda text: waiting.set()):
            order.append("second")

    with locked(tmp_path / "lock", order.append):
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(30)
        order.append("first")
    thread.join(30)
    assert order == ["first", "second"]


def test_the_launcher_needs_nothing_but_the_standard_library() -> None:
    program = (
        "import sys; before = set(sys.modules); import app.launcher.cli, json;"
        "print(json.dumps([m for m in set(sys.modules) - before if '.' not in m]))"
    )
    answer = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path.insert(0, {str(ROOT)!r}); {program}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(json.loads(answer.stdout)) - {"app"}
    assert loaded <= set(sys.stdlib_module_names)
