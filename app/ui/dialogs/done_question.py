"""What becomes of proposals that nobody has decided on when their images are marked done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QAbstractButton, QMessageBox, QPushButton, QWidget

from app.core.document import ImageStatus
from app.session.navigation.marking import Marking

DONE = ImageStatus.DONE


class DoneQuestion(QMessageBox):
    """Names how many there are on how many images; Enter keeps them, Escape marks nothing.

    Args:
        mark: says of images that they are done, and rejects their proposals if it is given True.
        names: of the images, relative to the folder.
        waiting: those of them that have such proposals, with how many.
    """

    def __init__(
        self,
        mark: Callable[[Sequence[str], bool], object],
        names: Sequence[str],
        waiting: Mapping[str, int],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._mark, self._names = mark, tuple(names)
        self._without = tuple(name for name in names if name not in waiting)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setIcon(QMessageBox.Icon.Question)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWindowTitle(self.tr("Proposals are not decided"))
        proposals = self.tr("%n proposal(s)", "", sum(waiting.values()))
        if len(names) > 1:
            images = self.tr("{0} of {1} images").format(len(waiting), len(names))
            self.setText(self.tr("Not decided yet: {0} on {1}.").format(proposals, images))
        else:
            self.setText(self.tr("Not decided yet: {0} on this image.").format(proposals))
        self.setInformativeText(
            self.tr("Rejected ones stay in the files, and the menu of the list takes all of it "
                    "back.")
        )  # fmt: skip
        role = QMessageBox.ButtonRole
        self.keep = self.addButton(self.tr("Done, and keep them"), role.AcceptRole)
        self.reject_rest = self.addButton(self.tr("Done, and reject them"), role.DestructiveRole)
        self.only: QPushButton | None = None
        if self._without:
            text = self.tr("Only the %n without any", "", len(self._without))
            self.only = self.addButton(text, role.ActionRole)
        self.setEscapeButton(self.addButton(QMessageBox.StandardButton.Cancel))
        self.setDefaultButton(self.keep)
        self.buttonClicked.connect(self._on_clicked)

    @Slot(QAbstractButton)
    def _on_clicked(self, button: QAbstractButton) -> None:
        if button is self.keep:
            self._mark(self._names, False)
        elif button is self.reject_rest:
            self._mark(self._names, True)
        elif button is self.only:
            self._mark(self._without, False)


def toggle(marking: Marking, names: Sequence[str], status: ImageStatus, parent: QWidget) -> None:
    """Mark the images so, or take that back where all are; ask where proposals wait on them."""
    becomes = status is DONE and marking.status_of(names) is not DONE
    waiting = marking.waiting(names) if becomes else {}
    if waiting:

        def mark(names: Sequence[str], rejecting: bool) -> None:
            marking.mark(names, DONE, rejecting=rejecting)

        DoneQuestion(mark, names, waiting, parent).open()
    elif len(names) > 1:
        marking.toggle_all(names, status)
    else:
        marking.toggle_named(names[0], status)
