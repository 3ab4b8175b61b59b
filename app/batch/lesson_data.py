"""What a model is taught from: a folder's accepted and edited masks, scaled down and split."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from app.batch.folder import BatchFolder
from app.core.details import Flag
from app.core.document import Document, State
from app.core.errors import Problem
from app.core.mask import Mask
from app.storage.atomic import make_directory, write_atomic
from app.storage.failures import not_written
from app.storage.guarded import leading_out, read_file
from app.storage.own_files import can_never_be_read, set_aside
from app.storage.project import Project
from model.messages import say, say_count

LOG = logging.getLogger(__name__)
MIN_IMAGES, MIN_MASKS = 5, 20
"""Below that there is nothing to hold out, or nothing to learn."""
HELPS_IMAGES, HELPS_MASKS = 15, 100
"""What is worth the minutes; with fewer the table may show no gain."""
HELD_OUT = 5
"""One image in so many is held out."""
MOST_LEARNED, MOST_HELD = 600, 80
LEAST_SIDE = 1024
SIDE_SHARE = 1.5
"""Images are kept at so many times the model's input: training zooms in."""
MOST_BYTES = 2 << 30
ROOM_BYTES = 1 << 29
"""Of the disk, for the state and the model."""
MOST_MASKS = 1000
"""Of one image; more would be read and written for nothing."""
SPLIT = "teaching.json"
Report = Callable[[int, int], object]
ANNOTATIONS = "annotations.json"


@dataclass(frozen=True, slots=True)
class Material:
    """What a folder has to teach.

    Attributes:
        masks: by name of the image, accepted and edited ones.
        unread: why images were passed over.
    """

    masks: Mapping[str, int]
    unread: tuple[Problem, ...] = ()

    @property
    def images(self) -> int:
        return len(self.masks)

    @property
    def objects(self) -> int:
        return sum(self.masks.values())

    @property
    def is_enough(self) -> bool:
        """Whether anything can be learned."""
        return self.images >= MIN_IMAGES and self.objects >= MIN_MASKS

    @property
    def helps(self) -> bool:
        """Whether there is so much that it usually gains."""
        return self.images >= HELPS_IMAGES and self.objects >= HELPS_MASKS

    def require(self) -> None:
        """Raises: Problem: there is too little."""
        if not self.is_enough:
            raise Problem(
                say(
                    "There are {masks} accepted masks on {images} images; to teach, at least "
                    "{least_masks} on {least_images} images are needed.",
                    self.objects,
                    self.images,
                    MIN_MASKS,
                    MIN_IMAGES,
                ),
                say("Accept more masks; proposals that nobody has looked at do not count."),
            )


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was written for a lesson.

    Attributes:
        images, masks: to learn from. held_images, held_masks: to score on.
        names: of the images in the folder, by the names they were given.
        unread: why images were passed over.
    """

    images: int
    masks: int
    held_images: int
    held_masks: int
    names: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[Problem, ...] = ()


def teaches(document: Document) -> list[Mask]:
    """The masks that a person made or agreed to; guesses of a machine would repeat themselves.

    Crowds teach nothing about where one object ends.
    """
    agreed = (a for a in document if a.state in (State.ACCEPTED, State.EDITED))
    return [a.mask for a in agreed if a.mask.area > 0 and Flag.CROWD not in a.details.flags]


def material_of(folder: BatchFolder, progress: Report = lambda done, total: None) -> Material:
    """Count what the folder has to teach; what cannot be read is passed over and told."""
    found: dict[str, int] = {}
    unread: list[Problem] = []
    for number, name in enumerate(folder.names, 1):
        try:
            count = len(teaches(folder.objects(name, to_write=False).document))
        except Problem as problem:
            unread.append(problem)
        else:
            if count:
                found[name] = count
        progress(number, len(folder.names))
    return Material(found, tuple(unread))


class _SplitFile(Struct, frozen=True):
    """Keys of the images' files."""

    learned: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()


class Split:
    """Which images of a folder are held out, for good: by their content, whatever they are called.

    Args:
        project: it is kept with the folder's own files.
    """

    def __init__(self, project: Project) -> None:
        self._path, self._home = project.own / SPLIT, project.home
        known = self._read()
        self.learned, self.held = set(known.learned), set(known.held)
        self._drawn = [0, 0]

    def is_held(self, key: str) -> bool:
        """Whether this image is held out; of new ones each fifth is."""
        if key not in self.learned and key not in self.held:
            out = self._drawn[1] * HELD_OUT <= sum(self._drawn)
            (self.held if out else self.learned).add(key)
        held = key in self.held
        self._drawn[held] += 1
        return held

    def write(self) -> None:
        """Raises: Problem: it cannot be kept."""
        reason = leading_out(self._path, self._home)
        if reason is not None:
            raise Problem(reason)
        content = {"learned": sorted(self.learned), "held": sorted(self.held)}
        try:
            make_directory(self._path.parent)
            write_atomic(self._path, json.dumps(content, indent=0).encode())
        except OSError as error:
            raise not_written(self._path, error) from error

    def _read(self) -> _SplitFile:
        try:
            data = read_file(self._path, MOST_BYTES)
            if data is None:
                return _SplitFile()
            return msgspec.json.decode(data, type=_SplitFile)
        except (ValueError, RecursionError):
            set_aside(self._path)
        except Problem as problem:
            if not can_never_be_read(problem):
                raise
            set_aside(self._path)
        return _SplitFile()


