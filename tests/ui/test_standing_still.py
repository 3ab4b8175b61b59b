"""What somebody looks at stays where it is, whatever the window shows beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QWidget

from app.core.document import Source, State
from app.core.errors import Problem
from app.core.mask import Mask
from app.ui.dialogs.audit import AuditDialog
from app.ui.panels.objects import Column
from tests.ui.kit import Studio, write_image


def propose(studio: Studio, width: int, height: int) -> None:
    """A proposal in the image's corner; the review is begun."""
    document = studio.session.document
    assert document is not None
    mask = Mask.from_window(np.ones((height, width), np.bool_), 0, 0, 120, 160)
    proposed = document.with_added(mask, source=Source.AUTOMATIC, state=State.PROPOSED)
    studio.session.commit("propose", proposed)
    if not studio.context.review.active:
        studio.key("g")
    QApplication.processEvents()


TIP = Qt.ItemDataRole.ToolTipRole


@pytest.mark.parametrize("what", ["It broke.", "It broke. " * 60])
def test_a_message_does_not_move_the_image_under_the_mouse(studio: Studio, what: str) -> None:
    pane, before = studio.window.pane, studio.canvas.viewport
    studio.session.problem.emit(Problem(what, "Mend it."))
    QApplication.processEvents()
    assert pane.banner.isVisible()
    assert studio.canvas.viewport == before
    banner, canvas = pane.banner.geometry(), studio.canvas.geometry()
    assert banner.bottom() == canvas.bottom()
    assert canvas.contains(banner)
    assert banner.height() >= pane.banner.heightForWidth(banner.width())
    studio.window.resize(1000, 700)
    QApplication.processEvents()
    assert pane.banner.geometry().bottom() == studio.canvas.geometry().bottom()


@pytest.mark.parametrize(("width", "during"), [(1440, True), (1200, False)])
def test_the_panels_keep_their_width_through_a_review(
    studio: Studio, width: int, during: bool
) -> None:
    studio.window.resize(width, 900)
    QApplication.processEvents()
    docks = {dock.objectName(): dock for dock in studio.window.findChildren(QDockWidget)}
    names = ("images", "labels", "objects")
    before = [docks[name].width() for name in names]
    propose(studio, 20, 20)
    assert docks["review"].isVisible()
    propose(studio, 30, 20)
    studio.key("a")
    QApplication.processEvents()
    if during:
        assert [docks[name].width() for name in names[::2]] == before[::2]
    studio.key("a")
    studio.key(Qt.Key.Key_Escape)
    QApplication.processEvents()
    assert not docks["review"].isVisible()
    assert [docks[name].width() for name in names] == before


def test_a_small_window_does_not_grow_with_the_tool_in_hand(studio: Studio) -> None:
    window, options = studio.window, studio.window.options
    window.resize(1024, 700)
    QApplication.processEvents()
    assert window.size().toTuple() == (1024, 700)
    before = studio.canvas.geometry()
    studio.key("b")
    QApplication.processEvents()
    assert window.size().toTuple() == (1024, 700)
    assert studio.canvas.geometry() == before
    assert options.brush.isVisible()
    shown = [each for each in options.children() if isinstance(each, QWidget) and each.isVisible()]
    assert all(options.rect().contains(each.geometry()) for each in shown)
    window.resize(1440, 900)
    QApplication.processEvents()
    assert options.brush_slider.isVisible()
    assert options.overlap.isVisible()


