"""Positions on the screen and in the image."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.canvas.viewport import MAX_SCALE, MIN_VISIBLE, Viewport

SIZES = st.integers(1, 5000)
VIEWS = st.builds(Viewport.fitting, SIZES, SIZES, st.integers(200, 3000), st.integers(200, 2000))
PLACES = st.tuples(st.integers(0, 199), st.integers(0, 199))
FACTORS = st.floats(0.1, 10)


@given(VIEWS, st.lists(st.tuples(FACTORS, PLACES), max_size=6), PLACES)
def test_there_and_back_is_the_same_place(
    view: Viewport, zooms: list[tuple[float, tuple[int, int]]], place: tuple[int, int]
) -> None:
    for factor, at in zooms:
        view = view.zoomed(factor, *at)
    assert view.to_device(*view.to_image(*place)) == pytest.approx(place, abs=1e-6)


@given(st.integers(100, 5000), st.integers(100, 5000), FACTORS)
def test_zooming_keeps_what_is_under_the_mouse(width: int, height: int, factor: float) -> None:
    view = Viewport.fitting(width, height, 1000, 800)
    at = view.to_device(0.3 * width, 0.6 * height)
    before = view.to_image(*at)
    after = view.zoomed(factor, *at)
    if after.scale != view.scale:
        # The image's corner lies on whole device pixels: half a pixel of the screen at most.
        assert after.to_device(*before) == pytest.approx(at, abs=0.51)


@given(VIEWS)
def test_fitting_shows_the_whole_image(view: Viewport) -> None:
    x0, y0 = view.to_device(0, 0)
    x1, y1 = view.to_device(view.image_width, view.image_height)
    assert x0 >= -1
    assert y0 >= -1
    assert x1 <= view.width + 1
    assert y1 <= view.height + 1


@given(VIEWS, st.integers(-10_000, 10_000), st.integers(-10_000, 10_000))
def test_the_image_cannot_be_lost(view: Viewport, dx: int, dy: int) -> None:
    moved = view.panned(dx, dy)
    x0, y0 = moved.to_device(0, 0)
    x1, y1 = moved.to_device(view.image_width, view.image_height)
    assert x0 < view.width
    assert y0 < view.height
    assert x1 >= min(MIN_VISIBLE - 1, view.image_width * view.scale)
    assert y1 >= min(MIN_VISIBLE - 1, view.image_height * view.scale)


def test_zoom_has_ends() -> None:
    view = Viewport.fitting(100, 100, 500, 500)
    assert view.zoomed(1e9, 10, 10).scale == MAX_SCALE
    assert view.zoomed(1e-9, 10, 10).scale == view.min_scale


def test_a_fitted_image_stays_fitted_when_the_window_grows() -> None:
    view = Viewport.fitting(400, 300, 500, 500)
    assert view.resized(1000, 1000) == Viewport.fitting(400, 300, 1000, 1000)
    zoomed = view.zoomed(3, 250, 250)
    assert zoomed.resized(1000, 1000).scale == zoomed.scale


def test_actual_size_is_one_to_one() -> None:
    assert Viewport.fitting(4000, 3000, 500, 500).actual_size(10, 10).scale == pytest.approx(1.0)


def test_the_visible_box_covers_what_is_on_the_screen() -> None:
    view = replace(Viewport.fitting(400, 300, 100, 100), scale=2.0, x=-101, y=10)
    assert view.visible_box == (50, 0, 101, 45)


def test_what_fills_the_image_is_shown_as_large_as_the_image_fits() -> None:
    view = Viewport.fitting(400, 300, 1000, 800)
    assert view.showing((0, 0, 400, 300)).scale == view.scale
    assert view.showing((0, 0, 40, 30)).scale > view.scale
