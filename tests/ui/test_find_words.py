"""Finding by words in the window, with the real class of a detector, tiny."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from app.core.document import Document, Source, State
from app.core.mask import Mask
from app.ui.dialogs import find_words
from app.ui.dialogs.find_alike import FindDialog
from app.ui.dialogs.find_options import Where
from model.detection.detector_output import Placement
from model.words import loading
from model.words.interface import (
    ExampleBoxes,
    Progress,
    Stop,
    WordBoxes,
    limits_for,
    word_boxes,
)
from tests.model.words import tiny
from tests.ui.kit import Studio, write_image


@pytest.fixture(scope="module")
def owl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.owl(tmp_path_factory.mktemp("owl"))


@pytest.fixture(scope="module")
def sam3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.sam3(tmp_path_factory.mktemp("sam3"))


def disc_on(studio: Studio) -> Document:
    """The document with the green disc of the picture."""
    document = studio.session.document
    assert document is not None
    y, x = np.mgrid[: document.height, : document.width]
    return document.with_added(Mask.from_array((y - 80) ** 2 + (x - 110) ** 2 < 25**2))


@pytest.fixture
def worded(studio: Studio, owl: Path) -> FindDialog:
    # The list is not read anew when the detector is remembered.
    recursive = studio.context.image_list.recursive
    studio.context.preferences.set(word_detector=str(owl), include_subfolders=recursive)
    studio.window.dialogs.show("find-words")
    found = studio.window.dialogs.current("find-alike")
    assert isinstance(found, FindDialog)
    return found


def test_what_words_name_becomes_proposals_with_the_words_as_labels(
    studio: Studio, worded: FindDialog
) -> None:
    worded.words.words.setText("wheel, window")
    worded.look_now()
    studio.wait_for(lambda: not studio.context.proposing.running and worded.kept > 0)
    document = studio.session.document
    assert document is not None
    assert len(document) == 0
    assert studio.canvas.scene.veil is not None
    names = {label.name for label in studio.session.labels}
    assert not {"wheel", "window"} & names
    worded.add.click()
    studio.wait_for(lambda: bool(studio.session.document))
    document = studio.session.document
    assert document is not None
    labels = {label.id: label.name for label in studio.session.labels}
    for each in document:
        assert each.state is State.PROPOSED
        assert each.source is Source.AUTOMATIC
        assert labels[each.label_id] == each.evidence.extra["words"]
        assert each.evidence.extra["detector"] == "OWLv2"
        assert 0 < float(str(each.evidence.extra["score"])) <= 1
    assert studio.context.review.order is not None


def test_words_are_found_in_the_folder_from_the_detectors_usual_score_on(
    studio: Studio, worded: FindDialog
) -> None:
    assert worded.amount.title() == "How sure"
    assert worded.amount.least == 0.2
    worded.words.words.setText("wheel, window")
    worded.where.buttons.button(Where.FOLDER.value).click()
    worded.look.click()
    studio.wait_for(lambda: not studio.context.proposing.running)
    names = {label.id: label.name for label in studio.session.labels}
    images = studio.context.navigator.images
    assert f"{len(images)} image" in worded.outcome.text()
    for place in range(len(images)):
        studio.go(place)
        document = studio.session.document
        assert document is not None
        assert len(document) > 0
        for each in document:
            assert each.state is State.PROPOSED
            assert names[each.label_id] == each.evidence.extra["words"]
            assert float(str(each.evidence.extra["score"])) >= 0.2


def test_sam_3_is_shown_examples_which_give_their_label_to_what_is_found(
    studio: Studio, worded: FindDialog, sam3: Path
) -> None:
    assert not worded.examples.isVisible()
    worded.words.use(sam3)
    assert worded.examples.isVisible()
    assert not worded.look.isEnabled()
    studio.session.commit("Add object", disc_on(studio))
    studio.session.select(studio.session.document.ids if studio.session.document else ())
    worded.examples.take.click()
    worded.look_now()
    studio.wait_for(lambda: not studio.context.proposing.running)
    worded.amount.slider.setValue(100)
    studio.wait_for(lambda: worded.kept > 0)
    names = [label.name for label in studio.session.labels]
    worded.add.click()
    studio.wait_for(lambda: len(studio.session.document or ()) > 1)
    assert [label.name for label in studio.session.labels] == names
    found = list(studio.session.document or ())
    assert {each.label_id for each in found} == {found[0].label_id}
    assert found[-1].state is State.PROPOSED
    studio.session.select(())
    worded.examples.take.click()
    assert not worded.look.isEnabled()


class Many:
    """Answers with ten thousand boxes, and a mask for each that is kept."""

    name, identity, usual, takes_examples = "many", "many", 0.2, False

    def check(self, words: Sequence[str]) -> None:
        pass

    def detect(
        self,
        image: npt.NDArray[np.uint8],
        words: Sequence[str],
        cancelled: Stop,
        progress: Progress,
        examples: ExampleBoxes | None = None,
    ) -> WordBoxes:
        height, width = image.shape[:2]
        y, x = np.mgrid[:100, :100].reshape(2, -1)
        middles = np.stack([x + 0.5, y + 0.5], axis=1) / 100
        boxes = np.concatenate([middles, np.full_like(middles, 0.01)], axis=1).astype(np.float32)
        scores = np.linspace(0.9, 0.3, len(boxes), dtype=np.float32)[:, None]
        placement = Placement(1, 1, 0, 0, (height, width))
        found = word_boxes(boxes, scores, words, limits_for(0.2), (height, width), placement)
        masks = []
        for row in found.rows.tolist():
            logits = np.full((100, 100), -1, np.float16)
            logits[y[row], x[row]] = 1
            masks.append(logits)
        return WordBoxes(found, tuple(masks))


def test_of_ten_thousand_boxes_the_surest_are_kept_which_is_told_and_saved(
    studio: Studio, tmp_path: Path, owl: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_image(tmp_path / "large", "a.png", np.full((800, 800, 3), 90, np.uint8))
    studio.open(path.parent)
    studio.wait_for(lambda: studio.session.image_path == path)
    monkeypatch.setattr(loading, "load_text_detector", lambda folder: Many())
    studio.context.preferences.set(word_detector=str(owl))
    studio.window.dialogs.show("find-words")
    dialog = studio.window.dialogs.current("find-alike")
    assert isinstance(dialog, FindDialog)
    dialog.words.words.setText("wheel")
    dialog.look_now()
    studio.wait_for(lambda: not studio.context.proposing.running and dialog.kept > 0)
    assert dialog.kept == 1000
    assert "more was found than 1,000 boxes" in dialog.outcome.text()
    dialog.amount.slider.setValue(15)
    assert 0 < dialog.kept < 1000
    dialog.amount.slider.setValue(80)
    dialog.add.click()
    studio.wait_for(lambda: len(studio.session.document or ()) == 1000)
    assert studio.window.objects.model.rowCount() == 1000
    assert {each.state for each in studio.session.document or ()} == {State.PROPOSED}
    sidecar = path.with_name("a.png.json")
    studio.wait_for(sidecar.is_file)
    assert len(json.loads(sidecar.read_text())["annotations"]) == 1000


@pytest.mark.parametrize("words", [" , ;", "!!!", ", ".join(f"w{n}" for n in range(60)), "x" * 200])
def test_words_that_cannot_be_looked_for_are_told(
    studio: Studio, worded: FindDialog, words: str
) -> None:
    worded.words.words.setText(words)
    worded.look_now()
    assert "cannot be looked for" in worded.outcome.text()
    assert not studio.context.proposing.running


def test_a_word_that_the_detector_cannot_read_is_told(studio: Studio, worded: FindDialog) -> None:
    worded.words.words.setText("a <|endoftext|>")
    worded.look_now()
    studio.wait_for(lambda: not studio.context.proposing.running)
    assert "cannot read" in worded.outcome.text()


def test_without_the_extra_the_panel_says_how_it_comes(
    worded: FindDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find_words, "missing_extra", lambda path: True)
    worded.words.words.setText("wheel")
    worded.words.use(Path("elsewhere"))
    assert "run.py --with-text" in worded.words.told.text()
    assert not worded.look.isEnabled()
