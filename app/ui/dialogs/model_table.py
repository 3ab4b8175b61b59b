"""The table of models: what each is good for, what it takes, how fast it is here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from urllib.parse import urlsplit

from PySide6.QtCore import QLocale, QSize, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from app.inference.questions import Choice
from app.session.assembly import AppContext
from app.storage.names import from_text
from app.storage.settings import ModelSpeed
from app.ui import icons
from app.ui.model_words import device_name, good_for
from app.ui.theme import Shades
from app.ui.words import said
from model.loading import BUILTIN_FILE
from model.terms import BY_FAMILY
from model.weights.catalogue import Entry

ROW_HEIGHT = 42
BUILTIN_LICENCE = "Apache-2.0"
_MODEL, _SIZE, _LICENCE, _SPEED, _STATE = range(5)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table.

    Attributes:
        title, words: what it is called and good for; of the user's own, where it lies.
        choice: to use it; None while it is not here.
        size: bytes; None if that is not known.
        licence: as it is called; empty if that is not known.
        entry: in the catalogue; None for others.
        own: of a file of the user's own, how it stands in the preferences.
    """

    title: str
    words: str
    choice: Choice | None
    size: int | None = None
    licence: str = ""
    entry: Entry | None = None
    own: str | None = None

    @property
    def download(self) -> str | None:
        """Name in the catalogue, for what can be fetched."""
        return None if self.entry is None else self.entry.name


