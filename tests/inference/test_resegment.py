"""Old masks, boxes and points are asked again; ids and notes stay; a person decides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.core.document import Annotation, Document, Source, State
from app.core.frozen import FrozenMap
from app.core.mask import Mask
from app.core.previous import Previous
from app.core.prompt import Box, Point, Prompt
from app.core.review import keeping_old
from app.core.unsegmented import Unsegmented
from app.inference import prompted
from app.inference.prompted import Asked, answers
from app.inference.resegment import (
    By,
    Recipe,
    box_iou,
    deepest_point,
    lies_outside,
    resegmented,
    segmented,
    with_resegmented,
)
from model.interface import Cancelled, Embedding
from model.interface import Prompt as ModelPrompt
from tests.stand_ins import FakeModel

SIZE = (64, 64)
LOOSE = Mask.from_window(np.ones((18, 20), np.bool_), 20, 24, *SIZE)
"""A block whose box is x 20 to 40, y 24 to 42."""
KEPT = FrozenMap({"coco": {"id": 7}})


@pytest.fixture
def model() -> FakeModel:
    return FakeModel()


@pytest.fixture
def embedding(model: FakeModel) -> Embedding:
    return model.embed(np.zeros((*SIZE, 3), np.uint8))


def imported(mask: Mask = LOOSE, **more: object) -> Annotation:
    return Annotation(3, 2, mask, Source.IMPORTED, attributes=KEPT, extra=KEPT, **more)  # type: ignore[arg-type]


def with_box(box: Box | None = None, points: tuple[Point, ...] = ()) -> Annotation:
    return replace(imported(Mask.empty(*SIZE)), previous=Previous(box=box, points=points))


def test_a_mask_is_asked_with_its_logits_and_its_box(
    model: FakeModel, embedding: Embedding
) -> None:
    (found,) = resegmented(model, embedding, [imported()])
    first, second = model.prompts
    assert first.logits is not None
    assert first.box is not None
    assert first.box.tolist() == [20, 24, 40, 42]
    assert second.logits is not None
    assert second.box is not None
    assert found.previous.mask == LOOSE
    assert found.previous.iou == pytest.approx(LOOSE.iou(found.annotation.mask), abs=1e-4)


def test_what_people_noted_stays_with_the_object(model: FakeModel, embedding: Embedding) -> None:
    (found,) = resegmented(model, embedding, [imported()])
    new = found.annotation
    assert (new.id, new.label_id, new.source) == (3, 2, Source.IMPORTED)
    assert (new.attributes, new.extra["coco"]) == (KEPT, KEPT["coco"])
    assert new.state is State.PROPOSED
    assert (new.evidence.model, new.evidence.predicted_iou) == ("fake", 0.9)
    assert [step.refined for step in new.evidence.prompts] == [False, True]


def test_the_old_mask_can_be_taken_back(model: FakeModel, embedding: Embedding) -> None:
    (found,) = resegmented(model, embedding, [imported()])
    back = keeping_old(found.annotation)
    assert (back.mask, back.extra) == (LOOSE, KEPT)


def test_a_model_that_takes_no_mask_is_asked_once_and_with_its_box() -> None:
    model = FakeModel(takes_logits=False)
    view = model.embed(np.zeros((*SIZE, 3), np.uint8))
    (found,) = answers(model, view, [Asked(Prompt(), LOOSE)])
    (asked,) = model.prompts
    assert asked.box is not None
    assert (asked.logits, asked.box.tolist()) == (None, [20, 24, 40, 42])
    assert found.mask.iou(LOOSE) > 0.8
    assert len(found.evidence.prompts) == 1


def test_a_box_alone_becomes_a_mask_in_two_passes(model: FakeModel, embedding: Embedding) -> None:
    (found,) = resegmented(model, embedding, [with_box(Box(16, 16, 48, 40))])
    first, second = model.prompts
    assert first.logits is None
    assert second.logits is not None
    assert found.annotation.mask.bounds == (16, 16, 48, 40)
    assert found.previous.iou == 1.0


def test_points_alone_become_a_mask_without_an_iou(model: FakeModel, embedding: Embedding) -> None:
    points = (Point(30, 30), Point(50, 50, False))
    (found,) = resegmented(model, embedding, [with_box(points=points)])
    assert found.annotation.mask.contains(30, 30)
    assert found.previous.iou is None
    assert found.annotation.evidence.prompts[0].prompt == Prompt(points)


def test_negative_points_alone_ask_for_nothing(model: FakeModel, embedding: Embedding) -> None:
    assert [*resegmented(model, embedding, [with_box(points=(Point(1, 1, False),))])] == []


def test_a_mask_can_be_asked_by_its_box_or_its_deepest_point(
    model: FakeModel, embedding: Embedding
) -> None:
    [*resegmented(model, embedding, [imported()], Recipe(By.BOX, passes=1))]
    [*resegmented(model, embedding, [imported()], Recipe(By.POINTS, passes=1))]
    box, point = model.prompts
    assert box.logits is None
    assert box.box is not None
    assert point.box is None
    ((x, y),) = point.points
    assert LOOSE.contains(x, y)
    assert abs(y - 33) <= 1


def test_one_point_takes_the_best_of_three(model: FakeModel, embedding: Embedding) -> None:
    (found,) = resegmented(model, embedding, [imported()], Recipe(By.POINTS))
    assert found.annotation.evidence.candidate == 0


def test_a_margin_grows_the_box(model: FakeModel, embedding: Embedding) -> None:
    [*resegmented(model, embedding, [imported()], Recipe(By.BOX, margin=0.5))]
    box = model.prompts[0].box
    assert box is not None
    assert box.tolist() == [10, 15, 50, 51]


def boxed(prompt: Prompt) -> Unsegmented:
    """A box or points as another program's file gave them."""
    return Unsegmented(2, prompt, 0.5, KEPT, KEPT, "coco")


