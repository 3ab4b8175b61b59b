"""Another program's file taken over: told before, all or nothing per image, taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.batch.image_tasks import Resegment
from app.batch.importing import Planned
from app.core.document import Document, Evidence, Source, State
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.inference.resegment import Recipe
from app.session.jobs.importing import Importer
from app.storage.exchange.exporting import Choice, export_project, write
from app.storage.exchange.formats import FORMATS
from app.storage.exchange.importing import ImportOptions
from app.storage.exchange.values import Export, ExportImage
from app.storage.places import Places
from app.storage.project import Project
from tests.desk import SIZE, Desk, make_images, saved_document


def square(x: int, y: int = 10, side: int = 16) -> Mask:
    return Mask.from_window(np.ones((side, side), np.bool_), x, y, *SIZE)


def write_coco(target: Path, images: int) -> Path:
    """A data set with a mask on each image, and a box on the first."""
    height, width = SIZE
    entries = [
        {"id": n, "file_name": f"{n}.png", "height": height, "width": width} for n in range(images)
    ]
    annotations: list[dict[str, object]] = []
    for n in range(images):
        rle = {"size": [height, width], "counts": square(8 + n % 30).counts}
        annotations.append(
            {
                "id": n + 1,
                "image_id": n,
                "category_id": 1 + n % 2,
                "segmentation": rle,
                "attributes": {"number": n},
            }
        )
    annotations.append({"id": 9999, "image_id": 0, "category_id": 1, "bbox": [30, 20, 20, 16]})
    annotations.append({"id": 10000, "image_id": 77777, "category_id": 1, "bbox": [0, 0, 2, 2]})
    categories = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    data = {"images": entries, "annotations": annotations, "categories": categories}
    target.write_text(json.dumps(data), "utf-8")
    return target


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.below(tmp_path / "user")


def opened(qtbot: QtBot, places: Places, folder: Path, images: int) -> Desk:
    make_images(folder, images)
    desk = Desk(qtbot, places).open(folder)
    desk.wait(lambda: len(desk.navigator.images) == images)
    return desk


@pytest.fixture
def desk(qtbot: QtBot, places: Places, tmp_path: Path) -> Iterator[Desk]:
    desk = opened(qtbot, places, tmp_path / "pictures", 3)
    yield desk
    desk.close()


def planned(desk: Desk, path: Path, options: ImportOptions | None = None) -> Planned:
    found: list[object] = []
    importer = desk.context.importer
    importer.planned.connect(found.append)
    importer.failed.connect(found.append)
    importer.plan(path, None, options or ImportOptions())
    desk.wait(lambda: bool(found), 60)
    result = found[0]
    if isinstance(result, Problem):
        raise result
    assert isinstance(result, Planned)
    return result


def finish(desk: Desk, importer: Importer) -> None:
    desk.wait(lambda: not importer.running, 60)


def test_a_plan_tells_everything_and_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    found = planned(desk, write_coco(tmp_path / "coco.json", 3))
    assert found.form.name == "coco"
    assert (found.plan.added, found.plan.unsegmented, len(found.plan.changes)) == (3, 1, 3)
    assert [skip.where for skip in found.plan.skipped] == ["annotation with id 10000"]
    assert desk.session.labels.named("cat") is None
    assert len(desk.document) == 0


def test_the_open_image_and_the_others_are_changed_and_saved(
    desk: Desk, tmp_path: Path, places: Places
) -> None:
    importer = desk.context.importer
    assert importer.apply(planned(desk, write_coco(tmp_path / "coco.json", 3)))
    finish(desk, importer)
    desk.saved()
    assert [a.mask for a in desk.document] == [square(8)]
    for name in ("0.png", "1.png", "2.png"):
        saved = saved_document(tmp_path / "pictures", name, places)
        assert [(a.source, a.state) for a in saved] == [(Source.IMPORTED, State.PROPOSED)]
    assert desk.navigator.images.proposed == (3, 3)
    assert desk.session.labels.named("dog") is not None


def test_one_image_is_undone_alone_and_the_whole_import_at_once(desk: Desk, tmp_path: Path) -> None:
    importer = desk.context.importer
    importer.apply(planned(desk, write_coco(tmp_path / "coco.json", 3)))
    finish(desk, importer)
    desk.session.undo()
    assert len(desk.document) == 0
    desk.session.redo()
    desk.saved()
    importer.undo()
    finish(desk, importer)
    desk.saved()
    assert desk.navigator.images.proposed == (0, 0)
    desk.go(2)
    assert len(desk.document) == 0


@pytest.mark.parametrize("form", ["sa1b", "coco", "labelme", "isat"])
def test_an_import_in_any_format_is_taken_back_also_where_it_was_left(
    desk: Desk, tmp_path: Path, form: str
) -> None:
    names = [f"{n}.png" for n in range(3)]
    crop = (0.0, 0.0, float(SIZE[1]), float(SIZE[0]))
    evidence = Evidence(predicted_iou=0.5, crop_box=crop)
    documents = [Document(*SIZE).with_added(square(n), evidence=evidence) for n in range(3)]
    export = Export(LabelSet(), map(ExportImage, names, documents))
    target = tmp_path / f"out{FORMATS[form].suffix}"
    write(FORMATS[form], export, target)
    importer, applied = desk.context.importer, list[tuple[int, int]]()
    importer.finished.connect(lambda changed, left: applied.append((changed, left)))
    importer.apply(planned(desk, target))
    finish(desk, importer)
    desk.saved()
    importer.undo()
    finish(desk, importer)
    assert applied == [(3, 0), (3, 0)]
    assert desk.navigator.images.proposed == (0, 0)


def test_labels_that_only_the_import_had_brought_go_with_it(
    desk: Desk, tmp_path: Path, places: Places
) -> None:
    own = desk.session.folder_labels.add("mine")
    importer, before = desk.context.importer, desk.session.labels
    importer.apply(planned(desk, write_coco(tmp_path / "coco.json", 3)))
    finish(desk, importer)
    assert {"cat", "dog"} <= {label.name for label in desk.session.labels}
    importer.undo()
    finish(desk, importer)
    assert desk.session.labels.labels == before.labels
    assert desk.session.labels.label(own or 0).name == "mine"
    desk.saved()
    project = Project.of(tmp_path / "pictures", places)
    assert [label.name for label in project.read_labels().labels] == ["object", "mine"]
    desk.session.undo()
    assert desk.session.labels.named("cat") is not None


def test_a_label_of_the_import_stays_where_it_is_used_or_was_changed(
    desk: Desk, tmp_path: Path
) -> None:
    importer = desk.context.importer
    importer.apply(planned(desk, write_coco(tmp_path / "coco.json", 3)))
    finish(desk, importer)
    cat, dog = (desk.session.labels.named(name) for name in ("cat", "dog"))
    assert cat is not None
    assert dog is not None
    desk.go(2)
    desk.ready()
    desk.session.folder_labels.activate(cat.id)
    desk.label(50, 40)
    desk.session.folder_labels.rename(dog.id, "hound")
    desk.go(0)
    desk.saved()
    importer.undo()
    finish(desk, importer)
    assert [label.name for label in desk.session.labels] == ["object", "cat", "hound"]


def test_an_image_edited_after_the_import_keeps_its_edit(desk: Desk, tmp_path: Path) -> None:
    importer = desk.context.importer
    importer.apply(planned(desk, write_coco(tmp_path / "coco.json", 3)))
    finish(desk, importer)
    desk.label(50, 40)
    desk.saved()
    applied: list[tuple[int, int]] = []
    importer.finished.connect(lambda changed, left: applied.append((changed, left)))
    importer.undo()
    finish(desk, importer)
    assert applied == [(2, 1)]
    assert len(desk.document) == 2


def test_what_is_no_annotation_is_refused_with_a_reason(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text('{"hello": 1}', "utf-8")
    with pytest.raises(Problem, match="no format that is known"):
        planned(desk, tmp_path / "notes.json")
    assert not desk.context.importer.running


def test_accepted_masks_are_not_in_the_queue(desk: Desk, tmp_path: Path) -> None:
    path = write_coco(tmp_path / "coco.json", 3)
    desk.context.importer.apply(planned(desk, path, ImportOptions(State.ACCEPTED)))
    finish(desk, desk.context.importer)
    assert desk.navigator.images.proposed == (0, 0)
    assert desk.navigator.images[0].counts == (1, 0)


@pytest.fixture
def large(qtbot: QtBot, places: Places, tmp_path: Path) -> Iterator[Desk]:
    desk = opened(qtbot, places, tmp_path / "many", 200)
    desk.wait(lambda: desk.navigator.listing_done)
    desk.go(0)
    yield desk
    desk.close()


@pytest.mark.slow
def test_a_relabeling_session_over_a_data_set_of_200_images(
    large: Desk, places: Places, tmp_path: Path
) -> None:
    importer, proposing, queue = (
        large.context.importer,
        large.context.proposing,
        large.context.review,
    )
    path = write_coco(tmp_path / "coco.json", 200)
    importer.apply(planned(large, path, ImportOptions(State.ACCEPTED)))
    finish(large, importer)
    large.wait(lambda: not large.context.saver.unsaved, 120)
    proposing.start(Resegment(Recipe()), [entry.path for entry in large.navigator.images])
    large.wait(lambda: not proposing.running, 240)
    large.wait(lambda: not large.context.saver.unsaved, 120)
    assert large.navigator.images.proposed == (200, 201)
    assert large.document.unsegmented == ()
    for n in (0, 137, 199):
        new = saved_document(tmp_path / "many", f"{n}.png", places).annotations[0]
        old = new.previous
        assert old is not None
        assert old.mask is not None
        assert (old.mask, new.mask != old.mask) == (square(8 + n % 30), True)
        assert old.iou == pytest.approx(new.mask.iou(old.mask), abs=1e-4)
        assert new.attributes == {"number": n}
    queue.start()
    seen: list[str] = []
    for decide in (queue.accept, queue.accept, queue.keep_old, queue.reject, queue.keep_old):
        large.wait(lambda: queue.current is not None)
        assert large.session.image_path is not None
        seen.append(large.session.image_path.name)
        decide()
    assert seen == ["0.png", "0.png", "1.png", "2.png", "3.png"]
    large.saved()
    states = [
        [a.state for a in saved_document(tmp_path / "many", f"{n}.png", places)] for n in range(4)
    ]
    accepted, rejected = State.ACCEPTED, State.REJECTED
    assert states == [[accepted, accepted], [accepted], [rejected], [accepted]]
    assert saved_document(tmp_path / "many", "1.png", places).annotation(1).mask == square(9)
    target = tmp_path / "relabelled.json"
    names = [entry.name for entry in large.navigator.images]
    export_project(
        Project.of(tmp_path / "many", places),
        names,
        FORMATS["coco"],
        target,
        choice=Choice(states=frozenset((State.ACCEPTED, State.PROPOSED))),
    )
    sent = {each["id"]: each for each in json.loads(path.read_text("utf-8"))["annotations"]}
    back = json.loads(target.read_text("utf-8"))["annotations"]
    assert {each["id"] for each in back} == set(sent) - {3, 10000}
    assert all(each.get("attributes") == sent[each["id"]].get("attributes") for each in back)
