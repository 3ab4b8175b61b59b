"""All that is like an example: where to ask, how to judge, and what stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from model.alike import Hit, Likeness, Shape, learn, ranked, scores, search, searching
from model.alike.views import MOST_VIEWS, views
from model.interface import Cancelled
from tests.ui.clicked_model import ClickedModel

PLACES = [(30, 30), (80, 30), (130, 30), (30, 90), (80, 90)]
OTHERS = [(130, 90)]


def picture() -> npt.NDArray[np.uint8]:
    """Five red discs and a blue one on grey."""
    pixels = np.full((120, 160, 3), 128, np.uint8)
    for place in (*PLACES, *OTHERS):
        shape = disc(*place)
        x0, y0, x1, y1 = shape.bounds
        pixels[y0:y1, x0:x1][shape.pixels] = (40, 60, 200) if place in OTHERS else (200, 40, 40)
    return pixels


def disc(x: int, y: int, radius: int = 12) -> Shape:
    down, across = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    pixels = down**2 + across**2 < radius**2
    return Shape(pixels, (x - radius, y - radius, x + radius + 1, y + radius + 1))


@pytest.fixture(scope="module")
def model() -> ClickedModel:
    return ClickedModel()


@pytest.fixture(scope="module")
def likeness(model: ClickedModel) -> Likeness:
    return learn(model, picture(), [disc(*PLACES[0])])


@pytest.fixture(scope="module")
def hits(model: ClickedModel, likeness: Likeness) -> list[Hit]:
    return search(model, picture(), likeness, [disc(*PLACES[0])])


def score_at(hits: list[Hit], likeness: Likeness, place: tuple[int, int]) -> float:
    """Of the candidate that overlaps the disc there best."""
    sure = scores([each.seen for each in hits], likeness)
    best = max(range(len(hits)), key=lambda n: hits[n].shape.iou(disc(*place)))
    assert hits[best].shape.iou(disc(*place)) > 0.7
    return float(sure[best])


def test_the_same_discs_are_likelier_than_one_of_another_colour(
    hits: list[Hit], likeness: Likeness
) -> None:
    same = [score_at(hits, likeness, place) for place in PLACES[1:]]
    assert min(same) > 0.5
    assert min(same) > score_at(hits, likeness, OTHERS[0])


def test_nothing_is_found_where_something_is_already(hits: list[Hit]) -> None:
    assert max(each.shape.iou(disc(*PLACES[0])) for each in hits) < 0.3


def test_only_inside_a_region(model: ClickedModel, likeness: Likeness) -> None:
    found = search(model, picture(), likeness, region=(55, 0, 160, 60))
    assert {PLACES[1], PLACES[2]} == {
        place for place in PLACES if any(each.shape.iou(disc(*place)) > 0.7 for each in found)
    }


def test_of_what_overlaps_the_likelier_one_stays(hits: list[Hit], likeness: Likeness) -> None:
    sure = scores([each.seen for each in hits], likeness)
    kept = ranked(hits, sure)
    assert [score for _, score in kept] == sorted((score for _, score in kept), reverse=True)
    shapes = [hits[n].shape for n, _ in kept]
    for number, shape in enumerate(shapes):
        assert all(shape.iou(other) <= 0.1 for other in shapes[:number])


def test_of_nearly_equal_ones_the_model_is_asked_which_it_is_surest_of(hits: list[Hit]) -> None:
    one = max(hits, key=lambda each: each.shape.iou(disc(*PLACES[1])))
    surer = replace(one, seen=replace(one.seen, predicted_iou=one.seen.predicted_iou + 0.05))
    assert ranked([one, surer], np.array([0.9, 0.88])) == [(1, 0.9)]
    assert ranked([one, surer], np.array([0.9, 0.2])) == [(0, 0.9)]


def test_a_surer_mask_that_lies_in_anothers_place_stands_for_none(hits: list[Hit]) -> None:
    squares = [(0, 0, 10, 10), (0, 0, 16, 10), (11, 0, 21, 10)]
    one, wide, other = (
        replace(hits[0], shape=Shape(np.ones((y1 - y0, x1 - x0), np.bool_), (x0, y0, x1, y1)))
        for x0, y0, x1, y1 in squares
    )
    wide = replace(wide, seen=replace(wide.seen, predicted_iou=2.0))
    assert ranked([one, wide], np.array([0.9, 0.85])) == [(1, 0.9)]
    assert ranked([one, wide, other], np.array([0.9, 0.85, 0.8])) == [(0, 0.9), (2, 0.8)]


def test_a_mask_that_holds_two_objects_comes_behind_them(hits: list[Hit]) -> None:
    first, second = disc(30, 30), disc(55, 30)
    x0, y0, x1, y1 = 18, 18, 68, 43
    pixels = np.zeros((y1 - y0, x1 - x0), np.bool_)
    pixels[:, :25] |= first.pixels
    pixels[:, 25:] |= second.pixels
    both = Shape(pixels, (x0, y0, x1, y1))
    some = [replace(hits[0], shape=each) for each in (both, first, second)]
    assert [place for place, _ in ranked(some, np.array([0.9, 0.6, 0.5]))] == [1, 2]
    # One alone is a part of it, not one of several.
    assert ranked(some[:2], np.array([0.9, 0.6])) == [(0, 0.9)]


def test_ten_thousand_are_compared_only_with_those_beside_them(
    hits: list[Hit], monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = 0
    shared = Shape.shared

    def counted(one: Shape, other: Shape) -> int:
        nonlocal compared
        compared += 1
        return shared(one, other)

    monkeypatch.setattr(Shape, "shared", counted)
    square = np.ones((9, 9), np.bool_)
    many = []
    for n in range(10_000):
        x, y = n % 100 * 8, n // 100 * 8
        many.append(replace(hits[0], shape=Shape(square, (x, y, x + 9, y + 9))))
    kept = ranked(many, np.linspace(1, 0.1, len(many)))
    assert len(kept) == 10_000
    assert compared < 40 * len(many)
    pool = searching._Pool([each.shape for each in many[:5000]], None)
    compared = 0
    for each in many:
        pool.add(each)
    assert len(pool.kept) == 5000
    assert compared < 10 * len(many)


def test_what_was_refused_falls_behind_and_scores_are_handed_out_anew(
    hits: list[Hit], likeness: Likeness
) -> None:
    seen = [each.seen for each in hits]
    before = scores(seen, likeness)
    blue = max(range(len(hits)), key=lambda n: hits[n].shape.iou(disc(*OTHERS[0])))
    after = scores(seen, likeness.with_decisions([], [seen[blue]]))
    assert after[blue] < before[blue]
    assert sorted(after) == pytest.approx(sorted(before))


def test_rejections_of_what_is_as_what_was_accepted_tell_nothing(
    hits: list[Hit], likeness: Likeness
) -> None:
    """They are of a bad mask or a double, not of another kind."""
    seen = [each.seen for each in hits]
    order = np.argsort(-scores(seen, likeness)).tolist()
    accepted = [seen[n] for n in order[:3]]
    alone = scores(seen, likeness.with_decisions(accepted, []))
    np.testing.assert_array_equal(scores(seen, likeness.with_decisions(accepted, accepted)), alone)


def test_what_was_accepted_is_an_example_too(hits: list[Hit], likeness: Likeness) -> None:
    seen = [each.seen for each in hits]
    before = scores(seen, likeness)
    last = int(before.argmin())
    after = scores(seen, likeness.with_decisions([seen[last]], []))
    assert after[last] > before[last]


def test_without_an_example_or_with_an_empty_one_it_is_refused(model: ClickedModel) -> None:
    empty = Shape(np.zeros((3, 3), np.bool_), (0, 0, 3, 3))
    with pytest.raises(ValueError, match="needs a mask with pixels"):
        learn(model, picture(), [])
    with pytest.raises(ValueError, match="needs a mask with pixels"):
        learn(model, picture(), [disc(*PLACES[0]), empty])


def test_examples_of_another_model_are_refused(model: ClickedModel, likeness: Likeness) -> None:
    with pytest.raises(ValueError, match="another model"):
        search(model, picture(), replace(likeness, model="0" * 32))


def test_it_stops_when_asked_to(model: ClickedModel, likeness: Likeness) -> None:
    with pytest.raises(Cancelled):
        search(model, picture(), likeness, cancelled=lambda: True)


@pytest.mark.parametrize("side", [3.0, 10.0, 40.0, 400.0])
def test_each_place_lies_whole_in_a_view_and_views_are_few(
    model: ClickedModel, side: float
) -> None:
    height, width = 3000, 4000
    crops = views((height, width), side, side, model)
    assert 1 <= len(crops) <= MOST_VIEWS
    for x, y in np.random.default_rng(1).uniform(0, (width - side, height - side), (40, 2)):
        assert any(
            c.box[0] <= x and c.box[1] <= y and x + side <= c.box[2] and y + side <= c.box[3]
            for c in crops
        )


def test_a_small_example_is_looked_for_in_the_region_alone(model: ClickedModel) -> None:
    crops = views((3000, 4000), 10, 10, model, (100, 100, 300, 250))
    assert len(crops) == 1
    x0, y0, x1, y1 = crops[0].box
    assert x0 <= 100
    assert y0 <= 100
    assert x1 >= 300
    assert y1 >= 250
