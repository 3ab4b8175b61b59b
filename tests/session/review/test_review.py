"""Looking at proposals one after the other, over several images."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.core.document import Document, Evidence, ImageStatus, State
from app.core.frozen import freeze
from app.core.mask import Mask
from app.core.previous import Previous
from app.core.review import Filter, Order, Span
from app.session.mask.stopwatch import IDLE_S
from app.session.review.review import Review
from app.storage.places import Places
from app.storage.project import Project
from tests.desk import SIZE, Desk, make_images, saved_document

SCORES = (0.7, 0.95, 0.8)


def square(x: int, side: int = 8) -> Mask:
    return Mask.from_window(np.ones((side, side), np.bool_), x, 4, *SIZE)


def proposed(*scores: float) -> Document:
    document = Document(*SIZE)
    for place, score in enumerate(scores):
        evidence = Evidence(predicted_iou=score)
        document = document.with_added(square(10 * place), state=State.PROPOSED, evidence=evidence)
    return document


def put(folder: Path, name: str, document: Document, places: Places) -> None:
    project = Project.of(folder, places)
    project.write_objects(folder / name, document, None)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.below(tmp_path / "user")


@pytest.fixture
def folder(tmp_path: Path, places: Places) -> Path:
    """Images 0 to 3: three proposals, none, two, one."""
    folder = tmp_path / "pictures"
    make_images(folder, 4)
    put(folder, "0.png", proposed(*SCORES), places)
    put(folder, "2.png", proposed(0.9, 0.6), places)
    put(folder, "3.png", proposed(0.5), places)
    return folder


@pytest.fixture
def new_desk(qtbot: QtBot, places: Places, folder: Path) -> Iterator[Callable[[], Desk]]:
    desks: list[Desk] = []

    def start() -> Desk:
        desks.append(Desk(qtbot, places).open(folder))
        desks[-1].wait(lambda: desks[-1].navigator.images.proposed == (3, 6))
        return desks[-1]

    yield start
    for desk in desks:
        desk.close()


@pytest.fixture
def desk(new_desk: Callable[[], Desk]) -> Desk:
    return new_desk()


@pytest.fixture
def queue(desk: Desk) -> Review:
    desk.context.review.start()
    return desk.context.review


def current(queue: Review) -> int | None:
    return queue.current.id if queue.current else None


def test_the_surest_proposal_comes_first_and_is_selected(desk: Desk, queue: Review) -> None:
    assert queue.ids == (2, 3, 1)
    assert current(queue) == 2
    assert desk.session.selection == {2}


def test_a_decision_brings_the_next_one(desk: Desk, queue: Review) -> None:
    queue.accept()
    assert current(queue) == 3
    queue.reject()
    assert current(queue) == 1
    assert [a.state for a in desk.document] == [State.PROPOSED, State.ACCEPTED, State.REJECTED]


def test_after_the_last_one_the_image_is_done_and_the_next_with_proposals_opens(
    desk: Desk, queue: Review, folder: Path, places: Places
) -> None:
    for _ in SCORES:
        queue.accept()
    desk.wait(lambda: desk.session.image_path == folder / "2.png")
    assert current(queue) == 1
    desk.saved()
    assert saved_document(folder, "0.png", places).status is ImageStatus.DONE


def test_undo_takes_back_one_decision_and_shows_it_again(desk: Desk, queue: Review) -> None:
    queue.accept()
    queue.reject()
    queue.undo()
    assert current(queue) == 3
    queue.undo()
    assert current(queue) == 2
    assert desk.document.status is ImageStatus.TODO


def test_undo_goes_back_to_the_image_before(desk: Desk, queue: Review, folder: Path) -> None:
    for _ in SCORES:
        queue.accept()
    desk.wait(lambda: desk.session.image_path == folder / "2.png")
    queue.undo()
    desk.wait(lambda: desk.session.image_path == folder / "0.png")
    assert current(queue) == 1
    assert desk.document.annotation(1).state is State.PROPOSED
    queue.accept()
    desk.wait(lambda: desk.session.image_path == folder / "2.png")


def test_when_everything_is_decided_the_queue_says_so(desk: Desk, queue: Review) -> None:
    finished: list[bool] = []
    queue.finished.connect(lambda: finished.append(True))
    for _ in range(6):
        desk.wait(lambda: queue.current is not None)
        queue.accept()
    desk.wait(lambda: finished == [True])
    assert queue.current is None
    assert desk.navigator.images.proposed == (0, 0)


def test_editing_starts_from_the_proposal_and_going_on_follows_its_acceptance(
    desk: Desk, queue: Review
) -> None:
    assert queue.edit()
    assert desk.mask_editor.mask == square(10)
    desk.click(60, 40)
    desk.mask_editor.accept()
    assert desk.document.annotation(2).state is State.EDITED
    assert current(queue) == 3


def test_an_edit_of_the_last_proposal_finishes_the_image_in_the_same_step(
    desk: Desk, queue: Review
) -> None:
    desk.go(3)
    assert queue.edit()
    desk.click(60, 40)
    desk.mask_editor.accept()
    after = desk.document.status
    desk.session.undo()
    assert (after, desk.document.status) == (ImageStatus.DONE, ImageStatus.TODO)


def test_rejecting_drops_a_correction_that_was_begun(desk: Desk, queue: Review) -> None:
    queue.edit()
    queue.reject()
    assert not desk.mask_editor.active
    assert desk.document.annotation(2).state is State.REJECTED


def test_the_filter_narrows_the_queue_and_keeps_what_is_at_hand(desk: Desk, queue: Review) -> None:
    queue.later()
    assert current(queue) == 3
    queue.set_filter(Filter(predicted_iou=Span(least=0.75)), Order.DOUBT)
    assert (queue.ids, current(queue)) == ((3, 2), 3)


def test_an_image_without_matches_is_passed_over(desk: Desk, queue: Review, folder: Path) -> None:
    queue.set_filter(Filter(predicted_iou=Span(most=0.75)), Order.CONFIDENCE)
    queue.accept()
    desk.wait(lambda: desk.session.image_path == folder / "2.png")
    assert queue.ids == (2,)


def test_accepting_above_a_score_is_previewed_and_one_step(desk: Desk, queue: Review) -> None:
    preview = queue.preview(0.8)
    assert (set(preview.ids), preview.left, preview.worst_iou) == ({2, 3}, 1, 0.8)
    assert queue.accept_above(preview)
    assert current(queue) == 1
    queue.undo()
    assert queue.ids == (2, 3, 1)


def test_the_old_mask_can_be_kept(desk: Desk, folder: Path, places: Places) -> None:
    old = square(30, 6)
    document = proposed(0.5)
    new = replace(document.annotation(1), previous=Previous(mask=old, iou=0.2))
    desk.go(3)
    desk.session.commit("relabel", desk.document.with_replaced(new))
    queue = desk.context.review
    queue.start()
    desk.wait(lambda: queue.current is not None)
    assert queue.can_keep_old
    queue.keep_old()
    assert desk.document.annotation(1).mask == old
    assert desk.document.annotation(1).state is State.ACCEPTED


def test_later_leaves_it_undecided_and_goes_round(desk: Desk, queue: Review) -> None:
    queue.later()
    queue.back()
    assert current(queue) == 2
    assert all(a.state is State.PROPOSED for a in desk.document)


def test_an_image_chosen_by_hand_is_shown_even_if_nothing_is_proposed_there(
    desk: Desk, queue: Review, folder: Path
) -> None:
    desk.go(1)
    desk.qtbot.wait(50)
    assert desk.session.image_path == folder / "1.png"
    assert queue.current is None
    queue.later()
    desk.wait(lambda: desk.session.image_path == folder / "2.png")


def test_it_goes_on_where_it_stopped_after_a_new_start(
    new_desk: Callable[[], Desk], folder: Path
) -> None:
    first = new_desk()
    queue = first.context.review
    queue.start()
    queue.set_filter(Filter(predicted_iou=Span(least=0.55)), Order.DOUBT)
    first.go(2)
    queue.later()
    assert current(queue) == 1
    first.close()
    second = new_desk()
    second.wait(lambda: second.context.review_position.value.annotation_id == 1)
    queue = second.context.review
    queue.start()
    second.wait(lambda: second.session.image_path == folder / "2.png")
    assert current(queue) == 1
    assert queue.order is Order.DOUBT
    assert queue.filter.predicted_iou == Span(least=0.55)


def test_looking_without_reviewing_leaves_no_file(desk: Desk, folder: Path) -> None:
    desk.go(2)
    assert desk.context.review_position.last_write() is None
    desk.close()
    assert not [*folder.rglob("review.toml")]


def test_the_rate_counts_single_decisions_only(desk: Desk, queue: Review) -> None:
    desk.clock.pass_(60)
    queue.accept()
    desk.clock.pass_(30)
    queue.accept()
    assert queue.per_minute == pytest.approx(4)
    queue.undo()
    assert queue.decided == 1


def test_the_seconds_a_proposal_was_looked_at_are_kept_with_its_mask(
    desk: Desk, queue: Review
) -> None:
    desk.clock.pass_(3)
    desk.session.set_label([2], desk.session.folder_labels.add("cat") or 0)
    desk.clock.pass_(1)
    queue.accept()
    desk.clock.pass_(600)
    queue.accept()
    first, second = (desk.document.annotation(each).evidence for each in (2, 3))
    assert first.active_s == 4.0
    assert first.created is not None
    assert second.active_s == IDLE_S
    assert first.predicted_iou == 0.95
    desk.session.undo()
    assert desk.document.annotation(3).evidence == Evidence(predicted_iou=0.8)


def test_a_chosen_status_goes_before_the_one_that_follows(desk: Desk, queue: Review) -> None:
    desk.session.set_status(ImageStatus.SKIPPED)
    assert desk.document.status is ImageStatus.SKIPPED


def test_nothing_is_decided_on_a_folder_that_is_only_to_be_viewed(desk: Desk) -> None:
    desk.session._image_read_only = "held by another window"
    desk.context.review.start()
    assert not desk.context.review.active


def test_picking_a_proposal_makes_it_the_one_at_hand(desk: Desk, queue: Review) -> None:
    desk.session.select([1])
    assert current(queue) == 1


# -- a whole image at once


@pytest.fixture
def whole(desk: Desk, queue: Review) -> Review:
    # Whenever a setting changes, such as how fast the model is, all of them are followed.
    desk.context.preferences.set(review_by_image=True)
    return queue


def test_of_a_whole_image_none_is_at_hand_and_any_is_decided_on_by_its_place(
    desk: Desk, whole: Review
) -> None:
    assert whole.current is None
    assert whole.decide_at(14, 6, right=False)
    assert whole.decide_at(4, 6, right=True)
    assert not whole.decide_at(30, 30, right=True)
    document = desk.session.document
    assert document is not None
    assert [a.state for a in document] == [State.ACCEPTED, State.REJECTED, State.PROPOSED]


def test_a_proposal_that_is_hidden_is_not_decided_on_by_a_click(desk: Desk, whole: Review) -> None:
    desk.session.set_hidden([1])
    assert not whole.decide_at(4, 6, right=True)
    assert desk.document.annotation(1).state is State.PROPOSED
    desk.session.set_hidden([])
    assert whole.decide_at(4, 6, right=True)


def test_an_image_is_left_and_done_only_when_it_is_settled(
    desk: Desk, whole: Review, folder: Path, places: Places
) -> None:
    for x in (4, 14, 24):
        whole.decide_at(x, 6, right=True)
    document = desk.session.document
    assert document is not None
    assert document.status is ImageStatus.IN_PROGRESS
    assert (whole.ids, desk.navigator.current) == ((), 0)
    assert whole.settle(accept=False)
    desk.wait(lambda: desk.session.image_path == folder / "2.png" and len(whole.ids) == 2)
    desk.wait(lambda: not desk.context.saver.unsaved)
    kept = saved_document(folder, "0.png", places)
    assert kept.status is ImageStatus.DONE
    assert {a.state for a in kept} == {State.ACCEPTED}


@pytest.mark.parametrize(
    ("accept", "state"), [(True, State.ACCEPTED), (False, State.REJECTED)]
)  # fmt: skip
def test_one_key_settles_the_rest_and_one_undo_brings_it_back(
    desk: Desk, whole: Review, folder: Path, accept: bool, state: State
) -> None:
    whole.decide_at(14, 6, right=not accept)
    whole.settle(accept=accept)
    desk.wait(lambda: desk.session.image_path == folder / "2.png" and len(whole.ids) == 2)
    whole.undo()
    desk.wait(lambda: desk.session.image_path == folder / "0.png" and len(whole.ids) == 2)
    document = desk.session.document
    assert document is not None
    assert [a.state is State.PROPOSED for a in document] == [True, False, True]
    assert whole.settle(accept=accept)
    desk.wait(lambda: desk.session.image_path == folder / "2.png" and len(whole.ids) == 2)


def test_locked_proposals_wait_for_a_look_when_the_rest_is_settled(
    desk: Desk, whole: Review
) -> None:
    document = desk.session.document
    assert document is not None
    desk.session.commit("lock", document.with_locked(1, True))
    assert not whole.settle(accept=False)
    assert whole.ids == (1,)
    assert whole.current is not None
    assert desk.navigator.current == 0


def test_the_rest_can_be_settled_while_they_are_looked_at_one_by_one(
    desk: Desk, queue: Review, folder: Path
) -> None:
    queue.accept()
    assert queue.settle(accept=False)
    desk.wait(lambda: desk.session.image_path == folder / "2.png" and queue.current is not None)


def test_whole_images_that_were_left_for_later_come_again_before_all_is_decided(
    desk: Desk, whole: Review, folder: Path
) -> None:
    def at(name: str, waiting: int) -> None:
        desk.wait(lambda: desk.session.image_path == folder / name and len(whole.ids) == waiting)

    whole.later()
    at("2.png", 2)
    whole.later()
    at("3.png", 1)
    whole.settle(accept=True)
    at("0.png", 3)
    assert not whole.ended
    whole.later()
    at("2.png", 2)
    whole.settle(accept=True)
    at("0.png", 3)
    whole.settle(accept=False)
    desk.wait(lambda: whole.ended)
    assert desk.navigator.images.proposed == (0, 0)


def test_an_object_made_over_a_proposal_settles_it(desk: Desk, whole: Review) -> None:
    desk.session.add(square(11), Evidence())
    document = desk.session.document
    assert document is not None
    assert [a.state for a in document] == [
        State.PROPOSED, State.REJECTED, State.PROPOSED, State.ACCEPTED
    ]  # fmt: skip
    desk.session.undo()
    assert whole.ids == (2, 3, 1)


def test_on_the_next_image_what_has_a_score_that_was_right_is_selected(
    desk: Desk, whole: Review, folder: Path, places: Places
) -> None:
    document = desk.session.document
    assert document is not None
    for number in range(8):
        score = 0.3 + number / 10
        mask = Mask.from_window(np.ones((4, 4), np.bool_), 5 * number, 30, *SIZE)
        evidence = Evidence(predicted_iou=score)
        document = document.with_added(mask, state=State.PROPOSED, evidence=evidence)
    desk.session.commit("propose", document)
    assert whole.sure == frozenset()
    for each in whole.ids:
        annotation = desk.session.document.annotation(each) if desk.session.document else None
        assert annotation is not None
        sure = (annotation.evidence.predicted_iou or 0) > 0.65
        x, y, _, _ = annotation.mask.bbox
        assert whole.decide_at(x + 1, y + 1, right=sure)
    whole.settle(accept=False)
    desk.wait(lambda: desk.session.image_path == folder / "2.png" and len(whole.ids) == 2)
    assert desk.session.selection == whole.preselected == {1}
    desk.session.select([2])
    assert not whole.preselected
    desk.session.select([1])
    assert not whole.preselected
    assert whole.accept_selected()
    desk.wait(lambda: desk.session.image_path == folder / "3.png")
    desk.wait(lambda: not desk.context.saver.unsaved)
    kept = saved_document(folder, "2.png", places)
    assert [a.state for a in kept] == [State.ACCEPTED, State.REJECTED]


def test_what_a_person_has_deselected_on_a_whole_image_stays_so(desk: Desk, whole: Review) -> None:
    desk.session.select([1, 2, 3])
    desk.session.select([1, 2])
    assert whole.decide_at(24, 6, right=True)
    assert desk.session.selection == {1, 2}
    desk.session.select([])
    assert whole.decide_at(14, 6, right=True)
    assert not desk.session.selection


def test_what_the_program_selected_is_its_own_again_after_one_that_a_person_picked_is_decided(
    desk: Desk, whole: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.core.review.sure_from", lambda decided: 0.75)
    whole.set_by_image(False)
    whole.set_by_image(True)
    assert desk.session.selection == whole.preselected == {2, 3}
    desk.session.select([1])
    assert not whole.preselected
    whole.accept()
    assert desk.session.selection == whole.preselected == {2, 3}
    desk.session.select([2])
    assert not whole.preselected
    whole.reject()
    assert desk.session.selection == whole.preselected == {3}


def test_another_object_stays_selected_on_a_whole_image_while_one_describes_it(
    desk: Desk, whole: Review
) -> None:
    made = desk.session.add(square(40), Evidence())
    assert made is not None
    desk.session.select([1, 2])
    desk.session.select([made])
    desk.session.describe([made], lambda each: replace(each, attributes=freeze({"colour": "red"})))
    assert desk.session.selection == {made}
    assert whole.decide_at(24, 6, right=True)
    assert desk.session.selection == {made}
    assert not whole.selected
    desk.session.delete([made])
    assert not desk.session.selection


def test_undo_goes_on_to_the_image_before_where_another_program_has_written_this_one(
    desk: Desk, queue: Review, folder: Path, places: Places
) -> None:
    for _ in range(4):
        queue.accept()
        desk.wait(lambda: queue.current is not None)
    assert desk.session.image_path == folder / "2.png"
    desk.saved()
    other, image = Project.of(folder, places), folder / "2.png"
    other.write_objects(image, proposed(0.4, 0.3, 0.2), other.read_objects(image, *SIZE).token)
    desk.navigator.reload()
    desk.wait(lambda: len(queue.ids) == 3)
    queue.undo()
    desk.wait(lambda: desk.session.image_path == folder / "0.png" and len(queue.ids) == 1)


def test_undo_passes_over_images_that_are_gone(desk: Desk, queue: Review, folder: Path) -> None:
    for _ in range(3):
        queue.accept()
    desk.wait(lambda: desk.session.image_path == folder / "2.png" and queue.current is not None)
    desk.saved()
    (folder / "0.png").unlink()
    with desk.qtbot.waitSignal(desk.navigator.images.refreshed):
        desk.navigator.refresh()
    queue.undo()
    queue.accept()
    queue.accept()
    desk.wait(lambda: desk.session.image_path == folder / "3.png")
