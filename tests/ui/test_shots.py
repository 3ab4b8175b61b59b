"""The main states of the window, photographed by the real program, so that they can be looked at.

``python -m tests.ui.shots FOLDER`` takes the same ones to keep.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent.parent
STATES = {
    "0-first-page",
    "1-empty",
    "2-three-answers",
    "3-corrected",
    "4-objects",
    "5-under-the-mouse",
    "6-close-up",
    "dialog-shortcuts",
    "dialog-settings",
    "dialog-model",
    "dialog-export",
}
ALL_COLORS = 1 << 24


@pytest.mark.slow
def test_every_main_state_can_be_photographed(tmp_path: Path) -> None:
    """MASKWRIGHT_PICTURES names a folder where they are to stay."""
    target = Path(os.environ.get("MASKWRIGHT_PICTURES", tmp_path))
    done = subprocess.run(
        [sys.executable, "-m", "tests.ui.shots", str(target)],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pictures = {path.stem: Image.open(path).convert("RGB") for path in target.glob("*.png")}
    assert set(pictures) >= STATES
    for name, picture in pictures.items():
        assert len(picture.getcolors(ALL_COLORS) or ()) > 50, f"{name} is nearly blank"
    # What was clicked is there to be seen: two states of one window differ.
    assert pictures["1-empty"].tobytes() != pictures["2-three-answers"].tobytes()
