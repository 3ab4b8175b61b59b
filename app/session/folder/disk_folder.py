"""A folder on disk, as the session uses it: objects beside the images, or in a mirror of it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from app.core.document import Document
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.core.overlap import OverlapPolicy
from app.core.picture import Picture
from app.core.review import Summary
from app.session.folder.folder_protocol import Conflict, Content, Opened, Stamp, Token, stamp_of
from app.session.folder.lock import FolderLock, Holder
from app.storage import guarded
from app.storage.names import shown
from app.storage.outputs import choose_output
from app.storage.places import Places
from app.storage.project import LABELS, FolderSettings, Project, can_write
from app.storage.reading import MAX_PIXELS, read_picture
from app.storage.rescue import RescueFolder
from model.messages import joined, reason_of, say

LOG = logging.getLogger(__name__)


class DiskFolder:
    """Implements ``app.session.folder.folder_protocol.Folder`` with a ``Project``.

    Args:
        project: the files of the folder.
        rescue: where copies go that cannot be saved.
        read_only: why nothing can be edited, or None.
        note: a sentence to tell when the folder is opened, or None.
        lock: on the project's home, given up when the folder is closed; or None.
        locks: where the lock can be taken over that keeps this window from editing; or None.
        places: where the choice of an output folder is kept.
    """

    def __init__(
        self,
        project: Project,
        rescue: RescueFolder,
        read_only: str | None = None,
        note: str | None = None,
        lock: FolderLock | None = None,
        locks: FolderLock | None = None,
        places: Places | None = None,
    ) -> None:
        self.project = project
        self._places = places or Places.of_user()
        self.root = project.root
        self.read_only = read_only
        self.note = note
        loaded = project.read_labels()
        self.labels = loaded.labels
        self.labels_token = loaded.token
        self.labels_read_only = loaded.read_only
        self.book = project.book
        self._rescue = rescue
        self._lock = lock
        self._locks = locks
        settings, problems = project.settings.read()
        self.overlap = settings.overlap
        if problems:
            self.note = joined((note or "", *map(reason_of, problems)))

    def open_image(
        self, path: Path, picture: Picture | None, stamp: Stamp | None, limit: int = MAX_PIXELS
    ) -> Opened:
        now = stamp_of(path)
        if picture is None or stamp is None or stamp != now:
            picture = read_picture(path, limit)
        try:
            loaded = self.project.read_objects(path, picture.height, picture.width)
        except Problem as problem:
            empty = Document(picture.height, picture.width)
            return Opened(path, picture, empty, None, now, reason_of(problem))
        return Opened(path, picture, loaded.document, loaded.token, now, loaded.read_only)

    def summaries(self, paths: Iterable[Path]) -> Iterator[tuple[Path, Summary]]:
        return self.project.summaries(paths)

    def write(self, path: Path, content: Content, token: Token) -> Token:
        if not self.root.is_dir():
            # Making it again would put the work where the missing disk used to be.
            raise Problem(
                say("The folder {folder} is gone.", shown(self.root)),
                say("Bring back the disk or the folder."),
            )
        if (refused := self.project.refusal) is not None:
            raise refused
        if isinstance(content, OverlapPolicy):
            self.project.settings.write(FolderSettings(content))
            return None
        try:
            if isinstance(content, LabelSet):
                return self.project.save_labels(content, token)
            return self.project.write_objects(path, content, token)
        except guarded.Conflict as conflict:
            problem = self._put_beside(path, content)
            if not isinstance(content, LabelSet):
                raise Conflict(conflict.found, problem) from conflict
            loaded = self.project.read_labels()
            self.labels_read_only = loaded.read_only
            raise Conflict(loaded.token, problem, loaded.labels) from conflict

    def rescue(self, path: Path, content: Content, token: Token, reason: str) -> Path | None:
        if isinstance(content, OverlapPolicy):
            return None
        target, image, objects = self._target(path), None, 0
        if isinstance(content, LabelSet):
            data = self.project.labels_bytes(content)
        else:
            image, objects = path, len(content)
            data = self.project.objects_bytes(path, content)
        try:
            return self._rescue.put(
                target, data, token, image=image, reason=reason, objects=objects
            )
        except Problem as problem:
            LOG.info("not even the rescue folder takes it: %s", problem)
            return None

    def saved(self, path: Path) -> None:
        self._rescue.forget(self._target(path))

    def _target(self, path: Path) -> Path:
        if path == self.root:
            return self.project.own / LABELS
        return self.project.objects_path(path)

    @property
    def can_be_taken_over(self) -> bool:
        return self._locks is not None

    def take_over(self) -> None:
        """Edit the folder when it is opened the next time, whatever that lock says."""
        if self._locks is not None:
            self._locks.take_over(self.project.home)

    def choose_output(self, output: Path | None) -> None:
        choose_output(self.root, output, self._places)

    def close(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.give_up(self.project.home)

    def _put_beside(self, path: Path, content: Document | LabelSet) -> Problem:
        if isinstance(content, LabelSet):
            beside, what = self.project.write_labels_beside(content), say("The labels")
        else:
            beside = self.project.write_objects_beside(path, content)
            what = say("The objects of {name}", shown(path.name))
        return Problem(
            say("{what} were changed by another program meanwhile.", what),
            say("Theirs are shown now; yours lie beside them in {name}.", shown(beside.name)),
        )


class FolderOpener:
    """Opens folders for one window, on a reading thread; each is locked until it is closed.

    Args:
        lock: of this window.
        places: of the user.
    """

    def __init__(self, lock: FolderLock, places: Places) -> None:
        self._lock = lock
        self._places = places
        self._rescue = RescueFolder(places.rescue)

    def __call__(self, root: Path) -> DiskFolder:
        """Open the folder; nothing is written.

        Raises:
            Problem: it is not there.
        """
        if not root.is_dir():
            raise Problem(
                say("{name} is not a folder.", shown(root)), say("Choose one that exists.")
            )
        project = Project.of(root, self._places, mirror=not can_write(root))
        opened = partial(DiskFolder, project, self._rescue, places=self._places)
        note = None
        if project.mirrored:
            note = say(
                "Objects and labels of this folder are kept in {folder}.", shown(project.home)
            )
        if (refused := project.refusal) is not None:
            return opened(reason_of(refused), note)
        if project.leading_out is not None:
            return opened(project.leading_out, note)
        holder = self._lock.take(project.home)
        if holder is not None:
            if not holder.alive:
                read_only = reason_of(_left_elsewhere(holder))
                return opened(read_only, note, locks=self._lock)
            open_there = Problem(
                say("The folder is open for editing in another window: {holder}.", holder.who),
                say("Close that one, then open the folder again."),
            )
            return opened(reason_of(open_there), note)
        try:
            return opened(None, note, self._lock)
        except BaseException:
            self._lock.give_up(project.home)
            raise


def _left_elsewhere(holder: Holder) -> Problem:
    return Problem(
        say(
            "Another computer has the folder open for editing, or left it so: {holder}.", holder.who
        ),
        say("If nobody works there any more, take the folder over."),
    )
