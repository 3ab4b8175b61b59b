"""The main states of the window, photographed by the real program, so that they can be looked at.

``python -m tests.ui.shots FOLDER`` takes the same ones to keep.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
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


def test_every_main_state_can_be_photographed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.ui.shots", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pictures = {
        path.stem: np.asarray(Image.open(path).convert("RGB")) for path in tmp_path.glob("*.png")
    }
    assert set(pictures) >= STATES
    for name, picture in pictures.items():
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 30, f"{name} is nearly blank"
    # What was clicked is there to be seen: two states of one window differ.
    assert not np.array_equal(pictures["1-empty"], pictures["2-three-answers"])
