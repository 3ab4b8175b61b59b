"""Two models stay in memory where it allows; never two of one file, and never one too many."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from app.inference.loaded_models import IMAGE_BYTES, LoadedModels
from app.inference.memory import Memory
from app.inference.questions import Choice
from model.interface import Model, ModelError
from tests.stand_ins import FakeModel

PLENTY = Memory(64 << 30, 64 << 30)
LITTLE = Memory(IMAGE_BYTES // 2, 4 << 30)
ONE, TWO, THREE = (Choice(f"{name}.pth", name) for name in ("one", "two", "three"))


class CountingLoader:
    """Loads models, and knows which of them are alive."""

    def __init__(self) -> None:
        self.alive: weakref.WeakValueDictionary[str, FakeModel] = weakref.WeakValueDictionary()
        self.loads: list[str] = []
        self.failures: list[Exception] = []
        self.seen: list[list[str]] = []

    def __call__(self, choice: Choice) -> Model:
        gc.collect()
        self.seen.append(sorted(self.alive))
        self.loads.append(choice.title)
        if self.failures:
            raise self.failures.pop(0)
        model = FakeModel(identity=choice.title)
        self.alive[choice.title] = model
        return model


@pytest.fixture
def loader() -> CountingLoader:
    return CountingLoader()


def test_the_model_before_is_kept_where_there_is_room(loader: CountingLoader) -> None:
    models = LoadedModels(loader, lambda: PLENTY)
    for choice in (ONE, TWO, ONE, TWO):
        assert models.use(choice).identity == choice.title
    assert loader.loads == ["one", "two"]
    assert (models.beside, models.let_go) == (ONE, None)


def test_a_third_model_takes_the_place_of_the_oldest_before_it_is_loaded(
    loader: CountingLoader,
) -> None:
    models = LoadedModels(loader, lambda: PLENTY)
    for choice in (ONE, TWO, ONE, THREE):
        models.use(choice)
    assert loader.seen[-1] == ["one"]
    assert models.beside == ONE


def no_idea() -> Memory:
    raise OSError("the memory cannot be told")


@pytest.mark.parametrize("memory", [lambda: LITTLE, no_idea])
def test_where_memory_is_short_the_old_model_goes_before_the_new_one_comes(
    loader: CountingLoader, memory: Callable[[], Memory]
) -> None:
    models = LoadedModels(loader, memory)
    models.use(ONE)
    models.use(TWO)
    assert loader.seen == [[], []]
    assert (models.beside, models.let_go) == (None, ONE)
    assert models.use(ONE).identity == "one"
    assert loader.loads == ["one", "two", "one"]


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("CUDA out of memory. Tried to")])
def test_a_model_that_finds_no_room_beside_another_is_tried_alone(
    loader: CountingLoader, error: Exception
) -> None:
    models = LoadedModels(loader, lambda: PLENTY)
    models.use(ONE)
    loader.failures = [error]
    models.use(TWO)
    assert loader.seen[-2:] == [["one"], []]
    assert (models.beside, models.let_go) == (None, ONE)


def test_a_file_that_does_not_load_leaves_what_was_in_use(loader: CountingLoader) -> None:
    models = LoadedModels(loader, lambda: PLENTY)
    models.use(ONE)
    loader.failures = [ModelError("it is a web page")]
    with pytest.raises(ModelError):
        models.use(TWO)
    models.use(ONE)
    assert loader.loads == ["one", "two"]


def test_one_model_is_not_kept_on_two_devices(loader: CountingLoader) -> None:
    models = LoadedModels(loader, lambda: PLENTY)
    models.use(ONE)
    models.use(Choice("one.pth", "one", "cpu"))
    assert loader.seen[-1] == []
    assert models.beside is None


def test_a_file_that_was_replaced_is_loaded_anew(loader: CountingLoader, tmp_path: Path) -> None:
    file = tmp_path / "own.pth"
    file.write_bytes(b"weights")
    own = Choice(str(file), "own")
    models = LoadedModels(loader, lambda: PLENTY)
    for choice in (own, ONE, own):
        models.use(choice)
    file.write_bytes(b"trained further")
    models.use(ONE)
    models.use(own)
    assert loader.loads == ["own", "one", "own"]


def test_a_large_file_needs_more_room_than_a_small_one(
    loader: CountingLoader, tmp_path: Path
) -> None:
    small, large = tmp_path / "small.pth", tmp_path / "large.pth"
    small.write_bytes(b"weights")
    with large.open("wb") as file:
        file.truncate(6 << 30)
    models = LoadedModels(loader, lambda: Memory(8 << 30, 16 << 30))
    models.use(Choice(str(small), "small"))
    models.use(ONE)
    assert models.beside is not None
    models.use(Choice(str(large), "large"))
    assert models.beside is None


def test_what_is_kept_goes_when_memory_gets_scarce(loader: CountingLoader) -> None:
    models = LoadedModels(loader, lambda: PLENTY)
    models.use(ONE)
    models.use(TWO)
    models.give_way()
    gc.collect()
    assert sorted(loader.alive) == ["two"]
    assert (models.beside, models.let_go) == (None, ONE)
