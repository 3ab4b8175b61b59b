"""The click protocol against cases worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from model.evaluation.course import click_object
from model.evaluation.protocol import (
    boundary_f,
    bounding_box,
    click_in,
    is_obeyed,
    mask_iou,
    next_click,
)
from model.evaluation.scores import (
    ObjectScore,
    by_size,
    second_clicks,
    sparse_boxes,
    summarise,
)
from model.interface import Embedding, Prediction, Prompt, RuntimeReport
from model.prompt_arrays import answer, checked_features, checked_prompt
from model.transforms import PixelWindow, Transform, checked_image

Bool = npt.NDArray[np.bool_]
SIDE = 32


class ScriptedModel:
    """Answers each prompt with the masks that ``script`` gives for it, at the image's size."""

    def __init__(self, script: Callable[[Prompt], list[Bool]]) -> None:
        self.script = script
        self.asked: list[Prompt] = []

    variant = "scripted"
    identity = image_identity = "scripted"
    input_size = SIDE
    logits_size = (SIDE, SIDE)
    report = RuntimeReport("numpy", "cpu", "float32", "a test")

    def embed(
        self,
        image: npt.NDArray[np.uint8],
        cancelled: Callable[[], bool] | None = None,
        window: PixelWindow | None = None,
    ) -> Embedding:
        transform = Transform(checked_image(image).shape[:2], SIDE, window)
        return Embedding({}, transform, self.identity)

    def decode(
        self, embedding: Embedding, prompt: Prompt, multimask: bool | None = None
    ) -> Prediction:
        checked_features(embedding, {}, self.variant, self.identity)
        checked_prompt(prompt, embedding.transform, self.logits_size)
        self.asked.append(prompt)
        logits = np.stack([np.where(mask, 8.0, -8.0) for mask in self.script(prompt)])
        iou = np.linspace(0.9, 0.1, len(logits)).astype(np.float32)
        return answer(logits, iou, embedding.transform)

    def decode_batch(
        self, embedding: Embedding, prompts: Sequence[Prompt], multimask: bool | None = None
    ) -> list[Prediction]:
        return [self.decode(embedding, prompt, multimask) for prompt in prompts]


def _rectangle(x0: int, y0: int, x1: int, y1: int) -> Bool:
    mask = np.zeros((SIDE, SIDE), np.bool_)
    mask[y0:y1, x0:x1] = True
    return mask


WANTED = _rectangle(4, 4, 25, 25)
HALF = _rectangle(4, 4, 14, 25)
NOTHING = np.zeros((SIDE, SIDE), np.bool_)


def _embedding(model: ScriptedModel) -> Embedding:
    return model.embed(np.zeros((SIDE, SIDE, 3), np.uint8))


def test_the_first_click_is_the_middle_of_a_square() -> None:
    assert click_in(WANTED) == ((14.5, 14.5), 11.0)


def test_the_border_of_the_image_is_a_boundary() -> None:
    (x, y), depth = click_in(np.ones((9, 9), np.bool_))
    assert (x, y, depth) == (4.5, 4.5, 5.0)


def test_an_empty_region_has_no_depth() -> None:
    assert click_in(NOTHING)[1] == 0


def test_the_next_click_is_in_the_deeper_error() -> None:
    # Missing: columns 14 to 24, 11 wide. Too much: 3 wide.
    found = HALF | _rectangle(28, 4, 31, 25)
    spot, label = next_click(WANTED, found) or ((0.0, 0.0), -1)
    assert label == 1
    assert spot[0] == 19.5


def test_too_much_is_clicked_away() -> None:
    spot, label = next_click(HALF, WANTED) or ((0.0, 0.0), -1)
    assert label == 0
    assert 14 < spot[0] < 25


def test_equal_masks_need_no_click() -> None:
    assert next_click(WANTED, WANTED) is None


def test_a_jittered_click_stays_in_the_deep_half_of_its_region() -> None:
    rng = np.random.default_rng(0)
    spots = {click_in(WANTED, rng)[0] for _ in range(50)}
    assert len(spots) > 20
    assert all(4 + 5 <= x <= 25 - 5 and 4 + 5 <= y <= 25 - 5 for x, y in spots)


def test_iou_and_box_by_hand() -> None:
    assert mask_iou(WANTED, HALF) == pytest.approx(210 / 441)
    assert mask_iou(NOTHING, NOTHING) == 1
    assert bounding_box(WANTED).tolist() == [4, 4, 25, 25]


def test_a_course_of_three_clicks() -> None:
    answers = {1: [NOTHING, HALF, WANTED], 2: [HALF], 3: [WANTED]}
    model = ScriptedModel(
        lambda prompt: answers[len(prompt.points)] if prompt.box is None else [HALF]
    )
    course = click_object(model, _embedding(model), WANTED)
    assert course.ious == pytest.approx((0, 210 / 441, 1))
    assert course.oracle == 1
    assert course.box == pytest.approx(210 / 441)
    assert course.labels.tolist() == [1, 1, 1]
    assert [prompt.logits is not None for prompt in model.asked[:3]] == [False, True, True]


def test_the_shown_candidate_is_fed_back() -> None:
    answers = {1: [HALF, NOTHING, NOTHING], 2: [WANTED]}
    model = ScriptedModel(lambda prompt: answers.get(len(prompt.points), [WANTED]))
    click_object(model, _embedding(model), WANTED)
    fed = model.asked[1].logits
    assert fed is not None
    assert np.array_equal(fed > 0, HALF)
    assert fed.max() == 8


