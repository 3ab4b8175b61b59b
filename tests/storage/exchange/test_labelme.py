"""LabelMe's files: each shape means what its annotator meant, and comes back as it was."""

from __future__ import annotations

import base64
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.document import Document
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.core.prompt import Box, Point, Prompt
from app.core.unsegmented import Unsegmented
from app.storage.exchange import labelme, labelme_write
from app.storage.exchange.png import write_png
from app.storage.exchange.records import REFUSALS, Records
from app.storage.exchange.values import Export, ExportImage, ImportedImage
from tests.storage.exchange import labelme_rules
from tests.storage.exchange.samples import (
    any_mask,
    document_of,
    export_of,
    label_names,
    ring,
    save_image,
    square,
    survives,
)

PIXELS = base64.b64encode(write_png(np.array([[1, 0], [1, 1]], np.uint8))).decode()


def shape(kind: str, points: Any, **fields: Any) -> dict[str, Any]:
    base = {"label": "cat", "points": points, "group_id": None, "description": "", "flags": {}}
    return base | {"shape_type": kind, "mask": None} | fields


def parse(*shapes: dict[str, Any], **fields: Any) -> tuple[ImportedImage, Records]:
    whole = {"version": "7.1.0", "flags": {}, "shapes": shapes, "imagePath": "a.jpg"}
    whole |= {"imageData": None, "imageHeight": 6, "imageWidth": 8} | fields
    records = Records()
    return labelme.parse(json.dumps(whole).encode(), "a.json", records), records


def only(kind: str, points: Any, **fields: Any) -> Any:
    image, records = parse(shape(kind, points, **fields))
    assert records.skipped == []
    return image.objects[0]


def test_a_polygon_covers_the_pixels_whose_centres_it_holds() -> None:
    mask = only("polygon", [[1, 1], [4, 1], [4, 3], [1, 3]]).mask
    assert (mask.bounds, mask.area, mask.size) == ((1, 1, 4, 3), 6, (6, 8))


def test_a_polygon_on_half_pixels_covers_what_lies_right_and_below() -> None:
    mask = only("polygon", [[0.5, 0.5], [5.5, 0.5], [5.5, 3.5], [0.5, 3.5]]).mask
    assert mask.bounds == (1, 1, 6, 4)


def test_a_circle_is_a_disc_around_its_first_point() -> None:
    image, _ = parse(shape("circle", [[50, 50], [50, 90]]), imageHeight=100, imageWidth=100)
    mask = image.objects[0].mask
    assert mask is not None
    assert mask.area == pytest.approx(math.pi * 40**2, rel=0.01)
    assert mask.bounds == (10, 10, 90, 90)


def test_the_corners_of_a_mask_are_inclusive() -> None:
    mask = only("mask", [[3, 2], [4, 3]], mask=PIXELS).mask
    assert mask.bounds == (3, 2, 5, 4)
    assert mask.to_array()[2:4, 3:5].tolist() == [[True, False], [True, True]]


def test_a_mask_that_leaves_the_image_is_cut_off() -> None:
    mask = only("mask", [[7, -1], [8, 0]], mask=PIXELS).mask
    assert np.argwhere(mask.to_array()).tolist() == [[0, 7]]


def test_rectangles_and_points_become_prompts() -> None:
    assert only("rectangle", [[4, 5], [1, 2]]).box == Box(1, 2, 4, 5)
    assert only("rectangle", [[1, 2], [4, 2], [4, 5], [1, 5]]).box == Box(1, 2, 4, 5)
    assert only("point", [[1.5, 2]]).points == (Point(1.5, 2),)


@pytest.mark.parametrize(
    "bad",
    [
        shape("line", [[1, 1], [2, 2]]),
        shape("linestrip", [[1, 1], [2, 2]]),
        shape("polygon", [[1, 1], [2, 2]]),
        shape("polygon", [[1, 1], [2, 2], [3, float("nan")]]),
        shape("polygon", [[1, 1], [2, 2], [3, 1e300]]),
        shape("polygon", [[1, 1], [2, 2], [True, 3]]),
        shape("polygon", "abc"),
        shape("circle", [[1, 1]]),
        shape("circle", [[1, 1], [2, 1e400]]),
        shape("mask", [[3, 2], [4, 3]]),
        shape("mask", [[3, 2], [5, 3]], mask=PIXELS),
        shape("mask", [[3, 2], [1e12, 1e12]], mask=PIXELS),
        shape("mask", [[3, 2], [4, 3]], mask="%%%"),
        shape("mask", [[3, 2], [4, 3]], mask=base64.b64encode(b"no png").decode()),
        shape("polygon", [[1, 1], [2, 1], [3, 1]]),
        shape("rectangle", [[1, 1], [1, 4]]),
        shape("polygon", [[1, 1], [4, 1], [4, 3]], label=None),
    ],
)
def test_a_bad_shape_costs_itself_and_says_why(bad: dict[str, Any]) -> None:
    text = json.dumps([bad]).replace("NaN", "1e999").replace("Infinity", "1e999")
    image, records = parse(shape("polygon", [[1, 1], [4, 1], [4, 3]]))
    assert len(image.objects) == 1
    data = json.dumps({"imagePath": "a.jpg", "imageHeight": 6, "imageWidth": 8, "shapes": 0})
    image = labelme.parse(data.replace('"shapes": 0', f'"shapes": {text}').encode(), "a", records)
    assert image.objects == ()
    (skip,) = records.skipped
    assert skip.where == "shape 1"
    assert skip.reason


