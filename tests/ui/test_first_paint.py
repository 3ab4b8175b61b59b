"""What one waits for is painted first; what only goes with it comes after."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ui.kit import Studio

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
