"""Objects copied on one image are added to others of its size, in one step."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from app.core.document import Document, Evidence, Source, State
from app.core.errors import Problem
from app.core.mask import Mask
from app.core.overlap import OverlapPolicy
from tests.session.conftest import Bench
from tests.session.test_session import shown, square
from tests.stand_ins import MemoryFolder


def two(bench: Bench) -> None:
    bench.show(0)
    bench.session.add(square(1, 1, 9, 9), Evidence(clicks=3, active_s=5.0), Source.SMART)
    bench.session.folder_labels.add("cat")
    bench.session.add(square(20, 20, 29, 29), Evidence(), Source.MANUAL)
    bench.saved()


def test_all_objects_are_taken_to_the_next_image_and_undone_at_once(bench: Bench) -> None:
    two(bench)
    assert bench.context.clipboard.copy() == 2
    bench.show(1)
    assert bench.context.clipboard.paste() == 2
    pasted = shown(bench).annotations
    assert [(a.mask, a.label_id, a.source) for a in pasted] == [
        (square(1, 1, 9, 9), 1, Source.SMART),
        (square(20, 20, 29, 29), 2, Source.MANUAL),
    ]
    assert bench.session.selection == {1, 2}
    assert bench.session.undo_name == "Paste objects"
    bench.session.undo()
    assert shown(bench).ids == ()


def test_the_work_that_went_into_a_copied_object_is_not_counted_again(bench: Bench) -> None:
    two(bench)
    bench.context.clipboard.copy()
    bench.show(1)
    bench.context.clipboard.paste()
    evidence = shown(bench).annotations[0].evidence
    assert (evidence.clicks, evidence.active_s) == (0, 0.0)


def test_only_selected_objects_are_copied_and_proposals_only_if_selected(bench: Bench) -> None:
    two(bench)
    bench.session.set_state([2], State.PROPOSED)
    assert bench.context.clipboard.copy() == 1
    bench.session.select([2])
    assert bench.context.clipboard.copy() == 1
    bench.show(1)
    bench.context.clipboard.paste()
    assert shown(bench).annotations[0].mask == square(20, 20, 29, 29)


def test_what_is_there_already_is_not_added_again(bench: Bench) -> None:
    two(bench)
    bench.context.clipboard.copy()
    assert bench.context.clipboard.paste() == 0
    bench.show(1)
    assert bench.context.clipboard.paste() == 2
    assert bench.context.clipboard.paste() == 0


def test_the_overlap_policy_counts(bench: Bench) -> None:
    two(bench)
    bench.context.clipboard.copy()
    bench.show(1)
    bench.session.set_overlap_policy(OverlapPolicy.PROTECT_EXISTING)
    bench.session.add(square(0, 0, 5, 48), Evidence())
    bench.context.clipboard.paste()
    assert shown(bench).annotations[1].mask == square(5, 1, 9, 9)


def test_an_image_of_another_size_is_told(bench: Bench) -> None:
    two(bench)
    bench.context.clipboard.copy()
    bench.show(1)
    told: list[Problem] = []
    bench.context.clipboard.refused.connect(told.append)
    other = Mask.from_array(np.ones((5, 6), np.bool_))
    timeline = bench.session._timeline
    assert timeline is not None
    timeline.commit("test", Document(5, 6).with_added(other))
    assert bench.context.clipboard.paste() == 0
    assert "64 x 48" in told[0].what


def test_nothing_to_copy_leaves_what_was_copied(bench: Bench) -> None:
    two(bench)
    bench.context.clipboard.copy()
    bench.show(1)
    assert bench.context.clipboard.copy() == 0
    assert bench.context.clipboard.filled


def test_a_label_that_this_folder_has_not_comes_with_the_copy(bench: Bench) -> None:
    bench.show(0)
    bench.session.folder_labels.add("cat")
    bench.session.add(square(1, 1, 9, 9), Evidence())
    bench.context.clipboard.copy()
    other = MemoryFolder(Path("/others")).with_pictures(2)
    bench.session.use_folder(other)
    bench.session.show_opened(other.opened(0))
    assert bench.context.clipboard.paste() == 1
    document = bench.session.document
    assert document is not None
    assert bench.session.labels.label(document.annotations[0].label_id).name == "cat"
