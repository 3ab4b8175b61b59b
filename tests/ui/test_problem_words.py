"""What goes wrong is told in the language of the window, whoever found it out."""

from __future__ import annotations

import ast
import errno
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QApplication

from app.core.errors import Problem
from app.session.folder.disk_folder import FolderOpener
from app.session.folder.lock import FolderLock
from app.storage.failures import not_written
from app.storage.folder import nothing_in
from app.storage.places import Places
from app.ui import exchange_words
from app.ui.model_words import reason_of
from app.ui.problem_words import SENTENCES, placed, said, spoken
from app.ui.translation import FOLDER
from model import load
from tests.ui.kit import Studio

APP = Path(__file__).resolve().parents[2] / "app"
SEEN_IN_THE_WINDOW = ("session", "storage", "inference", "batch")
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


def template(node: ast.expr) -> str | None:
    """What an argument says, with {0}, {1} for what is filled in; None if it says nothing."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if not isinstance(node, ast.JoinedStr):
        return None
    number, text = 0, ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        else:
            text += f"{{{number}}}"
            number += 1
    return text if text.strip("{}0123456789. ") else None


def sentences() -> Iterator[tuple[str, str]]:
    for path in (path for room in SEEN_IN_THE_WINDOW for path in (APP / room).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
                for argument in node.args[:2]:
                    text = template(argument)
                    if text:
                        yield path.name, text


SAYING = frozenset({"Problem", "ValueError", "mismatch", "Skip", "skip", "lose"})


def sentences_of_exchange() -> Iterator[tuple[str, str]]:
    """What importers and exporters say of files, however it is wrapped."""
    for path in (APP / "storage" / "exchange").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            if getattr(node.func, "id", getattr(node.func, "attr", "")) in SAYING:
                for text in map(template, node.args):
                    if text and " " in text:
                        yield path.name, text


def test_every_sentence_about_another_programs_file_is_known_to_translators() -> None:
    known = {*SENTENCES, *exchange_words.SENTENCES, *exchange_words.PLACES}
    # Parts of sentences that are put together where they are raised, and what frames others.
    known |= {"{0}: {1}", "{0} must be a whole number{1}, given {2}"}
    assert [(name, text) for name, text in sentences_of_exchange() if text not in known] == []


@pytest.mark.usefixtures("chinese")
def test_what_was_left_out_is_told_with_its_place() -> None:
    assert is_chinese(placed("a.txt, line 3"))
    assert placed("a.txt, line 3").startswith("a.txt")
    assert is_chinese(placed("all.json, annotation with id 5"))
    assert placed("a, b.png") == "a, b.png"
    assert placed("object 7.png") != "object 7.png"
    assert said("object 7.png") == "object 7.png"
    reason = said("there is no category with the id 12")
    assert is_chinese(reason)
    assert "12" in reason
    assert is_chinese(said("id must be a whole number from 1 on, given 0"))
    refused = said("The export was checked and refused: the mask of a.png, object 3 differs.")
    assert is_chinese(refused)


def test_every_sentence_about_what_went_wrong_is_known_to_translators() -> None:
    assert [(name, text) for name, text in sentences() if text not in SENTENCES] == []


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
    words = said(str(nothing_in(tmp_path)))
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


@pytest.mark.parametrize("text", ["", "something nobody thought of", "no end. at all"])
def test_what_is_not_known_is_shown_as_it_is(text: str) -> None:
    assert said(text) == text


def test_what_a_bad_file_made_endless_is_shown_as_it_is_and_at_once() -> None:
    text = "file_name must be text, given " + " may mean a or b" * 4000
    begun = time.process_time()
    assert said(text) == text
    assert time.process_time() - begun < 1


def test_in_english_nothing_is_changed() -> None:
    for sentence in SENTENCES + exchange_words.SENTENCES:
        text = sentence.format(*"abcdef")
        assert said(text) == text


@pytest.mark.usefixtures("chinese")
def test_the_window_tells_it_so(studio: Studio) -> None:
    studio.session.problem.emit(Problem("No model is loaded.", "Choose one in the Model menu."))
    banner = studio.window.pane.banner
    assert is_chinese(banner.what.text())
    assert is_chinese(banner.advice.text())


@pytest.mark.usefixtures("chinese")
def test_why_the_built_in_model_runs_where_it_does_is_told_in_the_language_too() -> None:
    report = load("builtin").report
    assert is_chinese(reason_of(report.reason))
    assert reason_of(report.reason).endswith(report.device)
    assert reason_of(f"{report.reason}; something new").endswith("; something new")
