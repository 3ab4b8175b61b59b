"""Pictures of the main states are taken by the tests, so that somebody can look at them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
STATES = ("0-first-page", "1-empty", "2-three-answers", "3-corrected", "4-objects",
          "5-under-the-mouse", "dialog-export", "dialog-model", "dialog-shortcuts")  # fmt: skip


@pytest.mark.slow
def test_the_main_states_can_be_looked_at(tmp_path: Path) -> None:
    """They stay where pytest keeps what its last runs made; MASKWRIGHT_PICTURES names a folder."""
    target = Path(os.environ.get("MASKWRIGHT_PICTURES", tmp_path / "pictures"))
    subprocess.run(
        [sys.executable, "-m", "tests.ui.shots", str(target)],
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
        timeout=240,
        capture_output=True,
    )
    for state in STATES:
        with Image.open(target / f"{state}.png") as image:
            colors = np.unique(np.asarray(image.convert("RGB")).reshape(-1, 3), axis=0)
        assert len(colors) > 50, state
