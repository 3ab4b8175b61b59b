"""The question before a model is used whose licence forbids much."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QMessageBox, QWidget

from app.session.model.model_host import ModelHost
from app.session.preferences import Preferences
from app.ui.words import said
from model.terms import Terms


class TermsQuestion(QObject):
    """Asks once for each family of models; the window goes on meanwhile, without the model.

    Attributes:
        box: the question on the screen, or None.
    """

    def __init__(self, host: ModelHost, preferences: Preferences, window: QWidget) -> None:
        super().__init__(window)
        self._host, self._preferences, self._window = host, preferences, window
        self.box: QMessageBox | None = None
        host.terms_asked.connect(self.ask)

    @Slot(object)
    def ask(self, terms: Terms) -> None:
        before, self.box = self.box, None
        if before is not None:
            before.reject()
        box = self.box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Terms of this model"))
        box.setText(said(terms.told))
        box.setInformativeText(self.tr("Do you agree to them and want to use the model?"))
        roles = QMessageBox.ButtonRole
        self.agree = box.addButton(self.tr("Agree and use it"), roles.AcceptRole)
        self.refuse = box.addButton(self.tr("Do not use it"), roles.RejectRole)
        box.setDefaultButton(self.refuse)
        box.setEscapeButton(self.refuse)
        box.finished.connect(lambda: self._answered(box, terms))
        box.open()

    def _answered(self, box: QMessageBox, terms: Terms) -> None:
        agreed = box.clickedButton() is self.agree
        box.deleteLater()
        if self.box is not box:
            return
        self.box = None
        if agreed:
            known = self._preferences.value.agreed_terms
            self._preferences.set(agreed_terms=(*known, terms.family))
            self._host.agree()
        else:
            self._host.refuse()
