"""Index images: every pixel comes back, and what overlaps is told."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.core.document import Document
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.storage.exchange import class_map, index_png, index_png_write
from app.storage.exchange.png import Values, read_png, voc_palette, write_png
from app.storage.exchange.values import Export, ExportImage
from tests.storage.exchange.samples import (
    document_of,
    export_of,
    images_of_masks,
    label_names,
    square,
    survives,
)

VALUES = np.array([[0, 1, 1], [7, 255, 0]], np.uint8)


def save(path: Path, values: Values, palette: bytes | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(write_png(values, palette))


def two_classes() -> Export:
    labels = LabelSet().with_added("cat")
    document = document_of(square(3, 0, 0), square(2, 4, 4)).with_label(2, 2)
    return Export(labels, [ExportImage("sub/a.jpg", document)])


def test_the_palette_is_that_of_pascal_voc() -> None:
    palette = np.frombuffer(voc_palette(), np.uint8).reshape(256, 3)
    known = {1: (128, 0, 0), 2: (0, 128, 0), 15: (192, 128, 128), 20: (0, 64, 128)}
    assert {index: tuple(palette[index].tolist()) for index in known} == known


def test_each_value_of_an_instance_png_is_an_object(tmp_path: Path) -> None:
    save(tmp_path / "a.png", VALUES)
    (image,) = index_png.read_instances(tmp_path).images
    assert (image.name, image.size) == ("a", (2, 3))
    assert [each.extra["instance_png"] for each in image.objects] == [
        {"id": 1},
        {"id": 7},
        {"id": 255},
    ]


def test_the_void_of_indexed_pngs_is_no_object(tmp_path: Path) -> None:
    save(tmp_path / "a.png", VALUES, voc_palette())
    assert index_png.read_instances(tmp_path).objects == 2
    assert index_png.read_semantic(tmp_path).objects == 2


def test_sixteen_bits_are_read_whole(tmp_path: Path) -> None:
    save(tmp_path / "a.png", np.array([[0, 300], [65_535, 300]], np.uint16))
    (image,) = index_png.read_instances(tmp_path).images
    ids = [each.extra["instance_png"]["id"] for each in image.objects]  # type: ignore[index]
    assert ids == [300, 65_535]


def test_colours_are_read_by_the_map(tmp_path: Path) -> None:
    text = "# label:color_rgb:parts:actions\nbackground:0,0,0::\na:b:10,20,30::\n"
    (tmp_path / "labelmap.txt").write_text(text, "utf-8")
    image = Image.new("RGB", (2, 1))
    image.putpixel((1, 0), (10, 20, 30))
    image.save(tmp_path / "a.png")
    (found,) = index_png.read_semantic(tmp_path).images[0].objects
    assert (found.label, found.mask and found.mask.bounds) == ("a:b", (1, 0, 2, 1))


def test_an_unknown_colour_is_said(tmp_path: Path) -> None:
    Image.new("RGB", (2, 1), (9, 9, 9)).save(tmp_path / "a.png")
    assert "labelmap.txt" in index_png.read_semantic(tmp_path).skipped[0].reason
    (tmp_path / "labelmap.txt").write_text("background:0,0,0::\n", "utf-8")
    assert "#090909" in index_png.read_semantic(tmp_path).skipped[0].reason


def test_instances_get_their_classes_from_the_png_beside(tmp_path: Path) -> None:
    report = index_png_write.write_instances(two_classes(), tmp_path)
    names = {path.relative_to(tmp_path).as_posix() for path in report.files}
    assert names == {
        "labelmap.txt",
        "ImageSets/Segmentation/default.txt",
        "ImageSets/Main/default.txt",
        "SegmentationObject/sub/a.png",
        "SegmentationClass/sub/a.png",
    }
    # Datumaro and CVAT look for nothing that is not listed.
    listed = tmp_path / "ImageSets" / "Segmentation" / "default.txt"
    assert listed.read_text("utf-8") == "sub/a\n"
    read = index_png.read_instances(tmp_path)
    assert [each.label for each in read.images[0].objects] == ["object", "cat"]
    assert [category.name for category in read.categories] == ["object", "cat"]
    semantic = index_png.read_semantic(tmp_path)
    assert [each.label for each in semantic.images[0].objects] == ["object", "cat"]


def test_what_is_covered_is_measured(tmp_path: Path) -> None:
    export = export_of(square(4, 0, 0), square(2, 0, 0), square(1, 0, 0))
    report = index_png_write.write_instances(export, tmp_path)
    ious = [(loss.where, loss.iou) for loss in report.losses]
    assert ious == [("a.jpg, object 1", 12 / 16), ("a.jpg, object 2", 3 / 4)]
    semantic = index_png_write.write_semantic(export, tmp_path)
    assert semantic.losses == ()


def test_what_is_covered_whole_is_told_apart(tmp_path: Path) -> None:
    export = export_of(square(2, 0, 0), square(4, 2, 0), square(4, 0, 0))
    first, second = index_png_write.write_instances(export, tmp_path).losses
    assert (first.iou, first.reason) == (0.0, "other objects cover all of it")
    assert second.reason == "other objects cover part of it"


def test_covered_classes_are_measured(tmp_path: Path) -> None:
    labels = LabelSet().with_added("cat")
    document = document_of(square(4, 0, 0), square(2, 0, 0)).with_label(2, 2)
    export = Export(labels, [ExportImage("a.jpg", document)])
    (loss,) = index_png_write.write_semantic(export, tmp_path).losses
    assert (loss.where, loss.iou) == ("a.jpg, class object", 12 / 16)


def test_more_objects_than_eight_bits_hold_take_sixteen(tmp_path: Path) -> None:
    document = Document(20, 20)
    for number in range(300):
        pixel = np.ones((1, 1), bool)
        document = document.with_added(Mask.from_window(pixel, number % 20, number // 20, 20, 20))
    export = Export(LabelSet(), [ExportImage("a.jpg", document)])
    index_png_write.write_instances(export, tmp_path)
    values = read_png((tmp_path / "SegmentationObject/a.png").read_bytes()).values
    assert values.dtype == np.uint16
    assert values.max() == 300
    assert index_png.read_instances(tmp_path).objects == 300
    forced = index_png_write.write_instances(export, tmp_path / "b", bits=8)
    assert "8 bits" in forced.skipped[0].reason


def test_a_png_cut_short_anywhere_is_refused() -> None:
    noise = np.random.default_rng(0).integers(0, 250, (20, 30)).astype(np.uint8)
    survives(read_png, write_png(noise, voc_palette()), ValueError)


def test_a_png_that_promises_too_much_is_refused_unread() -> None:
    data = bytearray(write_png(VALUES))
    data[16:24] = (60_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    with pytest.raises(ValueError, match="too large"):
        read_png(bytes(data))


@given(images_of_masks, label_names, st.sampled_from([None, 8, 16]))
def test_any_objects_that_do_not_overlap_come_back(
    tmp_path_factory: pytest.TempPathFactory, masks: list[Mask], label: str, bits: int | None
) -> None:
    folder = tmp_path_factory.mktemp("png")
    apart: list[Mask] = []
    for mask in masks:
        for other in apart:
            mask = mask.subtract(other)
        if mask.area:
            apart.append(mask)
    labels = LabelSet().with_added(label) if label.strip() != "object" else LabelSet()
    document = Document(*masks[0].size)
    for mask in apart:
        document = document.with_added(mask, labels.labels[-1].id)
    export = Export(labels, [ExportImage("a.jpg", document)])
    assert index_png_write.write_instances(export, folder, bits=bits).losses == ()
    (image,) = index_png.read_instances(folder).images
    assert [(each.mask, each.label) for each in image.objects] == [
        (mask, label.strip()) for mask in apart
    ]
    index_png_write.write_semantic(export, folder, bits=bits)
    (image,) = index_png.read_semantic(folder).images
    assert len(image.objects) == (1 if apart else 0)
    assert [c.name for c in class_map.read_class_map(folder).categories("x", set())] == [
        each.name for each in labels
    ]


def test_a_class_map_in_another_encoding_or_with_odd_lines_is_told(tmp_path: Path) -> None:
    save(tmp_path / "a.png", VALUES, voc_palette())
    text = "background:0,0,0::\ncafé:128,0,0\nodd\nred:999,0,0::\n"
    (tmp_path / "labelmap.txt").write_bytes(text.encode("latin-1"))
    read = index_png.read_semantic(tmp_path)
    assert [each.label for each in read.images[0].objects] == ["café", "class 7"]
    assert [skip.where for skip in read.skipped] == [
        "labelmap.txt",
        "labelmap.txt, line 3",
        "labelmap.txt, line 4",
    ]


def test_a_colon_in_a_label_does_not_end_its_line(tmp_path: Path) -> None:
    labels = LabelSet().with_added("size: %3A").with_added("dog")
    document = document_of(square(1, 0, 0), label=2).with_added(square(1, 4, 4), 3)
    export = Export(labels, [ExportImage("a.png", document)])
    index_png_write.write_semantic(export, tmp_path)
    lines = (tmp_path / "labelmap.txt").read_text("utf-8").splitlines()
    assert [line.count(":") for line in lines] == [3] * len(lines)
    found = index_png.read_semantic(tmp_path).images[0].objects
    assert [each.label for each in found] == ["size: %3A", "dog"]
