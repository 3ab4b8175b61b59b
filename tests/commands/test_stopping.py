"""Ctrl-C ends a command whatever a library computes meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.model.test_detector_limits import endless

ROOT = Path(__file__).resolve().parents[2]
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")
STUCK = """
import signal, sys
# As a shell starts programs in the background.
signal.signal(signal.SIGINT, signal.SIG_IGN)
import onnxruntime
import numpy as np
from app.commands import stopping
stopping.END_S = 0.2
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
with stopping.stoppable():
    print("running", flush=True)
    session.run(None, {"image": np.zeros((1, 3, 64, 64), np.float32)})
"""


@pytest.mark.slow
@POSIX
def test_a_command_in_a_graph_without_an_end_stops_when_it_is_asked(tmp_path: Path) -> None:
    detector, images = endless(tmp_path), tmp_path / "images"
    images.mkdir()
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(images / "0.png")
    home = {f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("DATA", "CACHE", "CONFIG")}
    command = [sys.executable, "-m", "app", "automask", str(images)]
    command += ["--detector", str(detector)]
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | home, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        # It says so when the model is loaded, and the detector is next.
        assert "maskwright_small" in process.stderr.readline()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Stopped. What is done is kept" in told


@pytest.mark.slow
@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_a_second_time_it_ends_even_where_nothing_listens(
    tmp_path: Path, number: signal.Signals
) -> None:
    endless(tmp_path)
    command = [sys.executable, "-c", STUCK, str(tmp_path / "red.onnx")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        for _ in range(2):
            process.send_signal(number)
            time.sleep(0.1)
        # Where it was listening after all, the second request is the system's own.
        assert process.wait(timeout=60) in (130, -number)
