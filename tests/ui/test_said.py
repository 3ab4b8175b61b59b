"""What goes wrong is told in the language of the window, whoever found it out."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QApplication

from app.core.errors import Problem
from app.session.folder.disk_folder import FolderOpener
from app.session.folder.lock import FolderLock
from app.storage.exchange.formats import FORMATS
from app.storage.failures import not_written
from app.storage.folder import nothing_in
from app.storage.places import Places
from app.ui.translation import FOLDER
from app.ui.words import said, spoken
from model import load
from model.messages import say
from tests.ui.kit import Studio

CHINESE = range(0x4E00, 0xA000)


def is_chinese(text: str) -> bool:
    return any(ord(letter) in CHINESE for letter in text)


@pytest.fixture
def chinese(qapp: QApplication) -> Iterator[None]:
    translator = QTranslator()
    assert translator.load(str(FOLDER / "maskwright_zh_CN.qm"))
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)


def test_without_a_translator_messages_are_said_in_english() -> None:
    assert said(say("No model is loaded.")) == "No model is loaded."


@pytest.mark.usefixtures("chinese")
def test_names_and_reasons_are_put_into_the_translated_sentence() -> None:
    error = OSError(errno.ENOSPC, "No space left on device")
    words = spoken(not_written(Path("/a/b.png.json"), error))
    first, second = words.split("。")[:2]
    assert is_chinese(first)
    assert is_chinese(second)
    assert all(word in first for word in ("b.png.json", "/a", "No space left on device"))


@pytest.mark.usefixtures("chinese")
def test_what_was_joined_is_told_sentence_by_sentence(tmp_path: Path) -> None:
    words = spoken(nothing_in(tmp_path))
    assert str(tmp_path) in words
    assert "Images are" not in words
    assert "There are" not in words


@pytest.mark.usefixtures("chinese")
def test_who_edits_a_folder_and_what_to_do_is_told(tmp_path: Path) -> None:
    places = Places.below(tmp_path / "home")
    openers = [FolderOpener(FolderLock(tmp_path / "locks"), places) for _ in range(2)]
    _, second = [opener(tmp_path) for opener in openers]
    words = said(second.read_only or "")
    assert is_chinese(words)
    assert "window" not in words
    assert "again" not in words


@pytest.mark.usefixtures("chinese")
def test_a_file_that_is_named_like_a_sentence_keeps_its_name() -> None:
    assert said("object 7.png") == "object 7.png"
    assert said(say("{name}, line {number}", "it is empty", 3)).startswith("it is empty")


@pytest.mark.usefixtures("chinese")
def test_the_formats_tell_what_they_lose_in_the_language_of_the_window() -> None:
    assert all(is_chinese(said(form.description)) for form in FORMATS.values())
    assert all(is_chinese(said(each.title)) for form in FORMATS.values() for each in form.options)


@pytest.mark.usefixtures("chinese")
def test_the_window_tells_it_so(studio: Studio) -> None:
    problem = Problem(say("No model is loaded."), say("Choose one in the Model menu."))
    studio.session.problem.emit(problem)
    banner = studio.window.pane.banner
    assert is_chinese(banner.what.text())
    assert is_chinese(banner.advice.text())


@pytest.mark.usefixtures("chinese")
def test_why_the_built_in_model_runs_where_it_does_is_told_in_the_language_too() -> None:
    report = load("builtin").report
    assert is_chinese(said(report.reason))
    assert said(report.reason).endswith(report.device)
