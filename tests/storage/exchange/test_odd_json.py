"""COCO, LabelMe, ISAT and SA-1B as other programs write them: an odd part costs itself alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.core.errors import Problem
from app.core.labels import LabelSet
from app.core.prompt import Box
from app.storage.exchange import records
from app.storage.exchange.formats import FORMATS, detect
from app.storage.exchange.images import Images
from app.storage.exchange.importing import plan_import
from app.storage.exchange.values import Imported, ImportedObject
from tests.storage.exchange.samples import ring, square

IMAGES = Images.of_sizes({"a.jpg": (6, 6), "b.jpg": (6, 6)})
POLYGON = [1, 1, 3, 1, 3, 3, 1, 3]
CORNERS = [[1, 1], [3, 1], [3, 3], [1, 3]]
RLE = {"size": [6, 6], "counts": square().counts}


def coco_file(*annotations: dict[str, Any], **fields: Any) -> dict[str, Any]:
    made = [
        {"id": n, "image_id": 1, "category_id": 1, "segmentation": [POLYGON]} | each
        for n, each in enumerate(annotations, 1)
    ]
    images = [{"id": 1, "file_name": "a.jpg", "height": 6, "width": 6}]
    categories = [{"id": 1, "name": "cat"}]
    return {"images": images, "annotations": made, "categories": categories} | fields


def labelme_file(*shapes: dict[str, Any], **fields: Any) -> dict[str, Any]:
    made = [{"label": "cat", "points": CORNERS, "shape_type": "polygon"} | each for each in shapes]
    head = {"imagePath": "a.jpg", "imageHeight": 6, "imageWidth": 6, "imageData": None}
    return head | {"shapes": made} | fields


def isat_file(*objects: dict[str, Any], **info: Any) -> dict[str, Any]:
    made = [
        {"category": "cat", "group": n, "segmentation": CORNERS, "layer": n} | each
        for n, each in enumerate(objects, 1)
    ]
    head = {"description": "ISAT", "name": "a.jpg", "width": 6, "height": 6}
    return {"info": head | info, "objects": made}


def sa1b_file(*annotations: dict[str, Any], **image: Any) -> dict[str, Any]:
    head = {"file_name": "a.jpg", "height": 6, "width": 6} | image
    return {"image": head, "annotations": [{"segmentation": RLE} | each for each in annotations]}


FILES = {"coco": coco_file, "labelme": labelme_file, "isat": isat_file, "sa1b": sa1b_file}


def read(folder: Path, whole: object, images: Images = IMAGES) -> Imported:
    data = whole if isinstance(whole, bytes) else json.dumps(whole).encode()
    (folder / "a.json").write_bytes(data)
    return detect(folder / "a.json").read(folder / "a.json", images, None)


def objects(imported: Imported) -> list[ImportedObject]:
    return [each for image in imported.images for each in image.objects]


def geometry(imported: Imported) -> list[object]:
    return [each.box if each.mask is None else each.mask for each in objects(imported)]


@pytest.mark.parametrize("form", FILES)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
def test_every_kind_is_read_in_the_encodings_that_windows_programs_write(
    tmp_path: Path, form: str, encoding: str
) -> None:
    whole = FILES[form]({})
    text = json.dumps(whole, ensure_ascii=False).replace('"cat"', '"café"')
    found = read(tmp_path, text.encode(encoding))
    assert (found.format, geometry(found)) == (form, [square()])
    if form != "sa1b":
        assert objects(found)[0].label == "café"
    assert len(found.skipped) == (encoding == "latin-1" and form != "sa1b")


ODD: list[object] = [float("nan"), float("inf"), "\ud800", "@deep@", "@long@"]


@pytest.mark.parametrize("form", FILES)
@pytest.mark.parametrize("odd", ODD, ids=["nan", "inf", "half", "deep", "long"])
def test_an_odd_value_costs_no_more_than_its_field(tmp_path: Path, form: str, odd: object) -> None:
    text = json.dumps(FILES[form]({"mood": odd}, {"score": odd}, {"area": odd}))
    text = text.replace('"@deep@"', "[" * 3000 + "]" * 3000).replace('"@long@"', "7" * 5000)
    found = read(tmp_path, text.encode())
    assert geometry(found) == [square()] * 3
    assert all("field" in skip.reason or "characters" in skip.reason for skip in found.skipped)


@pytest.mark.parametrize("form", FILES)
def test_a_file_that_is_cut_short_says_where_it_ends(tmp_path: Path, form: str) -> None:
    text = json.dumps(FILES[form]({}, {}), indent=1)
    path = tmp_path / "a.json"
    path.write_text(text[:-9], "utf-8")
    for look in (detect, lambda path: FORMATS[form].read(path, IMAGES, None)):
        with pytest.raises(Problem, match=r"line \d+, column \d+: .* was expected, but"):
            look(path)


@pytest.mark.parametrize(
    "fields",
    [
        {"category_id": "1"},
        {"category_id": 1.0},
        {"image_id": "1", "id": "x"},
        {"image_id": 1.0},
        {"segmentation": POLYGON},
        {"segmentation": CORNERS},
        {"segmentation": [CORNERS]},
        {"segmentation": {"size": [6.0, 6.0], "counts": RLE["counts"]}},
        {"bbox": None, "attributes": None, "score": None, "iscrowd": None},
        {"bbox": [], "attributes": [], "score": ""},
    ],
)
def test_other_spellings_of_a_record_mean_the_same(tmp_path: Path, fields: Any) -> None:
    found = read(tmp_path, coco_file(fields))
    assert (geometry(found), found.skipped) == ([square()], ())
    assert objects(found)[0].label == "cat"


@pytest.mark.parametrize(
    ("segmentation", "kept", "reason"),
    [
        ([POLYGON, [2, 2, 3, 3]], square(), "1 of its 2 polygons are left out: a polygon must be"),
        ([POLYGON, []], square(), "1 of its 2 polygons are left out"),
        ([POLYGON, [2, 2, 3, 3, 2, 2]], square(), "at least three corners, given 2"),
        ([POLYGON, "x", [1, None, 1, 1, 1, 1]], square(), "2 of its 3 polygons are left out"),
        ([[2, 2, 3, 3]], Box(1, 1, 3, 4), "only its box is kept"),
        ([[float("nan"), 1, 1, 1, 2, 2]], Box(1, 1, 3, 4), "'NaN' instead of a number: only"),
        ({"size": [6, 6], "counts": "~"}, Box(1, 1, 3, 4), "only its box is kept"),
        ([[]], Box(1, 1, 3, 4), None),
    ],
)
def test_a_bad_part_costs_itself_and_not_its_object(
    tmp_path: Path, segmentation: Any, kept: object, reason: str | None
) -> None:
    found = read(tmp_path, coco_file({"segmentation": segmentation, "bbox": [1, 1, 2, 3]}))
    assert geometry(found) == [kept]
    assert len(found.skipped) == (reason is not None)
    assert all((reason or "") in skip.reason for skip in found.skipped)


@pytest.mark.parametrize("form", ["coco", "labelme", "isat"])
@pytest.mark.parametrize("side", [None, 0, "wide", -3])
def test_the_size_is_that_of_the_image_at_hand_where_the_file_does_not_say_it(
    tmp_path: Path, form: str, side: object
) -> None:
    whole = FILES[form]({})
    record = {"coco": whole.get("images", [{}])[0], "isat": whole.get("info")}.get(form, whole)
    record.update({name: side for name in record if name.lower().endswith(("height", "width"))})
    found = read(tmp_path, whole)
    assert (geometry(found), found.skipped) == ([square()], ())


def test_of_two_categories_with_one_name_both_mean_it(tmp_path: Path) -> None:
    categories = [{"id": 0, "name": "cat"}, {"id": 3, "name": "cat"}, {"id": 4, "name": 7}]
    file = coco_file(*({"category_id": n} for n in (0, 3, 4)), categories=categories)
    found = read(tmp_path, file)
    assert [each.label for each in objects(found)] == ["cat", "cat", "7"]
    assert [each.name for each in found.categories] == ["cat", "7"]
    assert found.skipped == ()


def test_objects_of_a_category_without_a_name_are_kept_and_told(tmp_path: Path) -> None:
    file = coco_file({"category_id": 5}, {"category_id": 5}, {"category_id": None})
    del file["categories"]
    found = read(tmp_path, file)
    assert [each.label for each in objects(found)] == ["category 5", "category 5", "object"]
    assert {each.label for each in objects(found)} <= {each.name for each in found.categories}
    assert [skip.where for skip in found.skipped] == [
        "category with id 5", "annotations without a category"
    ]  # fmt: skip
    assert "its 2 objects are labelled 'category 5'" in found.skipped[0].reason


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"imagePath": "a.json"}, "a"),
        ({"imagePath": "..\\photos\\b.jpg"}, "../photos/b.jpg"),
        ({"imagePath": "C:\\photos\\gone.jpg"}, "a"),
        ({"imagePath": None}, "a"),
        ({"imagePath": "", "imageData": "AAAA"}, "a"),
        ({"imagePath": "b.jpg"}, "b.jpg"),
    ],
)
def test_labelme_files_belong_to_the_image_they_name_or_are_named_as(
    tmp_path: Path, fields: Any, name: str
) -> None:
    found = read(tmp_path, labelme_file({}, **fields))
    assert [image.name for image in found.images] == [name]
    (change,) = plan_import(found, IMAGES, LabelSet()).changes
    assert change.name == ("b.jpg" if "b.jpg" in name else "a.jpg")


def test_a_list_of_results_takes_names_from_the_file_beside_it(tmp_path: Path) -> None:
    results = [
        {"image_id": n, "category_id": 1, "bbox": [1, 1, 2, 2], "score": 0.5, "segmentation": RLE}
        for n in (7, 8)
    ]
    (tmp_path / "annotations").mkdir()
    images = [{"id": n, "file_name": f"{n}.jpg"} for n in (1, 7, 8)]
    about = {"images": images, "categories": [{"id": 1, "name": "cat"}], "annotations": []}
    (tmp_path / "annotations" / "val.json").write_text(json.dumps(about), "utf-8")
    found = read(tmp_path, results)
    assert (found.format, [image.name for image in found.images]) == ("coco", ["7.jpg", "8.jpg"])
    assert [(each.label, each.score) for each in objects(found)] == [("cat", 0.5)] * 2
    assert found.skipped == ()


def test_a_list_of_results_alone_finds_images_by_their_number_or_says_what_it_needs(
    tmp_path: Path,
) -> None:
    results = [{"image_id": 7, "category_id": 1, "segmentation": RLE, "score": 0.5}]
    numbered = Images.of_sizes({"000007.jpg": (6, 6), "8.jpg": (6, 6)})
    found = read(tmp_path, results, numbered)
    assert [image.name for image in found.images] == ["000007.jpg"]
    assert objects(found)[0].label == "category 1"
    with pytest.raises(Problem, match="put the annotations file that these results were"):
        read(tmp_path, results)


def test_a_panoptic_file_is_read_with_its_png(tmp_path: Path) -> None:
    numbers = np.zeros((6, 6), np.uint32)
    numbers[ring().to_array()] = 70_000
    numbers[2:4, 2:4] = 7
    colours = np.stack([numbers >> shift & 255 for shift in (0, 8, 16)], axis=2)
    (tmp_path / "a").mkdir()
    Image.fromarray(colours.astype(np.uint8)).save(tmp_path / "a" / "a.png")
    segments = [{"id": 70_000, "category_id": 1}, {"id": 7, "category_id": 1, "iscrowd": 1}]
    segments.append({"id": 9, "category_id": 1})
    file = coco_file({"file_name": "a.png", "segments_info": segments})
    found = read(tmp_path, file)
    assert geometry(found) == geometry(found) == [ring(), square(2, 2, 2)]
    assert [skip.reason for skip in found.skipped] == ["the PNG has no pixel of its segment 9"]
    (tmp_path / "a" / "a.png").unlink()
    assert "its PNG a.png is not in" in read(tmp_path, file).skipped[0].reason


def test_a_hostile_name_of_a_png_is_not_followed(tmp_path: Path) -> None:
    file = coco_file({"file_name": "../../secret.png", "segments_info": []})
    (skip,) = read(tmp_path, file).skipped
    assert "must be relative" in skip.reason or "refused" in skip.reason


def test_what_is_left_out_is_counted_to_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_SKIPS", 3)
    noted = records.Records()
    for number in range(7):
        noted.skip(f"object {number}", "it is bad")
    assert [skip.where for skip in noted.skipped] == [
        "object 0", "object 1", "object 2", records.AND_MORE
    ]  # fmt: skip
    assert records.more_than_told(noted.skipped) == 4
