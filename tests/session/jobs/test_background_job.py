"""What every background job has: progress, an end, being stopped, failing, being replaced."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.core.errors import Problem
from app.session.jobs.background_job import AT_ONCE, BackgroundJob, JobContext, Report
from app.storage.places import Places
from tests.desk import Desk, make_images


class Work:
    """A job that waits to be let go on, and what it told."""

    def __init__(self, desk: Desk) -> None:
        parts = desk.context
        context = JobContext(desk.session, desk.navigator, parts.io_threads, desk.context.saver)
        self.job = BackgroundJob(context, parts)
        self.desk, self.told = desk, list[object]()
        self.go, self.begun = threading.Event(), threading.Event()
        self.job.progress.connect(lambda done, total: self.told.append((done, total)))
        self.job.failed.connect(lambda problem: self.told.append(problem.what))
        self.job.stopped.connect(lambda: self.told.append("stopped"))

    def ask(self, answer: str = "done", fault: Exception | None = None) -> None:
        def work(report: Report) -> str:
            report(1, 2)
            self.begun.set()
            self.go.wait(10)
            report(2, 2)
            if fault is not None:
                raise fault
            return answer

        self.job.ask(work, self.told.append)

    def ended(self) -> list[object]:
        self.go.set()
        self.desk.wait(lambda: not self.job.running)
        return self.told


@pytest.fixture
def work(qtbot: QtBot, tmp_path: Path) -> Iterator[Work]:
    make_images(tmp_path / "pictures", 1)
    desk = Desk(qtbot, Places.below(tmp_path / "user")).open(tmp_path / "pictures")
    yield Work(desk)
    desk.close()


def test_progress_is_told_before_the_end(work: Work) -> None:
    work.ask()
    assert work.job.running
    assert work.ended() == [(1, 2), (2, 2), "done"]


def test_what_is_stopped_says_so_and_brings_nothing(work: Work) -> None:
    work.ask()
    assert work.begun.wait(10)
    work.job.stop()
    assert work.ended()[-1] == "stopped"
    assert "done" not in work.told


@pytest.mark.parametrize("fault", [Problem("no disk"), RuntimeError("no disk")])
def test_a_failure_is_told_and_ends_it(work: Work, fault: Exception) -> None:
    work.ask(fault=fault)
    assert work.ended()[-1] == "no disk"


def test_of_two_wishes_only_the_newest_is_answered(work: Work) -> None:
    work.ask("first")
    assert work.begun.wait(10)
    work.ask("second")
    assert work.ended()[-1] == "second"
    assert not {"first", "stopped"} & {each for each in work.told if isinstance(each, str)}


def test_another_folder_ends_it_silently(work: Work, tmp_path: Path) -> None:
    work.ask()
    assert work.begun.wait(10)
    make_images(tmp_path / "other", 1)
    work.desk.navigator.open_folder(tmp_path / "other")
    work.desk.wait(lambda: not work.job.running)
    work.go.set()
    work.desk.wait(lambda: work.desk.session.image_path == tmp_path / "other" / "0.png")
    assert {"done", "stopped"}.isdisjoint(each for each in work.told if isinstance(each, str))


def test_what_is_not_saved_yet_is_no_ground_to_read_from(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work.desk.context.saver, "flush", lambda timeout_s: False)

    def read(report: Report) -> None:
        work.job.saved()

    work.job.ask(read, work.told.append)
    assert work.ended() == ["Some objects are not saved yet."]


def test_a_pass_holds_few_images_at_a_time_and_ends_once(work: Work) -> None:
    read: list[int] = []
    most: list[int] = []

    def change(item: int, found: int) -> None:
        assert found == -item
        most.append(len(read) - len(most))

    def look(item: int) -> int:
        read.append(item)
        return -item

    items = [*range(2 * AT_ONCE + 1)]
    work.job.go_through(items, look, change, lambda: work.told.append("through"))
    work.desk.wait(lambda: "through" in work.told)
    assert read == items
    assert max(most) <= AT_ONCE
    assert work.told == [(each, 51) for each in (0, 25, 50, 51)] + ["through"]
    assert not work.job.running
