"""SA-1B's files: lossless both ways, and what the data set's own tools write is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from app.core.document import Document
from app.core.errors import Problem
from app.core.evidence import Evidence
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.core.prompt import Point, Prompt, Step
from app.storage.exchange import sa1b
from app.storage.exchange.records import REFUSALS, Records
from app.storage.exchange.values import Export, ExportImage
from tests.storage.exchange.samples import (
    any_mask,
    document_of,
    export_of,
    label_names,
    ring,
    survives,
)

OFFICIAL: dict[str, Any] = {
    "image": {"image_id": 7, "width": 5, "height": 4, "file_name": "sa_7.jpg", "source": "x"},
    "annotations": [
        {
            "id": 70,
            "segmentation": {"size": [4, 5], "counts": "5220003"},
            "bbox": [1, 1, 2, 1],
            "area": 6,
            "predicted_iou": 0.98,
            "stability_score": 0.97,
            "crop_box": [0, 0, 5, 4],
            "point_coords": [[2.5, 1.5]],
            "mood": "calm",
        }
    ],
}


def parse(whole: object, name: str = "sa_7.json") -> Any:
    return sa1b.parse(json.dumps(whole).encode(), name, Records())


def test_a_file_of_the_data_set_is_read_with_its_scores_and_points() -> None:
    image = parse(OFFICIAL)
    (found,) = image.objects
    assert (image.name, image.size) == ("sa_7.jpg", (4, 5))
    assert (found.mask.counts, found.label) == ("5220003", "object")
    assert (found.evidence.predicted_iou, found.evidence.stability_score) == (0.98, 0.97)
    assert found.evidence.crop_box == (0, 0, 5, 4)
    assert found.evidence.points == (Point(2.5, 1.5),)


def test_everything_in_it_survives_the_way_through(tmp_path: Path) -> None:
    image = parse(OFFICIAL)
    (found,) = image.objects
    document = Document(4, 5, extra=image.extra).with_added(
        found.mask, evidence=found.evidence, extra=found.extra
    )
    sa1b.write(Export(LabelSet(), [ExportImage("sa_7.jpg", document)]), tmp_path)
    written = json.loads((tmp_path / "sa_7.json").read_text("utf-8"))
    record = OFFICIAL["annotations"][0] | {"bbox": [1, 1, 3, 2], "label": "object"}
    assert written == {"image": OFFICIAL["image"], "annotations": [record]}


def test_a_bare_list_takes_its_image_from_the_files_name() -> None:
    image = parse(OFFICIAL["annotations"], "sub/sa_7.json")
    assert (image.name, image.size, len(image.objects)) == ("sub/sa_7", (4, 5), 1)


def test_images_of_one_stem_get_a_file_each(tmp_path: Path) -> None:
    images = [ExportImage(name, document_of(ring())) for name in ("b/a.jpg", "b/a.png", "a.jpg")]
    report = sa1b.write(Export(LabelSet(), images), tmp_path)
    names = [path.relative_to(tmp_path).as_posix() for path in report.files]
    assert names == ["b/a.json", "b/a_png.json", "a.json"]
    assert [image.name for image in sa1b.read(tmp_path).images] == ["a.jpg", "b/a.jpg", "b/a.png"]


def test_a_folder_keeps_what_is_good_and_says_what_is_not(tmp_path: Path) -> None:
    sa1b.write(export_of(ring()), tmp_path)
    (tmp_path / "bad.json").write_text('{"image": 3}', "utf-8")
    (tmp_path / "deep.json").write_text("[" * 100_000, "utf-8")
    read = sa1b.read(tmp_path)
    assert [image.name for image in read.images] == ["a.jpg"]
    assert [skip.where for skip in read.skipped] == ["bad.json", "deep.json"]


def test_one_bad_annotation_costs_itself(tmp_path: Path) -> None:
    bad = {"id": 3, "segmentation": {"size": [4, 5], "counts": [1e999, -5]}}
    path = tmp_path / "a.json"
    path.write_text(
        json.dumps(OFFICIAL | {"annotations": [*OFFICIAL["annotations"], bad]}).replace(
            "Infinity", "1e999"
        )
    )
    read = sa1b.read(path)
    assert read.objects == 1
    assert [skip.where for skip in read.skipped] == ["annotation with id 3"]


def test_a_file_that_is_something_else_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("<html>", "utf-8")
    with pytest.raises(Problem, match=r"a\.json cannot be read"):
        sa1b.read(path)


@pytest.mark.parametrize("name", ["../a.jpg", "/etc/a.jpg", "C:\\a.jpg", "a\0.jpg", "\udcff.jpg"])
def test_no_file_is_written_outside_the_folder(tmp_path: Path, name: str) -> None:
    images = [ExportImage(name, document_of(ring()))]
    report = sa1b.write(Export(LabelSet(), images), tmp_path / "out")
    assert (report.images, len(report.skipped)) == (0, 1)
    assert [path.name for path in tmp_path.rglob("*")] == ["out"]


def test_a_file_cut_short_anywhere_is_refused() -> None:
    survives(
        lambda data: sa1b.parse(data, "a.json", Records()), json.dumps(OFFICIAL).encode(), *REFUSALS
    )


@given(any_mask.filter(lambda mask: mask.area > 0), label_names)
def test_any_mask_and_label_come_back(
    tmp_path_factory: pytest.TempPathFactory, mask: Mask, label: str
) -> None:
    folder = tmp_path_factory.mktemp("sa1b")
    evidence = Evidence(
        prompts=(Step(Prompt.of(Point(0.5, 1))),), predicted_iou=1.02, stability_score=0.5
    )
    labels = LabelSet().with_added(label) if label.strip() != "object" else LabelSet()
    label_id = labels.labels[-1].id
    document = Document(*mask.size).with_added(
        mask, label_id, evidence=evidence, attributes={"wet": [True, None, 1.5]}
    )
    sa1b.write(Export(labels, [ExportImage("a.jpg", document)]), folder)
    back = sa1b.read(folder).images[0].objects
    assert len(back) == bool(mask.area)
    if not back:
        return
    (found,) = back
    assert (found.mask, found.label) == (mask, label.strip())
    assert found.attributes == {"wet": [True, None, 1.5]}
    assert found.evidence == Evidence(
        prompts=evidence.prompts,
        predicted_iou=1.02,
        stability_score=0.5,
        crop_box=(0, 0, mask.width, mask.height),
    )
