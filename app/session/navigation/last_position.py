"""Where one was in a folder and with which label, so that it goes on there the next time."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot

from app.session.preferences import Preferences
from app.session.session import Session

KEEP_AFTER_MS = 2_000


class LastPosition(QObject):
    """Notes the open image and the label: when the folder is left, and soon, in case of a crash.

    It is kept with the user's choices; nothing is written into the folder.
    """

    def __init__(
        self,
        session: Session,
        preferences: Preferences,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._session = session
        self._place: tuple[Path, str] | None = None
        self._label: tuple[Path, int, str] | None = None
        self._at: Path | None = None
        self._timer = QTimer(self, singleShot=True, interval=KEEP_AFTER_MS)
        self._timer.timeout.connect(self.keep)
        session.image_swapped.connect(self._on_image)
        session.folder_labels.active_changed.connect(self._on_label)
        session.folder_used.connect(self._on_folder)

    @Slot()
    def keep(self) -> None:
        self._timer.stop()
        value = self._preferences.value
        if self._place is not None:
            value = value.with_last_image(*self._place)
        if self._label is not None:
            value = value.with_label(*self._label)
        self._preferences.put(value)

    @Slot()
    def _on_folder(self) -> None:
        self.keep()
        folder = self._session.folder
        self._label = None
        self._at = folder.root if folder is not None else None
        if self._at is not None:
            self._take_label(self._at)

    def _take_label(self, root: Path) -> None:
        value = self._preferences.value
        name, number = value.label_name_in(root), value.label_in(root)
        found = self._session.labels.named(name) if name is not None else None
        if found is not None:
            self._session.folder_labels.activate(found.id)
        elif name is None and number is not None:
            self._session.folder_labels.activate(number)

    @Slot()
    def _on_label(self) -> None:
        folder = self._session.folder
        # While a folder is taken up, its first label stands for the one that was left.
        if folder is not None and folder.root == self._at:
            active = self._session.active_label
            self._label = folder.root, active, self._session.labels.label(active).name
            if not self._timer.isActive():
                self._timer.start()

    @Slot()
    def _on_image(self) -> None:
        path, folder = self._session.image_path, self._session.folder
        if path is None or folder is None or not path.is_relative_to(folder.root):
            return
        self._place = folder.root, path.relative_to(folder.root).as_posix()
        if not self._timer.isActive():
            self._timer.start()
