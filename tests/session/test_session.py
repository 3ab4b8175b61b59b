"""One commit point: what is edited is undone, saved and shown alike."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.document import Document, Evidence, ImageStatus, State
from app.core.errors import Problem
from app.core.mask import Mask
from app.core.overlap import OverlapPolicy
from tests.session.conftest import Bench


def square(x0: int, y0: int, x1: int, y1: int) -> Mask:
    pixels = np.zeros((48, 64), np.bool_)
    pixels[y0:y1, x0:x1] = True
    return Mask.from_array(pixels)


def shown(bench: Bench) -> Document:
    assert bench.session.document is not None
    return bench.session.document


def test_an_added_object_is_shown_saved_and_can_be_undone(bench: Bench) -> None:
    bench.show(0)
    assert bench.session.add(square(1, 1, 9, 9), Evidence()) == 1
    after = shown(bench)
    assert after.ids == (1,)
    bench.saved()
    assert bench.folder.files[bench.folder.root / "0.png"] is after
    assert bench.session.undo_name == "Add object"
    bench.session.undo()
    assert shown(bench).ids == ()
    bench.session.redo()
    assert shown(bench) is after


def test_the_first_object_puts_the_image_in_progress(bench: Bench) -> None:
    bench.show(0)
    bench.session.add(square(1, 1, 9, 9), Evidence())
    assert shown(bench).status is ImageStatus.IN_PROGRESS


def test_undo_survives_switching_away_and_back(bench: Bench) -> None:
    bench.show(0)
    start = shown(bench)
    bench.session.add(square(1, 1, 9, 9), Evidence())
    after = shown(bench)
    bench.saved()
    bench.show(1)
    assert bench.session.undo_name is None
    bench.show(0)
    assert shown(bench) is after
    bench.session.undo()
    assert shown(bench) is start


def test_switching_back_before_the_save_is_through_keeps_the_edit(bench: Bench) -> None:
    bench.folder.hold.clear()
    bench.show(0)
    bench.session.add(square(1, 1, 9, 9), Evidence())
    bench.show(1)
    bench.show(0)
    assert shown(bench).ids == (1,)


def test_a_file_changed_outside_is_shown_as_it_is_now_and_told(bench: Bench) -> None:
    bench.show(0)
    bench.session.add(square(1, 1, 9, 9), Evidence())
    bench.saved()
    bench.show(1)
    path = bench.folder.root / "0.png"
    theirs = Document(48, 64).with_added(square(2, 2, 5, 5)).with_added(square(3, 3, 6, 6))
    bench.folder.files[path], bench.folder.tokens[path] = theirs, "theirs"
    told: list[object] = []
    bench.session.problem.connect(told.append)
    bench.show(0)
    assert shown(bench) is theirs
    assert len(told) == 1


def test_an_edit_over_a_file_changed_outside_is_put_beside_and_the_image_read_again(
    bench: Bench,
) -> None:
    bench.show(0)
    path = bench.folder.root / "0.png"
    bench.folder.files[path], bench.folder.tokens[path] = Document(48, 64), "theirs"
    with bench.qtbot.waitSignal(bench.session.reload_wanted):
        bench.session.add(square(1, 1, 9, 9), Evidence())
    bench.show(0)
    assert shown(bench).ids == ()
    bench.session.add(square(2, 2, 9, 9), Evidence())
    bench.saved()
    assert len(bench.folder.beside) == 1
    assert bench.folder.files[path] is shown(bench)


def test_what_cannot_be_edited_is_not(bench: Bench) -> None:
    bench.folder.read_only = "Another window has this folder."
    bench.show(0)
    told: list[Problem] = []
    bench.session.problem.connect(told.append)
    assert bench.session.add(square(1, 1, 9, 9), Evidence()) is None
    assert shown(bench).ids == ()
    assert "Another window" in str(told[0])
    assert bench.session.save_state.kind == "view_only"
    bench.mask_editor.click(5, 5)
    assert not bench.mask_editor.active


def test_deleting_passes_over_locked_objects(bench: Bench) -> None:
    bench.show(0)
    for x in (1, 20):
        bench.session.add(square(x, 1, x + 9, 9), Evidence())
    bench.session.set_locked([1], True)
    bench.session.delete([1, 2, 99])
    assert shown(bench).ids == (1,)


def test_a_deleted_object_is_selected_no_more(bench: Bench) -> None:
    bench.show(0)
    bench.session.add(square(1, 1, 9, 9), Evidence())
    bench.session.select([1, 7])
    assert bench.session.selection == {1}
    bench.session.delete([1])
    assert bench.session.selection == frozenset()


def test_of_several_objects_under_the_mouse_the_smallest_shown_one_is_meant(bench: Bench) -> None:
    bench.show(0)
    bench.session.add(square(1, 1, 9, 9), Evidence())
    bench.session.add(square(0, 0, 30, 30), Evidence())
    assert bench.session.object_at(5, 5) == 1
    bench.session.toggle_hidden([1])
    assert bench.session.object_at(5, 5) == 2
    assert bench.session.object_at(60, 40) is None


@pytest.mark.parametrize(
    ("policy", "areas"),
    [
        (OverlapPolicy.ALLOW, [64, 64]),
        (OverlapPolicy.NEWEST_WINS, [48, 64]),
        (OverlapPolicy.PROTECT_EXISTING, [64, 48]),
    ],
)
def test_the_overlap_policy_is_applied_when_an_object_is_added(
    bench: Bench, policy: OverlapPolicy, areas: list[int]
) -> None:
    bench.show(0)
    bench.session.set_overlap_policy(policy)
    bench.session.add(square(0, 0, 8, 8), Evidence())
    bench.session.add(square(4, 4, 12, 12), Evidence())
    assert [a.mask.area for a in shown(bench)] == areas


def test_a_mask_of_which_nothing_is_left_is_told_and_not_added(bench: Bench) -> None:
    bench.show(0)
    bench.session.set_overlap_policy(OverlapPolicy.PROTECT_EXISTING)
    bench.session.add(square(0, 0, 8, 8), Evidence())
    told: list[Problem] = []
    bench.session.problem.connect(told.append)
    assert bench.session.add(square(2, 2, 6, 6), Evidence()) is None
    assert len(told) == 1
    assert shown(bench).ids == (1,)


def test_undo_of_objects_takes_no_label_away(bench: Bench) -> None:
    bench.show(0)
    cat = bench.session.folder_labels.add("cat")
    assert cat == bench.session.active_label == 2
    bench.session.add(square(1, 1, 9, 9), Evidence())
    assert shown(bench).annotation(1).label_id == cat
    bench.saved()
    assert bench.folder.files[bench.folder.root] == bench.session.labels
    bench.session.undo()
    assert bench.session.undo_name is None
    bench.session.undo()
    assert [label.name for label in bench.session.labels] == ["object", "cat"]
    assert bench.session.active_label == cat


def test_a_change_of_labels_is_taken_back_on_whatever_image_one_is(bench: Bench) -> None:
    bench.show(0)
    bench.session.folder_labels.add("cat")
    bench.session.add(square(1, 1, 9, 9), Evidence())
    bench.session.folder_labels.rename(2, "tiger")
    bench.show(1)
    bench.session.add(square(2, 2, 9, 9), Evidence())
    bench.session.undo()
    assert len(shown(bench)) == 0
    assert bench.session.undo_name == "Rename label"
    bench.session.undo()
    assert [label.name for label in bench.session.labels] == ["object", "cat"]
    bench.session.redo()
    assert [label.name for label in bench.session.labels] == ["object", "tiger"]
    bench.session.redo()
    assert len(shown(bench)) == 1


def test_an_object_whose_label_was_removed_meanwhile_brings_it_back_with_undo(
    bench: Bench,
) -> None:
    bench.show(0)
    bench.session.folder_labels.add("cat")
    bench.session.add(square(1, 1, 9, 9), Evidence())
    bench.session.delete([1])
    bench.show(1)
    assert bench.session.folder_labels.remove(2)
    bench.session.commit_at(
        bench.folder.root / "0.png", "Draw", lambda found: found.with_added(square(1, 1, 9, 9), 2)
    )
    assert [label.name for label in bench.session.labels] == ["object", "cat"]


def test_labels_stay_when_undo_is_pressed_on_an_image_after_work_on_others(bench: Bench) -> None:
    bench.show(0)
    labels = bench.session.labels.with_added("fruit").with_added("plate")
    assert bench.session.folder_labels.change("Change labels", labels)
    bench.session.folder_labels.activate(2)
    bench.session.add(square(1, 1, 9, 9), Evidence())
    bench.show(1)
    assert bench.session.undo_name is None
    bench.session.undo()
    assert bench.session.labels == labels


def test_an_image_whose_label_was_taken_away_brings_it_back_as_it_was(bench: Bench) -> None:
    bench.show(0)
    fruit = bench.session.folder_labels.add("fruit")
    assert fruit is not None
    bench.session.add(square(1, 1, 9, 9), Evidence())
    before = bench.session.labels
    bench.show(1)
    assert bench.session.folder_labels.remove(fruit)
    bench.show(0)
    assert bench.session.labels == before


def test_a_label_that_cannot_be_is_told(bench: Bench) -> None:
    bench.show(0)
    told: list[Problem] = []
    bench.session.problem.connect(told.append)
    assert bench.session.folder_labels.add("object") is None
    assert bench.session.folder_labels.add("  ") is None
    assert not bench.session.folder_labels.remove(1)
    assert len(told) == 3


def test_reviewing_and_relabelling_are_single_steps(bench: Bench) -> None:
    bench.show(0)
    bench.session.add(square(1, 1, 9, 9), Evidence())
    bench.session.add(square(20, 20, 30, 30), Evidence())
    before = shown(bench)
    bench.session.set_state([1, 2], State.REJECTED)
    assert {a.state for a in shown(bench)} == {State.REJECTED}
    bench.session.undo()
    assert shown(bench) is before


def test_a_new_object_takes_up_an_image_that_was_skipped(bench: Bench) -> None:
    bench.show(0)
    first = bench.session.add(square(1, 1, 9, 9), Evidence())
    assert first is not None
    bench.session.set_status(ImageStatus.SKIPPED)
    bench.session.set_locked([first], True)
    assert shown(bench).status is ImageStatus.SKIPPED
    proposed = shown(bench).with_added(square(20, 20, 29, 29), state=State.PROPOSED)
    bench.session.commit("Propose", proposed)
    assert shown(bench).status is ImageStatus.SKIPPED
    bench.session.add(square(30, 30, 39, 39), Evidence())
    assert shown(bench).status is ImageStatus.IN_PROGRESS


def test_the_same_mask_is_not_added_twice_with_one_label(bench: Bench) -> None:
    bench.show(0)
    told: list[Problem] = []
    bench.session.problem.connect(told.append)
    first = bench.session.add(square(1, 1, 9, 9), Evidence())
    assert first is not None
    assert bench.session.add(square(1, 1, 9, 9), Evidence()) is None
    assert "already" in told[0].what
    bench.session.folder_labels.add("cat")
    assert bench.session.add(square(1, 1, 9, 9), Evidence()) is not None
    bench.session.set_state([first], State.REJECTED)
    bench.session.folder_labels.activate(1)
    assert bench.session.add(square(1, 1, 9, 9), Evidence()) is not None
