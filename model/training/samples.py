"""Folders of images with masks as training samples: COCO-RLE files and Maskwright's own
sidecars."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model import rle
from model.images import ImageError, OtherSizeError, read_rgb
from model.messages import reason_of, say

ANNOTATIONS = "annotations.json"
IMAGES = "images"
"""The folder of the images, where they do not lie beside the annotations."""


class DataError(ValueError):
    """A folder cannot be used for training or evaluation; the text says which file, why, and what
    to do."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One image and its masks.

    Attributes:
        path: the image file.
        size: (H, W) in pixels.
        runs: run lengths of each mask, see ``model.rle``.
        source: name of the data set it came from; "" if not told.
    """

    path: Path
    size: tuple[int, int]
    runs: tuple[rle.Runs, ...]
    source: str = ""

    def area(self, index: int) -> int:
        """Pixels of mask ``index``."""
        return int(self.runs[index][1::2].sum())

    def mask(self, index: int) -> npt.NDArray[np.bool_]:
        """(H, W) bool."""
        return rle.decode(self.runs[index], *self.size)


def read_folder(
    folder: Path, has: Callable[[Path], bool] = Path.is_file, *, apart: Path | None = None
) -> list[Sample]:
    """Every image of ``folder`` that has masks, in the order of file names.

    ``folder`` holds ``annotations.json`` (COCO, compressed or plain RLE) with the images beside it
    or in ``images/``; or images with a ``<image>.json`` sidecar each.

    Args:
        has: whether there is an image of that path, where the images are not at hand.
        apart: a folder with sidecars that go before those beside the images; None for none.

    Raises:
        DataError: there are no masks, a file cannot be read, or a mask does not fit its image.
    """
    if not folder.is_dir():
        raise DataError(
            say("{folder} is not a folder: give one that holds images and masks", folder)
        )
    index = folder / ANNOTATIONS
    samples = _from_coco(index) if index.is_file() else _from_sidecars(folder, has, apart)
    samples = [sample for sample in samples if sample.runs]
    if not samples:
        raise DataError(
            say(
                "{folder} holds no masks: expected {file} or a .json beside each image; accept "
                "some masks first",
                apart or folder,
                ANNOTATIONS,
            )
        )
    return sorted(samples, key=lambda sample: sample.path.name)


def _from_coco(index: Path) -> list[Sample]:
    content = _read_json(index)
    try:
        images = {entry["id"]: entry for entry in content["images"]}
        found: dict[Any, list[rle.Runs]] = {key: [] for key in images}
        for entry in content["annotations"]:
            if entry.get("iscrowd") or entry["image_id"] not in images:
                continue
            image = images[entry["image_id"]]
            size = (int(image["height"]), int(image["width"]))
            found[entry["image_id"]].append(
                _runs(
                    entry["segmentation"], size, say("mask {id} of {file}", entry.get("id"), index)
                )
            )
        root = index.parent / IMAGES if (index.parent / IMAGES).is_dir() else index.parent
        return [
            Sample(
                root / entry["file_name"],
                (int(entry["height"]), int(entry["width"])),
                tuple(found[key]),
                str(entry.get("source", "")),
            )
            for key, entry in images.items()
        ]
    except (KeyError, TypeError, AttributeError) as error:
        reason = repr(error)
        raise DataError(
            say("{file} is not a COCO file with RLE masks: {reason}", index, reason)
        ) from error


def _from_sidecars(folder: Path, has: Callable[[Path], bool], apart: Path | None) -> list[Sample]:
    places = (folder,) if apart is None else (folder, apart)
    paths = {path.name: path for place in places for path in place.glob("*.json")}
    found = [_from_sidecar(paths[name], has, folder) for name in sorted(paths)]
    return [sample for sample in found if has(sample.path)]


def _from_sidecar(path: Path, has: Callable[[Path], bool], folder: Path) -> Sample:
    content = _read_json(path)
    try:
        size = (int(content["image"]["height"]), int(content["image"]["width"]))
        runs = [
            _runs(entry["segmentation"], size, say("mask {id} of {file}", entry.get("id"), path))
            for entry in content["annotations"]
            if entry.get("maskwright", {}).get("state") not in ("proposed", "rejected")
            and not entry.get("iscrowd")
        ]
        named = folder / Path(str(content["image"].get("file_name", ""))).name
    except (KeyError, TypeError, AttributeError) as error:
        reason = repr(error)
        raise DataError(
            say("{file} is not a sidecar with masks: {reason}", path, reason)
        ) from error
    own = folder / path.with_suffix("").name
    # Ours is named after the whole name of the image; SA-1B's tells the image inside.
    return Sample(own if has(own) else named, size, tuple(runs))


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(say("{file} cannot be read: {reason}", path, error)) from error


def _runs(segmentation: Mapping[str, Any], size: tuple[int, int], what: str) -> rle.Runs:
    given = tuple(int(side) for side in segmentation["size"])
    if given != size:
        raise DataError(
            say(
                "{what} is {size} pixels, its image {expected}: export it again",
                what,
                f"{given[1]} x {given[0]}",
                f"{size[1]} x {size[0]}",
            )
        )
    counts = segmentation["counts"]
    try:
        if isinstance(counts, str | bytes):
            return rle.from_counts(counts, *size)
        return rle.checked_runs(counts, *size)
    except ValueError as error:
        raise DataError(say("{what} is damaged: {reason}", what, error)) from error


def read_image(sample: Sample) -> npt.NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB.

    Raises:
        DataError: the file is missing, damaged, or of another size than its masks.
    """
    try:
        upright, stored = read_rgb(sample.path, sample.size)
    except OtherSizeError as error:
        raise _misfit(sample, error.height, error.width) from error
    except ImageError as error:
        raise DataError(reason_of(error)) from error
    # Masks are drawn on the upright image; some programs draw on it as it is stored.
    for pixels in (upright, stored):
        if pixels.shape[:2] == sample.size:
            return pixels
    raise _misfit(sample, *upright.shape[:2])


def _misfit(sample: Sample, height: int, width: int) -> DataError:
    return DataError(
        say(
            "{file} is {size} pixels, its masks {expected}: they belong to another image",
            sample.path,
            f"{width} x {height}",
            f"{sample.size[1]} x {sample.size[0]}",
        )
    )