def test_a_dialog_that_acts_on_the_image_does_not_cover_its_middle(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The screen of the tests is smaller than the window.
    monkeypatch.setattr(studio.window.dialogs, "room", lambda: studio.window.geometry())
    canvas = studio.canvas
    middle = canvas.mapToGlobal(canvas.rect().center())
    for name in ("adjust", "propose"):
        studio.window.dialogs.show(name)
        dialog = studio.window.dialogs.current(name)
        assert dialog is not None
        QApplication.processEvents()
        assert not dialog.geometry().contains(middle)
        dialog.close()


@pytest.mark.parametrize(("width", "height"), [(1366, 728), (1066, 640), (2560, 1400)])
def test_the_window_is_no_larger_than_the_screen(studio: Studio, width: int, height: int) -> None:
    studio.window.resize(1440, 900)
    studio.window.stay_on(QRect(0, 0, width, height))
    assert studio.window.width() == min(1440, width - 16)
    assert studio.window.height() == min(900, height - 40)


def test_the_audit_stands_aside_while_masks_are_looked_at(studio: Studio) -> None:
    document = studio.session.document
    assert document is not None
    for size in (20, 30):
        mask = Mask.from_window(np.ones((size, size), np.bool_), 0, 0, 120, 160)
        document = document.with_added(mask, source=Source.SMART, state=State.ACCEPTED)
    studio.session.commit("masks", document)
    studio.context.saver.flush(5)
    studio.window.dialogs.show("audit")
    audit = studio.window.dialogs.current("audit")
    assert isinstance(audit, AuditDialog)
    studio.wait_for(audit.draw.isEnabled)
    audit.draw.click()
    studio.wait_for(audit.begin.isEnabled)
    audit.begin.click()
    studio.wait_for(lambda: studio.context.auditing.current is not None)
    middle = studio.canvas.mapToGlobal(studio.canvas.rect().center())
    assert not audit.geometry().contains(middle)
    studio.wait_for(studio.window.isActiveWindow)
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(studio.canvas, Qt.Key.Key_Return, control)
    assert studio.context.auditing.active
    audit.activateWindow()
    studio.wait_for(audit.isActiveWindow)
    QTest.keyClick(audit.later, Qt.Key.Key_Return, control)
    studio.wait_for(lambda: not studio.context.auditing.active)
    assert audit.figures.isVisible()
    assert studio.canvas.viewport.fits
    studio.wait_for(audit.page.isEnabled)
    assert audit.figures.topLevelItemCount()
    audit.close()


def test_a_long_path_makes_nothing_narrower(studio: Studio, tmp_path: Path) -> None:
    before = studio.canvas.geometry()
    folder = tmp_path / ("very long name " * 12) / ("of a folder " * 12)
    write_image(folder, "a.png")
    studio.open(folder)
    studio.context.navigator.open_folder(tmp_path / "nothing here")
    QApplication.processEvents()
    studio.window.show_recent([folder])
    QApplication.processEvents()
    assert studio.canvas.geometry() == before
    assert studio.window.minimumSizeHint().width() <= 1000


def test_words_that_grow_move_no_panel(studio: Studio) -> None:
    panels = studio.window.files, studio.window.objects
    before = [panel.minimumSizeHint().width() for panel in panels]
    for panel in panels:
        panel._summary.setText("as many words as there can be " * 10)
        assert panel._summary.shown.endswith("…")
    QApplication.processEvents()
    assert [panel.minimumSizeHint().width() for panel in panels] == before


def test_where_the_list_is_narrow_columns_give_way_to_labels(studio: Studio) -> None:
    document = studio.session.document
    assert document is not None
    mask = Mask.from_window(np.ones((20, 20), np.bool_), 0, 0, 120, 160)
    studio.session.commit("mask", document.with_added(mask))
    panel = studio.window.objects
    header = panel.view.horizontalHeader()
    hidden = {}
    for width in (400, 320, 200):
        panel.resize(width, 300)
        QApplication.processEvents()
        hidden[width] = {column for column in Column if header.isSectionHidden(column)}
    assert hidden[400] == set()
    assert Column.SCORE in hidden[200]
    assert Column.LABEL not in hidden[200]
    assert "400 pixels" in panel.model.data(panel.model.index(0, Column.LABEL), TIP)
    studio.session.folder_labels.rename(1, "a label of some length")
    QApplication.processEvents()
    assert header.isSectionHidden(Column.SCORE)


def test_where_the_scroll_bar_takes_room_columns_give_way_to_labels_too(studio: Studio) -> None:
    document = studio.session.document
    assert document is not None
    panel = studio.window.objects
    panel.resize(400, 300)
    header, viewport = panel.view.horizontalHeader(), panel.view.viewport()
    whole = viewport.width()
    studio.session.folder_labels.rename(1, "longer")
    for row in range(30):
        mask = Mask.from_window(np.ones((2, 2), np.bool_), row, 0, 120, 160)
        document = document.with_added(mask, 1)
    studio.session.commit("masks", document)
    QApplication.processEvents()
    assert viewport.width() < whole
    names = max(map(panel.view.fontMetrics().horizontalAdvance, panel.model.names))
    for width in range(340, 240, -5):
        studio.go(1)
        panel.resize(width, 300)
        QApplication.processEvents()
        studio.go(0)
        QApplication.processEvents()
        if not header.isSectionHidden(Column.SCORE):
            assert header.sectionSize(Column.LABEL) >= names + 30
