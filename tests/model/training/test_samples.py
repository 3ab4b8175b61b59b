"""Folders of masks: what is read, and what is said about what cannot be."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model import rle
from model.training.batches import Augmentation, BatchMaker
from model.training.heldout import split
from model.training.pixels import ImagesFromFiles, PackedImages
from model.training.samples import DataError, Sample, read_folder, read_image
from tests.model.training.nets import coco_file, disc_samples


def _coco_folder(folder: Path, count: int = 3) -> Path:
    samples = disc_samples(folder, count)
    (folder / "annotations.json").write_text(json.dumps(coco_file(samples)))
    return folder


def test_a_coco_file_gives_the_masks_of_each_image(tmp_path: Path) -> None:
    wanted = disc_samples(tmp_path)
    found = read_folder(_coco_folder(tmp_path, 4))
    assert [sample.path for sample in found] == [sample.path for sample in wanted]
    for a, b in zip(found, wanted, strict=True):
        assert all(np.array_equal(a.mask(k), b.mask(k)) for k in range(2))
        assert a.area(0) == a.mask(0).sum()


def test_sidecars_give_their_accepted_masks(tmp_path: Path) -> None:
    sample = disc_samples(tmp_path, 1)[0]
    states = ("accepted", "rejected")
    entries = [
        {
            "id": number,
            "maskwright": {"state": state},
            "segmentation": {"size": list(sample.size), "counts": rle.to_counts(runs)},
        }
        for number, (runs, state) in enumerate(zip(sample.runs, states, strict=True))
    ]
    height, width = sample.size
    content = {"image": {"height": height, "width": width}, "annotations": entries}
    sample.path.with_name(sample.path.name + ".json").write_text(json.dumps(content))
    found = read_folder(tmp_path)
    assert len(found) == 1
    assert len(found[0].runs) == 1
    assert np.array_equal(found[0].mask(0), sample.mask(0))


def test_a_folder_without_masks_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    with pytest.raises(DataError, match="holds no masks"):
        read_folder(tmp_path)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a folder"):
        read_folder(tmp_path / "nothing")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"images": 3}', '{"images": [{}]}'])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "annotations.json").write_text(content)
    with pytest.raises(DataError, match=r"annotations\.json"):
        read_folder(tmp_path)


def test_a_mask_larger_than_its_image_is_named(tmp_path: Path) -> None:
    samples = disc_samples(tmp_path, 1)
    content = coco_file(samples, sizes=[(20, 20)])
    (tmp_path / "annotations.json").write_text(json.dumps(content))
    with pytest.raises(DataError, match=r"mask 0 .* is 48 x 48 pixels, its image 20 x 20"):
        read_folder(tmp_path)


def test_an_image_of_another_size_is_named(tmp_path: Path) -> None:
    sample = read_folder(_coco_folder(tmp_path))[0]
    Image.new("RGB", (10, 10)).save(sample.path)
    with pytest.raises(DataError, match="is 10 x 10 pixels, its masks 48 x 48"):
        read_image(sample)


def test_a_photo_taken_sideways_is_read_as_its_masks_were_drawn(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held with its right side down (EXIF 2.3, orientation)
    path = tmp_path / "a.png"
    Image.new("RGB", (30, 20)).save(path, exif=exif)
    for size in ((30, 20), (20, 30)):
        assert read_image(Sample(path, size, ())).shape == (*size, 3)


def test_one_image_cannot_be_split(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="needs at least two"):
        split(disc_samples(tmp_path, 1), 0.2, seed=0)


def test_a_split_has_every_image_once_and_both_sides(tmp_path: Path) -> None:
    samples = disc_samples(tmp_path, 5)
    learned, held = split(samples, 0.01, seed=0)
    assert len(held) == 1
    assert {s.path for s in learned} | {s.path for s in held} == {s.path for s in samples}
    assert len(learned) == 4


def test_packed_images_are_the_files_pixels(tmp_path: Path) -> None:
    samples = disc_samples(tmp_path)
    packed = PackedImages(samples, tmp_path / "cache")
    for index, sample in enumerate(samples):
        assert np.array_equal(packed[index], read_image(sample))
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_a_batch_depends_on_the_step_alone(tmp_path: Path) -> None:
    samples = disc_samples(tmp_path)
    makers = [BatchMaker(samples, ImagesFromFiles(samples), {}, 2, Augmentation(), 1) for _ in "ab"]
    makers[0].make(5, 64, 3)
    a, b = (maker.make(7, 64, 3) for maker in makers)
    assert np.array_equal(a.images, b.images)
    assert np.array_equal(a.masks, b.masks)
    assert a.images.shape == (3, 64, 64, 3)
    assert a.masks.shape == (len(a.owner), 32, 32)
    assert a.masks.any(axis=(1, 2)).all()


def test_a_source_of_weight_zero_is_never_drawn(tmp_path: Path) -> None:
    samples = disc_samples(tmp_path, 2)
    with pytest.raises(ValueError, match="every source has weight 0"):
        BatchMaker(samples, ImagesFromFiles(samples), {"": 0.0}, 2, Augmentation(), 1)


def test_masks_stay_on_their_objects(tmp_path: Path) -> None:
    samples = disc_samples(tmp_path)
    plain = Augmentation(colour=0, grey=0, vertical_flip=0.5)
    batch = BatchMaker(samples, ImagesFromFiles(samples), {}, 2, plain, 1).make(0, 64, 4)
    bright = batch.images.mean(axis=3) > 0
    for mask, owner in zip(batch.masks, batch.owner, strict=True):
        seen = bright[owner][::2, ::2][mask]
        assert seen.mean() > 0.8


def test_fitted_inputs_have_usual_shapes_and_all_peers_the_same(tmp_path: Path) -> None:
    samples = disc_samples(tmp_path)
    makers = [
        BatchMaker(samples, ImagesFromFiles(samples), {}, 2, Augmentation(), seed, fitted=True)
        for seed in (1, 1001)
    ]
    shapes = set()
    for step in range(20):
        a, b = (maker.make(step, 96, 2) for maker in makers)
        height, width = a.images.shape[1:3]
        assert a.images.shape[1:3] == b.images.shape[1:3]
        assert a.masks.shape[1:] == (height // 2, width // 2)
        assert max(height, width) == 96
        shapes.add((height, width))
    assert shapes == {(96, 96), (64, 96), (96, 64)}


def test_an_image_of_another_size_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    Image.new("RGB", (40, 30)).save(tmp_path / "a.png")
    data = (tmp_path / "a.png").read_bytes()
    header = data[12:16] + (50_000).to_bytes(4) * 2 + data[24:29]
    bomb = data[:12] + header + zlib.crc32(header).to_bytes(4) + data[33:]
    (tmp_path / "a.png").write_bytes(bomb)
    for size in ((30, 40), (50_000, 50_000)):
        with pytest.raises(DataError, match=r"a\.png"):
            read_image(Sample(tmp_path / "a.png", size, ()))
