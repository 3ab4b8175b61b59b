"""A relabelling session over another program's file: stopped, gone on with, never twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image

from app.batch.folder import BatchFolder
from app.batch.image_tasks import Resegment
from app.batch.importing import Taking, take_over
from app.batch.jobs import TaskJob, Worker
from app.batch.run import Outcome, Tally, steps
from app.core import review
from app.core.details import Flag
from app.core.document import Document, Source, State
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.inference import questions as q
from app.inference.engine import Engine
from app.inference.resegment import By, Recipe
from app.storage.object_store import StoreGoneError
from app.storage.places import Places
from model.interface import Cancelled
from tests.stand_ins import FakeModel

WIDTH, HEIGHT = 64, 48
SQUARE = [16, 16, 40, 16, 40, 40, 16, 40]


def coco(folder: Path, images: int) -> Path:
    """On each image a polygon of a cat, with notes, and a box of a dog."""
    content: dict[str, list[dict[str, object]]] = {
        "images": [],
        "annotations": [],
        "categories": [{"id": 5, "name": "cat"}, {"id": 9, "name": "dog", "supercategory": "pet"}],
    }
    for number in range(images):
        name = f"{number:03}.png"
        Image.new("RGB", (WIDTH, HEIGHT), (number % 256, 0, 0)).save(folder / name)
        content["images"].append(
            {"id": number + 1, "file_name": name, "width": WIDTH, "height": HEIGHT}
        )
        shared = {"image_id": number + 1, "iscrowd": 0}
        content["annotations"] += [
            {
                **shared,
                "id": 2 * number + 1,
                "category_id": 5,
                "segmentation": [SQUARE],
                "bbox": [16, 16, 24, 24],
                "area": 576,
                "attributes": {"occluded": True},
            },
            {**shared, "id": 2 * number + 2, "category_id": 9, "bbox": [8, 8, 30, 20], "area": 600},
        ]
    path = folder.parent / "annotations.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def opened(tmp_path: Path) -> BatchFolder:
    return BatchFolder.of([tmp_path / "images"], Places.below(tmp_path / "home"))


def worker() -> Worker:
    engine = Engine(lambda choice: FakeModel())
    engine.answer(q.Load(q.Choice()), lambda: False)
    return Worker(engine)


def relabel(folder: BatchFolder, taking: Taking, recipe: Recipe | None = None) -> TaskJob:
    return TaskJob(folder, worker(), Resegment(recipe or Recipe()), "relabel", taking=taking)


def go(folder: BatchFolder, source: Path, images: int | None = None) -> Tally:
    """Relabel; stop after so many images."""
    job = relabel(folder, take_over(folder, source), Recipe(By.BOX))
    tally = Tally()
    try:
        for step in steps(folder.names, job, lambda: tally.done == images):
            assert step.problem is None
            tally.add(step)
    except Cancelled:
        pass
    return tally


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    return coco(tmp_path / "images", 3)


def test_a_file_with_many_images_is_relabelled_in_two_sittings(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    source = coco(tmp_path / "images", 100)
    first = go(opened(tmp_path), source, 40)
    assert (first.done, first.masks) == (40, 80)
    second = go(opened(tmp_path), source)
    assert (second.before, second.done, second.masks) == (40, 60, 120)
    folder = opened(tmp_path)
    progress = sum(
        (review.state_counts(folder.objects(name).document) for name in folder.names),
        review.StateCounts(),
    )
    assert (progress.proposed, progress.total) == (200, 200)


def test_ids_classes_and_notes_survive(tmp_path: Path, small: Path) -> None:
    folder = opened(tmp_path)
    go(folder, small)
    labels = folder.project.read_labels().labels
    assert [label.name for label in labels] == [LabelSet().labels[0].name, "cat", "dog"]
    cat, dog = folder.objects("001.png").document
    assert (labels.label(cat.label_id).name, labels.label(dog.label_id).name) == ("cat", "dog")
    assert cat.details.flags == {Flag.OCCLUDED}
    coco_of = [a.extra["coco"] for a in (cat, dog)]
    assert [each["id"] for each in coco_of if isinstance(each, Mapping)] == [3, 4]
    assert {a.source for a in (cat, dog)} == {Source.IMPORTED}
    old = cat.previous
    assert old is not None
    assert old.mask is not None
    assert old.mask.area == 576
    assert folder.objects("001.png").document.unsegmented == ()


def test_the_same_file_is_not_taken_over_twice(tmp_path: Path, small: Path) -> None:
    go(opened(tmp_path), small)
    folder = opened(tmp_path)
    held = folder.objects("000.png")
    folder.write(held, review.accepted(held.document, [1, 2]))
    reviewed = folder.objects("000.png").document
    assert go(opened(tmp_path), small).before == 3
    assert folder.objects("000.png").document == reviewed


def test_another_file_adds_to_what_was_reviewed(tmp_path: Path, small: Path) -> None:
    go(opened(tmp_path), small)
    folder = opened(tmp_path)
    held = folder.objects("000.png")
    folder.write(held, review.accepted(held.document, [1, 2]))
    content = json.loads(small.read_text("utf-8"))
    content["annotations"] = [
        {"id": 77, "image_id": 1, "category_id": 5, "iscrowd": 0, "bbox": [2, 2, 20, 20]}
    ]
    other = small.with_name("other.json")
    other.write_text(json.dumps(content), encoding="utf-8")
    tally = go(opened(tmp_path), other)
    assert (tally.done, tally.before, tally.masks) == (1, 2, 1)
    states = [a.state for a in folder.objects("000.png").document]
    assert states == [State.ACCEPTED, State.ACCEPTED, State.PROPOSED]


def test_what_was_changed_since_the_file_was_read_is_left_alone(
    tmp_path: Path, small: Path
) -> None:
    folder = opened(tmp_path)
    go(folder, small)
    taking = take_over(opened(tmp_path), small.with_name("annotations.json"))
    assert taking.changes == {}
    content = json.loads(small.read_text("utf-8"))
    content["annotations"][0]["segmentation"] = [[0, 0, 9, 0, 9, 9]]
    small.write_text(json.dumps(content), encoding="utf-8")
    taking = take_over(opened(tmp_path), small)
    held = folder.objects("000.png")
    folder.write(held, held.document.without(1))
    job = relabel(opened(tmp_path), taking)
    found = [*steps(["000.png"], job)]
    assert found[0].result.outcome is Outcome.FAILED
    assert "changed meanwhile" in str(found[0].problem)


def test_what_is_no_file_of_objects_is_a_problem(tmp_path: Path, small: Path) -> None:
    with pytest.raises(Problem):
        take_over(opened(tmp_path), small.with_name("gone.json"))
    with pytest.raises(Problem, match="no format"):
        take_over(opened(tmp_path), small, "unheard-of")


def test_a_store_that_is_away_is_no_failure_of_an_image(tmp_path: Path, small: Path) -> None:
    def away() -> Document:
        raise StoreGoneError("the store does not answer")

    taking = take_over(opened(tmp_path), small)
    with pytest.raises(StoreGoneError):
        taking.worked_out(next(iter(taking.changes)), away)
