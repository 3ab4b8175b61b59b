"""Where one was in a folder, so that it opens there the next time."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot

from app.session.navigator import Navigator
from app.session.preferences import Preferences
from app.session.session import Session

KEEP_AFTER_MS = 2_000


class Seat(QObject):
    """Notes the image that is open: when the folder is left, and now and then in case of a crash.

    It is kept with the user's choices; nothing is written into the folder.
    """

    def __init__(
        self,
        session: Session,
        navigator: Navigator,
        preferences: Preferences,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._session = session
        self._place: tuple[Path, str] | None = None
        self._timer = QTimer(self, singleShot=True, interval=KEEP_AFTER_MS)
        self._timer.timeout.connect(self.keep)
        navigator.seat = lambda root: preferences.value.seat_in(root)
        session.image_opened.connect(self._on_image)
        session.folder_used.connect(self.keep)

    @Slot()
    def keep(self) -> None:
        self._timer.stop()
        if self._place is not None:
            self._preferences.put(self._preferences.value.with_seat(*self._place))

    @Slot()
    def _on_image(self) -> None:
        path, folder = self._session.image_path, self._session.folder
        if path is None or folder is None or not path.is_relative_to(folder.root):
            return
        self._place = folder.root, path.relative_to(folder.root).as_posix()
        if not self._timer.isActive():
            self._timer.start()
