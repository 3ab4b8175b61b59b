"""The labels of the folder: which there are, which one new objects get."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QT_TRANSLATE_NOOP, QObject, Qt, Signal, Slot

from app.core.document import Document
from app.core.errors import Problem
from app.core.labels import Key, Label, LabelSet, beside_family
from app.session.folder.folder_protocol import Folder, Token
from app.session.folder.saver import Saver
from app.storage.label_book import LabelBook
from model.messages import say

RENAME = str(QT_TRANSLATE_NOOP("Session", "Rename label"))
RECOLOUR = str(QT_TRANSLATE_NOOP("Session", "Change label colour"))
KEY = str(QT_TRANSLATE_NOOP("Session", "Change label key"))
MOVE = str(QT_TRANSLATE_NOOP("Session", "Move label"))
REMOVE = str(QT_TRANSLATE_NOOP("Session", "Remove label"))


RECENT = 20
"""So many labels are remembered as used last."""


class FolderLabels(QObject):
    """Edits of the labels go through here; each but adding one is a step of undo.

    Args:
        saver: writes them.
        read_only: why nothing can be edited, or None.
    """

    changed = Signal()
    active_changed = Signal()
    edited = Signal(str, object, object)
    """Name of an edit that can be undone, the labels before and after it."""
    problem = Signal(object)
    _brought = Signal()
    """Objects that were read on some thread have labels that the folder did not have."""

    def __init__(
        self, saver: Saver, read_only: Callable[[], str | None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._read_only = read_only
        self._saver = saver
        self._folder: Folder | None = None
        self._book = LabelBook()
        self._shown = self._book.labels
        self.active = self._told_active = 1
        self._recent: list[int] = []
        self._brought.connect(self.look, Qt.ConnectionType.QueuedConnection)

    @property
    def labels(self) -> LabelSet:
        """Of the folder, with those that objects of its images have brought."""
        return self._book.labels

    def use(self, folder: Folder | None) -> None:
        """The labels of another folder."""
        active = self.labels.label(self.active).name
        before, self._folder = self._folder, folder
        again = before is not None and folder is not None and before.root == folder.root
        self._book.listener = None
        self._book = LabelBook()
        if folder is not None:
            self._book = folder.book
            read = folder.labels, folder.labels_token
            waits = self._saver.newest(folder.root, *read)
            if waits is not folder.labels:
                self._book.put(waits)
            self._book.listener = self._brought.emit
        same = self.labels.named(active) if again else None
        self.active = (same or self.labels.labels[0]).id
        self._recent = self._recent if again else []
        self._shown, self._told_active = self.labels, self.active
        self.changed.emit()
        self.active_changed.emit()

    @Slot()
    def look(self) -> None:
        """Tell of labels that objects have brought since, and of another one that is active."""
        if self.labels is not self._shown:
            self._shown = self.labels
            if self.active not in self.labels:
                self.active = self.labels.labels[0].id
            self.changed.emit()
        if self.active != self._told_active:
            self._told_active = self.active
            self.active_changed.emit()

    def keep(self, document: Document | None = None) -> None:
        """Save labels that objects have brought, now that something is written anyway.

        Those that were taken away while this document has them are there again.
        """
        if document is not None:
            self._book.bring_back(document.label_ids)
        if self._folder is not None and self._book.unsaved and not self.refusal:
            self._saver.save_labels(self._folder, self.labels)
        self.look()

    def meet(self, document: Document) -> None:
        """Labels that were taken away while this document, which is opened, has them are there
        again; nothing is saved."""
        self._book.bring_back(document.label_ids)

    def show(self, labels: LabelSet, token: Token) -> None:
        """The labels as another program left them; those of a file that is known now."""
        if self._folder is not None:
            self._saver.learn(self._folder.root, token)
            if labels != self.labels:
                self._book.read(labels, {})
        self.look()

    @property
    def refusal(self) -> str | None:
        """Why labels may not be edited; None if they may."""
        own = self._folder.labels_read_only if self._folder is not None else None
        return self._read_only() or own

    def add(self, name: str, color: str | None = None) -> int | None:
        """A new label, active from now on; its id, or None if the name is none or taken.

        It is no step of undo: whoever takes back objects must not lose labels with them.
        """

        def added_to(labels: LabelSet) -> LabelSet:
            return beside_family(labels.with_added(name, color), labels.next_id)

        if not self._edit("", added_to):
            return None
        added = self.labels.named(name)
        if added is None:
            return None
        self.activate(added.id)
        return added.id

    def bring(self, name: str) -> int | None:
        """The id of a label of that name, added if there is none; None if that may not be."""
        if self.labels.named(name) is None:
            self._edit("", lambda labels: labels.with_names((name,)))
        found = self.labels.named(name)
        return None if found is None else found.id

    def rename(self, label_id: int, name: str) -> bool:
        return self._edit(RENAME, lambda labels: labels.with_renamed(label_id, name))

    def recolour(self, label_id: int, color: str) -> bool:
        return self._edit(RECOLOUR, lambda labels: labels.with_recoloured(label_id, color))

    def set_key(self, label_id: int, key: Key | None) -> bool:
        return self._edit(KEY, lambda labels: labels.with_key(label_id, key))

    def move(self, label_ids: Sequence[int], place: int) -> bool:
        """Put labels one behind the other, the first at ``place`` counted without them."""
        return self._edit(MOVE, lambda labels: labels.with_all_moved(label_ids, place))

    def remove(self, label_id: int) -> bool:
        """Objects that have it keep its number; undo gives it back its name."""
        return self._edit(REMOVE, lambda labels: labels.without(label_id))

    def activate(self, label_id: int) -> None:
        """New objects get this label."""
        self.take_up(label_id)
        self.look()

    def take_up(self, label_id: int) -> None:
        """As ``activate``, while images are swapped: it is told once all is in place."""
        if label_id in self.labels and label_id != self.active:
            self._recent = [self.active, *(e for e in self._recent if e != self.active)][:RECENT]
            self.active = label_id

    @property
    def recent_first(self) -> list[Label]:
        """All labels, those before the rest that were active last; the active one in its place."""
        recent = [each for each in self._recent if each in self.labels and each != self.active]
        first = [self.labels.label(each) for each in recent]
        return [*first, *(each for each in self.labels if each.id not in recent)]

    def put(self, labels: LabelSet) -> None:
        """Show and save these labels; nothing happens if they are the present ones."""
        if labels == self.labels:
            return
        self._book.put(labels)
        self._save()

    def change(self, name: str, labels: LabelSet) -> bool:
        """Show and save these labels, as one step of undo; False if they may not be edited."""
        return self._edit(name, lambda _: labels)

    def _save(self) -> None:
        if self._folder is not None:
            self._saver.save_labels(self._folder, self.labels)
        self.look()

    def _edit(self, name: str, edited: Callable[[LabelSet], LabelSet]) -> bool:
        if self.refusal:
            self.problem.emit(Problem(say("The labels cannot be edited."), self.refusal))
            return False
        try:
            before, after = self._book.edit(edited)
        except (ValueError, KeyError) as error:
            self.problem.emit(
                Problem(say("The label was not changed: {reason}.", error), "", error)
            )
            return False
        if after == before:
            return False
        if name:
            self.edited.emit(name, before, after)
        self._save()
        return True