class ModelTable(QTreeWidget):
    """Built-in, the user's own, and published models with the recommended one first."""

    def __init__(self, context: AppContext, shades: Shades, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._host, self._catalogue = context.host, context.catalogue
        self._shades = shades
        self.setAccessibleName(self.tr("Models"))
        self.setHeaderLabels([
            self.tr("Model"), self.tr("Size"), self.tr("Licence"), self.tr("Speed here"),
            self.tr("State"),
        ])  # fmt: skip
        self.setIconSize(QSize(20, 20))
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        head = self.header()
        head.setStretchLastSection(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(_MODEL, QHeaderView.ResizeMode.Stretch)
        context.recommendation.changed.connect(self.fill)
        self.fill()

    @property
    def row(self) -> Row | None:
        """The line that is marked."""
        return self._row_of(self.currentItem())

    def choose(self, title: str) -> None:
        """Mark the line of this title."""
        for item in self.items():
            row = self._row_of(item)
            if row is not None and row.title == title:
                self.setCurrentItem(item)

    def items(self) -> list[QTreeWidgetItem]:
        """All lines, from above."""
        found = (self.topLevelItem(number) for number in range(self.topLevelItemCount()))
        return [each for each in found if each is not None]

    @Slot()
    def fill(self) -> None:
        """Show what there is now; the line that was marked stays marked."""
        marked = self.row.title if self.row is not None else None
        best = self._context.recommendation.name
        self.blockSignals(True)
        self.clear()
        at_hand = None
        for row in self._rows(best):
            item = QTreeWidgetItem(self)
            item.setData(_MODEL, Qt.ItemDataRole.UserRole, row)
            self._show(item, row, row.entry is not None and row.entry.name == best)
            if row.choice is not None and row.choice.source == self._host.choice.source:
                at_hand = item
        self.blockSignals(False)
        self.setCurrentItem(at_hand or self.items()[0])
        if marked is not None:
            self.choose(marked)

    @Slot()
    def refresh(self) -> None:
        """Show anew how fast each is and which is in use."""
        for item in self.items():
            row = self._row_of(item)
            if row is not None:
                self._show_state(item, row)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What is said below the table of the marked line must not push that out of sight."""
        super().resizeEvent(event)
        item = self.currentItem()
        if item is not None:
            self.scrollToItem(item)

    def _row_of(self, item: QTreeWidgetItem | None) -> Row | None:
        found = None if item is None else item.data(_MODEL, Qt.ItemDataRole.UserRole)
        return found if isinstance(found, Row) else None

    def _rows(self, best: str | None) -> Iterator[Row]:
        words = self.tr("Small and fast; comes with the program.")
        size = BUILTIN_FILE.stat().st_size if BUILTIN_FILE.is_file() else None
        builtin = Choice()
        yield Row(said(builtin.title), words, builtin, size, BUILTIN_LICENCE)
        entries = self._catalogue.entries
        yield from self._own_rows({str(each.path) for each in entries})
        for entry in sorted(entries, key=lambda each: each.model.name != best):
            model = entry.model
            yield Row(
                model.title, good_for(model), entry.choice(), model.size, model.licence, model
            )

    def _own_rows(self, known: set[str]) -> Iterator[Row]:
        for text in self._context.preferences.value.own_models:
            path = from_text(text)
            if str(path) in known:
                continue
            if path.exists():
                size = path.stat().st_size if path.is_file() else None
                choice = Choice(str(path), path.name)
                yield Row(path.name, str(path.parent), choice, size, own=text)
            else:
                words = self.tr("no longer in {0}").format(path.parent)
                yield Row(path.name, words, None, own=text)

    def _show(self, item: QTreeWidgetItem, row: Row, best: bool) -> None:
        title = row.title
        if best:
            title += " · " + self.tr("recommended")
        name = "model"
        if row.choice is None:
            name = "warning" if row.entry is None else "download"
        color = None if row.choice is not None else self._shades.muted
        item.setIcon(_MODEL, icons.icon(name, self._shades, color))
        item.setText(_MODEL, f"{title}\n{row.words}")
        item.setToolTip(_MODEL, f"{row.title}\n{row.words}")
        item.setText(_SIZE, "" if row.size is None else size_text(row.size))
        item.setTextAlignment(_SIZE, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setText(_LICENCE, row.licence)
        item.setSizeHint(_MODEL, QSize(200, ROW_HEIGHT))
        self._show_state(item, row)

    def _show_state(self, item: QTreeWidgetItem, row: Row) -> None:
        speed = None
        if row.choice is not None:
            speed = self._context.speeds.of(row.choice.source)
        item.setText(_SPEED, self._speed_text(speed))
        item.setToolTip(_SPEED, "" if speed is None else self._where(speed))
        item.setText(_STATE, "\n".join(self._state_words(row)))

    def _speed_text(self, speed: ModelSpeed | None) -> str:
        """Empty until it was measured."""
        if speed is None:
            return ""
        lines = []
        if speed.embed_ms:
            lines.append(self.tr("image {0}").format(time_text(speed.embed_ms)))
        if speed.click_ms:
            lines.append(self.tr("click {0}").format(time_text(speed.click_ms)))
        return "\n".join(lines)

    def _where(self, speed: ModelSpeed) -> str:
        return self.tr("Measured in your work: {0}, {1}, {2}").format(
            device_name(speed.device), speed.runtime, speed.precision
        )

    def _state_words(self, row: Row) -> Iterator[str]:
        host, choice = self._host, row.choice
        if choice is None:
            yield self.tr("gone") if row.entry is None else self.tr("to be downloaded")
        elif choice.source == host.choice.source and host.state == "ready":
            yield self.tr("in use")
        elif host.beside is not None and choice.source == host.beside.source:
            yield self.tr("loaded")
        elif row.entry is not None:
            yield self.tr("downloaded")
        else:
            yield self.tr("here")
        if row.entry is not None and find_spec("torch") is None:
            yield self.tr("needs PyTorch")

    def details(self, row: Row) -> str:
        """What a model takes and what is known of its file, in sentences."""
        if row.entry is None:
            return ""
        context = [] if row.choice is not None else [*self._needs(row.entry)]
        if find_spec("torch") is None:
            context.append(self.tr(
                "It needs PyTorch, which is not installed: start once with run.py --with-torch."
            ))  # fmt: skip
        context += self._hash_words(row.entry, row.choice is not None)
        if row.choice is None:
            context.append(self.tr("Licence: {0}.").format(row.licence))
        if row.entry.terms:
            context.append(said(BY_FAMILY[row.entry.terms].told))
        return " ".join(context)

    def _needs(self, model: Entry) -> Iterator[str]:
        """What a download takes, before it is begun."""
        needs = self._catalogue.needs(model)
        yield self.tr("Fetches {0} from {1}.").format(
            size_text(needs.download), urlsplit(model.url).hostname
        )
        if needs.free is not None:
            free = size_text(needs.free)
            enough = self.tr("{0} are free on the disk.").format(free)
            short = self.tr("Only {0} are free on the disk: make room first.").format(free)
            yield enough if needs.fits else short
        yield self.tr("In use it takes about {0} of memory.").format(size_text(needs.memory))

    def _hash_words(self, model: Entry, here: bool) -> Iterator[str]:
        """What its file is compared with, where its publisher tells nothing."""
        if model.has_certain_hash:
            return
        known = self._catalogue.hash_of(model)
        if known is None:
            if not here:
                yield self.tr(
                    "{0} tells no SHA-256 of it: that of the first download is shown and kept for "
                    "later ones."
                ).format(model.publisher)
            return
        yield self.tr("SHA-256 of the first download: {0}.").format(known)
        if known == model.sha256:
            yield self.tr("Mirrors have the same file; {0} tells no SHA-256 of it.").format(
                model.publisher
            )
        elif model.sha256 is not None:
            yield self.tr("Mirrors have another file, with {0}.").format(model.sha256)


def size_text(size_bytes: int) -> str:
    """In powers of ten, as on the pages these files come from."""
    digits = 1 if size_bytes >= 1_000_000_000 else 0
    return QLocale().formattedDataSize(size_bytes, digits, QLocale.DataSizeFormat.DataSizeSIFormat)


def time_text(milliseconds: float) -> str:
    """A time with two digits or so: ``8 ms``, ``1.8 s``."""
    if milliseconds < 1000:
        return f"{max(1, round(milliseconds))} ms"
    seconds = milliseconds / 1000
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
