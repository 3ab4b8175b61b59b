"""A server that goes away takes nothing along, is not replaced unasked, and is taken up again."""

from __future__ import annotations

import pytest

from app.core.errors import Problem
from app.inference.questions import Choice, served_choice, title_of
from app.session.model.server_watch import FIRST_MS, LONGEST_MS, ServerWatch
from model.interface import Model, ServerError, ServerGoneError
from tests.session.conftest import Bench

SERVER = served_choice("gpu:8765")


def gone() -> ServerGoneError:
    return ServerGoneError("{server} does not answer", "http://gpu:8765")


@pytest.fixture
def away(bench: Bench) -> Bench:
    """The first image is ready, the second one is not: the server is away."""
    bench.ready()
    bench.host.use_model(SERVER)
    bench.wait(lambda: bench.host.embedding_state == "ready" and bench.host.idle)
    bench.model.failures = [gone()]
    bench.show(1)
    bench.wait(lambda: bench.host.embedding_state == "failed")
    return bench


def test_an_image_that_waits_is_prepared_once_the_server_is_back(away: Bench) -> None:
    assert (away.host.state, away.host.server.away) == ("ready", True)
    assert away.host.choice == SERVER
    away.host.server.again.emit()
    away.wait(lambda: away.host.embedding_state == "ready")
    assert not away.host.server.away


def test_images_prepared_before_are_ready_while_the_server_is_away(away: Bench) -> None:
    embeds = away.model.embeds
    away.show(0)
    away.wait(lambda: away.host.embedding_state == "ready")
    assert away.model.embeds == embeds
    assert away.host.server.away


def test_an_absence_is_told_once_however_often_it_is_asked(away: Bench) -> None:
    told: list[Problem] = []
    away.host.problem.connect(told.append)
    for number in (2, 3, 2):
        away.model.failures = [gone()]
        away.show(number)
        away.wait(lambda: away.host.embedding_state == "failed" and away.host.idle)
    assert told == []


def test_a_server_that_cannot_be_reached_at_the_start_is_not_replaced_unasked(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.load()
    reachable: list[bool] = []

    def load(choice: Choice) -> Model:
        if choice.served and not reachable:
            raise gone()
        return bench.model

    monkeypatch.setattr(bench.host._engine._models, "_load", load)
    bench.host.use_model(SERVER)
    bench.wait(lambda: bench.host.state == "failed")
    assert bench.host.choice == SERVER
    assert bench.host.server.away
    reachable.append(True)
    bench.host.server.again.emit()
    bench.wait(lambda: bench.host.state == "ready" and not bench.host.server.away)


def test_a_person_may_use_the_built_in_model_instead(away: Bench) -> None:
    away.host.use_model(Choice())
    away.wait(lambda: away.host.embedding_state == "ready")
    assert not away.host.server.away


def test_what_does_not_pass_is_not_waited_for(bench: Bench) -> None:
    bench.ready()
    bench.host.use_model(SERVER)
    bench.wait(lambda: bench.host.embedding_state == "ready" and bench.host.idle)
    told: list[Problem] = []
    bench.host.problem.connect(told.append)
    bench.model.failures = [ServerError("{server} does not know this token: check the token", "x")]
    bench.show(1)
    bench.wait(lambda: bench.host.embedding_state == "failed")
    assert not bench.host.server.away
    assert "does not know this token" in told[0].what


def test_a_server_is_asked_less_and_less_often(bench: Bench) -> None:
    watch, waits = ServerWatch(bench.context), []
    for _ in range(6):
        watch.failed(Problem("it is away", "", gone()))
        waits.append(watch._timer.interval())
        watch._timer.stop()
    assert waits[0] == FIRST_MS
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_MS
    watch.well()
    assert not watch.away


def test_a_server_is_called_by_its_address_and_a_file_by_its_name() -> None:
    assert title_of("http://gpu:8765") == "Server gpu:8765"
    assert title_of("folder/sam.pth") == "sam.pth"
