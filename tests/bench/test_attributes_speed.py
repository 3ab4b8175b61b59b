"""2,000 objects with attributes: reading, writing, listing, searching, changing all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.attributes import Attribute, Kind
from app.core.describing import value_set
from app.core.details import Details, Flag
from app.core.document import Document
from app.core.mask import Mask
from app.storage.layout import to_bytes, to_document
from app.storage.schema import parse
from tests.ui.kit import Studio, write_image

pytestmark = pytest.mark.bench
COUNT, SIDE = 2000, 1200
SCHEMA = (
    Attribute("colour", Kind.CHOICE, ("red", "blue", "white"), "red"),
    Attribute("parked", default=False),
    Attribute("seats", Kind.NUMBER, least=1, most=9),
    Attribute("plate", Kind.TEXT),
)


def document() -> Document:
    made = Document(SIDE, SIDE)
    for number in range(COUNT):
        pixels = np.zeros((12, 16), np.bool_)
        pixels[2:10, 2 : 8 + number % 6] = True
        x, y = number % 60 * 20, number // 60 * 30
        made = made.with_added(
            Mask.from_window(pixels, x, y, SIDE, SIDE),
            attributes={"colour": ("red", "blue")[number % 2], "parked": True, "seats": 4},
            details=Details("seen twice", number // 4, frozenset({Flag.OCCLUDED})),
        )
    return made


def plain(made: Document) -> Document:
    """The same without anything said of them."""
    result = Document(SIDE, SIDE)
    for each in made:
        result = result.with_added(each.mask)
    return result


def ms(work: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times) * 1000


@pytest.fixture
def studio(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Studio]:
    folder = tmp_path / "images"
    write_image(folder, "a.png", np.full((SIDE, SIDE, 3), 128, np.uint8))
    made = Studio(qtbot, qapp, tmp_path / "home")
    made.open(folder)
    yield made
    made.close()


def test_two_thousand_objects_with_attributes_stay_fluent(studio: Studio) -> None:
    full = document()
    for name, made in (("plain", plain(full)), ("described", full)):
        data = to_bytes(made, "a.png")
        print(f"{name}: {len(data) / 1e6:.2f} MB")
        print(f"  written {ms(lambda m=made: to_bytes(m, 'a.png')):.0f} ms")  # type: ignore[misc]
        print(f"  read {ms(lambda d=data: to_document(parse(d), SIDE, SIDE)):.0f} ms")  # type: ignore[misc]
    session, panel = studio.session, studio.window.objects
    labels = session.labels.with_attributes(1, SCHEMA)
    session.folder_labels.change("Change labels", labels)
    session.commit("Add", full)
    colours = iter(("blue", "white", "red") * 9)

    def painted() -> None:
        panel.view.viewport().repaint()

    def one() -> None:
        session.describe([7], value_set("colour", next(colours)))
        QApplication.processEvents()

    def every() -> None:
        session.describe(session.selection, value_set("colour", next(colours)))
        QApplication.processEvents()

    print(f"list painted {ms(painted):.1f} ms")
    session.select([7])
    print(f"one object described {ms(one):.0f} ms")
    session.select(full.ids)
    print(f"all 2,000 described {ms(every):.0f} ms")
    texts = iter(["colour:blue", "parked:yes", "seats>3"])
    print(f"searched {ms(lambda: panel.search.setText(next(texts))):.0f} ms")
    assert session.document is not None
    assert len(session.document) == COUNT