def test_what_waits_for_a_mask_gets_one_with_everything_it_brought(
    model: FakeModel, embedding: Embedding
) -> None:
    given = [
        boxed(Prompt(box=Box(16, 16, 48, 40))),
        boxed(Prompt((Point(30, 30),))),
    ]
    document, left = segmented(model, embedding, Document(*SIZE), given)
    assert left == ()
    first, second = document
    assert (first.label_id, first.source, first.state) == (2, Source.IMPORTED, State.PROPOSED)
    assert (first.attributes, first.extra["coco"]) == (KEPT, KEPT["coco"])
    assert first.imported_from == "coco"
    assert first.evidence.extra == {"score": 0.5}
    before = first.previous
    assert before is not None
    assert (before.box, before.iou) == (Box(16, 16, 48, 40), 1.0)
    assert second.mask.contains(30, 30)


def test_what_gives_no_mask_goes_on_waiting(model: FakeModel, embedding: Embedding) -> None:
    outside = boxed(Prompt(box=Box(200, 200, 210, 210)))
    negative = boxed(Prompt((Point(1, 1, False),)))
    document, left = segmented(model, embedding, Document(*SIZE), [outside, negative])
    assert len(document) == 0
    assert set(left) == {outside, negative}


def test_locked_and_empty_objects_are_left_alone(model: FakeModel, embedding: Embedding) -> None:
    left = [imported(locked=True), imported(Mask.empty(*SIZE))]
    assert [*resegmented(model, embedding, left)] == []
    assert model.prompts == []


def test_asking_again_starts_from_the_first_shape(model: FakeModel, embedding: Embedding) -> None:
    (once,) = resegmented(model, embedding, [imported()])
    (twice,) = resegmented(model, embedding, [once.annotation])
    assert twice.annotation == once.annotation
    found = twice.annotation.previous
    assert found is not None
    assert found.mask == LOOSE


def test_results_replace_the_objects_that_are_still_there(
    model: FakeModel, embedding: Embedding
) -> None:
    document = Document(*SIZE).with_added(LOOSE).with_added(LOOSE)
    results = [*resegmented(model, embedding, document)]
    after = with_resegmented(document.without(1), results)
    assert after.ids == (2,)
    assert after.annotation(2).state is State.PROPOSED


def test_many_prompts_are_answered_in_groups_and_can_be_stopped_between(
    model: FakeModel, embedding: Embedding
) -> None:
    asked = [Asked(Prompt(box=Box(10, 10, 30, 30)))] * (prompted.BATCH + 1)
    stop = iter([False, True])
    found = answers(model, embedding, asked, 1, lambda: next(stop))
    assert sum(1 for _ in zip(range(prompted.BATCH), found, strict=False)) == prompted.BATCH
    with pytest.raises(Cancelled):
        next(found)


def test_numbers_that_are_not_finite_are_refused(model: FakeModel, embedding: Embedding) -> None:
    class Broken(FakeModel):
        def _logits(self, *arguments: object) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
            return np.full((16, 16), np.nan, np.float32)

    asked = [Asked(Prompt(box=Box(10, 10, 30, 30)))]
    with pytest.raises(ValueError, match="not finite"):
        next(answers(Broken(), embedding, asked))


def test_a_mask_that_vanishes_when_fed_back_is_kept(embedding: Embedding) -> None:
    class Vanishing(FakeModel):
        def _logits(
            self, embedding: Embedding, prompt: ModelPrompt, radius: float
        ) -> npt.NDArray[np.float32]:
            logits = super()._logits(embedding, prompt, radius)
            return logits if prompt.logits is None else np.full_like(logits, -10)

    asked = [Asked(Prompt(box=Box(16, 16, 48, 40)))]
    (found,) = answers(Vanishing(), embedding, asked)
    assert found.mask.bounds == (16, 16, 48, 40)


def test_asking_with_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to ask"):
        Asked(Prompt(), Mask.empty(*SIZE))


