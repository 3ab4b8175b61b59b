"""A workbench with a model and a folder that stand in for the real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from pytestqt.qtbot import QtBot

from app.inference.questions import Choice
from app.session.assembly import AppContext
from model.interface import Model, ModelError
from tests.stand_ins import FakeClock, FakeModel, MemoryFolder


@dataclass
class Bench:
    """The parts under test and the stand-ins they use."""

    qtbot: QtBot
    model: FakeModel = field(default_factory=FakeModel)
    folder: MemoryFolder = field(default_factory=lambda: MemoryFolder().with_pictures(4))
    clock: FakeClock = field(default_factory=FakeClock)
    cpu_model: FakeModel | None = None
    broken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.context = AppContext(lambda path: self.folder, load=self.load_model, clock=self.clock)
        self.session = self.context.session
        self.mask_editor = self.context.mask_editor
        self.host = self.context.host

    def load_model(self, choice: Choice) -> Model:
        """A test may replace ``cpu_model`` for what is loaded once the device fails, and name in
        ``broken`` what cannot be."""
        if choice.source in self.broken:
            raise ModelError("this is a web page")
        if choice.device == "cpu" and self.cpu_model is not None:
            return self.cpu_model
        return self.model

    def ready(self, number: int = 0) -> Bench:
        """With the model loaded and a picture open and embedded."""
        self.load()
        self.show(number)
        self.wait(lambda: self.host.embedding_state == "ready" and self.host.idle)
        return self

    def load(self) -> None:
        self.host.use_model(Choice())
        self.wait(lambda: self.host.state == "ready")

    def show(self, number: int) -> None:
        if self.session.folder is not self.folder:
            self.session.use_folder(self.folder)
        self.session.show_opened(self.folder.opened(number))

    def wait(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition)

    def answered(self) -> None:
        self.wait(lambda: not self.mask_editor.is_predicting)

    def saved(self) -> None:
        self.wait(lambda: not self.context.saver.unsaved)


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    bench = Bench(qtbot)
    yield bench
    bench.model.release.set()
    bench.folder.hold.set()
    assert bench.context.close(30).busy == ()
