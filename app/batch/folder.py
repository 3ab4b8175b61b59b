"""The images of a folder and their objects, read and written one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from app.batch.run import CannotGoOn
from app.core.describing import with_defaults
from app.core.document import Document
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.core.picture import Picture
from app.storage.folder import list_images, nothing_in
from app.storage.foreign_files import LeftOut
from app.storage.guarded import Conflict, Token
from app.storage.names import shown
from app.storage.places import Places
from app.storage.project import Project, can_write
from app.storage.reading import MAX_PIXELS, read_picture, read_size
from model.messages import say


@dataclass(frozen=True, slots=True)
class Address:
    """Of a folder, for other machines.

    Attributes:
        root, home: folders of the images and of their objects, absolute.
        output: the output folder that was chosen for the images, ``home`` or one above it.
        url: of an object store, in whose place there is none of these.
        guards: whether that store heeds conditions; see ``ObjectStore.guards``.
    """

    root: Path = Path()
    home: Path = Path()
    output: Path | None = None
    url: str = ""
    guards: bool = True

    def __str__(self) -> str:
        return self.url or str(self.root)


@dataclass(frozen=True, slots=True)
class Held:
    """The objects of an image as they were found, to be written back.

    Attributes:
        path: of the image.
        document: its objects.
        token: of their file.
    """

    path: Path
    document: Document
    token: Token


class BatchFolder:
    """A folder that a job goes through.

    Args:
        project: its files.
        names: images, relative to the project's root; all of them if None: ``left_out`` then says
            what of the folder is none.
        recursive: with ``names`` None, also those of the folders inside.
        limit: the most pixels of an image that is read.

    Attributes:
        read_ahead: images that were read before their turn, each given out once.
    """

    def __init__(
        self,
        project: Project,
        names: Sequence[str] | None = None,
        *,
        recursive: bool = False,
        limit: int = MAX_PIXELS,
    ) -> None:
        self.project = project
        self.left_out = LeftOut()
        if names is None:
            names = list_images(project.root, recursive=recursive, left_out=self.left_out)
        self.names = [*names]
        self.limit = limit
        self.read_ahead: dict[str, Picture] = {}

    @classmethod
    def of(
        cls,
        paths: Sequence[Path],
        places: Places,
        *,
        recursive: bool = False,
        limit: int = MAX_PIXELS,
    ) -> BatchFolder:
        """The folder in ``paths``, or the images of one folder.

        Raises:
            Problem: they are something else, or hold no image.
        """
        root, names = _root_of(paths)
        project = Project.of(root, places, mirror=not can_write(root))
        found = cls(project, names, recursive=recursive, limit=limit)
        if not found.names:
            raise nothing_in(root, recursive=recursive)
        return found

    def objects(self, name: str, *, to_write: bool = True) -> Held:
        """The objects of an image, without decoding it.

        Raises:
            Problem: image or objects cannot be read; or must not be written, if they are to be.
        """
        path = self.project.root / name
        height, width = self.size(name)
        loaded = self.project.read_objects(path, height, width)
        if to_write and loaded.read_only is not None:
            raise Problem(
                say("The objects of {name} cannot be changed. {reason}", name, loaded.read_only)
            )
        return Held(path, loaded.document, loaded.token)

    def size(self, name: str) -> tuple[int, int]:
        """(H, W) of an image, upright, from its header; Problem if it cannot be read."""
        return read_size(self.project.root / name)

    @property
    def address(self) -> Address:
        """Where it is, for other machines that see it under the same path."""
        project = self.project
        output = None if project.output is None else project.output.absolute()
        return Address(project.root.absolute(), project.home.absolute(), output)

    @property
    def lock_place(self) -> Path:
        """What its lock on this machine goes by."""
        return self.project.home

    @property
    def caution(self) -> Problem | None:
        """What who edits it should know; None if there is nothing."""
        return None

    def leased(self, *, take_over: bool = False) -> AbstractContextManager[None]:
        """Holds it for editing where other machines see that, too.

        Raises:
            Problem: another one holds it, unless ``take_over``.
        """
        return nullcontext()

    def whole(self) -> BatchFolder:
        """All images of the project, also in folders inside, of any size."""
        return BatchFolder(self.project, recursive=True)

    def unlisted(self) -> BatchFolder:
        """Images of the project by their names, of any size; none of them is listed."""
        return BatchFolder(self.project, [])

    def has(self, name: str) -> bool:
        """Whether there is an image of that name."""
        return (self.project.root / name).is_file()

    def bytes_of(self, name: str) -> int:
        """Of an image; OSError if it is not there."""
        return (self.project.root / name).stat().st_size

    def told(self, name: str) -> str:
        """Where an image is, for people."""
        return str(self.project.root / name)

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """The file of an image, for as long as it is looked at."""
        yield self.project.root / name

    def labels(self) -> LabelSet:
        """The labels of the folder, with all that the objects of its images have besides."""
        return self.project.labels_with(self.project.root / name for name in self.names)

    def picture(self, name: str) -> Picture:
        """The image itself.

        Raises:
            Problem: it cannot be read, or is larger than the limit.
        """
        found = self.read_ahead.pop(name, None)
        if found is not None:
            return found
        with self.local(name) as path:
            return read_picture(path, self.limit)

    def write_labels(self, labels: LabelSet, token: Token) -> None:
        """Replace the labels of the folder. Raises: as ``Project.write_labels``."""
        self.project.write_labels(labels, token)

    def write(self, held: Held, document: Document) -> None:
        """Replace the objects of an image; new ones get the default values of their labels.

        Raises:
            Conflict: somebody else wrote them meanwhile; nothing was written.
            CannotGoOn: they could not be written.
        """
        document = with_defaults(held.document, document, self.project.book.labels)
        try:
            self.project.write_objects(held.path, document, held.token)
        except Conflict:
            raise
        except Problem as problem:
            raise CannotGoOn(problem.what, problem.advice, problem) from problem


def _root_of(paths: Sequence[Path]) -> tuple[Path, list[str] | None]:
    if len(paths) == 1 and paths[0].is_dir():
        return paths[0], None
    gone = next((path for path in paths if not path.exists()), None)
    if gone is not None:
        raise Problem(say("There is no {path}.", shown(gone)), say("Name a folder that is there."))
    parents = {path.parent for path in paths}
    if len(parents) != 1 or not all(path.is_file() for path in paths):
        raise Problem(
            say("One folder, or images of one folder, can be worked on at a time."),
            say("Name a folder that is there."),
        )
    return parents.pop(), [path.name for path in paths]
