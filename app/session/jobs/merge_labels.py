"""Two labels of a folder become one, on all of its images, and two again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QT_TRANSLATE_NOOP, QObject, Signal, Slot

from app.core.document import Document
from app.core.label_merge import Merge, Share
from app.core.labels import LabelSet
from app.core.progress import Progress, no_progress
from app.session.folder.folder_protocol import Folder
from app.session.folder.io_threads import Urgency
from app.session.jobs.background_job import BackgroundJob, JobContext
from app.session.jobs.folder_pass import ImageStep, Ready, ready_step
from app.session.timeline import moved
from app.storage.exchange.label_use import own_images, shares

MERGE = str(QT_TRANSLATE_NOOP("Session", "Merge labels"))
REMOVE = str(QT_TRANSLATE_NOOP("Session", "Remove label and objects"))
PART = str(QT_TRANSLATE_NOOP("Session", "Take back merging labels"))


Turn = Callable[[Document], Document]


@dataclass(frozen=True, slots=True)
class Counted:
    """What a merge would do.

    Attributes:
        merge: which label goes, and which stays.
        shares: the images with objects of the label that goes.
        unclear: images that cannot be read or changed; while there are any, the label stays.
    """

    merge: Merge
    shares: tuple[Share, ...]
    unclear: tuple[str, ...] = ()

    @property
    def objects(self) -> int:
        return sum(len(each) for each in self.shares)


@dataclass(slots=True)
class Done:
    """A merge that was made: what takes it back, and whether it was taken back."""

    counted: Counted
    before: LabelSet
    after: LabelSet
    shares: dict[str, Share] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    parted: bool = False


class Merger(BackgroundJob):
    """Undo of a merge's step on any image takes back all of it, redo does it again.

    Objects are changed before the label goes: killed in between, the folder still has both labels,
    and the same merge finishes what was begun.

    ``counted``: a ``Counted``. ``finished``: objects and images changed, and images left alone.
    ``taken_back``: images on which the labels are two again.
    """

    counted = Signal(object)
    finished = Signal(int, int, int)
    taken_back = Signal(int)

    def __init__(self, context: JobContext, parent: QObject | None = None) -> None:
        super().__init__(context, parent)
        self._made: list[Done] = []
        self._seen: set[str] = set()
        self._session.image_opened.connect(self._on_image)
        self._session.stepped.connect(self._on_stepped)

    # -- before it

    def count(self, source: int, into: int | None) -> None:
        """Find in the background what a merge would change; the newest such wish counts.

        ``into`` None asks for the label to go with its objects.
        """
        folder, names = self.folder, self.names
        if folder is None or self.running:
            return
        count = partial(self._count, Merge(source, into), folder, names)
        self.ask(count, self.counted.emit, Urgency.LIST, running=False)

    def _count(
        self, merge: Merge, folder: Folder, names: Iterable[str], report: Progress
    ) -> Counted:
        """Runs on a reading thread."""
        self.saved()
        # Labels belong to the folder, also where only some of its images are open, and to folders
        # inside that have none of their own.
        every = dict.fromkeys((*names, *own_images(folder.root)))
        return Counted(merge, *shares(merge, folder.project, every, report))

    # -- doing it

    def merge(self, counted: Counted) -> bool:
        """Do it; False if the labels may not be changed or are others by now."""
        desk, labels = self._session.folder_labels, self._session.labels
        merge = counted.merge
        there = merge.source in labels and (merge.into is None or merge.into in labels)
        if self.running or desk.refusal or not there or len(labels) < 2:
            return False
        if desk.active == merge.source:
            other = next(label.id for label in labels if label.id != merge.source)
            desk.activate(other if merge.into is None else merge.into)
        done = Done(counted, labels, labels, {share.name: share for share in counted.shares},
                     set(counted.unclear))  # fmt: skip
        self._made.append(done)
        turns = dict.fromkeys(done.shares, merge.done)
        self._begin()
        self._run(done, name_of(done), turns, lambda: self._end_merge(done))
        return True

    def _end_merge(self, done: Done) -> None:
        merge, self.running = done.counted.merge, True
        self._apply_seen(done)
        if not done.left and merge.source in self._session.labels:
            done.before = self._session.labels
            done.after = done.before.without(merge.source)
            self._session.folder_labels.change(name_of(done), done.after)
        self._end(done)

    @Slot()
    def _on_image(self) -> None:
        """Where somebody may give the old label again while a merge is under way."""
        if self.running and self._session.image_path is not None:
            self._seen.add(self._name(self._session.image_path))

    # -- back and forth

    @Slot(str, bool)
    def _on_stepped(self, name: str, back: bool) -> None:
        path = self._session.image_path
        if name not in (MERGE, REMOVE) or path is None or self.running:
            return
        mine = [d for d in self._made if d.parted is not back and name_of(d) == name]
        if not mine:
            return
        done = mine[-1] if back else mine[0]
        done.parted = back
        if back:
            self._move_labels(done.after, done.before)
            merge = done.counted.merge
            take: dict[str, Turn] = {n: partial(merge.undone, s) for n, s in done.shares.items()}
            self._now(done, PART, take, path)
            self._begin()
            self._run(done, PART, take, lambda: self._end_part(done))
        else:
            self._again(done)

    def _again(self, done: Done) -> None:
        """Since it was taken back, other images may have got the label that goes."""
        folder, merge = self.folder, done.counted.merge
        if folder is None:
            return

        def go(found: Counted) -> None:
            done.shares = {share.name: share for share in found.shares} | done.shares
            done.left = set(found.unclear)
            turns = dict.fromkeys(done.shares, merge.done)
            self._run(done, name_of(done), turns, lambda: self._end_again(done))

        self._begin()
        # Redoing the step of the labels took the label away before any object was changed.
        self._move_labels(done.after, done.before)
        names = self.names
        # Half of a redo is worse than all of it: closing a dialog does not stop it.
        self.ask(lambda report: self._count(merge, folder, names, no_progress), go)

    def _end_again(self, done: Done) -> None:
        self.running = True
        self._apply_seen(done)
        if not done.left:
            self._move_labels(done.before, done.after)
        self._end(done)

    def _now(self, done: Done, step: str, turns: dict[str, Turn], path: Path) -> None:
        """Change the image that one looks at before all others."""
        own = self._name(path)
        if own in turns:
            self._apply(done, own, step, turns.pop(own), None)

    def _move_labels(self, before: LabelSet, after: LabelSet) -> None:
        self._session.folder_labels.put(moved(self._session.labels, before, after))

    # -- image by image

    def _begin(self) -> None:
        self.running, self._seen = True, set()
        self._on_image()

    def _run(
        self, done: Done, name: str, turns: Mapping[str, Turn], then: Callable[[], None]
    ) -> None:
        folder, sizes = self.folder, {each: done.shares[each].size for each in turns}
        if folder is not None:
            self.go_through(
                list(turns),
                lambda each: ready_step(folder, ImageStep(each, sizes[each], turns[each])),
                lambda each, ready: self._apply(done, each, name, turns[each], ready),
                then,
            )

    def _apply(self, done: Done, name: str, step: str, turn: Turn, ready: Ready | None) -> None:
        """Change one image, and note what is to be taken back there."""
        folder = self._session.folder
        assert folder is not None  # noqa: S101  a merge ends with its folder
        path = folder.root / name
        found = None if ready is None else (ready.document, ready.token)
        there = self._session.document_at(path)
        if there is None and ready is not None:
            there = ready.document
        share = done.counted.merge.share(name, there) if there is not None else None
        forth = step != PART
        if forth and share is not None and not share:
            return
        changed = self._session.commit_at(path, step, turn, found)
        if forth and share is not None and changed:
            old = done.shares.get(name, share)
            done.shares[name] = replace(
                share,
                ids=share.ids | old.ids,
                unsegmented=tuple({*share.unsegmented, *old.unsegmented}),
                taken=tuple(
                    {each.id: (n, each) for n, each in (*old.taken, *share.taken)}.values()
                ),
            )
        elif forth:
            done.left.add(name)

    def _apply_seen(self, done: Done) -> None:
        for name in self._seen:
            self._apply(done, name, name_of(done), done.counted.merge.done, None)

    def _end_part(self, done: Done) -> None:
        self.taken_back.emit(len(done.shares))

    def _end(self, done: Done) -> None:
        self.running = False
        objects = sum(map(len, done.shares.values()))
        self.finished.emit(objects, len(done.shares), len(done.left))

    def _name(self, path: Path) -> str:
        folder = self._session.folder
        if folder is None or not path.is_relative_to(folder.root):
            return path.name
        return path.relative_to(folder.root).as_posix()

    def forget(self) -> None:
        self._made = []


def name_of(done: Done) -> str:
    """Of its step."""
    return REMOVE if done.counted.merge.into is None else MERGE
