"""Closing always ends, within its time, with everything saved or named."""

from __future__ import annotations

import time
from pathlib import Path

from app.inference.questions import Choice
from app.storage.places import Places
from tests.desk import Desk, saved_document


def test_closing_right_after_an_edit_saves_it(desk: Desk, folder: Path, places: Places) -> None:
    desk.open(folder)
    desk.label(30, 20)
    desk.label(10, 40)
    shown = desk.document
    closing = desk.parts.close()
    assert closing.unsaved == ()
    assert saved_document(folder, "0.png", places) == shown


def test_closing_while_embedding_stops_it(desk: Desk, folder: Path) -> None:
    desk.model.hold = True
    desk.host.use_model(Choice())
    desk.navigator.open_folder(folder)
    desk.wait(lambda: desk.session.picture is not None)
    desk.wait(lambda: desk.model.embeds == 1)
    begun = time.monotonic()
    assert desk.parts.close(10).busy == ()
    assert time.monotonic() - begun < 5


def test_closing_does_not_wait_for_a_model_that_does_not_stop(
    desk: Desk, folder: Path, places: Places
) -> None:
    desk.open(folder)
    desk.label(30, 20)
    desk.model.hold_decode = True
    desk.pending.click(10, 10)
    desk.wait(lambda: len(desk.model.prompts) == 2)
    begun = time.monotonic()
    closing = desk.parts.close(1.0)
    assert time.monotonic() - begun < 5
    assert closing.busy == ("inference",)
    assert closing.unsaved == ()
    assert saved_document(folder, "0.png", places).ids == (1,)
    desk.model.release.set()


def test_closing_twice_is_closing_once(desk: Desk, folder: Path) -> None:
    desk.open(folder)
    desk.close()
    assert desk.parts.close(1).unsaved == ()
