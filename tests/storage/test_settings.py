"""Settings survive whatever happens to their file."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Problem
from app.storage.settings import MAX_BYTES, ColorBy, ModelSpeed, Settings, SettingsFile, Theme

CHANGED = Settings(
    language="zh",
    theme=Theme.DARK,
    hover_preview=False,
    color_by=ColorBy.OBJECT,
    mask_opacity=0.25,
    prefetch=0,
    own_models=("/models/图.pth", "b"),
    window_geometry=b"\x00\xff",
)


def settings_file(folder: Path) -> SettingsFile[Settings]:
    return SettingsFile(folder / "config" / "settings.toml", Settings)


def test_without_a_file_there_are_the_defaults_and_nothing_is_written(tmp_path: Path) -> None:
    assert settings_file(tmp_path).read() == (Settings(), ())
    assert not (tmp_path / "config").exists()


def test_what_was_changed_comes_back_and_nothing_else_is_in_the_file(tmp_path: Path) -> None:
    settings_file(tmp_path).write(CHANGED)
    assert settings_file(tmp_path).read() == (CHANGED, ())
    text = settings_file(tmp_path).path.read_text("utf-8")
    assert "device" not in text
    assert text.count(" = ") == 8


def test_a_value_set_back_to_its_default_leaves_the_file(tmp_path: Path) -> None:
    file = settings_file(tmp_path)
    file.write(CHANGED)
    file.write(Settings())
    assert file.path.read_bytes() == b""


def test_keys_of_other_versions_are_kept(tmp_path: Path) -> None:
    file = settings_file(tmp_path)
    file.path.parent.mkdir()
    file.path.write_text('future = [1, {a = "b"}]\nprefetch = 7\n[table]\nx = 1.5\n')
    found, problems = file.read()
    assert (found.prefetch, problems) == (7, ())
    file.write(replace(found, language="zh"))
    text = file.path.read_text()
    assert "future" in text
    assert "[table]" in text
    assert settings_file(tmp_path).read()[0] == Settings(prefetch=7, language="zh")


def test_a_value_under_the_name_of_an_earlier_version_counts_and_gets_its_name_of_today(
    tmp_path: Path,
) -> None:
    file = settings_file(tmp_path)
    file.path.parent.mkdir()
    file.path.write_text('seats = ["/a\\nb.png"]\n')
    found, problems = file.read()
    assert (found.last_image_in(Path("/a")), problems) == ("b.png", ())
    file.write(replace(found, prefetch=7))
    assert (
        file.path.read_text("utf-8") == 'last_positions = [\n    "/a\\nb.png",\n]\nprefetch = 7\n'
    )


def test_what_another_window_wrote_meanwhile_is_kept(tmp_path: Path) -> None:
    file = settings_file(tmp_path)
    file.write(Settings(prefetch=3))
    file.path.write_text(file.path.read_text() + "future = 1\n")
    file.write(Settings(prefetch=4))
    assert "future = 1" in file.path.read_text()


@pytest.mark.parametrize(
    "line",
    [
        'prefetch = "many"',
        "prefetch = -1",
        "prefetch = true",
        "mask_opacity = 2.0",
        "mask_opacity = nan",
        'theme = "pink"',
        'window_state = "%%%"',
        "recent_folders = [1]",
        "language = 1979-05-27",
    ],
)
def test_a_wrong_value_is_named_and_the_rest_still_counts(tmp_path: Path, line: str) -> None:
    file = settings_file(tmp_path)
    file.path.parent.mkdir()
    file.path.write_text(line + "\nhover_preview = false\n")
    found, (problem,) = file.read()
    assert found == Settings(hover_preview=False)
    assert line.split()[0] in problem.what
    file.write(replace(found, device="cuda"))
    assert line.split("=")[0].strip() in file.path.read_text()


def test_a_number_may_be_written_without_its_point(tmp_path: Path) -> None:
    file = settings_file(tmp_path)
    file.path.parent.mkdir()
    file.path.write_text("mask_opacity = 1")
    assert file.read()[0].mask_opacity == 1.0


def test_a_file_cut_anywhere_gives_settings_and_is_never_lost(tmp_path: Path) -> None:
    file = settings_file(tmp_path)
    file.write(CHANGED)
    whole = file.path.read_bytes()
    aside: set[bytes] = set()
    for length in range(0, len(whole), 3):
        file.path.write_bytes(whole[:length])
        _, problems = file.read()
        if not file.path.exists():
            assert len(problems) == 1
            aside.add(whole[:length])
        file.write(Settings(prefetch=length % 5))
        assert settings_file(tmp_path).read()[0].prefetch == length % 5
    kept = {each.read_bytes() for each in file.path.parent.glob("settings.toml.broken*")}
    assert kept == aside


def test_a_file_broken_after_it_was_read_is_set_aside_too(tmp_path: Path) -> None:
    file = settings_file(tmp_path)
    file.write(CHANGED)
    file.path.write_bytes(b"[[[ by hand")
    file.write(CHANGED)
    assert file.path.with_name("settings.toml.broken").read_bytes() == b"[[[ by hand"


def test_what_can_never_be_read_is_set_aside(tmp_path: Path) -> None:
    file = settings_file(tmp_path)
    file.path.mkdir(parents=True)
    (file.path / "inside").touch()
    found, (problem,) = file.read()
    assert found == Settings()
    assert "settings.toml.broken" in problem.advice
    file.write(CHANGED)
    assert settings_file(tmp_path).read() == (CHANGED, ())
    assert (file.path.with_name("settings.toml.broken") / "inside").exists()


def test_a_file_too_large_is_set_aside_whole(tmp_path: Path) -> None:
    file = settings_file(tmp_path)
    file.path.parent.mkdir()
    file.path.write_bytes(b"#" * (MAX_BYTES + 1))
    assert len(file.read()[1]) == 1
    file.write(CHANGED)
    aside = file.path.with_name("settings.toml.broken")
    assert aside.stat().st_size == MAX_BYTES + 1


def test_what_the_disk_did_not_give_once_is_not_written_over_by_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings_file(tmp_path).write(CHANGED)
    file = settings_file(tmp_path)
    with monkeypatch.context() as faulty:
        faulty.setattr("app.storage.regular.os.open", refusing)
        assert len(file.read()[1]) == 1
        with pytest.raises(Problem):
            file.write(Settings(prefetch=3))
    file.write(Settings(prefetch=3))
    assert settings_file(tmp_path).read()[0] == replace(CHANGED, prefetch=3)


def refusing(*_: object) -> int:
    raise OSError(5, "Input/output error")


def test_two_windows_that_write_at_once_keep_what_both_chose(tmp_path: Path) -> None:
    files = [settings_file(tmp_path) for _ in range(2)]
    both = threading.Barrier(2)

    def choose(file: SettingsFile[Settings], chosen: Callable[[int], Settings]) -> None:
        file.read()
        for number in range(20):
            both.wait(10)
            file.write(chosen(number))

    threads = [
        threading.Thread(target=choose, args=(files[0], lambda n: Settings(prefetch=n))),
        threading.Thread(target=choose, args=(files[1], lambda n: Settings(smallest_part_px=n))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = settings_file(tmp_path).read()[0]
    assert (found.prefetch, found.smallest_part_px) == (19, 19)


@given(st.binary(max_size=60))
def test_any_bytes_at_all_give_settings(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    file = settings_file(tmp_path_factory.mktemp("settings"))
    file.path.parent.mkdir()
    file.path.write_bytes(data)
    found, _ = file.read()
    assert isinstance(found, Settings)


def test_recent_folders_are_few_newest_first_and_of_any_name(tmp_path: Path) -> None:
    settings = Settings()
    odd = Path("/data/\udcff 图")
    for folder in [odd, *(Path(f"/data/{n}") for n in range(20)), Path("/data/5"), odd]:
        settings = settings.with_recent(folder)
    file = settings_file(tmp_path)
    file.write(settings)
    recent = file.read()[0].recent
    assert recent[:3] == (odd, Path("/data/5"), Path("/data/19"))
    assert len(recent) == 12


@dataclass(frozen=True)
class Numbers:
    low: int = 0
    high: int = 10
    ratio: float = 1.0

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high")


def test_values_that_exclude_each_other_give_way_to_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "numbers.toml"
    path.write_text("low = 9\nhigh = 1")
    found, problems = SettingsFile(path, Numbers).read()
    assert found == Numbers()
    assert len(problems) == 1


@given(low=st.integers(-(2**62), 10), ratio=st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_come_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, low: int, ratio: float
) -> None:
    path = tmp_path_factory.mktemp("numbers") / "numbers.toml"
    value: Any = Numbers(low=low, ratio=ratio)
    SettingsFile(path, Numbers).write(value)
    found = SettingsFile(path, Numbers).read()[0]
    assert found == value
    assert math.copysign(1, found.ratio) == math.copysign(1, ratio) or ratio == 0


def test_two_windows_keep_what_each_of_them_changed(tmp_path: Path) -> None:
    settings_file(tmp_path).write(Settings().with_recent(Path("/old")))
    first, second = settings_file(tmp_path), settings_file(tmp_path)
    one, other = first.read()[0], second.read()[0]
    one = replace(one.with_recent(Path("/first")), theme=Theme.DARK)
    first.write(one)
    second.write(replace(other.with_recent(Path("/second")), prefetch=5))
    first.write(replace(one, brush_radius_px=3.0))
    found = settings_file(tmp_path).read()[0]
    assert (found.theme, found.prefetch, found.brush_radius_px) == (Theme.DARK, 5, 3.0)
    assert set(found.recent) == {Path("/first"), Path("/second"), Path("/old")}


SPEED = ModelSpeed("id", "cpu", "torch", "float32", "/m/a.pt", "7 9", 1800.5, 90.0)


def test_what_was_measured_of_models_outlives_the_program(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    chosen = Settings().with_speed(SPEED).with_model_used("/m/a b 模.pt", tmp_path)
    SettingsFile(path, Settings).write(chosen)
    read, problems = SettingsFile(path, Settings).read()
    assert (read, problems) == (chosen, ())
    assert read.speed_of("/m/a.pt", "7 9") == SPEED
    assert read.speed_of("/m/a.pt", "8 9") is None
    assert read.model_in(tmp_path) == "/m/a b 模.pt"
    assert read.models_used == ("/m/a b 模.pt",)


@pytest.mark.parametrize("took", ["-1.0", "nan", "inf", '"quick"'])
def test_times_that_cannot_be_are_none(tmp_path: Path, took: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(
        '[[model_speeds]]\nidentity = "a"\ndevice = "cpu"\nruntime = "torch"\n'
        f'precision = "float32"\nsource = "a"\nstamp = ""\nembed_ms = {took}\n'
    )
    read, problems = SettingsFile(path, Settings).read()
    assert read == Settings()
    assert "model_speeds" in problems[0].what


def test_a_model_on_two_devices_has_two_speeds_and_the_newest_is_told() -> None:
    gpu = replace(SPEED, device="cuda", embed_ms=40.0)
    chosen = Settings().with_speed(SPEED).with_speed(gpu)
    assert chosen.model_speeds == (gpu, SPEED)
    again = replace(SPEED, embed_ms=1700.0)
    assert chosen.with_speed(again).model_speeds == (again, gpu)
    assert chosen.speed_with(replace(SPEED, embed_ms=0.0)) == SPEED
