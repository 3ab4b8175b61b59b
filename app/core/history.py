"""Undo and redo over immutable documents."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.document import Document

LIMIT = 500
LIMIT_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class Edit:
    """A step the user can take back, named as the menu shows it.

    Attributes:
        name: as in "Undo <name>".
        before, after: the document on both sides of it.
        size_bytes: memory that only this step keeps alive, roughly.
    """

    name: str
    before: Document
    after: Document
    size_bytes: int

    @classmethod
    def between(cls, name: str, before: Document, after: Document) -> Edit:
        # Each side's tuple of pointers, and the annotations the two do not share.
        pointers = 8 * (len(before) + len(after))
        old = {id(annotation): annotation for annotation in before}
        new = {id(annotation): annotation for annotation in after}
        own = [a for key, a in old.items() if key not in new]
        own += [a for key, a in new.items() if key not in old]
        return cls(name, before, after, pointers + sum(a.size_bytes for a in own))


class History:
    """A line of edits and a cursor in it. Committing forgets what was undone.

    The oldest edits are forgotten beyond ``limit`` steps or ``limit_bytes`` bytes; the newest one
    is always kept.
    """

    def __init__(
        self, document: Document, limit: int = LIMIT, limit_bytes: int = LIMIT_BYTES
    ) -> None:
        if limit < 1 or limit_bytes < 0:
            raise ValueError(f"a history holds at least one edit, given a limit of {limit}")
        self._document = document
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._done: list[Edit] = []
        self._undone: list[Edit] = []
        self._size_bytes = 0

    @property
    def document(self) -> Document:
        return self._document

    @property
    def undo_name(self) -> str | None:
        return self._done[-1].name if self._done else None

    @property
    def redo_name(self) -> str | None:
        return self._undone[-1].name if self._undone else None

    @property
    def size_bytes(self) -> int:
        """Memory its edits keep alive, roughly, the present document apart."""
        return self._size_bytes

    def commit(self, name: str, after: Document) -> bool:
        """Make ``after`` the present document; False, and no step, if it is the present one."""
        if after is self._document or after == self._document:
            return False
        self.forget_undone()
        edit = Edit.between(name, self._document, after)
        self._done.append(edit)
        self._size_bytes += edit.size_bytes
        self._document = after
        self._forget_oldest()
        return True

    def amend(self, after: Document) -> bool:
        """Let the newest step lead to ``after`` instead; False if it does, or there is none.

        What was undone is forgotten, as by a step.
        """
        if not self._done or after == self._document:
            return False
        self.forget_undone()
        old = self._done.pop()
        edit = Edit.between(old.name, old.before, after)
        self._done.append(edit)
        self._size_bytes += edit.size_bytes - old.size_bytes
        self._document = after
        return True

    def undo(self) -> bool:
        """Step back; False if there is nothing to undo."""
        if not self._done:
            return False
        edit = self._done.pop()
        self._undone.append(edit)
        self._document = edit.before
        return True

    def redo(self) -> bool:
        """Step forward again; False if nothing was undone."""
        if not self._undone:
            return False
        edit = self._undone.pop()
        self._done.append(edit)
        self._document = edit.after
        return True

    def forget_undone(self) -> None:
        """What was undone cannot be redone: something else was done."""
        self._size_bytes -= sum(edit.size_bytes for edit in self._undone)
        self._undone.clear()

    def _forget_oldest(self) -> None:
        forgotten = max(len(self._done) - self._limit, 0)
        size = self._size_bytes - sum(edit.size_bytes for edit in self._done[:forgotten])
        while size > self._limit_bytes and forgotten < len(self._done) - 1:
            size -= self._done[forgotten].size_bytes
            forgotten += 1
        del self._done[:forgotten]
        self._size_bytes = size
