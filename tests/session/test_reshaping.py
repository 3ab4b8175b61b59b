"""Objects made one, taken apart, moved and copied: each one step of undo, with all they have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.core.cleanup import smooth
from app.core.document import Document, Evidence, ImageStatus, Source, State
from app.core.mask import Mask
from app.core.overlap import OverlapPolicy
from app.core.prompt import Box, Point, Prompt, Step
from tests.session.conftest import Bench

Corners = tuple[int, int, int, int]


def mask(*boxes: Corners) -> Mask:
    pixels = np.zeros((48, 64), np.bool_)
    for x0, y0, x1, y1 in boxes:
        pixels[y0:y1, x0:x1] = True
    return Mask.from_array(pixels)


def drawn(bench: Bench, *masks: Mask, **others: object) -> Document:
    """An image with these objects: each with a label, attributes, notes of others and its work."""
    bench.ready()
    document = bench.session.document
    assert document is not None
    document = document.with_status(ImageStatus.IN_PROGRESS)
    for number, each in enumerate(masks, 1):
        document = document.with_added(
            each,
            number,
            source=Source.SMART,
            evidence=Evidence(clicks=number, active_s=float(number), model="fake"),
            attributes={"pose": number},
            extra={"foreign": number},
        )
    assert bench.session.commit("draw", document)
    return present(bench)


def present(bench: Bench) -> Document:
    assert bench.session.document is not None
    return bench.session.document


def test_merged_objects_are_one_with_the_label_and_notes_of_the_first(bench: Bench) -> None:
    before = drawn(bench, mask((0, 0, 5, 5)), mask((20, 0, 25, 5)), mask((40, 0, 45, 5)))
    assert bench.context.reshaping.merge([3, 1]) == 1
    merged = present(bench).annotation(1)
    assert present(bench).ids == (1, 2)
    assert merged.mask == mask((0, 0, 5, 5), (40, 0, 45, 5))
    assert (merged.label_id, merged.state, merged.source) == (1, State.EDITED, Source.SMART)
    assert (dict(merged.attributes), dict(merged.extra)) == ({"pose": 1}, {"foreign": 1})
    assert (merged.evidence.clicks, merged.evidence.active_s) == (4, 4.0)
    assert merged.evidence.proposal_iou == 0.5
    assert bench.session.selection == {1}
    bench.session.undo()
    assert present(bench) == before


def test_locked_objects_are_not_merged_and_one_alone_is_no_merger(bench: Bench) -> None:
    drawn(bench, mask((0, 0, 5, 5)), mask((20, 0, 25, 5)))
    bench.session.set_locked([2], True)
    before = present(bench)
    assert bench.context.reshaping.merge([1, 2]) is None
    assert present(bench) is before


def test_parts_become_objects_that_are_alike_and_carry_no_work_twice(bench: Bench) -> None:
    before = drawn(
        bench, mask((0, 0, 9, 9), (20, 0, 25, 5)), mask((40, 0, 45, 5)), mask((50, 0, 55, 5))
    )
    bench.session.set_state([1], State.PROPOSED)
    assert bench.context.reshaping.split([1, 2]) == 1
    first, new, *_ = present(bench)
    assert present(bench).ids == (1, 4, 2, 3)
    assert (first.mask, new.mask) == (mask((0, 0, 9, 9)), mask((20, 0, 25, 5)))
    assert first.state is new.state is State.EDITED
    assert (new.label_id, new.source, dict(new.attributes)) == (1, Source.SMART, {"pose": 1})
    assert (new.evidence.clicks, new.evidence.active_s, new.evidence.model) == (0, 0.0, "fake")
    assert dict(new.extra) == {}
    assert bench.session.selection == {1, 4}
    bench.session.undo()
    bench.session.undo()
    assert present(bench) == before


def test_specks_stay_with_the_largest_part_and_small_parts_alike_are_objects(bench: Bench) -> None:
    drawn(
        bench,
        mask((0, 0, 20, 20), (30, 0, 32, 2), (40, 0, 50, 10)),
        mask((0, 30, 4, 34), (10, 30, 13, 33)),
    )
    assert bench.context.reshaping.split([1, 2], speck_px=100) == 2
    assert present(bench).annotation(1).mask == mask((0, 0, 20, 20), (30, 0, 32, 2))
    assert [a.mask.area for a in present(bench)] == [404, 100, 16, 9]


def test_the_clicks_that_led_to_an_object_move_with_it(bench: Bench) -> None:
    drawn(bench, mask((0, 0, 5, 5)))
    step = Step(Prompt.of(Point(3, 4), box=Box(0, 0, 5, 5)))
    evidence = Evidence(prompts=(step,))
    bench.session.replace_mask(1, mask((0, 0, 6, 6)), evidence)
    bench.context.reshaping.move([1], 10, 20)
    (moved,) = present(bench).annotation(1).evidence.prompts
    assert moved.prompt == Prompt.of(Point(13, 24), box=Box(10, 20, 15, 25))


def test_a_cut_is_one_step_for_several_objects(bench: Bench) -> None:
    before = drawn(bench, mask((0, 0, 20, 9)), mask((0, 20, 20, 29)))
    assert bench.context.reshaping.cut([1, 2], [(8, -2), (8, 40)]) == 2
    assert sorted(a.mask.area for a in present(bench)) == [72, 72, 108, 108]
    bench.session.undo()
    assert present(bench) == before
    assert bench.context.reshaping.cut([1], [(30, 0), (30, 40)]) == 0


def test_copies_lie_aside_inside_the_image_and_are_selected(bench: Bench) -> None:
    drawn(bench, mask((0, 0, 5, 5)), mask((58, 42, 64, 48)))
    bench.session.set_locked([1], True)
    assert bench.context.reshaping.duplicate([1, 2]) == 2
    *_, one, other = present(bench)
    assert bench.session.selection == {one.id, other.id}
    assert one.mask == mask((2, 2, 7, 7))
    assert other.mask == mask((56, 40, 62, 46))
    assert not one.locked
    assert present(bench).ids == (1, 2, 3, 4)


def test_objects_move_together_and_those_that_are_locked_stay(bench: Bench) -> None:
    drawn(bench, mask((0, 0, 5, 5)), mask((20, 0, 25, 5)), mask((40, 0, 45, 5)))
    bench.session.set_locked([3], True)
    assert bench.context.reshaping.move([1, 2, 3], 2, 3)
    assert [a.mask for a in present(bench)] == [
        mask((2, 3, 7, 8)), mask((22, 3, 27, 8)), mask((40, 0, 45, 5)),
    ]  # fmt: skip
    assert [a.state for a in present(bench)] == [State.EDITED, State.EDITED, State.ACCEPTED]


def test_a_key_that_is_held_is_one_step_and_nothing_is_lost_at_the_edge(bench: Bench) -> None:
    before = drawn(bench, mask((0, 0, 5, 5)))
    for dx in (-1, -1, -1, 1, 1, 1, 1):
        assert bench.context.reshaping.move([1], dx, 0, goes_on=True)
    assert present(bench).annotation(1).mask == mask((1, 0, 6, 5))
    bench.session.undo()
    assert present(bench) == before
    bench.session.redo()
    assert present(bench).annotation(1).mask == mask((1, 0, 6, 5))


def test_a_movement_after_something_else_is_a_step_of_its_own(bench: Bench) -> None:
    drawn(bench, mask((0, 0, 5, 5)))
    bench.context.reshaping.move([1], 1, 0, goes_on=True)
    bench.session.set_label([1], 2)
    bench.context.reshaping.move([1], 1, 0, goes_on=True)
    bench.session.undo()
    assert present(bench).annotation(1).mask == mask((1, 0, 6, 5))
    assert present(bench).annotation(1).label_id == 2


def test_a_movement_that_goes_on_after_another_edit_was_undone_forgets_that_edit(
    bench: Bench,
) -> None:
    before = drawn(bench, mask((0, 0, 5, 5)))
    bench.context.reshaping.move([1], 1, 0, goes_on=True)
    bench.session.set_label([1], 2)
    bench.session.undo()
    bench.context.reshaping.move([1], 1, 0, goes_on=True)
    assert bench.session.redo_name is None
    assert present(bench).annotation(1).mask == mask((2, 0, 7, 5))
    bench.session.undo()
    assert present(bench) == before
    bench.session.redo()
    assert present(bench).annotation(1).mask == mask((2, 0, 7, 5))


def test_after_undo_a_movement_begins_anew(bench: Bench) -> None:
    before = drawn(bench, mask((0, 0, 5, 5)))
    bench.context.reshaping.move([1], 9, 0, goes_on=True)
    bench.session.undo()
    bench.context.reshaping.move([1], 1, 0, goes_on=True)
    assert present(bench).annotation(1).mask == mask((1, 0, 6, 5))
    bench.session.undo()
    assert present(bench) == before


def test_what_would_leave_the_image_stays_and_it_is_said(bench: Bench) -> None:
    before = drawn(bench, mask((0, 0, 5, 5)))
    told: list[object] = []
    bench.session.problem.connect(told.append)
    assert not bench.context.reshaping.move([1], -5, 0)
    assert present(bench) is before
    assert len(told) == 1


@pytest.mark.parametrize(
    ("policy", "areas"),
    [
        (OverlapPolicy.ALLOW, [25, 25]),
        (OverlapPolicy.NEWEST_WINS, [25, 10]),
        (OverlapPolicy.PROTECT_EXISTING, [10, 25]),
    ],
)
def test_what_is_moved_onto_others_follows_the_overlap_rule(
    bench: Bench, policy: OverlapPolicy, areas: list[int]
) -> None:
    before = drawn(bench, mask((0, 0, 5, 5)), mask((20, 0, 25, 5)))
    bench.session.set_overlap_policy(policy)
    for _ in range(18):
        bench.context.reshaping.move([1], 1, 0, goes_on=True)
    assert [a.mask.area for a in present(bench)] == areas
    bench.session.undo()
    assert present(bench) == before


def test_a_repair_of_several_objects_is_one_step(bench: Bench) -> None:
    before = drawn(bench, mask((0, 0, 20, 20)), mask((30, 0, 50, 20)))
    assert bench.context.reshaping.repair([1, 2], lambda each: smooth(each, 2)) == 2
    assert [a.state for a in present(bench)] == [State.EDITED, State.EDITED]
    bench.session.undo()
    assert present(bench) == before
    assert bench.context.reshaping.repair([1, 2], lambda each: each) == 0


def test_of_what_is_view_only_nothing_is_reshaped(bench: Bench) -> None:
    before = drawn(bench, mask((0, 0, 5, 5), (20, 0, 25, 5)), mask((40, 0, 45, 5)))
    bench.session.show_opened(replace(bench.folder.opened(0), read_only="somebody else"))
    reshaping = bench.context.reshaping
    assert reshaping.merge([1, 2]) is None
    assert reshaping.split([1]) == reshaping.duplicate([1]) == 0
    assert not reshaping.move([1], 1, 1)
    assert present(bench) == before
