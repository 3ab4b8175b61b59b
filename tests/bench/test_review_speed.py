"""How long steps and paints take with 2,000 proposals on one image (run with ``-m bench``)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.document import Document, Evidence, Source, State
from app.core.mask import Mask
from tests.ui.kit import Studio, write_image

SIZE = 2000, 3000
COUNT = 2000
STEP_MS, PAINT_MS = 100.0, 50.0
pytestmark = pytest.mark.bench


def crowd() -> Document:
    """Discs of 10 to 60 pixels all over the image, many of them overlapping."""
    generator = np.random.default_rng(1)
    document = Document(*SIZE)
    for _ in range(COUNT):
        radius = int(generator.integers(5, 30))
        y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
        disc = y * y + x * x <= radius * radius
        top = int(generator.integers(0, SIZE[0] - 2 * radius - 1))
        left = int(generator.integers(0, SIZE[1] - 2 * radius - 1))
        document = document.with_added(
            Mask.from_window(disc, left, top, *SIZE),
            source=Source.AUTOMATIC,
            state=State.PROPOSED,
            evidence=Evidence(predicted_iou=float(generator.uniform(0.7, 1))),
        )
    return document


@pytest.fixture
def crowded(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Studio]:
    pixels = np.random.default_rng(2).integers(0, 255, (*SIZE, 3), np.uint8)
    write_image(tmp_path / "images", "a.png", pixels)
    studio = Studio(qtbot, qapp, tmp_path / "home")
    studio.open(tmp_path / "images")
    studio.session.commit("propose", crowd())
    yield studio
    studio.close()


def test_each_decision_and_each_paint_is_fluent(crowded: Studio) -> None:
    crowded.key("g")
    QApplication.processEvents()
    steps, paints = [], []
    for number in range(60):
        begun = time.perf_counter()
        crowded.key("x" if number % 3 == 0 else "a")
        steps.append((time.perf_counter() - begun) * 1000)
        begun = time.perf_counter()
        crowded.canvas.repaint()
        paints.append((time.perf_counter() - begun) * 1000)
        QApplication.processEvents()
    crowded.canvas.fit()
    begun = time.perf_counter()
    crowded.canvas.repaint()
    whole = (time.perf_counter() - begun) * 1000
    begun = time.perf_counter()
    crowded.window.review.above.threshold.setValue(0.8)
    preview = (time.perf_counter() - begun) * 1000
    print(
        f"\nstep: median {median(steps):.1f} ms, worst {max(steps):.1f} ms; "
        f"paint: median {median(paints):.1f} ms, worst {max(paints):.1f} ms; "
        f"whole image {whole:.1f} ms; preview of many {preview:.1f} ms"
    )
    assert median(steps) < STEP_MS
    assert median(paints) < PAINT_MS
