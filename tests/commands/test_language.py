"""The command line tells what went wrong in the language of the settings or of the system."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app import cli
from app.commands import language
from app.storage.places import Places


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
