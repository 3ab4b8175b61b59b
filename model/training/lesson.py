"""One training that a person watches: it can be paused, stopped with what is best, and killed.

It is the ``train`` command's training with more around it: scores of the model before and after on
the same held-out objects, the best weights of all checks kept on disk with the state, and pictures
of what changed most.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.architecture.config import ConvConfig, Variant
from model.architecture.sam import Sam
from model.evaluation.comparison import Comparison, compared, with_pictures
from model.evaluation.evaluate import Protocol, Result, evaluate
from model.evaluation.scores import ObjectScore
from model.interface import Model
from model.training.command import add_arguments
from model.training.export import export_weights
from model.training.heldout import merit, usable_model
from model.training.known_embeddings import KnownEmbeddings
from model.training.loop import Trainer
from model.training.recipe import Progress, Recipe, new_state
from model.training.samples import Sample
from model.training.session import (
    Data,
    batches_of,
    carried_along,
    known_views,
    read_data,
    recipe_of,
    started,
)
from model.training.state import RunState, written

NAME = "model"
"""Of the files that are written."""
QUICK = [
    "--images",
    "3",
    "--objects",
    "3",
    "--rounds",
    "5,3,2,1,1,1,0.5,0.5",
    "--window-share",
    "0.4",
]
"""How a lesson of minutes on a processor differs from ``train``: many steps with few objects and
few rounds, some from as near as a close-up sees; measured in ``tests/bench/README.md``."""
VIEWS = "views"
"""Folder beside the kept state: what the encoder made of images."""
OBJECTS = 48
"""Held-out objects that are clicked, in each check the same."""
CHECK_CLICKS, CLICKS = 5, 20
SAVE_S = 30.0
CHECKS_COST = 6
"""Between two checks lies so many times what one takes."""
ASK_S = 0.2
"""How often a paused training looks whether it may go on."""
TOLD_S = 0.5


class Wish(Enum):
    """What the person in front of it wants."""

    GO = "go"
    PAUSE = "pause"
    STOP = "stop"
    LEAVE = "leave"
    """End now; the same lesson goes on from there another time."""


class NothingLearned(ValueError):  # noqa: N818  an outcome that ends the lesson
    """It was stopped before the first step."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What learns from what, and how long.

    Attributes:
        start: the model to start from, a name or a file.
        learned, held: folders with ``annotations.json``; the second one is only scored.
        out: folder the result is written to, made if it is not there.
        kept: file that the state is kept in while it learns.
        minutes: of learning, checks included; scoring before and after comes on top.
        part: ``all`` or ``decoder``, see ``Recipe``.
        device: ``cpu``, ``cuda`` or ``mps``.
        threads: of the processor.
    """

    start: str
    learned: Path
    held: Path
    out: Path
    kept: Path
    minutes: float = 15.0
    part: str = "all"
    device: str = "cpu"
    threads: int = 1
    checks: int = 8

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {k: str(v) if isinstance(v, Path) else v for k, v in asdict(self).items()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Lesson:
        """Raises: KeyError, TypeError, ValueError: it is something else."""
        learned, held, out, kept = (Path(values[n]) for n in ("learned", "held", "out", "kept"))
        return cls(
            str(values["start"]),
            learned,
            held,
            out,
            kept,
            float(values["minutes"]),
            str(values["part"]),
            str(values["device"]),
            int(values["threads"]),
            int(values["checks"]),
        )


@dataclass(frozen=True, slots=True)
class Check:
    """Scores on held-out objects while it learns.

    Attributes:
        elapsed: seconds of learning. miou: by clicks. best: whether none before was better.
    """

    elapsed: float
    miou: dict[int, float]
    box: float
    best: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a lesson is.

    Attributes:
        stage: ``scoring`` the model of before, ``learning``, ``paused``, ``comparing`` or
            ``writing``.
        done, total: of the stage, objects or seconds.
        loss: of the last steps; None before the first.
        checks: so far; the first one is the model of before.
        unkept: why the state could not be kept; empty if it could.
    """

    stage: str
    done: float = 0.0
    total: float = 0.0
    step: int = 0
    loss: float | None = None
    checks: tuple[Check, ...] = ()
    unkept: str = ""


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of it.

    Attributes:
        files: written, inside ``Lesson.out``; the checkpoint is the first.
        identity: of the new model.
    """

    files: tuple[Path, ...]
    identity: str
    steps: int
    elapsed: float
    comparison: Comparison


class Left(Exception):  # noqa: N818  an outcome
    """It was left, and its state is kept."""


class _Stopped(Exception):  # noqa: N818  an outcome
    """A check is no longer worth its time."""


class Learning:
    """Carries out a lesson, from its kept state if there is one.

    Args:
        wish: asked between steps and objects what is to be done.
        tell: told how far it is.
    """

    def __init__(
        self, lesson: Lesson, wish: Callable[[], Wish], tell: Callable[[Standing], object]
    ) -> None:
        torch.set_num_threads(max(1, lesson.threads))
        self.lesson, self._wish, self._tell = lesson, wish, tell
        self._arguments = arguments_of(lesson)
        self._data: Data = read_data(self._arguments)
        self._recipe: Recipe = recipe_of(self._arguments)
        self._side = self._recipe.schedule.stages[-1].side
        sam = started(self._arguments, self._data)
        self._old = {name: tensor.clone() for name, tensor in sam.state_dict().items()}
        self._variant: Variant = sam.variant
        self._state = new_state(sam.to(lesson.device), self._recipe)
        self._learning_names = _names_that_learn(self._state.sam)
        self._known = KnownEmbeddings()
        self._before: Result | None = None
        self._best: tuple[float, dict[str, Tensor]] | None = None
        self._checks: tuple[Check, ...] = ()
        self._standing = Standing("scoring")
        self._saved = self._told = time.monotonic()
        self._check_s = 0.0
        self._every = 60 * lesson.minutes / max(1, lesson.checks)

    def run(self) -> Learned:
        """Raises: Left, NothingLearned, TrainingStopped, ValueError, ModelError, OSError."""
        self._restore()
        if self._before is None:
            try:
                self._before = self._score(self._old, CLICKS, "scoring")
            except _Stopped:
                raise NothingLearned("stopped before anything was learned") from None
            self._checks = (self._check_of(self._before, 0.0, best=False),)
            self._keep()
        place = self.lesson.kept.with_name(VIEWS)
        views = known_views(self._state.sam, self._recipe, self._arguments, place)
        batches = batches_of(self._arguments, self._data, self._variant, views, in_time=True)
        Trainer(self._state, batches, self._recipe, None, self._listen, views).run()
        self._keep()
        if views is not None:
            views.forget()
        # An encoder of its own, of which the comparison needs the memory.
        del views, batches
        if not self._state.step:
            raise NothingLearned("stopped before anything was learned")
        self._check(self._state.elapsed, stoppable=False)
        return self._finish(self._before)

    # -- while it learns

    def _listen(self, progress: Progress) -> bool:
        now = time.monotonic()
        loss = self._standing.loss
        loss = progress.loss if loss is None else 0.9 * loss + 0.1 * progress.loss
        self._say(
            replace(
                self._standing, stage="learning", done=progress.elapsed, step=progress.step,
                total=60 * self.lesson.minutes, loss=loss,
            ),
            now=progress.step == 1,
        )  # fmt: skip
        if now - self._saved > SAVE_S:
            self._keep()
        wish = self._waited()
        if wish is Wish.STOP:
            return True
        last = self._checks[-1].elapsed if self._checks else 0.0
        # Where a check takes long there are fewer of them.
        due = max(self._every, CHECKS_COST * self._check_s)
        if progress.elapsed - last >= due and progress.share < 1:
            self._check(progress.elapsed, stoppable=True)
        return self._wish() is Wish.STOP

    def _waited(self) -> Wish:
        """What is wanted, once it is not a pause; the pause is no time of work."""
        begun = time.monotonic()
        wish = self._wish()
        if wish is Wish.PAUSE:
            before = self._standing
            self._keep()
            self._say(replace(before, stage="paused"), now=True)
            while wish is Wish.PAUSE:
                time.sleep(ASK_S)
                wish = self._wish()
            self._say(before, now=True)
            self._state.elapsed -= time.monotonic() - begun
        if wish is Wish.LEAVE:
            self._keep()
            raise Left
        return wish

    def _check(self, elapsed: float, *, stoppable: bool) -> None:
        weights, begun = self._state.average.state_dict(), time.monotonic()
        try:
            result = self._score(weights, CHECK_CLICKS, "learning" if stoppable else "comparing")
        except _Stopped:
            return
        found = merit(result)
        better = self._best is None or found > self._best[0]
        if better:
            names = self._learning_names
            self._best = found, {n: t.detach().cpu().clone() for n, t in weights.items()
                                 if n in names}  # fmt: skip
        self._check_s = time.monotonic() - begun
        self._checks = (*self._checks, self._check_of(result, elapsed, best=better))
        self._keep()
        self._say(replace(self._standing, checks=self._checks), now=True)

    def _check_of(self, result: Result, elapsed: float, *, best: bool) -> Check:
        miou = {n: result.summary.miou[n] for n in (1, 3, 5)}
        return Check(elapsed, miou, result.summary.box, best)

    def _score(self, weights: Mapping[str, Tensor], most: int, stage: str) -> Result:
        """Raises: _Stopped: it is wanted no longer, while it may be given up."""
        model = self._usable(weights)
        total = min(OBJECTS, sum(len(sample.runs) for sample in self._data.held))
        done = 0

        def seen(sample: Sample, score: ObjectScore, course: object) -> None:
            nonlocal done
            done += 1
            if stage != "learning":
                self._say(replace(self._standing, stage=stage, done=done, total=total))
            if self._waited() is Wish.STOP and stage != "comparing":
                raise _Stopped

        return evaluate(model, self._data.held, Protocol(most=most, limit=OBJECTS), seen)

    def _usable(self, weights: Mapping[str, Tensor]) -> Model:
        """A model that takes embeddings of held-out images that are there already."""
        model = usable_model(self._variant, weights, self._side)
        return self._known.of(model) if self.lesson.part == "decoder" else model

    def _say(self, standing: Standing, *, now: bool = False) -> None:
        self._standing = replace(standing, checks=self._checks)
        moment = time.monotonic()
        if now or moment - self._told >= TOLD_S:
            self._told = moment
            self._tell(self._standing)

    # -- what is kept

    def _keep(self) -> None:
        """A disk that refuses costs what a kill would lose, not the lesson."""
        try:
            written(self.lesson.kept, _packed(self._content()))
        except OSError as error:
            self._standing = replace(self._standing, unkept=error.strerror or str(error))
        else:
            self._standing = replace(self._standing, unkept="")
        self._saved = time.monotonic()

    def _content(self) -> dict[str, Any]:
        state, names = self._state, self._learning_names
        before = self._before
        return {
            "model": {n: t for n, t in state.sam.state_dict().items() if n in names},
            "average": {n: t for n, t in state.average.state_dict().items() if n in names},
            "optimiser": state.optimiser.state_dict(),
            "step": state.step,
            "elapsed": state.elapsed,
            "best": None if self._best is None else (float(self._best[0]), self._best[1]),
            "checks": [asdict(check) for check in self._checks],
            "before": None if before is None else [_plain(score) for score in before.scores],
        }

    def _restore(self) -> None:
        """A state that cannot be read is none: it learns anew."""
        try:
            content = torch.load(self.lesson.kept, map_location="cpu", weights_only=True)
            before = content["before"]
            scores = None if before is None else tuple(ObjectScore(**each) for each in before)
            checks = tuple(Check(**each) for each in content["checks"])
            _take(self._state, content)
        except FileNotFoundError:
            return
        except Exception:  # noqa: BLE001  whatever a torn or foreign file makes torch raise
            self._state = new_state(
                started(self._arguments, self._data).to(self.lesson.device), self._recipe
            )
            return
        self._best, self._checks = content["best"], checks
        if scores:
            self._before = Result(self._variant.name, Protocol(CLICKS, limit=OBJECTS), scores, 0.0)

    # -- what comes of it

    def _finish(self, before: Result) -> Learned:
        best = {**self._old, **(self._best[1] if self._best else {})}
        after = self._score(best, CLICKS, "comparing")
        self._say(replace(self._standing, stage="writing", done=0, total=0), now=True)
        out = self.lesson.out
        out.mkdir(parents=True, exist_ok=True)
        path = out / f"{NAME}.safetensors"
        files, identity = self._write(best, path)
        models = [self._usable(each) for each in (self._old, best)]
        found = with_pictures(compared(before, after), self._data.held, models[0], models[1], out)
        return Learned(files, identity, self._state.step, self._state.elapsed, found)

    def _write(self, best: Mapping[str, Tensor], path: Path) -> tuple[tuple[Path, ...], str]:
        """Write the checkpoint, and for small encoders what starts without torch; its identity."""
        from model.weights.checkpoint import read_checkpoint

        network = Sam(self._variant)
        network.load_state_dict(dict(best))
        exact = set(self._old) - (self._learning_names if self._variant.fitted else set())
        others = carried_along(self.lesson.start)
        notes = {"steps": str(self._state.step), "start": Path(self.lesson.start).name}
        export_weights(network, path, self._side, notes, exact, others)
        checkpoint = read_checkpoint(path)
        identity, encoder = checkpoint.identity, checkpoint.variant.encoder
        del checkpoint
        notes["identity"] = identity
        export_weights(network, path, self._side, notes, exact, others)
        files = [path]
        if isinstance(encoder, ConvConfig):
            from model.runtime_onnx.export import build_pair

            files += build_pair(path, path.parent)
        return tuple(files), identity


def arguments_of(lesson: Lesson) -> argparse.Namespace:
    """The lesson as arguments of the ``train`` command, whose recipe it follows."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    given = [
        str(lesson.learned), "--held-out", str(lesson.held), "--out", str(lesson.out / NAME),
        "--start", lesson.start, "--part", lesson.part, "--device", lesson.device,
        "--minutes", str(lesson.minutes),
    ]  # fmt: skip
    given += ["--images", "1", "--objects", "6"] if lesson.part == "decoder" else QUICK
    return parser.parse_args(given)


def _names_that_learn(sam: Sam) -> set[str]:
    """Tensors that may change: trainable parameters, and buffers such as running means."""
    frozen = {name for name, each in sam.named_parameters() if not each.requires_grad}
    still = {name.rpartition(".")[0] for name in frozen}
    return {n for n in sam.state_dict() if n not in frozen and n.rpartition(".")[0] not in still}


def _take(state: RunState, content: Mapping[str, Any]) -> None:
    for sam, name in ((state.sam, "model"), (state.average, "average")):
        unknown = sam.load_state_dict(content[name], strict=False).unexpected_keys
        if unknown:
            raise ValueError(f"no {unknown[0]} in this network")
    state.optimiser.load_state_dict(content["optimiser"])
    state.step, state.elapsed = int(content["step"]), float(content["elapsed"])


def _plain(score: ObjectScore) -> dict[str, Any]:
    """With Python's own numbers alone: others are not read back, since reading could run code."""
    return {name: _plain_value(value) for name, value in asdict(score).items()}


def _plain_value(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(map(_plain_value, value))
    return value.item() if isinstance(value, np.generic) else value


def _packed(content: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    torch.save(dict(content), buffer)
    return buffer.getvalue()
