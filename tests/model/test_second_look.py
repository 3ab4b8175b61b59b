"""Which candidates are looked at from near by, and which of them is meant."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from model.interface import Prediction, Prompt
from model.prompt_arrays import answer
from model.second_look import CLEARLY, Seen, candidate_windows, meant
from model.transforms import PixelWindow, Transform

HEIGHT, WIDTH, SIDE, CELLS = 300, 400, 64, 64
CLICK = Prompt(points=np.array([[200, 150]], np.float32), labels=np.array([1]))
SAME = Seen(agreement=0.9, stability=0.9, cut_off=False)


def disc(radius: float, x: float = 32, y: float = 24) -> npt.NDArray[np.float32]:
    """Low-res logits of a disc, in cells; the click is in the middle of one that is not moved."""
    rows, columns = np.mgrid[:CELLS, :CELLS] + 0.5
    return np.asarray(radius - np.hypot(columns - x, rows - y), np.float32)


def answered(
    *discs: npt.NDArray[np.float32],
    estimates: tuple[float, ...],
    window: PixelWindow | None = None,
) -> Prediction:
    seen = Transform((HEIGHT, WIDTH), SIDE, window)
    return answer(np.stack(discs), np.array(estimates, np.float32), seen)


def windows(first: Prediction, prompt: Prompt = CLICK, chosen: int = 1) -> dict[int, object]:
    box = (180.0, 130.0, 220.0, 170.0)
    return dict(candidate_windows(prompt, first, chosen, box, SIDE))


def test_every_candidate_of_a_click_is_looked_at_in_its_own_window() -> None:
    first = answered(disc(2), disc(4), disc(9), estimates=(0.5, 0.9, 0.5))
    found = windows(first)
    assert list(found) == [1, 0, 2]
    assert len(set(found.values())) == 3
    assert None not in found.values()


def test_one_that_is_too_large_to_be_seen_from_near_by_may_be_meant_too() -> None:
    first = answered(disc(2), disc(4), disc(23), estimates=(0.5, 0.9, 0.5))
    assert windows(first)[2] is None


def test_where_nothing_can_be_seen_from_near_by_nothing_is_looked_at() -> None:
    first = answered(disc(22), disc(22), disc(23), estimates=(0.5, 0.9, 0.5))
    assert candidate_windows(CLICK, first, 1, (20, 20, 380, 280), SIDE) == {}


def test_an_empty_candidate_is_not_meant() -> None:
    first = answered(disc(-1), disc(4), disc(9), estimates=(0.5, 0.9, 0.5))
    assert list(windows(first)) == [1, 2]


def test_a_candidate_that_a_person_chose_is_kept() -> None:
    first = answered(disc(2), disc(4), disc(9), estimates=(0.5, 0.9, 0.5))
    assert list(windows(first, chosen=0)) == [0]


def test_of_a_box_and_of_a_view_that_is_zoomed_in_only_the_answer_is_looked_at() -> None:
    first = answered(disc(4), estimates=(0.9,))
    box = Prompt(box=np.array([180, 130, 220, 170], np.float32))
    assert list(windows(first, box, 0)) == [0]
    near = answered(disc(2), disc(4), disc(9), estimates=(0.5, 0.9, 0.5), window=(0, 0, 300, 300))
    assert set(windows(near)) <= {1}


def test_what_is_clicked_in_its_middle_is_meant_rather_than_what_is_clicked_at_its_edge() -> None:
    first = answered(disc(6), disc(6, 37), disc(6, 36), estimates=(0.7, 0.8, 0.7))
    assert meant(CLICK, first, dict.fromkeys(range(3), SAME)) == 0


def test_what_looks_the_same_from_near_by_is_meant_rather_than_what_does_not() -> None:
    first = answered(disc(4), disc(6), disc(9), estimates=(0.8, 0.85, 0.8))
    looks = {0: SAME, 1: Seen(0.5, 0.7, True), 2: Seen(0.6, 0.9, False)}
    assert meant(CLICK, first, looks) == 0


@pytest.mark.parametrize(("more", "taken"), [(0.5 * CLEARLY, 1), (2 * CLEARLY, 2)])
def test_the_shown_one_stays_unless_clearly_more_speaks_for_another(
    more: float, taken: int
) -> None:
    first = answered(disc(6), disc(6), disc(6), estimates=(0.5, 0.8, 0.7999))
    other = Seen(SAME.agreement + more / 0.7, SAME.stability, False)
    assert meant(CLICK, first, {0: SAME, 1: SAME, 2: other}) == taken


def test_a_candidate_without_a_second_look_is_judged_by_what_was_seen_from_afar() -> None:
    first = answered(disc(2), disc(4), disc(20), estimates=(0.5, 0.7, 0.95))
    looks = {1: Seen(0.3, 0.5, False), 2: None}
    assert meant(CLICK, first, looks) == 2
