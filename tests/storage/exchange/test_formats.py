"""The list of formats: each is recognised again, and any can become any other."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from app.core.document import Document
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.core.prompt import Box, Prompt
from app.core.unsegmented import Unsegmented
from app.storage.exchange import coco
from app.storage.exchange.convert import as_export, convert
from app.storage.exchange.exporting import write
from app.storage.exchange.formats import FORMATS, detect, format_named
from app.storage.exchange.images import Images
from app.storage.exchange.importing import plan_import
from app.storage.exchange.values import Export, ExportImage
from tests.storage.exchange.samples import ring, save_image, square

MASKS = ("coco", "sa1b", "labelme", "yolo", "instance-png", "masks", "isat")


def images_in(folder: Path) -> Path:
    for name in ("sub/a.png", "b.png"):
        save_image(folder / name)
    return folder


def export() -> Export:
    labels = LabelSet().with_added("cat")
    first = Document(6, 6).with_added(square(1, 0, 0), 1).with_added(ring(), 2)
    second = Document(6, 6).with_added(square(2, 3, 3), 2)
    return Export(labels, [ExportImage("sub/a.png", first), ExportImage("b.png", second)])


def written(name: str, folder: Path, **options: object) -> Path:
    form = FORMATS[name]
    path = folder / f"out-{name}{form.suffix}"
    report = write(form, export(), path, dict(options))
    assert report.skipped == ()
    return path


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_written_is_recognised(name: str, tmp_path: Path) -> None:
    assert detect(written(name, tmp_path)).name == name


@pytest.mark.parametrize("name", ["coco", "labelme", "yolo", "voc", "isat", "sa1b"])
def test_a_single_file_is_recognised(name: str, tmp_path: Path) -> None:
    path = written(name, tmp_path)
    suffix = {"yolo": ".txt", "voc": ".xml"}.get(name, ".json")
    file = path if path.is_file() else next(path.rglob(f"b{suffix}"))
    assert detect(file).name == name


@pytest.mark.parametrize("content", ["", "[", "{}", '{"a": 1}', "[" * 100_000])
def test_what_is_unknown_is_said_to_be_so(tmp_path: Path, content: str) -> None:
    for name in ("a.json", "a.txt", "a.bin"):
        path = tmp_path / name
        path.write_text(content, "utf-8")
        try:
            assert detect(path).name == "sa1b"
        except Problem as problem:
            reason = "no format" if name != "a.json" or content[:1] == "{" else "line 1, column "
            assert reason in problem.what  # noqa: PT017
    with pytest.raises(Problem, match="no format"):
        detect(tmp_path / "a.bin")


def test_an_unknown_name_or_option_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="There are: coco"):
        format_named("tfrecord")
    with pytest.raises(Problem, match="no option 'boxes'"):
        write(FORMATS["coco"], export(), tmp_path / "a.json", {"boxes": True})


@pytest.mark.parametrize("source", MASKS)
@pytest.mark.parametrize("to", MASKS)
def test_masks_go_from_any_format_to_any_other(source: str, to: str, tmp_path: Path) -> None:
    images = images_in(tmp_path / "images")
    first = written(source, tmp_path)
    second = tmp_path / f"second{FORMATS[to].suffix}"
    report = convert(first, second, FORMATS[to], images=images)
    assert (report.images, report.objects, report.skipped) == (2, 3, ())
    read = FORMATS[to].read(second, Images.in_folder(images), None)
    plan = plan_import(read, Images.in_folder(images), LabelSet())
    found = {
        each.name: {
            (plan.labels.label(a.label_id).name, a.mask) for a in each.applied(Document(*each.size))
        }
        for each in plan.changes
    }
    assert found == {
        "sub/a.png": {("object", square(1, 0, 0)), ("cat", ring())},
        "b.png": {("cat", square(2, 3, 3))},
    }


@pytest.mark.parametrize("to", ["coco", "labelme", "yolo", "voc"])
def test_boxes_without_masks_go_on_as_boxes(to: str, tmp_path: Path) -> None:
    images = images_in(tmp_path / "images")
    box = Unsegmented(2, Prompt(box=Box(1, 2, 4, 6)))
    image = ExportImage("b.png", Document(6, 6).with_unsegmented([box]))
    source = tmp_path / "voc"
    write(FORMATS["voc"], Export(LabelSet().with_added("cat"), [image]), source)
    target = tmp_path / f"target{FORMATS[to].suffix}"
    options: dict[str, object] = {"boxes": True} if to == "yolo" else {}
    report = convert(source, target, FORMATS[to], images=images, options=options)
    assert report.skipped == ()
    (found,) = FORMATS[to].read(target, Images.in_folder(images), None).images[0].objects
    assert found.box is not None
    assert (found.label, found.mask) == ("cat", None)
    assert found.box.xywh == pytest.approx((1, 2, 3, 4), abs=1e-6)


def test_sizes_that_nobody_states_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    records = {
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2]}],
    }
    path.write_text(json.dumps(records), "utf-8")
    report = convert(path, tmp_path / "out", FORMATS["voc"])
    assert "name the folder of the images" in report.skipped[0].reason


def test_names_that_lead_out_are_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "in" / "a.json"
    path.parent.mkdir()
    records = {
        "images": [{"id": 1, "file_name": "../../evil.jpg", "height": 6, "width": 6}],
        "categories": [],
        "annotations": [],
    }
    path.write_text(json.dumps(records), "utf-8")
    before = set(tmp_path.rglob("*"))
    for name, form in FORMATS.items():
        folder = tmp_path / "out" / name
        folder.mkdir(parents=True)
        report = convert(path, folder / f"x{form.suffix}", form)
        assert name == "coco" or report.images == 0
    new = set(tmp_path.rglob("*")) - before
    assert all(each.is_relative_to(tmp_path / "out") for each in new)


def big_coco() -> bytes:
    """50 images with 40 annotations each, half of them polygons."""
    counts = Mask.from_window(square(30, 0, 0, 30).to_array(), 100, 50, 480, 640).counts
    polygon = [float(value) for step in range(40) for value in (100 + step, 50 + step % 7)]
    annotations = [
        {
            "id": number,
            "image_id": number % 50,
            "category_id": number % 3,
            "bbox": [100, 50, 30, 30],
            "area": 900,
            "iscrowd": 0,
            "segmentation": [polygon] if number % 2 else {"size": [480, 640], "counts": counts},
        }
        for number in range(2_000)
    ]
    images = [{"id": n, "file_name": f"{n:04}.jpg", "height": 480, "width": 640} for n in range(50)]
    categories = [{"id": number, "name": f"class {number}"} for number in range(3)]
    whole = {"images": images, "annotations": annotations, "categories": categories}
    return json.dumps(whole).encode()


@pytest.mark.slow
def test_a_large_coco_file_is_planned_and_written_in_seconds(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    path.write_bytes(big_coco())
    begun = time.process_time()
    imported = coco.read(path)
    read_s = time.process_time() - begun
    assert imported.objects == 2_000
    images = Images.of_sizes({f"{n:04}.jpg": (480, 640) for n in range(50)})
    export, skipped = as_export(imported, images)
    assert skipped == ()
    report = write(FORMATS["coco"], export, tmp_path / "out.json")
    assert (report.objects, report.losses) == (2_000, ())
    # Generous: a half and two seconds on an idle machine.
    assert read_s < 4
    assert time.process_time() - begun < 12
    print(f"read {read_s:.1f} s, all {time.process_time() - begun:.1f} s")
