"""Finding all that is like the selected objects, in the window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from app.core.document import Source, State
from app.core.mask import Mask
from app.core.review import Order, found_score
from app.ui.dialogs.find_alike import FindDialog, Where
from model.alike import searching
from tests.ui.kit import Studio, write_image

PLACES = [(30, 30), (80, 30), (130, 30), (30, 90), (80, 90), (130, 90)]


def discs(height: int = 120, width: int = 160) -> npt.NDArray[np.uint8]:
    """Six red discs and a long blue bar on grey."""
    pixels = np.full((height, width, 3), 128, np.uint8)
    y, x = np.mgrid[:height, :width]
    for cx, cy in PLACES:
        pixels[(y - cy) ** 2 + (x - cx) ** 2 < 12**2] = (200, 40, 40)
    pixels[55:62, 10:150] = (40, 60, 200)
    return pixels


def disc(cx: int, cy: int, height: int = 120, width: int = 160) -> Mask:
    y, x = np.mgrid[:height, :width]
    return Mask.from_array((y - cy) ** 2 + (x - cx) ** 2 < 12**2)


@pytest.fixture
def alike(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    # A few questions are enough for six discs.
    monkeypatch.setattr(searching, "MOST_PROMPTS", 48)
    folder = tmp_path / "discs"
    path = write_image(folder, "a.png", discs())
    studio.open(folder)
    studio.wait_for(lambda: studio.session.image_path == path)
    studio.wait_ready()
    return studio


def opened(studio: Studio) -> FindDialog:
    studio.window.dialogs.show("find")
    found = studio.window.dialogs.current("find-alike")
    assert isinstance(found, FindDialog)
    return found


def exampled(studio: Studio, *places: tuple[int, int]) -> None:
    """Draw a disc at each place, and select them."""
    document = studio.session.document
    assert document is not None
    before = set(document.ids)
    for place in places:
        document = document.with_added(disc(*place))
    studio.session.commit("Add object", document)
    studio.session.select(set(document.ids) - before)


def wait(studio: Studio, dialog: FindDialog) -> None:
    studio.wait_for(lambda: not studio.parts.proposing.running and dialog.kept > 0)


def test_one_key_finds_all_that_is_like_the_selected_object(alike: Studio) -> None:
    exampled(alike, PLACES[0])
    dialog = opened(alike)
    wait(alike, dialog)
    assert dialog.kept >= 5
    assert alike.canvas.scene.veil is not None
    document = alike.session.document
    assert document is not None
    assert len(document) == 1


def test_what_was_found_becomes_proposals_and_nothing_is_accepted(alike: Studio) -> None:
    exampled(alike, PLACES[0])
    dialog = opened(alike)
    wait(alike, dialog)
    dialog.add.click()
    alike.wait_for(lambda: len(alike.session.document or ()) >= 6)
    added = list(alike.session.document or ())[1:]
    for place in PLACES[1:]:
        assert max(disc(*place).iou(each.mask) for each in added) > 0.8
    assert {each.state for each in added} == {State.PROPOSED}
    assert {each.source for each in added} == {Source.AUTOMATIC}
    scores = [found_score(each) or 0.0 for each in added]
    assert scores == sorted(scores, reverse=True)
    assert alike.parts.review.order is Order.LIKENESS


def test_the_slider_shows_more_or_fewer_at_once_and_asks_no_model(alike: Studio) -> None:
    exampled(alike, PLACES[0])
    dialog = opened(alike)
    wait(alike, dialog)
    dialog.amount.setValue(0)
    assert dialog.kept == 0
    assert not dialog.add.isEnabled()
    dialog.amount.setValue(100)
    assert dialog.kept >= 5
    assert not alike.parts.proposing.running


def test_without_an_example_it_says_what_to_select(alike: Studio) -> None:
    dialog = opened(alike)
    assert not dialog.look.isEnabled()
    assert "Select" in dialog.examples.text()


def test_an_example_that_is_gone_is_told(alike: Studio) -> None:
    exampled(alike, PLACES[0])
    dialog = opened(alike)
    wait(alike, dialog)
    alike.session.delete(alike.session.selection)
    dialog.look_now()
    alike.wait_for(lambda: not alike.parts.proposing.running)
    assert "not there any more" in dialog.outcome.text()


def test_only_the_drawn_part_is_looked_at(alike: Studio) -> None:
    exampled(alike, PLACES[0])
    dialog = opened(alike)
    wait(alike, dialog)
    dialog.where.button(Where.REGION.value).click()
    assert not dialog.look.isEnabled()
    alike.drag((60, 5), (100, 30), (155, 50))
    dialog.look.click()
    wait(alike, dialog)
    assert {tuple(each.bounds[:2]) for each in dialog.chosen} >= {(69, 19), (119, 19)}
    assert all(each.bounds[1] < 50 for each in dialog.chosen)
