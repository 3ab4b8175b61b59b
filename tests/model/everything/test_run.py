"""Segmenting everything against the plainest implementation, and how it streams and stops."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from model import rle
from model.everything import (
    PAPER,
    PUBLISHED,
    Candidate,
    Filters,
    Found,
    Grid,
    Progress,
    Settings,
    candidate,
    segment_everything,
    select,
)
from model.everything.run import finished
from model.everything.selection import mostly_inside
from model.interface import Cancelled
from model.masks.resampling import Bool, Part, Window, mask_in_window
from model.transforms import Transform
from tests.model.everything.blob_model import BlobModel
from tests.model.everything.reference import everything
from tests.model.golden import tiny_io

IMAGE = tiny_io()["image"]
LOW = Filters(predicted_iou=0.5, stability=0.5)
FEW = Settings(Grid(points_per_side=5, batch=7), LOW)
SIZE = (IMAGE.shape[0], IMAGE.shape[1])


def masks(image: np.ndarray, settings: Settings) -> list[np.ndarray]:
    events = segment_everything(BlobModel(), image, settings)
    found = [event for event in events if isinstance(event, Found)]
    for event in found:
        assert rle.area(event.runs) == event.area
        assert rle.bounds(event.runs, image.shape[0]) == event.bounds
    return [rle.decode(event.runs, *image.shape[:2]) for event in found]


@pytest.mark.parametrize(
    "settings",
    [
        FEW,
        Settings(FEW.grid, replace(LOW, box_iou=0.95, max_cover=0.5)),
        Settings(Grid(4), replace(LOW, box_iou=0.8, min_area=60)),
        Settings(Grid(4, crop_layers=1, points_divisor=2), replace(LOW, box_iou=0.9)),
        Settings(
            Grid(3, crop_layers=2, crop_overlap=0.5, points_divisor=1),
            replace(LOW, predicted_iou=0.9, crop_iou=0.5, min_area=40),
        ),
    ],
    ids=["plain", "cover", "cleaned", "crops", "two layers"],
)
def test_masks_are_those_of_the_plainest_implementation(settings: Settings) -> None:
    ours, plain = masks(IMAGE, settings), everything(BlobModel(), IMAGE, settings)
    assert len(plain) > 1
    assert len(ours) == len(plain)
    for mask, expected in zip(ours, plain, strict=True):
        assert np.array_equal(mask, expected)


@pytest.mark.parametrize("size", [(60, 40), (600, 900)], ids=["small", "large"])
def test_masks_are_right_where_the_image_is_smaller_or_larger_than_the_logits(
    size: tuple[int, int],
) -> None:
    image = np.resize(IMAGE, (*size, 3))
    settings = Settings(Grid(4), replace(LOW, box_iou=0.9))
    ours, plain = masks(image, settings), everything(BlobModel(), image, settings)
    assert len(plain) > 1
    assert [m.sum() for m in ours] == [m.sum() for m in plain]


def test_progress_counts_every_point_once() -> None:
    events = list(segment_everything(BlobModel(), IMAGE, FEW))
    steps = [event for event in events if isinstance(event, Progress)]
    assert [step.done for step in steps] == [7, 14, 21, 25]
    assert {step.total for step in steps} == {25}


def test_masks_of_a_crop_come_before_the_next_crop_is_asked() -> None:
    settings = Settings(Grid(4, crop_layers=1, points_divisor=2), replace(LOW, predicted_iou=0.0))
    kinds = [type(e) for e in segment_everything(BlobModel(), IMAGE, settings)]
    assert Found in kinds[: len(kinds) - 1 - kinds[::-1].index(Progress)]


def test_other_thresholds_are_tried_without_asking_again() -> None:
    floor = Filters(predicted_iou=-1, stability=0, box_iou=0.5)
    seen: list[Candidate] = []
    for event in segment_everything(BlobModel(), IMAGE, FEW, floor=floor):
        if isinstance(event, Progress):
            seen += event.seen
    for filters in (LOW, replace(LOW, predicted_iou=0.8), replace(LOW, box_iou=0.99)):
        chosen = [finished(each, filters, SIZE) for each in select(seen, filters, SIZE)]
        fresh = masks(IMAGE, replace(FEW, filters=filters))
        assert [one.area for one in chosen if one] == [int(mask.sum()) for mask in fresh]


def test_what_is_thrown_away_is_never_made_at_full_size(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[tuple[int, int]] = []

    def noted(part: Part, transform: Transform, window: Window, size: tuple[int, int]) -> Bool:
        sizes.append(size)
        return mask_in_window(part, transform, window, size)

    monkeypatch.setattr(candidate, "mask_in_window", noted)
    large = np.resize(IMAGE, (1200, 1800, 3))
    found = masks(large, Settings(Grid(4), replace(LOW, box_iou=0.2)))
    # The four edges of a box are strips; a candidate has no more pixels made until it is found.
    assert sum(min(size) > 60 for size in sizes) == len(found)
    assert len(sizes) > 4 * 2 * len(found)


def test_it_stops_between_two_batches() -> None:
    asked = itertools.count()
    events = segment_everything(
        BlobModel(),
        IMAGE,
        FEW,
        embedding=BlobModel().embed(IMAGE),
        cancelled=lambda: next(asked) == 2,
    )
    assert isinstance(next(events), Progress)
    with pytest.raises(Cancelled):
        next(events)


def test_points_of_a_region_lie_in_it() -> None:
    region = (20, 30, 90, 120)
    floor = Filters(predicted_iou=-9, stability=0)
    events = segment_everything(BlobModel(), IMAGE, FEW, region=region, floor=floor)
    seen = [each for e in events if isinstance(e, Progress) for each in e.seen]
    assert seen
    assert all(20 < each.point[0] < 90 and 30 < each.point[1] < 120 for each in seen)


def share_inside(mask: np.ndarray, region: tuple[int, int, int, int]) -> float:
    x0, y0, x1, y1 = region
    return float(mask[y0:y1, x0:x1].sum() / mask.sum())


@pytest.mark.parametrize("scale", [1, 4])
def test_masks_of_a_region_lie_in_it_by_half_at_least(scale: int) -> None:
    image = np.resize(IMAGE, (IMAGE.shape[0] * scale, IMAGE.shape[1] * scale, 3))
    region = (20 * scale, 30 * scale, 90 * scale, 120 * scale)
    events = segment_everything(BlobModel(), image, FEW, region=region)
    found = [rle.decode(e.runs, *image.shape[:2]) for e in events if isinstance(e, Found)]
    assert found
    assert min(share_inside(mask, region) for mask in found) > 0.48


@pytest.mark.parametrize("region", [(20, 30, 90, 120), (0, 0, 60, 60), (100, 90, 203, 171)])
@pytest.mark.parametrize("layers", [0, 1])
def test_what_lies_in_a_region_is_told_from_logits_as_from_pixels(
    region: tuple[int, int, int, int], layers: int
) -> None:
    settings = replace(FEW, grid=Grid(5, crop_layers=layers, points_divisor=1))
    floor = Filters(predicted_iou=-9, stability=0, max_cover=2.0)
    events = segment_everything(BlobModel(), IMAGE, settings, floor=floor)
    seen = [each for e in events if isinstance(e, Progress) for each in e.seen]
    told = {True: 0, False: 0}
    for each in seen:
        share = share_inside(rle.decode(each.runs(*SIZE), *SIZE), region)
        if abs(share - 0.5) > 0.04:
            assert mostly_inside(each, region) == (share > 0.5)
            told[share > 0.5] += 1
    assert min(told.values()) > 3


def test_the_embedding_that_is_there_is_used() -> None:
    sam = BlobModel()
    embedding = sam.embed(IMAGE)
    events = list(segment_everything(sam, IMAGE, FEW, embedding=embedding))
    assert sam.embedded == 1
    areas = [event.area for event in events if isinstance(event, Found)]
    assert areas == [mask.sum() for mask in masks(IMAGE, FEW)]


@pytest.mark.parametrize("region", [(0, 0, 0, 5), (5, 5, 1, 9), (-1, 0, 5, 5), (0, 0, 9999, 5)])
def test_a_region_outside_the_image_is_refused(region: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="region must lie inside the image of 203 x 171"):
        next(segment_everything(BlobModel(), IMAGE, FEW, region=region))


def test_the_embedding_of_another_image_is_refused() -> None:
    other = BlobModel().embed(IMAGE[:50])
    with pytest.raises(ValueError, match=r"embedding is of an image of \(H, W\) = \(50, 203\)"):
        next(segment_everything(BlobModel(), IMAGE, FEW, embedding=other))


@pytest.mark.parametrize(
    "wrong",
    [
        {"points_per_side": 0},
        {"points_per_side": 1000},
        {"batch": 0},
        {"crop_layers": 9},
        {"crop_overlap": 1.0},
        {"points_divisor": 0},
    ],
)
def test_an_impossible_grid_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="given Grid"):
        Grid(**wrong)


@pytest.mark.parametrize(
    "make",
    [lambda: Filters(box_iou=1.1), lambda: Filters(crop_iou=-0.1), lambda: Filters(min_area=-1)],
)
def test_impossible_filters_are_refused(make: Callable[[], Filters]) -> None:
    with pytest.raises(ValueError, match="given Filters"):
        make()


def test_the_two_known_settings_are_those_of_paper_and_code() -> None:
    assert PUBLISHED.filters == Filters(0.88, 0.95, 0.7, 0.7, max_cover=2.0, min_area=0)
    assert (PUBLISHED.grid.points_per_side, PUBLISHED.grid.crop_layers) == (32, 0)
    assert PAPER.filters == Filters(0.88, 0.95, 0.7, 0.7, max_cover=0.95, min_area=100)
    assert [PAPER.grid.points_at(layer) for layer in range(3)] == [32, 16, 8]
