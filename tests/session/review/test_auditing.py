"""Random masks are drawn, looked at one by one, and their corrections measured."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.batch.report import FolderReport
from app.core.document import Document, Source, State
from app.core.errors import Problem
from app.core.mask import Mask
from app.session.folder.io_threads import Urgency
from app.session.review.auditing import Auditing
from app.storage.audit_file import FILE, read_audit
from app.storage.places import Places
from app.storage.project import Project
from tests.desk import SIZE, Desk, make_images


def square(x: int) -> Mask:
    return Mask.from_window(np.ones((16, 16), np.bool_), x, 12, *SIZE)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.below(tmp_path / "user")


@pytest.fixture
def folder(tmp_path: Path, places: Places) -> Path:
    """Three images: an accepted automatic mask on each of two, one by hand on the third."""
    folder = tmp_path / "pictures"
    make_images(folder, 3)
    for number, source in enumerate((Source.AUTOMATIC, Source.AUTOMATIC, Source.MANUAL)):
        document = Document(*SIZE).with_added(square(10 + number), source=source)
        Project.of(folder, places).write_objects(folder / f"{number}.png", document, None)
    return folder


@pytest.fixture
def new_desk(qtbot: QtBot, places: Places, folder: Path) -> Iterator[Callable[[], Desk]]:
    desks: list[Desk] = []

    def start() -> Desk:
        desks.append(Desk(qtbot, places).open(folder))
        return desks[-1]

    yield start
    for desk in desks:
        desk.close()


@pytest.fixture
def desk(new_desk: Callable[[], Desk]) -> Desk:
    return new_desk()


def drawn(desk: Desk, count: int = 10, *, automatic_only: bool = False) -> Auditing:
    auditing = desk.context.auditing
    auditing.draw(count, automatic_only=automatic_only, seed=1)
    desk.wait(lambda: not auditing.running)
    return auditing


def at_hand(desk: Desk, auditing: Auditing, name: str) -> None:
    """Wait until a mask of that image is shown."""
    desk.wait(lambda: auditing.current is not None and auditing.current.image == name)
    desk.wait(lambda: desk.session.selection == {1} and desk.session.image_path is not None)
    desk.wait(lambda: desk.session.image_path == desk.navigator.images[int(name[0])].path)


def test_every_mask_that_counts_is_drawn_and_kept_in_the_folder(desk: Desk, folder: Path) -> None:
    auditing = drawn(desk)
    assert auditing.audit is not None
    assert [item.image for item in auditing.audit.items] == ["0.png", "1.png", "2.png"]
    kept = [*folder.rglob(FILE)]
    assert len(kept) == 1
    assert read_audit(kept[0]).audit == auditing.audit


def test_only_machine_made_masks_are_drawn_if_so_wanted(desk: Desk) -> None:
    auditing = drawn(desk, automatic_only=True)
    assert auditing.audit is not None
    assert [item.image for item in auditing.audit.items] == ["0.png", "1.png"]


def test_each_mask_is_shown_until_it_is_found_right(desk: Desk) -> None:
    auditing = drawn(desk)
    auditing.start()
    for name in ("0.png", "1.png", "2.png"):
        at_hand(desk, auditing, name)
        auditing.right()
    assert not auditing.active
    assert auditing.audit is not None
    assert auditing.audit.needs_review == ()


def test_a_correction_is_measured_and_leads_to_the_next(desk: Desk) -> None:
    auditing = drawn(desk)
    auditing.start()
    at_hand(desk, auditing, "0.png")
    desk.ready()
    desk.mask_editor.start_from(1)
    desk.click(50, 40)
    desk.clock.pass_(5)
    desk.mask_editor.accept()
    at_hand(desk, auditing, "1.png")
    auditing.right()
    at_hand(desk, auditing, "2.png")
    desk.session.set_state([1], State.REJECTED)
    desk.wait(lambda: not auditing.active)
    found: list[FolderReport] = []
    desk.context.reporting.ready.connect(found.append)
    desk.context.reporting.read(auditing.audit)
    desk.wait(lambda: bool(found))
    audit = found[0].audit
    assert audit is not None
    ious = sorted(fact.iou for fact in audit.facts if fact.iou is not None)
    assert ious[0] == 0.0
    assert 0 < ious[1] < 1
    assert ious[2] == 1.0
    assert audit.facts[0].seconds == 5.0


def test_it_goes_on_after_a_new_start(new_desk: Callable[[], Desk]) -> None:
    first = new_desk()
    auditing = drawn(first)
    auditing.start()
    at_hand(first, auditing, "0.png")
    # As if a slow disk were still busy with something else when the window closes.
    first.context.io_threads.ask(Urgency.BACKGROUND, lambda: threading.Event().wait(0.3))
    auditing.right()
    first.close()
    second = new_desk()
    auditing = second.context.auditing
    auditing.load()
    second.wait(lambda: auditing.audit is not None)
    auditing.start()
    at_hand(second, auditing, "1.png")


def test_later_brings_another_one_first(desk: Desk) -> None:
    auditing = drawn(desk)
    auditing.start()
    at_hand(desk, auditing, "0.png")
    auditing.later()
    at_hand(desk, auditing, "1.png")
    auditing.right()
    at_hand(desk, auditing, "2.png")
    auditing.right()
    at_hand(desk, auditing, "0.png")


def test_a_folder_without_masks_has_nothing_to_audit(
    qtbot: QtBot, places: Places, tmp_path: Path
) -> None:
    make_images(tmp_path / "empty", 1)
    desk = Desk(qtbot, places).open(tmp_path / "empty")
    problems: list[Problem] = []
    desk.context.auditing.failed.connect(problems.append)
    drawn(desk)
    assert [problem.what for problem in problems] == ["There is no mask that could be audited."]
    desk.close()


def test_the_report_is_written_as_page_and_table(desk: Desk, tmp_path: Path) -> None:
    reporting = desk.context.reporting
    found: list[FolderReport] = []
    written: list[Path] = []
    reporting.ready.connect(found.append)
    reporting.written.connect(written.append)
    reporting.read()
    desk.wait(lambda: bool(found))
    assert found[0].statistics.total.masks == 3
    reporting.write_html(found[0], tmp_path / "report.html")
    reporting.write_csv(found[0], tmp_path / "report.csv")
    desk.wait(lambda: len(written) == 2)
    assert "Masks by stage" in (tmp_path / "report.html").read_text("utf-8")
    assert len((tmp_path / "report.csv").read_text("utf-8").splitlines()) == 4
