"""A folder in an object store that a job goes through as through one on this machine.

The files of the image at hand are copied into a folder here; what reads and writes them there is
the same code as ever. What was written is brought back under the tag under which it was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.batch.folder import Address, BatchFolder, Held
from app.batch.run import CannotGoOn
from app.core.document import Document
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.storage import schema
from app.storage.failures import not_written
from app.storage.folder import LOOKED_INTO, is_image_name
from app.storage.foreign_files import LeftOut
from app.storage.guarded import Token, TooLarge
from app.storage.names import natural_key, shown
from app.storage.object_store import ObjectStore
from app.storage.project import LABELS, OWN_FOLDER, Project
from app.storage.reading import MAX_PIXELS, check_bytes, size_in, unreadable
from app.storage.sidecar import sidecar_name
from app.storage.stage import Stage
from app.storage.store_lease import NAME as LEASE
from app.storage.store_lease import leased
from model.messages import say
from model.training.samples import ANNOTATIONS, IMAGES

AT_ONCE = 256
"""Sidecars that are looked at together."""
READERS = 16
LARGEST_OWN = 1 << 28
"""Bytes of a file in ``.maskwright`` that is copied here; larger ones are models."""
BACKUP = f"{OWN_FOLDER}/backup"


@dataclass(slots=True)
class _Copies:
    """What of the store is here.

    Attributes:
        tags: of the files as they were read, None for one that was not there.
        held: the image whose objects are here, to be written; empty if none are.
        images: those whose files are here, with how many look at each.
    """

    tags: dict[str, str | None] = field(default_factory=dict)
    held: str = ""
    images: dict[str, int] = field(default_factory=dict)


class StoreFolder(BatchFolder):
    """See ``BatchFolder``; used on one thread.

    Args:
        store: the folder.
        stage: where copies lie.
        project: of ``stage``; its labels are there already.
        copies: what else is.
        names, limit: as of ``BatchFolder``.
    """

    def __init__(
        self,
        store: ObjectStore,
        stage: Stage,
        project: Project,
        copies: _Copies,
        names: Sequence[str],
        limit: int = MAX_PIXELS,
    ) -> None:
        super().__init__(project, names, limit=limit)
        self.store = store
        self._stage, self._copies = stage, copies

    @classmethod
    def at(
        cls, url: str, names: Sequence[str] | None = None, *,
        recursive: bool = False, limit: int = MAX_PIXELS,
    ) -> StoreFolder:  # fmt: skip
        """The folder at an address.

        Args:
            names: images; all of them if None.
            recursive: with ``names`` None, also those of the folders inside.

        Raises:
            Problem: there is no such store, or it cannot be read.
        """
        store, stage, copies = ObjectStore.at(url), Stage(), _Copies()
        left_out = LeftOut()
        with _read(store):
            for name, size, _ in store.listed(f"{OWN_FOLDER}/"):
                if size <= LARGEST_OWN and not name.startswith(f"{BACKUP}/") and name != LEASE:
                    _fetch(store, stage, copies, name)
            if names is None:
                names = _images(store, recursive, left_out)
        found = cls(store, stage, Project(stage.root), copies, names, limit)
        found.left_out = left_out
        return found

    @property
    def address(self) -> Address:
        return Address(url=self.store.url, guards=self.store.guards)

    @property
    def lock_place(self) -> Path:
        return Path(f"/{self.store.url}")

    @property
    def caution(self) -> Problem | None:
        if self.store.guards:
            return None
        return Problem(
            say(
                "{store} does not check by itself that a file is still what was read: that is "
                "looked up just before it is written.",
                shown(self.store.url),
            ),
            say("Let nobody else write there meanwhile."),
        )

    def leased(self, *, take_over: bool = False) -> AbstractContextManager[None]:
        return leased(self.store, take_over=take_over)

    def whole(self) -> StoreFolder:
        with _read(self.store):
            return self._other(_images(self.store, True, LeftOut()))

    def unlisted(self) -> StoreFolder:
        return self._other([])

    def has(self, name: str) -> bool:
        try:
            self.store.size(name)
        except OSError:
            return False
        return True

    def bytes_of(self, name: str) -> int:
        return self.store.size(name)

    def told(self, name: str) -> str:
        return f"{self.store.url}/{name}"

    def size(self, name: str) -> tuple[int, int]:
        # Of an image that was done before no more than its header is fetched.
        path = self.project.root / name
        if name in self._copies.images:
            return super().size(name)
        with self.store.opened(name) as file:
            return size_in(file, path)

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        path, images = self.project.root / name, self._copies.images
        try:
            if name not in images:
                check_bytes(self.store.size(name), path, self.limit)
                path.parent.mkdir(parents=True, exist_ok=True)
                self.store.fetch(name, path)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise unreadable(path, error) from error
        images[name] = images.get(name, 0) + 1
        try:
            yield path
        finally:
            images[name] -= 1
            if not images[name]:
                del images[name]
                path.unlink(missing_ok=True)

    def labels(self) -> LabelSet:
        with _read(self.store):
            there = {each.name for each in self.store.listed() if each.name.endswith(".json")}
        known = [name for name in self.names if _objects_of(name) in there]
        found = self.project.book.labels
        for start in range(0, len(known), AT_ONCE):
            some = known[start : start + AT_ONCE]
            self._fetch_all([_objects_of(name) for name in some], too_large=False)
            found = self.project.labels_with(self.project.root / name for name in some)
            for name in some:
                self._let_go(name)
        return found

    def objects(self, name: str, *, to_write: bool = True) -> Held:
        copies = self._copies
        if to_write:
            if copies.held not in ("", name):
                self._let_go(copies.held)
            copies.held = name
        elif copies.held == name:
            return super().objects(name, to_write=False)
        self._fetch_objects(name)
        try:
            return super().objects(name, to_write=to_write)
        finally:
            if not to_write:
                self._let_go(name)

    def write(self, held: Held, document: Document) -> None:
        name = held.path.relative_to(self.project.root).as_posix()
        super().write(held, document)
        try:
            self._bring_back(_objects_of(name))
        except OSError as error:
            problem = not_written(Path(self.told(_objects_of(name))), error)
            raise CannotGoOn(problem.what, problem.advice, problem) from error
        finally:
            self._let_go(name)
            self._copies.held = ""

    def write_labels(self, labels: LabelSet, token: Token) -> None:
        name = f"{OWN_FOLDER}/{LABELS}"
        super().write_labels(labels, token)
        try:
            self._bring_back(name)
        except OSError as error:
            raise not_written(Path(self.told(name)), error) from error

    def fetch_masks(self) -> dict[str, str]:
        """Copy here what ``model.training.samples.read_folder`` reads besides the images.

        Returns:
            What changes with each file of the folder, by its name.

        Raises:
            Problem: the store cannot be read.
        """
        with _read(self.store):
            every = {each.name: f"{each.size} {each.stamp}" for each in self.store.listed()}
        told = [each for each in every if "/" not in each and each.endswith(".json")]
        self._fetch_all([ANNOTATIONS] if ANNOTATIONS in every else told)
        if any(each.startswith(f"{IMAGES}/") for each in every):
            (self.project.root / IMAGES).mkdir(exist_ok=True)
        return every

    def _other(self, names: Sequence[str]) -> StoreFolder:
        return StoreFolder(self.store, self._stage, self.project, self._copies, names)

    def _fetch_objects(self, name: str) -> None:
        with _read(self.store):
            _fetch(self.store, self._stage, self._copies, _objects_of(name))

    def _fetch_all(self, names: Sequence[str], *, too_large: bool = True) -> None:
        """Copy files here, several at a time: a store is slow to begin, and does not mind many.

        Args:
            too_large: whether it is an error that one is.

        Raises:
            Problem: one cannot be read.
        """

        def fetch(name: str) -> None:
            with nullcontext() if too_large else suppress(TooLarge):
                _fetch(self.store, self._stage, self._copies, name)

        with _read(self.store), ThreadPoolExecutor(READERS, "reading the store") as io_threads:
            for each in [io_threads.submit(fetch, name) for name in names]:
                each.result()

    def _bring_back(self, name: str) -> None:
        """What was written here, to the store; first the backup of what is replaced.

        Raises:
            Conflict: somebody else wrote it meanwhile; nothing was written.
            StoreGoneError, OSError: it cannot be written.
        """
        backup = self.project.root / BACKUP / name
        if backup.is_file():
            self.store.replace(f"{BACKUP}/{name}", backup.read_bytes())
            backup.unlink()
        data = (self.project.root / name).read_bytes()
        self._copies.tags[name] = self.store.write(name, data, self._copies.tags.get(name))

    def _let_go(self, name: str) -> None:
        sidecar = _objects_of(name)
        (self.project.root / sidecar).unlink(missing_ok=True)
        self._copies.tags.pop(sidecar, None)


def _images(store: ObjectStore, recursive: bool, left_out: LeftOut) -> list[str]:
    """Names of images as ``list_images`` gives them; those in hidden folders are passed over."""
    names: list[str] = []
    inside: list[str] = []
    for name, *_ in store.listed(inside=recursive):
        parts = name.split("/")
        if any(each.startswith(".") for each in parts):
            continue
        if not parts[-1]:
            inside.append(name)
        elif is_image_name(parts[-1]):
            names.append(name)
        else:
            left_out.note(parts[-1])
    holding = (each for each in inside[:LOOKED_INTO] if _holds_images(store, each))
    left_out.inside = min(holding, key=natural_key, default="").rstrip("/")
    return sorted(names, key=natural_key)


def _holds_images(store: ObjectStore, folder: str) -> bool:
    return any(
        is_image_name(name.rpartition("/")[2]) for name, *_ in store.listed(folder, inside=False)
    )


def _fetch(store: ObjectStore, stage: Stage, copies: _Copies, name: str) -> None:
    path = stage.root / name
    found = store.read(name, max(schema.MAX_BYTES, LARGEST_OWN))
    copies.tags[name] = None if found is None else found.tag
    path.unlink(missing_ok=True)
    if found is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(found.data)


@contextmanager
def _read(store: ObjectStore) -> Iterator[None]:
    """What the store refuses becomes a Problem with its name."""
    try:
        yield
    except OSError as error:
        raise Problem(
            say("{store} cannot be read: {reason}.", shown(store.url), error.strerror or error),
            say("Check the address, and that you may read there."),
            error,
        ) from error


def _objects_of(name: str) -> str:
    """The sidecar of an image, both relative to the folder."""
    folder, _, last = name.rpartition("/")
    return f"{folder}/{sidecar_name(last)}" if folder else sidecar_name(last)
