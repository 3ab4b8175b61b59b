"""Exporting a folder: what somebody looked at by default, image after image, all of it told."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.document import Document, ImageStatus, State
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.core.prompt import Box, Prompt
from app.core.unsegmented import Unsegmented
from app.storage.exchange import coco
from app.storage.exchange.exporting import Choice, FolderImages, export_project, write
from app.storage.exchange.formats import FORMATS
from app.storage.exchange.values import Export, ExportImage
from app.storage.project import Project
from model.interface import Cancelled
from tests.storage.exchange.samples import document_of, ring, save_image, square


def project_in(folder: Path, **documents: Document) -> Project:
    folder.mkdir(exist_ok=True)
    project = Project(folder)
    for name, document in documents.items():
        image = save_image(folder / f"{name}.png")
        project.write_objects(image, document, None)
    project.write_labels(LabelSet().with_added("cat"), None)
    return project


def all_states() -> Document:
    document = document_of(*(square(1, x, 0) for x in range(4)))
    for annotation, state in zip(document, State, strict=True):
        document = document.with_state(annotation.id, state)
    return document


def chosen(document: Document, choice: Choice) -> Document | None:
    found = choice.of(ExportImage("a.png", document))
    return None if found is None else found.document


def test_only_what_somebody_looked_at_is_exported() -> None:
    found = chosen(all_states(), Choice())
    assert found is not None
    assert [each.state for each in found] == [State.ACCEPTED, State.EDITED]


def test_other_states_labels_and_statuses_can_be_chosen() -> None:
    document = all_states().with_label(1, 2).with_status(ImageStatus.DONE)
    proposed = chosen(document, Choice(states=frozenset((State.PROPOSED,))))
    assert proposed is not None
    assert proposed.ids == (1,)
    every = frozenset(State)
    cats = chosen(document, Choice(states=every, labels=frozenset((2,))))
    assert cats is not None
    assert cats.ids == (1,)
    assert chosen(document, Choice(statuses=frozenset((ImageStatus.TODO,)))) is None
    assert chosen(document, Choice(states=frozenset(), empty=False)) is None


def test_what_waits_for_a_mask_is_left_out_unless_asked_for() -> None:
    document = document_of(ring()).with_unsegmented([Unsegmented(1, Prompt(box=Box(1, 1, 2, 2)))])
    left, kept = chosen(document, Choice()), chosen(document, Choice(unsegmented=True))
    assert left is not None
    assert kept is not None
    assert (left.unsegmented, kept.unsegmented) == ((), document.unsegmented)


PROPOSED = document_of(square()).with_state(1, State.PROPOSED)
BOX = Document(6, 6).with_unsegmented([Unsegmented(1, Prompt(box=Box(1, 1, 2, 2)))])
ONLY_SKIPPED = frozenset((ImageStatus.SKIPPED,))


@pytest.mark.parametrize(
    ("document", "choice", "written"),
    [
        (Document(6, 6).with_status(ImageStatus.DONE), Choice(), True),
        (Document(6, 6).with_status(ImageStatus.IN_PROGRESS), Choice(), True),
        (Document(6, 6).with_status(ImageStatus.SKIPPED), Choice(), False),
        (Document(6, 6).with_status(ImageStatus.SKIPPED), Choice(statuses=ONLY_SKIPPED), True),
        (document_of(square()).with_status(ImageStatus.SKIPPED), Choice(), True),
        (PROPOSED, Choice(), False),
        (PROPOSED, Choice(states=frozenset(State)), True),
        (PROPOSED.with_status(ImageStatus.DONE), Choice(), True),
        (document_of(square()).with_state(1, State.REJECTED), Choice(), True),
        (BOX, Choice(), False),
        (BOX, Choice(unsegmented=True, empty=False), True),
    ],
)  # fmt: skip
def test_an_image_counts_as_empty_only_where_somebody_has_said_so(
    document: Document, choice: Choice, *, written: bool
) -> None:
    assert (chosen(document, choice) is not None) is written


def test_images_that_are_no_empty_ones_are_counted(tmp_path: Path) -> None:
    skipped = Document(6, 6).with_status(ImageStatus.SKIPPED)
    project = project_in(tmp_path / "images", a=document_of(ring()), b=PROPOSED, c=skipped)
    names = ["a.png", "b.png", "c.png"]
    report = export_project(project, names, FORMATS["coco"], tmp_path / "out.json")
    assert (report.images, report.unchosen.undecided) == (1, 2)


def test_a_folder_becomes_a_coco_file(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    project = project_in(folder, a=document_of(ring(), label=2), b=all_states())
    save_image(folder / "untouched.png")
    counts: list[int] = []
    target = tmp_path / "out.json"
    report = export_project(
        project,
        ["a.png", "b.png", "untouched.png"],
        FORMATS["coco"],
        target,
        progress=counts.append,
    )
    assert (report.images, report.objects, counts) == (2, 3, [1, 2])
    read = coco.read(target)
    assert [(each.name, len(each.objects)) for each in read.images] == [("a.png", 1), ("b.png", 2)]
    assert read.images[0].objects[0].label == "cat"


def test_images_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    project = project_in(tmp_path / "images", a=document_of(ring()), b=document_of(ring()))
    project.objects_path(project.root / "a.png").write_text('{"annotations": 3}', "utf-8")
    report = export_project(project, ["a.png", "b.png"], FORMATS["sa1b"], tmp_path / "out")
    assert (report.images, [skip.where for skip in report.skipped]) == (1, ["a.png"])


def test_exporting_beside_the_images_leaves_their_objects_alone(tmp_path: Path) -> None:
    project = project_in(tmp_path, a=document_of(ring()))
    save_image(tmp_path / "a.png.jpg")
    project.write_objects(tmp_path / "a.png.jpg", document_of(square()), None)
    before = project.objects_path(tmp_path / "a.png").read_bytes()
    for name in ("sa1b", "labelme", "isat"):
        report = export_project(
            project, ["a.png", "a.png.jpg"], FORMATS[name], tmp_path, overwrite=True
        )
        assert report.images == 2
        assert project.objects_path(tmp_path / "a.png").read_bytes() == before


def test_an_export_can_be_stopped(tmp_path: Path) -> None:
    project = project_in(tmp_path / "images", a=document_of(ring()), b=document_of(ring()))

    def stop(done: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        export_project(
            project, ["a.png", "b.png"], FORMATS["coco"], tmp_path / "o.json", progress=stop
        )
    assert not (tmp_path / "o.json").exists()


def test_a_folder_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    export = Export(LabelSet(), [ExportImage("a.png", document_of(ring()))])
    with pytest.raises(Problem):
        write(FORMATS["sa1b"], export, tmp_path / "file" / "out")


def peak_of_export(target: Path, count: int, form: str = "sa1b") -> int:
    """Memory that writing ``count`` images of 50 objects takes at most."""
    masks = [square(2, x, y, 40) for x in range(0, 20, 2) for y in range(0, 10, 2)]

    def images() -> Iterator[ExportImage]:
        for number in range(count):
            yield ExportImage(f"{number:04}.jpg", document_of(*masks))

    tracemalloc.start()
    try:
        report = FORMATS[form].write(Export(LabelSet(), images()), target)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert report.objects == 50 * count
    return peak


def test_more_images_take_no_more_memory(tmp_path: Path) -> None:
    few, many = peak_of_export(tmp_path / "few", 3), peak_of_export(tmp_path / "many", 30)
    assert many < few + (100 << 10)


def test_one_large_file_takes_its_own_size_and_little_for_each_object(tmp_path: Path) -> None:
    few = peak_of_export(tmp_path / "few.json", 3, "coco")
    many = peak_of_export(tmp_path / "many.json", 63, "coco")
    size = (tmp_path / "many.json").stat().st_size
    assert (many - few - size) / 3000 < 300


def test_the_folder_is_read_while_it_is_written(tmp_path: Path) -> None:
    project = project_in(tmp_path, a=document_of(ring()), b=document_of(ring()))
    images = iter(FolderImages(project, ["a.png", "b.png"]))
    assert next(images).name == "a.png"
    project.objects_path(tmp_path / "b.png").unlink()
    assert list(images) == []
