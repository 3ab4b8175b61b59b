"""ISAT's files: groups are objects, background layers are holes, nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from app.core.errors import Problem
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.storage.exchange import isat
from app.storage.exchange.records import REFUSALS, Records
from app.storage.exchange.values import Export, ExportImage, ImportedImage
from tests.storage.exchange.samples import (
    document_of,
    export_of,
    images_of_masks,
    label_names,
    ring,
    square,
    survives,
)

OUTER = [[1, 1], [5, 1], [5, 5], [1, 5]]
INNER = [[2, 2], [4, 2], [4, 4], [2, 4]]


def shape(ring: Any, layer: float, category: Any = "cat", group: Any = 1, **more: Any) -> Any:
    return {"category": category, "group": group, "segmentation": ring, "layer": layer} | more


def parse(*objects: Any, records: Records | None = None, **info: Any) -> ImportedImage:
    head = {"description": "ISAT", "name": "a.jpg", "width": 6, "height": 6, "note": "n"} | info
    data = json.dumps({"info": head, "objects": objects}).encode()
    return isat.parse(data, "sub/a.json", records or Records())


def masks(image: ImportedImage) -> list[Mask | None]:
    return [each.mask for each in image.objects]


def test_a_background_layer_is_a_hole_in_its_group() -> None:
    image = parse(shape(INNER, 2, "__background__"), shape(OUTER, 1, iscrowd=False, note="x"))
    assert (image.name, image.size) == ("sub/a.jpg", (6, 6))
    assert masks(image) == [ring()]
    assert image.objects[0].extra == {"isat": {"group": 1}}
    assert image.objects[0].details.note == "x"
    assert image.extra == {"isat": {"description": "ISAT", "note": "n"}}


def test_a_background_layer_of_no_group_takes_from_all_below() -> None:
    below, above = shape(OUTER, 1, group=1), shape(INNER, 3, group=2)
    hole = shape(INNER, 2, "__background__", group="")
    assert masks(parse(below, hole, above)) == [ring(), square(2, 2, 2)]


def test_polygons_of_a_group_are_one_object() -> None:
    parts = parse(shape([[0, 0], [2, 0], [2, 2], [0, 2]], 1), shape([[4, 4], [6, 4], [6, 6]], 2))
    assert len(parts.objects) == 1
    apart = parse(shape(OUTER, 1, group=""), shape(INNER, 2, group=""))
    assert len(apart.objects) == 2


@pytest.mark.parametrize(
    "bad",
    [
        shape([[1, 1], [2, 2]], 1),
        shape([[1, 1], [2, 2], [1e300, 3]], 1),
        shape("x", 1),
        shape(OUTER, 1, category=None),
        shape(OUTER, 1, note=json.loads("[" * 60 + "]" * 60)),
        5,
    ],
)
def test_a_bad_polygon_costs_itself_and_says_why(bad: Any) -> None:
    records = Records()
    image = parse(bad, shape(OUTER, 1), records=records)
    (skip,) = records.skipped
    assert (len(image.objects), skip.where) == (1, "object 1")


@pytest.mark.parametrize(
    "info", [{"description": "x"}, {"width": 0}, {"height": 1.5}, {"name": []}]
)
def test_a_file_that_is_something_else_is_refused(info: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"description|must be"):
        parse(**info)


def test_one_file_that_is_something_else_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("{}", "utf-8")
    with pytest.raises(Problem):
        isat.read(path)


def test_a_label_that_would_mean_a_hole_is_skipped_aloud(tmp_path: Path) -> None:
    report = isat.write(export_of(ring(), label="__background__"), tmp_path)
    assert (report.objects, len(report.skipped)) == (0, 1)


def test_groups_survive_and_stay_apart(tmp_path: Path) -> None:
    document = document_of(square()).with_added(ring(), 1, extra={"isat": {"group": 7}})
    document = document.with_added(ring(), 1, extra={"isat": {"group": 7, "note": "twin"}})
    isat.write(Export(LabelSet(), [ExportImage("a.jpg", document)]), tmp_path)
    objects = isat.read(tmp_path).images[0].objects
    assert [each.extra["isat"]["group"] for each in objects] == [1, 7, 2]  # type: ignore[index]
    assert objects[2].details.note == "twin"


def test_a_file_cut_short_anywhere_is_refused(tmp_path: Path) -> None:
    isat.write(export_of(ring(), square()), tmp_path)
    data = (tmp_path / "a.json").read_bytes()
    survives(lambda cut: isat.parse(cut, "a.json", Records()), data, *REFUSALS)


@given(images_of_masks, label_names)
def test_any_masks_come_back(
    tmp_path_factory: pytest.TempPathFactory, given_masks: list[Mask], label: str
) -> None:
    folder = tmp_path_factory.mktemp("isat")
    labels = LabelSet().with_renamed(1, label)
    isat.write(Export(labels, [ExportImage("a.jpg", document_of(*given_masks))]), folder)
    objects = isat.read(folder).images[0].objects
    assert [(each.mask, each.label) for each in objects] == [
        (mask, label.strip()) for mask in given_masks if mask.area
    ]
