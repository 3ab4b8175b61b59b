"""Proposals in the window: found, chosen with sliders, added, segmented anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.core.document import Source, State
from app.core.mask import Mask
from app.ui.dialogs.propose import ProposeDialog, Where
from app.ui.dialogs.segment_anew import FOLDER, SegmentAnewDialog
from model.everything.known import KNOWN
from model.interface import Prediction
from tests.model.detectors import YOLO, described
from tests.ui.clicked_model import ClickedModel
from tests.ui.kit import Studio


@pytest.fixture
def dialog(studio: Studio) -> ProposeDialog:
    studio.window.dialogs.show("propose")
    found = studio.window.dialogs.current("propose")
    assert isinstance(found, ProposeDialog)
    found.grid.points.setValue(8)
    found.grid.layers.setCurrentIndex(0)
    return found


def find(studio: Studio, dialog: ProposeDialog) -> None:
    dialog.look.click()
    studio.wait_for(lambda: not studio.context.proposing.running and dialog.kept > 0)


def test_what_was_found_is_shown_before_anything_is_added(
    studio: Studio, dialog: ProposeDialog
) -> None:
    find(studio, dialog)
    assert studio.canvas.scene.veil is not None
    assert len(studio.session.document or ()) == 0
    dialog.close()
    assert studio.canvas.scene.veil is None


def test_enter_finds_first_and_then_adds(studio: Studio, dialog: ProposeDialog) -> None:
    assert dialog.look.isDefault()
    find(studio, dialog)
    assert dialog.add.isDefault()


def test_sliders_act_at_once_and_ask_no_model(studio: Studio, dialog: ProposeDialog) -> None:
    find(studio, dialog)
    before, all_kept = studio.canvas.scene.veil, dialog.kept
    dialog.filters.least.setValue(800)
    assert 0 < dialog.kept < all_kept
    assert studio.canvas.scene.veil is not before
    assert dialog.add.text() == f"Add {dialog.kept} as proposals"
    dialog.filters.score.put(1.0)
    assert dialog.kept == 0
    assert not dialog.add.isEnabled()
    assert not studio.context.proposing.running


def test_sliders_go_to_what_suits_what_was_found_until_somebody_moves_them(
    studio: Studio, dialog: ProposeDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ClickedModel.decode

    def doubtful(*arguments: Any) -> Prediction:
        found = whole(*arguments)
        return replace(found, predicted_iou=found.predicted_iou * np.float32(0.3))

    monkeypatch.setattr(ClickedModel, "decode", doubtful)
    assert dialog.filters.score.value == 0.6
    find(studio, dialog)
    assert dialog.filters.score.value == pytest.approx(0.65 * 0.3 * 0.91, abs=0.01)
    dialog.filters.score.put(0.1)
    dialog.look.click()
    studio.wait_for(lambda: not studio.context.proposing.running and dialog.kept > 0)
    assert dialog.filters.score.value == 0.1


def test_what_nobody_has_set_follows_the_model_that_is_loaded(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = studio.context.host
    loaded = host.loaded
    assert loaded is not None
    monkeypatch.setattr(host, "_loaded", None)
    studio.window.dialogs.show("propose")
    dialog = studio.window.dialogs.current("propose")
    assert isinstance(dialog, ProposeDialog)
    assert dialog.filters.score.value == 0.6
    known = KNOWN["maskwright_small"]
    monkeypatch.setattr(host, "_loaded", replace(loaded, variant="maskwright_small"))
    host.state_changed.emit()
    chosen = dialog.filters.filters()
    assert (chosen.predicted_iou, chosen.by_mask) == (known.filters.predicted_iou, True)
    assert dialog.grid.grid() == replace(known.grid, batch=16)
    dialog.filters.score.put(0.4)
    dialog.grid.points.setValue(8)
    monkeypatch.setattr(host, "_loaded", loaded)
    host.state_changed.emit()
    assert (dialog.filters.score.value, dialog.grid.points.value()) == (0.4, 8)


def test_chosen_ones_become_proposals_with_the_active_label_in_one_step(
    studio: Studio, dialog: ProposeDialog
) -> None:
    label = studio.session.folder_labels.add("thing")
    find(studio, dialog)
    dialog.add.click()
    studio.wait_for(lambda: len(studio.session.document or ()) > 0)
    document = studio.session.document
    assert document is not None
    assert {(a.state, a.source, a.label_id) for a in document} == {
        (State.PROPOSED, Source.AUTOMATIC, label)
    }
    assert document.at(45, 30)
    studio.session.undo()
    assert len(studio.session.document or ()) == 0


def test_what_is_left_out_as_much_like_others_is_told(
    studio: Studio, dialog: ProposeDialog
) -> None:
    find(studio, dialog)
    wanted = dialog.kept
    dialog.add.click()
    studio.wait_for(lambda: len(studio.session.document or ()) > 0)
    find(studio, dialog)
    dialog.add.click()
    studio.wait_for(lambda: "left out" in dialog.outcome.text())
    assert f"{wanted} much like others left out" in dialog.outcome.text()


def test_only_a_region_is_looked_at(studio: Studio, dialog: ProposeDialog) -> None:
    dialog.where.button(Where.REGION.value).click()
    assert not dialog.look.isEnabled()
    studio.drag((12, 2), (40, 30), (78, 58))
    assert dialog.look.isEnabled()
    assert not studio.mask_editor.active
    find(studio, dialog)
    dialog.add.click()
    studio.wait_for(lambda: len(studio.session.document or ()) > 0)
    document = studio.session.document
    assert document is not None
    assert document.at(45, 30)
    assert all(a.evidence.points[0].x < 80 for a in document)


def test_a_drawn_region_stays_in_sight_and_can_be_drawn_anew(
    studio: Studio, dialog: ProposeDialog
) -> None:
    dialog.where.button(Where.REGION.value).click()
    studio.drag((12, 2), (40, 30), (78, 58))
    first = dialog.picker.region
    frame = dialog.picker._frame
    assert frame.isVisible()
    place = frame.geometry()
    studio.canvas.set_viewport(studio.canvas.viewport.zoomed(2, 0, 0))
    assert frame.width() > 1.8 * place.width()
    studio.canvas.fit()
    assert frame.geometry() == place
    find(studio, dialog)
    assert frame.isVisible()
    assert dialog.kept
    studio.drag((60, 40), (100, 60), (150, 110))
    assert dialog.picker.region not in (None, first)
    assert dialog.kept == 0
    assert not studio.mask_editor.active
    dialog.where.button(Where.IMAGE.value).click()
    assert not frame.isVisible()
    assert dialog.picker.region is None


def test_the_image_can_be_moved_about_while_regions_are_drawn(
    studio: Studio, dialog: ProposeDialog
) -> None:
    dialog.where.button(Where.REGION.value).click()
    studio.drag((12, 2), (40, 30), (78, 58))
    region, place = dialog.picker.region, dialog.picker._frame.geometry()
    before = studio.canvas.viewport
    studio.drag((40, 30), (50, 40), button=Qt.MouseButton.MiddleButton)
    assert studio.canvas.viewport != before
    assert dialog.picker._frame.geometry() != place
    assert dialog.picker.region == region


def test_a_detectors_boxes_become_masks_with_its_classes_as_labels(
    studio: Studio, dialog: ProposeDialog, tmp_path: Path
) -> None:
    text = YOLO.replace("[input]", '[output]\nclasses = ["red thing"]\n[input]')
    dialog.source.put(described(tmp_path, text))
    dialog.source.classes.setChecked(True)
    assert not dialog.add.isVisible()
    dialog.look.click()
    studio.wait_for(lambda: not studio.context.proposing.running)
    document = studio.session.document
    assert document is not None
    assert document.at(45, 30)
    label = studio.session.labels.named("red thing")
    assert label is not None
    assert {(a.state, a.label_id) for a in document} == {(State.PROPOSED, label.id)}


def test_a_broken_detector_is_told_and_nothing_happens(
    studio: Studio, dialog: ProposeDialog, tmp_path: Path
) -> None:
    (tmp_path / "broken.toml").write_text("size = [", "utf-8")
    dialog.source.put(tmp_path / "broken.toml")
    dialog.look.click()
    assert "The detector cannot be used" in dialog.outcome.text()
    assert not studio.context.proposing.running


def test_the_whole_list_gets_proposals_and_the_list_tells_them_apart(
    studio: Studio, dialog: ProposeDialog
) -> None:
    dialog.where.button(Where.FOLDER.value).click()
    dialog.look.click()
    studio.wait_for(lambda: not studio.context.proposing.running)
    images = studio.context.navigator.images
    assert all(entry.counts[1] > 0 and entry.counts[0] == 0 for entry in images)
    assert "proposed on 2 image" in dialog.outcome.text()
    summary = studio.window.objects._summary.text()
    assert summary.startswith("0 object")
    assert summary.endswith(f", {images[0].counts[1]} proposed")


def test_imported_masks_are_segmented_anew_and_wait_beside_the_old_ones(studio: Studio) -> None:
    pixels = np.zeros((120, 160), np.bool_)
    pixels[12:40, 22:60] = True
    old = Mask.from_array(pixels)
    document = studio.session.document
    assert document is not None
    studio.session.commit("import", document.with_added(old, source=Source.IMPORTED))
    studio.window.dialogs.show("segment-anew")
    dialog = studio.window.dialogs.current("segment-anew")
    assert isinstance(dialog, SegmentAnewDialog)
    dialog.where.button(FOLDER).click()
    dialog.begin.click()
    studio.wait_for(lambda: not studio.context.proposing.running)
    document = studio.session.document
    assert document is not None
    found = document.annotation(1).previous
    assert found is not None
    assert found.mask == old
    dialog.close()
    studio.window.activateWindow()
    studio.wait_for(studio.window.isActiveWindow)
    studio.canvas.setFocus()
    studio.key(Qt.Key.Key_G)
    assert studio.context.review.can_keep_old


def test_the_key_of_the_review_works_in_front_of_the_dialog_that_names_it(
    studio: Studio, dialog: ProposeDialog
) -> None:
    find(studio, dialog)
    dialog.add.click()
    studio.wait_for(lambda: "G looks at them" in dialog.outcome.text())
    dialog.activateWindow()
    studio.wait_for(dialog.isActiveWindow)
    QTest.keyClick(dialog, Qt.Key.Key_G)
    assert studio.context.review.active
    assert dialog.isVisible()
