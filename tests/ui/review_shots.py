"""Pictures of the review and of the dialogs around proposals, from the real program.

python -m tests.ui.review_shots FOLDER [--theme dark|light] [--language zh_CN]
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.core.document import Document, Evidence, Source, State
from app.core.mask import Mask
from app.core.previous import Previous
from app.inference.questions import Choice
from app.storage.shipped import SAMPLES
from app.ui.dialogs.audit import AuditDialog
from app.ui.dialogs.import_masks import ImportDialog
from app.ui.dialogs.propose import ProposeDialog
from app.ui.dialogs.statistics import StatisticsDialog
from tests.ui.kit import move_mouse
from tests.ui.shots import Photographer, run


def discs(height: int, width: int) -> Iterator[tuple[Mask, float]]:
    """A grid of discs with scores."""
    y, x = np.mgrid[:height, :width]
    step = width // 6
    for number, (cx, cy) in enumerate(
        (cx, cy) for cy in range(step, height, step) for cx in range(step // 2, width, step)
    ):
        inside = np.hypot(x - cx, y - cy) < step * (0.2 + 0.05 * (number % 4))
        yield Mask.from_array(inside), 0.7 + 0.29 * ((number * 7) % 10) / 10


def with_discs(document: Document, labels: int) -> Document:
    for number, (mask, score) in enumerate(discs(document.height, document.width)):
        state = State.ACCEPTED if number % 5 == 4 else State.PROPOSED
        evidence = Evidence(predicted_iou=round(score, 2), stability_score=0.96)
        document = document.with_added(
            mask, 1 + number % labels, source=Source.AUTOMATIC, state=state, evidence=evidence
        )
    return document


def take(photographer: Photographer) -> None:
    """The states, one after the other."""
    p, session = photographer, photographer.context.session
    folder = p.home / "photographs"
    shutil.copytree(SAMPLES, folder)
    p.context.navigator.open_folder(folder)
    p.wait(lambda: session.picture is not None and p.context.navigator.listing_done)
    session.folder_labels.add("dog 狗")
    session.folder_labels.add("coin")
    if session.document is not None:
        session.commit("test", with_discs(session.document, 3))
    session.select([])
    p.shoot("review-0-before")
    p.key(Qt.Key.Key_G)
    p.shoot("review-1-begun")
    p.key(Qt.Key.Key_A)
    p.key(Qt.Key.Key_X)
    p.window.review.start_above()
    p.window.review.above.threshold.setValue(0.85)
    p.canvas.fit()
    p.shoot("review-2-many")
    p.canvas.setFocus()
    old_and_new(p)
    p.key(Qt.Key.Key_L)
    QTest.qWait(200)
    menu = p.program.qt.activePopupWidget()
    if menu is not None:
        p.shoot("review-4-labels", menu)
        menu.close()
    p.key(Qt.Key.Key_Escape)


def old_and_new(p: Photographer) -> None:
    session, queue = p.context.session, p.context.review
    current = queue.current
    if current is None or session.document is None:
        return
    shifted = np.roll(current.mask.to_array(), current.mask.bbox[2] // 4, 1)
    old = Mask.from_array(shifted)
    changed = replace(current, previous=Previous(mask=old, iou=old.iou(current.mask)))
    session.commit("test", session.document.with_replaced(changed))
    session.select([current.id])
    p.window.reviewing._on_current()
    p.key(Qt.Key.Key_C)
    p.key(Qt.Key.Key_C)
    p.shoot("review-3-difference")


def propose(photographer: Photographer) -> None:
    """Segment everything with the built-in model, sliders moved, then segmented anew."""
    p, session, dialogs = photographer, photographer.context.session, photographer.window.dialogs
    p.context.host.use_model(Choice())
    p.open("coins.png")
    p.shoot("propose-0")
    dialogs.show("propose")
    dialog = dialogs.current("propose")
    assert isinstance(dialog, ProposeDialog)
    dialog.grid.points.setValue(10)
    dialog.grid.layers.setCurrentIndex(0)
    dialog.filters.score.put(0.2)
    dialog.filters.stability.put(0.6)
    dialog.look.click()
    QTest.qWait(700)
    p.shoot("propose-1-running", dialog)
    p.wait(lambda: not p.context.proposing.running and dialog.kept > 0)
    p.shoot("propose-2-found", dialog)
    p.shoot("propose-3-preview")
    dialog.add.click()
    p.wait(lambda: len(session.document or ()) > 0)
    dialog.close()
    p.shoot("propose-4-added")
    session.select((session.document or Document(1, 1)).ids[:2])
    dialogs.show("segment-anew")
    other = dialogs.current("segment-anew")
    if other is not None:
        p.shoot("segment-anew", other)
        other.close()
    # Without a window system the window does not get keys back after a dialog.
    p.window.actions_["review"].trigger()
    p.shoot("propose-5-review")
    whole_image(p)


def whole_image(p: Photographer) -> None:
    """Some are decided on by clicks, some are selected, and one is under the mouse."""
    p.window.actions_["review-whole"].trigger()
    document = p.context.session.document or Document(1, 1)
    first, second, *others, last = [document.annotation(each) for each in p.context.review.ids]
    QTest.mouseClick(p.canvas, Qt.MouseButton.LeftButton, pos=p.at(*middle(p, first.mask)))
    QTest.mouseClick(p.canvas, Qt.MouseButton.RightButton, pos=p.at(*middle(p, second.mask)))
    p.context.session.select([each.id for each in others[::2]])
    move_mouse(p.canvas, p.at(*middle(p, last.mask)))
    p.shoot("propose-6-whole")


def middle(p: Photographer, mask: Mask) -> tuple[float, float]:
    """Of what it covers, as fractions of the image."""
    x0, y0, x1, y1 = mask.bounds or (0, 0, 1, 1)
    return (x0 + x1) / 2 / p.size[0], (y0 + y1) / 2 / p.size[1]


def figures(photographer: Photographer) -> None:
    """Import, audit and statistics, each with something in it."""
    p, dialogs = photographer, photographer.window.dialogs
    data = {
        "images": [{"id": 1, "file_name": "chelsea.png", "height": 300, "width": 451},
                   {"id": 2, "file_name": "lost.png", "height": 30, "width": 45}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [100, 60, 200, 180],
             "segmentation": [[100, 60, 300, 60, 300, 240, 100, 240]]},
            {"id": 2, "image_id": 1, "category_id": 1, "bbox": [10, 10, 50, 50]},
            {"id": 3, "image_id": 2, "category_id": 1, "bbox": [1, 1, 5, 5]},
            {"id": 4, "image_id": 1, "category_id": 1, "segmentation": "nonsense"}]}  # fmt: skip
    (p.home / "coco.json").write_text(json.dumps(data), "utf-8")
    dialogs.show("import")
    importing = dialogs.current("import")
    assert isinstance(importing, ImportDialog)
    importing.put(p.home / "coco.json")
    p.wait(lambda: importing.take.isEnabled())
    p.shoot("import", importing)
    importing.take.click()
    p.wait(lambda: p.context.importer.can_undo)
    p.shoot("import-done", importing)
    importing.close()
    dialogs.show("audit")
    audit = dialogs.current("audit")
    assert isinstance(audit, AuditDialog)
    p.wait(audit.draw.isEnabled)
    audit.draw.click()
    p.wait(lambda: p.context.auditing.audit is not None and not p.context.auditing.running)
    p.wait(audit.begin.isEnabled)
    audit.begin.click()
    for _ in range(3):
        QTest.qWait(300)
        audit.right.click()
    audit.measure.click()
    p.wait(lambda: audit.page.isEnabled())
    p.shoot("audit", audit)
    audit.close()
    dialogs.show("statistics")
    statistics = dialogs.current("statistics")
    assert isinstance(statistics, StatisticsDialog)
    p.wait(lambda: statistics.page.isEnabled())
    p.shoot("statistics", statistics)
    statistics.close()


def every(photographer: Photographer) -> None:
    take(photographer)
    figures(photographer)
    propose(photographer)


if __name__ == "__main__":
    run(every)
