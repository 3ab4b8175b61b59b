"""The table of actions: complete, without clashes, all of them reachable."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication

from app.ui import icons
from app.ui.action_set import ALL_ACTIONS
from app.ui.actions import ACTIONS, MENUS, Action
from app.ui.describing_actions import DESCRIBING_ACTIONS
from app.ui.words import plain
from tests.ui.kit import Studio

EXPECTED = """
Q W E B P V R S D A N X F H Return Space Esc Tab Ctrl+Z Ctrl+Shift+Z Ctrl+Y Ctrl+Shift+D PgDown
PgUp [ ] Del Ctrl+S Ctrl+0 Ctrl+1 1 2 3 9 F1 ?
"""


def test_no_key_is_given_twice() -> None:
    rows = [row for row in ALL_ACTIONS if not row.id.startswith("review-")]
    keys = Counter(QKeySequence(key).toString() for row in rows for key in row.keys)
    assert [key for key, count in keys.items() if count > 1 or not key] == []


def test_no_name_is_given_twice() -> None:
    assert [name for name, count in Counter(row.id for row in ACTIONS).items() if count > 1] == []


@pytest.mark.parametrize("row", [*ACTIONS, *DESCRIBING_ACTIONS], ids=lambda row: str(row.id))
def test_every_action_has_words_a_menu_and_its_picture(row: Action) -> None:
    assert row.text
    assert row.menu in MENUS
    assert not row.icon or row.icon in icons.names()


def test_letters_under_alt_open_each_menu_once() -> None:
    letters = Counter(title[title.index("&") + 1].lower() for title in MENUS)
    assert max(letters.values()) == 1
    alt = {QKeySequence(key).toString() for row in ACTIONS for key in row.keys}
    assert alt.isdisjoint({f"Alt+{letter.upper()}" for letter in letters})


def test_within_a_menu_no_letter_is_underlined_twice() -> None:
    for menu in MENUS:
        texts = [row.text for row in ACTIONS if row.menu == menu and not row.id.startswith("digit")]
        letters = Counter(t[t.index("&") + 1].lower() for t in texts if "&" in t)
        assert [letter for letter, n in letters.items() if n > 1] == [], menu


@pytest.mark.parametrize("key", EXPECTED.split())
def test_the_keys_people_expect_are_there(key: str) -> None:
    assert any(key in row.keys for row in ACTIONS)


def test_every_action_is_in_a_menu_with_its_key(studio: Studio) -> None:
    for row in ACTIONS:
        action = studio.window.actions_[row.id]
        assert action in studio.window.menus[row.menu].actions()
        assert [QKeySequence(key) for key in row.keys] == action.shortcuts()
        if row.keys:
            assert action.toolTip().endswith(")")


def test_nothing_can_be_done_to_an_image_while_there_is_none(empty_studio: Studio) -> None:
    actions = empty_studio.window.actions_
    off = [row.id for row in ACTIONS if not actions[row.id].isEnabled()]
    assert {"undo", "accept", "delete", "export", "done-next", "zoom-in", "refine"} <= set(off)
    assert actions["open-folder"].isEnabled()
    assert actions["shortcuts"].isEnabled()


def test_the_menu_names_what_undo_takes_back(studio: Studio) -> None:
    studio.make(45, 30)
    assert studio.window.actions_["undo"].text() == "&Undo Add object"
    studio.pick(110, 80)
    assert studio.window.actions_["undo"].text() == "&Undo click"


def test_letters_typed_into_a_field_are_text(studio: Studio) -> None:
    name = studio.window.labels.new_name
    name.setFocus()
    for letter in "dxn1":
        studio.key(letter)
    assert name.text() == "dxn1"
    assert studio.context.navigator.current == 0
    search = studio.window.files.search
    search.setFocus()
    for letter in "bq b":
        studio.key(letter)
    assert search.text() == "bq b"
    assert studio.window.toolbox.current.name == "smart"


def test_space_still_presses_a_button_that_has_the_focus(studio: Studio) -> None:
    button = studio.window.labels._add_button
    button.setFocus()
    studio.window.labels.new_name.setText("cat")
    studio.key(" ")
    assert studio.session.labels.named("cat") is not None
    assert QApplication.focusWidget() is not None


@pytest.mark.parametrize(
    ("entry", "words"),
    [("&Open folder…", "Open folder"), ("打开文件夹(&F)…", "打开文件夹"), ("A && b", "A & b")],
)
def test_tips_and_lists_of_keys_say_the_words_alone(entry: str, words: str) -> None:
    assert plain(entry) == words


def test_digits_are_named_after_answers_only_while_there_is_a_choice(studio: Studio) -> None:
    digit = studio.window.actions_["digit-3"]
    assert digit.text() == "(no label)"
    studio.pick(45, 30)
    assert digit.text() == "Answer 3"
    assert studio.window.actions_["digit-1"].text() == "Answer 1"
    studio.key(Qt.Key.Key_Return)
    assert digit.text() == "(no label)"
    assert studio.window.actions_["digit-1"].text() == "object"
