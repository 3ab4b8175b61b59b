"""Values, notes, groups and flags on their way through other programs' formats."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.attributes import Attribute, Kind
from app.core.details import Details, Flag, crowd_in
from app.core.document import Document, State
from app.core.labels import Label, LabelSet
from app.core.mask import Mask
from app.storage.exchange import coco, labelme, sa1b, voc
from app.storage.exchange.formats import FORMATS
from app.storage.exchange.images import Images
from app.storage.exchange.importing import ImportOptions, plan_import
from app.storage.exchange.records import Records
from app.storage.exchange.values import Export, ExportImage, Undescribed
from app.storage.layout import to_bytes, to_document
from tests.storage.documents import json_values

SIZE = (20, 30)
LABELS = LabelSet((Label(1, "car", "#112233"), Label(2, "bicycle", "#445566")), 3)
OCCLUDED = frozenset({Flag.OCCLUDED})
VALUES = {"colour": "red", "worn": True, "seats": 4, "weight": 1.5, "new": False}


def block(x: int) -> Mask:
    pixels = np.zeros(SIZE, np.bool_)
    pixels[2:6, x : x + 4] = True
    return Mask.from_array(pixels)


def two_parts(x: int) -> Mask:
    pixels = np.zeros(SIZE, np.bool_)
    pixels[10:12, x : x + 2] = pixels[15:17, x : x + 2] = True
    return Mask.from_array(pixels)


def described() -> Document:
    made = Document(*SIZE).with_added(
        block(0), 1, attributes=VALUES, details=Details("half hidden", 5, OCCLUDED)
    )
    made = made.with_added(block(6), 1, details=Details(group=5, flags=frozenset(Flag)))
    made = made.with_added(two_parts(12), 2, details=Details("ünï\nzwei", 5))
    return made.with_added(two_parts(20), 2, attributes={"seats": 1})


def written(form: str, document: Document, folder: Path, **options: object) -> Any:
    """The report of writing it, and what is read back as objects of a document."""
    made = FORMATS[form]
    target = folder / "out.json" if made.suffix else folder / "out"
    export = Export(LABELS, [ExportImage("a.png", document)])
    report = made.write(export, target, **options)
    images = Images(["a.png"], lambda name: SIZE)
    imported = made.read(target, images, None)
    plan = plan_import(imported, images, LABELS, options=ImportOptions(State.ACCEPTED))
    (change,) = plan.changes
    return report, change.applied(Document(*SIZE)), plan.skipped


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("coco", {}),
        ("sa1b", {}),
        ("labelme", {"polygons": False}),
        ("labelme", {"polygons": True}),
    ],
)
def test_what_is_said_of_objects_comes_back(
    form: str, options: dict[str, object], tmp_path: Path
) -> None:
    document = described()
    report, back, skipped = written(form, document, tmp_path, **options)
    assert skipped == ()
    assert [each.mask for each in back] == [each.mask for each in document]
    assert [each.attributes for each in back] == [each.attributes for each in document]
    assert [each.details for each in back] == [each.details for each in document]
    assert report.undescribed == Undescribed()


def crowd() -> Document:
    made = Document(*SIZE).with_added(
        two_parts(0), 1, details=Details(flags=frozenset({Flag.CROWD}))
    )
    return made.with_added(block(6), 1)


@pytest.mark.parametrize("form", ["coco", "sa1b", "labelme", "voc", "isat"])
def test_a_crowd_comes_back_as_one_and_nothing_is_said_to_be_lost(
    form: str, tmp_path: Path
) -> None:
    report, back, _ = written(form, crowd(), tmp_path)
    objects = [*back, *back.unsegmented]
    assert sorted(bool(each.details.flags) for each in objects) == [False, True]
    assert not any("iscrowd" in str(each.extra) for each in objects)
    assert report.undescribed == Undescribed()


@pytest.mark.parametrize("polygons", [False, True])
def test_coco_has_a_crowd_in_its_own_field_and_as_run_lengths(
    polygons: bool, tmp_path: Path
) -> None:
    written("coco", crowd(), tmp_path, polygons=polygons)
    first, second = json.loads((tmp_path / "out.json").read_text())["annotations"]
    assert (first["iscrowd"], second["iscrowd"]) == (1, 0)
    assert "attributes" not in first
    assert isinstance(first["segmentation"], dict)
    assert isinstance(second["segmentation"], list) is polygons


@pytest.mark.parametrize("said", [1, True, "1", 1.0])
def test_a_crowd_of_others_is_one_however_it_is_written(said: object) -> None:
    record: dict[str, Any] = {"iscrowd": said, "x": 1}
    assert crowd_in(record) == {Flag.CROWD}
    assert record == {"x": 1}
    odd: dict[str, Any] = {"iscrowd": "many"}
    assert not crowd_in(odd)
    assert odd == {"iscrowd": "many"}


def test_a_crowd_imported_by_an_earlier_version_is_one() -> None:
    before = Document(*SIZE).with_added(block(0), 1, extra={"coco": {"iscrowd": 1, "id": 4}})
    document = to_document(json.loads(to_bytes(before, "a.png", labels=LABELS)), *SIZE)
    (found,) = document
    assert found.details.flags == {Flag.CROWD}
    assert found.extra == {"coco": {"id": 4}}
    again = json.loads(to_bytes(document, "a.png"))
    assert again["annotations"][0]["iscrowd"] == 1


def test_voc_holds_values_and_flags_and_says_that_groups_and_notes_are_lost(
    tmp_path: Path,
) -> None:
    document = described()
    report, back, _ = written("voc", document, tmp_path)
    assert [each.attributes for each in back.unsegmented] == [e.attributes for e in document]
    assert [each.details.flags for each in back.unsegmented] == [e.details.flags for e in document]
    assert report.undescribed == Undescribed(groups=3, notes=2)
    text = (tmp_path / "out" / "Annotations" / "a.xml").read_text()
    assert text.count("<occluded>1</occluded>") == 2
    assert text.count("<difficult>1</difficult>") == 1
    assert "<attribute><name>colour</name><value>red</value></attribute>" in "".join(text.split())


def test_isat_holds_notes_alone(tmp_path: Path) -> None:
    document = described()
    report, back, _ = written("isat", document, tmp_path)
    assert sorted(each.details.note for each in back) == ["", "", "half hidden", "ünï\nzwei"]
    assert report.undescribed == Undescribed(attributes=2, flags=2, groups=3)


@pytest.mark.parametrize("form", ["yolo", "semantic-png", "instance-png", "masks"])
def test_formats_without_a_place_for_it_say_what_is_lost(form: str, tmp_path: Path) -> None:
    export = Export(LABELS, [ExportImage("a.png", described())])
    report = FORMATS[form].write(export, tmp_path / "out")
    assert report.undescribed == Undescribed(attributes=2, flags=2, groups=3, notes=2)


def test_files_of_this_program_are_read_with_what_they_say() -> None:
    document = described()
    data = to_bytes(document, "a.png", labels=LABELS)
    image = sa1b.parse(data, "a.png.json", Records())
    assert [each.attributes for each in image.objects] == [e.attributes for e in document]
    assert [each.details for each in image.objects] == [e.details for e in document]


def test_cvats_coco_is_read(tmp_path: Path) -> None:
    annotation = {
        "id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "iscrowd": 0,
        "segmentation": [], "area": 12,
        "attributes": {"occluded": True, "truncated": "false", "parked": "true", "seats": "4",
                       "rotation": 0.0},
    }  # fmt: skip
    whole = {
        "images": [{"id": 1, "file_name": "a.png", "width": SIZE[1], "height": SIZE[0]}],
        "categories": [{"id": 1, "name": "car", "supercategory": ""}],
        "annotations": [annotation],
    }
    path = tmp_path / "instances_default.json"
    path.write_text(json.dumps(whole))
    asked = (Attribute("parked"), Attribute("seats", Kind.NUMBER))
    labels = LABELS.with_attributes(1, asked)
    plan = plan_import(coco.read(path), Images(["a.png"], lambda name: SIZE), labels)
    (box,) = plan.changes[0].applied(Document(*SIZE)).unsegmented
    assert box.details.flags == OCCLUDED
    assert box.attributes == {"parked": True, "seats": 4, "rotation": 0.0}


def test_labelmes_flags_and_x_anylabelings_fields_are_read() -> None:
    shape = {
        "label": "car", "points": [[1, 1], [5, 1], [5, 5]], "shape_type": "polygon",
        "flags": {"parked": True, "truncated": True, "odd": "x"}, "description": "seen from behind",
        "group_id": 2, "difficult": True, "attributes": {"colour": "red"},
    }  # fmt: skip
    file = {"shapes": [shape], "imagePath": "a.png", "imageHeight": 20, "imageWidth": 30}
    (found,) = labelme.parse(msgspec.json.encode(file), "a.json", Records()).objects
    truncated = frozenset({Flag.TRUNCATED, Flag.DIFFICULT})
    assert found.details == Details("seen from behind", 2, truncated)
    assert found.attributes == {"parked": True, "colour": "red"}
    assert found.extra.thawed()["labelme"]["flags"] == {"odd": "x"}


def test_objects_of_one_label_and_group_are_told_as_one_object_for_labelme(
    tmp_path: Path,
) -> None:
    report, back, _ = written("labelme", described(), tmp_path)
    shapes = json.loads((tmp_path / "out" / "a.json").read_text())["shapes"]
    assert [each["group_id"] for each in shapes] == [5, 5, 5, 5, 1, 1]
    told = [each.where for each in report.losses if "for one object" in each.reason]
    assert len(told) == 2
    assert len(back) == 4


def test_a_flag_taken_away_does_not_come_back_from_what_was_imported(tmp_path: Path) -> None:
    _, back, _ = written("labelme", described(), tmp_path)
    plain = back.with_replaced(*(replace(each, details=Details(), attributes={}) for each in back))
    _, again, _ = written("labelme", plain, tmp_path / "again")
    assert all(each.details == Details() and not each.attributes for each in again)


hostile = st.dictionaries(
    st.sampled_from(["occluded", "truncated", "group_id", "description", "flags", "note", "x"]),
    json_values,
    max_size=5,
)


@given(hostile, hostile | json_values)
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
def test_no_record_of_others_breaks_reading_or_our_own_files(record: Any, values: Any) -> None:
    shape = {"label": "car", "points": [[1, 1], [5, 1], [5, 5]], **record, "attributes": values}
    file = {"shapes": [shape], "imagePath": "a.png", "imageHeight": 20, "imageWidth": 30}
    annotation = {
        "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], **record, "attributes": values,
    }  # fmt: skip
    whole = {
        "images": [{"id": 1, "file_name": "a.png", "width": 30, "height": 20}],
        "categories": [{"id": 1, "name": "car"}],
        "annotations": [annotation],
    }
    found = [
        *labelme.parse(msgspec.json.encode(file), "a.json", Records()).objects,
        *coco.parse(msgspec.json.encode(whole), "a.json").images[0].objects,
    ]
    assert len(found) == 2
    document = Document(*SIZE).with_added(
        block(0), 1, attributes=found[0].attributes, details=found[0].details
    )
    to_bytes(document, "a.png")


def test_attributes_of_voc_that_are_no_names_and_values_are_kept_as_they_are() -> None:
    data = (
        b"<annotation><object><name>car</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax>"
        b"<ymax>5</ymax></bndbox><attributes><attribute><value>x</value></attribute></attributes>"
        b"</object></annotation>"
    )
    (found,) = voc.parse(data, "a.xml", Records()).objects
    assert found.attributes == {}
    told = ["attributes", [["attribute", [["value", "x"]]]]]
    assert found.extra.thawed() == {"voc": {"fields": [told]}}
