"""A whole session of the second stage in the window: propose, review by keys, export."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.document import Document, Evidence, ImageStatus, Source, State
from app.core.mask import Mask
from app.ui.dialogs.export import ExportDialog
from app.ui.dialogs.propose import ProposeDialog, Where
from tests.ui.kit import Studio, drawn


def come_back(studio: Studio) -> None:
    """The offscreen platform leaves no window active when a dialog or a menu is gone."""
    QApplication.processEvents()
    studio.window.activateWindow()
    studio.wait_for(studio.window.isActiveWindow)
    studio.canvas.setFocus()


def propose_everywhere(studio: Studio) -> None:
    studio.key("p", Qt.KeyboardModifier.ControlModifier)
    dialog = studio.window.dialogs.current("propose")
    assert isinstance(dialog, ProposeDialog)
    dialog.grid.points.setValue(6)
    dialog.grid.layers.setCurrentIndex(0)
    dialog.where.button(Where.FOLDER.value).click()
    dialog.look.click()
    studio.wait_for(lambda: not studio.context.proposing.running)
    dialog.close()
    come_back(studio)


def decide_everything(studio: Studio) -> list[State]:
    """Accept, reject, edit and accept, in turn, until nothing waits; what was decided."""
    queue, decided = studio.context.review, list[State]()
    while not queue.ended:
        studio.wait_for(lambda: queue.current is not None or queue.ended)
        if queue.ended:
            break
        turn = len(decided) % 3
        if turn == 2:
            bounds = queue.current.mask.bounds if queue.current else None
            assert bounds is not None
            studio.wait_ready()
            studio.click((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)
            studio.wait_answer()
        studio.key("x" if turn == 1 else "a")
        decided.append((State.ACCEPTED, State.REJECTED, State.EDITED)[turn])
        QApplication.processEvents()
    return decided


def test_propose_review_by_keys_and_export(studio: Studio, images: Path) -> None:
    propose_everywhere(studio)
    listing = studio.context.navigator.images
    total = listing.proposed[1]
    assert total >= 4
    studio.key("g")
    decided = decide_everything(studio)
    assert len(decided) == total
    assert listing.proposed == (0, 0)
    assert [entry.status for entry in listing] == [ImageStatus.DONE] * 2
    kept = sum(entry.counts[0] for entry in listing)
    # A correction that changed nothing leaves the mask accepted; none of them is lost.
    assert kept == sum(state is not State.REJECTED for state in decided)
    target = images.parent / "out.json"
    studio.window.dialogs.show("export")
    dialog = studio.window.dialogs.current("export")
    assert isinstance(dialog, ExportDialog)
    dialog.target.setText(str(target))
    dialog.start.click()
    studio.wait_for(target.is_file)
    studio.wait_for(lambda: not studio.context.exporter.running)
    written = json.loads(target.read_text("utf-8"))["annotations"]
    assert len(written) == kept
    for record in written:
        rle = record["segmentation"]
        assert Mask.from_counts(rle["counts"], *rle["size"]).area == record["area"]


def proposed(document: Document) -> Document:
    """The red rectangle, the disc and the bar, as a model that is less and less sure sees them."""
    pixels = drawn()
    for color, score in (((200, 40, 40), 0.95), ((40, 180, 60), 0.9), ((40, 60, 200), 0.8)):
        mask = Mask.from_array((pixels == color).all(axis=2))
        document = document.with_added(
            mask, source=Source.AUTOMATIC, state=State.PROPOSED, evidence=Evidence(
                predicted_iou=score, stability_score=0.9
            ),
        )  # fmt: skip
    return document


def propose_by_hand(studio: Studio) -> None:
    """Three proposals on each of both images; the first image is open again then."""
    for place in (1, 0):
        studio.go(place)
        studio.wait_ready()
        assert studio.session.document is not None
        studio.session.commit("propose", proposed(studio.session.document))
    studio.canvas.setFocus()


def states(studio: Studio) -> list[State]:
    return [each.state for each in studio.session.document or ()]


def decide_the_first_image(studio: Studio) -> None:
    """Accept, reject, take that back, relabel, correct with the model, reject: all by keys."""
    studio.key("g")
    studio.key("axu")
    assert states(studio) == [State.ACCEPTED, State.PROPOSED, State.PROPOSED]
    studio.key("l")
    menu = QApplication.activePopupWidget()
    assert menu is not None
    QTest.keyClick(menu, Qt.Key.Key_2)
    come_back(studio)
    studio.wait_ready()
    studio.key("e")
    studio.click(110, 70)
    studio.wait_answer()
    studio.key("a")
    document = studio.session.document
    assert document is not None
    assert document.annotation(2).label_id == 2
    assert document.annotation(2).state in (State.ACCEPTED, State.EDITED)
    studio.key("x")


def decide_some_of_the_second_image(studio: Studio) -> None:
    """Only the two surer ones are looked at; what is above a threshold is accepted at once."""
    queue, above = studio.context.review, studio.window.review.above
    studio.window.review.filter.score.least.setValue(0.85)
    assert len(queue.ids) == 2
    studio.key("a", Qt.KeyboardModifier.ShiftModifier)
    above.threshold.setValue(0.93)
    assert above.accept_them.text() == "Accept 1"
    assert studio.session.selection == {1}
    QTest.keyClick(above.accept_them, Qt.Key.Key_Space)
    assert states(studio) == [State.ACCEPTED, State.PROPOSED, State.PROPOSED]
    assert queue.current is not None
    assert queue.current.id == 2


def test_a_whole_session_by_keys_goes_on_where_it_stopped(
    studio: Studio, images: Path, qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    studio.session.folder_labels.add("cat")
    propose_by_hand(studio)
    decide_the_first_image(studio)
    navigator, queue = studio.context.navigator, studio.context.review
    studio.wait_for(lambda: navigator.current == 1 and queue.current is not None)
    assert navigator.images[0].status is ImageStatus.DONE
    decide_some_of_the_second_image(studio)
    studio.close()
    again = Studio(qtbot, qapp, tmp_path / "home")
    again.open(images)
    again.wait_for(lambda: again.context.review_position.value.annotation_id == 2)
    again.key("g")
    again.wait_for(lambda: again.context.review.current is not None)
    current = again.context.review.current
    assert current is not None
    assert (again.context.navigator.current, current.id) == (1, 2)
    assert again.window.review.filter.score.least.value() == 0.85
    again.close()
