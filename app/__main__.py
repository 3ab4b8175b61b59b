"""Entry point of ``python -m app``."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path


def prepare_process() -> None:
    """What must be settled before Qt or a framework is imported."""
    # Some builds of OpenCV point Qt at their own plugins, which are of another version.
    import cv2  # noqa: F401

    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        os.environ.pop(name, None)
    if sys.platform == "win32":
        _load_torch_libraries_first()


def _load_torch_libraries_first() -> None:
    """On Windows torch's libraries do not load any more after Qt's (pytorch#166628).

    Loading the one at fault is enough, and takes no time; torch itself is imported when needed.
    """
    import ctypes

    torch = find_spec("torch")
    if torch is None or torch.origin is None:
        return
    library = Path(torch.origin).parent / "lib" / "c10.dll"
    if library.is_file():
        ctypes.CDLL(str(library))


def main() -> int:
    """Run the command line."""
    from app.cli import main as run_command_line

    prepare_process()
    return run_command_line()


if __name__ == "__main__":
    sys.exit(main())
