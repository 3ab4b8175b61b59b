"""What one waits for is painted first; what only goes with it comes after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QPainter

from app.ui.canvas.viewport import Viewport
from tests.ui.kit import Studio, drawn, write_image

RED = (45.0, 30.0)


def test_the_mask_is_painted_before_cards_and_menus_follow(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    layers, cards = studio.canvas.layers, studio.window.pane.cards
    paint, make = layers.paint, cards._cards

    def noted_paint(*arguments: Any) -> None:
        if studio.pending.mask is not None:
            seen.append("mask")
        paint(*arguments)

    def noted_cards(*arguments: Any) -> Any:
        seen.append("cards")
        return make(*arguments)

    def noted_menu() -> None:
        if studio.pending.can_accept:
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
    navigator, session = studio.parts.navigator, studio.session
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
