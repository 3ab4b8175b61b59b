"""Run as a program: does a command, and kills itself just before it puts a file in its place.

Arguments: which file, counted from 1 over those whose path has a certain text in it; that text; the
command's own.
"""

from __future__ import annotations

import os
import signal
import sys
from unittest.mock import patch

from app.cli import main


def run() -> int:
    place, text = int(sys.argv[1]), sys.argv[2]
    usual, left = os.replace, place

    def replace(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> None:
        nonlocal left
        left -= text in os.fspath(target)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        usual(source, target)

    with patch.object(os, "replace", replace):
        return main(sys.argv[3:])


if __name__ == "__main__":
    sys.exit(run())
