"""The map of objects stays what it would be if it were made anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.document import Annotation
from app.core.mask import Mask
from app.ui.canvas import object_map
from app.ui.canvas.object_map import ObjectMap

HEIGHT, WIDTH = 24, 32


def rectangle(x0: int, y0: int, x1: int, y1: int) -> Mask:
    pixels = np.zeros((HEIGHT, WIDTH), np.bool_)
    pixels[y0:y1, x0:x1] = True
    return Mask.from_array(pixels)


def smallest_area(annotations: Sequence[Annotation]) -> npt.NDArray[np.int64]:
    """At each pixel the area of the smallest object there; 0 where there is none."""
    areas = np.zeros((HEIGHT, WIDTH), np.int64)
    for annotation in sorted(annotations, key=lambda each: each.mask.area, reverse=True):
        areas[annotation.mask.to_array()] = annotation.mask.area
    return areas


def shown_area(objects: ObjectMap) -> npt.NDArray[np.int64]:
    areas = np.array([each.mask.area if each else 0 for each in objects.objects], np.int64)
    return areas[objects.slots]


RECTANGLES = st.tuples(
    st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1), st.integers(1, 20), st.integers(1, 20)
).map(lambda r: rectangle(r[0], r[1], min(WIDTH, r[0] + r[2]), min(HEIGHT, r[1] + r[3])))


@settings(max_examples=150)
@given(st.lists(RECTANGLES, max_size=8), st.lists(st.tuples(st.integers(0, 3), RECTANGLES)))
def test_any_edits_lead_to_the_map_made_anew(
    masks: list[Mask], edits: list[tuple[int, Mask]]
) -> None:
    shown = [Annotation(n, 1, mask) for n, mask in enumerate(masks, 1)]
    objects = ObjectMap(HEIGHT, WIDTH, shown)
    next_id = len(shown) + 1
    assert np.array_equal(shown_area(objects), smallest_area(shown))
    for kind, mask in edits:
        before = shown_area(objects)
        if kind == 0 or not shown:
            shown = [*shown, Annotation(next_id, 1, mask)]
            next_id += 1
        elif kind == 1:
            shown = shown[1:]
        elif kind == 2:
            shown = [replace(shown[0], mask=mask), *shown[1:]]
        else:
            shown = shown[:-2]
        dirty = objects.change(shown)
        after = shown_area(objects)
        assert np.array_equal(after, smallest_area(shown))
        told = np.zeros((HEIGHT, WIDTH), np.bool_)
        for x0, y0, x1, y1 in dirty:
            told[y0:y1, x0:x1] = True
        assert not ((before != after) & ~told).any()


def test_a_part_is_seen_on_its_whole_whichever_came_first() -> None:
    part, whole = Annotation(1, 1, rectangle(4, 4, 8, 8)), Annotation(2, 1, rectangle(0, 0, 20, 20))
    for order in ([part, whole], [whole, part]):
        objects = ObjectMap(HEIGHT, WIDTH)
        for n in range(1, 3):
            objects.change(order[:n])
        assert objects.slots[5, 5] == objects.slot(1)
        assert objects.slots[15, 15] == objects.slot(2)


def test_an_empty_mask_is_no_trouble() -> None:
    nothing = Annotation(1, 1, Mask.empty(HEIGHT, WIDTH))
    objects = ObjectMap(HEIGHT, WIDTH, [nothing])
    assert objects.change([]) == []


def test_enormous_images_are_mapped_coarsely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_map, "MAX_MAP_PIXELS", HEIGHT * WIDTH // 4)
    big = Annotation(1, 1, rectangle(5, 3, 21, 20))
    objects = ObjectMap(HEIGHT, WIDTH, [big])
    assert objects.stride == 2
    expected = big.mask.to_array()[::2, ::2]
    assert np.array_equal(objects.slots > 0, expected)
    objects.change([])
    assert not objects.slots.any()


def test_many_changed_masks_at_once_lead_to_the_map_made_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(object_map, "MANY", 2)
    masks = [rectangle(n, n, n + 6, n + 5) for n in range(0, 16, 3)]
    shown = [Annotation(n, 1, mask) for n, mask in enumerate(masks, 1)]
    objects = ObjectMap(HEIGHT, WIDTH, shown)
    moved = [replace(each, mask=rectangle(each.id, 2, each.id + 8, 9)) for each in shown[:4]]
    changed = [*moved, *shown[5:], Annotation(9, 1, rectangle(0, 0, 3, 3))]
    assert objects.change(changed) == [(0, 0, WIDTH, HEIGHT)]
    assert np.array_equal(shown_area(objects), smallest_area(changed))
    assert 5 not in objects
    relabelled = [replace(each, label_id=2) for each in changed]
    assert (0, 0, WIDTH, HEIGHT) not in objects.change(relabelled)
    assert all(each is None or each.label_id == 2 for each in objects.objects)
