"""Dark and light: Fusion with palettes of our own, after the system or as chosen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontDatabase, QFontInfo, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFrame, QMenu

FRAMED = ("QComboBoxPrivateContainer", "QLineEdit", "QAbstractSpinBox")
"""Their frames are to be seen; of the ground they are drawn by nothing else is painted."""
FRAMES_DARKER = 170
"""Percent by which the style draws frames darker than the ground: on a dark window, unseen."""

Role = QPalette.ColorRole
Group = QPalette.ColorGroup


class Mode(StrEnum):
    """What the annotator wants."""

    SYSTEM = "system"
    DARK = "dark"
    LIGHT = "light"


FILLING_IN = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "PingFang SC",
    "Microsoft YaHei UI",
    "Apple SD Gothic Neo",
    "Malgun Gothic",
)
"""For Chinese and Korean names, where the system's own font lacks them."""


@dataclass(frozen=True, slots=True)
class Shades:
    """The colours of the window, #rrggbb.

    Attributes:
        window, base, raised: ground of panels, of lists and fields, of buttons.
        line: borders.
        text, muted, faint: words that matter, that explain, that are switched off.
        accent, on_accent: what is chosen, and words on it.
        link: words that can be clicked.
        surround: ground around the picture.
        good, busy, bad: states, each told by a shape as well.
    """

    window: str
    base: str
    raised: str
    line: str
    text: str
    muted: str
    faint: str
    accent: str
    on_accent: str
    link: str
    surround: str
    good: str
    busy: str
    bad: str


DARK = Shades(
    window="#212428",
    base="#191b1f",
    raised="#2d3137",
    line="#3b4048",
    text="#e7e9ec",
    muted="#a3aab4",
    faint="#6d7580",
    accent="#2d76c9",
    on_accent="#ffffff",
    link="#7ab8ff",
    surround="#141619",
    good="#4fc38a",
    busy="#e3a73c",
    bad="#ff7b72",
)
LIGHT = Shades(
    window="#f1f2f4",
    base="#ffffff",
    raised="#fafbfc",
    line="#c9cdd3",
    text="#1c2026",
    muted="#565e69",
    faint="#8b929c",
    accent="#1f68bd",
    on_accent="#ffffff",
    link="#0b5cad",
    surround="#c9ccd1",
    good="#11774a",
    busy="#8a5a00",
    bad="#b3261e",
)


def palette_of(shades: Shades) -> QPalette:
    """Every role set, so that no colour of the system shines through."""
    palette = QPalette()
    for role, color in _roles(shades).items():
        palette.setColor(role, QColor(color))
    faint = QColor(shades.faint)
    for role in (Role.WindowText, Role.Text, Role.ButtonText, Role.PlaceholderText):
        palette.setColor(Group.Disabled, role, faint)
    palette.setColor(Group.Disabled, Role.Highlight, QColor(shades.line))
    palette.setColor(Group.Disabled, Role.HighlightedText, faint)
    palette.setColor(Group.Disabled, Role.Accent, QColor(shades.line))
    return palette


def _roles(shades: Shades) -> dict[QPalette.ColorRole, str]:
    return {
        Role.Window: shades.window,
        Role.WindowText: shades.text,
        Role.Base: shades.base,
        Role.AlternateBase: shades.window,
        Role.ToolTipBase: shades.raised,
        Role.ToolTipText: shades.text,
        Role.PlaceholderText: shades.muted,
        Role.Text: shades.text,
        Role.Button: shades.raised,
        Role.ButtonText: shades.text,
        Role.BrightText: shades.bad,
        Role.Link: shades.link,
        Role.LinkVisited: shades.link,
        Role.Highlight: shades.accent,
        Role.HighlightedText: shades.on_accent,
        Role.Accent: shades.accent,
        Role.Light: QColor(shades.raised).lighter(112).name(),
        Role.Midlight: shades.raised,
        Role.Mid: shades.line,
        Role.Dark: QColor(shades.line).darker(115).name(),
        Role.Shadow: "#000000",
    }


def _prefer_regular_fonts(application: QApplication) -> None:
    """Name the fonts that fill in for other scripts: left alone, some systems take bold ones."""
    font = application.font()
    known = set(QFontDatabase.families())
    # The name behind "Sans Serif" and the like, which would not be found in such a list.
    own = QFontInfo(font).family()
    font.setFamilies([own, *(name for name in FILLING_IN if name in known)])
    application.setFont(font)


class Theme(QObject):
    """Keeps the application's palette as wanted; ``changed`` when the shades are others.

    Args:
        application: whose palette it is.
        mode: after the system, or fixed.
    """

    changed = Signal()

    def __init__(
        self, application: QApplication, mode: Mode = Mode.SYSTEM, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._application = application
        self._mode = mode
        application.setStyle("Fusion")
        _prefer_regular_fonts(application)
        application.styleHints().colorSchemeChanged.connect(self._on_scheme)
        self._put()

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def is_dark(self) -> bool:
        if self._mode is Mode.SYSTEM:
            # A system that does not say gets the dark one: photographs look right on it.
            return self._application.styleHints().colorScheme() is not Qt.ColorScheme.Light
        return self._mode is Mode.DARK

    @property
    def shades(self) -> Shades:
        return DARK if self.is_dark else LIGHT

    def set_mode(self, mode: Mode) -> None:
        self._mode = mode
        self._put()
        self.changed.emit()

    @Slot()
    def _on_scheme(self) -> None:
        if self._mode is Mode.SYSTEM:
            self._put()
            self.changed.emit()

    def _put(self) -> None:
        palette = palette_of(self.shades)
        self._application.setPalette(palette)
        # Boxes to tick are filled with the base colour, and hard to see on a dark window.
        palette.setColor(Role.Base, QColor(self.shades.line if self.is_dark else self.shades.base))
        for name in ("QCheckBox", "QRadioButton"):
            # Its stubs say bytes; at run time it takes text alone.
            self._application.setPalette(palette, name)  # type: ignore[arg-type]
        for name in FRAMED:
            self._application.setPalette(self._framing, name)  # type: ignore[arg-type]

    def polish(self, widget: QObject) -> None:
        """What a style sheet or a palette of the application cannot do, as the widget appears."""
        if isinstance(widget, QMenu):
            self.frame(widget)
        elif isinstance(widget, QDialogButtonBox):
            # The style's own pictures are drawn for light windows only.
            for button in widget.buttons():
                button.setIcon(QIcon())

    def frame(self, menu: QMenu | QFrame) -> None:
        """Give a menu an edge; its class cannot get one, for lists of choices take its colours.

        The ground of other frames is seen: they keep the window's.
        """
        menu.setPalette(self._framing if isinstance(menu, QMenu) else palette_of(self.shades))

    @property
    def _framing(self) -> QPalette:
        palette = palette_of(self.shades)
        if self.is_dark:
            palette.setColor(Role.Window, QColor(self.shades.line).lighter(FRAMES_DARKER))
        return palette
