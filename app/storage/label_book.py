"""The labels of the folder that is open, and which of its ids a name in any file means there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from app.core.labels import Label, LabelSet, with_distinct_names
from model.messages import say

Listener = Callable[[], object]


class LabelBook:
    """Ids count within one folder alone, so files say names, and a book finds the ids for them.

    May be used on any thread. An id is never given to two names while the book is open, so what is
    in memory keeps its meaning whatever becomes of the labels.

    Attributes:
        listener: called, on whatever thread it happens, when a file has brought labels.
    """

    def __init__(self, labels: LabelSet | None = None) -> None:
        self._lock = threading.RLock()
        self._labels = labels or LabelSet()
        self._base = self._labels
        self._seen = {label.id: label for label in self._labels}
        self._former: dict[str, int] = {}
        self.listener: Listener | None = None

    @property
    def labels(self) -> LabelSet:
        """All labels: those of the folder's file, then those that other files have brought."""
        return self._labels

    @property
    def unsaved(self) -> bool:
        """Whether there are labels that the folder's file does not have, or has differently."""
        return self._labels != self._base

    @property
    def former(self) -> Mapping[str, int]:
        """Names that labels had, by which files still call them, and the labels' ids."""
        return self._former

    def __contains__(self, label_id: object) -> bool:
        """Whether the id is, or was, that of a label."""
        return label_id in self._labels or label_id in self._seen

    def reserve(self, ids: Iterable[int]) -> None:
        """Give none of these ids to a new label: objects have them without a name."""
        with self._lock:
            next_id = max((each + 1 for each in ids), default=1)
            if next_id > self._labels.next_id:
                same = self._labels is self._base or self._labels == self._base
                self._labels = replace(self._labels, next_id=next_id)
                self._base = self._labels if same else self._base

    def label(self, label_id: int) -> Label:
        """The label of that id, or as it was called when it was last there."""
        found = self._labels.get(label_id) or self._seen.get(label_id)
        return found or self._labels.label(label_id)

    def edit(self, change: Callable[[LabelSet], LabelSet]) -> tuple[LabelSet, LabelSet]:
        """Put ``change`` of the labels in their place; what they were and what they are.

        A new label called as one that was taken away while the book is open has its id.

        Raises:
            ValueError, KeyError: as ``change`` raises them; or a new label would have a name by
                which files still call another one. Nothing is changed.
        """
        with self._lock:
            before = self._labels
            after = self._with_ids_again(before, change(before))
            self._check_former(before, after)
            self._put(after)
            return before, after

    def put(self, labels: LabelSet) -> None:
        """Make these the labels."""
        with self._lock:
            self._put(labels)

    def read(self, found: LabelSet, former: Mapping[str, int]) -> LabelSet:
        """Take over what the folder's file says; the labels afterwards.

        What the file and the book have both added since they were last the same keeps the book's
        ids: files say names, so the ids of the folder's own file may be given anew.
        """
        with self._lock:
            if found != self._base:
                self._put(self._joined(found), note=False)
                self._base = found
            present = {label.name for label in self._labels}
            self._former |= {
                name: each
                for name, each in former.items()
                if name not in present and each in self._labels
            }
            return self._labels

    def written(self, labels: LabelSet) -> None:
        """The folder's file has these labels now."""
        with self._lock:
            self._base = labels

    def forget_former(self, names: Iterable[str]) -> None:
        """No file calls a label by one of these names any more."""
        with self._lock:
            self._former = {k: v for k, v in self._former.items() if k not in set(names)}

    def ids_of(self, named: Mapping[int, Label]) -> dict[int, int]:
        """The folder's id for each id of another file, whose labels are told by that id.

        A label that the folder has none of is added, in its own colour if that is still free; one
        that was taken away while the book is open is there again, with the id it had.
        """
        with self._lock:
            missing = {
                label.name: label
                for label in named.values()
                if self._labels.named(label.name) is None and label.name not in self._former
            }
            gone = {
                seen.name: seen.id
                for seen in self._seen.values()
                if seen.name in missing and seen.id not in self._labels
            }
            if gone:
                self.bring_back(gone.values())
            new = {name: label for name, label in missing.items() if name not in gone}
            if new:
                self._bring(new)
            if missing and self.listener is not None:
                self.listener()
            return {number: self._id_of(label.name) for number, label in named.items()}

    def bring_back(self, ids: Iterable[int]) -> bool:
        """Have labels again that were taken away while something has them; whether there were."""
        with self._lock:
            gone = {each for each in ids if each not in self._labels and each in self._seen}
            if not gone:
                return False
            back = [self._seen[each] for each in sorted(gone)]
            every = with_distinct_names(
                [*self._labels, *back], (label.id for label in self._labels)
            )
            next_id = max(self._labels.next_id, max(gone) + 1)
            self._put(replace(self._labels, labels=tuple(every), next_id=next_id))
            return True

    def _id_of(self, name: str) -> int:
        found = self._labels.named(name)
        return self._former[name] if found is None else found.id

    def _bring(self, missing: Mapping[str, Label]) -> None:
        used = {label.color for label in self._labels}
        colors = {}
        for name, told in missing.items():
            if told.color not in used:
                used.add(told.color)
                colors[name] = told.color
        self._put(self._labels.with_names(missing, colors))

    def _put(self, labels: LabelSet, *, note: bool = True) -> None:
        if note:
            for label in labels:
                old = self._labels.get(label.id) or self._seen.get(label.id)
                if old is not None and old.name != label.name:
                    self._former[old.name] = label.id
        present = {label.name for label in labels}
        self._former = {
            name: each
            for name, each in self._former.items()
            if name not in present and each in labels
        }
        self._seen |= {label.id: label for label in labels}
        self._labels = labels

    def _with_ids_again(self, before: LabelSet, after: LabelSet) -> LabelSet:
        """A new label called as one that was taken away is that one: objects have its id still."""
        gone = {each.name: each.id for each in self._seen.values() if each.id not in after}
        back = [
            replace(each, id=gone[each.name])
            if each.id not in before and each.name in gone
            else each
            for each in after
        ]
        return after if tuple(back) == after.labels else replace(after, labels=tuple(back))

    def _check_former(self, before: LabelSet, after: LabelSet) -> None:
        known = {label.id for label in before}
        for label in after:
            if label.name in self._former and self._former[label.name] != label.id:
                old = self._labels.label(self._former[label.name]).name
                if label.id not in known or before.label(label.id).name != label.name:
                    raise ValueError(
                        say(
                            "{old} is being renamed to {name} on other images; try again in a "
                            "moment",
                            repr(label.name),
                            repr(old),
                        )
                    )

    def _joined(self, theirs: LabelSet) -> LabelSet:
        """The file's labels with ids that mean in this book what they meant before."""
        base, own = self._base, self._labels
        if own == base and all(each.id not in self._seen or each.id in base for each in theirs):
            return theirs
        joined: dict[int, Label] = {}
        next_id = max(own.next_id, theirs.next_id)
        for label in theirs:
            mine = own.named(label.name)
            number = label.id
            if label.id not in base:
                if mine is not None:
                    number = mine.id
                elif label.id in self._seen and self._seen[label.id].name != label.name:
                    number, next_id = next_id, next_id + 1
            joined[number] = replace(label, id=number)
        for label in own:
            if label.id not in base:
                joined.setdefault(label.id, label)
        every = with_distinct_names([*joined.values()], (each.id for each in theirs))
        return replace(theirs, labels=tuple(every), next_id=next_id)
