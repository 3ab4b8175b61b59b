from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.core.document import Annotation, Document, ImageStatus, Source, State
from app.core.evidence import NO_EVIDENCE, Evidence
from app.core.mask import Mask
from app.core.prompt import Point, Prompt, Step

HEIGHT, WIDTH = 4, 5


def dot(x: int, y: int) -> Mask:
    return Mask.from_window(np.ones((1, 1), np.bool_), x, y, HEIGHT, WIDTH)


def three() -> Document:
    """Three objects with the ids 1, 2, 3."""
    document = Document(HEIGHT, WIDTH)
    for x in range(3):
        document = document.with_added(dot(x, 0))
    return document


def test_an_added_object_is_on_top_and_has_the_next_id() -> None:
    evidence = Evidence(clicks=2)
    document = three().with_added(
        dot(4, 3), 7, source=Source.SMART, state=State.EDITED, locked=True, evidence=evidence,
        attributes={"occluded": True}, extra={"x": [1]},
    )  # fmt: skip
    added = document.annotations[-1]
    assert (added.id, added.label_id, added.mask) == (4, 7, dot(4, 3))
    assert (added.source, added.state, added.locked) == (Source.SMART, State.EDITED, True)
    assert added.evidence is evidence
    assert added.attributes == {"occluded": True}
    assert added.extra == {"x": [1]}
    assert document.annotations[:3] == three().annotations


def test_ids_are_never_given_again() -> None:
    document = three().without(3).with_added(dot(0, 1))
    assert document.ids == (1, 2, 4)


def test_an_edit_leaves_the_old_document_and_shares_the_rest() -> None:
    before = three()
    after = before.with_label(2, 9)
    assert [a.label_id for a in before] == [1, 1, 1]
    assert [a.label_id for a in after] == [1, 9, 1]
    assert after.annotations[0] is before.annotations[0]
    assert after.annotations[2] is before.annotations[2]


def test_edits_reach_several_objects_at_once() -> None:
    document = three()
    assert document.without([1, 3]).ids == (2,)
    assert [a.label_id for a in document.with_label((1, 3), 2)] == [2, 1, 2]
    assert [a.locked for a in document.with_locked([2], True)] == [False, True, False]
    assert document.with_state({1}, State.REJECTED).annotation(1).state is State.REJECTED
    assert document.with_attributes([1, 2], {"n": 1}).annotation(2).attributes == {"n": 1}


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: d.with_label([1, 2, 3], 1),
        lambda d: d.with_state(1, State.ACCEPTED),
        lambda d: d.with_locked(2, False),
        lambda d: d.with_attributes(2, {}),
        lambda d: d.with_mask(1, dot(0, 0)),
        lambda d: d.with_replaced(replace(d.annotation(3), label_id=1)),
        lambda d: d.with_replaced(),
        lambda d: d.without([]),
        lambda d: d.with_moved(3, 99),
        lambda d: d.with_status(ImageStatus.TODO),
        lambda d: d.with_extra({}),
    ],
)
def test_an_edit_that_changes_nothing_gives_the_document_itself(
    edit: Callable[[Document], Document],
) -> None:
    document = three()
    assert edit(document) is document


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: d.annotation(4),
        lambda d: d.without(4),
        lambda d: d.without([1, 4]),
        lambda d: d.with_label(4, 1),
        lambda d: d.with_state(4, State.EDITED),
        lambda d: d.with_mask(4, dot(0, 0)),
        lambda d: d.with_moved(4, 0),
        lambda d: d.with_replaced(replace(d.annotation(1), id=4)),
    ],
)
def test_an_unknown_object_is_said_to_be_unknown(edit: Callable[[Document], object]) -> None:
    with pytest.raises(KeyError):
        edit(three())


def test_a_new_mask_makes_the_object_an_edited_one() -> None:
    evidence = Evidence(brush_added_px=1)
    edited = three().with_mask(2, dot(4, 3), evidence).annotation(2)
    assert (edited.mask, edited.state, edited.evidence) == (dot(4, 3), State.EDITED, evidence)
    assert edited.source is Source.MANUAL
    assert three().with_mask(2, dot(4, 3)).annotation(2).evidence is NO_EVIDENCE


def test_a_locked_object_keeps_its_mask() -> None:
    document = three().with_locked(2, True)
    with pytest.raises(ValueError, match="locked"):
        document.with_mask(2, dot(4, 3))


