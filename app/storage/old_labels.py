"""What the ids in sidecars without names mean: those that versions before this one wrote.

Such a sidecar was written while its own folder or one around it was open, with that folder's
table. Every table on the way up is therefore asked; where they agree, or only one knows an id, the
meaning is sure. Where they do not agree nobody can know it, and nothing is guessed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from app.core.errors import Problem
from app.core.labels import Label, as_name
from app.storage.label_book import LabelBook
from app.storage.label_file import LoadedLabels, read_labels
from app.storage.names import shown
from model.messages import joined, say

OWN_FOLDER = ".maskwright"
LABELS = "labels.json"
ADVICE = say("Say with which list it was drawn: maskwright labels FOLDER --as FOLDER.")


class OldTables:
    """The tables of labels around the sidecars of a folder; each is read once.

    Args:
        root: of the images.
        home: where sidecars are written, ``root`` or a mirror of it.
    """

    def __init__(self, root: Path, home: Path) -> None:
        self._root, self._home = root, home
        self._read: dict[Path, LoadedLabels | None] = {}
        self._decided: tuple[Path, LoadedLabels] | None = None

    def keep(self, folder: Path, loaded: LoadedLabels) -> None:
        """The table of this folder is known."""
        self._read[folder] = loaded

    def decide(self, folder: Path) -> None:
        """Ask the table of this folder alone.

        Raises:
            Problem: it has none, or that cannot be read.
        """
        loaded = read_labels(folder / OWN_FOLDER / LABELS)
        if loaded.damaged:
            raise Problem(loaded.read_only or "")
        if loaded.token is None:
            raise Problem(
                say("{folder} has no list of labels.", shown(folder)),
                say("Name a folder that has one."),
            )
        self._decided = folder, loaded

    def around(self, sidecar: Path) -> dict[Path, LoadedLabels]:
        """The tables that a sidecar without names may have been written with, nearest first."""
        if self._decided is not None:
            return dict((self._decided,))
        inside = self._home != self._root and sidecar.is_relative_to(self._home)
        if inside:
            folders = [each for each in sidecar.parents if each.is_relative_to(self._home)]
            if self._table(self._home) is None:
                folders.append(self._root)
        else:
            real = Path(os.path.realpath(sidecar.parent))
            folders = [*sidecar.parents, real, *real.parents, self._root]
        found: dict[Path, LoadedLabels] = {}
        seen: set[str] = set()
        for folder in folders:
            table, place = self._table(folder), os.path.realpath(folder)
            if table is not None and place not in seen:
                found[folder] = table
            seen.add(place)
        return found

    def meant(self, sidecar: Path, ids: Iterable[int], book: LabelBook) -> dict[int, Label]:
        """The labels that these ids of a sidecar without names mean; without those nobody knows.

        Args:
            book: of the folder that is open; asked last, for ids that no such version has given.

        Raises:
            Problem: tables do not agree on one of them, or cannot be read.
        """
        tables = self.around(sidecar)
        found = {}
        for number in ids:
            names = {
                folder: table.old.names.get(number)
                for folder, table in tables.items()
                if number < table.old.next_id
            }
            damaged = next((each for each, table in tables.items() if table.damaged), None)
            if damaged is not None:
                raise _unknown(sidecar, number, damaged)
            if len(set(names.values())) > 1:
                raise _unsure(sidecar, number, names)
            name = next(iter(names.values()), None)
            if not names:
                name = self._newer(tables, number, book)
            elif name is None and number in book:
                name = f"label {number}"
            if name is not None:
                found[number] = Label(number, as_name(name), book.labels.label(number).color)
        return found

    def _newer(self, tables: dict[Path, LoadedLabels], number: int, book: LabelBook) -> str | None:
        """As the nearest table has it today: other programs may write sidecars with its ids."""
        for folder, table in tables.items():
            own = folder in (self._home, self._root)
            found = (book.labels if own else table.labels).get(number)
            if found is not None:
                return found.name
        return book.label(number).name if number in book else None

    def _table(self, folder: Path) -> LoadedLabels | None:
        if folder not in self._read:
            loaded = read_labels(folder / OWN_FOLDER / LABELS)
            there = loaded.token is not None or loaded.damaged
            self._read[folder] = loaded if there else None
        return self._read[folder]


def _unsure(sidecar: Path, number: int, names: dict[Path, str | None]) -> Problem:
    told = (
        say("“{name}” in {folder}", name, shown(folder))
        if name is not None
        else say("removed in {folder}", shown(folder))
        for folder, name in names.items()
    )
    return Problem(
        say(
            "What the labels in {name} mean is not certain: it holds numbers without "
            "names, and for label {label} the lists differ: {lists}.",
            shown(sidecar.name),
            number,
            joined(told, ", "),
        ),
        ADVICE,
    )


def _unknown(sidecar: Path, number: int, folder: Path) -> Problem:
    return Problem(
        say(
            "What the labels in {name} mean is not known: it holds numbers without names, "
            "and the list of labels in {folder} cannot be read.",
            shown(sidecar.name),
            shown(folder),
        ),
        ADVICE,
    )
