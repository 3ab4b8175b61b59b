"""What is expected of candidates, which of them stay by their masks, and how they become finer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.everything import (
    Candidate,
    Filters,
    Found,
    Grid,
    Progress,
    Settings,
    segment_everything,
    select,
)
from model.everything.candidate import candidate, redrawn
from model.everything.grid import Crop
from model.everything.known import KNOWN
from model.everything.rating import TRAITS, Scene, rated, traits
from model.everything.refining import refined
from model.everything.selection import passes
from model.everything.settings import Rating
from model.interface import Cancelled, Embedding, Prediction
from model.masks.resampling import Part
from model.transforms import PixelWindow, Transform
from tests.model.everything.blob_model import BlobModel

SIZE = (120, 160)
WHOLE = Crop((0, 0, 160, 120), 0)
LOOSE = Filters(0.0, 0.0, 0.5, 0.5, by_mask=True)


def picture() -> np.ndarray:
    """A bright disc on dark ground, and noise."""
    image = np.random.default_rng(0).integers(20, 40, (*SIZE, 3)).astype(np.uint8)
    cv2.circle(image, (80, 60), 24, (230, 220, 60), -1)
    return image


def disc(x: float, y: float, radius: float, score: float = 0.5, crop: Crop = WHOLE) -> Candidate:
    """A candidate whose mask is a disc of the image, seen in ``crop``."""
    x0, y0, x1, y1 = crop.box
    transform = Transform((y1 - y0, x1 - x0), 64)
    rows, columns = np.mgrid[:64, :64] + 0.5
    places = transform.to_image(np.stack([columns, rows], axis=-1)) + np.array([x0, y0])
    logits = (radius - np.hypot(places[..., 0] - x, places[..., 1] - y)).astype(np.float32)
    scores = np.array([score], np.float32)
    found = Prediction(logits[None], scores, scores, transform)
    made = candidate(found, 0, np.array([x, y], np.float32), crop)
    assert made is not None
    return made


def told(found: Candidate, image: np.ndarray) -> dict[str, float]:
    scene = Scene.of(image, found.transform, found.part.shape)
    return dict(zip(TRAITS, traits(found, 0, scene, SIZE).tolist(), strict=True))


def test_an_outline_along_edges_is_told_from_one_across_them() -> None:
    on, off = told(disc(80, 60, 24), picture()), told(disc(108, 60, 24), picture())
    assert on["edge"] > off["edge"] + 0.5
    assert on["contrast"] > off["contrast"] + 0.5


def test_size_place_and_shape_are_told() -> None:
    small, large = told(disc(80, 60, 8), picture()), told(disc(80, 60, 40), picture())
    assert small["log_share"] == pytest.approx(np.log(np.pi * 64 / (120 * 160) + 1e-4), abs=0.1)
    assert large["log_share"] > small["log_share"]
    assert large["fill"] == pytest.approx(np.pi / 4, abs=0.06)
    assert (small["borders"], told(disc(2, 60, 8), picture())["borders"]) == (0, 1)
    assert large["peak"] > small["peak"]


def test_a_plain_image_and_a_mask_of_one_place_have_traits_too() -> None:
    plain = np.zeros((*SIZE, 3), np.uint8)
    for found in (disc(80, 60, 2.5), disc(80, 60, 500)):
        assert all(np.isfinite(value) for value in told(found, plain).values())


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_what_is_expected_rises_with_the_sum_and_stays_an_iou(low: float, high: float) -> None:
    rating = next(iter(KNOWN.values())).rating
    assert rating is not None
    found, scene = disc(80, 60, 24), Scene.of(picture(), disc(80, 60, 24).transform, (64, 64))
    low, high = sorted((low, high))
    first, second = (
        rated(replace(rating, bias=bias), found, 0, scene, SIZE).predicted_iou
        for bias in (low, high)
    )
    assert 0 <= first <= second <= 1


def test_the_weights_are_one_for_each_trait() -> None:
    for settings in KNOWN.values():
        assert settings.rating is not None
        assert len(settings.rating.weights) == len(TRAITS)
        assert list(settings.rating.knots) == sorted(settings.rating.knots)
        assert list(settings.rating.expected) == sorted(settings.rating.expected)


def iou(one: Candidate, other: Candidate) -> float:
    masks = np.zeros((2, *SIZE), np.bool_)
    for mask, each in zip(masks, (one, other), strict=True):
        x0, y0, x1, y1 = each.bounds
        mask[y0:y1, x0:x1] = each.pixels()
    return float((masks[0] & masks[1]).sum() / (masks[0] | masks[1]).sum())


def test_of_masks_that_overlap_the_surer_stays_whatever_crop_it_is_from() -> None:
    left = Crop((0, 0, 120, 120), 1)
    unsure, sure = disc(60, 60, 20, 0.4, left), disc(62, 60, 20, 0.6)
    assert select([unsure, sure], LOOSE, SIZE) == [sure]
    assert select([replace(unsure, predicted_iou=0.9), sure], LOOSE, SIZE)[0].crop == left


def test_masks_in_each_others_boxes_both_stay_where_they_share_little() -> None:
    bar, other = disc(80, 60, 20, 0.5), disc(80, 60, 20, 0.6)
    rows, columns = np.mgrid[:64, :64]
    for each, diagonal in ((bar, rows - columns), (other, rows + columns - 48)):
        logits = np.where(np.abs(diagonal) < 4, 1.0, -1.0).astype(np.float32)[:48]
        made = redrawn(each, Part(logits, (0, 0), (64, 64)), each.transform)
        assert made is not None
        bar, other = (made, other) if each is bar else (bar, made)
    assert len(select([bar, other], LOOSE, SIZE)) == 2
    assert len(select([bar, other], replace(LOOSE, by_mask=False), SIZE)) == 1


@given(
    st.lists(
        st.tuples(st.floats(30, 130), st.floats(30, 90), st.floats(8, 30), st.floats(0.1, 1)),
        min_size=1, max_size=9, unique_by=lambda each: each[3],
    )
)  # fmt: skip
def test_no_two_that_stay_are_much_alike_and_what_goes_is_like_a_surer_one(
    drawn: list[tuple[float, float, float, float]],
) -> None:
    found = [disc(*each) for each in drawn]
    kept = select(found, LOOSE, SIZE)
    # Masks are compared on a raster.
    room = 0.1
    for each in found:
        surer = [other for other in kept if other.predicted_iou > each.predicted_iou]
        most = max((iou(each, other) for other in surer), default=0.0)
        assert most <= 0.5 + room if each in kept else most >= 0.5 - room


def test_choosing_again_with_known_rasters_is_the_same() -> None:
    found = [disc(40 + 6 * n, 60, 20, 0.3 + 0.05 * n) for n in range(12)]
    known: dict[int, tuple[np.ndarray, int, int]] = {}
    first = select(found, LOOSE, SIZE, known)
    assert known
    assert select(found, LOOSE, SIZE, known) == first == select(found, LOOSE, SIZE)


def test_how_near_to_the_edge_of_a_crop_a_mask_is_cut_off_goes_by_the_crop() -> None:
    crop = Crop((0, 0, 100, 120), 1)
    near = disc(70, 60, 20, crop=crop)
    assert not passes(near, LOOSE, SIZE)
    assert passes(near, replace(LOOSE, edge_share=0.02), SIZE)
    assert not passes(disc(80, 60, 20, crop=crop), replace(LOOSE, edge_share=0.02), SIZE)


RATED = Settings(
    Grid(4, crop_layers=1, points_divisor=2),
    Filters(0.05, 0.1, 0.5, 0.5, by_mask=True, edge_share=0.02),
    rating=Rating((0.0,) * 6 + (0.5,) + (0.0,) * 8, 0.0, (-2.0, 2.0), (0.0, 1.0)),
)


def test_a_run_keeps_what_choosing_among_all_it_saw_keeps() -> None:
    seen: list[Candidate] = []
    kept: list[Candidate] = []
    for event in segment_everything(BlobModel(), picture(), RATED):
        match event:
            case Progress():
                assert not kept
                seen += event.seen
            case Found():
                kept.append(event.candidate)
    assert len({each.crop.box for each in seen}) == 5
    assert kept == select(seen, RATED.filters, SIZE)
    assert len({each.predicted_iou for each in seen}) > 3


def test_logits_of_a_part_give_the_mask_that_the_whole_gave() -> None:
    found = disc(70, 50, 20)
    again = redrawn(found, found.part, found.transform)
    assert again is not None
    assert again.bounds == found.bounds
    assert again.cover == pytest.approx(found.cover)
    assert np.array_equal(again.pixels(), found.pixels())
    nothing = Part(np.full((4, 4), -1, np.float32), (3, 3), (64, 64))
    assert redrawn(found, nothing, found.transform) is None


def test_outlines_of_what_is_kept_follow_the_image_and_the_rest_stays() -> None:
    true = disc(80, 60, 24)
    rough, other = disc(80, 60, 22, 0.8), disc(83, 60, 22, 0.3)
    finer, same = refined(BlobModel(), picture(), [rough, other], replace(RATED, looks=0))
    assert same is other
    assert iou(finer, true) > iou(rough, true)
    assert finer.predicted_iou == rough.predicted_iou


class NearModel(BlobModel):
    """Answers from near by with the disc of the picture, or with nothing like it."""

    def __init__(self, right: bool) -> None:
        super().__init__()
        self.right = right
        self.input_size = 64
        self.asked: list[tuple[np.ndarray, tuple[int, int, int, int] | None]] = []

    def embed(
        self,
        image: npt.NDArray[np.uint8],
        cancelled: Callable[[], bool] | None = None,
        window: PixelWindow | None = None,
    ) -> Embedding:
        if cancelled is not None and cancelled():
            raise Cancelled
        self.bright = image.mean(axis=2) > 100
        transform = Transform((image.shape[0], image.shape[1]), 64, window)
        return replace(super().embed(image, cancelled, window), transform=transform)

    def decode(self, embedding, prompt, multimask=None):  # type: ignore[no-untyped-def]
        self.asked.append((prompt.box, embedding.window))
        x0, y0, x1, y1 = embedding.window or (0, 0, *self.bright.shape[::-1])
        bright = self.bright[y0:y1, x0:x1]
        shown = bright if self.right else ~bright
        h, w = embedding.transform.resized
        logits = np.full((1, 64, 64), -5, np.float32)
        logits[0, :h, :w] = cv2.resize(shown.astype(np.float32), (w, h)) * 10 - 5
        ones = np.ones(1, np.float32)
        return Prediction(logits, ones, ones, embedding.transform)


@pytest.mark.parametrize("right", [True, False])
def test_a_second_look_is_kept_where_it_sees_the_same_object(right: bool) -> None:
    model, first = NearModel(right), disc(82, 60, 22, 0.8)
    (finer,) = refined(model, picture(), [first], replace(RATED, looks=1))
    (alone,) = refined(model, picture(), [first], replace(RATED, looks=0))
    (box, afar), (again, near) = model.asked
    assert (box == again).all()
    x0, y0, x1, y1 = alone.bounds
    assert box.tolist() == [x0 - 1, y0 - 1, x1 + 1, y1 + 1]
    assert afar is None
    assert near is not None
    if right:
        assert finer.crop.layer == 1
        assert iou(finer, disc(80, 60, 24)) > iou(alone, disc(80, 60, 24))
    else:
        assert iou(finer, alone) == 1


def test_the_surest_are_looked_at_again_and_no_more_than_told() -> None:
    model = NearModel(True)
    found = [disc(30, 30, 9, 0.5), disc(80, 60, 22, 0.9), disc(130, 90, 9, 0.7)]
    refined(model, picture(), found, replace(RATED, looks=2))
    assert sum(window is not None for _, window in model.asked) == 2


def test_the_embedding_of_the_image_is_made_once_or_handed_on() -> None:
    model, found = NearModel(True), [disc(30, 30, 9, 0.5), disc(80, 60, 22, 0.9)]
    whole = model.embed(picture())
    refined(model, picture(), found, replace(RATED, looks=2), whole=whole)
    assert model.embedded == 3
    refined(model, picture(), found, replace(RATED, looks=2))
    assert model.embedded == 6


def test_refining_can_be_stopped() -> None:
    with pytest.raises(Cancelled):
        refined(
            NearModel(True), picture(), [disc(80, 60, 22)], replace(RATED, looks=1), lambda: True
        )
