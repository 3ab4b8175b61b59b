"""Finding all that is like the selected objects, in the window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from app.core.document import ImageStatus, Source, State
from app.core.image_filter import ImageFilter
from app.core.mask import Mask
from app.core.review import Order, found_score
from app.ui.dialogs.find_alike import FindDialog
from app.ui.dialogs.find_options import Where
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
    for name in ("b.png", "c.png"):
        write_image(folder, name, discs())
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
    studio.wait_for(lambda: not studio.context.proposing.running and dialog.kept > 0)


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
    assert alike.context.review.order is Order.LIKENESS


def test_the_slider_shows_more_or_fewer_at_once_and_asks_no_model(alike: Studio) -> None:
    exampled(alike, PLACES[0])
    dialog = opened(alike)
    wait(alike, dialog)
    dialog.amount.slider.setValue(0)
    assert dialog.kept == 0
    assert not dialog.add.isEnabled()
    dialog.amount.slider.setValue(100)
    assert dialog.kept >= 5
    assert not alike.context.proposing.running


def test_without_an_example_it_says_what_to_select(alike: Studio) -> None:
    dialog = opened(alike)
    assert not dialog.look.isEnabled()
    assert "Select" in dialog.examples.told.text()


def test_an_example_that_is_gone_is_told(alike: Studio) -> None:
    exampled(alike, PLACES[0])
    dialog = opened(alike)
    wait(alike, dialog)
    alike.session.delete(alike.session.selection)
    dialog.look.click()
    alike.wait_for(lambda: not alike.context.proposing.running)
    assert "not there any more" in dialog.outcome.text()


def test_only_the_drawn_part_is_looked_at(alike: Studio) -> None:
    exampled(alike, PLACES[0])
    dialog = opened(alike)
    wait(alike, dialog)
    dialog.where.buttons.button(Where.REGION.value).click()
    assert not dialog.look.isEnabled()
    alike.drag((60, 5), (100, 30), (155, 50))
    dialog.look.click()
    wait(alike, dialog)
    assert {tuple(each.bounds[:2]) for each in dialog.chosen} >= {(69, 19), (119, 19)}
    assert all(each.bounds[1] < 50 for each in dialog.chosen)


def test_decisions_are_examples_and_judge_what_is_left_anew(alike: Studio) -> None:
    exampled(alike, PLACES[0])
    dialog = opened(alike)
    wait(alike, dialog)
    dialog.add.click()
    alike.wait_for(lambda: len(alike.session.document or ()) >= 6)
    ids = [each.id for each in alike.session.document or ()]
    alike.session.set_state(ids[1:3], State.ACCEPTED)
    alike.session.set_state(ids[3:4], State.REJECTED)
    alike.wait_for(lambda: "Sharpened by 3" in dialog.outcome.text())
    assert "2 that you accepted" in dialog.examples.told.text()
    assert "1 that you rejected" in dialog.examples.told.text()
    alike.session.undo()
    alike.wait_for(lambda: "Sharpened by 2" in dialog.outcome.text())
    assert "rejected" not in dialog.examples.told.text()


def test_the_slider_takes_proposals_back_that_nobody_decided_on(alike: Studio) -> None:
    exampled(alike, PLACES[0])
    dialog = opened(alike)
    wait(alike, dialog)
    dialog.add.click()
    alike.wait_for(lambda: len(alike.session.document or ()) >= 6)
    document = alike.session.document
    assert document is not None
    alike.session.set_state([document.ids[1]], State.ACCEPTED)
    alike.wait_for(lambda: "Sharpened" in dialog.outcome.text())
    dialog.amount.slider.setValue(0)
    dialog.add.click()
    alike.wait_for(lambda: len(alike.session.document or ()) == 2)
    assert {each.state for each in alike.session.document or ()} == {State.ACCEPTED}


def test_the_folder_is_searched_in_the_background_and_done_images_are_left(alike: Studio) -> None:
    alike.go(2)
    alike.session.set_status(ImageStatus.DONE)
    alike.go(0)
    alike.wait_ready()
    exampled(alike, PLACES[0])
    dialog = opened(alike)
    wait(alike, dialog)
    dialog.where.buttons.button(Where.FOLDER.value).click()
    dialog.look.click()
    alike.wait_for(lambda: not alike.context.proposing.running)
    alike.go(1)
    document = alike.session.document
    assert document is not None
    proposed = [each for each in document if each.state is State.PROPOSED]
    for place in PLACES:
        assert max(disc(*place).iou(each.mask) for each in proposed) > 0.8
    alike.go(2)
    assert len(alike.session.document or ()) == 0


def test_what_was_learned_is_good_for_the_next_image(alike: Studio) -> None:
    exampled(alike, PLACES[0])
    dialog = opened(alike)
    wait(alike, dialog)
    alike.go(1)
    alike.wait_ready()
    assert "1 seen on the images before" in dialog.examples.told.text()
    dialog.look.click()
    wait(alike, dialog)
    assert dialog.kept >= 6


def test_a_search_that_is_asked_for_before_the_image_is_read_begins_by_itself(
    alike: Studio,
) -> None:
    exampled(alike, PLACES[0])
    dialog = opened(alike)
    wait(alike, dialog)
    alike.context.navigator.go(1)
    dialog.look_now()
    assert "being read" in dialog.outcome.text()
    path = alike.context.navigator.images[1].path
    alike.wait_for(lambda: alike.session.image_path == path and dialog.kept >= 6)


def test_a_search_that_is_asked_for_before_the_model_is_there_begins_by_itself(
    alike: Studio,
) -> None:
    exampled(alike, PLACES[0])
    host = alike.context.host
    host.use_model(host.choice)
    dialog = opened(alike)
    assert "model is being loaded" in dialog.outcome.text()
    wait(alike, dialog)
    assert dialog.kept >= 5


@pytest.mark.parametrize("where", [Where.SELECTED, Where.SHOWN])
def test_only_the_images_selected_or_shown_in_the_list_are_searched(
    alike: Studio, where: Where
) -> None:
    navigator = alike.context.navigator
    exampled(alike, PLACES[0])
    dialog = opened(alike)
    wait(alike, dialog)
    button = dialog.where.buttons.button(where.value)
    assert not (button.isEnabled() and button.isVisible())
    if where is Where.SHOWN:
        navigator.shown.set_filter(ImageFilter("c"))
    else:
        navigator.selected.toggle(2)
    assert "(1)" in button.text()
    button.click()
    dialog.look.click()
    alike.wait_for(lambda: not alike.context.proposing.running)
    navigator.selected.clear()
    assert dialog.look.isEnabled() is (where is Where.SHOWN)
    alike.go(1)
    assert len(alike.session.document or ()) == 0
    alike.go(2)
    assert len(alike.session.document or ()) >= 6


def test_a_label_is_measured_on_images_held_out_before_it_is_looked_for(alike: Studio) -> None:
    for place in (1, 2):
        alike.go(place)
        exampled(alike, *PLACES)
    alike.go(0)
    alike.wait_ready()
    alike.window.dialogs.show("find-alike")
    dialog = alike.window.dialogs.current("find-alike")
    assert isinstance(dialog, FindDialog)
    dialog.use_label(alike.session.active_label)
    assert dialog.look.text() == "Measure"
    dialog.look.click()
    alike.wait_for(lambda: dialog.figures is not None)
    assert "6 of 6 objects are found" in dialog.outcome.text()
    assert "not marked as done" in dialog.outcome.text()
    dialog.look.click()
    wait(alike, dialog)
    assert dialog.kept >= 6
