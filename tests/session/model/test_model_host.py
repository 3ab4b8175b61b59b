"""The model's owner: what it prepares, what it gives up, what it tells."""

from __future__ import annotations

import pytest
import shiboken6
from PySide6.QtCore import QObject

from app.core.errors import Problem
from app.inference.questions import Choice, Job
from model.interface import Model
from model.terms import EDGE_SAM, Terms
from tests.session.conftest import Bench
from tests.stand_ins import FakeModel


@pytest.fixture
def problems(bench: Bench) -> list[Problem]:
    told: list[Problem] = []
    bench.host.problem.connect(told.append)
    return told


def test_leaving_an_image_ends_its_embedding(bench: Bench) -> None:
    bench.model.hold = True
    bench.load()
    bench.show(0)
    assert bench.model.started.acquire(timeout=30)
    bench.model.hold = False
    bench.show(1)
    bench.wait(lambda: bench.host.embedding_state == "ready")
    assert bench.host.embedding is not None
    assert bench.host.embedding.features["embedding"].mean() == 1


def test_an_image_made_ahead_is_ready_at_once(bench: Bench) -> None:
    bench.ready(0)
    ahead = bench.folder.opened(1).picture
    with bench.qtbot.waitSignal(bench.host.embedded):
        bench.host.prefetch(ahead)
    embeds = bench.model.embeds
    bench.show(1)
    bench.wait(lambda: bench.host.embedding_state == "ready")
    assert bench.model.embeds == embeds


def test_a_click_goes_before_what_is_made_ahead_which_is_made_later(bench: Bench) -> None:
    bench.ready(0)
    bench.model.hold = True
    while bench.model.started.acquire(blocking=False):
        pass
    bench.host.prefetch(bench.folder.opened(1).picture)
    assert bench.model.started.acquire(timeout=30)
    bench.mask_editor.click(30, 20)
    bench.answered()
    assert bench.mask_editor.mask is not None
    bench.model.hold = False
    with bench.qtbot.waitSignal(bench.host.embedded, timeout=30_000) as embedded:
        pass
    assert embedded.args == [bench.folder.opened(1).picture.key]


def test_a_mouse_move_does_not_stop_what_is_made_ahead(bench: Bench) -> None:
    bench.ready(0)
    bench.model.hold = True
    while bench.model.started.acquire(blocking=False):
        pass
    embeds = bench.model.embeds
    bench.host.prefetch(bench.folder.opened(1).picture)
    assert bench.model.started.acquire(timeout=30)
    with bench.qtbot.waitSignal(bench.host.embedded):
        bench.mask_editor.hover(30, 20)
        bench.model.release.set()
    assert bench.model.embeds == embeds + 1


def test_a_model_that_cannot_be_loaded_is_told_and_the_one_before_stays(
    bench: Bench, problems: list[Problem]
) -> None:
    over: list[Problem] = []
    bench.host.over.connect(over.append)
    bench.ready()
    bench.mask_editor.click(30, 20)
    bench.answered()
    mask, before = bench.mask_editor.mask, bench.host.choice
    bench.broken = {"bad.pth"}
    bench.host.use_model(Choice("bad.pth", "bad"))
    bench.wait(lambda: bench.host.choice == before)
    bench.wait(lambda: bench.host.embedding_state == "ready")
    assert bench.host.state == "ready"
    (told,) = problems
    assert "bad could not be loaded: this is a web page." in told.what
    assert told.advice == "Built-in is used; your work is not touched."
    assert bench.mask_editor.mask == mask
    bench.mask_editor.click(40, 30)
    bench.answered()
    assert bench.mask_editor.accept() == 1
    # Told until a model is loaded that was asked for.
    assert over == []
    bench.host.use_model(Choice(title="mine"))
    bench.wait(lambda: over == [told])


def test_what_could_not_be_loaded_is_not_tried_again_at_the_next_start(bench: Bench) -> None:
    bench.ready()
    bench.host.use_model(Choice("good.pth", "good"))
    bench.wait(lambda: bench.host.state == "ready")
    bench.context.preferences.set(model="bad.pth", device="cuda")
    bench.broken = {"bad.pth"}
    bench.host.use_model(Choice("bad.pth", "bad", "cuda"))
    bench.wait(lambda: bench.host.state == "ready")
    chosen = bench.context.preferences.value
    assert (chosen.model, chosen.device) == ("good.pth", "auto")


