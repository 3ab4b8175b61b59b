"""The real start command on a real screen, where a virtual one is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.launcher.system_libraries import missing, needed
from app.storage.shipped import SAMPLES

ROOT = Path(__file__).parents[2]
XVFB, XDOTOOL = shutil.which("Xvfb"), shutil.which("xdotool")
LACKING = missing(needed("x11"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(XVFB is None, reason="needs Xvfb"),
    pytest.mark.skipif(bool(LACKING), reason=f"needs {', '.join(LACKING)}"),
]
SIZE = 1280, 800


@pytest.fixture
def screen() -> Iterator[str]:
    """The name of a display of its own, which is gone afterwards."""
    assert XVFB is not None
    reading, writing = os.pipe()
    width, height = SIZE
    arguments = ["-displayfd", str(writing), "-screen", "0", f"{width}x{height}x24"]
    server = subprocess.Popen([XVFB, *arguments], pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        number = pipe.readline().strip()
    try:
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(30)


class Program:
    """``python -m app`` on a copy of the samples, with places of its own."""

    def __init__(self, screen: str, home: Path) -> None:
        self.folder = home / "images"
        shutil.copytree(SAMPLES, self.folder, ignore=shutil.ignore_patterns("*.md"))
        self.cache = home / "cache"
        environment = {name: each for name, each in os.environ.items() if name != "QT_QPA_PLATFORM"}
        environment |= {
            "DISPLAY": screen,
            "PYTHONPATH": str(ROOT),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CACHE_HOME": str(self.cache),
            "XDG_CONFIG_HOME": str(home / "config"),
            "QT_QPA_PLATFORM": "xcb",
        }
        self.environment = environment
        command = [sys.executable, "-m", "app", str(self.folder)]
        self.process = subprocess.Popen(
            command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def wait(self, condition: Callable[[], object], seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < end, "it took too long"
            time.sleep(0.1)

    @property
    def embeddings(self) -> list[Path]:
        return [each for each in self.cache.rglob("*") if each.is_file()]

    def do(self, *arguments: str) -> str:
        assert XDOTOOL is not None
        done = subprocess.run([XDOTOOL, *arguments], env=self.environment, check=False,
                              capture_output=True, text=True)  # fmt: skip
        return done.stdout.strip()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=60)


@pytest.fixture
def program(screen: str, tmp_path: Path) -> Iterator[Program]:
    program = Program(screen, tmp_path)
    yield program
    program.close()


def test_the_window_comes_up_and_prepares_the_first_image(program: Program) -> None:
    program.wait(lambda: program.embeddings)
    assert program.process.poll() is None


@pytest.mark.skipif(XDOTOOL is None, reason="needs xdotool")
def test_a_click_and_enter_write_the_first_mask(program: Program) -> None:
    program.wait(lambda: program.do("search", "--name", "Maskwright"))
    program.wait(lambda: program.embeddings)
    x, y = SIZE[0] // 2, SIZE[1] // 2

    def try_once() -> list[Path]:
        # The screen has no window manager: the window is brought to the keyboard by hand.
        window = program.do("search", "--name", "Maskwright").split()[-1]
        program.do("windowfocus", window)
        program.do("mousemove", str(x), str(y), "click", "1")
        time.sleep(1)
        program.do("key", "Return")
        time.sleep(0.5)
        return list(program.folder.glob("*.json"))

    program.wait(try_once)
    assert list(program.folder.glob("*.json"))
