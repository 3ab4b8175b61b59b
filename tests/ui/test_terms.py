"""A model whose licence forbids much is used only by somebody who was told so."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QMessageBox

from app.inference.questions import Choice
from tests.ui.kit import Studio

EDGE = Choice("edge.pth", "edge")


@pytest.fixture
def asked(studio: Studio) -> QMessageBox:
    """The question, on the screen."""
    studio.context.host.use_model(EDGE)
    studio.wait_for(lambda: studio.window.terms.box is not None)
    box = studio.window.terms.box
    assert box is not None
    return box


def test_the_licence_is_told_and_agreeing_is_remembered(studio: Studio, asked: QMessageBox) -> None:
    assert "non-commercial purposes only" in asked.text()
    assert studio.context.host.state == "loading"
    studio.window.terms.agree.click()
    studio.wait_for(lambda: studio.context.host.state == "ready")
    assert studio.context.host.choice == EDGE
    assert studio.context.preferences.value.agreed_terms == ("edge_sam",)
    studio.context.host.use_model(EDGE)
    studio.wait_for(lambda: studio.context.host.state == "ready")
    assert studio.window.terms.box is None


def test_refusing_goes_back_to_the_model_before(studio: Studio, asked: QMessageBox) -> None:
    studio.window.terms.refuse.click()
    studio.wait_for(lambda: studio.context.host.state == "ready")
    assert studio.context.host.choice == Choice()
    assert studio.context.preferences.value.agreed_terms == ()
