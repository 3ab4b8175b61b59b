"""Points inside what is known are not asked, and nothing else changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from model.everything import Filters, Found, Grid, Progress, Settings, Sure
from model.everything import segment_everything as everything
from model.everything.grid import points, spread
from model.everything.skipping import Skipping, There
from model.interface import Embedding, Prediction, Prompt
from tests.model.everything.blob_model import BlobModel
from tests.model.golden import tiny_io

IMAGE = tiny_io()["image"]
SIZE = (IMAGE.shape[0], IMAGE.shape[1])
LOW = Filters(predicted_iou=0.5, stability=0.5)
GRID = Grid(8, batch=16)
LAX = Sure(share=0.5, stability=0.0, max_cover=0.5)


class Asked(BlobModel):
    """Remembers the points."""

    def __init__(self) -> None:
        super().__init__()
        self.points: list[tuple[float, float]] = []

    def decode_batch(
        self, embedding: Embedding, prompts: Sequence[Prompt], multimask: bool | None = None
    ) -> list[Prediction]:
        self.points += [(float(p.points[0, 0]), float(p.points[0, 1])) for p in prompts]
        return super().decode_batch(embedding, prompts, multimask)


def run(
    settings: Settings, there: There | None = None
) -> tuple[Asked, list[Progress], list[Found]]:
    model = Asked()
    events = [*everything(model, IMAGE, settings, there=there)]
    steps = [each for each in events if isinstance(each, Progress)]
    return model, steps, [each for each in events if isinstance(each, Found)]


def test_without_it_every_point_is_asked_in_the_order_of_the_grid() -> None:
    model, _, _ = run(Settings(GRID, LOW))
    expected = points(8, (0, 0, SIZE[1], SIZE[0])).tolist()
    assert model.points == [tuple(each) for each in expected]


def test_what_is_sure_is_not_asked_again() -> None:
    plain, _, _ = run(Settings(GRID, LOW))
    model, steps, found = run(Settings(GRID, LOW, LAX))
    assert set(model.points) < set(plain.points)
    assert len(model.points) < len(plain.points)
    assert (steps[-1].done, {step.total for step in steps}) == (64, {64})
    assert found
    asked = [each for step in steps for each in step.seen]
    passed = set(plain.points) - set(model.points)
    sure = [each for each in asked if each.cover <= LAX.max_cover]
    assert all(any(each.holds(*place) for each in sure) for place in passed)


def test_points_of_what_is_there_are_passed_over() -> None:
    model, steps, _ = run(Settings(GRID, LOW), lambda x, y: x < SIZE[1] / 2)
    assert min(x for x, _ in model.points) >= SIZE[1] / 2
    assert len(model.points) == 32
    assert steps[-1].done == 64
    model, steps, found = run(Settings(GRID, LOW), lambda x, y: True)
    assert (model.points, found, steps[-1].done) == ([], [], 64)


def test_large_or_shaky_masks_make_nothing_needless() -> None:
    for sure in (replace(LAX, max_cover=0.0), replace(LAX, stability=2.0)):
        model, _, _ = run(Settings(GRID, LOW, sure))
        assert len(model.points) == 64


def test_a_candidate_holds_the_pixels_of_its_mask() -> None:
    _, _, found = run(Settings(GRID, LOW))
    for each in [one.candidate for one in found][:5]:
        x0, y0, x1, y1 = each.bounds
        mask = each.pixels()
        for y in range(max(y0 - 1, 0), min(y1 + 1, SIZE[0]), 9):
            for x in range(max(x0 - 1, 0), min(x1 + 1, SIZE[1]), 9):
                inside = x0 <= x < x1 and y0 <= y < y1
                assert each.holds(x + 0.5, y + 0.5) == (inside and bool(mask[y - y0, x - x0]))


@pytest.mark.parametrize("per_side", [1, 2, 5, 8])
def test_points_are_spread_and_each_is_there_once(per_side: int) -> None:
    places = points(per_side, (0, 0, 100, 60))
    found = spread(places)
    assert sorted(found.tolist()) == sorted(places.tolist())
    quarter = found[: ((per_side + 1) // 2) ** 2]
    distances = np.abs(quarter[:, None] - quarter[None]).max(axis=2)
    assert (distances[~np.eye(len(quarter), dtype=bool)] >= 2 * 60 / per_side - 1e-3).all()


def test_points_come_in_batches_and_those_passed_over_are_counted() -> None:
    left = Skipping(points(4, (0, 0, 4, 4)), None, lambda x, y: y < 1)
    batch, passed = left.batch(5)
    assert (len(batch), passed, left.left) == (5, 4, True)
    batch, passed = left.batch(100)
    assert (len(batch), passed, left.left) == (7, 0, False)
