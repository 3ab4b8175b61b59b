"""The command line tells what went wrong in the language of the settings or of the system."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app import cli
from app.batch.run import ImageDone, Outcome, Result
from app.commands import language
from app.commands.console import Console, run_batch
from app.commands.parser import wrapped
from app.core.document import Document, State
from app.core.errors import Problem
from app.core.mask import Mask
from app.session.folder.lock import FolderLock
from app.storage.places import Places
from app.storage.project import Project
from model.interface import Cancelled


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    language._language.cache_clear()
    yield
    language._language.cache_clear()


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    found = Places.below(tmp_path / "home")
    found.settings.parent.mkdir(parents=True)
    monkeypatch.setattr(Places, "of_user", lambda: found)
    return found


@pytest.mark.parametrize(
    ("settings", "system", "words"),
    [
        ('language = "zh_CN"', "en_US.UTF-8", "没有"),
        ('language = "en"', "zh_CN.UTF-8", "There is no"),
        ("", "zh_CN.UTF-8", "没有"),
        ("", "C.UTF-8", "There is no"),
        ("no toml", "en_US", "There is no"),
    ],
)
def test_a_problem_is_told_in_the_language_that_was_chosen(
    places: Places,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    settings: str,
    system: str,
    words: str,
) -> None:
    places.settings.write_text(settings, "utf-8")
    monkeypatch.setenv("LC_ALL", system)
    assert cli.main(["embed", "/nowhere/at/all"]) == 1
    told = capsys.readouterr().err
    assert words in told
    assert "/nowhere/at/all" in told
    assert places.settings.read_text("utf-8") == settings


@pytest.mark.parametrize(
    ("chosen", "end", "stopped"),
    [
        ("zh_CN", "完成 1 张图像, 失败 1 张", "已停止。已完成的内容保留"),
        ("en", "1 image done, 1 failed; 2 masks.", "Stopped. What is done is kept"),
    ],
)
def test_how_a_run_went_is_told_in_the_language_that_was_chosen(
    places: Places, chosen: str, end: str, stopped: str
) -> None:
    places.settings.write_text(f'language = "{chosen}"', "utf-8")
    out, err = StringIO(), StringIO()

    def images() -> Iterator[ImageDone]:
        yield ImageDone("a.png", 1, 3, Result(Outcome.DONE, 2), 1.0)
        yield ImageDone("b.png", 2, 3, Result(Outcome.FAILED), 1.0, Problem("It is damaged."))
        raise Cancelled

    run_batch(Console(out=out, err=err), images())
    assert end in err.getvalue()
    assert stopped in err.getvalue()


ENGLISH = re.compile(
    r"\b(the|a|of|and|is|are|not|show|usage|error|options?|arguments?|images|folder|with)\b"
)
"""Words that only English sentences have; names of options and formats stay as they are."""


def plain_help(text: str) -> str:
    """Without the names of options and arguments, their values and the commands themselves."""
    text = re.sub(r"(?m)^  (folder|source|target|paths) ", "", text)
    return re.sub(r"--?[a-z][\w-]*|`\w+`|\{[^}]*\}|\[[^\]]*\]|https?:\S+", " ", text)


@pytest.mark.parametrize("command", ["annotate", *cli.COMMANDS])
def test_the_help_of_every_command_is_in_the_language_that_was_chosen(
    places: Places, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    places.settings.write_text('language = "zh_CN"', "utf-8")
    words = [] if command == "annotate" else [command]
    with pytest.raises(SystemExit):
        cli.main([*words, "--help"])
    told = capsys.readouterr().out
    assert told.startswith("用法")
    assert "选项" in told
    _, _, below = plain_help(told).partition("\n\n")
    assert not ENGLISH.findall(below)
    helped = [line for line in told.partition("选项")[2].splitlines() if line.startswith(" " * 20)]
    assert all(sum(1 + (ord(each) > 0x2E80) for each in line) <= 82 for line in helped)


@pytest.mark.parametrize(
    "words",
    [
        ["embed"],
        ["embed", "x", "--recursiv", "--nothing"],
        ["evaluate", "x", "--limit", "few"],
        ["report", "x", "--html"],
        ["export", "x", "y", "--state", "odd"],
        ["embed", "x", "--max"],
    ],
)
def test_misuse_is_told_in_the_language_that_was_chosen(
    places: Places, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    places.settings.write_text('language = "zh_CN"', "utf-8")
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "错误" in told
    assert not ENGLISH.findall(plain_help(told.splitlines()[-1]))


def test_chinese_is_folded_by_the_columns_it_takes() -> None:
    assert wrapped("图像文件夹 COCO 格式", 10) == ["图像文件夹", "COCO 格式"]
    assert wrapped("plain words", 7) == ["plain", "words"]
    assert wrapped("", 7) == []


def square(folder: Path) -> None:
    """One image with one accepted object, and one with nothing on it."""
    pixels = np.zeros((48, 64), bool)
    pixels[10:20, 10:30] = True
    for name in ("a.png", "b.png"):
        folder.mkdir(exist_ok=True)
        Image.fromarray(np.zeros((48, 64, 3), np.uint8)).save(folder / name)
    made = Document(48, 64).with_added(Mask.from_array(pixels), state=State.ACCEPTED)
    made = made.with_added(Mask.from_array(~pixels), state=State.PROPOSED)
    Project(folder).write_objects(folder / "a.png", made, None)


@pytest.mark.parametrize(
    "line",
    [
        "report {images} --html {files}/r.html",
        "export {images} {files}/c.json",
        "export {images} {files}/y --to yolo --status done",
        "labels {images} --dry-run",
        "import {images}/a.png.json {images} --dry-run --replace",
        "convert {images}/a.png.json {files}/d.json --images {images}",
        "evaluate {images} --clicks 1",
        "annotate {images} --export {files}/e.json",
        "doctor",
    ],
)
def test_what_a_command_answers_is_in_the_language_that_was_chosen(
    places: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    square(tmp_path / "images")
    places.settings.write_text('language = "zh_CN"', "utf-8")
    words = line.format(images=tmp_path / "images", files=tmp_path).split()
    assert cli.main(words[words[0] == "annotate" :]) == 0
    told = "\n".join(capsys.readouterr())
    assert re.search("[\u4e00-\u9fff]", told)
    without_paths = re.sub(rf"{re.escape(str(tmp_path))}\S*|objects|\S+/\S+", "", told)
    assert not ENGLISH.findall(plain_help(without_paths))


def test_who_has_the_folder_open_is_told_with_what_to_do_in_the_language_that_was_chosen(
    places: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    square(tmp_path / "images")
    places.settings.write_text('language = "zh_CN"', "utf-8")
    lock = FolderLock(places.locks)
    assert lock.take(tmp_path / "images") is None
    assert cli.main(["relabel", str(tmp_path / "images")]) == 1
    lock.give_up(tmp_path / "images")
    assert "请在那里将其关闭" in capsys.readouterr().err