def test_the_image_is_named_from_where_the_file_lies() -> None:
    data = json.dumps({"imagePath": "..\\images\\a.jpg", "shapes": []}).encode()
    assert labelme.parse(data, "labels/a.json", Records()).name == "images/a.jpg"


def test_a_shape_nobody_changed_is_written_as_it_was(tmp_path: Path) -> None:
    shapes = [
        shape("polygon", [[1, 1], [4.25, 1], [4, 3]], group_id=4, flags={"wet": True}, mood="calm"),
        shape("circle", [[3, 3], [3, 5]], description="round"),
        shape("rectangle", [[4, 5], [1, 2]], score=0.5),
        shape("points", [[1, 2], [3, 4]]),
    ]
    image, _ = parse(*shapes, flags={"night": False}, checked=True)
    document = Document(6, 8, extra=image.extra)
    for found in image.objects[:2]:
        assert found.mask is not None
        document = document.with_added(
            found.mask,
            2,
            extra=found.extra,
            attributes=found.attributes,
            details=found.details,
        )
    rest = [
        Unsegmented(2, Prompt(found.points, found.box), extra=found.extra, details=found.details)
        for found in image.objects[2:]
    ]
    labels = LabelSet().with_added("cat")
    document = document.with_unsegmented(rest)
    report = labelme_write.write(Export(labels, [ExportImage("a.jpg", document)]), tmp_path)
    written = labelme_rules.load(tmp_path / "a.json")
    assert written["shapes"] == shapes
    assert (written["flags"], written["checked"]) == ({"night": False}, True)
    assert report.losses == ()


def test_a_changed_object_is_no_longer_written_as_its_old_shape(tmp_path: Path) -> None:
    image, _ = parse(shape("polygon", [[1, 1], [4, 1], [4, 3]]))
    document = Document(6, 8).with_added(Mask.empty(6, 8), 1, extra=image.objects[0].extra)
    changed = Mask.from_window(np.ones((2, 2), bool), 0, 0, 6, 8)
    document = document.with_mask(1, changed)
    labelme_write.write(Export(LabelSet(), [ExportImage("a.jpg", document)]), tmp_path)
    assert labelme.read(tmp_path).images[0].objects[0].mask == changed


def test_polygons_keep_parts_together_and_holes_open(tmp_path: Path) -> None:
    parts = square(2, 0, 0).union(square(2, 4, 4))
    report = labelme_write.write(export_of(parts, ring()), tmp_path)
    shapes = labelme_rules.load(tmp_path / "a.json")["shapes"]
    assert [each["group_id"] for each in shapes] == [1, 1, None]
    assert {each["shape_type"] for each in shapes} == {"polygon"}
    assert report.losses == ()
    assert [each.mask for each in labelme.read(tmp_path).images[0].objects] == [parts, ring()]


def test_the_path_leads_from_the_file_to_the_image_or_its_copy(tmp_path: Path) -> None:
    image = save_image(tmp_path / "images" / "sub" / "a.png")
    export = Export(LabelSet(), [ExportImage("sub/a.png", document_of(ring()), image)])
    for copy, path in ((False, "../../images/sub/a.png"), (True, "a.png")):
        labelme_write.write(export, tmp_path / "out", copy_images=copy)
        whole = labelme_rules.load(tmp_path / "out" / "sub" / "a.json")
        assert whole["imagePath"] == path
        assert (tmp_path / "out" / "sub" / path).read_bytes() == image.read_bytes()


def test_two_objects_of_one_group_stay_two(tmp_path: Path) -> None:
    extra = {"labelme": {"group_id": 1}}
    document = Document(6, 6).with_added(ring(), 1, extra=extra)
    document = document.with_added(square(), 1, extra=extra)
    labelme_write.write(Export(LabelSet(), [ExportImage("a.jpg", document)]), tmp_path)
    objects = labelme.read(tmp_path).images[0].objects
    assert [each.mask for each in objects] == [ring(), square()]


def test_an_empty_mask_is_skipped_aloud(tmp_path: Path) -> None:
    report = labelme_write.write(export_of(Mask.empty(6, 6), ring()), tmp_path)
    assert [skip.where for skip in report.skipped] == ["a.jpg, object 1"]
    assert report.objects == 1


def test_a_file_cut_short_anywhere_is_refused(tmp_path: Path) -> None:
    labelme_write.write(export_of(ring(), square()), tmp_path)
    data = (tmp_path / "a.json").read_bytes()
    survives(lambda cut: labelme.parse(cut, "a.json", Records()), data, *REFUSALS)


@given(any_mask, label_names, st.booleans())
def test_any_mask_comes_back_and_labelme_takes_the_file(
    tmp_path_factory: pytest.TempPathFactory, mask: Mask, label: str, polygons: bool
) -> None:
    folder = tmp_path_factory.mktemp("labelme")
    labels = LabelSet((LabelSet().labels[0],)).with_recoloured(1, "#112233")
    labels = labels.with_renamed(1, label)
    export = Export(labels, [ExportImage("a.jpg", document_of(mask))])
    labelme_write.write(export, folder, polygons=polygons)
    shapes = labelme_rules.load(folder / "a.json")["shapes"]
    objects = labelme.read(folder).images[0].objects
    assert len(shapes) >= len(objects)
    if mask.area:
        assert [(each.mask, each.label) for each in objects] == [(mask, label.strip())]
