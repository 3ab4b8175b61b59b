"""Panning and zooming over 2,000 objects on 12 megapixels, in the real window.

python -m pytest tests/bench/test_painting_speed.py -m bench -s
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.document import Document, Source
from app.core.mask import Mask
from app.storage.shipped import SAMPLES
from tests.ui.kit import Studio

SIZE = 3000, 4000
COUNT = 2000
FLUENT_MS = 33.0
STEPS = 40
pytestmark = pytest.mark.bench


def crowd() -> Document:
    """Discs of 20 to 160 pixels all over the image, many of them overlapping."""
    generator = np.random.default_rng(1)
    document = Document(*SIZE)
    for _ in range(COUNT):
        radius = int(generator.integers(10, 80))
        y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
        top = int(generator.integers(0, SIZE[0] - 2 * radius - 1))
        left = int(generator.integers(0, SIZE[1] - 2 * radius - 1))
        disc = Mask.from_window(y * y + x * x <= radius * radius, left, top, *SIZE)
        document = document.with_added(disc, source=Source.SMART)
    return document


@pytest.fixture
def crowded(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Studio]:
    (tmp_path / "images").mkdir()
    with Image.open(SAMPLES / "coffee.png") as image:
        large = image.convert("RGB").resize(SIZE[::-1], Image.Resampling.BICUBIC)
    large.save(tmp_path / "images" / "a.jpg", quality=90)
    studio = Studio(qtbot, qapp, tmp_path / "home")
    studio.window.resize(1440, 900)
    studio.open(tmp_path / "images")
    studio.session.commit("crowd", crowd())
    studio.canvas.repaint()
    yield studio
    studio.close()


def paints(studio: Studio, step: Callable[[int], None]) -> list[float]:
    """Processor milliseconds of the window's thread for each step with the paint that follows."""
    times = []
    for number in range(STEPS):
        begun = time.thread_time()
        step(number)
        studio.canvas.repaint()
        times.append((time.thread_time() - begun) * 1000)
        QApplication.processEvents()
    return times


@pytest.mark.parametrize("scale", ["fit", "100 %", "400 %"])
def test_panning_is_fluent(crowded: Studio, scale: str) -> None:
    canvas = crowded.canvas
    if scale != "fit":
        canvas.set_viewport(canvas.viewport.actual_size(500, 400))
    if scale == "400 %":
        canvas.set_viewport(canvas.viewport.zoomed(4, 500, 400))
    canvas.repaint()
    QApplication.processEvents()

    def pan(number: int) -> None:
        canvas.set_viewport(canvas.viewport.panned(7 if number % 20 < 10 else -7, 5))

    times = paints(crowded, pan)
    print(f"pan at {scale}: median {median(times):.1f} ms, worst {max(times):.1f} ms")
    assert median(times) <= FLUENT_MS


def test_zooming_is_fluent(crowded: Studio) -> None:
    canvas = crowded.canvas

    def zoom(number: int) -> None:
        factor = 1.15 if number % 20 < 10 else 1 / 1.15
        canvas.set_viewport(canvas.viewport.zoomed(factor, 500, 400))

    times = paints(crowded, zoom)
    print(f"zoom: median {median(times):.1f} ms, worst {max(times):.1f} ms")
    assert median(times) <= 3 * FLUENT_MS
