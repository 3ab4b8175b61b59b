"""The folder's own proposer, trained, judged and used in the window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.batch.proposer import FILE
from app.core.document import State
from app.storage.places import Places
from app.ui.dialogs.propose import ProposeDialog, Where
from app.ui.dialogs.propose_source import Finder
from app.ui.dialogs.train_proposer import TrainDialog
from tests.seeing_model import SIDE, SeeingModel, block, make_blocks
from tests.ui.kit import Studio

NEW = "new.png"


@pytest.fixture
def studio(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Studio]:
    """A folder of twelve images that are done, and one nobody has worked on."""
    monkeypatch.setattr("tests.ui.kit.ClickedModel", lambda _terms: SeeingModel())
    monkeypatch.setattr("app.batch.proposer.EPOCHS", 1)
    monkeypatch.setattr("model.proposer.training.MIN_STEPS", 150)
    home = tmp_path / "home"
    folder = make_blocks(tmp_path / "images", Places.below(home))
    pixels = Image.new("RGB", (SIDE, SIDE))
    pixels.paste((255, 200, 0), block(99).bounds)
    pixels.save(folder.project.root / NEW)
    made = Studio(qtbot, qapp, home)
    made.open(folder.project.root)
    made.wait_for(lambda: made.context.navigator.listing_done)
    yield made
    made.close()


@pytest.fixture
def dialog(studio: Studio) -> TrainDialog:
    studio.wait_for(lambda: studio.context.image_list.objects.accepted == 12)
    studio.window.actions_["train-proposer"].trigger()
    found = studio.window.dialogs.current("train-proposer")
    assert isinstance(found, TrainDialog)
    return found


def proposer(studio: Studio) -> Path:
    folder = studio.session.folder
    assert folder is not None
    return folder.root / ".maskwright" / FILE


def test_it_is_trained_judged_and_only_then_used(studio: Studio, dialog: TrainDialog) -> None:
    assert dialog.images.text().startswith("12 ")
    assert "no proposer yet" in dialog.now.text()
    dialog.begin.click()
    assert studio.context.teaching.running
    studio.wait_for(lambda: studio.context.teaching.trained is not None)
    trained = studio.context.teaching.trained
    assert trained is not None
    assert dialog.scores.topLevelItemCount() == len(trained.scores)
    chosen = dialog.scores.currentItem()
    assert chosen is not None
    assert (chosen.text(2), chosen.text(3)) == ("100%", "used; not known how good")
    assert "too few objects to tell" in dialog.outcome.text()
    assert not proposer(studio).exists()
    dialog.use.click()
    studio.wait_for(proposer(studio).is_file)
    studio.wait_for(lambda: "recall 100%" in dialog.now.text())
    dialog.propose.click()
    propose = studio.window.dialogs.current("propose")
    assert isinstance(propose, ProposeDialog)
    assert propose.source.chosen is Finder.PROPOSER
    assert "recall 100%" in propose.source.words.text()
    propose.where.button(Where.FOLDER.value).click()
    propose.look.click()
    studio.wait_for(lambda: not studio.context.proposing.running)
    images = {entry.name: entry.summary.objects for entry in studio.context.navigator.images}
    assert images[NEW].proposed >= 1
    studio.go(studio.context.image_list.place(NEW))
    found = studio.session.document
    assert found is not None
    assert {each.state for each in found} == {State.PROPOSED}


def test_without_a_proposer_there_is_nothing_to_find_with_but_a_way_to_train_one(
    studio: Studio,
) -> None:
    studio.window.dialogs.show("propose")
    propose = studio.window.dialogs.current("propose")
    assert isinstance(propose, ProposeDialog)
    propose.source.use_proposer()
    assert not propose.look.isEnabled()
    assert "no proposer yet" in propose.source.words.text()
    propose.source.train.click()
    assert studio.window.dialogs.current("train-proposer") is not None


def test_a_training_can_be_stopped_and_clicks_are_answered_meanwhile(
    studio: Studio, dialog: TrainDialog
) -> None:
    told: list[int] = []
    studio.context.teaching.progress.connect(lambda done, total: told.append(done))
    dialog.begin.click()
    studio.wait_for(lambda: len(told) > 3)
    studio.context.mask_editor.click(10, 10)
    studio.wait_answer()
    assert studio.context.teaching.running
    dialog.stop.click()
    assert not studio.context.teaching.running
    assert "Stopped" in dialog.outcome.text()
    studio.wait_for(lambda: studio.context.host.idle)
    assert studio.context.teaching.trained is None
    assert not proposer(studio).exists()


def test_too_few_images_are_told_with_what_to_do(studio: Studio, dialog: TrainDialog) -> None:
    navigator = studio.context.navigator
    for place in range(9):
        studio.go(place)
        document = studio.session.document
        assert document is not None
        studio.session.commit("test", document.without(document.ids))
    assert navigator.counts
    dialog.begin.click()
    studio.wait_for(lambda: not studio.context.teaching.running)
    assert "at least 4 are needed" in dialog.outcome.text()
    assert "Label more images" in dialog.outcome.text()
