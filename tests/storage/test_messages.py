"""What the program says is there in every language shipped, and says what it is filled with."""

from __future__ import annotations

import argparse
import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.commands.parser import OWN_WORDS
from app.core.errors import Problem
from app.storage.names import shown
from app.storage.translations import FOLDER, in_language
from model.messages import as_it_is, joined, names_in, reason_of, say, say_count, shortened

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = [path.stem.removeprefix("messages_") for path in FOLDER.glob("messages_*.json")]
WORD = re.compile(r"[^\W\d_]")
TELLING = ("ModelError", "CheckpointError", "DownloadError", "TooSlowError", "BadValueError",
           "ServerError", "ServerGoneError", "_BusyError",
           "NotShown", "UnknownKind", "sentence")  # fmt: skip
"""Who takes a template and what fills its places, as ``say`` does, or a whole message."""
TOLD = ("DataError", "Problem", "CannotGoOn", "Skip", "Loss", "TooLarge", "mismatch")  # fmt: skip
"""Who makes what people are told; each takes messages."""
PLAIN = (ast.JoinedStr, ast.Constant, ast.BinOp)


def sources() -> Iterator[Path]:
    rooms = (path for room in ("app", "model") for path in sorted((ROOT / room).rglob("*.py")))
    for path in (*rooms, ROOT / "run.py"):
        place = path.relative_to(ROOT).as_posix()
        training = place.startswith("model/training/") and not place.endswith("/samples.py")
        if place != "model/messages.py" and not training:
            yield path


def command_sources() -> list[Path]:
    """What speaks on the command line."""
    places = (ROOT / "app/commands", ROOT / "app/launcher")
    found = [path for place in places for path in sorted(place.glob("*.py"))]
    return [*found, ROOT / "app/cli.py", ROOT / "app/main.py", ROOT / "run.py"]


def calls_in(path: Path) -> Iterator[tuple[str, str, ast.Call]]:
    """Where each call stands, and the name of what is called."""
    place = path.relative_to(ROOT).as_posix()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            yield f"{place}:{node.lineno}", name, node


def helped() -> Iterator[tuple[str, ast.expr]]:
    """Of each option of a command where it stands, and what helps with it."""
    for path in (*command_sources(), ROOT / "model/evaluation/options.py"):
        for place, name, node in calls_in(path):
            if name == "add_argument":
                yield from ((place, each.value) for each in node.keywords if each.arg == "help")


def calls() -> Iterator[tuple[str, list[ast.expr], int | None]]:
    """Of each call that makes a message: where it stands, its templates, how many values."""
    for path in sources():
        place = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                count = {"say": 1, "say_count": 2}.get(node.func.id, 0)
                if place.startswith(("app/launcher/", "run.py")):
                    count = 0  # there it is the one who tells, and ``sentence`` makes the words
                if node.func.id in TELLING and isinstance(node.args[0], PLAIN):
                    count = 1
                if count:
                    values = node.args[count:]
                    starred = any(isinstance(each, ast.Starred) for each in values)
                    known = None if starred else len(values)
                    yield f"{place}:{node.lineno}", node.args[:count], known


def known_by() -> set[str]:
    """The templates with words in them, by which other languages know messages."""
    found = {each[-1].value for _, each, _ in calls() if isinstance(each[-1], ast.Constant)}
    found |= {each.value for _, each in helped() if isinstance(each, ast.Constant)}
    return {str(each) for each in found if WORD.search(re.sub(r"\{\w+\}", "", str(each)))}


