"""What the examples are, where to look, and how like it must be."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app.batch.label_figures import Figures
from app.inference.alike import USUAL_SCORE
from app.session.navigation.navigator import Navigator
from app.session.session import Session
from app.ui.panels.objects import swatch

STEPS = 100
SHOWN = 6


class Where(Enum):
    """Which pixels are looked at."""

    IMAGE = 0
    REGION = 1
    SELECTED = 2
    SHOWN = 3
    FOLDER = 4

    @property
    def is_many(self) -> bool:
        """Whether it is several images, looked at in the background."""
        return self.value >= Where.SELECTED.value


class ExampleForm(QGroupBox):
    """Objects of the image, or all accepted ones of a label; ``changed`` if these are others."""

    changed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Examples"))
        self._session = session
        self.like: tuple[int, ...] = ()
        self.unlike: tuple[int, ...] = ()
        self._decided = 0, 0
        self._seen = 0
        self._beside_words = False
        self.kind = QComboBox(self)
        self.kind.setAccessibleName(self.tr("Examples"))
        self.told = QLabel(self)
        self.told.setWordWrap(True)
        self.take = QPushButton(self.tr("Like the selected"), self)
        self.refuse = QPushButton(self.tr("Not like the selected"), self)
        inside = QVBoxLayout(self)
        inside.addWidget(self.kind)
        inside.addWidget(self.told)
        row = QHBoxLayout()
        row.addWidget(self.take)
        row.addWidget(self.refuse)
        inside.addLayout(row)
        self._fill()
        self.take.clicked.connect(self._on_take)
        self.refuse.clicked.connect(self._on_refuse)
        self.kind.activated.connect(self._on_kind)
        session.folder_labels.changed.connect(self._fill)
        session.selection_changed.connect(self._refresh)
        self._refresh()

    @property
    def label_id(self) -> int | None:
        """The label whose accepted objects are the examples; None if it is chosen objects."""
        found = self.kind.currentData()
        return None if found is None else int(found)

    @property
    def given(self) -> bool:
        """Whether there is an example."""
        return bool(self.like) or self.label_id is not None

    def put_beside_words(self, on: bool) -> None:
        """Objects of the image alone can be examples beside words, and none need be."""
        if on != self._beside_words:
            self._beside_words = on
            self.kind.setCurrentIndex(0)
            self.kind.setVisible(not on)
            self._refresh()

    @Slot()
    def use_selected(self) -> None:
        """The selected objects are the examples from now on; where none is, all stays."""
        chosen = tuple(sorted(self._session.selection))
        if chosen and (chosen != self.like or self.label_id is not None):
            self.kind.setCurrentIndex(0)
            self.like = chosen
            self.unlike = tuple(each for each in self.unlike if each not in chosen)
            self._decided = 0, 0
            self.changed.emit()
        self._refresh()

    def use_label(self, label_id: int) -> None:
        """All accepted objects of a label are the examples."""
        place = self.kind.findData(label_id)
        if place >= 0 and place != self.kind.currentIndex():
            self.kind.setCurrentIndex(place)
            self._on_kind()

    def forget(self, seen: int) -> None:
        """The objects are those of another image; so many examples of it are remembered."""
        self.like = self.unlike = ()
        self._seen = seen
        self._refresh()

    def show_decided(self, like: int, unlike: int) -> None:
        """How many decisions are examples, too."""
        self._decided = like, unlike
        self._refresh()

    def figures_told(self, figures: Figures) -> str:
        """What was measured, in words."""
        learned = self.tr("Learned from %n object(s).", "", figures.examples)
        if not figures.held_images:
            alone = self.tr("The label is on one image alone: nothing could be held out.")
            return f"{learned} {alone}"
        best = figures.best
        held = self.tr("On %n image(s) held out", "", figures.held_images)
        of = self.tr("{0} of {1} objects are found, and {2} of what is found is right.").format(
            round(best.recall * figures.held_objects), figures.held_objects, f"{best.precision:.0%}"
        )
        text = f"{learned} {held}: {of}"
        if not figures.complete:
            text += " " + self.tr("They are not marked as done: what lacks there counts as wrong.")
        if not figures.tells_enough:
            text += " " + self.tr("These are too few to tell how good it is.")
        return text

    @Slot()
    def _on_take(self) -> None:
        if self._can_clear:
            self.like = self.unlike = ()
            self.changed.emit()
            self._refresh()
        else:
            self.use_selected()

    @property
    def _can_clear(self) -> bool:
        """Whether there are examples beside words, and nothing that could be taken instead."""
        return self._beside_words and bool(self.like or self.unlike) and not self._session.selection

    @Slot()
    def _on_refuse(self) -> None:
        chosen = tuple(sorted(self._session.selection))
        if chosen and chosen != self.unlike:
            self.unlike = chosen
            self.like = tuple(each for each in self.like if each not in chosen)
            self.changed.emit()
        self._refresh()

    @Slot()
    def _on_kind(self) -> None:
        self.changed.emit()
        self._refresh()

    @Slot()
    def _fill(self) -> None:
        before = self.kind.currentData()
        with QSignalBlocker(self.kind):
            self.kind.clear()
            self.kind.addItem(self.tr("Objects that you select"), None)
            for label in self._session.labels:
                text = self.tr("All accepted objects of the label {0}").format(label.name)
                self.kind.addItem(swatch(label.color), text, label.id)
            self.kind.setCurrentIndex(max(self.kind.findData(before), 0))

    @Slot()
    def _refresh(self) -> None:
        by_label = self.label_id is not None
        selected = bool(self._session.selection) and not by_label
        clear = self._can_clear
        text = self.tr("Without examples") if clear else self.tr("Like the selected")
        self.take.setText(text)
        self.take.setEnabled(selected or clear)
        self.refuse.setEnabled(selected)
        self.take.setVisible(not by_label)
        self.refuse.setVisible(not by_label)
        self.told.setText(self._words(by_label))
        self.told.setVisible(bool(self.told.text()))

    def _words(self, by_label: bool) -> str:
        parts = []
        if not by_label and self.like:
            parts.append(self.tr("Like {0}").format(_numbers(self.like)))
        if not by_label and self.unlike:
            parts.append(self.tr("not like {0}").format(_numbers(self.unlike)))
        if not by_label and not self.like and self._seen:
            parts.append(self.tr("Like %n seen on the images before", "", self._seen))
        like, unlike = self._decided
        if like:
            parts.append(self.tr("like %n that you accepted", "", like))
        if unlike:
            parts.append(self.tr("not like %n that you rejected", "", unlike))
        if parts or by_label:
            return ", ".join(parts)
        if self._beside_words:
            return self.tr("Objects that you select can show what you look for.")
        return self.tr("Select one object or more of what you look for.")


class WhereForm(QGroupBox):
    """This image, a part of it, or several of the list.

    ``changed``: another is chosen. ``counted``: there may be more or fewer of the images.
    """

    changed = Signal()
    counted = Signal()

    def __init__(self, navigator: Navigator, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Where"))
        self._navigator = navigator
        self.buttons = QButtonGroup(self)
        inside = QVBoxLayout(self)
        inside.setSpacing(3)
        for where in Where:
            button = QRadioButton(self)
            self.buttons.addButton(button, where.value)
            inside.addWidget(button)
        self.buttons.button(Where.IMAGE.value).setText(self.tr("This image"))
        self.buttons.button(Where.REGION.value).setText(self.tr("A part of it that you draw"))
        self.buttons.button(Where.IMAGE.value).setChecked(True)
        self.buttons.idToggled.connect(self._on_toggled)
        navigator.shown_changed.connect(self._count)
        navigator.images.grew.connect(self._count)
        navigator.selected.changed.connect(self._count)
        self._count()

    def choose(self, place: Where) -> None:
        """Look there."""
        self.buttons.button(place.value).setChecked(True)

    @property
    def place(self) -> Where:
        return Where(self.buttons.checkedId())

    @property
    def paths(self) -> list[Path]:
        """The images, where they are several."""
        images = self._navigator.images
        return [images[place].path for place in self._places]

    @property
    def any(self) -> bool:
        """Whether there is an image to look at."""
        return not self.place.is_many or len(self._places) > 0

    @property
    def _places(self) -> Sequence[int]:
        navigator = self._navigator
        if self.place is Where.SELECTED:
            return [navigator.shown.rows[row] for row in navigator.selected.rows]
        if self.place is Where.SHOWN:
            return navigator.shown.rows
        return range(len(navigator.images))

    @Slot()
    def _count(self) -> None:
        navigator, button = self._navigator, self.buttons.button
        every, shown = len(navigator.images), len(navigator.shown.rows)
        selected = len(navigator.selected)
        button(Where.SELECTED.value).setText(
            self.tr("Those selected in the list (%n) that are not done", "", selected)
        )
        button(Where.SHOWN.value).setText(
            self.tr("Those that the list shows now (%n) and are not done", "", shown)
        )
        button(Where.FOLDER.value).setText(
            self.tr("Every image of the list (%n) that is not done", "", every)
        )
        # What is chosen stays to be seen, whatever becomes of filter and selection.
        button(Where.SELECTED.value).setEnabled(selected > 0 or self.place is Where.SELECTED)
        button(Where.SHOWN.value).setVisible(shown < every or self.place is Where.SHOWN)
        self.counted.emit()

    @Slot(int, bool)
    def _on_toggled(self, place: int, on: bool) -> None:
        if on:
            self.changed.emit()


class AmountSlider(QGroupBox):
    """Fewer or more, from the likeliest on; ``changed`` with every move."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name(by_words=False)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, STEPS)
        self.slider.setAccessibleName(self.tr("Fewer or more"))
        row = QHBoxLayout(self)
        row.addWidget(QLabel(self.tr("Fewer"), self))
        row.addWidget(self.slider, 1)
        row.addWidget(QLabel(self.tr("More"), self))
        self.put(USUAL_SCORE)
        self.slider.valueChanged.connect(self.changed)

    @property
    def least(self) -> float:
        """The score from which on a candidate is shown."""
        return round(1 - self.slider.value() / STEPS, 2)

    def name(self, *, by_words: bool) -> None:
        """What the scores tell."""
        self.setTitle(self.tr("How sure") if by_words else self.tr("How like"))

    def put(self, least: float) -> None:
        self.slider.setValue(round(STEPS * (1 - least)))


def _numbers(ids: tuple[int, ...]) -> str:
    shown = ", ".join(f"#{each}" for each in ids[:SHOWN])
    return f"{shown}, …" if len(ids) > SHOWN else shown
