"""Puts into the clipboard what is needed to find out what is wrong here."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Slot, qVersion
from PySide6.QtGui import QGuiApplication

from app.diagnosis import file_system, report
from app.session.assembly import AppContext
from app.session.folder.io_threads import Urgency
from app.storage.places import Places
from app.ui.panels.banner import Banner


class Diagnostics(QObject):
    """Gathers it on a reading thread; no image and nothing of one is in it.

    Attributes:
        places: of the user.
    """

    def __init__(self, context: AppContext, banner: Banner) -> None:
        super().__init__(banner)
        self._context, self._banner = context, banner
        self.places = Places.of_user()

    @Slot()
    def copy(self) -> None:
        places, facts, folder = self.places, self._facts(), self._context.session.folder
        project = folder.project if folder is not None else None

        def gathered() -> str:
            kind = "no folder is open"
            if project is not None:
                kept = "in the user's own folder" if project.mirrored else "beside the images"
                kind = f"{file_system(project.root)}, objects are kept {kept}"
            return report(places, [*facts, f"folder: {kind}"])

        self._context.io_threads.ask(Urgency.LIST, gathered, self._on_gathered)

    def _facts(self) -> list[str]:
        """What only the window knows."""
        context, app = self._context, QGuiApplication.instance()
        platform = app.platformName() if isinstance(app, QGuiApplication) else ""
        screens = [f"{each.size().width()} x {each.size().height()} at {each.devicePixelRatio():g}"
                   for each in QGuiApplication.screens()]  # fmt: skip
        dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
        state = context.session.save_state
        picture = context.session.picture
        size = "none" if picture is None else f"{picture.width} x {picture.height}"
        return [
            f"Qt: {qVersion()} on {platform}, {'dark' if dark else 'light'}",
            f"screens: {', '.join(screens)}",
            f"model: {context.host.facts}",
            f"images: {len(context.navigator.images)}, the open one has {size} pixels",
            f"saving: {state.kind} {state.text}".rstrip(),
        ]

    def _on_gathered(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._banner.note(
            self.tr("The diagnostics are in the clipboard."),
            self.tr("Paste them where you tell what went wrong; no image is in them."),
        )
