"""The model proposes on whole images and folders, while the person goes on working."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.batch.box_sources import DetectorBoxes
from app.batch.image_tasks import (
    Boxes,
    Everything,
    Gather,
    Given,
    Made,
    Propose,
    Resegment,
)
from app.core.document import Document, Evidence, ImageStatus, Source, State
from app.core.errors import Problem
from app.core.mask import Mask
from app.core.prompt import Box, Prompt
from app.core.unsegmented import Unsegmented
from app.inference.questions import Choice
from app.inference.resegment import Recipe
from app.session.jobs.model_tasks import PARTS, Proposing, RunOutcome
from app.storage.places import Places
from model.detection import running
from model.everything import Filters, Grid, Settings
from model.interface import ServerGoneError
from tests.desk import SIZE, Desk, make_images, saved_document
from tests.model.test_detector_limits import endless

FEW = Settings(Grid(points_per_side=2), Filters(predicted_iou=0.5, stability=0.5))


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.below(tmp_path / "user")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_images(tmp_path / "pictures", 4)
    return tmp_path / "pictures"


@pytest.fixture
def desk(qtbot: QtBot, places: Places, folder: Path) -> Iterator[Desk]:
    desk = Desk(qtbot, places).open(folder)
    yield desk
    desk.close()


@dataclass
class Watched:
    """Starts runs and waits for their ends."""

    desk: Desk
    proposing: Proposing
    outcomes: list[RunOutcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.proposing.finished.connect(self.outcomes.append)

    @property
    def paths(self) -> list[Path]:
        return [entry.path for entry in self.desk.navigator.images]

    def outcome(self) -> RunOutcome:
        self.desk.wait(lambda: not self.proposing.running)
        return self.outcomes[-1]


@pytest.fixture
def runs(desk: Desk) -> Watched:
    return Watched(desk, desk.context.proposing)


def square(x: int = 10, side: int = 16) -> Mask:
    return Mask.from_window(np.ones((side, side), np.bool_), x, 12, *SIZE)


def test_candidates_of_the_open_image_change_nothing_until_they_are_chosen(
    desk: Desk, runs: Watched
) -> None:
    task = Gather(FEW)
    assert runs.proposing.start(task)
    assert runs.outcome().changed == 0
    assert task.found is not None
    assert len(task.found.found) > 4
    assert len(desk.document) == 0


def test_every_image_of_the_folder_gets_proposals_and_they_are_on_disk(
    desk: Desk, runs: Watched, folder: Path, places: Places
) -> None:
    runs.proposing.start(Propose(Everything(FEW)), runs.paths)
    outcome = runs.outcome()
    assert (outcome.images, outcome.changed, outcome.problems) == (4, 4, ())
    desk.saved()
    for place, entry in enumerate(desk.navigator.images):
        saved = saved_document(folder, entry.name, places)
        assert {a.state for a in saved} == {State.PROPOSED}
        assert saved.status is ImageStatus.IN_PROGRESS
        assert desk.navigator.images[place].counts == (0, len(saved))
    assert outcome.masks == desk.navigator.images.proposed[1]


def test_proposals_on_an_image_opened_later_are_undone_there(desk: Desk, runs: Watched) -> None:
    runs.proposing.start(Propose(Everything(FEW)), runs.paths[1:2])
    runs.outcome()
    desk.go(1)
    assert len(desk.document) > 0
    assert desk.session.undo_name == "Propose masks"
    desk.session.undo()
    assert len(desk.document) == 0


def test_an_image_with_proposals_is_left_as_it_is_unless_asked_for_again(
    desk: Desk, runs: Watched
) -> None:
    runs.proposing.start(Propose(Everything(FEW)))
    first = runs.outcome().masks
    before = desk.document
    runs.proposing.start(Propose(Everything(FEW)))
    assert runs.outcome().changed == 0
    assert desk.document is before
    runs.proposing.start(Propose(Everything(FEW), again=True))
    assert runs.outcome().masks == first
    assert len(desk.document) == len(before)


def test_clicks_are_answered_while_a_run_goes_on(desk: Desk, runs: Watched) -> None:
    asked: list[str] = []

    class Long:
        name = "long"

        def wants(self, document: Document) -> bool:
            return True

        def run(self, given: Given) -> Made:
            asked.append("begun")
            while "clicked" not in asked:
                given.cancelled()
            return Made()

        def count(self, before: Document, after: Document) -> int:
            return 0

    runs.proposing.start(Long())
    desk.wait(lambda: asked == ["begun"])
    desk.click(30, 20)
    assert desk.mask_editor.mask is not None
    assert runs.proposing.running
    asked.append("clicked")
    runs.outcome()


def test_what_was_accepted_meanwhile_stays(desk: Desk, runs: Watched) -> None:
    runs.proposing.start(Propose(Everything(FEW)))
    accepted = desk.session.add(square(40), Evidence())
    outcome = runs.outcome()
    assert accepted == 1
    assert desk.document.annotation(1).state is State.ACCEPTED
    assert len(desk.document) == 1 + outcome.masks


def test_a_run_that_is_stopped_keeps_what_is_done(desk: Desk, runs: Watched) -> None:
    done: list[int] = []
    runs.proposing.progress.connect(lambda part, total: done.append(part // PARTS))
    runs.proposing.progress.connect(
        lambda part, total: runs.proposing.stop() if part == 2 * PARTS else None
    )
    runs.proposing.start(Propose(Everything(FEW)), runs.paths)
    outcome = runs.outcome()
    assert (outcome.images, outcome.changed) == (2, 2)
    assert max(done) == 2


def test_a_detector_that_never_ends_is_stopped_and_clicks_are_answered(
    desk: Desk, runs: Watched, tmp_path: Path
) -> None:
    runs.proposing.start(Propose(Boxes(DetectorBoxes(endless(tmp_path)))), runs.paths)
    desk.wait(lambda: not desk.host.idle)
    runs.proposing.stop()
    assert runs.outcome().images == 0
    desk.wait(lambda: desk.host.idle)


def test_a_detector_that_takes_too_long_ends_the_run_at_once(
    desk: Desk, runs: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "LIMIT_S", 0.1)
    runs.proposing.start(Propose(Boxes(DetectorBoxes(endless(tmp_path)))), runs.paths)
    outcome = runs.outcome()
    assert outcome.images == 1
    assert "took longer than 0 seconds" in outcome.problems[0][1].what


def test_a_broken_image_costs_itself_only(desk: Desk, runs: Watched) -> None:
    runs.paths[2].write_bytes(b"no image")
    runs.proposing.start(Propose(Everything(FEW)), runs.paths)
    outcome = runs.outcome()
    assert (outcome.images, outcome.changed) == (4, 3)
    assert [name for name, _ in outcome.problems] == ["2.png"]
    assert isinstance(outcome.problems[0][1], Problem)


def test_another_model_takes_over_in_the_middle(desk: Desk, runs: Watched) -> None:
    runs.proposing.start(Propose(Everything(FEW)), runs.paths)
    desk.host.use_model(Choice("another.pth", "another"))
    assert runs.outcome().changed == 4


def test_an_imported_mask_is_segmented_anew_and_the_old_one_kept(desk: Desk, runs: Watched) -> None:
    old = square()
    imported = desk.document.with_added(old, source=Source.IMPORTED)
    desk.session.commit("import", imported.with_added(square(40), source=Source.MANUAL))
    runs.proposing.start(Resegment(Recipe()))
    assert runs.outcome().masks == 1
    new = desk.document.annotation(1)
    found = new.previous
    assert found is not None
    assert found.mask == old
    assert (new.state, desk.document.annotation(2).state) == (State.PROPOSED, State.ACCEPTED)
    assert found.iou == pytest.approx(old.iou(new.mask), abs=1e-3)


def test_boxes_that_wait_get_their_masks(desk: Desk, runs: Watched) -> None:
    box = Unsegmented(1, Prompt(box=Box(10, 10, 40, 40)))
    desk.session.commit("import", desk.document.with_unsegmented([box]))
    runs.proposing.start(Resegment(Recipe()))
    runs.outcome()
    assert desk.document.unsegmented == ()
    assert desk.document.annotation(1).mask.area > 0


def test_a_box_outside_the_image_goes_on_waiting_and_is_told(desk: Desk, runs: Watched) -> None:
    outside = Unsegmented(1, Prompt(box=Box(900, 10, 940, 40)))
    over = Unsegmented(1, Prompt(box=Box(-0.5, 10, 40, 40)))
    desk.session.commit("import", desk.document.with_unsegmented([outside, over]))
    runs.proposing.start(Resegment(Recipe()))
    outcome = runs.outcome()
    assert (outcome.masks, outcome.problems) == (1, ())
    ((_, told),) = outcome.told
    assert told.what == "Objects that lie outside the image and stay as they are: 1."
    assert desk.document.unsegmented == (outside,)


def test_only_chosen_objects_are_segmented_anew(desk: Desk, runs: Watched) -> None:
    document = desk.document.with_added(square()).with_added(square(40))
    desk.session.commit("make", document)
    runs.proposing.start(Resegment(Recipe(), frozenset({2})))
    assert runs.outcome().masks == 1
    assert desk.document.annotation(1) == document.annotation(1)


def test_leaving_the_folder_ends_the_run(desk: Desk, runs: Watched, tmp_path: Path) -> None:
    runs.proposing.start(Propose(Everything(FEW)), runs.paths)
    make_images(tmp_path / "other", 1)
    desk.navigator.open_folder(tmp_path / "other")
    assert runs.outcome().images < 5
    assert not runs.proposing.running


def test_a_run_whose_server_goes_away_waits_and_goes_on_once_it_is_back(runs: Watched) -> None:
    away = ServerGoneError("{server} does not answer", "http://gpu:8765")
    runs.desk.wait(lambda: runs.desk.host.embedding_state == "ready" and runs.desk.host.idle)
    runs.desk.model.failures = [away]
    server, seen = runs.desk.host.server, list[bool]()
    server.changed.connect(lambda: seen.append(server.away))
    runs.proposing.start(Propose(Everything(FEW)), runs.paths)
    # An image that is read ahead may find it back by itself before one looks.
    runs.desk.wait(lambda: seen[:1] == [True])
    runs.desk.wait(lambda: runs.desk.host.idle)
    assert runs.proposing.running or seen[1:] == [False]
    server.again.emit()
    outcome = runs.outcome()
    assert (outcome.images, outcome.problems) == (4, ())
