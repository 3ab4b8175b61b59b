"""The simulated annotator's hands in the real window, on a drawn image."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.storage.places import Places
from tests.bench.simulated_annotator import Annotator
from tests.bench.window_hands import WindowProgram
from tests.ui.kit import drawn, load, write_image

DISC = drawn()[..., 1] == 180


@pytest.fixture
def program(qtbot: QtBot, tmp_path: Path) -> WindowProgram:
    write_image(tmp_path / "images", "a.png")
    program = WindowProgram(Places.below(tmp_path / "user"), load)
    program.open(tmp_path / "images")
    return program


def test_objects_are_made_and_painted_with_mouse_and_keys_alone(program: WindowProgram) -> None:
    try:
        annotator = Annotator(program, 0)
        for way in ("click", "box"):
            made = annotator.make(DISC, way)
            assert made.accepted
            assert made.iou > 0.85
            assert len(program.session.document or ()) == 1
            program.clear()
        before = program.hands.mask
        program.hands.click(110, 80)
        program.settle()
        program.hands.paint([(20, 60), (60, 60)], 3.0, False)
        program.hands.paint([(95, 80), (125, 80)], 6.0, True)
        mask = program.hands.mask
        assert before is None
        assert mask is not None
        pixels = mask.to_array()
        assert pixels[60, 40]
        assert not pixels[80, 110]
        program.hands.drop()
        assert program.hands.mask is None
    finally:
        program.close()