def test_objects_move_up_and_down() -> None:
    document = three()
    assert document.with_moved(3, 0).ids == (3, 1, 2)
    assert document.with_moved(1, 1).ids == (2, 1, 3)
    assert document.with_moved(1, 99).ids == (2, 3, 1)
    assert document.with_moved(2, -5).ids == (2, 1, 3)


def test_the_object_on_top_is_found_first() -> None:
    document = three().with_added(Mask.from_array(np.ones((HEIGHT, WIDTH), np.bool_)))
    assert [a.id for a in document.at(1.5, 0.5)] == [4, 2]
    assert document.at(9, 9) == ()


def test_it_is_a_collection_of_its_objects() -> None:
    document = three()
    assert len(document) == 3
    assert list(document) == list(document.annotations)
    assert 2 in document
    assert 4 not in document
    assert document.get(4) is None


def test_status_and_extra_data_are_part_of_it() -> None:
    document = three().with_status(ImageStatus.DONE).with_extra({"camera": "left"})
    assert document.status is ImageStatus.DONE
    assert document.extra == {"camera": "left"}
    assert Document(1, 1, status="skipped").status is ImageStatus.SKIPPED  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"height": -1}, "size out of range"),
        ({"annotations": (Annotation(1, 1, Mask.empty(5, 4)),)}, "is \\(5, 4\\)"),
        ({"annotations": (Annotation(1, 1, dot(0, 0)), Annotation(1, 2, dot(1, 0)))}, "same id"),
        ({"annotations": (Annotation(5, 1, dot(0, 0)),), "next_id": 5}, "next_id"),
        ({"next_id": 0}, "next_id"),
        ({"status": "finished"}, "finished"),
        ({"extra": {"a": float("nan")}}, "JSON"),
    ],
)
def test_a_document_that_cannot_be_is_not_built(fields: dict[str, Any], reason: str) -> None:
    values = {"height": HEIGHT, "width": WIDTH, "next_id": 9} | fields
    with pytest.raises(ValueError, match=reason):
        Document(**values)


@pytest.mark.parametrize(
    "fields", [{"id": 0}, {"label_id": 0}, {"source": "magic"}, {"state": ""}, {"extra": {1: 1}}]
)
def test_an_annotation_that_cannot_be_is_not_built(fields: dict[str, Any]) -> None:
    values: dict[str, Any] = {"id": 1, "label_id": 1, "mask": dot(0, 0)}
    with pytest.raises(ValueError, match=r"given|valid|must"):
        Annotation(**(values | fields))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"predicted_iou": float("nan")}, "finite"),
        ({"stability_score": 1.01}, "0 to 1"),
        ({"stability_score": float("nan")}, "0 to 1"),
        ({"proposal_iou": -0.1}, "0 to 1"),
        ({"clicks": -1}, "0 or more"),
        ({"active_s": float("inf")}, "0 or more"),
        ({"brush_removed_px": -3}, "0 or more"),
        ({"candidate": -1}, "0 or more"),
        ({"created": "yesterday"}, "isoformat"),
        ({"crop_box": (0, 0, -1, 5)}, "crop_box"),
        ({"crop_box": (0, 0, 1)}, "crop_box"),
    ],
)
def test_evidence_that_cannot_be_is_not_built(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Evidence(**fields)


def test_an_iou_estimate_may_leave_the_range_as_regressions_do() -> None:
    assert Evidence(predicted_iou=1.02).predicted_iou == 1.02


def test_the_points_of_an_object_are_those_of_the_last_question() -> None:
    first, second = Point(1, 1), Point(2, 2, positive=False)
    steps = (Step(Prompt.of(first)), Step(Prompt.of(first, second), time_s=1.5))
    assert Evidence(prompts=steps).points == (first, second)
    assert NO_EVIDENCE.points == ()


def test_a_document_reaches_another_process_whole() -> None:
    document = three().with_extra({"a": {"b": [1]}})
    assert pickle.loads(pickle.dumps(document)) == document  # noqa: S301  our own bytes


@pytest.mark.parametrize("state", [State.ACCEPTED, State.EDITED])
def test_an_object_without_pixels_is_never_accepted(state: State) -> None:
    empty = Mask.empty(*dot(0, 0).size)
    assert Annotation(1, 1, empty, state=state).state is State.REJECTED
    document = Document(*empty.size).with_added(empty, state=State.PROPOSED)
    document = document.with_added(dot(1, 1), state=State.PROPOSED)
    assert document.annotation(1).state is State.PROPOSED
    decided = document.with_state([1, 2], state)
    assert [each.state for each in decided] == [State.REJECTED, state]
