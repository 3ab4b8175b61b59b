"""Candidates are computed once and chosen among at will; what is there already is not doubled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.document import Document, Source, State
from app.core.mask import Mask
from app.core.picture import Picture, key_of
from app.core.prompt import Point
from app.inference import proposals
from app.inference.detected import boxes_on, proposals_from
from app.inference.proposals import (
    FLOOR,
    Candidates,
    Proposal,
    gather,
    least_area,
    suited,
    with_proposals,
    without_proposals,
)
from model.architecture.config import VIT_B, Variant
from model.detection.detector import load_detector
from model.everything import PAPER, Filters, Grid, Settings
from model.everything.known import KNOWN
from model.families import FAMILIES
from model.interface import Cancelled
from model.runtime_onnx.contracts.contract import CONTRACTS, Contract
from tests.model.detectors import described
from tests.stand_ins import FakeModel

SIZE = (64, 96)
GRID = Settings(Grid(points_per_side=3, batch=4))
ALL = Filters(predicted_iou=0, stability=0, box_iou=1, crop_iou=1)


def picture() -> Picture:
    return Picture(np.zeros((*SIZE, 3), np.uint8), key_of(b"a"), Path("a.png"))


@pytest.fixture(scope="module")
def candidates() -> Candidates:
    return gather(FakeModel(), picture(), settings=GRID)


def block(x: int, width: int = 10) -> Mask:
    return Mask.from_window(np.ones((10, width), np.bool_), x, 0, *SIZE)


def proposal(mask: Mask) -> Proposal:
    return Proposal(mask, replace(Document(*SIZE).with_added(mask).annotations[0].evidence))


def test_every_point_is_asked_and_told() -> None:
    model, told = FakeModel(), []
    found = gather(
        model, picture(), settings=GRID, progress=lambda done, total: told.append((done, total))
    )
    assert told[-1] == (9, 9)
    assert len(model.prompts) == 9
    assert (found.size, found.variant, found.identity) == (SIZE, "fake", "fake-1")


def test_nothing_is_asked_inside_what_a_person_agreed_to() -> None:
    model = FakeModel()
    whole = Mask.from_window(np.ones((64, 32), np.bool_), 0, 0, *SIZE)
    middle = Mask.from_window(np.ones((64, 32), np.bool_), 32, 0, *SIZE)
    right = Mask.from_window(np.ones((64, 32), np.bool_), 64, 0, *SIZE)
    document = Document(*SIZE).with_added(whole, state=State.ACCEPTED)
    document = document.with_added(middle, state=State.PROPOSED)
    document = document.with_added(right, state=State.REJECTED)
    gather(model, picture(), settings=GRID, document=document)
    asked = [float(prompt.points[0, 0]) for prompt in model.prompts]
    assert len(asked) == 6
    assert min(asked) > 32


def test_choosing_asks_no_model_and_follows_the_sliders(candidates: Candidates) -> None:
    loose = candidates.chosen(ALL)
    strict = candidates.chosen(replace(ALL, predicted_iou=0.85))
    assert len(loose) == len(candidates.found)
    assert {each.predicted_iou for each in strict} == {np.float32(0.9)}
    assert len(candidates.chosen(replace(ALL, box_iou=0.1))) < len(strict)


@given(st.floats(0.5, 1), st.floats(0.6, 1), st.floats(0, 1), st.integers(0, 3000))
def test_stricter_sliders_never_show_more_than_they_may(
    candidates: Candidates, score: float, stability: float, overlap: float, least: int
) -> None:
    filters = Filters(score, stability, overlap, overlap)
    for each in candidates.proposals(filters, least):
        known = each.evidence.predicted_iou, each.evidence.stability_score
        assert known[0] is not None
        assert known[1] is not None
        assert known[0] >= round(score, 4) - 1e-4
        assert known[1] >= round(stability, 4) - 1e-4
        assert each.mask.area >= max(least, 1)


def test_a_proposal_knows_how_it_came_to_be(candidates: Candidates) -> None:
    first = next(candidates.proposals(ALL))
    evidence = first.evidence
    ((point,),) = [step.prompt.points for step in evidence.prompts]
    assert first.mask.contains(point.x, point.y)
    assert (evidence.model, evidence.model_identity) == ("fake", "fake-1")
    assert evidence.crop_box is None


def test_a_proposal_from_a_crop_says_which() -> None:
    settings = Settings(Grid(points_per_side=2, crop_layers=1))
    found = gather(FakeModel(), picture(), settings=settings)
    boxes = {each.evidence.crop_box for each in found.proposals(ALL)}
    assert len(boxes) > 1
    assert all(box is None or box[2] <= SIZE[1] for box in boxes)


def test_only_a_drawn_region_is_asked() -> None:
    model = FakeModel()
    gather(model, picture(), settings=GRID, region=(48, 0, 96, 32))
    asked = [Point(float(x), float(y)) for each in model.prompts for x, y in each.points]
    assert len(asked) == 9
    assert all(48 < point.x < 96 and 0 < point.y < 32 for point in asked)


def test_a_given_embedding_is_used() -> None:
    model = FakeModel()
    embedding = model.embed(picture().pixels)
    gather(model, picture(), embedding, GRID)
    assert model.embeds == 1


def test_gathering_can_be_stopped() -> None:
    with pytest.raises(Cancelled):
        gather(FakeModel(), picture(), settings=GRID, cancelled=lambda: True)


def test_candidates_are_held_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proposals, "HELD_BYTES", 4000)
    found = gather(FakeModel(), picture(), settings=GRID).found
    assert sum(each.part.logits.nbytes for each in found) <= 4000
    assert found


def test_proposals_come_on_top_and_wait_for_a_person() -> None:
    document = with_proposals(Document(*SIZE).with_added(block(0)), [proposal(block(50))])
    added = document.annotations[-1]
    assert (added.source, added.state, added.label_id) == (Source.AUTOMATIC, State.PROPOSED, 1)


@pytest.mark.parametrize("state", State)
def test_what_is_there_is_not_proposed_again_even_if_it_was_rejected(state: State) -> None:
    document = Document(*SIZE).with_added(block(0), state=state)
    assert with_proposals(document, [proposal(block(1))]) is document
    assert len(with_proposals(document, [proposal(block(5))])) == 2


def test_two_alike_are_proposed_once() -> None:
    both = [proposal(block(0)), proposal(block(1))]
    assert len(with_proposals(Document(*SIZE), both)) == 1
    assert len(with_proposals(Document(*SIZE), both, double_iou=0.95)) == 2


def test_untouched_proposals_can_be_taken_back() -> None:
    document = with_proposals(Document(*SIZE), [proposal(block(x)) for x in (0, 20, 40, 60)])
    document = document.with_state(1, State.ACCEPTED).with_locked(2, True)
    document = document.with_added(block(80), state=State.PROPOSED, source=Source.IMPORTED)
    assert without_proposals(document).ids == (1, 2, 5)


def test_the_floor_lets_everything_through_that_sliders_reach() -> None:
    assert FLOOR.predicted_iou <= 0.5
    assert FLOOR.min_area == 0


KEPT = {family.name: {v.name: v.kept_iou for v in family.variants} for family in FAMILIES}


@pytest.mark.parametrize("variant", [v for family in FAMILIES for v in family.variants])
def test_each_family_is_asked_as_its_publisher_does(variant: Variant) -> None:
    side = variant.logits_side
    model = FakeModel(kept_iou=variant.kept_iou, logits_size=(side, side))
    found = suited(model)
    assert found.grid == PAPER.grid
    assert found.filters.predicted_iou == (variant.kept_iou or 0.6)


def test_predictions_are_trusted_where_the_publisher_trusts_them() -> None:
    assert set(KEPT["sam"].values()) | set(KEPT["sam_hq"].values()) == {0.88}
    assert set(KEPT["sam2"].values()) == set(KEPT["edge_tam"].values()) == {0.8}
    assert set(KEPT["edge_sam"].values()) == set(KEPT["efficient_sam"].values()) == {0.0}


def test_sam_of_2023_is_asked_as_sa_1b_was_made() -> None:
    assert suited(FakeModel(kept_iou=VIT_B.kept_iou, logits_size=(256, 256))) == PAPER


def test_the_built_in_model_is_asked_as_was_measured_also_once_it_was_taught() -> None:
    found = suited(FakeModel(variant="maskwright_small", logits_size=(192, 192)))
    assert found == KNOWN["maskwright_small"]
    assert found.grid.points_per_side < PAPER.grid.points_per_side
    assert found.grid.crop_layers == 1


def test_what_is_known_of_a_variant_is_expected_of_its_candidates_and_refines_them() -> None:
    settings = replace(KNOWN["maskwright_small"], grid=Grid(3, crop_layers=1, batch=4))
    plain = gather(FakeModel(), picture(), settings=replace(settings, rating=None, looks=None))
    found = gather(FakeModel(), picture(), settings=settings)
    assert found.promises
    assert not plain.promises
    small = replace(settings.filters, min_area=least_area(settings.filters.min_area, SIZE))
    assert found.fitting(settings.filters) == small
    promised = {each.predicted_iou for each in plain.found}
    assert promised.isdisjoint(each.predicted_iou for each in found.found)
    made = list(found.proposals(settings.filters))
    assert made
    for each in made:
        assert each.evidence.predicted_iou is not None
        assert settings.filters.predicted_iou < each.evidence.predicted_iou < 1


def test_a_model_of_few_pixels_is_asked_less_densely_and_promises_less() -> None:
    for model in (None, FakeModel()):
        assert suited(model).grid.points_per_side < PAPER.grid.points_per_side
        assert suited(model).filters.predicted_iou < PAPER.filters.predicted_iou


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda each: each.name)
def test_pairs_in_onnx_keep_what_the_model_behind_them_keeps(contract: Contract) -> None:
    kept = {"sam": 0.88, "sam2": 0.8}.get(contract.name.split("_")[0], 0.0)
    assert contract.kept_iou == kept


def doubtful(candidates: Candidates, share: float, *, promises: bool = False) -> Candidates:
    """The same masks from a model that promises less of each."""
    found = (replace(e, predicted_iou=e.predicted_iou * share) for e in candidates.found)
    return replace(candidates, found=tuple(found), promises=promises)


@pytest.mark.parametrize("share", [1.0, 0.5, 0.1])
def test_thresholds_follow_what_a_model_promises(candidates: Candidates, share: float) -> None:
    usual = suited(FakeModel()).filters
    modest = doubtful(candidates, share)
    fitting = modest.fitting(usual)
    assert fitting.predicted_iou <= usual.predicted_iou
    assert fitting.stability <= usual.stability
    assert modest.chosen(fitting)
    if share < 0.5:
        assert not modest.chosen(usual)


def test_thresholds_of_models_that_mean_what_they_say_stay(candidates: Candidates) -> None:
    stays = replace(PAPER.filters, min_area=0)
    assert doubtful(candidates, 0.1, promises=True).fitting(stays) == stays
    assert gather(FakeModel(kept_iou=0.88), picture(), settings=GRID).promises
    assert replace(candidates, found=()).fitting(stays) == stays


def test_a_detectors_boxes_become_labelled_proposals(tmp_path: Path) -> None:
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[8:16, 24:32] = (255, 0, 0)
    image = Picture(pixels, key_of(b"b"), Path("b.png"))
    boxes = boxes_on(load_detector(described(tmp_path)), image, [4])
    assert [(each.box.xywh, each.label_id) for each in boxes] == [((24, 8, 8, 8), 4)]
    model = FakeModel()
    (found,) = proposals_from(model, model.embed(pixels), boxes)
    assert found.mask.bounds == (24, 8, 32, 16)
    assert found.label_id == 4
    assert found.evidence.extra["detector"] == "red"
    assert found.evidence.predicted_iou == 0.9
    assert boxes_on(load_detector(described(tmp_path)), image)[0].label_id == 1


@pytest.mark.parametrize(
    ("size", "least"), [((480, 360), 100), ((3000, 4000), 100), ((256, 256), 38), ((64, 48), 2)]
)
def test_small_images_may_have_smaller_objects(size: tuple[int, int], least: int) -> None:
    assert least_area(100, size) == least
    usual = Filters(min_area=100)
    assert Candidates((), size, "m", "i").fitting(usual).min_area == least
    assert Candidates((), size, "m", "i", promises=True).fitting(usual).min_area == least
