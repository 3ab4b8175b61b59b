from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from app.core.document import Annotation, State
from app.core.mask import Mask
from app.core.previous import Previous
from app.core.prompt import Box
from app.core.review import keeping_old, taking_new

SIZE = (4, 6)
NEW = Mask.from_array(np.ones(SIZE, np.bool_))
MASKS = arrays(np.bool_, SIZE).map(Mask.from_array)


@given(MASKS)
def test_keeping_the_old_mask_brings_it_back(old: Mask) -> None:
    proposed = Annotation(1, 1, NEW, state=State.PROPOSED)
    kept = keeping_old(replace(proposed, previous=Previous(mask=old)))
    state = State.ACCEPTED if old.area else State.REJECTED
    assert (kept.mask, kept.state, kept.previous) == (old, state, None)


def test_there_is_no_going_back_to_a_box() -> None:
    annotation = replace(Annotation(1, 1, NEW), previous=Previous(box=Box(0, 0, 2, 2)))
    with pytest.raises(ValueError, match="no older mask"):
        keeping_old(annotation)


def test_taking_the_new_mask_accepts_it() -> None:
    proposed = replace(Annotation(1, 1, NEW, state=State.PROPOSED), previous=Previous(mask=NEW))
    assert taking_new(proposed) == Annotation(1, 1, NEW)


def test_what_was_there_before_has_the_image_s_size() -> None:
    with pytest.raises(ValueError, match="previous mask"):
        Annotation(1, 1, NEW, previous=Previous(Mask.empty(2, 2)))
    with pytest.raises(ValueError, match="a mask, a box or points"):
        Previous(iou=0.5)
