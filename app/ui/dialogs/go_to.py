"""To an image by its number, or by a part of its name."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.core.image_filter import ImageFilter
from app.session.navigation.navigator import Navigator


class GoToDialog(QDialog):
    """Says below the field which image is meant while one types."""

    def __init__(self, navigator: Navigator, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._navigator = navigator
        self.setWindowTitle(self.tr("Go to an image"))
        self.field = QLineEdit(self)
        self.meant = QLabel(self)
        self.buttons = QDialogButtonBox(self)
        go = QDialogButtonBox.StandardButton.Ok
        self.buttons.setStandardButtons(go | QDialogButtonBox.StandardButton.Cancel)
        self._go = self.buttons.button(go)
        self._go.setText(self.tr("Go"))
        text = self.tr("Number (1 to {0}), or a part of the name:")
        asked = QLabel(text.format(len(navigator.images)), self)
        asked.setBuddy(self.field)
        self.field.setAccessibleName(asked.text())
        layout = QVBoxLayout(self)
        for widget in (asked, self.field, self.meant, self.buttons):
            layout.addWidget(widget)
        self.setMinimumWidth(360)
        self.field.textChanged.connect(self._on_typed)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        if navigator.current >= 0:
            self.field.setText(str(navigator.current + 1))
            self.field.selectAll()
        self._on_typed()

    @property
    def place(self) -> int:
        """Of the image that is meant; -1 if none is.

        A number is the one in the title of the window: in the order of names, hidden ones counted.
        A name of the list goes before the images that the filter hides.
        """
        words, images = self.field.text().strip(), self._navigator.images
        if words.isdecimal() and len(words) < 10 and 1 <= int(words) <= len(images):
            return int(words) - 1
        if not words:
            return -1
        found = images.places(ImageFilter(words.casefold()))
        shown = (place for place in found if self._navigator.shown.row_of(place) >= 0)
        return next(shown, found[0] if found else -1)

    @Slot()
    def _on_typed(self) -> None:
        place = self.place
        self._go.setEnabled(place >= 0)
        typed = bool(self.field.text().strip())
        none = self.tr("There is no such image.") if typed else ""
        name = self._navigator.images[place].name if place >= 0 else none
        self.meant.setText(self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, 340))

    def accept(self) -> None:
        self._navigator.go(self.place)
        super().accept()
