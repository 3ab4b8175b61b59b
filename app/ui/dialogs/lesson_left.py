"""What becomes of a model that is still learning when the window is closed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from app.session.jobs.teach_model import ModelTeaching
from app.ui.words import translate


def may_close(teaching: ModelTeaching, parent: QWidget | None = None) -> bool:
    """Ask whether it goes on; False to stay."""
    made = QMessageBox(parent)
    made.setIcon(QMessageBox.Icon.Question)
    made.setWindowTitle(translate("LessonLeft", "A model is learning"))
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(translate("LessonLeft", "A model is still learning on the masks of this folder."))
    made.setInformativeText(
        translate(
            "LessonLeft",
            "It can go on after the window is closed; what it has learned is kept in either case.",
        )
    )
    role = QMessageBox.ButtonRole
    goes_on = made.addButton(translate("LessonLeft", "Go on in the background"), role.AcceptRole)
    leave = made.addButton(
        translate("LessonLeft", "Stop, and keep what it learned"), role.DestructiveRole
    )
    stay = made.addButton(translate("LessonLeft", "Stay"), role.RejectRole)
    made.setDefaultButton(goes_on)
    made.setEscapeButton(stay)
    made.exec()
    chosen = made.clickedButton()
    made.deleteLater()
    if chosen is leave:
        teaching.want("leave")
    return chosen is goes_on or chosen is leave
