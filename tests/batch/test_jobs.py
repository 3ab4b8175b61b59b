"""Each job does one image: atomically, once, and without losing what was there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.batch.box_sources import DetectorBoxes
from app.batch.folder import BatchFolder
from app.batch.image_tasks import Boxes, Everything, Propose, Resegment
from app.batch.jobs import Embed, TaskJob, Worker
from app.batch.run import CannotGoOn, Outcome
from app.core.document import Document, ImageStatus, Source, State
from app.core.errors import Problem
from app.core.mask import Mask
from app.core.prompt import Box, Prompt
from app.core.unsegmented import Unsegmented
from app.inference import questions as q
from app.inference.engine import Engine
from app.inference.resegment import By, Recipe
from app.storage.embeddings import EmbeddingFiles
from app.storage.places import Places
from model.everything import Filters, Grid, Settings
from model.interface import Embedding
from model.weights.embedding_file import FORMAT, dumps, loads
from tests.model.detectors import described
from tests.stand_ins import FakeModel

SIZE = (48, 64)
ALL = Filters(predicted_iou=0.85, stability=0, box_iou=1, crop_iou=1)
GRID = Everything(Settings(Grid(points_per_side=2), ALL))
BLOCK = Mask.from_window(np.ones((18, 20), np.bool_), 20, 24, *SIZE)


@pytest.fixture
def model() -> FakeModel:
    return FakeModel()


@pytest.fixture
def folder(tmp_path: Path) -> BatchFolder:
    root = tmp_path / "images"
    root.mkdir()
    for number in range(3):
        Image.new("RGB", SIZE[::-1], (number, 0, 0)).save(root / f"{number}.png")
    return BatchFolder.of([root], Places.below(tmp_path / "home"))


@pytest.fixture
def store(tmp_path: Path) -> EmbeddingFiles[Embedding]:
    return EmbeddingFiles(tmp_path / "cache", dumps, loads, FORMAT, keep_free_bytes=0)


def worker(model: FakeModel, store: EmbeddingFiles[Embedding] | None = None) -> Worker:
    engine = Engine(lambda choice: model, store=store)
    engine.answer(q.Load(q.Choice()), lambda: False)
    return Worker(engine, store)


def automask(folder: BatchFolder, model: FakeModel, task: Propose | None = None) -> TaskJob:
    task = task or Propose(GRID)
    return TaskJob(folder, worker(model), task, "automask", again=task.again)


def relabel(folder: BatchFolder, model: FakeModel, task: Resegment | None = None) -> TaskJob:
    return TaskJob(folder, worker(model), task or Resegment(), "relabel")


def change(folder: BatchFolder, name: str, edit: Callable[[Document], Document]) -> None:
    held = folder.objects(name)
    folder.write(held, edit(held.document))


def objects(folder: BatchFolder, name: str = "0.png") -> Document:
    return folder.objects(name).document


def test_masks_are_proposed_once(folder: BatchFolder, model: FakeModel) -> None:
    job = automask(folder, model)
    assert job("0.png").masks == 4
    document = objects(folder)
    assert {a.state for a in document} == {State.PROPOSED}
    assert document.status is ImageStatus.IN_PROGRESS
    assert job("0.png").outcome is Outcome.BEFORE
    assert objects(folder) == document
    assert model.embeds == 1


def test_other_settings_replace_what_nobody_looked_at_only_if_asked(
    folder: BatchFolder, model: FakeModel
) -> None:
    automask(folder, model)("0.png")
    change(folder, "0.png", lambda document: document.with_state(1, State.ACCEPTED))
    before = objects(folder)
    other = Everything(Settings(Grid(points_per_side=1), ALL))
    assert automask(folder, model, Propose(other))("0.png").outcome is Outcome.LEFT
    assert objects(folder) == before
    assert automask(folder, model, Propose(other, again=True))("0.png").masks == 1
    assert objects(folder).ids == (1, 5)


def test_a_run_over_all_images_goes_on_where_it_was_killed(
    folder: BatchFolder, model: FakeModel
) -> None:
    automask(folder, model)("0.png")
    other = Propose(Everything(Settings(Grid(points_per_side=1), ALL)), again=True)
    for expected in (Outcome.DONE, Outcome.BEFORE):
        job = TaskJob(folder, worker(model), other, "automask")
        assert job("0.png").outcome is expected
    assert TaskJob(folder, worker(model), other, "automask", again=True)("0.png").masks == 1


@pytest.mark.parametrize("status", [ImageStatus.DONE, ImageStatus.SKIPPED])
def test_images_a_person_is_done_with_get_proposals_only_if_asked(
    folder: BatchFolder, model: FakeModel, status: ImageStatus
) -> None:
    change(folder, "0.png", lambda document: document.with_status(status))
    assert automask(folder, model)("0.png").outcome is Outcome.LEFT
    assert (len(objects(folder)), model.embeds) == (0, 0)
    assert automask(folder, model, Propose(GRID, again=True))("0.png").masks == 4


def test_what_was_accepted_and_segmented_anew_since_is_not_replaced(
    folder: BatchFolder, model: FakeModel
) -> None:
    change(folder, "0.png", lambda document: document.with_added(BLOCK, source=Source.AUTOMATIC))
    relabel(folder, model, Resegment(every=True))("0.png")
    first = objects(folder).annotation(1)
    assert first.state is State.PROPOSED
    automask(folder, model, Propose(GRID, again=True))("0.png")
    assert objects(folder).annotation(1) == first


def test_asking_again_does_not_bring_back_what_was_rejected(
    folder: BatchFolder, model: FakeModel
) -> None:
    job = automask(folder, model, Propose(GRID, again=True))
    job("0.png")
    change(folder, "0.png", lambda document: document.with_state([1, 2, 3, 4], State.REJECTED))
    assert job("0.png").masks == 0


@pytest.mark.parametrize(("least", "state"), [(0.9, State.ACCEPTED), (0.95, State.PROPOSED)])
def test_sure_masks_can_be_accepted_at_once(
    folder: BatchFolder, model: FakeModel, least: float, state: State
) -> None:
    automask(folder, model, Propose(GRID, accept_iou=least))("0.png")
    assert {a.state for a in objects(folder)} == {state}


def test_a_detectors_classes_become_labels(
    folder: BatchFolder, model: FakeModel, tmp_path: Path
) -> None:
    root = folder.project.root
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[8:16, 24:32] = (255, 0, 0)
    Image.fromarray(pixels).save(root / "0.png")
    detector = DetectorBoxes(described(tmp_path), [7])
    automask(folder, model, Propose(Boxes(detector)))("0.png")
    (found,) = objects(folder)
    assert (found.label_id, found.mask.bounds) == (7, (24, 8, 32, 16))


def imported(document: Document) -> Document:
    return document.with_added(BLOCK, 2, source=Source.IMPORTED).with_added(BLOCK)


def test_imported_masks_are_segmented_anew_once(folder: BatchFolder, model: FakeModel) -> None:
    change(folder, "0.png", imported)
    job = relabel(folder, model)
    assert job("0.png").masks == 1
    first, second = objects(folder)
    assert (first.state, second.state) == (State.PROPOSED, State.ACCEPTED)
    before = first.previous
    assert before is not None
    assert before.mask == BLOCK
    assert job("0.png").outcome is Outcome.BEFORE


def test_every_object_can_be_segmented_anew(folder: BatchFolder, model: FakeModel) -> None:
    change(folder, "0.png", imported)
    assert relabel(folder, model, Resegment(every=True))("0.png").masks == 2


def test_what_a_person_corrected_is_left_alone(folder: BatchFolder, model: FakeModel) -> None:
    change(folder, "0.png", lambda d: imported(d).with_state(1, State.EDITED))
    assert relabel(folder, model)("0.png").masks == 0


def test_masks_that_agree_can_be_taken_at_once(folder: BatchFolder, model: FakeModel) -> None:
    change(folder, "0.png", imported)
    relabel(folder, model, Resegment(Recipe(By.BOX), accept_iou=0.8))("0.png")
    first = objects(folder).annotations[0]
    assert first.mask.iou(BLOCK) >= 0.8
    assert (first.state, first.previous) == (State.ACCEPTED, None)


def test_waiting_boxes_get_their_masks(folder: BatchFolder, model: FakeModel) -> None:
    given = [
        Unsegmented(3, Prompt(box=Box(16, 16, 48, 40))),
        Unsegmented(3, Prompt(box=Box(900, 900, 910, 910))),
    ]
    change(folder, "0.png", lambda document: document.with_unsegmented(given))
    assert relabel(folder, model)("0.png").masks == 1
    document = objects(folder)
    assert [a.label_id for a in document] == [3]
    assert document.unsegmented == (given[1],)


def test_boxes_outside_the_image_are_counted_and_go_on_waiting(
    folder: BatchFolder, model: FakeModel
) -> None:
    boxes = [Box(-0.5, -0.5, 20, 20), Box(200, 10, 220, 30), Box(30, 30, 64.01, 64)]
    waits = [Unsegmented(1, Prompt(box=box)) for box in boxes]
    change(folder, "0.png", lambda document: document.with_unsegmented(waits))
    result = relabel(folder, model)("0.png")
    assert (result.masks, result.unanswered, result.outside) == (2, 0, 1)
    assert objects(folder).unsegmented == (waits[1],)


def test_an_image_without_anything_to_segment_is_not_written(
    folder: BatchFolder, model: FakeModel
) -> None:
    assert relabel(folder, model)("0.png").masks == 0
    assert [path.name for path in folder.project.root.glob("*.json")] == []
    assert model.embeds == 0


def test_embeddings_are_kept_and_not_computed_twice(
    folder: BatchFolder, model: FakeModel, store: EmbeddingFiles[Embedding]
) -> None:
    for expected in (Outcome.DONE, Outcome.BEFORE):
        assert Embed(folder, worker(model, store))("0.png").outcome is expected
    assert model.embeds == 1


def test_an_embedding_that_cannot_be_kept_is_a_failure(
    folder: BatchFolder, model: FakeModel, tmp_path: Path
) -> None:
    small = EmbeddingFiles[Embedding](
        tmp_path / "small", dumps, loads, FORMAT, limit_bytes=1, keep_free_bytes=0
    )
    with pytest.raises(Problem, match="could not be kept"):
        Embed(folder, worker(model, small))("0.png")


def test_a_model_that_fails_is_a_problem_of_that_image(
    folder: BatchFolder, model: FakeModel
) -> None:
    job = automask(folder, model)
    model.failures = [RuntimeError("no memory")]
    with pytest.raises(Problem, match="no memory"):
        job("0.png")
    assert not (folder.project.root / "0.png.json").exists()
    assert job("0.png").masks == 4


def test_a_folder_that_vanishes_ends_the_run(
    folder: BatchFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = folder.objects("0.png")

    def full(*arguments: object) -> None:
        raise Problem("The disk is full.")

    monkeypatch.setattr(folder.project, "write_objects", full)
    with pytest.raises(CannotGoOn, match="full"):
        folder.write(held, imported(held.document))


def test_a_folder_without_images_is_a_problem(tmp_path: Path) -> None:
    for paths in ([tmp_path], [tmp_path / "gone"], []):
        with pytest.raises(Problem):
            BatchFolder.of(paths, Places.below(tmp_path / "home"))
