"""The image that is open: swapped in one step, changed in one place, undone as it was done."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QT_TRANSLATE_NOOP, QObject, Signal, Slot

from app.core.describing import labelled, with_defaults
from app.core.document import (
    Annotation,
    Document,
    Evidence,
    ImageStatus,
    Source,
    State,
    begins_work,
)
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.core.overlap import OverlapPolicy, resolve
from app.core.picture import Picture
from app.core.review import with_outcome, without_settled
from app.session.folder.folder_protocol import Conflict, Folder, Opened, Token
from app.session.folder.saver import Saver, SaveState
from app.session.folder_labels import FolderLabels
from app.session.timeline import LabelEdit, LabelTimeline, Timeline
from model.messages import say

Change = Callable[[Document], Document]
HELD_IMAGES = 200
HELD_BYTES = 512 << 20

Ids = Iterable[int]

ADD = str(QT_TRANSLATE_NOOP("Session", "Add object"))
DELETE = str(QT_TRANSLATE_NOOP("Session", "Delete objects"))
EDIT = str(QT_TRANSLATE_NOOP("Session", "Edit mask"))
SET_LABEL = str(QT_TRANSLATE_NOOP("Session", "Change label"))
DESCRIBE = str(QT_TRANSLATE_NOOP("Session", "Change attributes"))
LOCK = str(QT_TRANSLATE_NOOP("Session", "Lock objects"))
UNLOCK = str(QT_TRANSLATE_NOOP("Session", "Unlock objects"))
REVIEW = str(QT_TRANSLATE_NOOP("Session", "Review objects"))
STATUS = str(QT_TRANSLATE_NOOP("Session", "Change image status"))


@dataclass(slots=True)
class _Held:
    """What is kept of an image that was opened: enough to undo on it after coming back."""

    timeline: Timeline
    key: str
    """Of the picture; empty before it was read."""
    read_only: str | None = None


class Session(QObject):
    """One image at a time, swapped in one step, and what can be done to its objects.

    ``commit`` is the one place where a document changes: undo, saving and painting hang on it.
    Every edit has a name and ends there, so each is undone and saved alike. Ids that are not in the
    document are passed over: a list on the screen may be a moment behind.

    Attributes:
        marks_done: whether an image is done with the edit after which no proposal waits on it, as
            in a review; else that is left to the annotator.
    """

    image_opening = Signal(str)
    image_swapped = Signal()
    """Another image is open, or none. Who holds values that belong to an image takes up those of
    this one now, and tells nobody: ``image_opened`` follows when all have."""
    image_opened = Signal()
    """Another image is open, or none, and everything that belongs to it is in place."""
    image_failed = Signal(object)
    document_changed = Signal(object, object)
    elsewhere_changed = Signal(object, object)
    """Path of an image that is not open, and its new document."""
    selection_changed = Signal()
    hidden_changed = Signal()
    history_changed = Signal()
    save_state_changed = Signal()
    read_only_changed = Signal()
    problem = Signal(object)
    refused = Signal()
    """The problem told last is one of the open image alone."""
    folder_used = Signal()
    """Another folder, or none, is open from now on; none of its images is yet."""
    stepped = Signal(str, bool)
    """The name of an edit, and whether it was taken back or done again."""
    reload_wanted = Signal()
    """The image that is open must be read again."""
    overlap_policy_changed = Signal()
    deleted = Signal(object)
    """Numbers of objects that a person deleted, once they are gone."""

    def __init__(self, saver: Saver, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._saver = saver
        self._folder: Folder | None = None
        self._picture: Picture | None = None
        self._timeline: Timeline | None = None
        self._image_path: Path | None = None
        self._image_read_only: str | None = None
        self._held: OrderedDict[Path, _Held] = OrderedDict()
        self._selection: frozenset[int] = frozenset()
        self._hidden: frozenset[int] = frozenset()
        self.marks_done = False
        self._overlap = OverlapPolicy.ALLOW
        self._label_steps = LabelTimeline()
        self.folder_labels = FolderLabels(saver, lambda: self.read_only, self)
        self.folder_labels.edited.connect(self._on_labels_edited)
        self.folder_labels.problem.connect(self.problem)
        saver.state_changed.connect(self.save_state_changed)
        saver.conflict.connect(self._on_conflict)

    # -- what is there

    @property
    def picture(self) -> Picture | None:
        return self._picture

    @property
    def document(self) -> Document | None:
        return self._timeline.document if self._timeline else None

    @property
    def timeline(self) -> Timeline | None:
        return self._timeline

    @property
    def image_path(self) -> Path | None:
        return self._image_path

    @property
    def folder(self) -> Folder | None:
        return self._folder

    @property
    def labels(self) -> LabelSet:
        return self.folder_labels.labels

    @property
    def active_label(self) -> int:
        return self.folder_labels.active

    @property
    def selection(self) -> frozenset[int]:
        return self._selection

    @property
    def hidden(self) -> frozenset[int]:
        """Objects that are not shown; a matter of the view, not saved."""
        return self._hidden

    @property
    def read_only(self) -> str | None:
        """Why nothing can be edited; None if it can."""
        return self._image_read_only or (self._folder.read_only if self._folder else None)

    @property
    def save_state(self) -> SaveState:
        if self.read_only:
            return SaveState("view_only", self.read_only)
        return self._saver.state

    @property
    def undo_name(self) -> str | None:
        return self._timeline.undo_name if self._timeline else None

    @property
    def redo_name(self) -> str | None:
        return self._timeline.redo_name if self._timeline else None

    # -- opening

    def use_folder(self, folder: Folder | None) -> None:
        """Labels and saving are those of this folder from now on; no image is open yet."""
        self.close_image()
        self._held.clear()
        self._label_steps = LabelTimeline()
        if self._folder is not None and folder is not self._folder:
            self._folder.close()
        self._folder = folder
        self.folder_labels.use(folder)
        self._overlap = OverlapPolicy.ALLOW
        if folder is not None:
            self._overlap = self._saver.newest_overlap(folder.root, folder.overlap)
        self.overlap_policy_changed.emit()
        self.folder_used.emit()
        if folder is not None and folder.note:
            self.problem.emit(Problem(folder.note))
        self.read_only_changed.emit()
        self.save_state_changed.emit()

    def show_opened(self, opened: Opened) -> None:
        """Swap to an image that was read completely."""
        held = self._held.pop(opened.path, None)
        known = self._saver.knows(opened.path, opened.token)
        if held is None or not known or held.key not in ("", opened.picture.key):
            if held is not None and not known:
                self.problem.emit(_changed_outside(opened.path))
            document = self._newest(opened.path, opened.document, opened.token)
            held = _Held(Timeline(document, self._label_steps), opened.picture.key)
        held.key, held.read_only = opened.picture.key, opened.read_only
        self._held[opened.path] = held
        self._forget_oldest()
        self._picture, self._timeline = opened.picture, held.timeline
        self._image_path, self._image_read_only = opened.path, opened.read_only
        self._selection = self._hidden = frozenset()
        self.folder_labels.meet(held.timeline.document)
        self.image_swapped.emit()
        self.folder_labels.look()
        self.image_opened.emit()
        for signal in (self.selection_changed, self.history_changed, self.read_only_changed):
            signal.emit()

    def close_image(self) -> None:
        if self._picture is None:
            return
        self._picture = self._timeline = self._image_path = self._image_read_only = None
        self._selection = self._hidden = frozenset()
        self.image_swapped.emit()
        self.image_opened.emit()
        self.selection_changed.emit()
        self.history_changed.emit()

    # -- changing

    def commit(self, name: str, document: Document, *, forget: bool = True) -> bool:
        """Make ``document`` the present one; False if nothing changed or nothing may.

        Args:
            name: of the edit.
            document: the objects after it.
            forget: whether changes of labels that were taken back before cannot be done again here.
        """
        before = self.document
        if self._timeline is None or before is None:
            return False
        if self.read_only:
            self.refuse(Problem(say("Nothing can be edited here."), self.read_only))
            return False
        if self.marks_done and document is not before and document.status is before.status:
            # A status that was chosen goes before one that follows.
            document = with_outcome(document)
        if document.status is before.status and begins_work(before, document):
            document = document.with_status(ImageStatus.IN_PROGRESS)
        document = with_defaults(before, document, self.labels)
        if not self._timeline.commit(name, document, forget=forget):
            return False
        self._changed(before)
        return True

    def amend(self, document: Document) -> bool:
        """As ``commit``, but part of the newest step: undo takes both back as one.

        For who made that step a moment ago; it must still be the newest.
        """
        before = self.document
        if self._timeline is None or before is None or self.read_only:
            return False
        if not self._timeline.amend(document):
            return False
        self._changed(before)
        return True

    def commit_at(
        self, path: Path, name: str, change: Change, found: tuple[Document, Token] | None = None
    ) -> bool:
        """As ``commit``, for an image of the folder whether it is open or not; undone there alike.

        Args:
            path: of the image.
            name: of the edit.
            change: makes the new document of the present one.
            found: what its file was read as, for an image that was not opened before.
        """
        if path == self._image_path and self.document is not None:
            return self.commit(name, change(self.document), forget=False)
        held = self._held.get(path)
        if held is None and found is not None:
            held = _Held(Timeline(self._newest(path, *found), self._label_steps), "")
        if held is None or held.read_only or self._folder is None or self._folder.read_only:
            return False
        before = held.timeline.document
        after = with_defaults(before, change(before), self.labels)
        if not held.timeline.commit(name, after, forget=False):
            return False
        self._held[path] = held
        self.folder_labels.keep(held.timeline.document)
        self._saver.save(self._folder, path, held.timeline.document)
        self._forget_oldest()
        self.elsewhere_changed.emit(path, held.timeline.document)
        return True

    def refuse(self, problem: Problem) -> None:
        """Tell why something was not done to the open image."""
        self.problem.emit(problem)
        self.refused.emit()

    def save_again(self, path: Path, found: tuple[Document, Token] | None) -> bool:
        """Write the objects of an image as they are, for what its file says beside them.

        Args:
            path: of the image.
            found: what its file was read as, for an image that was not opened before.
        """
        held = self._held.get(path)
        if self._folder is None or self._folder.read_only:
            return False
        if held is not None:
            if held.read_only:
                return False
            self._saver.save(self._folder, path, held.timeline.document)
            return True
        if found is None:
            return False
        self._saver.save(self._folder, path, self._newest(path, *found))
        return True

    def saves_of(self, path: Path) -> int:
        return self._saver.saves_of(path)

    def document_at(self, path: Path) -> Document | None:
        """The objects of an image that is or was open; None if only the disk knows."""
        held = self._held.get(path)
        return held.timeline.document if held is not None else None

    def undo(self) -> None:
        self._step(back=True)

    def redo(self) -> None:
        self._step(back=False)

    @property
    def overlap_policy(self) -> OverlapPolicy:
        """What happens to pixels that two objects would share; kept for the folder."""
        return self._overlap

    def set_overlap_policy(self, policy: OverlapPolicy) -> None:
        if policy is self._overlap:
            return
        self._overlap = policy
        if self.folder is not None and not self.read_only:
            self._saver.save_overlap(self.folder, policy)
        self.overlap_policy_changed.emit()

    # -- objects

    def add(
        self, mask: Mask, evidence: Evidence, source: Source = Source.SMART, name: str = ADD
    ) -> int | None:
        """A new object with the active label.

        None if the overlap policy leaves nothing of it, or the same object is there already.
        """
        document = self.document
        if document is None:
            return None
        resolved = resolve(mask, document, self.overlap_policy)
        if not resolved.mask.area:
            self.refuse(_nothing_left())
            return None
        left = resolved.applied_to(document)
        if _holds(left, resolved.mask, self.active_label):
            self.refuse(Problem(say("This very mask is an object with this label already.")))
            return None
        added = left.with_added(resolved.mask, self.active_label, source=source, evidence=evidence)
        added = without_settled(added, document.next_id)
        return document.next_id if self.commit(name, added) else None

    def replace_mask(
        self, annotation_id: int, mask: Mask, evidence: Evidence | None = None, name: str = EDIT
    ) -> int | None:
        """Another mask for an object; None if it is locked or gone, or nothing is left of it."""
        document = self.document
        old = document.get(annotation_id) if document else None
        if document is None or old is None or old.locked:
            return None
        resolved = resolve(mask, document, self.overlap_policy, annotation_id)
        if not resolved.mask.area:
            self.refuse(_nothing_left())
            return None
        changed = resolved.applied_to(document).with_mask(annotation_id, resolved.mask, evidence)
        changed = without_settled(changed, annotation_id)
        return annotation_id if self.commit(name, changed) else None

    def delete(self, ids: Ids) -> None:
        """Locked objects stay."""
        gone = self.unlocked(ids)
        if self.document is not None and self.commit(DELETE, self.document.without(gone)):
            self.deleted.emit(gone)

    def set_label(self, ids: Ids, label_id: int) -> None:
        """What it describes its objects by gets its defaults; older values are kept."""
        if self.document is not None:
            self.commit(
                SET_LABEL, labelled(self.document, self.unlocked(ids), label_id, self.labels)
            )

    def describe(self, ids: Ids, change: Callable[[Annotation], Annotation]) -> bool:
        """Change values, note, group or flags of these, but for locked ones, as one step."""
        if self.document is None:
            return False
        return self.commit(DESCRIBE, self.document.with_changed(self.unlocked(ids), change))

    def set_locked(self, ids: Ids, locked: bool) -> None:
        if self.document is not None:
            changed = self.document.with_locked(self._present(ids), locked)
            self.commit(LOCK if locked else UNLOCK, changed)

    def set_state(self, ids: Ids, state: State) -> None:
        if self.document is not None:
            self.commit(REVIEW, self.document.with_state(self._present(ids), state))

    def set_status(self, status: ImageStatus) -> None:
        if self.document is not None:
            self.commit(STATUS, self.document.with_status(status))

    # -- the view

    def select(self, ids: Ids) -> None:
        chosen = frozenset(self._present(ids))
        if chosen != self._selection:
            self._selection = chosen
            self.selection_changed.emit()

    def toggle_hidden(self, ids: Ids) -> None:
        """Hide the shown ones; if all of them are hidden, show them."""
        asked = frozenset(self._present(ids))
        hide = bool(asked - self._hidden)
        self.set_hidden(self._hidden | asked if hide else self._hidden - asked)

    def set_hidden(self, ids: Ids) -> None:
        self._hidden = frozenset(ids)
        self.hidden_changed.emit()

    def object_at(self, x: float, y: float) -> int | None:
        """The object at the point (x, y) that is meant: of several the smallest, then the upper.

        What was rejected is not seen, so it is not meant.
        """
        if self.document is None:
            return None
        seen = (a for a in self.document.at(x, y) if a.state is not State.REJECTED)
        there = [a for a in seen if a.id not in self._hidden]
        return min(there, key=lambda a: a.mask.area).id if there else None

    # -- inside

    @Slot(str, object, object)
    def _on_labels_edited(self, name: str, before: LabelSet, after: LabelSet) -> None:
        """Undo takes that back on whatever image one is."""
        if self._timeline is None:
            self._label_steps.add(LabelEdit(name, before, after))
        else:
            self._timeline.commit_labels(name, before, after)
        self.history_changed.emit()

    def _step(self, *, back: bool) -> None:
        before, timeline = self.document, self._timeline
        if before is None or timeline is None or self.read_only:
            return
        name = timeline.undo_name if back else timeline.redo_name
        labels = timeline.undo(self.labels) if back else timeline.redo(self.labels)
        if labels is None:
            return
        self.folder_labels.put(labels)
        self._changed(before)
        self.stepped.emit(name, back)

    def _changed(self, before: Document) -> None:
        after = self.document
        if after is None or self._image_path is None or self._folder is None:
            return
        if after is not before:
            self.folder_labels.keep(after)
            self._saver.save(self._folder, self._image_path, after)
            self.document_changed.emit(before, after)
            self._select_present()
        self.history_changed.emit()

    def _newest(self, path: Path, read: Document, token: Token) -> Document:
        """What waits to be saved, with this folder's labels, else what was read."""
        waits, found = self._saver.unwritten(path), self._saver.newest(path, read, token)
        if waits is None or self._folder is None or waits.folder.book is self._folder.book:
            return found
        # It was edited while the folder was open before, or another one that holds the image.
        told = {each: waits.folder.book.label(each) for each in found.label_ids}
        return found.with_label_ids(self._folder.book.ids_of(told))

    def _select_present(self) -> None:
        document = self.document
        left = self._selection.intersection(document.ids) if document else frozenset()
        if left != self._selection:
            self._selection = left
            self.selection_changed.emit()

    def _forget_oldest(self) -> None:
        size = sum(held.timeline.size_bytes for held in self._held.values())
        # What is not on disk yet would be read from there as it was before.
        kept = {self._image_path, *self._saver.unsaved}
        for path in [path for path in self._held if path not in kept]:
            if len(self._held) <= HELD_IMAGES and size <= HELD_BYTES:
                return
            size -= self._held.pop(path).timeline.size_bytes

    @Slot(object, object)
    def _on_conflict(self, path: Path, conflict: Conflict) -> None:
        """Ours lies beside theirs now; what goes on, goes on from theirs."""
        self._held.pop(path, None)
        self.problem.emit(conflict.problem)
        if conflict.labels is not None and self._folder and path == self._folder.root:
            self.folder_labels.show(conflict.labels, conflict.token)
        if path == self._image_path:
            self.reload_wanted.emit()

    def unlocked(self, ids: Ids) -> list[int]:
        """Those that are there and may be changed, from the bottom up."""
        chosen = set(ids)
        return [a.id for a in self.document or () if a.id in chosen and not a.locked]

    def _present(self, ids: Ids) -> list[int]:
        known = set(self.document.ids) if self.document else set()
        return [each for each in ids if each in known]


def _changed_outside(path: Path) -> Problem:
    return Problem(
        say("The objects of {name} were changed by another program.", path.name),
        say(
            "They are shown as they are now on disk; earlier steps on this image cannot be undone."
        ),
    )


def _holds(document: Document, mask: Mask, label_id: int) -> bool:
    return any(
        each.label_id == label_id and each.state is not State.REJECTED and each.mask == mask
        for each in document
    )


def _nothing_left() -> Problem:
    return Problem(
        say("Other objects cover all of this mask."),
        say("Choose another overlap rule, or unlock or delete the objects in the way."),
    )
