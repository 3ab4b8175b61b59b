"""Undo over an image's document and its folder's labels, in the order things were done."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

from app.core.document import Document
from app.core.history import History
from app.core.labels import LabelSet, with_distinct_names


@dataclass(frozen=True, slots=True)
class LabelEdit:
    """A change of the folder's labels."""

    name: str
    before: LabelSet
    after: LabelSet


class LabelTimeline:
    """The changes of a folder's labels: they are taken back on whatever image one is by then.

    Not, however, once something was done on another image since: who presses undo there means
    what was done last, and a label that objects of other images have would be gone unseen.
    """

    def __init__(self) -> None:
        self._done: list[tuple[LabelEdit, int]] = []
        self._undone: list[tuple[LabelEdit, int]] = []
        self._taken_back = 0
        self._numbers = itertools.count(1)
        self._newest: dict[int, int] = {}
        self._members = itertools.count()

    def member(self) -> int:
        """A place for one more image's newest step."""
        return next(self._members)

    def note(self, member: int, number: int) -> None:
        """The newest step that somebody did on an image, and that is not taken back; 0: none."""
        if number:
            self._newest[member] = number
        else:
            self._newest.pop(member, None)

    def number(self) -> int:
        """For one more step anywhere in the folder: larger than all before."""
        return next(self._numbers)

    def add(self, edit: LabelEdit) -> None:
        """Note a change."""
        self._done.append((edit, self.number()))
        self._undone.clear()

    def next(self, member: int, *, back: bool, after: int = 0) -> tuple[LabelEdit, int] | None:
        """What is taken back, or done again, next, and its number.

        Args:
            member: of the image where it is asked; what was done on the others comes before.
            back: which of the two.
            after: number of a step; what was taken back before it is not done again.
        """
        line = self._done if back else self._undone
        if not line or (not back and self._taken_back < after):
            return None
        number = line[-1][1]
        if back and any(n > number for each, n in self._newest.items() if each != member):
            return None
        return line[-1]

    def step(self, labels: LabelSet, *, back: bool) -> LabelSet:
        """Take a step; the labels afterwards. IndexError if there is none."""
        line, other = (self._done, self._undone) if back else (self._undone, self._done)
        edit, number = line.pop()
        other.append((edit, number))
        self._taken_back = self.number()
        from_, to = (edit.after, edit.before) if back else (edit.before, edit.after)
        return moved(labels, from_, to)


class Timeline:
    """The steps done on one image, which ``History`` holds, among those on the folder's labels.

    Labels belong to the folder, and steps made on other images may have changed them since. Taking
    a step back therefore takes back its own change alone.

    Args:
        document: the objects at first.
        labels: the steps of the folder's labels, the same for all of its images.
    """

    def __init__(self, document: Document, labels: LabelTimeline | None = None) -> None:
        self._history = History(document)
        self._labels = labels or LabelTimeline()
        self._member = self._labels.member()
        self._done: list[int] = []
        self._undone: list[int] = []
        self._by_hand: set[int] = set()
        self._newest = 0

    @property
    def document(self) -> Document:
        return self._history.document

    @property
    def undo_name(self) -> str | None:
        edit = self._label_edit(back=True)
        return self._history.undo_name if edit is None else edit.name

    @property
    def redo_name(self) -> str | None:
        edit = self._label_edit(back=False)
        return self._history.redo_name if edit is None else edit.name

    @property
    def size_bytes(self) -> int:
        return self._history.size_bytes

    def commit(self, name: str, document: Document, *, forget: bool = True) -> bool:
        """Make ``document`` the present one; False if it is already.

        Args:
            name: of the step.
            document: the objects after it.
            forget: whether changes of labels that were taken back before cannot be done again
                here, and those done before not be taken back on other images: somebody worked here.
        """
        if not self._history.commit(name, document):
            return False
        number = self._labels.number()
        self._done.append(number)
        self._undone.clear()
        if forget:
            self._newest = number
            self._by_hand.add(number)
        self._tell_newest()
        return True

    def amend(self, document: Document) -> bool:
        """Let the newest step on this image lead to ``document``; False if it does already."""
        if not self._history.amend(document):
            return False
        self._undone.clear()
        return True

    def commit_labels(self, name: str, before: LabelSet, after: LabelSet) -> None:
        """Note a change of the folder's labels."""
        self._labels.add(LabelEdit(name, before, after))
        self._history.forget_undone()
        self._undone.clear()

    def undo(self, labels: LabelSet) -> LabelSet | None:
        """Step back; the folder's labels afterwards, or None if there is nothing to undo."""
        if self._label_edit(back=True) is not None:
            return self._labels.step(labels, back=True)
        if not self._history.undo():
            return None
        # Of steps that the history has forgotten the numbers are still there.
        self._undone.append(self._done.pop())
        self._tell_newest()
        return labels

    def redo(self, labels: LabelSet) -> LabelSet | None:
        """Step forward again; the folder's labels afterwards, or None if nothing was undone."""
        if self._label_edit(back=False) is not None:
            return self._labels.step(labels, back=False)
        if not self._history.redo():
            return None
        self._done.append(self._undone.pop())
        self._tell_newest()
        return labels

    def _tell_newest(self) -> None:
        by_hand = (number for number in reversed(self._done) if number in self._by_hand)
        self._labels.note(self._member, next(by_hand, 0))

    def _label_edit(self, *, back: bool) -> LabelEdit | None:
        """The change of labels that is next, unless a step on this image is nearer."""
        found = self._labels.next(self._member, back=back, after=self._newest)
        history = self._history
        if back:
            own = self._done[-1] if history.undo_name is not None else None
        else:
            own = self._undone[-1] if history.redo_name is not None else None
        if found is None or (own is not None and (own > found[1]) is back):
            return None
        return found[0]


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
