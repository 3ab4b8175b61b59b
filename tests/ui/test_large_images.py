"""An image that takes much memory is opened only by somebody who was told so."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton

from tests.ui.kit import Studio, drawn, write_image


@pytest.fixture
def large(empty_studio: Studio, tmp_path: Path) -> Studio:
    """A folder with an image like all, open, and one above the limit."""
    studio = empty_studio
    write_image(tmp_path / "two", "a.png", drawn(60, 80))
    write_image(tmp_path / "two", "b.png", drawn(120, 160))
    studio.context.preferences.set(largest_image_px=10_000)
    studio.open(tmp_path / "two")
    return studio


def asked(studio: Studio) -> None:
    studio.context.navigator.go(1)
    studio.wait_for(lambda: studio.window.large.box is not None)


def answer(studio: Studio, button: QAbstractButton) -> None:
    button.click()
    studio.wait_for(lambda: studio.window.large.box is None)


def test_it_is_opened_when_somebody_says_so_and_the_next_one_is_asked_about(large: Studio) -> None:
    asked(large)
    box = large.window.large.box
    assert box is not None
    assert "160 x 120 pixels" in box.text()
    assert "MB of memory" in box.informativeText()
    assert "MB are free" in box.informativeText()
    assert large.session.picture is None
    answer(large, large.window.large.once)
    large.wait_for(lambda: large.session.picture is not None)
    assert large.context.preferences.value.largest_image_px == 10_000
    large.go(0)
    large.go(1)  # once allowed is enough
    assert large.window.large.box is None


def test_it_stays_closed_and_is_not_called_unreadable(large: Studio) -> None:
    asked(large)
    answer(large, large.window.large.no)
    assert large.session.picture is None
    assert large.context.image_list.unreadable == {}
    large.go(0)
    asked(large)
    answer(large, large.window.large.no)
    large.go(0)
    large.wait_ready()


def test_always_is_a_setting(large: Studio) -> None:
    asked(large)
    answer(large, large.window.large.always)
    large.wait_for(lambda: large.session.picture is not None)
    assert large.context.preferences.value.largest_image_px == 160 * 120
    assert large.context.navigator.large.limit_of(Path("another.png")) == 160 * 120


def test_neither_thumbnail_nor_prefetch_decodes_it(large: Studio) -> None:
    path = large.context.navigator.images[1].path
    large.context.navigator.request_thumbnail(1)
    large.qtbot.wait(300)
    assert large.context.navigator.ahead.take(path) == (None, None)
    assert large.window.large.box is None
    assert large.context.image_list.unreadable == {}
