"""A folder that another computer's lock keeps from being edited is offered to be taken over."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from app.core.errors import Problem
from app.session.assembly import AppContext
from app.ui.panels.banner import Banner


class TakingOver(QObject):
    """Asks in the banner whenever such a folder is opened."""

    def __init__(self, context: AppContext, banner: Banner) -> None:
        super().__init__(banner)
        self._context, self._banner = context, banner
        context.session.folder_used.connect(self._on_folder)

    @Slot()
    def _on_folder(self) -> None:
        folder = self._context.session.folder
        if folder is None or not folder.can_be_taken_over:
            return

        def take_over() -> None:
            folder.take_over()
            self._context.navigator.open_folder(folder.root)

        problem = Problem(folder.read_only or "")
        self._banner.offer(problem, self.tr("Take over and edit"), take_over)