def test_a_model_of_last_time_that_is_gone_leaves_the_built_in_one(
    bench: Bench, problems: list[Problem]
) -> None:
    bench.broken = {"gone.pth"}
    bench.context.preferences.set(model="gone.pth")
    bench.show(0)
    bench.host.use_model(Choice("gone.pth", "gone"))
    bench.wait(lambda: bench.host.embedding_state == "ready")
    assert (bench.host.choice.source, len(problems)) == ("builtin", 1)
    # It may lie on a drive that is back the next time.
    assert bench.context.preferences.value.model == "gone.pth"


def test_where_no_model_loads_there_is_none_until_one_does(
    bench: Bench, problems: list[Problem]
) -> None:
    over: list[Problem] = []
    bench.host.over.connect(over.append)
    bench.broken = {"bad.pth", "builtin"}
    bench.show(0)
    bench.host.use_model(Choice("bad.pth", "bad"))
    bench.wait(lambda: bench.host.state == "failed")
    assert bench.host.embedding_state == "failed"
    assert over == []
    bench.broken = set()
    bench.host.use_model(Choice())
    bench.wait(lambda: bench.host.embedding_state == "ready")
    assert over == problems


def test_of_two_models_chosen_quickly_the_second_is_used(bench: Bench) -> None:
    bench.show(0)
    bench.host.use_model(Choice(title="first"))
    bench.model = FakeModel(identity="fake-2")
    bench.host.use_model(Choice("second.pth", "second"))
    bench.wait(lambda: bench.host.embedding_state == "ready")
    assert bench.host.identity == "fake-2"
    assert bench.host.title == "second"


def test_a_gpu_that_fails_is_told_once_and_the_work_goes_on(
    bench: Bench, problems: list[Problem]
) -> None:
    bench.model = FakeModel(device="cuda", failures=[RuntimeError("out of memory")])
    bench.cpu_model = FakeModel()
    bench.load()
    bench.show(0)
    bench.wait(lambda: bench.host.embedding_state == "ready")
    assert len(problems) == 1
    assert "out of memory" in str(problems[0])
    assert bench.host.report is not None
    assert bench.host.report.device == "cpu"
    bench.mask_editor.click(30, 20)
    bench.answered()
    assert bench.mask_editor.accept() == 1


def test_an_embedding_that_fails_is_told_and_hand_tools_still_work(
    bench: Bench, problems: list[Problem]
) -> None:
    bench.load()
    bench.model.failures.append(MemoryError("not enough"))
    bench.show(0)
    bench.wait(lambda: bench.host.embedding_state == "failed")
    assert "not enough" in str(problems[0])
    bench.mask_editor.paint([(10, 10)], 4)
    assert bench.mask_editor.accept() == 1


def test_a_job_gives_its_result_or_its_problem(bench: Bench) -> None:
    bench.ready(0)
    done: list[int] = []
    problems: list[Problem] = []
    bench.host.ask(Job("count", lambda model, stop: 7), done.append, problems.append)
    bench.wait(lambda: done == [7])

    def fail(model: Model, stop: object) -> None:
        raise RuntimeError("broken")

    told: list[None] = []
    bench.host.ask(Job("fail", fail), told.append, problems.append)
    bench.wait(lambda: bool(problems))
    assert "broken" in str(problems[0])
    assert (done, told) == ([7], [])


class Asker(QObject):
    """Asks the model for a number; ``heard`` outlives it."""

    def __init__(self, heard: list[int]) -> None:
        super().__init__()
        self.heard = heard

    def on_answered(self, number: int) -> None:
        self.heard.append(number)


