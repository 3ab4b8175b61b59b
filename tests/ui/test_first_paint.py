"""What one waits for is painted first; what only goes with it comes after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QRegion

from app.ui.canvas.viewport import Viewport
from tests.ui.kit import RIGHT, Studio, drawn, write_image

RED = (45.0, 30.0)


def test_the_mask_is_painted_before_cards_and_menus_follow(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    layers, cards = studio.canvas.layers, studio.window.pane.cards
    paint, make = layers.paint, cards._cards

    def noted_paint(*arguments: Any) -> None:
        if studio.mask_editor.mask is not None:
            seen.append("mask")
        paint(*arguments)

    def noted_cards(*arguments: Any) -> Any:
        seen.append("cards")
        return make(*arguments)

    def noted_menu() -> None:
        if studio.mask_editor.can_accept:
            seen.append("menu")

    monkeypatch.setattr(layers, "paint", noted_paint)
    monkeypatch.setattr(cards, "_cards", noted_cards)
    studio.window.commands.changed.connect(noted_menu)
    studio.pick(*RED)
    assert seen[0] == "mask"
    assert {"cards", "menu"} <= set(seen)
    assert cards.isVisible()


def test_while_images_change_hands_nothing_of_one_is_painted_over_the_other(
    studio: Studio, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_image(images, "c.png", drawn(60, 300))
    studio.open(images)
    navigator, session = studio.context.navigator, studio.session
    studio.wait_for(lambda: len(navigator.images) == 3 and session.picture is not None)
    studio.wait_ready()
    studio.pick(45, 30)
    paint, painted = studio.canvas.layers.paint, list[bool]()

    def noted(painter: QPainter, viewport: Viewport, ratio: float) -> None:
        picture = studio.session.picture
        assert picture is not None
        same = (viewport.image_width, viewport.image_height) == (picture.width, picture.height)
        painted.append(same)
        paint(painter, viewport, ratio)

    monkeypatch.setattr(studio.canvas.layers, "paint", noted)
    for place in (2, 0, 2):
        studio.go(place)
        studio.qtbot.wait(20)
    assert painted
    assert all(painted)


def test_a_click_repaints_no_more_of_the_window_than_it_changed(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[QRegion] = []
    paint = studio.canvas._paint

    def noted(painter: QPainter, event: QPaintEvent) -> None:
        painted.append(event.region())
        paint(painter, event)

    monkeypatch.setattr(studio.canvas, "_paint", noted)
    studio.pick(*RED)
    canvas = studio.canvas.rect()
    assert painted
    for region in painted:
        around = region.boundingRect()
        assert around.width() * around.height() < canvas.width() * canvas.height() / 2


def test_what_was_painted_in_parts_is_what_is_painted_at_once(studio: Studio) -> None:
    def on_screen() -> QImage:
        studio.qtbot.wait(20)
        corner = studio.canvas.mapTo(studio.window, QPoint(0, 0))
        shot = studio.window.screen().grabWindow(studio.window.winId())
        return shot.copy(QRect(corner, studio.canvas.size())).toImage()

    def at_once() -> QImage:
        studio.canvas.repaint()
        return on_screen()

    def is_true() -> None:
        studio.wait_for(lambda: not studio.mask_editor.is_predicting)
        now = on_screen()
        assert now == at_once()

    before = on_screen()
    studio.click(*RED)
    is_true()
    assert on_screen() != before
    studio.click(5, 5, button=RIGHT)
    is_true()
    studio.mask_editor.undo()
    is_true()
    studio.mask_editor.box(10, 10, 60, 50)
    is_true()
    studio.mask_editor.remove_box()
    is_true()
    studio.mask_editor.clear()
    is_true()
    assert on_screen() == before
    studio.make(*RED)
    is_true()