def test_a_model_that_never_answers_is_clicked_to_the_end() -> None:
    model = ScriptedModel(lambda prompt: [NOTHING])
    course = click_object(model, _embedding(model), WANTED, most=12)
    assert len(course.ious) == 12
    assert course.obeyed == (False,) * 12


def test_a_click_whose_pixel_comes_out_as_it_said_is_obeyed() -> None:
    assert is_obeyed(WANTED, click_in(WANTED)[0], 1)
    assert not is_obeyed(WANTED, click_in(WANTED)[0], 0)
    assert not is_obeyed(NOTHING, click_in(WANTED)[0], 1)


def test_a_good_enough_answer_still_gets_nine_clicks() -> None:
    nearly = WANTED & ~_rectangle(4, 4, 5, 5)
    model = ScriptedModel(lambda prompt: [nearly])
    assert len(click_object(model, _embedding(model), WANTED).ious) == 9


def _score(*ious: float, share: float = 0.05) -> ObjectScore:
    return ObjectScore("a.png", 0, share, ious, max(ious[0], 0.7), 0.8, (0.001,) * len(ious))


def test_clicks_to_a_threshold() -> None:
    score = _score(0.5, 0.86, 0.8, 0.9)
    assert score.clicks_to(0.85, 20) == 2
    assert score.clicks_to(0.9, 20) == 4
    assert score.clicks_to(0.95, 20) == 20


def test_a_summary_by_hand() -> None:
    summary = summarise([_score(0.4, 1.0), _score(0.6, 0.7, 0.8)])
    assert summary.miou[1] == pytest.approx(0.5)
    assert summary.miou[2] == pytest.approx(0.85)
    assert summary.miou[9] == pytest.approx(0.9)
    assert summary.noc == {85: pytest.approx(11.0), 90: pytest.approx(11.0)}
    assert summary.failed == {85: pytest.approx(0.5), 90: pytest.approx(0.5)}
    assert summary.click_ms == pytest.approx(1.0)
    assert summary.obeyed == 1.0


def test_the_share_of_obeyed_clicks_is_taken_over_all_clicks() -> None:
    first = replace(_score(0.4, 0.5), obeyed=(False,))
    second = replace(_score(0.4, 0.5, 0.6, 0.7), obeyed=(True, True, True))
    assert summarise([first, second]).obeyed == pytest.approx(0.75)


def test_sizes_are_told_apart() -> None:
    found = by_size([_score(0.5, share=0.001), _score(0.6, share=0.2), _score(0.8, share=1.0)])
    assert [(name, s.objects) for name, s in found.items()] == [
        ("under 0.5 %", 1),
        ("over 10 %", 2),
    ]


def test_second_clicks_are_told_by_their_kind() -> None:
    better = replace(_score(0.5, 0.7), labels=(1, 0))
    worse = replace(_score(0.8, 0.7), labels=(1, 0))
    hardly = replace(_score(0.8, 0.76, 0.9), labels=(1, 1, 0))
    alone = replace(_score(1.0), labels=(1,))
    found = second_clicks([better, worse, hardly, alone])
    assert found["negative"].objects == 2
    assert found["negative"].gain == pytest.approx(0.05)
    assert found["negative"].losing == pytest.approx(0.5)
    assert found["positive"].gain == pytest.approx(-0.04)
    assert found["positive"].losing == 0
    assert second_clicks([alone]) == {}


def test_boxes_of_sparse_objects_are_told_for_themselves() -> None:
    sparse = replace(_score(0.5), fill=0.2, box=0.4)
    full = replace(_score(0.5), fill=0.8, box=0.9)
    objects, iou = sparse_boxes([sparse, full, replace(sparse, box=0.6)])
    assert objects == 2
    assert iou == pytest.approx(0.5)
    assert sparse_boxes([full]) == (0, 0.0)


def test_nothing_to_summarise_is_an_error() -> None:
    with pytest.raises(ValueError, match="no objects"):
        summarise([])


def square(x0: int, y0: int, side: int) -> npt.NDArray[np.bool_]:
    mask = np.zeros((60, 80), np.bool_)
    mask[y0 : y0 + side, x0 : x0 + side] = True
    return mask


@pytest.mark.parametrize(("off", "expected"), [(0, 1.0), (2, 1.0), (6, 0.0)])
def test_an_outline_is_right_within_two_pixels(off: int, expected: float) -> None:
    grown = square(20 - off, 20 - off, 20 + 2 * off)
    assert boundary_f(grown, square(20, 20, 20)) == pytest.approx(expected, abs=0.05)


def test_an_outline_that_is_right_on_one_side_counts_in_part() -> None:
    assert 0.4 < boundary_f(square(20, 20, 30), square(20, 20, 20)) < 0.6


def test_the_images_border_is_no_outline() -> None:
    whole = np.ones((60, 80), np.bool_)
    assert boundary_f(whole, whole) == 1.0
    left = whole.copy()
    left[:, 40:] = False
    right_side = ~left
    assert boundary_f(left, left) == 1.0
    # They meet at one and the same line; where each meets the border counts for neither.
    assert boundary_f(left, right_side) == 1.0


def test_no_outline_is_like_none_but_no_other() -> None:
    nothing = np.zeros((60, 80), np.bool_)
    assert boundary_f(nothing, nothing) == 1.0
    assert boundary_f(nothing, square(20, 20, 20)) == 0.0
