"""Which model is used: the one of the folder, the one before, the one that can be loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.core.errors import Problem
from app.inference.questions import Choice
from model.interface import Model, ModelError
from tests.session.conftest import Bench
from tests.stand_ins import FakeModel, MemoryFolder


class ManyModels(Bench):
    """Each source is a model of its own."""

    def __post_init__(self) -> None:
        self.loads: list[str] = []
        self.made: dict[str, FakeModel] = {}
        super().__post_init__()
        self.models = self.context.models
        self.problems: list[Problem] = []
        self.host.problem.connect(self.problems.append)

    def load_model(self, choice: Choice) -> Model:
        self.loads.append(choice.source)
        if choice.source in self.broken:
            raise ModelError("there is no such file")
        return self.made.setdefault(choice.source, FakeModel(identity=f"of {choice.source}"))

    def use(self, source: str) -> None:
        self.models.use(self.models.choice_of(source))
        self.settled(source)

    def settled(self, source: str) -> None:
        self.wait(lambda: self.host.state == "ready" and self.host.choice.source == source)

    def go_to(self, folder: MemoryFolder) -> None:
        self.folder = folder
        self.show(0)


@pytest.fixture
def many(qtbot: QtBot) -> Iterator[ManyModels]:
    many = ManyModels(qtbot)
    yield many
    assert many.context.close(30).busy == ()


CATS = MemoryFolder(Path("/cats")).with_pictures(1)
DOGS = MemoryFolder(Path("/dogs")).with_pictures(1)


def test_the_model_of_a_folder_comes_back_with_it(many: ManyModels) -> None:
    many.models.start(Choice())
    many.settled("builtin")
    many.go_to(CATS)
    many.go_to(DOGS)
    many.use("large.pth")
    many.go_to(CATS)
    many.settled("builtin")
    many.go_to(DOGS)
    many.settled("large.pth")
    assert many.context.preferences.value.model == "large.pth"
    assert many.problems == []


def test_a_folder_never_worked_on_takes_the_model_at_hand(many: ManyModels) -> None:
    many.models.start(Choice())
    many.go_to(CATS)
    many.use("large.pth")
    many.go_to(DOGS)
    assert many.host.choice.source == "large.pth"
    assert many.context.preferences.value.model_in(DOGS.root) == "large.pth"


def test_a_folders_model_that_is_gone_leaves_the_one_at_hand_and_is_told_once(
    many: ManyModels,
) -> None:
    many.models.start(Choice())
    many.go_to(DOGS)
    many.use("large.pth")
    many.go_to(CATS)
    many.use("small.pth")
    many.broken = {"large.pth"}
    many.host.use_model(many.models.choice_of("third.pth"))
    many.settled("third.pth")
    many.use("small.pth")
    many.go_to(DOGS)
    many.wait(lambda: len(many.problems) == 1)
    many.settled("small.pth")
    assert many.problems[0].advice == "small.pth is used; your work is not touched."
    many.go_to(CATS)
    many.go_to(DOGS)
    many.wait(lambda: many.host.embedding_state == "ready")
    assert len(many.problems) == 1
    # It may lie on a drive that is back the next time.
    assert many.context.preferences.value.model_in(DOGS.root) == "large.pth"
    assert many.context.preferences.value.model == "small.pth"


def test_a_folders_model_that_is_gone_at_the_start_leaves_the_one_of_last_time(
    many: ManyModels,
) -> None:
    chosen = many.context.preferences.value
    many.context.preferences.put(chosen.with_model_used("gone.pth", DOGS.root))
    many.broken = {"gone.pth"}
    many.models.start(Choice("small.pth"))
    many.go_to(DOGS)
    many.settled("small.pth")
    assert len(many.problems) == 1


def test_a_model_named_at_the_start_goes_before_that_of_the_folder(many: ManyModels) -> None:
    chosen = many.context.preferences.value
    many.context.preferences.put(chosen.with_model_used("large.pth", DOGS.root))
    many.models.start(Choice("small.pth"), named=True)
    many.go_to(DOGS)
    many.settled("small.pth")
    assert many.loads == ["small.pth"]
    assert many.context.preferences.value.model_in(DOGS.root) == "small.pth"


def test_going_back_to_the_model_before_loads_and_embeds_nothing_anew(many: ManyModels) -> None:
    many.models.start(Choice())
    many.go_to(CATS)
    many.wait(lambda: many.host.embedding_state == "ready")
    assert many.models.before is None
    many.use("large.pth")
    many.wait(lambda: many.host.embedding_state == "ready")
    assert [each.source for each in many.models.recent] == ["large.pth", "builtin"]
    many.models.back()
    many.settled("builtin")
    many.wait(lambda: many.host.embedding_state == "ready")
    many.models.back()
    many.settled("large.pth")
    many.wait(lambda: many.host.embedding_state == "ready")
    assert many.loads == ["builtin", "large.pth"]
    assert [model.embeds for model in many.made.values()] == [1, 1]
    assert many.host.beside == Choice()
    assert many.host.let_go is None


def test_the_built_in_model_is_always_among_those_to_go_to(many: ManyModels) -> None:
    many.models.start(Choice())
    for source in ("a.pth", "b.pth", "c.pth", "d.pth", "e.pth", "f.pth"):
        many.use(source)
    assert [each.source for each in many.models.recent] == [
        "f.pth", "e.pth", "d.pth", "c.pth", "b.pth", "a.pth", "builtin"
    ]  # fmt: skip


def test_what_a_model_took_is_known_the_next_time(many: ManyModels) -> None:
    many.models.start(Choice())
    many.ready()
    many.mask_editor.click(30, 20)
    many.answered()
    known = many.context.speeds.of("builtin")
    assert known is not None
    assert known.identity == "of builtin"
    assert known.device == "cpu"
    assert known.embed_ms > 0
    assert known.click_ms > 0
    assert many.context.speeds.of("large.pth") is None


def test_the_speed_of_a_file_is_not_told_of_another_one_in_its_place(
    many: ManyModels, tmp_path: Path
) -> None:
    file = tmp_path / "weights.pth"
    file.write_bytes(b"weights")
    many.models.start(Choice(str(file)))
    many.show(0)
    many.wait(lambda: many.host.embedding_state == "ready")
    assert many.context.speeds.of(str(file)) is not None
    file.write_bytes(b"other weights")
    assert many.context.speeds.of(str(file)) is None
