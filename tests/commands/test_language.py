"""The command line tells what went wrong in the language of the settings or of the system."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from app import cli
from app.batch.run import ImageDone, Outcome, Result
from app.commands import language
from app.commands.console import Console, run_batch
from app.core.errors import Problem
from app.storage.places import Places
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
