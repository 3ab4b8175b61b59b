"""Formats of many small files: writing one for each image, read back and compared."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from app.core.document import Annotation
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.storage.atomic import make_directory, sweep_leftovers, write_atomic
from app.storage.exchange.ids import Ids
from app.storage.exchange.values import (
    Counter,
    Export,
    ExportImage,
    ExportReport,
    ImportedObject,
    Loss,
    Skip,
)
from app.storage.exchange.waiting import Waiting, waiting
from app.storage.folder import is_image_name
from app.storage.names import comparable, resolve_inside, shown


class Target:
    """The folder an export goes to. No two images get the same file."""

    def __init__(self, root: Path, labels: LabelSet) -> None:
        self.root = root
        self.labels = labels
        self.counter = Counter()
        self._taken: set[str] = set()
        self._folders: set[Path] = set()
        self._ids = Ids(least=0)

    def each(
        self,
        export: Export,
        write: Callable[[ExportImage], None],
        progress: Callable[[int], None] | None,
    ) -> ExportReport:
        """Call ``write`` with every image; what it refuses with ValueError is skipped.

        Raises:
            Problem: a file did not read back as it should; the images before it are written.
            OSError: a file cannot be written.
        """
        make_directory(self.root)
        for done, image in enumerate(export, 1):
            try:
                write(image)
                self.counter.images += 1
            except ValueError as error:
                self.skip(image, str(error))
            if progress is not None:
                progress(done)
        return self.counter.report()

    def take(self, *wanted: object) -> int:
        """An id that no image before has, as ``Ids.take``."""
        return self._ids.take(*wanted)

    def claim(self, image: ExportImage, suffix: str, inside: str = "", *, named: bool) -> Path:
        """Where the file of ``image`` goes: its path below ``inside`` with another suffix.

        Args:
            named: whether the file says which image it belongs to. It may then have another name
                where the usual one is taken by an image that differs in its suffix only.

        Raises:
            ValueError: the name is no text, leads out of the folder, is taken, or could not be told
                from another one's when it is read.
        """
        check_text(image.name)
        if not named and "\\" in image.name:
            raise ValueError("its name holds a backslash, which is read as a folder: rename it")
        stem, old = posixpath.splitext(image.name)
        relative = stem
        for name in (stem, f"{stem}_{old[1:]}"):
            relative = f"{inside}{name}{suffix}"
            if suffix == ".json" and is_image_name(posixpath.basename(name)):
                # Named so, the objects of an image lie beside it.
                continue
            try:
                path = resolve_inside(self.root, relative)
            except Problem as problem:
                raise ValueError(problem.what) from problem
            # Systems differ in whether capitals and composed characters make another name.
            key = comparable(relative).casefold()
            if key not in self._taken:
                self._taken.add(key)
                return path
            if not named:
                break
        raise ValueError(f"{shown(relative)} is already taken by an image of nearly the same name")

    def put(self, path: Path, data: bytes) -> None:
        """Write a file of the export."""
        if path.parent not in self._folders:
            make_directory(path.parent)
            sweep_leftovers(path.parent)
            self._folders.add(path.parent)
        # An export can be made again: waiting for the disk after each file takes far longer.
        write_atomic(path, data, durable=False)
        self.counter.files.append(path)

    def compare(
        self, image: ExportImage, written: Sequence[Annotation], back: Sequence[ImportedObject]
    ) -> None:
        """Count the objects that came back; raise Problem unless all did, unchanged."""
        if len(written) != len(back):
            raise mismatch(f"{shown(image.name)} came back with {len(back)} objects")
        for annotation, found in zip(written, back, strict=True):
            where = place(image, annotation)
            if found.mask != annotation.mask:
                raise mismatch(f"the mask of {where} came back different")
            if found.label != self.labels.label(annotation.label_id).name:
                raise mismatch(f"the label of {where} came back as {found.label!r}")
        self.counter.objects += len(written)

    def differs(self, path: Path) -> Problem:
        """What to raise where a file's content came back different."""
        return mismatch(f"{shown(path.relative_to(self.root))} came back different")

    def lose(self, image: ExportImage, annotation: Annotation, reason: str, iou: float) -> None:
        self.counter.losses.append(Loss(place(image, annotation), reason, iou))

    def lose_mask(self, image: ExportImage, annotation: Annotation) -> None:
        """Count that only the box of an object is kept; the IoU is how far the mask fills it."""
        mask = annotation.mask
        _, _, width, height = mask.bbox
        if 0 < mask.area < width * height:
            self.lose(image, annotation, "only its box is kept", mask.area / (width * height))

    def copy(self, image: ExportImage, inside: str) -> None:
        """Copy the image file itself to its path below ``inside``."""
        if image.path is None:
            return
        try:
            path = resolve_inside(self.root, inside + image.name)
        except Problem as problem:
            raise ValueError(problem.what) from problem
        if not (path.exists() and path.samefile(image.path)):
            self.put(path, image.path.read_bytes())

    def skip(self, image: ExportImage, reason: str) -> None:
        self.counter.skipped.append(Skip(shown(image.name), reason))

    def with_pixels(
        self, image: ExportImage, *, also_waiting: bool = False
    ) -> Iterator[Annotation]:
        """The annotations that cover anything; the others are skipped aloud.

        So is what waits for a mask, unless ``also_waiting`` says that the format holds it too.
        """
        if not also_waiting:
            self.skip_waiting(image)
        for annotation in image.document:
            if annotation.mask.area:
                yield annotation
            else:
                where = place(image, annotation)
                self.counter.skipped.append(Skip(where, "its mask is empty"))

    def with_boxes(self, image: ExportImage) -> Iterator[Waiting]:
        """As the function of this name."""
        return with_boxes(image, self.counter)

    def skip_waiting(self, image: ExportImage) -> None:
        """Say of each object without a mask that the format cannot hold it."""
        for number, _ in enumerate(waiting(image.document), 1):
            where = f"{shown(image.name)}, object to segment {number}"
            self.counter.skipped.append(Skip(where, "it has no mask yet"))


def with_boxes(image: ExportImage, counter: Counter) -> Iterator[Waiting]:
    """What waits for a mask and has a box; the others are skipped aloud."""
    for number, each in enumerate(waiting(image.document), 1):
        if each.prompt.box is not None:
            yield each
        else:
            where = f"{shown(image.name)}, object to segment {number}"
            counter.skipped.append(Skip(where, "it has neither a mask nor a box"))


def place(image: ExportImage, annotation: Annotation) -> str:
    """How reports name an object."""
    return f"{shown(image.name)}, object {annotation.id}"


def check_text(name: str) -> None:
    """ValueError if a file name holds bytes that are no UTF-8, which no text file can hold."""
    try:
        name.encode()
    except UnicodeEncodeError:
        raise ValueError("the image's file name is not valid UTF-8: rename it") from None


def mismatch(what: str) -> Problem:
    """The check after writing failed."""
    return Problem(
        f"The export was checked and refused: {what}.",
        "Nothing was replaced. Please report this with the image's annotation file.",
    )
