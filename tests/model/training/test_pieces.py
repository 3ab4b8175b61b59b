"""Packed data are what was packed, in pieces that are small enough."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.training.pieces import pack, unpack
from model.training.samples import DataError, Sample, read_folder, read_image
from tests.model.training.nets import disc_samples

MOST = 70_000


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    folder = tmp_path / "given"
    folder.mkdir()
    return disc_samples(folder, 12)


def test_what_is_unpacked_has_the_same_images_and_masks(
    samples: list[Sample], tmp_path: Path
) -> None:
    pieces = pack(samples, tmp_path / "pieces", "train", MOST, quality=95)
    assert len(pieces) > 1
    assert all(piece.stat().st_size <= MOST for piece in pieces)
    assert unpack(pieces, tmp_path / "back") == 12
    found = read_folder(tmp_path / "back")
    assert len(found) == 12
    for number, sample in enumerate(samples):
        again = next(each for each in found if each.path.stem == f"{number:06}")
        assert again.size == sample.size
        assert all(np.array_equal(again.mask(n), sample.mask(n)) for n in range(2))
        near = np.abs(read_image(again).astype(int) - read_image(sample).astype(int))
        assert near.mean() < 8


def test_one_piece_alone_can_be_used(samples: list[Sample], tmp_path: Path) -> None:
    pieces = pack(samples, tmp_path / "pieces", "train", MOST)
    assert 0 < unpack(pieces[:1], tmp_path / "some") < 12


def test_larger_images_are_scaled_down_with_their_masks(
    samples: list[Sample], tmp_path: Path
) -> None:
    unpack(pack(samples, tmp_path / "pieces", "train", 1 << 20, side=24), tmp_path / "back")
    found = read_folder(tmp_path / "back")
    assert {sample.size for sample in found} == {(24, 24)}
    shares = sorted(sample.mask(0).mean() for sample in found)
    wanted = sorted(sample.mask(0).mean() for sample in samples)
    assert shares == pytest.approx(wanted, abs=0.02)


def test_an_image_larger_than_a_piece_is_a_sentence(samples: list[Sample], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="alone needs"):
        pack(samples, tmp_path, "train", 100)


def test_a_damaged_piece_is_a_sentence(tmp_path: Path) -> None:
    damaged = tmp_path / "train-00.zip"
    damaged.write_bytes(b"no archive")
    with pytest.raises(DataError, match="pack it again"):
        unpack([damaged], tmp_path / "back")
    with pytest.raises(DataError, match="pack a folder first"):
        unpack([], tmp_path / "back")


def test_a_piece_lays_nothing_outside_its_folder(tmp_path: Path) -> None:
    piece, folder = tmp_path / "train-00.zip", tmp_path / "deep" / "back"
    picture = tmp_path / "picture.webp"
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(picture)
    told = '{"height": 4, "width": 4, "source": "", "counts": []}'
    with zipfile.ZipFile(piece, "w") as archive:
        archive.writestr("../../out.webp", picture.read_bytes())
        archive.writestr("../../out.webp.json", told)
    unpack([piece], folder)
    assert (folder / "images" / "out.webp").is_file()
    assert not (tmp_path / "out.webp").exists()
