"""When the figures of a proposer say something."""

from __future__ import annotations

from typing import cast

import pytest

from app.batch.proposer import Trained
from model.proposer.proposer import Head
from model.proposer.training import Score


@pytest.mark.parametrize(
    ("held", "precision", "enough"),
    [(1, 0.0, False), (1, 1.0, False), (19, 0.9, False), (20, 0.9, True), (400, 0.0, False)],
)
def test_figures_of_few_objects_or_of_none_found_tell_nothing(
    held: int, precision: float, enough: bool
) -> None:
    head = cast("Head", object())
    trained = Trained(head, 9, 90, 2, held, (Score(0.5, precision, precision),))
    assert trained.tells_enough is enough
