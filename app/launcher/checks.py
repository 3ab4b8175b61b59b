"""Runs every check of the project, one after the other, and sums up."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from app.launcher.words import sentence

# As code rather than as a script: scripts in an environment break when its folder is moved.
_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
# Each holds PyTorch and a window: more of them rather run out of memory than save time.
MOST_WORKERS = 4


def commands(python: Path, arguments: Sequence[str]) -> dict[str, list[str]]:
    """Name the checks and what runs them; the arguments go to pytest.

    Without any, all tests are shared by several processes; with some, one runs what was asked for.
    """
    start = [str(python), "-P"]
    return {
        "style (ruff)": [*start, "-m", "ruff", "check", "."],
        "format (ruff)": [*start, "-m", "ruff", "format", "--check", "."],
        "dead code (vulture)": [*start, "-m", "vulture"],
        "types (mypy)": [*start, "-m", "mypy"],
        "imports (import-linter)": [*start, "-c", _IMPORTS],
        "tests (pytest)": [*start, "-m", "pytest", *(arguments or _spread(cores()))],
    }


def cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _spread(count: int) -> list[str]:
    # A process keeps to its files, whose tests share what is dear, until it has nothing left to do.
    if count == 1:
        return []
    return ["-n", str(min(count, MOST_WORKERS)), "--dist", "worksteal"]


def run_all(
    root: Path,
    checks: Mapping[str, Sequence[str]],
    variables: Mapping[str, str],
    say: Callable[[str], None],
) -> int:
    """Run all checks, also after one has failed; 0 if all passed, otherwise 1."""
    results = []
    for name, command in checks.items():
        say(f"--- {name}")
        began = time.monotonic()
        status = subprocess.run(command, cwd=root, env=dict(variables), check=False).returncode
        results.append((name, status, time.monotonic() - began))
    say(f"--- {sentence('summary')}")
    for name, status, took_s in results:
        verdict = (
            sentence("passed") if status == 0 else sentence("FAILED (status {status})", status)
        )
        say(f"{name:<25}{verdict}, {took_s:.1f} s")
    return int(any(status for _, status, _ in results))
