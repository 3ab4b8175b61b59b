"""Importing: what would change is known before it does; an image changes whole or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.document import Document, ImageStatus, Source, State
from app.core.errors import Problem
from app.core.frozen import FrozenMap
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.core.prompt import Box, Prompt
from app.core.unsegmented import Unsegmented
from app.storage.exchange.category_labels import label_name
from app.storage.exchange.images import Images
from app.storage.exchange.importing import (
    ImageChange,
    ImportOptions,
    ImportPlan,
    plan_import,
)
from app.storage.exchange.values import Imported, ImportedCategory, ImportedImage, ImportedObject
from tests.storage.exchange.samples import document_of, ring, square

FOLDER = Images.of_sizes({"a.jpg": (6, 6), "sub/b.jpg": (6, 6), "wide.jpg": (4, 8)})
CAT = ImportedCategory("cat", FrozenMap({"coco": {"id": 5}}))


def image(name: str, *masks: Mask, label: str = "cat") -> ImportedImage:
    objects = tuple(ImportedObject(label, mask, score=0.5) for mask in masks)
    return ImportedImage(name, masks[0].size if masks else None, objects)


def plan(
    *images: ImportedImage, options: ImportOptions | None = None, **kept: object
) -> ImportPlan:
    documents = {name: each for name, each in kept.items() if isinstance(each, Document)}
    imported = Imported("coco", images, (CAT,))
    return plan_import(imported, FOLDER, LabelSet(), lambda name: documents.get(name[0]), options)


def after(change: ImageChange) -> Document:
    """What becomes of an image that has no objects yet."""
    return change.applied(Document(*change.size))


def test_masks_become_proposals_that_know_where_they_came_from() -> None:
    found = ImportedObject(
        "cat",
        ring(),
        score=0.75,
        attributes=FrozenMap({"wet": True}),
        extra=FrozenMap({"coco": {"id": 9}}),
    )
    result = plan(ImportedImage("a.jpg", (6, 6), (found,), FrozenMap({"coco": {"id": 3}})))
    (change,) = result.changes
    (annotation,) = after(change)
    assert (change.name, change.added, change.by_path) == ("a.jpg", 1, True)
    assert (annotation.state, annotation.source) == (State.PROPOSED, Source.IMPORTED)
    assert annotation.evidence.predicted_iou == 0.75
    assert annotation.attributes == {"wet": True}
    assert annotation.extra == {"coco": {"id": 9}}
    assert annotation.imported_from == "coco"
    assert after(change).extra == {"coco": {"id": 3}}
    assert after(change).status is ImageStatus.IN_PROGRESS


def test_labels_are_found_by_name_and_new_ones_added() -> None:
    result = plan(image("a.jpg", ring()), image("sub/b.jpg", ring(), label="dog"))
    assert [label.name for label in result.labels] == ["object", "cat", "dog"]
    assert result.labels.labels[1].extra == {"coco": {"id": 5}}
    assert [after(change).annotations[0].label_id for change in result.changes] == [2, 3]


@pytest.mark.parametrize(
    ("name", "label"), [("a\nb", "a b"), ("  ", "object"), ("\0", "object"), ("x" * 500, "x" * 200)]
)
def test_any_name_makes_a_label(name: str, label: str) -> None:
    assert label_name(name) == label


def test_trusted_masks_can_be_taken_as_accepted() -> None:
    options = ImportOptions(state=State.ACCEPTED)
    (change,) = plan(image("a.jpg", ring()), options=options).changes
    assert after(change).annotations[0].state is State.ACCEPTED


def test_boxes_wait_for_their_masks() -> None:
    found = ImportedObject("cat", box=Box(1, 1, 4, 4), attributes=FrozenMap({"wet": 1}), score=0.5)
    result = plan(ImportedImage("a.jpg", None, (found,)))
    (waits,) = after(result.changes[0]).unsegmented
    assert (waits.label_id, waits.prompt, waits.score) == (2, Prompt(box=Box(1, 1, 4, 4)), 0.5)
    assert waits.attributes == {"wet": 1}
    assert (result.added, result.unsegmented) == (0, 1)


def test_an_image_of_another_size_is_left_whole() -> None:
    result = plan(image("a.jpg", square(2, size=7)), image("sub/b.jpg", ring()))
    assert [change.name for change in result.changes] == ["sub/b.jpg"]
    (skip,) = result.skipped
    assert skip.where == "a.jpg"
    assert "7 x 7 pixels, this one has 6 x 6: the image was resized" in skip.reason


def test_one_mask_of_another_size_costs_the_image() -> None:
    objects = tuple(ImportedObject("cat", mask) for mask in (ring(), square(size=7)))
    assert plan(ImportedImage("a.jpg", None, objects)).changes == ()


def test_a_photo_lying_on_its_side_is_recognised_and_explained() -> None:
    found = image("wide.jpg", Mask.empty(8, 4))
    (skip,) = plan(found).skipped
    assert "EXIF orientation" in skip.reason


def test_names_are_looked_up_in_the_folder_only() -> None:
    result = plan(image("../../etc/a.jpg", ring()), image("C:\\evil\\zzz.jpg", ring()))
    assert [(change.name, change.by_path) for change in result.changes] == [("a.jpg", False)]
    assert len(result.skipped) == 1


def test_images_that_may_be_the_same_one_are_left_out() -> None:
    guessed = plan(image("x/b.jpg", ring()), image("y/b.jpg", ring()))
    assert guessed.changes == ()
    assert len(guessed.skipped) == 2
    known = plan(image("x/b.jpg", ring()), image("sub/b.jpg", square()))
    assert [each.mask for each in after(known.changes[0])] == [square()]


def test_importing_twice_changes_nothing_more_and_counts_what_is_there() -> None:
    box = ImportedObject("cat", box=Box(1, 1, 4, 4))
    parts = ImportedImage("a.jpg", (6, 6), (ImportedObject("cat", ring()), box))
    once = after(plan(parts).changes[0])
    again = plan(parts, a=once)
    assert (again.changes, again.known) == ((), 2)


def test_what_the_image_has_is_kept_or_replaced_but_for_locked_objects() -> None:
    before = document_of(square(), square(3)).with_locked(2, True)
    added = plan(image("a.jpg", ring()), a=before).changes[0]
    assert [each.id for each in added.applied(before)] == [1, 2, 3]
    replaced = plan(image("a.jpg", ring()), a=before, options=ImportOptions(replace=True))
    assert [each.id for each in replaced.changes[0].applied(before)] == [2, 3]


def test_objects_that_cannot_be_read_leave_the_image_as_it_is() -> None:
    def existing(name: str) -> Document:
        raise Problem(f"{name} is damaged.")

    imported = Imported("coco", (image("a.jpg", ring()),), (CAT,))
    result = plan_import(imported, FOLDER, LabelSet(), existing)
    assert (result.changes, result.skipped[0].reason) == ((), "a.jpg is damaged.")


def test_the_readers_skips_are_part_of_the_report() -> None:
    imported = Imported("coco", (), (), plan(image("zzz.jpg", ring())).skipped)
    assert len(plan_import(imported, FOLDER, LabelSet()).skipped) == 1


def test_progress_may_stop_it() -> None:
    def stop(done: int, total: int) -> None:
        raise InterruptedError

    imported = replace(Imported("coco", (image("a.jpg", ring()),)))
    with pytest.raises(InterruptedError):
        plan_import(imported, FOLDER, LabelSet(), progress=stop)


REPLACE = ImportOptions(replace=True)


def test_an_image_keeps_what_it_has_when_nothing_was_read() -> None:
    before = document_of(square(), square(3))
    nothing = ImportedImage("a.jpg", (6, 6), ())
    empty = image("a.jpg", Mask.empty(6, 6))
    for parts in (nothing, empty):
        result = plan(parts, a=before, options=REPLACE)
        assert result.changes == ()
        assert "so it keeps what it has" in result.skipped[0].reason
        assert result.removed.total == 0
    # What has nothing to lose needs no word.
    assert plan(nothing, options=REPLACE).skipped == ()


def test_what_a_replacement_removes_is_counted_by_its_state() -> None:
    before = document_of(square(), square(3), ring(), square(2), square(1))
    before = before.with_locked(2, True).with_state(3, State.EDITED).with_state(4, State.PROPOSED)
    before = before.with_unsegmented([Unsegmented(1, Prompt(box=Box(1, 1, 2, 2)))])
    result = plan(image("a.jpg", ring()), a=before, options=REPLACE)
    assert (result.removed.accepted, result.removed.edited, result.removed.proposed) == (2, 1, 1)
    assert (result.removed_unsegmented, result.replaced, result.added) == (1, 1, 1)
    added = plan(image("a.jpg", square(2, 2, 2)), a=before)
    assert (added.removed.total, added.removed_unsegmented, added.replaced) == (0, 0, 0)


def test_an_empty_mask_is_left_out_aloud() -> None:
    result = plan(image("a.jpg", Mask.empty(6, 6), ring()))
    assert [each.mask for each in after(result.changes[0])] == [ring()]
    assert (result.added, result.known) == (1, 0)
    assert [skip.reason for skip in result.skipped] == [
        "the mask of an object of the label cat is empty"
    ]


def test_many_labels_and_many_images_of_one_name_cost_no_more_than_their_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, compared = 0, 0
    usual = LabelSet.__post_init__

    def counted(self: LabelSet) -> None:
        nonlocal made
        made += 1
        usual(self)

    def alike(self: ImportedImage, other: object) -> bool:
        nonlocal compared
        compared += 1
        return self is other

    monkeypatch.setattr(LabelSet, "__post_init__", counted)
    monkeypatch.setattr(ImportedImage, "__eq__", alike)
    categories = tuple(
        ImportedCategory(f"c{n}", FrozenMap({"coco": {"id": n}})) for n in range(500)
    )
    images = [image(f"d{n}/b.jpg", ring(), label=f"c{n}") for n in range(500)]
    images.append(
        ImportedImage("a.jpg", (6, 6), [ImportedObject(f"c{n}", ring()) for n in range(500)])
    )
    result = plan_import(Imported("coco", tuple(images), categories), FOLDER, LabelSet())
    assert (result.added, len(result.labels), len(result.skipped)) == (500, 501, 500)
    assert (made < 10, compared) == (True, 0)


def test_importing_again_as_accepted_accepts_what_waits_from_before() -> None:
    once = after(plan(image("a.jpg", ring(), square())).changes[0])
    once = once.with_added(square(3), 2, state=State.PROPOSED)
    again = image("a.jpg", ring(), square(3))
    result = plan(again, a=once, options=ImportOptions(State.ACCEPTED))
    states = [each.state for each in result.changes[0].applied(once)]
    # The second was not in the file this time, the third did not come from one.
    assert states == [State.ACCEPTED, State.PROPOSED, State.PROPOSED]
    assert (result.added, result.known, result.accepted) == (0, 2, 1)
