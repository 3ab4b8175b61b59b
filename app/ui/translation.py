"""The window's language: English in the source, others from resources/translations."""

from __future__ import annotations

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from app.storage.shipped import RESOURCES

FOLDER = RESOURCES / "translations"


def install(application: QApplication, language: str = "system") -> None:
    """Speak ``language`` (``zh_CN``, ``en`` ...) in windows made from now on.

    A language that is not there leaves English, whose file only knows plurals. Qt's own words, as
    on the buttons of dialogs, come from Qt where it ships them.
    """
    locale = QLocale.system() if language == "system" else QLocale(language)
    own = QTranslator(application)
    if not own.load(locale, "maskwright", "_", str(FOLDER)):
        locale = QLocale("en")
        own.load(locale, "maskwright", "_", str(FOLDER))
    application.installTranslator(own)
    qt = QTranslator(application)
    if qt.load(locale, "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        application.installTranslator(qt)