def prepare(
    folder: BatchFolder,
    material: Material,
    place: Path,
    input_side: int,
    progress: Report = lambda done, total: None,
) -> Prepared:
    """Write images and masks into ``place``, ``learned`` and ``held`` apart.

    Both are scaled down to what the model can see; at most ``MOST_LEARNED`` and ``MOST_HELD``
    images are taken, drawn by their names, and ``MOST_BYTES`` in all.

    Raises:
        Problem: there is too little, or the disk does not take it.
    """
    material.require()
    side = max(LEAST_SIDE, round(SIDE_SHARE * input_side))
    split = Split(folder.project)
    parts = {False: _Part(place / "learned"), True: _Part(place / "held")}
    unread: list[Problem] = []
    names = sorted(material.masks, key=_draw)[: MOST_LEARNED + MOST_HELD]
    try:
        _check_room(place)
        for number, name in enumerate(names, 1):
            try:
                _add(folder, name, side, split, parts)
            except Problem as problem:
                unread.append(problem)
            progress(number, len(names))
            if sum(part.size for part in parts.values()) > MOST_BYTES:
                break
        for part in parts.values():
            part.close()
    except OSError as error:
        raise not_written(place, error) from error
    split.write()
    return _prepared(parts[False], parts[True], unread)


def _prepared(learned: _Part, held: _Part, unread: list[Problem]) -> Prepared:
    if not learned.images or not held.images:
        raise Problem(
            say("Too few images can be read to learn from some and to score on others."),
            say("Look at what is said of them, then try again."),
            unread[0] if unread else None,
        )
    return Prepared(
        len(learned.images), learned.masks, len(held.images), held.masks,
        {**learned.names, **held.names}, tuple(unread),
    )  # fmt: skip


class _Part:
    """A folder of images with COCO run lengths."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self.images: list[dict[str, Any]] = []
        self.names: dict[str, str] = {}
        self._masks: list[dict[str, Any]] = []
        self.size = 0

    @property
    def masks(self) -> int:
        return len(self._masks)

    def add(
        self, name: str, key: str, pixels: npt.NDArray[np.uint8], masks: Sequence[Mask]
    ) -> None:
        """Raises: OSError."""
        height, width = pixels.shape[:2]
        number, file = len(self.images) + 1, f"{key}-{len(self.images)}.png"
        self._place.mkdir(parents=True, exist_ok=True)
        quick = [cv2.IMWRITE_PNG_COMPRESSION, 1]
        encoded = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), quick)[1]
        (self._place / file).write_bytes(encoded.tobytes())
        self.size += len(encoded)
        self.names[file] = name
        self.images.append({"id": number, "file_name": file, "height": height, "width": width})
        for mask in masks:
            segmentation = {"size": [height, width], "counts": mask.counts}
            self._masks.append({
                "id": len(self._masks) + 1, "image_id": number, "category_id": 1, "iscrowd": 0,
                "segmentation": segmentation,
            })  # fmt: skip

    def close(self) -> None:
        """Raises: OSError."""
        self._place.mkdir(parents=True, exist_ok=True)
        content = {"images": self.images, "annotations": self._masks}
        (self._place / ANNOTATIONS).write_text(json.dumps(content), encoding="utf-8")


def _add(
    folder: BatchFolder, name: str, side: int, split: Split, parts: Mapping[bool, _Part]
) -> None:
    """Raises: Problem: image or objects cannot be read. OSError: they cannot be written."""
    masks = teaches(folder.objects(name, to_write=False).document)[:MOST_MASKS]
    picture = folder.picture(name)
    pixels = picture.pixels
    scale = min(1.0, side / max(pixels.shape[:2]))
    if scale < 1:
        size = tuple(max(1, round(each * scale)) for each in (picture.width, picture.height))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
        masks = [each for each in (_scaled(mask, size) for mask in masks) if each.area]
    held = split.is_held(picture.key)
    full = len(parts[held].images) >= (MOST_HELD if held else MOST_LEARNED)
    if masks and not full:
        parts[held].add(name, picture.key, pixels, masks)


def _scaled(mask: Mask, size: Sequence[int]) -> Mask:
    grey = mask.to_array().view(np.uint8) * np.uint8(255)
    small = cv2.resize(grey, (size[0], size[1]), interpolation=cv2.INTER_AREA)
    return Mask.from_array(np.asarray(small) > 127)


def _check_room(place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(place).free
    if free < ROOM_BYTES:
        raise Problem(
            say("Only {megabytes} MB are free where the training is kept.", free // 1_000_000),
            say("Make room for {megabytes} MB in {folder}.", ROOM_BYTES // 1_000_000, place),
        )


def _draw(name: str) -> bytes:
    return blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8).digest()


def told_unread(unread: Sequence[Problem]) -> Iterator[Problem]:
    """One sentence for all images that were passed over; nothing if there are none."""
    if unread:
        yield Problem(
            say_count(
                "One image was passed over: {first}",
                "{count} images were passed over, the first: {first}",
                len(unread),
                unread[0],
            )
        )
