"""The images of the list that are selected together, for what is done to several at once."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, Signal, Slot

from app.session.navigation.image_list import ImageList
from app.session.navigation.shown_images import ShownImages


class SelectedImages(QObject):
    """Images by their names; what is not shown is not selected, so that nobody acts on it unseen.

    Opening another image leaves them selected. None is selected as long as only one image is open.

    Attributes:
        at_hand: whether the keyboard is in the list, so that keys mean these images.

    ``changed``: others are selected than before.
    """

    changed = Signal()

    def __init__(
        self, image_list: ImageList, shown: ShownImages, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._image_list, self._shown = image_list, shown
        self._names: frozenset[str] = frozenset()
        self._anchor: str | None = None
        self.at_hand = False
        image_list.opened.connect(self.clear)
        shown.changed.connect(self._on_shown)

    def __len__(self) -> int:
        return len(self._names)

    @property
    def names(self) -> tuple[str, ...]:
        """Relative to the folder, in the order of the list."""
        return tuple(map(self._name, self.rows))

    @property
    def rows(self) -> list[int]:
        """Of the list as it is shown, ascending."""
        found = (self._shown.row_of(self._image_list.place(name)) for name in self._names)
        return sorted(row for row in found if row >= 0)

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    @Slot()
    def clear(self) -> None:
        self._anchor = None
        self._put(frozenset())

    def all(self) -> None:
        """All that are shown."""
        self._put(frozenset(map(self._image_list.name_at, self._shown.rows)))

    def toggle(self, row: int, beside: int = -1) -> None:
        """Add the image of a row, or take it out.

        Args:
            row: of the list as it is shown.
            beside: row of the open image, which is selected with the first one; -1 if none is.
        """
        name = self._name(row)
        names = self._names
        if not names and beside >= 0:
            names = frozenset({self._name(beside)})
        self._anchor = name
        self._put(names ^ {name})

    def extend(self, row: int, beside: int = -1, *, keep: bool = False) -> None:
        """Select from the row chosen before to this one.

        Args:
            row: of the list as it is shown.
            beside: the row from which on, if none was chosen before; -1 for the first.
            keep: whether what is selected already stays so.
        """
        begin = -1
        if self._anchor is not None:
            begin = self._shown.row_of(self._image_list.place(self._anchor))
        if begin < 0:
            begin = max(0, beside)
            self._anchor = self._name(begin)
        first, last = min(begin, row), max(begin, row)
        names = frozenset(map(self._name, range(first, last + 1)))
        self._put(self._names | names if keep else names)

    def _name(self, row: int) -> str:
        return self._image_list.name_at(self._shown.rows[row])

    def _put(self, names: frozenset[str]) -> None:
        if names != self._names:
            self._names = names
            self.changed.emit()

    @Slot()
    def _on_shown(self) -> None:
        if self._names:
            place, row_of = self._image_list.place, self._shown.row_of
            self._put(frozenset(name for name in self._names if row_of(place(name)) >= 0))
