from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.core.document import Document, State
from app.core.mask import Mask
from app.core.overlap import OverlapPolicy, Resolution, resolve

SIZE = (4, 6)
MASKS = st.lists(arrays(np.bool_, SIZE), min_size=1, max_size=4)


def columns(x0: int, x1: int) -> Mask:
    return Mask.from_window(np.ones((SIZE[0], x1 - x0), np.bool_), x0, 0, *SIZE)


def two() -> Document:
    """Object 1 in the columns 0 and 1, object 2 in the columns 2 and 3."""
    return Document(*SIZE).with_added(columns(0, 2)).with_added(columns(2, 4))


def test_allowed_overlap_changes_nothing() -> None:
    document = two()
    resolution = resolve(columns(1, 5), document, OverlapPolicy.ALLOW)
    assert resolution == Resolution(columns(1, 5))
    assert resolution.applied_to(document) is document


def test_the_newest_takes_its_pixels_from_the_others() -> None:
    document = two()
    resolution = resolve(columns(1, 5), document, OverlapPolicy.NEWEST_WINS)
    assert resolution.mask == columns(1, 5)
    assert [(a.id, a.mask) for a in resolution.changed] == [(1, columns(0, 1))]
    assert resolution.emptied == (2,)
    assert resolution.applied_to(document).ids == (1,)


def test_an_object_cut_by_another_keeps_its_state() -> None:
    document = two().with_state(1, State.PROPOSED)
    (cut,) = resolve(columns(1, 2), document, OverlapPolicy.NEWEST_WINS).changed
    assert cut.state is State.PROPOSED


def test_a_locked_object_is_never_cut() -> None:
    document = two().with_locked(2, True)
    resolution = resolve(columns(1, 5), document, OverlapPolicy.NEWEST_WINS)
    assert resolution.mask == columns(1, 2).union(columns(4, 5))
    assert resolution.emptied == ()
    assert resolution.applied_to(document).annotation(2) is document.annotation(2)


def test_protected_objects_keep_their_pixels() -> None:
    document = two()
    resolution = resolve(columns(1, 5), document, OverlapPolicy.PROTECT_EXISTING)
    assert resolution == Resolution(columns(4, 5))
    nothing_left = resolve(columns(1, 3), document, OverlapPolicy.PROTECT_EXISTING)
    assert nothing_left.mask.area == 0


def test_an_object_is_not_in_its_own_way() -> None:
    document = two()
    edited = resolve(columns(1, 3), document, OverlapPolicy.PROTECT_EXISTING, own_id=1)
    assert edited.mask == columns(1, 2)
    newest = resolve(columns(1, 3), document, OverlapPolicy.NEWEST_WINS, own_id=1)
    assert [(a.id, a.mask) for a in newest.changed] == [(2, columns(3, 4))]


def test_rejected_objects_do_not_count() -> None:
    document = two().with_state([1, 2], State.REJECTED)
    for policy in OverlapPolicy:
        assert resolve(columns(1, 5), document, policy) == Resolution(columns(1, 5))


@given(MASKS, arrays(np.bool_, SIZE), st.sets(st.integers(1, 4)))
def test_no_policy_but_allow_leaves_two_owners_of_a_pixel(
    masks: list[np.ndarray], new: np.ndarray, locked: set[int]
) -> None:
    document = Document(*SIZE)
    for pixels in masks:
        document = document.with_added(Mask.from_array(pixels))
    document = document.with_locked(locked.intersection(document.ids), True)
    before = {a.id: a.mask for a in document}
    for policy in (OverlapPolicy.NEWEST_WINS, OverlapPolicy.PROTECT_EXISTING):
        resolution = resolve(Mask.from_array(new), document, policy)
        after = resolution.applied_to(document)
        for annotation in after:
            assert not annotation.mask.overlaps(resolution.mask)
            if annotation.locked or policy is OverlapPolicy.PROTECT_EXISTING:
                assert annotation.mask == before[annotation.id]
        pixels = resolution.mask.to_array()
        assert not (pixels & ~new).any()