def test_an_answer_comes_to_who_asked_and_to_nobody_who_is_no_more(bench: Bench) -> None:
    bench.ready(0)
    first, second = Asker([]), Asker([])

    def slowly(model: Model, stop: object) -> int:
        return 7 if bench.model.release.wait(30) else 0

    bench.host.ask(Job("one", slowly, serial=1), first.on_answered)
    bench.wait(lambda: bench.host.watchdog.running is not None)
    bench.host.ask(Job("another", lambda model, stop: 8, serial=2), second.on_answered)
    heard = first.heard
    shiboken6.delete(first)
    bench.model.release.set()
    bench.wait(lambda: second.heard == [8])
    assert heard == []


def test_a_question_that_is_overtaken_or_cancelled_is_not_answered(bench: Bench) -> None:
    bench.ready(0)
    heard: list[str] = []

    def job(name: str, *, waits: bool = False) -> Job[str]:
        def run(model: Model, stop: object) -> str:
            assert not waits or bench.model.release.wait(30)
            return name

        return Job(name, run, serial=1)

    def ask(asked: Job[str]) -> None:
        bench.host.ask(asked, heard.append, lambda problem: heard.append(str(problem)))

    running = job("cancelled while it ran", waits=True)
    ask(running)
    bench.wait(lambda: bench.host.watchdog.running is not None)
    ask(job("overtaken"))
    ask(job("newest"))
    bench.host.cancel(running)
    bench.model.release.set()
    bench.wait(lambda: bool(heard) and bench.host.idle)
    assert heard == ["newest"]


def test_times_of_the_last_embedding_and_click_are_known(bench: Bench) -> None:
    bench.ready(0).mask_editor.click(30, 20)
    bench.answered()
    assert bench.host.last_embed_ms is not None
    assert bench.host.last_click_ms is not None


def test_a_mask_is_there_before_anybody_hears_how_quick_the_model_was(bench: Bench) -> None:
    editor = bench.ready(0).mask_editor
    seen: list[bool] = []
    bench.host.clicked.connect(lambda seconds: seen.append(editor.can_accept))
    editor.click(30, 20)
    bench.answered()
    bench.wait(lambda: bool(seen))
    assert seen == [True]


def test_a_model_is_warmed_up_also_where_the_embedding_was_known(bench: Bench) -> None:
    bench.ready(0)
    bench.wait(lambda: bench.host.idle)
    decodes, embeds = decoded(bench), bench.model.embeds
    assert decodes
    bench.host.use_model(Choice(title="again"))
    bench.wait(lambda: bench.host.embedding_state == "ready" and bench.host.idle)
    assert bench.model.embeds == embeds
    assert decoded(bench) == 2 * decodes


def decoded(bench: Bench) -> int:
    return sum(event == "decode" for event, _ in bench.model.log)


def test_a_model_with_terms_waits_until_they_are_agreed_to(bench: Bench) -> None:
    bench.ready()
    asked: list[Terms] = []
    bench.host.terms_asked.connect(asked.append)
    bench.model.terms = EDGE_SAM
    bench.host.use_model(Choice(title="edge"))
    bench.wait(lambda: asked == [EDGE_SAM])
    assert (bench.host.state, bench.host.identity) == ("loading", "")
    bench.host.agree()
    bench.wait(lambda: bench.host.embedding_state == "ready")
    assert bench.host.choice == Choice(title="edge")


def test_terms_that_were_agreed_to_are_not_asked_about_again(bench: Bench) -> None:
    asked: list[Terms] = []
    bench.host.terms_asked.connect(asked.append)
    bench.context.preferences.set(agreed_terms=(EDGE_SAM.family,))
    bench.model.terms = EDGE_SAM
    bench.ready()
    assert asked == []


def test_where_terms_are_refused_the_model_of_before_is_used_and_kept(bench: Bench) -> None:
    bench.ready()
    before = bench.host.choice
    bench.model.terms = EDGE_SAM
    bench.context.preferences.set(model="edge.pth")
    with bench.qtbot.waitSignal(bench.host.terms_asked):
        bench.host.use_model(Choice("edge.pth", "edge"))
    bench.model.terms = None
    bench.host.refuse()
    bench.wait(lambda: bench.host.embedding_state == "ready")
    assert bench.host.choice == before
    assert bench.context.preferences.value.model == before.source
