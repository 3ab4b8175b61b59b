"""The folder of another program's export is recognised, or told by name what it is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.core.errors import Problem
from app.core.labels import LabelSet
from app.storage.exchange.formats import FORMATS, detect
from app.storage.exchange.images import Images
from app.storage.exchange.importing import ImportPlan, plan_import
from app.storage.exchange.png import write_png
from tests.storage.exchange.samples import ring, save_image

VOC = (
    "<annotation><filename>{}</filename><object><name>cat</name><bndbox><xmin>1</xmin><ymin>1"
    "</ymin><xmax>3</xmax><ymax>3</ymax></bndbox></object></annotation>"
)
LABEL = "0 0.5 0.5 0.5 0.5\n"


def coco(*names: str, box: float = 1) -> str:
    images = [
        {"id": at, "file_name": name, "height": 6, "width": 6} for at, name in enumerate(names)
    ]
    annotations = [
        {"id": at, "image_id": at, "category_id": 1, "bbox": [box, 1, 2, 2]}
        for at in range(len(names))
    ]
    categories = [{"id": 1, "name": "cat"}]
    return json.dumps({"images": images, "annotations": annotations, "categories": categories})


def put(root: Path, **files: str) -> None:
    """Texts by path, and images where the text is empty."""
    for name, text in files.items():
        if text:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, "utf-8")
        else:
            save_image(root / name)


def gray_photo(path: Path) -> None:
    """Forty rows of noise, as photographs in one channel have it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(1).integers(0, 256, (40, 40)).astype(np.uint8)
    Image.fromarray(pixels).save(path)


FOLDERS: dict[str, tuple[str, dict[str, str], set[str]]] = {
    "Roboflow COCO": (
        "coco",
        {
            "README.roboflow.txt": "Exported",
            "train/_annotations.coco.json": coco("a.jpg"),
            "train/a.jpg": "",
            "valid/_annotations.coco.json": coco("a.jpg", "b.jpg"),
            "valid/a.jpg": "",
            "valid/b.jpg": "",
        },
        {"train/a.jpg", "valid/a.jpg", "valid/b.jpg"},
    ),
    "CVAT COCO": (
        "coco",
        {"annotations/instances_default.json": coco("a.png"), "images/default/a.png": ""},
        {"images/default/a.png"},
    ),
    "COCO with splits": (
        "coco",
        {
            "annotations/instances_train2017.json": coco("a.jpg"),
            "annotations/instances_val2017.json": coco("a.jpg"),
            "train2017/a.jpg": "",
            "val2017/a.jpg": "",
        },
        {"train2017/a.jpg", "val2017/a.jpg"},
    ),
    "Datumaro COCO": (
        "coco",
        {
            "annotations/instances_train.json": coco("sub/a.jpg"),
            "images/train/sub/a.jpg": "",
            "images/val/sub/a.jpg": "",
        },
        {"images/train/sub/a.jpg"},
    ),
    "FiftyOne COCO": ("coco", {"labels.json": coco("a.jpg"), "data/a.jpg": ""}, {"data/a.jpg"}),
    "Label Studio COCO": (
        "coco",
        {"result.json": coco("images/a.jpg"), "images/a.jpg": ""},
        {"images/a.jpg"},
    ),
    "Roboflow YOLO": (
        "yolo",
        {
            "data.yaml": "names: [cat]\ntrain: ../train/images\n",
            "README.dataset.txt": "# cats",
            "train/images/a.jpg": "",
            "train/labels/a.txt": LABEL,
            "valid/images/a.jpg": "",
            "valid/labels/a.txt": LABEL,
        },
        {"train/images/a.jpg", "valid/images/a.jpg"},
    ),
    "Roboflow Darknet": (
        "yolo",
        {"train/_darknet.labels": "cat\n", "train/a.jpg": "", "train/a.txt": LABEL},
        {"train/a.jpg"},
    ),
    "CVAT YOLO 1.1": (
        "yolo",
        {
            "obj.names": "cat\n",
            "obj.data": "classes = 1\n",
            "train.txt": "data/obj_train_data/a.png\n",
            "obj_train_data/a.png": "",
            "obj_train_data/a.txt": LABEL,
        },
        {"obj_train_data/a.png"},
    ),
    "Label Studio YOLO": (
        "yolo",
        {
            "classes.txt": "cat\n",
            "notes.json": '{"categories": [], "info": {}}',
            "images/a.jpg": "",
            "labels/a.txt": LABEL,
        },
        {"images/a.jpg"},
    ),
    "FiftyOne YOLO": (
        "yolo",
        {"dataset.yaml": "names: {0: cat}\n", "images/val/a.jpg": "", "labels/val/a.txt": LABEL},
        {"images/val/a.jpg"},
    ),
    "CVAT VOC": (
        "voc",
        {
            "labelmap.txt": "# label:color_rgb:parts:actions\nbackground:0,0,0::\ncat:128,0,0::\n",
            "Annotations/a.xml": VOC.format("a.png"),
            "ImageSets/Main/default.txt": "a\n",
            "JPEGImages/a.png": "",
        },
        {"JPEGImages/a.png"},
    ),
    "Roboflow VOC": (
        "voc",
        {"train/a.xml": VOC.format("a.jpg"), "train/a.jpg": ""},
        {"train/a.jpg"},
    ),
    "FiftyOne VOC": (
        "voc",
        {"labels/a.xml": VOC.format("a.jpg"), "data/a.jpg": ""},
        {"data/a.jpg"},
    ),
    "Label Studio VOC": (
        "voc",
        {"Annotations/a.xml": VOC.format("a.jpg"), "images/a.jpg": ""},
        {"images/a.jpg"},
    ),
}


