"""2,000 proposals on one image: deciding stays fluent.

Measured is what the window's own thread computes, so that other programs do not count; the limits
are several times what it takes, and far below what asking every row or painting every mask takes.
``tests/bench/test_review_speed.py`` measures the same in seconds on the clock.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.document import Annotation, Document, Evidence, Source, State
from app.core.mask import Mask
from app.ui.panels.objects import ObjectModel
from tests.ui.kit import Studio, write_image

SIZE = 1200, 1600
COUNT = 2000
STEP_S, PAINT_S, PREVIEW_S = 0.15, 0.1, 0.5
pytestmark = pytest.mark.slow


def crowd() -> Document:
    """Discs of up to 40 pixels all over the image, many of them overlapping."""
    generator = np.random.default_rng(1)
    discs = [np.hypot(*np.mgrid[-r : r + 1, -r : r + 1]) <= r for r in range(4, 20)]
    masks = []
    for disc in (discs[n] for n in generator.integers(0, len(discs), COUNT)):
        top, left = (int(generator.integers(0, side - len(disc))) for side in SIZE)
        masks.append(Mask.from_window(disc, left, top, *SIZE))
    annotations = tuple(
        Annotation(
            number,
            1,
            mask,
            Source.AUTOMATIC,
            State.PROPOSED,
            evidence=Evidence(predicted_iou=float(generator.uniform(0.7, 1))),
        )
        for number, mask in enumerate(masks, 1)
    )
    return Document(*SIZE, annotations, COUNT + 1)


@pytest.fixture
def crowded(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Studio]:
    write_image(tmp_path / "images", "a.png", np.full((*SIZE, 3), 90, np.uint8))
    studio = Studio(qtbot, qapp, tmp_path / "home")
    studio.open(tmp_path / "images")
    studio.session.commit("propose", crowd())
    studio.key("g")
    QApplication.processEvents()
    yield studio
    studio.close()


def taken(work: Any, *arguments: object) -> float:
    """Seconds this thread computed."""
    begun = time.thread_time()
    work(*arguments)
    return time.thread_time() - begun


def test_each_decision_is_fluent_and_none_is_lost(crowded: Studio) -> None:
    steps, paints = [], []
    for key in "aaxaxaaxax":
        steps.append(taken(crowded.key, key))
        paints.append(taken(crowded.canvas.repaint))
        QApplication.processEvents()
    counts = Counter(a.state for a in crowded.session.document or ())
    assert counts == {State.PROPOSED: COUNT - 10, State.ACCEPTED: 6, State.REJECTED: 4}
    print(f"step {median(steps) * 1000:.0f} ms, paint {median(paints) * 1000:.0f} ms")
    assert median(steps) < STEP_S
    assert median(paints) < PAINT_S


def test_a_decision_asks_the_list_for_the_rows_it_shows_and_no_others(
    crowded: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Counter[int]()
    usual = ObjectModel.data
    monkeypatch.setattr(
        ObjectModel,
        "data",
        lambda model, index, *role: asked.update([index.row()]) or usual(model, index, *role),
    )
    crowded.key("a")
    QApplication.processEvents()
    assert len(asked) < 100


def test_the_preview_of_a_threshold_is_fluent(crowded: Studio) -> None:
    above = crowded.window.review.above
    crowded.window.review.start_above()
    previews = [taken(above.threshold.setValue, value) for value in (0.95, 0.8, 0.75, 0.9)]
    assert len(crowded.session.selection) > COUNT // 4
    print(f"preview {median(previews) * 1000:.0f} ms")
    assert median(previews) < PREVIEW_S
