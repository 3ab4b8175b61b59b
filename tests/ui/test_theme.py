"""Colours that can be read, in both themes and by everybody."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from app.ui import icons
from app.ui.canvas.marks import NEGATIVE, POSITIVE
from app.ui.theme import DARK, LIGHT, Mode, Shades, Theme, palette_of
from tests.ui.kit import Studio

BOTH = pytest.mark.parametrize("shades", [DARK, LIGHT], ids=["dark", "light"])


def luminance(color: str) -> float:
    """Relative luminance, WCAG 2.1."""
    parts = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@BOTH
def test_words_stand_out_from_every_ground(shades: Shades) -> None:
    for ground in (shades.window, shades.base, shades.raised):
        assert contrast(shades.text, ground) >= 7
        assert contrast(shades.muted, ground) >= 4.5
        for state in (shades.good, shades.busy, shades.bad, shades.link):
            assert contrast(state, ground) >= 4.5


@BOTH
def test_chosen_rows_can_be_read(shades: Shades) -> None:
    assert contrast(shades.on_accent, shades.accent) >= 4.5
    assert contrast(shades.accent, shades.base) >= 3


@BOTH
def test_the_palette_leaves_no_colour_to_the_system(shades: Shades) -> None:
    palette = palette_of(shades)
    for role in (QPalette.ColorRole.Window, QPalette.ColorRole.Base, QPalette.ColorRole.Button,
                 QPalette.ColorRole.ToolTipBase, QPalette.ColorRole.Highlight):  # fmt: skip
        assert palette.isBrushSet(QPalette.ColorGroup.Active, role)
    off = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
    assert off == QColor(shades.faint)


def test_clicks_for_and_against_differ_in_lightness_too() -> None:
    assert contrast(POSITIVE.name(), "#ffffff") > 3
    assert contrast(NEGATIVE.name(), "#ffffff") > 3


def test_the_theme_is_what_is_chosen_or_the_system_s(qapp: QApplication) -> None:
    theme = Theme(qapp)
    for mode, dark in ((Mode.DARK, True), (Mode.LIGHT, False)):
        theme.set_mode(mode)
        assert theme.is_dark is dark
        assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(theme.shades.window)
    theme.set_mode(Mode.SYSTEM)
    light = qapp.styleHints().colorScheme() is Qt.ColorScheme.Light
    assert theme.is_dark is not light


def test_an_empty_box_to_tick_is_seen_on_its_ground(qapp: QApplication) -> None:
    theme = Theme(qapp, Mode.DARK)
    for mode, shades in ((Mode.DARK, DARK), (Mode.LIGHT, LIGHT)):
        theme.set_mode(mode)
        palette = QApplication.palette("QCheckBox")  # type: ignore[call-overload]
        inside = palette.color(QPalette.ColorRole.Base).name()
        assert luminance(inside) > 1.1 * luminance(shades.window)


def test_every_icon_is_drawn_in_the_theme_s_colour(studio: Studio) -> None:
    window = studio.window
    seen = []
    for mode in (Mode.DARK, Mode.LIGHT):
        window.theme.set_mode(mode)
        image = window.actions_["tool-smart"].icon().pixmap(24, 24).toImage()
        pixels = itertools.product(range(image.width()), range(image.height()))
        solid = {image.pixelColor(x, y).name() for x, y in pixels
                 if image.pixelColor(x, y).alpha() == 255}  # fmt: skip
        seen.append(solid)
    assert DARK.text in seen[0]
    assert LIGHT.text in seen[1]


@pytest.mark.parametrize("mode", [Mode.DARK, Mode.LIGHT])
def test_menus_lists_of_choices_and_fields_have_an_edge(studio: Studio, mode: Mode) -> None:
    studio.window.theme.set_mode(mode)
    box = studio.window.options.overlap
    box.showPopup()
    popup = box.view().window()
    menu = studio.window.menus["&File"]
    menu.popup(studio.window.mapToGlobal(studio.window.rect().center()))
    for widget in (popup, menu, studio.window.labels.new_name):
        image = widget.grab().toImage()
        row = image.height() - 8
        edge, inside = (image.pixelColor(x, row).name() for x in (0, 6))
        assert contrast(edge, inside) > 1.3, widget
    menu.close()
    box.hidePopup()


@BOTH
def test_what_is_muted_can_be_seen_on_a_chosen_row(qapp: QApplication, shades: Shades) -> None:
    picture = icons.icon("eye", shades, shades.muted).pixmap(16, QIcon.Mode.Selected).toImage()
    seen = {picture.pixelColor(x, y).name() for x in range(16) for y in range(16)
            if picture.pixelColor(x, y).alpha() > 200}  # fmt: skip
    assert seen
    assert all(contrast(color, shades.accent) >= 3 for color in seen)
