"""What the canvas paints, pixel by pixel."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QImage

from app.core.document import Annotation, State
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.ui.canvas import overlay, sprite
from app.ui.canvas.adjustment import Adjustment
from app.ui.canvas.frame import Frame
from app.ui.canvas.object_map import ObjectMap
from app.ui.canvas.overlay import Colors, OverlayStyle
from app.ui.canvas.pyramid import Pyramid
from app.ui.canvas.sprite import SpriteStyle
from app.ui.canvas.viewport import Bounds, Viewport

HEIGHT, WIDTH = 60, 80
RNG = np.random.default_rng(1)
PIXELS = RNG.integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
AROUND = (1, 2, 3)
PLAIN = SpriteStyle("#ff0000", opacity=1.0, rim=0, halo=0)
RED = 0xFFFF0000

VIEWS = st.builds(
    lambda scale, x, y: replace(Viewport.fitting(WIDTH, HEIGHT, 90, 70), scale=scale, x=x, y=y),
    st.sampled_from([1.0, 1.5, 2.0, 3.0, 7.3, 24.0]),
    st.integers(-600, 80),
    st.integers(-600, 60),
)


T = TypeVar("T", bound=np.generic)


def nearest(array: npt.NDArray[T], view: Viewport, outside: object) -> npt.NDArray[T]:
    """The array as squares on the screen: at each device pixel the image pixel under its centre."""
    columns = np.floor((np.arange(view.width) + 0.5 - view.x) / view.scale).astype(int)
    rows = np.floor((np.arange(view.height) + 0.5 - view.y) / view.scale).astype(int)
    shown = array[np.clip(rows, 0, len(array) - 1)][:, np.clip(columns, 0, array.shape[1] - 1)]
    inside = ((rows >= 0) & (rows < len(array)))[:, None] & (
        (columns >= 0) & (columns < array.shape[1])
    )
    result: npt.NDArray[T] = np.empty_like(shown)
    result[...] = np.asarray(outside, array.dtype)
    result[inside] = shown[inside]
    return result


def blob() -> npt.NDArray[np.bool_]:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    disc: npt.NDArray[np.bool_] = (y - 30) ** 2 + (x - 40) ** 2 < 18**2
    disc[28:33, 36:40] = False
    return disc


@given(VIEWS.filter(lambda view: view.scale >= 2))
def test_far_in_each_image_pixel_is_a_square_in_its_place(view: Viewport) -> None:
    shown = Pyramid.of(PIXELS).render(view, (0, 0, view.width, view.height), AROUND)
    expected = nearest(PIXELS, view, AROUND)
    assert np.array_equal(shown[:, :, 2::-1], expected)


def test_at_one_to_one_the_image_is_shown_as_it_is() -> None:
    view = replace(Viewport.fitting(WIDTH, HEIGHT, 200, 150), scale=1.0, x=11, y=7)
    shown = Pyramid.of(PIXELS).render(view, (0, 0, 200, 150), AROUND)
    assert np.array_equal(shown[7 : 7 + HEIGHT, 11 : 11 + WIDTH, 2::-1], PIXELS)
    assert (shown[:, :, 3] == 255).all()
    assert (shown[0, 0] == (3, 2, 1, 255)).all()


@pytest.mark.parametrize("size", [(1, 20_000), (20_000, 1), (1, 1), (3, 40_000)])
def test_images_of_any_shape_are_painted(size: tuple[int, int]) -> None:
    pixels = np.full((*size, 3), 77, np.uint8)
    pyramid = Pyramid.of(pixels)
    view = Viewport.fitting(size[1], size[0], 300, 200)
    for shown in (view, view.actual_size(150, 100), view.zoomed(50, 150, 100)):
        part = pyramid.render(shown, (0, 0, 300, 200), AROUND)
        assert (part[:, :, 0] == 77).any() or shown.scale * min(size) < 0.6


def test_small_views_come_from_reductions_and_stay_true() -> None:
    ramp = np.repeat(np.linspace(0, 255, 2048).astype(np.uint8)[None, :, None], 3, axis=2)
    pyramid = Pyramid.of(np.repeat(ramp, 600, axis=0))
    view = Viewport.fitting(2048, 600, 200, 100)
    shown = pyramid.render(view, (0, 0, 200, 100), AROUND)[50, :, 0].astype(int)
    x0, x1 = view.x + 2, view.x + round(2048 * view.scale) - 2
    places = (np.arange(x0, x1) + 0.5 - view.x) / view.scale
    assert np.abs(shown[x0:x1] - places / 2048 * 255).max() <= 2


@settings(max_examples=60)
@given(VIEWS, st.integers(-40, 40), st.integers(-40, 40))
def test_a_moved_frame_is_the_same_as_one_painted_anew(view: Viewport, dx: int, dy: int) -> None:
    pyramid = Pyramid.of(PIXELS)

    def paint(at: Viewport, box: Bounds) -> npt.NDArray[np.uint8]:
        return pyramid.render(at, box, AROUND)

    kept = Frame(paint, QImage.Format.Format_RGB32)
    kept.image(view, 1.0)
    moved = replace(view, x=view.x + dx, y=view.y + dy)
    fresh = Frame(paint, QImage.Format.Format_RGB32)
    if view.scale >= 2:
        assert kept.image(moved, 1.0).copy() == fresh.image(moved, 1.0).copy()


@given(VIEWS)
def test_a_mask_is_shown_exactly_where_it_is(view: Viewport) -> None:
    mask = Mask.from_array(blob())
    made = sprite.of_mask(mask, view, PLAIN)
    expected = nearest(blob(), view, False)
    shown = np.zeros((view.height, view.width), np.bool_)
    if made is not None:
        x0, y0 = max(made.x, 0), max(made.y, 0)
        height, width = made.pixels.shape
        x1, y1 = min(made.x + width, view.width), min(made.y + height, view.height)
        part = made.pixels[y0 - made.y : y1 - made.y, x0 - made.x : x1 - made.x]
        shown[y0:y1, x0:x1] = part == RED
    assert np.array_equal(shown, expected)


@given(VIEWS)
def test_objects_are_shown_exactly_where_they_are(view: Viewport) -> None:
    objects = ObjectMap(HEIGHT, WIDTH, [Annotation(1, 1, Mask.from_array(blob()))])
    slots = overlay.sampled(objects, view, (0, 0, view.width, view.height))
    assert np.array_equal(slots > 0, nearest(blob(), view, False))


def test_the_rim_lies_inside_and_the_halo_outside_the_mask() -> None:
    view = replace(Viewport.fitting(WIDTH, HEIGHT, 400, 300), scale=4.0, x=0, y=0)
    style = SpriteStyle("#ff0000", opacity=1.0, rim=2, halo=1)
    made = sprite.of_mask(Mask.from_array(blob()), view, style)
    assert made is not None
    inside = nearest(blob(), view, False)[made.y :, made.x :][
        : made.pixels.shape[0], : made.pixels.shape[1]
    ]
    white, red = made.pixels == 0xFFFFFFFF, made.pixels == RED
    assert white.any()
    assert np.array_equal(white | red, inside)
    assert (made.pixels[~inside] >> 24 < 255).all()


def colors_for(annotation: Annotation, style: OverlayStyle) -> tuple[int, int]:
    colors = Colors.of(ObjectMap(HEIGHT, WIDTH, [annotation]), LabelSet(), style)
    return int(colors.fill[1]), int(colors.line[1])


def test_a_selected_object_has_a_white_edge_whatever_the_style() -> None:
    annotation = Annotation(1, 1, Mask.from_array(blob()))
    style = OverlayStyle(outline=False, selection=frozenset({1}))
    assert colors_for(annotation, style)[1] == 0xFFFFFFFF
    assert colors_for(annotation, replace(style, selection=frozenset()))[1] != 0xFFFFFFFF


@pytest.mark.parametrize(
    ("selected", "proposed", "filled"), [(0, 1, False), (1, 1, True), (0, 0, True)]
)
def test_where_a_whole_image_is_decided_on_what_is_not_selected_leaves_the_image_as_it_is(
    selected: int, proposed: bool, filled: bool
) -> None:
    state = State.PROPOSED if proposed else State.ACCEPTED
    annotation = Annotation(1, 1, Mask.from_array(blob()), state=state)
    style = OverlayStyle(outline=False, selection=frozenset({selected}), deciding=True)
    colors = Colors.of(ObjectMap(HEIGHT, WIDTH, [annotation]), LabelSet(), style)
    assert (colors.fill[1] >> 24 > 0) == filled
    assert colors.stripe[1] == colors.fill[1]
    assert colors.line[1] >> 24 == 255 or not proposed


def test_brightness_and_contrast_are_neutral_at_zero_and_keep_order() -> None:
    assert np.array_equal(Adjustment().table, np.arange(256))
    for adjustment in (Adjustment(40, -30), Adjustment(-100, 100), Adjustment(100, 60)):
        assert (np.diff(adjustment.table.astype(int)) >= 0).all()
    assert Adjustment(50, 0).table[100] > 100
