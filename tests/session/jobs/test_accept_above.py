"""Accepting above a score in the whole folder: counted first, one step, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.core.document import Annotation, Document, Evidence, ImageStatus, State
from app.core.mask import Mask
from app.core.previous import Previous
from app.core.review import Filter, above
from app.session.jobs.accept_above import AcceptPreview
from app.storage.places import Places
from app.storage.project import Project
from tests.desk import SIZE, Desk, make_images, saved_document

IMAGES = 4
SCORES = (0.95, 0.9, 0.5)


def square(x: int) -> Mask:
    return Mask.from_window(np.ones((8, 8), np.bool_), x, 4, *SIZE)


def waiting() -> Document:
    """A sure proposal, one that is locked, one that is not sure; one rejected, one accepted."""
    document = Document(*SIZE)
    for place, (score, state) in enumerate(
        zip((*SCORES, 0.99, 0.99), (*[State.PROPOSED] * 3, State.REJECTED, State.ACCEPTED),
            strict=True)
    ):  # fmt: skip
        evidence = Evidence(predicted_iou=score)
        document = document.with_added(square(10 * place), state=state, evidence=evidence)
    document = document.with_locked([2], True)
    # What it would replace is known until it is accepted.
    old = Previous(square(1), iou=0.8)
    first: Annotation = replace(document.annotations[0], previous=old)
    return document.with_replaced(first).with_status(ImageStatus.IN_PROGRESS)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.below(tmp_path / "user")


@pytest.fixture
def folder(tmp_path: Path, places: Places) -> Path:
    root = tmp_path / "pictures"
    project = Project.of(root, places) if root.is_dir() else None
    for path in make_images(root, IMAGES):
        project = project or Project.of(root, places)
        if path.name != "3.png":
            project.write_objects(path, waiting(), None)
    return root


@pytest.fixture
def desk(qtbot: QtBot, places: Places, folder: Path) -> Iterator[Desk]:
    desk = Desk(qtbot, places).open(folder)
    desk.wait(lambda: len(desk.navigator.images) == IMAGES)
    yield desk
    desk.close()


def counted(desk: Desk, least: float, chosen: Filter | None = None) -> AcceptPreview:
    found: list[AcceptPreview] = []
    accepting = desk.context.accepting
    accepting.counted.connect(found.append)
    accepting.count(above(chosen or Filter(), least))
    desk.wait(lambda: bool(found))
    accepting.counted.disconnect(found.append)
    return found[-1]


def done(desk: Desk) -> None:
    desk.wait(lambda: not desk.context.accepting.running)
    desk.saved()


def states(document: Document) -> list[State]:
    return [each.state for each in document]


def test_it_is_said_before_what_would_be_done(desk: Desk) -> None:
    found = counted(desk, 0.9)
    assert (found.objects, len(found.steps), found.left, found.left_images) == (3, 3, 6, 3)
    assert (dict(found.by_label), found.worst_iou, found.unclear) == ({1: 3}, 0.95, 0)
    nothing = counted(desk, 0.97)
    assert (nothing.steps, nothing.best_iou) == ([], 0.95)
    assert counted(desk, 0.0, Filter(labels=frozenset((7,)))).objects == 0


def test_only_free_proposals_are_accepted_on_every_image(
    desk: Desk, folder: Path, places: Places
) -> None:
    desk.go(1)
    desk.context.accepting.accept(counted(desk, 0.9))
    done(desk)
    expected = [State.ACCEPTED, *[State.PROPOSED] * 2, State.REJECTED, State.ACCEPTED]
    for name in ("0.png", "1.png", "2.png"):
        document = saved_document(folder, name, places)
        assert states(document) == expected
        assert document.annotations[0].previous is None
        assert document.status is ImageStatus.IN_PROGRESS
    assert states(desk.document) == expected
    assert desk.navigator.images.proposed == (3, 6)


def test_an_image_on_which_nothing_waits_any_more_is_done(
    desk: Desk, folder: Path, places: Places
) -> None:
    project = Project.of(folder, places)
    loaded = project.read_objects(folder / "2.png", *SIZE)
    project.write_objects(folder / "2.png", loaded.document.without([2, 3]), loaded.token)
    desk.context.accepting.accept(counted(desk, 0.9))
    done(desk)
    assert saved_document(folder, "2.png", places).status is ImageStatus.DONE


def test_all_of_it_is_taken_back_at_once(desk: Desk, folder: Path, places: Places) -> None:
    desk.go(1)
    desk.context.accepting.accept(counted(desk, 0.9))
    done(desk)
    assert desk.context.accepting.can_undo
    desk.context.accepting.undo()
    done(desk)
    assert not desk.context.accepting.can_undo
    for name in ("0.png", "1.png", "2.png"):
        assert saved_document(folder, name, places).annotations == waiting().annotations
    assert desk.navigator.images.proposed == (3, 9)


def test_each_image_can_be_undone_by_itself(desk: Desk, folder: Path, places: Places) -> None:
    desk.context.accepting.accept(counted(desk, 0.9))
    done(desk)
    desk.go(2)
    desk.session.undo()
    desk.saved()
    assert saved_document(folder, "2.png", places).annotations == waiting().annotations
    assert states(saved_document(folder, "0.png", places))[0] is State.ACCEPTED
    desk.context.accepting.undo()
    done(desk)
    assert states(saved_document(folder, "0.png", places))[0] is State.PROPOSED


def test_what_was_edited_meanwhile_stays(desk: Desk, folder: Path, places: Places) -> None:
    found = counted(desk, 0.9)
    outcome: list[tuple[int, int]] = []
    desk.context.accepting.finished.connect(lambda *each: outcome.append(each))
    desk.session.set_state([1], State.REJECTED)
    desk.context.accepting.accept(found)
    done(desk)
    assert outcome == [(2, 1)]
    assert states(saved_document(folder, "0.png", places))[0] is State.REJECTED


def test_an_image_that_cannot_be_read_is_counted(desk: Desk, folder: Path) -> None:
    (folder / "2.png.json").write_text("{", "utf-8")
    found = counted(desk, 0.9)
    assert (found.unclear, found.objects) == (1, 2)


def test_the_newest_question_is_the_one_answered(desk: Desk) -> None:
    answered: list[AcceptPreview] = []
    desk.context.accepting.counted.connect(answered.append)
    for least in (0.1, 0.2, 0.9):
        desk.context.accepting.count(above(Filter(), least))
    desk.wait(lambda: bool(answered))
    assert [each.chosen for each in answered] == [above(Filter(), 0.9)]