def planned(source: Path, folder: Path, form: str | None = None) -> ImportPlan:
    kind = detect(source) if form is None else FORMATS[form]
    images = Images.in_folder(folder)
    return plan_import(kind.read(source, images, None), images, LabelSet())


@pytest.mark.parametrize("name", FOLDERS)
def test_the_folder_of_an_export_is_read_onto_its_images(name: str, tmp_path: Path) -> None:
    form, files, images = FOLDERS[name]
    put(tmp_path, **files)
    assert detect(tmp_path).name == form
    plan = planned(tmp_path, tmp_path)
    assert {change.name for change in plan.changes} == images
    assert plan.skipped == ()
    assert [label.name for label in plan.labels][-1] == "cat"


def test_a_split_alone_has_the_class_names_around_it(tmp_path: Path) -> None:
    put(tmp_path, **FOLDERS["Roboflow YOLO"][1])
    plan = planned(tmp_path / "train", tmp_path / "train")
    assert [label.name for label in plan.labels][-1] == "cat"
    assert [change.name for change in plan.changes] == ["images/a.jpg"]


def test_a_folder_is_read_as_coco_where_that_is_said(tmp_path: Path) -> None:
    put(tmp_path, **FOLDERS["Roboflow COCO"][1])
    plan = planned(tmp_path / "train", tmp_path / "train", "coco")
    assert [change.name for change in plan.changes] == ["a.jpg"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(Problem, match="empty holds no COCO file"):
        planned(tmp_path / "empty", tmp_path, "coco")
    (tmp_path / "empty/a.json").write_text('{"images": 3, "annotations": [', "utf-8")
    with pytest.raises(Problem, match=r"Nothing in empty can be read: a\.json: "):
        planned(tmp_path / "empty", tmp_path, "coco")


def test_what_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="is not a file"):
        detect(tmp_path / "gone")


def test_captions_and_key_points_beside_instances_are_said_to_be_left(tmp_path: Path) -> None:
    put(tmp_path, **FOLDERS["CVAT COCO"][1])
    put(tmp_path, **{"annotations/person_keypoints_default.json": coco("a.png", box=2)})
    plan = planned(tmp_path, tmp_path)
    assert plan.unsegmented == 1
    assert [skip.where for skip in plan.skipped] == ["annotations/person_keypoints_default.json"]


def test_files_of_two_formats_are_told(tmp_path: Path) -> None:
    labelme = {"imagePath": "a.jpg", "shapes": [], "imageHeight": 6, "imageWidth": 6}
    put(tmp_path, **{"a.json": json.dumps(labelme), "all.json": coco("a.jpg"), "a.jpg": ""})
    with pytest.raises(Problem, match="several formats: coco, labelme"):
        detect(tmp_path)


