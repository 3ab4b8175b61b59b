"""How the list of images is sorted and what must be on an image: two buttons with menus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from app.core.attributes import Kind
from app.core.details import Flag
from app.core.image_filter import ImageFilter, ImageOrder, SortBy
from app.core.labels import LabelSet
from app.session.navigation.navigator import Navigator
from app.session.session import Session
from app.storage.names import natural_key
from app.ui import icons
from app.ui.panels.objects import swatch
from app.ui.theme import Shades
from app.ui.words import marked, translate

MOST_VALUES = 60
"""Of an attribute in the menu; what is more is found by typing nowhere, so it had better be few."""

ORDERS = (
    (SortBy.NAME, marked("ListChoices", "Name")),
    (SortBy.DATE, marked("ListChoices", "Date of the file, oldest first")),
    (SortBy.STATE, marked("ListChoices", "State, in progress first")),
    (SortBy.UNCERTAINTY, marked("ListChoices", "Least certain mask first")),
)
SHORT = {
    SortBy.NAME: marked("ListChoices", "By name"),
    SortBy.DATE: marked("ListChoices", "By date"),
    SortBy.STATE: marked("ListChoices", "By state"),
    SortBy.UNCERTAINTY: marked("ListChoices", "By certainty"),
}
FLAGS = {
    Flag.OCCLUDED: marked("ListChoices", "Occluded"),
    Flag.TRUNCATED: marked("ListChoices", "Truncated"),
    Flag.DIFFICULT: marked("ListChoices", "Difficult"),
    Flag.CROWD: marked("ListChoices", "Crowd"),
}
YES_NO = {"true": marked("ListChoices", "yes"), "false": marked("ListChoices", "no")}


class ListChoices(QWidget):
    """Sort button and filter button; each says what holds now.

    ``filtered``: labels, attribute or flag were chosen anew; ``wanted`` has them.

    Attributes:
        wanted: a filter of objects alone.
    """

    filtered = Signal()

    def __init__(
        self, navigator: Navigator, session: Session, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._navigator, self._session = navigator, session
        self.wanted = ImageFilter()
        self._told = ""
        self._label: int | None = None
        self.sort, self.filter = _button(self), _button(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 6, 4)
        row.setSpacing(4)
        for button, fill in ((self.sort, self._fill_sort), (self.filter, self._fill_filter)):
            row.addWidget(button, 1)
            menu = QMenu(button)
            menu.aboutToShow.connect(_filler(menu, fill))
            button.setMenu(menu)
        self.sort.setToolTip(self.tr("How the images are sorted; remembered for each folder"))
        navigator.shown_changed.connect(self._show)
        session.folder_labels.changed.connect(self._on_labels)
        self._show()

    def retint(self, shades: Shades) -> None:
        self.sort.setIcon(icons.icon("sort", shades))
        self.filter.setIcon(icons.icon("filter", shades))

    def clear(self) -> None:
        """Every image again, whatever is on it."""
        self._want(ImageFilter(), "")

    @Slot()
    def _show(self) -> None:
        order = self._navigator.shown.order
        arrow = " ↑" if order.backwards else ""
        self.sort.setText(translate("ListChoices", SHORT[order.by]) + arrow)
        self.sort.setAccessibleName(self.tr("Sorted: {0}").format(self.sort.text()))
        text = self._told or self.tr("All objects")
        width = self.filter.fontMetrics().averageCharWidth() * 18
        cut = Qt.TextElideMode.ElideRight
        self.filter.setText(self.filter.fontMetrics().elidedText(text, cut, width))
        told = self.tr("Only images with: {0}").format(self._told) if self._told else ""
        self.filter.setToolTip(told or self.tr("Only images with certain labels or attributes"))
        self.filter.setAccessibleName(self.filter.toolTip())

    @Slot()
    def _on_labels(self) -> None:
        """The label that is looked for may have got another name; files have both for a while."""
        label = None if self._label is None else self._session.labels.get(self._label)
        if label is not None and label.name != self._told:
            names = self._names_of(label.id, label.name) | (self.wanted.labels or frozenset())
            self._want(ImageFilter(labels=names), label.name, label.id)

    def _want(self, wanted: ImageFilter, told: str, label: int | None = None) -> None:
        self._told, self._label = told, label
        if wanted != self.wanted:
            self.wanted = wanted
            self.filtered.emit()
        self._show()

    # -- what the menus hold

    def _fill_sort(self, menu: QMenu) -> None:
        shown, group = self._navigator.shown, QActionGroup(menu)
        for by, text in ORDERS:
            entry = menu.addAction(translate("ListChoices", text))
            entry.setCheckable(True)
            entry.setChecked(shown.order.by is by)
            entry.triggered.connect(_sorter(self._navigator, replace(shown.order, by=by)))
            group.addAction(entry)
        menu.addSeparator()
        entry = menu.addAction(self.tr("The other way round"))
        entry.setCheckable(True)
        entry.setChecked(shown.order.backwards)
        other = ImageOrder(shown.order.by, not shown.order.backwards)
        entry.triggered.connect(_sorter(self._navigator, other))

    def _fill_filter(self, menu: QMenu) -> None:
        self._add(menu, self.tr("All objects"), ImageFilter(), "")
        menu.addSeparator()
        labels = self._session.labels
        inside = menu.addMenu(self.tr("Label"))
        for label in labels:
            wanted = ImageFilter(labels=self._names_of(label.id, label.name))
            self._add(inside, label.name, wanted, label.name, label.id)
            inside.actions()[-1].setIcon(swatch(label.color))
        values = self._values(labels)
        inside = menu.addMenu(self.tr("Attribute"))
        inside.setEnabled(bool(values))
        for name, found in values.items():
            each = inside.addMenu(name.replace("&", "&&"))
            wanted = ImageFilter(attribute=(name, None))
            self._add(each, self.tr("any value"), wanted, name)
            each.addSeparator()
            for value in found[:MOST_VALUES]:
                text = translate("ListChoices", YES_NO[value]) if value in YES_NO else value
                self._add(each, text, ImageFilter(attribute=(name, value)), f"{name}: {text}")
        menu.addSeparator()
        for flag, words in FLAGS.items():
            text = translate("ListChoices", words)
            self._add(menu, text, ImageFilter(flag=flag), text)

    def _add(
        self, menu: QMenu, text: str, wanted: ImageFilter, told: str, label: int | None = None
    ) -> None:
        entry = menu.addAction(text.replace("&", "&&"))
        entry.setCheckable(True)
        entry.setChecked(wanted == self.wanted)
        entry.triggered.connect(lambda: self._want(wanted, told, label))

    def _names_of(self, label_id: int, name: str) -> frozenset[str]:
        folder = self._session.folder
        former = {} if folder is None else folder.book.former
        return frozenset((name, *(each for each, number in former.items() if number == label_id)))

    def _values(self, labels: LabelSet) -> dict[str, list[str]]:
        """Attributes with the values that there may be, those of the schemas first."""
        found: dict[str, dict[str, None]] = {}
        for label in labels:
            for attribute in labels.attributes_of(label.id):
                choices = attribute.choices
                if attribute.kind is Kind.YES_NO:
                    choices = tuple(YES_NO)
                found.setdefault(attribute.name, {}).update(dict.fromkeys(choices))
        held = {pair for each in self._navigator.images.contents for pair in each.values}
        for name, value in sorted(held, key=lambda pair: (pair[0], natural_key(pair[1]))):
            found.setdefault(name, {})[value] = None
        return {name: list(values) for name, values in found.items()}


def _button(parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setIconSize(QSize(16, 16))
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return button


def _filler(menu: QMenu, fill: Callable[[QMenu], None]) -> Callable[[], None]:
    def refill() -> None:
        for inside in menu.findChildren(QMenu):
            inside.deleteLater()
        menu.clear()
        fill(menu)

    return refill


def _sorter(navigator: Navigator, order: ImageOrder) -> Callable[[], None]:
    return lambda: navigator.shown.sort(order)
