"""Zooming in, in the window: a word in the status bar, finer answers, a switch that is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from app.core.document import State
from app.session.mask import zoom_embeddings as close_ups
from app.session.mask.zoom_embeddings import Sight
from model.interface import Cancelled, Embedding
from model.transforms import PixelWindow
from tests.ui.clicked_model import ClickedModel
from tests.ui.kit import Studio, drawn, write_image

SHIFT = Qt.KeyboardModifier.ShiftModifier
Pixels = npt.NDArray[np.uint8]
Stop = Callable[[], bool]
SIDE = (2400, 3200)


@pytest.fixture(scope="module")
def photograph(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file of more pixels than the model sees."""
    pixels = np.asarray(drawn().repeat(20, axis=0).repeat(20, axis=1))
    # A coin of thirty pixels: a handful of the model's cells.
    y, x = np.mgrid[: SIDE[0], : SIDE[1]]
    pixels[(y - 300) ** 2 + (x - 2600) ** 2 < 15**2] = (250, 220, 40)
    return write_image(tmp_path_factory.mktemp("large"), "coin.png", pixels).read_bytes()


@pytest.fixture
def large(studio: Studio, photograph: bytes) -> Studio:
    """A large photograph, opened beside the small ones."""
    folder = studio.context.navigator.images[0].path.parent.parent / "large"
    folder.mkdir()
    (folder / "coin.png").write_bytes(photograph)
    studio.open(folder)
    studio.wait_for(lambda: studio.session.picture is not None
                    and studio.session.picture.width == SIDE[1])  # fmt: skip
    studio.wait_ready()
    return studio


def zoom_to(studio: Studio, x: float, y: float) -> None:
    view = studio.canvas.viewport
    studio.canvas.set_viewport(view.showing((x - 100, y - 70, x + 100, y + 70)))


def near(studio: Studio) -> None:
    studio.wait_for(lambda: studio.context.zoom_embeddings.sight is Sight.CLOSE)


def test_the_status_bar_says_when_the_model_looks_closer(large: Studio) -> None:
    mark = large.window.status.embedding
    assert mark.text == "Ready"
    zoom_to(large, 2600, 300)
    near(large)
    assert mark.text == "Ready, close-up"
    assert "full detail" in mark.toolTip()
    large.key("f")
    assert mark.text == "Ready"


def test_a_small_thing_is_answered_from_near_by(large: Studio) -> None:
    zoom_to(large, 2600, 300)
    near(large)
    large.pick(2600, 300)
    answer, mask = large.mask_editor.state.answer, large.mask_editor.mask
    assert answer is not None
    assert answer.prediction.transform.window is not None
    assert mask is not None
    assert mask.contains(2605, 300)
    assert not mask.contains(2618, 300)


def test_the_cards_of_the_answers_show_what_was_seen_from_near_by(large: Studio) -> None:
    zoom_to(large, 2600, 300)
    near(large)
    large.pick(2600, 300)
    cards = large.window.pane.cards
    tint = QColor(large.canvas.scene.pending_color)
    expected = [(250 + tint.red()) / 2, (220 + tint.green()) / 2, (40 + tint.blue()) / 2]
    image = cards._images[0]
    shown = image.pixelColor(image.width() // 2, image.height() // 2)
    assert [shown.red(), shown.green(), shown.blue()] == pytest.approx(expected, abs=12)


def test_the_switch_is_in_the_menu_and_remembered(large: Studio) -> None:
    action = large.window.actions_["close-ups"]
    assert action.isChecked()
    large.key("z", SHIFT)
    assert not action.isChecked()
    assert not large.context.preferences.value.close_ups
    zoom_to(large, 2600, 300)
    large.qtbot.wait(2 * close_ups.REST_MS)
    assert large.window.status.embedding.text == "Ready"


def test_a_slow_model_offers_it_and_a_key_asks_for_it(
    large: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, embed = threading.Event(), ClickedModel.embed

    def slowly(
        self: ClickedModel, image: Pixels, cancelled: Stop, window: PixelWindow | None
    ) -> Embedding:
        while not slow.wait(0.01):
            if cancelled():
                raise Cancelled
        return embed(self, image, cancelled, window)

    monkeypatch.setattr(ClickedModel, "embed", slowly)
    monkeypatch.setattr(close_ups, "QUICK_S", 0.0)
    action = large.window.actions_["look-closer"]
    assert not action.isEnabled()
    zoom_to(large, 2600, 300)
    large.wait_for(lambda: large.window.status.embedding.text == "Ready; Z looks closer")
    assert action.isEnabled()
    large.key("z")
    large.wait_for(lambda: large.window.status.embedding.text == "Ready, looking closer…")
    slow.set()
    near(large)
    assert not action.isEnabled()


def test_in_review_the_proposal_at_hand_is_seen_from_near_by(large: Studio) -> None:
    zoom_to(large, 2600, 300)
    near(large)
    made = large.make(2600, 300)
    large.session.set_state([made], State.PROPOSED)
    large.canvas.fit()
    large.context.review.start()
    large.wait_for(lambda: large.context.review.current is not None)
    near(large)
    large.click(2604, 300)
    large.wait_answer()
    answer = large.mask_editor.state.answer
    assert answer is not None
    assert answer.prediction.transform.window is not None