def test_what_lies_beside_our_own_images_hides_no_other_format(tmp_path: Path) -> None:
    own = {"image": {"image_id": 1}, "annotations": []}
    put(tmp_path, **{"a.jpg.json": json.dumps(own), "all.json": coco("a.jpg"), "a.jpg": ""})
    assert detect(tmp_path).name == "coco"


TASK = {
    "id": 1,
    "annotations": [{"completed_by": 1, "result": [{"from_name": "l", "to_name": "i"}]}],
    "data": {"image": "/data/a.jpg"},
}
FOREIGN: dict[str, tuple[str, dict[str, str]]] = {
    "CVAT": ("CVAT", {"annotations.xml": "<?xml version='1.0'?>\n<!-- x --><annotations/>"}),
    "Label Studio": ("Label Studio", {"project-1.json": json.dumps([TASK])}),
    "Datumaro": (
        "Datumaro",
        {"annotations/default.json": '{"info": {}, "categories": {"label": {}}, "items": []}'},
    ),
    "FiftyOne": ("FiftyOne", {"samples.json": '{"samples": []}', "metadata.json": "{}"}),
    "Supervisely": (
        "Supervisely",
        {
            "meta.json": '{"classes": [], "tags": []}',
            "ds/ann/a.png.json": '{"size": {"height": 6, "width": 6}, "tags": [], "objects": []}',
            "ds/img/a.png": "",
        },
    ),
    "VIA": ("VGG Image Annotator", {"via.json": '{"_via_settings": {}, "_via_img_metadata": {}}'}),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_another_programs_own_format_is_told_by_name(name: str, tmp_path: Path) -> None:
    said, files = FOREIGN[name]
    put(tmp_path, **files, **{"images/a.jpg": ""})
    with pytest.raises(Problem, match=said) as told:
        detect(tmp_path)
    assert "Export it from there as COCO" in told.value.advice
    if len(files) == 1:
        with pytest.raises(Problem, match=said):
            detect(tmp_path / next(iter(files)))


def test_photographs_are_no_masks(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        gray_photo(tmp_path / name)
    with pytest.raises(Problem, match="holds images only"):
        detect(tmp_path)
    for form in ("semantic-png", "instance-png", "masks"):
        other = tmp_path / "other"
        gray_photo(other / "a.png")
        plan = planned(other, tmp_path, form)
        assert plan.changes == ()
        assert [skip.where for skip in plan.skipped] == ["a.png"]


@pytest.mark.parametrize("form", ["semantic-png", "instance-png", "masks"])
def test_a_scan_in_black_and_white_is_no_mask_of_itself(form: str, tmp_path: Path) -> None:
    pixels = np.random.default_rng(2).integers(0, 2, (9, 9)).astype(bool)
    for folder in ("images", "copies"):
        (tmp_path / folder).mkdir()
    (tmp_path / "images/a.png").write_bytes(write_png(pixels))
    (tmp_path / "copies/a.png").write_bytes(write_png((pixels * np.uint8(255)).astype(np.uint8)))
    for source in ("images", "copies"):
        plan = planned(tmp_path / source, tmp_path / "images", form)
        assert plan.changes == ()
        (skip,) = plan.skipped
        assert "the image itself" in skip.reason


@pytest.mark.parametrize(("images", "masks"), [("images", "masks"), ("data", "labels")])
def test_masks_inside_the_folder_are_no_images_of_it(
    images: str, masks: str, tmp_path: Path
) -> None:
    save_image(tmp_path / images / "a.png")
    (tmp_path / masks).mkdir()
    (tmp_path / masks / "a.png").write_bytes(write_png(ring().to_array()))
    for source in (tmp_path / masks, tmp_path):
        plan = planned(source, tmp_path)
        assert [(change.name, change.added) for change in plan.changes] == [(f"{images}/a.png", 1)]
        assert plan.skipped == ()


def test_numbers_without_a_folder_that_tells_their_meaning_are_asked_about(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(write_png(np.array([[0, 1, 2]], np.uint8)))
    with pytest.raises(Problem, match="numbers, of classes or of objects"):
        detect(tmp_path)
