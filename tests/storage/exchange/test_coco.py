"""COCO's file: everything valid comes in, nothing invalid does, and what goes out comes back."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import supervision
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pycocotools.coco import COCO

from app.core.document import Document, Source
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.core.prompt import Prompt
from app.core.unsegmented import Unsegmented
from app.storage.exchange import coco, coco_write
from app.storage.exchange.values import Export, ExportImage, Imported
from tests.storage.exchange.samples import export_of, square, survives

# pycocotools speaks numpy 1's array protocol; it is the judge here, not the accused.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def ring() -> Mask:
    pixels = np.zeros((6, 6), bool)
    pixels[1:5, 1:5] = True
    pixels[2:4, 2:4] = False
    return Mask.from_array(pixels)


def documents(*masks: Mask, label: int = 1) -> ExportImage:
    document = Document(masks[0].height, masks[0].width)
    for mask in masks:
        document = document.with_added(mask, label, source=Source.SMART)
    return ExportImage("a.jpg", document)


def parse(**parts: Any) -> Imported:
    whole = {
        "images": [{"id": 1, "file_name": "a.jpg", "height": 4, "width": 5}],
        "categories": [{"id": 0, "name": "cat", "supercategory": "animal"}],
        "annotations": [],
    } | parts
    return coco.parse(json.dumps(whole).encode(), "a.json")


def annotation(**fields: Any) -> dict[str, Any]:
    segmentation = {"size": [4, 5], "counts": "5220003"}
    base = {"id": 7, "image_id": 1, "category_id": 0, "segmentation": segmentation, "iscrowd": 0}
    return base | fields


def consumer(path: Path) -> COCO:
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(path))


def test_an_exported_mask_is_the_same_bit_for_bit_to_pycocotools(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    report = coco_write.write(Export(LabelSet(), [documents(ring())]), path)

    read = consumer(path)
    (found,) = read.loadAnns(read.getAnnIds())
    assert np.array_equal(read.annToMask(found).astype(bool), ring().to_array())
    assert (found["area"], found["bbox"], found["iscrowd"]) == (12, [1, 1, 4, 4], 0)
    assert (report.objects, report.losses) == (1, ())


def test_an_exported_mask_is_the_same_bit_for_bit_to_supervision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tqdm.std.tqdm.monitor_interval", 0)  # it would start a thread
    path = tmp_path / "out.json"
    labels = LabelSet().with_added("cat")
    coco_write.write(Export(labels, [documents(ring(), square(2, 0, 0), label=2)]), path)
    Image.fromarray(np.zeros((6, 6, 3), np.uint8)).save(tmp_path / "a.jpg")

    read = supervision.DetectionDataset.from_coco(str(tmp_path), str(path), force_masks=True)
    ((_, _, found),) = list(read)
    assert found.mask is not None
    assert found.class_id is not None
    masks = np.stack([ring().to_array(), square(2, 0, 0).to_array()])
    assert np.array_equal(found.mask, masks)
    assert [read.classes[each] for each in found.class_id] == ["cat", "cat"]


@pytest.mark.parametrize(
    "segmentation",
    [
        {"size": [4, 5], "counts": "5220003"},
        {"size": [4, 5], "counts": [5, 2, 2, 2, 2, 2, 5]},
        [[1, 1, 4, 1, 4, 3, 1, 3]],
    ],
)
def test_the_three_ways_of_writing_a_mask_mean_the_same(segmentation: object) -> None:
    read = parse(annotations=[annotation(segmentation=segmentation)])
    mask = read.images[0].objects[0].mask
    assert mask is not None
    assert mask.counts == "5220003"


def test_nested_polygons_are_united_as_coco_means_them() -> None:
    outer, inner = [0, 0, 4, 0, 4, 4, 0, 4], [1, 1, 3, 1, 3, 3, 1, 3]
    mask = parse(annotations=[annotation(segmentation=[outer, inner])]).images[0].objects[0].mask
    assert mask is not None
    assert mask.area == 16


def test_a_record_without_a_mask_keeps_its_box() -> None:
    read = parse(annotations=[annotation(segmentation=[], bbox=[1, 1, 2.5, 2])])
    (found,) = read.images[0].objects
    assert found.mask is None
    assert found.box is not None
    assert found.box.xywh == (1, 1, 2.5, 2)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"image_id": 9}, "no image"),
        ({"image_id": [1]}, "image_id"),
        ({"image_id": None}, "image_id"),
        ({"category_id": {}}, "category_id"),
        ({"segmentation": {"size": [5, 4], "counts": "5220003"}}, "pixels"),
        ({"segmentation": {"size": [4, 5], "counts": "~~~"}}, ""),
        ({"segmentation": {"size": [4, 5], "counts": [99]}}, ""),
        ({"segmentation": {"size": [4, 5], "counts": [True, 19]}}, "counts"),
        ({"segmentation": [[1, 1, 2]]}, "polygon"),
        ({"segmentation": [[1, 1, 2, 2, 3, 1e300]]}, "outline"),
        ({"segmentation": 5}, "segmentation"),
        ({"segmentation": [], "bbox": []}, "needs"),
        ({"segmentation": [], "bbox": [1, 2, 3]}, "bbox"),
        ({"segmentation": [[1, 1, 3, 1, 2, 1]]}, "empty"),
        ({"segmentation": [[50, 50, 60, 50, 60, 60]]}, "empty"),
        ({"segmentation": {"size": [4, 5], "counts": [20]}}, "empty"),
    ],
)
def test_a_bad_record_costs_itself_and_says_why(fields: dict[str, Any], reason: str) -> None:
    read = parse(annotations=[annotation(**fields), annotation(id=8)])
    assert [len(image.objects) for image in read.images] == [1]
    (skip,) = read.skipped
    assert skip.where == "annotation with id 7"
    assert reason in skip.reason


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"images": 3}', b"<html>", b"[" * 100_000])
def test_what_is_not_coco_is_said_to_be_so(data: bytes) -> None:
    with pytest.raises(Problem, match="not a COCO file"):
        coco.parse(data, "x.json")


def test_unknown_fields_and_ids_survive_the_round_trip(tmp_path: Path) -> None:
    read = parse(
        info={"year": 2026},
        annotations=[annotation(iscrowd=1, mood="calm", attributes={"wet": True})],
    )
    (image,) = read.images
    (found,) = image.objects
    assert found.mask is not None
    labels = LabelSet().with_added("cat")
    document = Document(4, 5, extra=image.extra).with_added(
        found.mask, 2, attributes=found.attributes, extra=found.extra, details=found.details
    )
    path = tmp_path / "out.json"
    coco_write.write(Export(labels, [ExportImage("a.jpg", document)], read.extra), path)
    written = json.loads(path.read_text("utf-8"))
    (out,) = written["annotations"]
    assert (out["id"], out["iscrowd"], out["mood"]) == (7, 1, "calm")
    assert out["attributes"] == {"wet": True}
    assert written["info"] == {"year": 2026}
    assert written["images"][0]["id"] == 1


def test_polygons_report_the_holes_they_lose(tmp_path: Path) -> None:
    square = Mask.from_window(np.ones((2, 2), bool), 1, 1, 6, 6)
    export = Export(LabelSet(), [documents(square, ring())])
    report = coco_write.write(export, tmp_path / "p.json", polygons=True)
    (loss,) = report.losses
    assert loss.iou == pytest.approx(12 / 16)


def test_images_without_objects_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    coco_write.write(Export(LabelSet(), [ExportImage("b/c.png", Document(3, 2))]), path)
    (image,) = json.loads(path.read_text("utf-8"))["images"]
    assert (image["file_name"], image["height"], image["width"]) == ("b/c.png", 3, 2)


def test_a_stopped_export_leaves_the_older_file(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("old", "utf-8")

    def stop(_: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        coco_write.write(Export(LabelSet(), [documents(ring())]), path, progress=stop)
    assert path.read_text("utf-8") == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["out.json"]


masks = st.integers(1, 9).flatmap(
    lambda height: st.lists(
        st.lists(st.booleans(), min_size=height, max_size=height), min_size=1, max_size=9
    ).map(lambda columns: Mask.from_array(np.array(columns, bool).T))
)


@given(masks.filter(lambda mask: mask.area > 0))
@settings(deadline=None, max_examples=60)
def test_any_mask_comes_back(tmp_path_factory: pytest.TempPathFactory, mask: Mask) -> None:
    path = tmp_path_factory.mktemp("coco") / "out.json"
    report = coco_write.write(Export(LabelSet(), [documents(mask)]), path)
    back = [found.mask for found in coco.read(path).images[0].objects]
    # A mask without pixels is no object: it is left out aloud.
    assert back == ([mask] if mask.area else [])
    assert len(report.skipped) == 1 - len(back)


def test_boxes_that_wait_for_masks_are_written_without_one(tmp_path: Path) -> None:
    read = parse(annotations=[annotation(segmentation=[], bbox=[1, 1, 2.5, 2], score=0.5)])
    (found,) = read.images[0].objects
    waits = Unsegmented(1, Prompt(box=found.box), 0.5, extra=found.extra)
    image = ExportImage("a.jpg", Document(4, 5).with_unsegmented([waits]))
    path = tmp_path / "out.json"
    report = coco_write.write(Export(LabelSet(), [image]), path)
    assert (report.objects, report.skipped) == (1, ())
    (back,) = coco.read(path).images[0].objects
    assert (back.mask, back.box, back.score, back.extra) == (None, found.box, 0.5, found.extra)


def test_a_name_that_is_no_text_is_skipped_aloud(tmp_path: Path) -> None:
    image = ExportImage("\udcff.jpg", Document(4, 5))
    report = coco_write.write(Export(LabelSet(), [image]), tmp_path / "out.json")
    assert (report.images, len(report.skipped)) == (0, 1)


def test_a_file_cut_short_anywhere_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    coco_write.write(Export(LabelSet(), [documents(ring(), ring())]), path, polygons=True)
    survives(lambda data: coco.parse(data, "a.json"), path.read_bytes(), Problem)


def test_what_reads_back_differently_replaces_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    coco_write.write(export_of(square()), path)
    before = path.read_bytes()
    whole = coco.parse

    def other(data: bytes, name: str, **more: Any) -> Imported:
        return whole(data.replace(b'"name":"cat"', b'"name":"cow"'), name, **more)

    monkeypatch.setattr(coco, "parse", other)
    with pytest.raises(Problem, match="came back different"):
        coco_write.write(export_of(ring()), path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("polygons", [False, True])
def test_an_empty_mask_is_left_out_and_told(tmp_path: Path, polygons: bool) -> None:
    path = tmp_path / "a.json"
    report = coco_write.write(export_of(square(), Mask.empty(6, 6)), path, polygons=polygons)
    assert (report.objects, [skip.reason for skip in report.skipped]) == (1, ["its mask is empty"])
