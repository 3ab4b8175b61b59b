"""Folders of binary masks: what we write comes back, and other people's habits are understood."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from app.core.labels import LabelSet
from app.core.mask import Mask
from app.storage.exchange import mask_folder
from app.storage.exchange.images import Images
from app.storage.exchange.png import write_png
from app.storage.exchange.values import Export, ExportImage
from tests.storage.exchange.samples import (
    document_of,
    export_of,
    images_of_masks,
    label_names,
    ring,
    square,
)

NONE = Images.of_sizes({})


def save(path: Path, mask: Mask, on: int = 255) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(write_png((mask.to_array() * np.uint8(on)).astype(np.uint8)))


def test_each_object_is_a_png_named_by_its_label(tmp_path: Path) -> None:
    report = mask_folder.write(export_of(ring(), square(), name="sub/a.jpg"), tmp_path)
    names = [path.relative_to(tmp_path).as_posix() for path in report.files]
    assert names == ["sub/a/cat_1.png", "sub/a/cat_2.png"]


@pytest.mark.parametrize(
    ("name", "label", "number"),
    [
        ("cat_1", "cat", 1),
        ("cat-12", "cat", 12),
        ("cat 3", "cat", 3),
        ("0", "object", 0),
        ("cat", "cat", None),
        ("big_cat_07", "big_cat", 7),
        ("a%2Fb_1", "a/b", 1),
    ],
)
def test_names_are_understood(tmp_path: Path, name: str, label: str, number: int | None) -> None:
    save(tmp_path / "a" / f"{name}.png", ring())
    (found,) = mask_folder.read(tmp_path, NONE).images[0].objects
    assert (found.label, found.mask) == (label, ring())
    assert found.extra.get("masks", {}).get("id") == number  # type: ignore[attr-defined]


def test_a_png_in_the_place_of_its_image_is_its_only_mask(tmp_path: Path) -> None:
    save(tmp_path / "train" / "a.png", ring(), on=1)
    images = Images.of_sizes({"train/a.jpg": (6, 6)})
    (image,) = mask_folder.read(tmp_path, images).images
    assert (image.name, image.objects[0].mask) == ("train/a", ring())


def test_masks_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in (10, 2):
        save(tmp_path / "a" / f"cat_{number}.png", square(number % 4 + 1))
    (image,) = mask_folder.read(tmp_path, NONE).images
    assert [each.mask for each in image.objects] == [square(3), square(3)]
    assert [each.extra["masks"] for each in image.objects] == [{"id": 2}, {"id": 10}]


def test_what_is_no_mask_is_said(tmp_path: Path) -> None:
    save(tmp_path / "a" / "cat_1.png", ring())
    save(tmp_path / "a" / "cat_2.png", square(size=7))
    (tmp_path / "a" / "cat_3.png").write_bytes(b"no")
    (tmp_path / "a" / "cat_4.png").write_bytes(write_png(np.array([[0, 1, 2]], np.uint8)))
    read = mask_folder.read(tmp_path, NONE)
    assert read.objects == 1
    reasons = " ".join(skip.reason for skip in read.skipped)
    assert "more values than zero" in reasons
    assert "size differs" in reasons
    assert len(read.skipped) == 3


@given(images_of_masks, label_names)
def test_any_masks_come_back(
    tmp_path_factory: pytest.TempPathFactory, masks: list[Mask], label: str
) -> None:
    folder = tmp_path_factory.mktemp("masks")
    labels = LabelSet().with_renamed(1, label)
    export = Export(labels, [ExportImage("é a.jpg", document_of(*masks))])
    report = mask_folder.write(export, folder)
    full = [mask for mask in masks if mask.area]
    images = mask_folder.read(folder, NONE).images
    objects = images[0].objects if images else ()
    assert [(each.mask, each.label) for each in objects] == [(m, label.strip()) for m in full]
    assert len(report.skipped) == len(masks) - len(full)