@given(arrays(np.bool_, (7, 9)).filter(lambda pixels: bool(pixels.any())))
def test_the_deepest_point_lies_on_the_mask(
    pixels: np.ndarray[tuple[int, int], np.dtype[np.bool_]],
) -> None:
    mask = Mask.from_array(pixels)
    point = deepest_point(mask)
    assert mask.contains(point.x, point.y)


def test_the_deepest_point_of_a_block_is_its_middle() -> None:
    block = Mask.from_window(np.ones((5, 5), np.bool_), 10, 20, *SIZE)
    assert deepest_point(block) == Point(12.5, 22.5)


SIDES = st.integers(0, 20)


@given(SIDES, SIDES, SIDES, SIDES)
def test_boxes_agree_as_filled_masks_do(x: int, y: int, width: int, height: int) -> None:
    pixels = np.ones((height + 1, width + 1), np.bool_)
    other = Mask.from_window(pixels, x, y, *SIZE)
    assert other.bounds is not None
    first = Mask.from_window(np.ones((10, 10), np.bool_), 5, 5, *SIZE)
    assert box_iou(Box(5, 5, 15, 15), other.bounds) == pytest.approx(first.iou(other))


OUTSIDE = [
    Prompt(box=Box(70, 5, 90, 20)),
    Prompt(box=Box(-30, -30, 0, 0)),
    Prompt((Point(400, 5),)),
    Prompt((Point(-20, 5), Point(30, 30, positive=False))),
]


@pytest.mark.parametrize("outside", OUTSIDE)
def test_what_lies_outside_the_image_costs_no_other_its_mask(
    model: FakeModel, embedding: Embedding, outside: Prompt
) -> None:
    boxes = [Prompt(box=Box(-0.5, -0.5, 20, 20)), outside, Prompt(box=Box(40, 40, 64.01, 70))]
    found = [*answers(model, embedding, [Asked(each) for each in boxes])]
    assert [each.outside for each in found] == [False, True, False]
    assert [each.mask.bounds for each in found] == [(0, 0, 20, 20), None, (40, 40, 64, 64)]
    # What was really asked stands in the evidence.
    assert found[0].evidence.prompts[0].prompt.box == Box(0, 0, 20, 20)


def test_a_box_made_larger_stays_inside_the_image(model: FakeModel, embedding: Embedding) -> None:
    mask = Mask.from_window(np.ones((20, 20), np.bool_), 0, 0, *SIZE)
    (found,) = resegmented(model, embedding, [imported(mask)], Recipe(margin=0.2))
    assert found.annotation.evidence is not None
    assert found.annotation.evidence.prompts[0].prompt.box == Box(0, 0, 24, 24)


@pytest.mark.parametrize("outside", OUTSIDE)
def test_an_object_outside_the_image_goes_on_waiting_and_is_told_apart(
    model: FakeModel, embedding: Embedding, outside: Prompt
) -> None:
    objects = [
        boxed(outside),
        boxed(Prompt((Point(-1, 5),))),
        boxed(Prompt(box=Box(5, 5, 30, 30))),
    ]
    document, left = segmented(model, embedding, Document(*SIZE), objects)
    assert (len(document), left) == (2, (objects[0],))
    assert [lies_outside(each, *SIZE) for each in objects] == [True, False, False]
    assert lies_outside(with_box(outside.box, outside.points), *SIZE)
    assert not lies_outside(imported(), *SIZE)


LARGE = np.zeros((480, 640, 3), np.uint8)
BOXED = Prompt(box=Box(100.5, 100, 203, 197))


def test_with_the_image_at_hand_a_box_is_looked_at_again(model: FakeModel) -> None:
    (found,) = answers(model, model.embed(LARGE), [Asked(BOXED)], pixels=LARGE)
    window = found.evidence.crop_box
    assert window is not None
    assert window[2] < 150
    assert found.mask.bounds is not None
    x0, y0, x1, y1 = found.mask.bounds
    assert (x0, y0, x1, y1) >= (100, 100, 0, 0)
    assert x1 <= 203
    assert y1 <= 197


def test_asked_once_it_is_not_looked_at_again(model: FakeModel) -> None:
    (found,) = answers(model, model.embed(LARGE), [Asked(BOXED)], passes=1, pixels=LARGE)
    assert found.evidence.crop_box is None


def test_a_model_of_many_pixels_is_not_kept_busy_with_second_looks() -> None:
    model = FakeModel()
    embedding = model.embed(LARGE)
    model.input_size = 1024
    (found,) = answers(model, embedding, [Asked(BOXED)], pixels=LARGE)
    assert found.evidence.crop_box is None
    assert len(model.prompts) == 2


def test_a_mask_to_start_from_may_grow_beyond_its_box(model: FakeModel) -> None:
    mask = Mask.from_window(np.ones((90, 90), np.bool_), 100, 100, 480, 640)
    asked = Asked(Prompt(box=Box(110, 110, 180, 180)), mask)
    (found,) = answers(model, model.embed(LARGE), [asked], pixels=LARGE)
    assert found.mask.bounds is not None
    assert found.mask.bounds[2] > 180
    assert found.evidence.crop_box is None
