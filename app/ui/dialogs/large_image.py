"""The question before an image is opened that takes much memory."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QMessageBox, QWidget

from app.inference.memory import of_the_system
from app.session.navigation.large_images import LargeImages
from app.session.preferences import Preferences
from app.storage.reading import TooLarge
from app.storage.settings import MOST_PX
from app.ui.words import said

MIB = 1 << 20


class LargeImageQuestion(QObject):
    """Asks whether to open an image once, always, or not; the window goes on meanwhile.

    Attributes:
        box: the question on the screen, or None.
    """

    def __init__(self, images: LargeImages, preferences: Preferences, window: QWidget) -> None:
        super().__init__(window)
        self._images, self._preferences, self._window = images, preferences, window
        self.box: QMessageBox | None = None
        images.asked.connect(self.ask)

    @Slot(object)
    def ask(self, problem: TooLarge) -> None:
        if self.box is not None:
            self.box.reject()
        box = self.box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("A very large image"))
        box.setText(said(problem.what))
        box.setInformativeText(self._what_it_takes(problem))
        roles = QMessageBox.ButtonRole
        self.once = box.addButton(self.tr("Open it"), roles.AcceptRole)
        self.always = box.addButton(self.tr("Always open such images"), roles.YesRole)
        self.no = box.addButton(self.tr("Do not open it"), roles.RejectRole)
        self.always.setVisible(problem.needed_px <= MOST_PX)
        box.setDefaultButton(self.no)
        box.setEscapeButton(self.no)
        box.finished.connect(lambda: self._answered(box, problem))
        box.open()

    def _what_it_takes(self, problem: TooLarge) -> str:
        needed = self.tr("Opening it takes about {0} MB of memory.").format(
            f"{max(1, problem.needed_bytes // MIB):,}"
        )
        try:
            free = of_the_system().available // MIB
        except OSError:
            return needed
        return f"{needed} " + self.tr("{0} MB are free now.").format(f"{free:,}")

    def _answered(self, box: QMessageBox, problem: TooLarge) -> None:
        answer = box.clickedButton()
        if self.box is box:
            self.box = None
        box.deleteLater()
        if answer is self.always:
            self._preferences.set(largest_image_px=problem.needed_px)
        if answer is self.always or answer is self.once:
            self._images.allow(problem)