def table(language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((FOLDER / f"messages_{language}.json").read_bytes())
    return found


def test_every_message_is_made_of_a_template_that_can_be_found_and_of_all_its_values() -> None:
    for place, templates, count in calls():
        for template in templates:
            assert isinstance(template, ast.Constant), f"{place}: write the template itself there"
            assert set(names_in(str(template.value))) <= set(names_in(str(templates[-1].value)))  # type: ignore[attr-defined]
        if count is not None:
            assert len(names_in(str(templates[-1].value))) == count, place  # type: ignore[attr-defined]


def test_no_problem_is_told_in_plain_text_that_no_other_language_knows() -> None:
    found = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in TOLD:
                texts = [each for each in node.args[:2] if isinstance(each, PLAIN)]
                if any(WORD.search(ast.unparse(each).lstrip("f")) for each in texts):
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


def test_no_command_prints_or_helps_in_plain_text_that_no_other_language_knows() -> None:
    printing = ("say", "_say", "answer", "progress", "write", "print", "CannotStartError")
    found = [place for place, each in helped() if isinstance(each, ast.JoinedStr)]
    for path in command_sources():
        for place, name, node in calls_in(path):
            is_message = name == "say" and isinstance(node.func, ast.Name)
            if name not in printing or (is_message and "launcher" not in place):
                continue
            for text in node.args[:2]:
                words = _own_words(text)
                if words and place.rpartition(":")[0] != "app/commands/parser.py":
                    found.append(f"{place}: {words}")
    assert found == []


def _own_words(text: ast.expr) -> str:
    """What stands in a text itself, not in what fills it; without the program's name."""
    if isinstance(text, ast.JoinedStr):
        return "".join(map(_own_words, text.values))
    if isinstance(text, ast.BinOp):
        return _own_words(text.left) + _own_words(text.right)
    plain = str(text.value) if isinstance(text, ast.Constant) else ""
    without = re.sub(r"maskwright:|https?:|\bms\b|\bs\b", "", plain)
    return plain if re.search(r"[^\W\d_]{2}", without) else ""


def test_the_words_of_argparse_are_those_of_its_source() -> None:
    shown = {each.value for each in ast.walk(ast.parse(Path(argparse.__file__).read_text("utf-8")))
             if isinstance(each, ast.Constant)}  # fmt: skip
    assert [str(each) for each in OWN_WORDS if str(each) not in shown] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_has_its_sentence_in_every_language_shipped(language: str) -> None:
    assert sorted(known_by() - set(table(language))) == []
    assert sorted(set(table(language)) - known_by()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentences_of_a_language_are_filled_with_the_same(language: str) -> None:
    for template, sentence in table(language).items():
        assert sorted(names_in(sentence)) == sorted(names_in(template))


def test_a_message_is_its_english_sentence_and_is_told_in_another_language_with_all_in_it() -> None:
    reason = say("there is no image with the id {id}", "12")
    message = say("{name} cannot be read: {reason}.", "a.json", ValueError(reason))
    assert message == "a.json cannot be read: there is no image with the id 12."
    chinese = in_language(message, "zh_CN")
    assert "a.json" in chinese
    assert "12" in chinese
    assert not re.search(r"read|image", chinese)
    assert in_language(message, "en") == in_language(message, "fr") == message


def test_names_stay_as_they_are_even_if_they_read_like_sentences_or_templates() -> None:
    for name in ("it is empty", "{name}.png", "object 7"):
        assert in_language(name, "zh_CN") == name
        assert in_language(as_it_is(name), "zh_CN") == name
        assert name in in_language(say("{name} is a file.", name), "zh_CN")


def test_one_thing_is_told_as_one_in_english() -> None:
    told = [say_count("{count} image", "{count} images", count) for count in (1, 2)]
    assert told == ["1 image", "2 images"]
    assert told[0].template == told[1].template
    assert told[0].with_texts(str.upper) == "1 image"


def test_what_is_joined_cut_or_cleaned_is_still_a_message() -> None:
    told = joined((say("It is empty."), "", say("Start again.")))
    assert told == "It is empty. Start again."
    assert "again" not in in_language(told, "zh_CN")
    cut = shortened(say("{name} is a file.", "a" * 100), 30)
    assert len(cut) == 30
    assert cut.endswith("… is a file.")
    assert shown(say("{name} is a file.", "\udcff\n")) == "\\xff\\n is a file."
    assert "file" not in in_language(shown(say("{name} is a file.", "\n")), "zh_CN")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError(say("it is empty")), "it is empty"),
        (KeyError(say("it is empty")), "it is empty"),
        (Problem(say("It is empty."), say("Start again.")), "It is empty. Start again."),
        (OSError(28, "No space left"), "[Errno 28] No space left"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_the_reason_of_an_error_is_its_message(error: Exception, reason: str) -> None:
    assert reason_of(error) == reason
    translated = in_language(reason_of(error), "zh_CN")
    assert (translated == reason) == ("empty" not in reason)
