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
        self._numbers: list[int] = []
        self._undone_numbers: list[int] = []

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

    @property
    def undo_number(self) -> int | None:
        """Of the step that is taken back next; None if there is none."""
        return self._numbers[-1] if self.undo_name is not None else None

    @property
    def redo_number(self) -> int | None:
        """Of the step that is done again next; None if there is none."""
        return self._undone_numbers[-1] if self.redo_name is not None else None

    def commit(self, name: str, document: Document, number: int = 0) -> bool:
        """Make ``document`` the present one; False if it is already.

        Args:
            name: of the step.
            document: the objects after it.
            number: larger than those of all steps before, here and elsewhere in the folder.
        """
        if not self._history.commit(name, document):
            return False
        self._add(None, number)
        return True

    def commit_labels(self, name: str, before: LabelSet, after: LabelSet, number: int = 0) -> None:
        """Note a change of the folder's labels."""
        self._add(LabelEdit(name, before, after), number)

    def forget_undone(self) -> None:
        """What was taken back can no longer be done again: something else was done."""
        self._undone.clear()
        self._undone_numbers.clear()

    def _add(self, edit: LabelEdit | None, number: int) -> None:
        self._done.append(edit)
        self._numbers.append(number)
        self.forget_undone()

    def undo(self, labels: LabelSet) -> LabelSet | None:
        """Step back; the folder's labels afterwards, or None if there is nothing to undo."""
        if self.undo_name is None:
            return None
        edit = self._done.pop()
        self._undone.append(edit)
        self._undone_numbers.append(self._numbers.pop())
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
        self._numbers.append(self._undone_numbers.pop())
        if edit is None:
            self._history.redo()
            return labels
        return moved(labels, edit.before, edit.after)


class LabelTimeline:
    """The changes of a folder's labels: they are taken back on whatever image one is by then."""

    def __init__(self) -> None:
        self._done: list[tuple[LabelEdit, int]] = []
        self._undone: list[tuple[LabelEdit, int]] = []

    def add(self, edit: LabelEdit, number: int) -> None:
        self._done.append((edit, number))
        self._undone.clear()

    def next(self, *, back: bool) -> tuple[LabelEdit, int] | None:
        """What is taken back, or done again, next, and its number."""
        line = self._done if back else self._undone
        return line[-1] if line else None

    def step(self, labels: LabelSet, *, back: bool) -> LabelSet:
        """Take a step; the labels afterwards. IndexError if there is none."""
        line, other = (self._done, self._undone) if back else (self._undone, self._done)
        edit, number = line.pop()
        other.append((edit, number))
        from_, to = (edit.after, edit.before) if back else (edit.before, edit.after)
        return moved(labels, from_, to)


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
