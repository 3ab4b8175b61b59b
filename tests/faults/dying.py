"""Commands that are really killed, at a moment that can be chosen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def killed(place: int, text: object, *arguments: object) -> None:
    """Do a command; it dies before its ``place``-th file whose path has ``text`` in it is there."""
    words = [str(each) for each in (place, text, *arguments)]
    found = subprocess.run(
        [sys.executable, "-m", "tests.faults.die_at", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert found.returncode == -signal.SIGKILL, found.stderr.decode()
