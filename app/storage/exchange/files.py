"""Formats of many small files: writing one for each image, read back and compared."""

from __future__ import annotations

import contextlib
import errno
import os
import posixpath
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

from app.core.document import Annotation
from app.core.errors import Problem
from app.core.unsegmented import Unsegmented
from app.storage.atomic import make_directory, sweep_leftovers, write_atomic
from app.storage.exchange.descriptions import NOTHING, Part, undescribed
from app.storage.exchange.gathering import walk
from app.storage.exchange.ids import Ids
from app.storage.exchange.manifest import Manifest
from app.storage.exchange.values import (
    Counter,
    Export,
    ExportImage,
    ExportReport,
    ImportedObject,
    Loss,
    Mark,
    Skip,
)
from app.storage.folder import is_image_name
from app.storage.names import comparable, resolve_inside, shown
from app.storage.sidecar import LONGEST_NAME, sidecar_name
from model.messages import BadValueError, reason_of, say


class Target:
    """The folder an export goes to. No two images get the same file.

    Args:
        root: the folder.
        export: what is written.
        form: short name of the format.
        reads: where readers of the format look for files: folders below ``root``, each with the
            suffix of the files; an empty one stands for images.
        holds: what of an object's description the format has a place for.
    """

    def __init__(
        self,
        root: Path,
        export: Export,
        form: str,
        reads: Sequence[tuple[str, str]],
        holds: frozenset[Part] = NOTHING,
    ) -> None:
        self.root = root
        self.labels = export.labels
        self.counter = Counter()
        self._export, self._reads = export, reads
        self._manifest = Manifest(root, form, export.source)
        self._real_root = root.resolve()
        self._taken: set[str] = set()
        self._folders: dict[Path, Path] = {}
        self._ids = Ids(least=0)
        self._holds = holds

    def each(
        self, write: Callable[[ExportImage], None], progress: Callable[[int], None] | None
    ) -> None:
        """Call ``write`` with every image; what it refuses with ValueError is skipped.

        Raises:
            Problem: a file did not read back as it should; the images before it are written.
            OSError: a file cannot be written.
        """
        make_directory(self.root)
        for done, image in enumerate(self._export, 1):
            self._one(image, write)
            if progress is not None:
                progress(done)

    def _one(self, image: ExportImage, write: Callable[[ExportImage], None]) -> None:
        mark = self.counter.mark()
        try:
            check_name(image.name)
            write(image)
            self.counter.images += 1
        except ValueError as error:
            self._leave_out(image, mark, reason_of(error))
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:
                raise
            self._leave_out(image, mark, say("its name is too long for a file of this format"))

    def _leave_out(self, image: ExportImage, mark: Mark, reason: str) -> None:
        """As if nothing had been written of the image."""
        for path in self.counter.back_to(mark):
            path.unlink(missing_ok=True)
            self._manifest.take_back(self._name(path))
        self.skip(image, reason)

    def finish(self) -> ExportReport:
        """Remove what an earlier export left there, and say what else lies there."""
        for path in self._manifest.stale():
            # Somebody may have gone on to work with an image that was copied.
            if self._why_not(path) is None and not _has_objects(path):
                with contextlib.suppress(OSError):
                    path.unlink()
                    self.counter.removed.append(self._name(path))
                    self._remove_empty(path.parent)
        self._manifest.close()
        self.counter.others += self._others()
        return self.counter.report()

    def _remove_empty(self, folder: Path) -> None:
        while folder != self.root:
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent

    def _others(self) -> list[str]:
        written = {str(path).casefold() for path in self.counter.files}
        found: list[str] = []
        for inside, suffix in self._reads:
            folder = self.root / inside
            names = walk(folder, suffix) if folder.is_dir() else []
            paths = (folder / name for name in names if suffix or is_image_name(name))
            found += [
                self._name(path)
                for path in paths
                if str(path).casefold() not in written
                and self._export.protected.why_not(path) is None
            ]
        return found

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def take(self, *wanted: object) -> int:
        """An id that no image before has, as ``Ids.take``."""
        return self._ids.take(*wanted)

    def label(self, label_id: int) -> str:
        """The name of a label."""
        return self._export.label(label_id)

    def claim(self, image: ExportImage, suffix: str, inside: str = "", *, named: bool) -> Path:
        """Where the file of ``image`` goes: its path below ``inside`` with another suffix.

        Args:
            named: whether the file says which image it belongs to. It may then have another name
                where the usual one is taken by an image that differs in its suffix only.

        Raises:
            ValueError: the name is no text, leads out of the folder, is taken, or could not be told
                from another one's when it is read.
        """
        stem, old = posixpath.splitext(image.name)
        relative = stem
        for name in (stem, f"{stem}_{old[1:]}"):
            relative = f"{inside}{_short(name, suffix) if named else name}{suffix}"
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
        raise BadValueError(
            "{name} is already taken by an image of nearly the same name", shown(relative)
        )

    def put(self, path: Path, data: bytes) -> None:
        """Write a file of the export; ValueError if something lies there that must stay."""
        name = self._name(path)
        why = self._why_not(path)
        if why is not None:
            raise BadValueError("{name} is not written over: {reason}", shown(name), why)
        if path.parent not in self._folders:
            make_directory(path.parent)
            sweep_leftovers(path.parent)
            self._folders[path.parent] = path.parent.resolve()
        self._manifest.add(name, data)
        # An export can be made again: waiting for the disk after each file takes far longer.
        write_atomic(path, data, durable=False)
        self.counter.files.append(path)

    def _why_not(self, path: Path) -> str | None:
        """Why a file must stay as it is, though a manifest may call it ours."""
        if path.is_symlink():
            return say("it is a link, which is not followed")
        folder = self._folders.get(path.parent) or path.parent.resolve()
        if not folder.is_relative_to(self._real_root):
            return say("its folder is a link that leads out")
        why = self._export.protected.why_not(folder / path.name)
        # An export into a folder inside that of the images: its PNGs count as images there.
        made_here = is_image_name(path.name) and self._manifest.wrote(self._name(path))
        return None if made_here else why

    def put_shared(self, name: str, data: bytes) -> None:
        """Write a file that belongs to no single image; Problem if something must stay there."""
        try:
            self.put(self.root / name, data)
        except ValueError as error:
            raise Problem(say("{reason}.", error), say("Choose another folder.")) from error

    def put_set(self, name: str, inside: str, suffix: str) -> None:
        """Write a list of the images that have a file with ``suffix`` below ``inside``.

        Some readers, Datumaro and CVAT among them, look for images only where a set names them.
        """
        folder = self.root / inside
        written = (p for p in self.counter.files if p.suffix == suffix and p.is_relative_to(folder))
        stems = [path.relative_to(folder).as_posix().removesuffix(suffix) for path in written]
        self.put_shared(name, "".join(f"{stem}\n" for stem in stems).encode())

    def compare(
        self, image: ExportImage, written: Sequence[Annotation], back: Sequence[ImportedObject]
    ) -> None:
        """Count the objects that came back; raise Problem unless all did, unchanged."""
        if len(written) != len(back):
            raise mismatch(
                say("{where} came back with {count} objects", shown(image.name), len(back))
            )
        for annotation, found in zip(written, back, strict=True):
            where = place(image, annotation)
            if found.mask != annotation.mask:
                raise mismatch(say("the mask of {where} came back different", where))
            if found.label != self.label(annotation.label_id):
                raise mismatch(
                    say("the label of {where} came back as {label}", where, repr(found.label))
                )
        self.counter.objects += len(written)

    def differs(self, path: Path) -> Problem:
        """What to raise where a file's content came back different."""
        return mismatch(say("{name} came back different", shown(path.relative_to(self.root))))

    def lose(self, image: ExportImage, annotation: Annotation, reason: str, iou: float) -> None:
        self.counter.losses.append(Loss(place(image, annotation), reason, iou))

    def lose_mask(self, image: ExportImage, annotation: Annotation) -> None:
        """Count that only the box of an object is kept; the IoU is how far the mask fills it."""
        mask = annotation.mask
        _, _, width, height = mask.bbox
        if 0 < mask.area < width * height:
            self.lose(image, annotation, say("only its box is kept"), mask.area / (width * height))

    def copy(self, image: ExportImage, inside: str) -> None:
        """Copy the image file itself to its path below ``inside``."""
        if image.path is None:
            return
        try:
            path = resolve_inside(self.root, inside + image.name)
        except Problem as problem:
            raise ValueError(problem.what) from problem
        if path.exists() and path.samefile(image.path):
            return
        try:
            data = image.path.read_bytes()
        except OSError as error:
            raise BadValueError("the image cannot be read: {reason}", error.strerror) from error
        if path.exists() and not self._manifest.wrote(self._name(path)):
            if path.read_bytes() != data:
                raise BadValueError(
                    "{name} is another image, and is left alone", shown(self._name(path))
                )
            return
        self.put(path, data)

    def skip(self, image: ExportImage, reason: str) -> None:
        self.counter.skipped.append(Skip(shown(image.name), reason))

    def with_pixels(
        self, image: ExportImage, *, also_unsegmented: bool = False
    ) -> Iterator[Annotation]:
        """The annotations that cover anything; the others are skipped aloud.

        So are objects without a mask, unless ``also_unsegmented``: then the format holds them.
        """
        if not also_unsegmented:
            self.skip_unsegmented(image)
        for annotation in image.document:
            if annotation.mask.area:
                self.counter.undescribed += undescribed(annotation, self._holds)
                yield annotation
            else:
                where = place(image, annotation)
                self.counter.skipped.append(Skip(where, say("its mask is empty")))

    def with_boxes(self, image: ExportImage) -> Iterator[Unsegmented]:
        """As the function of this name."""
        for each in with_boxes(image, self.counter):
            self.counter.undescribed += undescribed(each, self._holds)
            yield each

    def skip_unsegmented(self, image: ExportImage) -> None:
        """Say of each object without a mask that the format cannot hold it."""
        for number, _ in enumerate(image.document.unsegmented, 1):
            where = say("{name}, object to segment {number}", shown(image.name), number)
            self.counter.skipped.append(Skip(where, say("it has no mask yet")))


