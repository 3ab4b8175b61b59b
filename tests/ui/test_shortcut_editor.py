"""Keys of the user's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

import app.ui
from app.core.document import ImageStatus
from app.storage.settings import Settings, from_table, to_bytes
from app.ui.dialogs.shortcut_editor import ShortcutEditor
from app.ui.dialogs.shortcuts import ShortcutSheet
from app.ui.keymap import (
    FIXED,
    RESERVED,
    all_keys,
    default_keys,
    filled,
    holders,
    with_keys,
    without_changes,
)
from tests.ui.kit import Studio


def test_a_key_that_is_given_to_a_command_is_taken_from_the_one_that_had_it() -> None:
    chosen = with_keys("fit", ("D", "Ctrl+K"), Settings())
    keys = all_keys(chosen)
    assert keys["fit"] == ("D", "Ctrl+K")
    assert keys["next-image"] == ("PgDown",)
    assert holders("D", "next-image", chosen) == ["fit"]
    again = without_changes("next-image", chosen)
    assert all_keys(again)["next-image"] == ("D", "PgDown")
    assert all_keys(again)["fit"] == ("Ctrl+K",)
    assert without_changes(None, chosen) == Settings()


def test_the_review_and_other_commands_lend_each_other_keys() -> None:
    chosen = with_keys("review-accept", ("F",), Settings())
    assert all_keys(chosen)["fit"] == default_keys()["fit"]
    assert holders("F", "review-accept", chosen) == []
    assert holders("X", "review-accept", chosen) == ["review-reject"]


def test_what_is_unknown_or_damaged_in_the_settings_changes_no_key() -> None:
    table = {"shortcuts": [["fit", "K"], [], ["accept", "Q"], ["of-tomorrow", "Z"], ["hide"]]}
    chosen, wrong = from_table(Settings, table)
    assert wrong == ()
    keys = all_keys(chosen)
    assert (keys["fit"], keys["hide"]) == (("K",), ())
    assert keys["accept"] == default_keys()["accept"]
    assert b"of-tomorrow" in to_bytes(with_keys("hide", ("Y",), chosen), table)


def test_no_command_that_can_be_changed_has_a_key_that_none_may_have() -> None:
    changeable = {name: keys for name, keys in default_keys().items() if name not in FIXED}
    reserved = {name for name, keys in changeable.items() if RESERVED.intersection(keys)}
    assert reserved == {"review-later", "review-back"}


def test_every_command_that_a_sentence_names_is_one() -> None:
    source = [path.read_text("utf-8") for path in Path(app.ui.__file__).parent.rglob("*.py")]
    named = {name for text in source for name in re.findall("«([a-z0-9-]+)»", text)}
    assert {"review", "undo", "skip-next"} <= named
    assert named <= default_keys().keys()


def test_a_sentence_names_the_key_or_the_words_of_a_command_without_one() -> None:
    assert filled("«done-next» again", Settings()) == "N again"
    assert filled("«done-next» again", with_keys("done-next", ("F2",), Settings())) == "F2 again"
    assert filled("«done-next»", with_keys("done-next", (), Settings())) == "“Done, and next”"


def take_window(studio: Studio) -> None:
    studio.window.activateWindow()
    studio.wait_for(studio.window.isActiveWindow)
    studio.canvas.setFocus()


@pytest.fixture
def editor(studio: Studio) -> ShortcutEditor:
    studio.window.commands.ask("edit-shortcuts")
    dialog = studio.window.dialogs.current("edit-shortcuts")
    assert isinstance(dialog, ShortcutEditor)
    return dialog


def test_a_new_key_works_at_once_and_is_told_everywhere(
    studio: Studio, editor: ShortcutEditor
) -> None:
    actions = studio.window.actions_
    editor.choose("done-next")
    editor.field.setKeySequence(QKeySequence("F2"))
    assert editor.told.text().startswith("F2 is free.")
    editor.use.click()
    editor.close()
    assert actions["done-next"].toolTip() == "Done, and next  (F2)"
    take_window(studio)
    first = studio.session.image_path
    studio.key("n")
    assert studio.session.image_path == first
    studio.key(Qt.Key.Key_F2)
    studio.wait_for(lambda: studio.session.image_path != first)
    assert studio.context.navigator.images[0].status is ImageStatus.DONE
    sheet = ShortcutSheet(actions, studio.session.labels, studio.window)
    rows = {
        item.text(0): item.text(1)
        for number in range(sheet.tree.topLevelItemCount())
        if (group := sheet.tree.topLevelItem(number)) is not None
        for place in range(group.childCount())
        if (item := group.child(place)) is not None
    }
    assert rows["Done, and next"] == "F2"


def test_a_clash_is_told_before_it_is_made(studio: Studio, editor: ShortcutEditor) -> None:
    editor.choose("fit")
    editor.field.setKeySequence(QKeySequence("N"))
    assert editor.told.text() == "N is the key of “Done, and next”, which would lose it."
    editor.add.click()
    assert all_keys(studio.context.preferences.value)["fit"] == ("F", "Ctrl+F", "N")
    assert studio.window.actions_["done-next"].shortcuts() == []
    editor.back.click()
    editor.all_back.click()
    assert studio.context.preferences.value.shortcuts == ()
    assert studio.window.actions_["done-next"].shortcuts() == [QKeySequence("N")]


def test_what_cannot_be_changed_says_so(editor: ShortcutEditor) -> None:
    editor.choose("accept")
    assert not editor.field.isEnabled()
    assert not editor.none.isEnabled()
    assert "stay as they are" in editor.told.text()
    editor.choose("fit")
    editor.field.setKeySequence(QKeySequence("Left"))
    assert not editor.use.isEnabled()
    assert "cannot be given" in editor.told.text()


def test_a_letter_of_a_label_is_the_commands_from_then_on(
    studio: Studio, editor: ShortcutEditor
) -> None:
    studio.session.folder_labels.add("cat")
    cat = studio.session.labels.named("cat")
    assert cat is not None
    studio.session.folder_labels.set_key(cat.id, "Shift+C")
    studio.session.folder_labels.activate(1)
    editor.choose("fit")
    editor.field.setKeySequence(QKeySequence("Shift+C"))
    assert "“cat”" in editor.told.text()
    editor.use.click()
    editor.close()
    take_window(studio)
    studio.key("c", Qt.KeyboardModifier.ShiftModifier)
    assert studio.session.active_label != cat.id


def test_searching_finds_commands_by_words_and_by_keys(editor: ShortcutEditor) -> None:
    for words in ("done next", "pgdown", "n"):
        editor.search.setText(words)
        assert any(not item.isHidden() for item in editor._items.values()), words
    editor.search.setText("no such thing")
    assert all(item.isHidden() for item in editor._items.values())


def test_keys_of_attribute_mode_are_listed_with_the_reason_why_they_stay(studio: Studio) -> None:
    studio.window.commands.ask("edit-shortcuts")
    dialog = studio.window.dialogs.current("edit-shortcuts")
    assert isinstance(dialog, ShortcutEditor)
    group = dialog.tree.topLevelItem(dialog.tree.topLevelItemCount() - 1)
    assert group is not None
    found = [group.child(number) for number in range(group.childCount())]
    rows = [row for row in found if row is not None]
    keys = {row.text(0): row.text(1) for row in rows}
    assert keys["Occluded"] == "O"
    assert keys["Note"] == "N"
    dialog.tree.setCurrentItem(rows[0])
    assert "Labels and attributes" in dialog.told.text()
    assert not dialog.field.isEnabled()
    dialog.search.setText("crowd")
    assert [row.text(0) for row in rows if not row.isHidden()] == ["Crowd"]
