"""Seconds of work: pauses are cut off, and today's figures outlive the program."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app import __version__
from app.core.document import Evidence, Source
from app.core.mask import Mask
from app.session.mask.stopwatch import IDLE_S, Pace, Stopwatch
from app.session.pace import PaceKeeper
from app.storage.daylog import DayLog
from tests.session.conftest import Bench
from tests.stand_ins import FakeClock


def test_a_pause_counts_up_to_a_few_seconds() -> None:
    clock = FakeClock()
    watch = Stopwatch(clock)
    watch.touch()
    for pause in (3.0, 1000.0, 2.0):
        clock.pass_(pause)
        watch.touch()
    assert watch.active_s == 3 + IDLE_S + 2
    clock.pass_(500)
    assert watch.active_s == 3 + IDLE_S + 2 + IDLE_S


def test_work_goes_on_from_what_was_counted_before() -> None:
    clock = FakeClock()
    watch = Stopwatch(clock)
    watch.restart(7.5)
    clock.pass_(5)
    assert watch.active_s == 7.5
    watch.touch()
    clock.pass_(2)
    assert watch.active_s == 9.5


def test_no_mask_has_no_pace() -> None:
    assert Pace().seconds_per_mask is None


def disc(left: int) -> Mask:
    return Mask.from_window(np.ones((4, 4), np.bool_), left, 0, 48, 64)


def test_seconds_per_mask_are_those_of_this_image_and_of_today(
    bench: Bench, tmp_path: Path
) -> None:
    bench.show(0)
    log = DayLog(tmp_path)
    pace = PaceKeeper(bench.session, bench.context.io_threads, log, bench.context)
    bench.session.add(disc(0), Evidence(active_s=4.0))
    bench.session.add(disc(10), Evidence(active_s=8.0))
    # What nobody worked on has no share in it.
    bench.session.add(disc(20), Evidence(active_s=9.0), Source.AUTOMATIC)
    bench.show(1)
    bench.session.add(disc(0), Evidence(active_s=3.0), Source.MANUAL)
    assert pace.image.seconds_per_mask == 3.0
    assert pace.today.seconds_per_mask == 5.0
    bench.session.undo()
    bench.session.redo()
    assert pace.today.masks == 3
    later = DayLog(tmp_path)
    bench.wait(lambda: later.on(pace._day).masks == 3)
    again = PaceKeeper(bench.session, bench.context.io_threads, later, bench.context)
    bench.wait(lambda: again.today.masks == 3)
    assert again.today.seconds_per_mask == 5.0


def test_every_mask_tells_how_it_came_to_be(bench: Bench) -> None:
    bench.ready().mask_editor.click(30, 20)
    bench.answered()
    bench.mask_editor.choose(1)
    bench.answered()
    bench.mask_editor.paint([(1.0, 1.0)], 2.0)
    bench.mask_editor.paint([(30.0, 20.0)], 1.0, erase=True)
    assert bench.mask_editor.accept() == 1
    document = bench.session.document
    assert document is not None
    evidence = document.annotation(1).evidence
    assert evidence.candidate == 1
    assert evidence.predicted_iou == pytest.approx(0.8)
    assert evidence.stability_score is not None
    assert evidence.brush_added_px > 0
    assert evidence.brush_removed_px > 0
    assert evidence.proposal_iou is not None
    assert 0 < evidence.proposal_iou < 1
    assert (evidence.model, evidence.model_identity) == ("fake", "fake-1")
    assert evidence.app_version == __version__
    assert evidence.created is not None


def test_a_mask_that_was_taken_back_is_not_counted_until_it_is_done_again(
    bench: Bench, tmp_path: Path
) -> None:
    bench.show(0)
    log = DayLog(tmp_path)
    pace = PaceKeeper(bench.session, bench.context.io_threads, log, bench.context)
    bench.session.add(disc(0), Evidence(active_s=4.0))
    kept = bench.session.add(disc(10), Evidence(active_s=8.0))
    bench.session.undo()
    assert (pace.today.masks, pace.today.seconds) == (1, 4.0)
    bench.wait(lambda: log.on(pace._day).masks == 1)
    bench.session.redo()
    assert (pace.today.masks, pace.today.seconds) == (2, 12.0)
    # Deleting it does not undo the work.
    assert kept is not None
    bench.session.delete([kept])
    assert pace.today.masks == 2
    bench.session.undo()
    assert pace.today.masks == 2
    bench.wait(lambda: log.on(pace._day).masks == 2)