def _short(name: str, suffix: str) -> str:
    """``name``; where it is too long with ``suffix``, its end gives way to a hash of all of it."""
    folder, base = posixpath.split(name)
    whole, start = os.fsencode(base), base
    if len(whole) + len(suffix) <= LONGEST_NAME:
        return name
    while len(os.fsencode(start)) + len(suffix) > LONGEST_NAME - 17:
        start = start[:-1]
    return posixpath.join(folder, f"{start}-{blake2b(whole, digest_size=8).hexdigest()}")


def _has_objects(path: Path) -> bool:
    return is_image_name(path.name) and path.with_name(sidecar_name(path.name)).exists()


def with_boxes(image: ExportImage, counter: Counter) -> Iterator[Unsegmented]:
    """Objects that have a box and no mask; the others without a mask are skipped aloud."""
    for number, each in enumerate(image.document.unsegmented, 1):
        if each.prompt.box is not None:
            yield each
        else:
            where = say("{name}, object to segment {number}", shown(image.name), number)
            counter.skipped.append(Skip(where, say("it has neither a mask nor a box")))


def place(image: ExportImage, annotation: Annotation) -> str:
    """How reports name an object."""
    return say("{name}, object {number}", shown(image.name), annotation.id)


def check_name(name: str) -> None:
    """ValueError if no text file, or not every program, can hold the name of an image."""
    try:
        name.encode()
    except UnicodeEncodeError:
        raise BadValueError("the image's file name is not valid UTF-8: rename it") from None
    if "\\" in name:
        raise BadValueError("its name holds a backslash, which means a folder elsewhere: rename it")
    if any(ord(each) < 32 or ord(each) == 127 for each in name):
        raise BadValueError("its name holds a control character: rename it")


def mismatch(what: str) -> Problem:
    """The check after writing failed."""
    return Problem(
        say("The export was checked and refused: {reason}.", what),
        say("Nothing was replaced. Please report this with the image's annotation file."),
    )
