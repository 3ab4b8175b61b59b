"""Questions are answered; a device that fails costs speed, not work; nonsense is not shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.core.errors import Problem
from app.core.mask import Mask
from app.core.picture import Picture, key_of
from app.core.prompt import Box, Point, Prompt
from app.inference import questions as q
from app.inference.cache import EmbeddingCache
from app.inference.engine import Engine
from app.inference.memory import Memory
from model.interface import (
    Cancelled,
    Embedding,
    Float,
    LazyPaddingLogits,
    Model,
    ModelError,
    Prediction,
)
from model.interface import Prompt as ModelPrompt
from tests.stand_ins import FakeModel

HEIGHT, WIDTH = 48, 64


def never() -> bool:
    return False


def picture(shade: int = 7) -> Picture:
    pixels = np.full((HEIGHT, WIDTH, 3), shade, np.uint8)
    return Picture(pixels, key_of(bytes([shade])), Path(f"{shade}.png"))


class Loader:
    """Hands out the model for the GPU, then the one for the CPU; notes what was wanted."""

    def __init__(self, gpu: FakeModel) -> None:
        self.gpu = gpu
        self.cpu = FakeModel()
        self.choices: list[q.Choice] = []

    def __call__(self, choice: q.Choice) -> Model:
        self.choices.append(choice)
        return self.cpu if choice.device == "cpu" else self.gpu


def engine_with(model: FakeModel, **arguments: object) -> Engine:
    engine = Engine(load=lambda choice: model, **arguments)  # type: ignore[arg-type]
    engine.answer(q.Load(q.Choice()), never)
    return engine


def embedded(engine: Engine, image: Picture) -> Embedding:
    reply = engine.answer(q.Embed(image), never)
    assert isinstance(reply, q.Embedded)
    return reply.embedding


def asked(engine: Engine, embedding: Embedding, prompt: Prompt) -> q.Answer:
    ticket = q.Ticket("image", "fake-1", 1)
    reply = engine.answer(q.Predict(ticket, embedding, prompt), never)
    assert isinstance(reply, q.Answer)
    return reply


def test_a_click_is_answered_with_three_candidates_and_the_best_at_full_size() -> None:
    engine = engine_with(FakeModel())
    answer = asked(engine, embedded(engine, picture()), Prompt.of(Point(32, 24)))
    assert len(answer.prediction.predicted_iou) == 3
    assert answer.chosen == 0
    assert answer.mask.size == (HEIGHT, WIDTH)
    # All but a pixel or two of the outline, which follows the image.
    assert answer.mask.iou(Mask.from_array(answer.prediction.mask(0))) > 0.9


def test_a_box_is_answered_with_one_mask_inside_it() -> None:
    engine = engine_with(FakeModel())
    answer = asked(engine, embedded(engine, picture()), Prompt.of(box=Box(8, 8, 40, 40)))
    assert len(answer.prediction.predicted_iou) == 1
    assert answer.mask.bounds is not None
    assert min(answer.mask.bounds[:2]) >= 6
    assert max(answer.mask.bounds[2:]) <= 42


def test_a_picture_is_embedded_once() -> None:
    model = FakeModel()
    engine = engine_with(model)
    origins = [engine.answer(q.Embed(picture()), never) for _ in range(2)]
    assert model.embeds == 1
    assert [each.origin for each in origins if isinstance(each, q.Embedded)] == [
        "computed",
        "memory",
    ]


def test_another_picture_or_model_is_another_embedding() -> None:
    memory = EmbeddingCache()
    first, second = FakeModel(), FakeModel(identity="fake-2")
    engine_a, engine_b = engine_with(first, memory=memory), engine_with(second, memory=memory)
    for engine in (engine_a, engine_b):
        embedded(engine, picture(1))
        embedded(engine, picture(2))
    assert first.embeds == second.embeds == 2


def test_an_embedding_on_disk_is_used() -> None:
    kept = embedded(engine_with(FakeModel()), picture())

    class Store:
        def get(self, key: str, identity: str) -> Embedding | None:
            return kept if (key, identity) == (picture().key, "fake-1") else None

        def put(self, key: str, embedding: Embedding) -> None:
            raise AssertionError("the engine does not write")

    model = FakeModel()
    reply = engine_with(model, store=Store()).answer(q.Embed(picture()), never)
    assert isinstance(reply, q.Embedded)
    assert reply.origin == "disk"
    assert model.embeds == 0


def test_a_gpu_that_fails_is_left_for_the_cpu_and_the_report_says_why() -> None:
    gpu = FakeModel(device="cuda", failures=[RuntimeError("CUDA out of memory")])
    loader = Loader(gpu)
    engine = Engine(loader)
    engine.answer(q.Load(q.Choice(device="auto")), never)
    reply = engine.answer(q.Embed(picture()), never)
    assert isinstance(reply, q.Embedded)
    assert reply.report.device == "cpu"
    assert "cuda failed (CUDA out of memory)" in reply.report.reason
    assert [choice.device for choice in loader.choices] == ["auto", "cpu"]


def test_what_the_gpu_embedded_still_serves_on_the_cpu() -> None:
    gpu = FakeModel(device="cuda")
    loader = Loader(gpu)
    engine = Engine(loader)
    engine.answer(q.Load(q.Choice()), never)
    embedding = embedded(engine, picture())
    gpu.failures.append(RuntimeError("device lost"))
    answer = asked(engine, embedding, Prompt.of(Point(30, 20)))
    assert answer.report.device == "cpu"
    assert answer.mask.area
    assert loader.cpu.embeds == 0


def test_a_failure_on_the_cpu_is_a_problem_with_advice() -> None:
    engine = engine_with(FakeModel(failures=[MemoryError("no memory")]))
    with pytest.raises(Problem, match="no memory") as problem:
        engine.answer(q.Embed(picture()), never)
    assert "smaller model" in problem.value.advice


def test_giving_up_is_not_a_failure_of_the_device() -> None:
    model = FakeModel(device="cuda", hold=True)
    loader = Loader(model)
    engine = Engine(loader)
    engine.answer(q.Load(q.Choice()), never)
    with pytest.raises(Cancelled):
        engine.answer(q.Embed(picture()), lambda: True)
    assert len(loader.choices) == 1


def test_a_click_beside_the_image_is_a_problem_and_one_a_little_beside_it_is_answered() -> None:
    engine = engine_with(FakeModel())
    embedding = embedded(engine, picture())
    assert asked(engine, embedding, Prompt.of(Point(-0.3, 24))).mask.contains(0, 24)
    with pytest.raises(Problem, match="outside the image"):
        asked(engine, embedding, Prompt.of(Point(-30, 24)))
    far = Prompt.of(Point(30, 24), Point(-30, 24, positive=False))
    assert asked(engine, embedding, far).mask.contains(30, 24)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_a_problem(bad: float) -> None:
    class Nonsense(FakeModel):
        def decode(self, *arguments: object, **named: object):  # type: ignore[no-untyped-def]
            found = super().decode(*arguments, **named)  # type: ignore[arg-type]
            logits = found.logits.copy()
            logits[0, 0, 0] = bad
            return replace(found, shown=logits)

    engine = engine_with(Nonsense())
    embedding = embedded(engine, picture())
    with pytest.raises(Problem, match="not finite"):
        asked(engine, embedding, Prompt.of(Point(3, 3)))


def test_a_model_that_does_not_load_is_a_problem_and_leaves_none() -> None:
    def refuse(choice: q.Choice) -> Model:
        raise ModelError("this is a web page, not a checkpoint")

    engine = Engine(refuse)
    with pytest.raises(Problem, match="web page"):
        engine.answer(q.Load(q.Choice(title="mine")), never)
    with pytest.raises(Problem, match="No model"):
        engine.answer(q.Embed(picture()), never)


def test_a_mask_can_be_what_is_asked_about() -> None:
    model = FakeModel()
    engine = engine_with(model)
    pixels = np.zeros((HEIGHT, WIDTH), np.bool_)
    pixels[10:30, 20:50] = True
    mask = Mask.from_array(pixels)
    ticket = q.Ticket("image", "fake-1", 1)
    question = q.Predict(ticket, embedded(engine, picture()), Prompt(), mask)
    answer = engine.answer(question, never)
    assert isinstance(answer, q.Answer)
    assert answer.mask.iou(mask) > 0.8
    assert model.prompts[-1].logits is not None


def test_a_model_without_a_place_for_a_mask_is_asked_with_a_box_around_it() -> None:
    model = FakeModel(takes_logits=False)
    engine = engine_with(model)
    pixels = np.zeros((HEIGHT, WIDTH), np.bool_)
    pixels[10:30, 20:50] = True
    mask, view = Mask.from_array(pixels), embedded(engine, picture())
    ticket = q.Ticket("image", "fake-1", 1)
    prompt = Prompt.of(Point(55, 20), Point(25, 35, positive=False))
    answer = engine.answer(q.Predict(ticket, view, prompt, mask), never)
    assert isinstance(answer, q.Answer)
    told = model.prompts[-1]
    assert told.box is not None
    assert (told.logits, told.box.tolist()) == (None, [20, 10, 55, 30])
    assert told.labels.tolist() == [1, 0]
    # After an answer its clicks are asked again, which the prompt holds.
    further = prompt.with_point(Point(40, 20))
    engine.answer(q.Predict(ticket, view, further, answer), never)
    assert (model.prompts[-1].box, len(model.prompts[-1].points)) == (None, 3)


def test_a_hover_is_answered_coarsely_but_in_its_place() -> None:
    engine = engine_with(FakeModel())
    embedding = embedded(engine, picture())
    ticket = q.Ticket("image", "fake-1", 1)
    preview = engine.answer(q.Hover(ticket, embedding, Point(32, 24), longest=8), never)
    assert isinstance(preview, q.HoverPreview)
    full = asked(engine, embedding, Prompt.of(Point(32, 24))).mask
    assert max(preview.pixels.shape) <= 8
    assert full.bounds is not None
    x0, y0, x1, y1 = full.bounds
    assert preview.x0 <= x0
    assert preview.y0 <= y0
    assert preview.x1 >= x1
    assert preview.y1 >= y1
    cell = (preview.x1 - preview.x0) * (preview.y1 - preview.y0) / preview.pixels.size
    assert preview.pixels.sum() * cell == pytest.approx(full.area, rel=0.2)


def test_a_job_works_with_the_model() -> None:
    engine = engine_with(FakeModel())
    reply = engine.answer(q.Job("name it", lambda model, cancelled: model.variant), never)
    assert reply == q.Done("fake")


def test_a_click_where_the_mouse_already_was_costs_no_second_answer() -> None:
    model = FakeModel()
    engine = engine_with(model)
    embedding, place = embedded(engine, picture()), Point(32, 24)
    fresh = asked(engine, embedding, Prompt.of(place))
    engine.answer(q.Hover(q.Ticket("image", "fake-1", 1), embedding, place), never)
    decoded = len(model.prompts)
    again = asked(engine, embedding, Prompt.of(place))
    assert len(model.prompts) == decoded
    assert again.mask == fresh.mask
    asked(engine, embedding, Prompt.of(Point(33, 24)))
    asked(engine, embedded(engine, picture(9)), Prompt.of(place))
    assert len(model.prompts) == decoded + 2


def looked_at_again(model: FakeModel) -> tuple[Engine, q.LookAgain]:
    """An engine with an answer to a click, and what asks for a second look at it."""
    engine = engine_with(model)
    image = picture()
    first = asked(engine, embedded(engine, image), Prompt.of(Point(32, 24)))
    near = model.embed(image.pixels, None, (16, 8, 48, 40))
    ticket = q.Ticket("image", "fake-1", 1)
    return engine, q.LookAgain(ticket, Prompt.of(Point(32, 24)), first, {first.chosen: near})


def test_clicks_are_answered_between_the_steps_of_a_second_look_and_change_nothing_of_it() -> None:
    model = FakeModel()
    engine, look = looked_at_again(model)
    alone = engine.answer(look, never)
    click = Prompt.of(Point(5, 5))
    masks: list[Mask] = []

    def let_through() -> bool:
        masks.append(asked(engine, embedded(engine, picture()), click).mask)
        return False

    beside = engine.answer(look, let_through)
    assert isinstance(alone, q.Answer)
    assert isinstance(beside, q.Answer)
    assert beside.closer is not None
    assert beside.mask == alone.mask
    assert len(masks) == 2
    assert all(mask.contains(5, 5) for mask in masks)


@pytest.mark.parametrize("steps", [0, 1])
def test_a_second_look_nobody_waits_for_ends_after_its_step(steps: int) -> None:
    model = FakeModel()
    engine, look = looked_at_again(model)
    decoded = len(model.prompts)
    wanted = iter([False] * steps + [True])
    with pytest.raises(Cancelled):
        engine.answer(look, lambda: next(wanted))
    assert len(model.prompts) == decoded + steps


def test_embeddings_are_held_within_a_bound_and_given_up_where_memory_is_scarce() -> None:
    model, scarce = FakeModel(), [False]
    first = model.embed(np.zeros((8, 8, 3), np.uint8))
    memory = EmbeddingCache(first.size_bytes * 3, lambda: scarce[0])
    for key in "abcd":
        memory.put(key, first)
    assert memory.size_bytes == 3 * first.size_bytes
    assert memory.get("a", model.identity) is None
    scarce[0] = True
    memory.put("e", first)
    assert memory.size_bytes == first.size_bytes
    assert memory.get("e", model.identity) is first


def test_a_mask_stands_for_its_logits_where_those_cannot_be_made(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(shown: object) -> Float:
        raise ModelError("no memory")

    class Halved(FakeModel):
        def decode(
            self, embedding: Embedding, prompt: ModelPrompt, multimask: bool | None = None
        ) -> Prediction:
            found = super().decode(embedding, prompt, multimask)
            return replace(found, rest=LazyPaddingLogits(self.logits_size[0], fails))

    model = Halved()
    engine = engine_with(model)
    embedding = embedded(engine, picture())
    first = asked(engine, embedding, Prompt.of(Point(30, 20)))
    ticket = q.Ticket("image", "fake-1", 2)
    prompt = Prompt.of(Point(30, 20)).with_point(Point(50, 40))
    second = engine.answer(q.Predict(ticket, embedding, prompt, first), never)
    assert isinstance(second, q.Answer)
    assert model.prompts[-1].logits is not None
    assert second.mask.contains(30, 20)
    assert "no memory" in caplog.text


def test_a_model_kept_beside_another_goes_when_memory_gets_scarce() -> None:
    left = [64 << 30]
    engine = Engine(lambda choice: FakeModel(), system=lambda: Memory(left[0], 64 << 30))
    engine.answer(q.Load(q.Choice()), never)
    loaded = engine.answer(q.Load(q.Choice("other.pth")), never)
    assert isinstance(loaded, q.Loaded)
    assert loaded.beside == q.Choice()
    left[0] = 1 << 30
    reply = engine.answer(q.Embed(picture()), never)
    assert isinstance(reply, q.Embedded)
    assert reply.beside is None


def test_a_gpu_that_fails_is_freed_of_the_other_model_too() -> None:
    gpu = FakeModel(device="cuda", failures=[RuntimeError("CUDA out of memory")])
    engine = Engine(Loader(gpu), system=lambda: Memory(64 << 30, 64 << 30))
    engine.answer(q.Load(q.Choice("other.pth")), never)
    engine.answer(q.Load(q.Choice()), never)
    reply = engine.answer(q.Embed(picture()), never)
    assert isinstance(reply, q.Embedded)
    assert reply.report.device == "cpu"
    assert reply.beside is None
