"""Shows a file in the system's file manager."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QDir, QProcess, QUrl
from PySide6.QtGui import QDesktopServices


def show_file(path: Path) -> None:
    """Open its folder, with the file marked where the system can do that."""
    if sys.platform == "win32":
        QProcess.startDetached("explorer.exe", ["/select,", QDir.toNativeSeparators(str(path))])
    elif sys.platform == "darwin":
        QProcess.startDetached("open", ["-R", str(path)])
    else:
        # No two desktops agree on how to mark a file; all open folders.
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
