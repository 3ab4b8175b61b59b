"""The log of masks made: exact, and not upset by what it cannot read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.core.errors import Problem
from app.storage.daylog import Day, DayLog, Made

TODAY = date(2026, 3, 31)


def made(moment: str = "2026-03-31T09:00:00+02:00", seconds: float = 10.0) -> Made:
    return Made(moment, seconds, clicks=2)


def test_without_a_log_nothing_was_made(tmp_path: Path) -> None:
    assert DayLog(tmp_path / "days").on(TODAY) == Day(0, 0.0)
    assert Day().seconds_per_mask is None
    assert not (tmp_path / "days").exists()


def test_each_day_counts_its_own(tmp_path: Path) -> None:
    log = DayLog(tmp_path / "days")
    log.add(made(seconds=10))
    log.add(made("2026-03-31T23:59:59+02:00", 20))
    log.add(made("2026-04-01T00:00:00+02:00", 40))
    assert DayLog(tmp_path / "days").on(TODAY) == Day(2, 30.0)
    assert log.on(TODAY).seconds_per_mask == 15.0
    assert log.on(date(2026, 4, 1)) == Day(1, 40.0)


def test_a_line_cut_short_costs_itself_alone(tmp_path: Path) -> None:
    log = DayLog(tmp_path)
    log.add(made())
    path = tmp_path / "2026-03.jsonl"
    path.write_bytes(path.read_bytes()[:-9])
    log.add(made(seconds=3))
    assert log.on(TODAY) == Day(1, 3.0)


def test_nonsense_is_passed_over(tmp_path: Path) -> None:
    log = DayLog(tmp_path)
    nonsense = b'\xff\xfe\n{}\n[1]\n{"moment": "2026-03-31", "active_s": -5}\n\n' + b"[" * 9999
    (tmp_path / "2026-03.jsonl").write_bytes(nonsense)
    log.add(made(seconds=4))
    assert log.on(TODAY) == Day(1, 4.0)


def test_a_folder_that_refuses_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "days").write_bytes(b"in the way")
    with pytest.raises(Problem):
        DayLog(tmp_path / "days").add(made())
    assert DayLog(tmp_path / "days").on(TODAY) == Day()
