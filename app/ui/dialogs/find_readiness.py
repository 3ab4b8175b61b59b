"""Whether a search can begin, and if not yet, what it waits for or what is in its way."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.session.assembly import AppContext
from app.ui.words import said


class Readiness(QObject):
    """One that is asked for too early begins by itself: ``come`` is emitted then."""

    come = Signal()

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._wanted = False
        context.host.state_changed.connect(self._look)
        context.session.image_opened.connect(self._look)

    def hindrance(self) -> str:
        """What a person has to do first; empty if there is nothing."""
        context = self._context
        if context.session.read_only is not None:
            return said(context.session.read_only)
        if context.proposing.running or context.teaching.running:
            return self.tr("The model is at other work: wait for it, or stop it.")
        if context.host.state in ("none", "failed"):
            return self.tr("No model is loaded: choose one in the menu Model.")
        if context.navigator.current < 0:
            return self.tr("Open an image first.")
        return ""

    def coming(self) -> str:
        """What will be there by itself; empty if all is."""
        if self._context.host.state == "loading":
            return self.tr("The model is being loaded; the search begins by itself after that.")
        if self._is_reading:
            return self.tr("The image is being read; the search begins by itself after that.")
        return ""

    def ask(self) -> str:
        """Begin as soon as can be; why that is not now, empty if it is."""
        hindrance = self.hindrance()
        self._wanted = not hindrance and bool(self.coming())
        return hindrance or self.coming()

    def forget(self) -> None:
        """It is not wanted any more."""
        self._wanted = False

    @property
    def _is_reading(self) -> bool:
        navigator = self._context.navigator
        if navigator.current < 0:
            return False
        return navigator.images[navigator.current].path != self._context.session.image_path

    @Slot()
    def _look(self) -> None:
        if self._wanted and not self.coming():
            self._wanted = False
            self.come.emit()
