from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from app.core.brush import stroke, stroke_window
from app.core.mask import Mask

SIZE = (24, 32)
PLACES = st.tuples(st.integers(-140, 350), st.integers(-140, 315)).map(
    lambda p: (p[0] / 7, p[1] / 7)
)
TRACKS = st.lists(PLACES, min_size=1, max_size=4)


def painted(mask: Mask) -> set[tuple[int, int]]:
    ys, xs = np.nonzero(mask.to_array())
    return set(zip(xs.tolist(), ys.tolist(), strict=True))


@given(TRACKS, st.sampled_from([1, 2, 3.5, 8, 30]))
def test_a_stroke_covers_the_centres_near_its_line(
    track: list[tuple[float, float]], diameter: float
) -> None:
    line = shapely.LineString(track) if len(track) > 1 else shapely.Point(track[0])
    y, x = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    distance = shapely.distance(line, shapely.points(x, y))
    assume((np.abs(distance - diameter / 2) > 1e-6).all())
    expected = distance <= diameter / 2
    for px, py in track:
        if 0 <= px < SIZE[1] and 0 <= py < SIZE[0]:
            expected[int(py), int(px)] = True
    assert np.array_equal(stroke(track, diameter, *SIZE).to_array(), expected)


def test_the_thinnest_brush_paints_the_pixel_it_is_in() -> None:
    for x, y in [(3.0, 4.0), (3.99, 4.99), (3.5, 4.5), (3.01, 4.97)]:
        assert (3, 4) in painted(stroke([(x, y)], 1, *SIZE))


def test_the_thinnest_line_has_no_gap() -> None:
    columns = {x for x, _ in painted(stroke([(1.2, 2.7), (30.6, 17.3)], 1, *SIZE))}
    assert columns == set(range(1, 31))


def test_a_round_brush_is_round() -> None:
    disc = stroke([(16, 12)], 10, *SIZE)
    assert disc.bounds == (11, 7, 21, 17)
    assert disc.area == pytest.approx(np.pi * 25, abs=4)


def test_outside_the_image_nothing_is_painted() -> None:
    assert stroke([(-20, 5), (-9, 9)], 6, *SIZE).area == 0
    assert stroke([(500, 500)], 6, *SIZE).area == 0
    assert stroke([(-1, 5)], 6, *SIZE).bounds == (0, 2, 2, 8)


def test_the_window_is_no_larger_than_the_stroke() -> None:
    pixels, box = stroke_window([(10, 10), (12, 10)], 4, 3000, 4000)
    assert box == (8, 8, 14, 12)
    assert pixels.shape == (4, 6)


@pytest.mark.parametrize(
    ("track", "diameter"),
    [
        ([], 5),
        ([(1, 1)], 0.5),
        ([(1, 1)], 5000),
        ([(1, 1)], float("nan")),
        ([(float("nan"), 1)], 5),
    ],
)
def test_a_stroke_that_cannot_be_is_refused(
    track: list[tuple[float, float]], diameter: float
) -> None:
    with pytest.raises(ValueError, match=r"brush|finite"):
        stroke(track, diameter, *SIZE)
