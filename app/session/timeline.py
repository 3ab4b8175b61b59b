"""Undo over an image's document and its folder's labels, in the order things were done."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.core.document import Document
from app.core.history import History
from app.core.labels import LabelSet, with_distinct_names


@dataclass(frozen=True, slots=True)
class LabelEdit:
    """A change of the folder's labels, made while this image was open."""

    name: str
    before: LabelSet
    after: LabelSet


class Timeline:
    """The steps done on one image: edits of its document, which ``History`` holds, and of labels.

    Labels belong to the folder, and other images' steps may have changed them since. Taking a step
    back therefore takes back its own change alone.
    """

    def __init__(self, document: Document) -> None:
        self._history = History(document)
        # None stands for an edit of the document: the newest None is History's newest edit.
        self._done: list[LabelEdit | None] = []
        self._undone: list[LabelEdit | None] = []

    @property
    def document(self) -> Document:
        return self._history.document

    @property
    def undo_name(self) -> str | None:
        if not self._done:
            return None
        edit = self._done[-1]
        return self._history.undo_name if edit is None else edit.name

    @property
    def redo_name(self) -> str | None:
        if not self._undone:
            return None
        edit = self._undone[-1]
        return self._history.redo_name if edit is None else edit.name

    @property
    def size_bytes(self) -> int:
        return self._history.size_bytes

    def commit(self, name: str, document: Document) -> bool:
        """Make ``document`` the present one; False if it is already."""
        if not self._history.commit(name, document):
            return False
        self._done.append(None)
        self._undone.clear()
        return True

    def commit_labels(self, name: str, before: LabelSet, after: LabelSet) -> None:
        """Note a change of the folder's labels."""
        self._done.append(LabelEdit(name, before, after))
        self._undone.clear()

    def undo(self, labels: LabelSet) -> LabelSet | None:
        """Step back; the folder's labels afterwards, or None if there is nothing to undo."""
        if self.undo_name is None:
            return None
        edit = self._done.pop()
        self._undone.append(edit)
        if edit is None:
            self._history.undo()
            return labels
        return moved(labels, edit.after, edit.before)

    def redo(self, labels: LabelSet) -> LabelSet | None:
        """Step forward again; the folder's labels afterwards, or None if nothing was undone."""
        if self.redo_name is None:
            return None
        edit = self._undone.pop()
        self._done.append(edit)
        if edit is None:
            self._history.redo()
            return labels
        return moved(labels, edit.before, edit.after)


def moved(current: LabelSet, from_: LabelSet, to: LabelSet) -> LabelSet:
    """``current`` with what differs between ``from_`` and ``to`` as in ``to``, all else kept.

    Ids are never given twice, so ``next_id`` does not go back. A name or a digit that another label
    has taken meanwhile stays with that one.
    """
    next_id = max(current.next_id, to.next_id)
    if current == from_ or set(current.labels) == set(from_.labels):
        return replace(to, next_id=next_id)
    present = {label.id: label for label in current}
    result = dict(present)
    for label_id in dict.fromkeys([label.id for label in (*from_, *to)]):
        old, new = from_.get(label_id), to.get(label_id)
        if old == new:
            continue
        if new is None:
            result.pop(label_id, None)
        else:
            result[label_id] = new
    distinct = with_distinct_names([*result.values()], (label.id for label in current))
    return replace(current, labels=tuple(distinct), next_id=next_id) if distinct else current
