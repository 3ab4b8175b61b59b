"""Small things that a person who is new here stumbles over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton

from app.core.errors import Problem
from app.storage.settings import Settings
from app.ui.action_set import ALL_ACTIONS
from app.ui.dialogs.shortcuts import ShortcutSheet
from app.ui.window import Window
from app.ui.words import isolated, plain
from tests.ui.kit import Studio


def found(sheet: ShortcutSheet, words: str) -> list[str]:
    """What the sheet of keys shows for some words."""
    sheet.search.setText(words)
    groups = (sheet.tree.topLevelItem(i) for i in range(sheet.tree.topLevelItemCount()))
    shown = [group for group in groups if group is not None and not group.isHidden()]
    rows = (group.child(i) for group in shown for i in range(group.childCount()))
    return [row.text(0) for row in rows if row is not None and not row.isHidden()]


def in_other_words(context: str, text: str) -> str:
    return text if "{" in text else f"译{text[::-1]}"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_action_is_found_by_its_name_whether_it_has_a_key_or_not(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    if language == "zh":
        # Any other words do: what counts is that both are looked at.
        monkeypatch.setattr("app.ui.action_set.translate", in_other_words)
    sheet = ShortcutSheet(studio.window.actions_, studio.session.labels, studio.window)
    assert len(found(sheet, "")) >= len(ALL_ACTIONS)
    for row in ALL_ACTIONS:
        if not row.id.startswith("digit-"):
            assert found(sheet, plain(row.text)), row.id
    assert len(found(sheet, "merge labels")) == 1
    if language == "zh":
        assert found(sheet, "译" + plain(next(r for r in ALL_ACTIONS if r.id == "fit").text[::-1]))
    assert found(sheet, "no such thing") == []


def forgetting(window: Window) -> list[QAction]:
    """The entries below "Remove from this list" in the menu of recent folders."""
    (menu,) = window._recent.findChildren(QMenu)
    return menu.actions()


def test_a_folder_that_is_gone_can_be_taken_off_the_list(studio: Studio, tmp_path: Path) -> None:
    window, preferences = studio.window, studio.context.preferences
    gone = tmp_path / "gone"
    preferences.put(preferences.value.with_recent(gone))
    buttons = [b for b in window.welcome.findChildren(QToolButton) if b.toolTip() == str(gone)]
    buttons[-1].actions()[0].trigger()
    assert gone not in preferences.value.recent
    preferences.put(preferences.value.with_recent(gone))
    forgetting(window)[0].trigger()
    assert gone not in preferences.value.recent
    assert preferences.value.recent
    forgetting(window)[-1].trigger()
    assert preferences.value.recent == ()


def test_why_a_folder_could_not_be_opened_goes_with_the_next_one(
    studio: Studio, images: Path
) -> None:
    banner = studio.window.pane.banner
    studio.context.navigator.open_folder(images / "nowhere")
    studio.wait_for(banner.isVisible)
    studio.context.navigator.open_folder(images)
    studio.wait_for(lambda: not banner.isVisible())


def test_a_begun_mask_comes_back_with_the_label_it_was_begun_with(studio: Studio) -> None:
    first, second = studio.session.folder_labels.add("cat"), studio.session.folder_labels.add("dog")
    assert first is not None
    assert second is not None
    studio.session.folder_labels.activate(first)
    studio.pick(45, 30)
    studio.go(1)
    studio.session.folder_labels.activate(second)
    studio.go(0)
    studio.wait_for(lambda: studio.mask_editor.active)
    assert studio.session.active_label == first
    studio.key(Qt.Key.Key_Return)
    assert studio.session.document is not None
    assert studio.session.document.annotations[0].label_id == first


def test_where_nothing_can_be_edited_no_preview_promises_it(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = studio.mask_editor.hover_previews
    assert guide.wanted
    monkeypatch.setattr(type(studio.session), "read_only", property(lambda _: "view only"))
    assert not guide.wanted
    studio.move(45, 30)
    assert guide.preview is None


def test_a_refusal_is_told_of_its_image_alone(studio: Studio) -> None:
    studio.session.refuse(Problem("Other objects cover all of this mask."))
    banner = studio.window.pane.banner
    assert banner.tells_problem
    studio.go(1)
    assert not banner.isVisible()


def test_nothing_nags_by_default() -> None:
    assert not Settings().slow_object_hint
    assert replace(Settings(), slow_object_hint=True).slow_object_hint


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("photo.jpg", "photo.jpg"),
        ("公交车.jpg", "公交车.jpg"),
        ("سير.jpg", "\u2068سير.jpg\u2069"),
        ("a ארנב.png", "\u2068a ארנב.png\u2069"),
    ],
)
def test_a_name_that_is_read_from_the_right_stays_whole_in_the_title(name: str, shown: str) -> None:
    assert isolated(name) == shown


def test_the_sheet_of_keys_is_wide_enough_for_its_words(studio: Studio) -> None:
    sheet = ShortcutSheet(studio.window.actions_, studio.session.labels, studio.window)
    sheet.show()
    mouse = sheet.tree.topLevelItem(0)
    assert mouse is not None
    rows = [row for n in range(mouse.childCount()) if (row := mouse.child(n)) is not None]
    widest = max(rows, key=lambda row: sheet.fontMetrics().horizontalAdvance(row.text(0)))
    room = sheet.tree.columnWidth(0) - sheet.tree.indentation()
    assert widest.toolTip(0) == widest.text(0)
    assert room >= sheet.fontMetrics().horizontalAdvance(widest.text(0)) or sheet.width() == 900
