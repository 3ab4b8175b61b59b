"""A whole session of the second stage in the window: propose, review by keys, export."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.core.document import ImageStatus, State
from app.core.mask import Mask
from app.ui.dialogs.export import ExportDialog
from app.ui.dialogs.propose import ProposeDialog, Where
from tests.ui.kit import Studio


def propose_everywhere(studio: Studio) -> None:
    studio.key("p", Qt.KeyboardModifier.ControlModifier)
    dialog = studio.window.dialogs.current("propose")
    assert isinstance(dialog, ProposeDialog)
    dialog.grid.points.setValue(6)
    dialog.grid.layers.setCurrentIndex(0)
    dialog.where.button(Where.FOLDER.value).click()
    dialog.look.click()
    studio.wait_for(lambda: not studio.parts.proposing.running)
    dialog.close()
    studio.window.activateWindow()
    studio.wait_for(studio.window.isActiveWindow)
    studio.canvas.setFocus()


def decide_everything(studio: Studio) -> list[State]:
    """Accept, reject, edit and accept, in turn, until nothing waits; what was decided."""
    queue, decided = studio.parts.review, list[State]()
    while queue.active:
        studio.wait_for(lambda: queue.current is not None or not queue.active)
        if not queue.active:
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
    listing = studio.parts.navigator.images
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
    studio.wait_for(lambda: not studio.parts.exporter.running)
    written = json.loads(target.read_text("utf-8"))["annotations"]
    assert len(written) == kept
    for record in written:
        rle = record["segmentation"]
        assert Mask.from_counts(rle["counts"], *rle["size"]).area == record["area"]
