from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.audit import Audit, Draw, compare, fact_of
from app.core.document import Document, Source, State
from app.core.mask import Mask

SIZE = (6, 10)


def block(width: int) -> Mask:
    return Mask.from_window(np.ones((6, width), np.bool_), 0, 0, *SIZE)


def image(masks: int, source: Source = Source.AUTOMATIC) -> Document:
    document = Document(*SIZE)
    for _ in range(masks):
        document = document.with_added(block(4), source=source)
    return document


def drawn(count: int, documents: dict[str, Document], seed: int = 0) -> Audit:
    draw = Draw(count, seed)
    for name, document in documents.items():
        draw.offer(name, document)
    return draw.audit()


@given(st.integers(1, 8), st.lists(st.integers(0, 4), max_size=6), st.integers(0, 99))
def test_each_mask_is_drawn_at_most_once_and_as_many_as_there_are(
    count: int, masks: list[int], seed: int
) -> None:
    found = drawn(count, {f"{n}.png": image(m) for n, m in enumerate(masks)}, seed)
    assert len(found.items) == min(count, sum(masks))
    assert len({item.key for item in found.items}) == len(found.items)


def test_the_same_seed_draws_the_same() -> None:
    folder = {f"{n}.png": image(5) for n in range(4)}
    assert drawn(6, folder, 3) == drawn(6, folder, 3)
    assert drawn(6, folder, 3) != drawn(6, folder, 4)


def test_every_mask_is_drawn_equally_often() -> None:
    folder = {"a.png": image(4)}
    counts = Counter(drawn(2, folder, seed).items[0].annotation_id for seed in range(900))
    counts += Counter(drawn(2, folder, seed).items[1].annotation_id for seed in range(900))
    assert all(abs(counts[each] - 450) < 75 for each in (1, 2, 3, 4))


def test_rejected_and_empty_masks_are_not_drawn() -> None:
    document = image(2).with_state(1, State.REJECTED).with_added(Mask.empty(*SIZE))
    assert [item.annotation_id for item in drawn(9, {"a.png": document}).items] == [2]


def test_automatic_masks_alone_can_be_drawn() -> None:
    draw = Draw(9, 0, automatic_only=True)
    draw.offer("a.png", image(1))
    draw.offer("b.png", image(1, Source.SMART))
    assert [item.image for item in draw.audit().items] == ["a.png"]


def test_drawing_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Draw(0, 0)


def test_looking_at_a_mask_is_noted_with_its_seconds() -> None:
    audit = drawn(2, {"a.png": image(2)})
    noted = audit.with_checked("a.png", 1, 2.5).with_checked("a.png", 1, 1.5)
    assert [(item.checked, item.seconds) for item in noted.items] == [(True, 4.0), (False, 0.0)]
    assert [item.annotation_id for item in noted.needs_review] == [2]
    with pytest.raises(KeyError):
        audit.with_checked("b.png", 1, 0)


def test_a_corrected_mask_is_compared_with_what_it_was() -> None:
    before = image(3)
    audit = drawn(3, {"a.png": before})
    for each in (1, 2, 3):
        audit = audit.with_checked("a.png", each, 1)
    after = before.with_mask(1, block(2)).without(3)
    found = compare(audit.items, {"a.png": after})
    assert [each.iou for each in found] == [0.5, 1.0, 0.0]
    assert [fact_of(each).state for each in found] == [State.EDITED, State.ACCEPTED, State.EDITED]


def test_what_nobody_looked_at_is_not_compared() -> None:
    audit = drawn(1, {"a.png": image(1)})
    assert compare(audit.items, {"a.png": image(1)}) == ()
    assert compare(audit.with_checked("a.png", 1, 0).items, {}) == ()
