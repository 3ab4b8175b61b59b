"""The dialog of the GPU server tries it, uses it and says what became of it, with a real one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.inference.engine import load_model
from app.inference.questions import Choice
from app.ui.dialogs.gpu_server import GpuServerDialog
from model.interface import Model
from tests.model.served.serving import TOKEN, served
from tests.ui import kit
from tests.ui.kit import Studio


@pytest.fixture
def url() -> Iterator[str]:
    with served("tiny_fitted", TOKEN) as url:
        yield url


def dialog(studio: Studio) -> GpuServerDialog:
    studio.window.dialogs.show("gpu-server")
    found = studio.window.dialogs.current("gpu-server")
    assert isinstance(found, GpuServerDialog)
    return found


@pytest.mark.parametrize(
    ("address", "warned"),
    [
        ("", False),
        ("http://gpu:8765", True),
        ("gpu", True),
        ("http://10.0.0.7:8765", True),
        ("https://gpu", False),
        ("http://localhost:8765", False),
        ("http://127.0.0.1:8765", False),
        ("[::1]:8765", False),
        ("no address at all", False),
    ],
)
def test_an_address_on_which_others_can_listen_is_warned_of(
    studio: Studio, address: str, warned: bool
) -> None:
    shown = dialog(studio)
    shown.address.setText(address)
    assert shown.warning.isVisible() is warned
    assert "read them" in shown.warning.text()


def outcome_of_test(studio: Studio, shown: GpuServerDialog) -> str:
    shown.test.click()
    studio.wait_for(lambda: shown.test.isEnabled())
    return shown.found.text()


def test_a_server_is_tested_and_used_and_left_for_the_built_in_model(
    studio: Studio, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens, stand_in = studio.context.tokens, kit.load

    def load(choice: Choice) -> Model:
        return load_model(choice, tokens.of) if choice.served else stand_in(choice)

    monkeypatch.setattr(studio.context.host._engine._models, "_load", load)
    shown = dialog(studio)
    assert not shown.test.isEnabled()
    shown.address.setText("no address at all")
    shown.test.click()
    assert "is no address of a server" in shown.found.text()
    shown.address.setText(url)
    assert "does not know this token" in outcome_of_test(studio, shown)
    shown.token.setText(TOKEN)
    assert "tiny_fitted on CPU" in outcome_of_test(studio, shown)
    assert studio.context.host.choice == Choice()
    shown.use.click()
    studio.wait_for(lambda: studio.context.host.state == "ready")
    studio.wait_ready()
    assert studio.context.host.variant == "tiny_fitted"
    assert "tiny_fitted" in shown.state.text()
    studio.click(45, 30)
    studio.wait_answer()
    shown.builtin.click()
    studio.wait_for(lambda: studio.context.host.choice == Choice())
    studio.wait_ready()
