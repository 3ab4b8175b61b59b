"""A box around another object accepts the mask at hand: a drag an object, and no key."""

from __future__ import annotations

import pytest

from app.core.overlap import OverlapPolicy
from app.core.prompt import Box
from tests.session.conftest import Bench

LEFT, RIGHT = (4, 4, 24, 24), (40, 20, 60, 44)


@pytest.fixture
def boxed(bench: Bench) -> Bench:
    """The mask of a first box is at hand."""
    bench.ready().mask_editor.box(*LEFT)
    bench.answered()
    return bench


def accepted(bench: Bench) -> int:
    return len(bench.session.document or ())


def test_a_box_elsewhere_accepts_the_mask_and_begins_the_next(boxed: Bench) -> None:
    first = boxed.mask_editor.mask
    assert boxed.mask_editor.box(*RIGHT)
    document = boxed.session.document
    assert document is not None
    assert [each.mask for each in document] == [first]
    assert boxed.mask_editor.prompt.box == Box(*RIGHT)
    boxed.answered()
    boxed.mask_editor.undo()
    assert not boxed.mask_editor.active
    boxed.session.undo()
    assert not accepted(boxed)


def test_a_box_drawn_anew_replaces_the_one_there_is(boxed: Bench) -> None:
    boxed.mask_editor.box(6, 5, 28, 24)
    assert not accepted(boxed)
    assert boxed.mask_editor.prompt.box == Box(6, 5, 28, 24)


def test_one_whose_corner_is_dragged_far_away_stays_the_same_objects(boxed: Bench) -> None:
    boxed.mask_editor.box(4, 4, 8, 8, moved=True)
    assert not accepted(boxed)


def test_after_clicks_a_box_that_holds_them_is_a_correction(bench: Bench) -> None:
    bench.ready().mask_editor.click(14, 14)
    bench.answered()
    bench.mask_editor.box(*LEFT)
    bench.answered()
    assert not accepted(bench)
    bench.mask_editor.box(*RIGHT)
    assert accepted(bench) == 1


def test_whoever_does_not_want_it_has_the_box_replaced(boxed: Bench) -> None:
    boxed.context.preferences.set(boxes_in_a_row=False)
    boxed.mask_editor.box(*RIGHT)
    assert not accepted(boxed)
    assert boxed.mask_editor.prompt.box == Box(*RIGHT)


def test_the_correction_of_an_object_is_ended_by_a_key_alone(boxed: Bench) -> None:
    corrected = boxed.mask_editor.accept()
    assert corrected is not None
    boxed.mask_editor.start_from(corrected)
    boxed.mask_editor.box(*LEFT)
    boxed.answered()
    boxed.mask_editor.box(*RIGHT)
    assert boxed.mask_editor.editing == corrected
    assert accepted(boxed) == 1


def test_where_the_first_mask_is_not_there_yet_the_second_box_is_refused(bench: Bench) -> None:
    bench.ready()
    bench.model.hold_decode = True
    bench.mask_editor.box(*LEFT)
    assert not bench.mask_editor.box(*RIGHT)
    assert bench.mask_editor.prompt.box == Box(*LEFT)
    bench.model.release.set()
    bench.answered()
    assert bench.mask_editor.can_accept


def test_of_a_mask_that_cannot_be_accepted_nothing_is_lost(boxed: Bench) -> None:
    boxed.session.set_overlap_policy(OverlapPolicy.PROTECT_EXISTING)
    boxed.mask_editor.accept()
    boxed.mask_editor.box(*LEFT)
    boxed.answered()
    boxed.mask_editor.box(*RIGHT)
    assert accepted(boxed) == 1
    assert boxed.mask_editor.prompt.box == Box(*LEFT)


def test_the_mask_seen_while_the_next_box_is_drawn_is_the_one_it_gets(boxed: Bench) -> None:
    boxed.mask_editor.stretch(*RIGHT)
    boxed.wait(lambda: boxed.mask_editor.box_mask is not None and boxed.host.idle)
    seen, asked = boxed.mask_editor.box_mask, len(boxed.model.prompts)
    assert boxed.model.prompts[-1].logits is None
    boxed.mask_editor.box(*RIGHT)
    assert not boxed.mask_editor.is_predicting
    assert boxed.mask_editor.mask == seen
    assert len(boxed.model.prompts) == asked
    assert boxed.mask_editor.box_mask is None


def test_what_was_drawn_by_hand_is_no_part_of_the_next_objects_preview(boxed: Bench) -> None:
    boxed.mask_editor.paint([(6, 40)], 3)
    boxed.mask_editor.stretch(*RIGHT)
    boxed.wait(lambda: boxed.mask_editor.box_mask is not None and boxed.host.idle)
    seen = boxed.mask_editor.box_mask
    assert seen is not None
    assert boxed.mask_editor.box_is_elsewhere
    assert not seen.contains(6, 40)
