"""Begins a lesson: whether the model can be taught, what of it, and all that its process needs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from app.batch.folder import BatchFolder
from app.batch.lesson_data import Material, Prepared, Report, prepare
from app.batch.teaching import Plan, Run, Status
from app.core.errors import Problem
from app.inference.questions import Choice
from app.storage.taught_models import TaughtModels, taught_model_at
from model.interface import ModelError
from model.loading import BUILTIN, resolve
from model.messages import say

LEAST_MINUTES, MOST_MINUTES = 0.1, 24 * 60.0
WHOLE, DECODER = "all", "decoder"


@dataclass(frozen=True, slots=True)
class Teachable:
    """A model that can be taught.

    Attributes:
        path: its checkpoint.
        input_side: in pixels.
        part: what learns if nothing else is asked for: all of a small model, else its decoder.
    """

    path: Path
    title: str
    source: str
    input_side: int
    part: str


def learns_whole(variant: str) -> bool:
    """Whether a model of this name is so small that all of it learns on a processor."""
    return variant.startswith("maskwright")


def has_torch() -> bool:
    """Whether there is what training needs."""
    return find_spec("torch") is not None


def require_torch() -> None:
    """Raises: Problem: PyTorch is not there."""
    if not has_torch():
        raise Problem(
            say("Teaching needs PyTorch, which is not installed."),
            say("Start once with: python3 run.py --with-torch"),
        )


def teachable(choice: Choice) -> Teachable:
    """Look at the file of a model.

    Raises:
        Problem: it is gone, or cannot be taught.
    """
    require_torch()
    source = choice.source
    try:
        path = resolve(source)
        if not path.exists():
            raise Problem(
                say("The model's file is gone: {path}", path),
                say("Choose another model, then teach that."),
            )
        if path.suffix.lower() in (".onnx", ".yaml", ".yml"):
            raise Problem(
                say("{name} is an exported model, which cannot learn.", path.name),
                say("Choose the checkpoint that it was exported from, or the built-in model."),
            )
        config = _own_config(path)
        if config is None:
            return _published(choice, path)
        side, kind = int(config["input_size"]), str(config["encoder"]["kind"])
    except (ModelError, OSError, ValueError, KeyError, TypeError) as error:
        raise Problem(
            say("{title} cannot be taught: {reason}", choice.title, error), "", error
        ) from error
    taught = taught_model_at(source)
    title = choice.title if taught is None else taught.card.title
    return Teachable(path, title, source, side, WHOLE if kind == "conv" else DECODER)


def _published(choice: Choice, path: Path) -> Teachable:
    """Raises: CheckpointError, ValueError."""
    from model.weights.checkpoint import read_checkpoint

    checkpoint = read_checkpoint(path)
    if not checkpoint.variant.trainable:
        raise ValueError(
            say(
                "the images or prompts of {family} are prepared in a way that training does not "
                "know",
                checkpoint.title,
            )
        )
    return Teachable(path, choice.title, choice.source, checkpoint.variant.input_size, DECODER)


def _own_config(path: Path) -> dict[str, Any] | None:
    """The architecture that a file of this program tells; None of others."""
    if path.suffix != ".safetensors":
        return None
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:  # no framework is needed for that
            told = (file.metadata() or {}).get("config")
    except SafetensorError as error:
        raise ValueError(str(error)) from error
    found = None if told is None else json.loads(told)
    return found if isinstance(found, dict) else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person chose.

    Attributes:
        minutes: of learning.
        part: ``all`` or ``decoder``; empty for what suits the model.
        device: ``cpu``, ``cuda`` or ``mps``.
        title: of the new model; empty for one made of what it starts from.
    """

    minutes: float = 15.0
    part: str = ""
    device: str = "cpu"
    title: str = ""


def begin(
    folder: BatchFolder,
    material: Material,
    run: Run,
    model: Teachable,
    wanted: Wanted,
    progress: Report = lambda done, total: None,
    saved: Callable[[], None] = lambda: None,
) -> Prepared:
    """Write all that the lesson needs into the folder of ``run``; nothing learns yet.

    Args:
        saved: waits until all is on disk.

    Raises:
        Problem: there is too little to learn from, another one is under way, or the disk refuses.
    """
    material.require()
    if not LEAST_MINUTES <= wanted.minutes <= MOST_MINUTES:
        raise Problem(
            say("It cannot learn for {minutes} minutes.", wanted.minutes),
            say("Choose up to {most}.", round(MOST_MINUTES)),
        )
    models = TaughtModels(folder.project)
    models.check_writable()
    saved()
    run.begin()
    try:
        prepared = prepare(folder, material, run.place, model.input_side, progress)
        run.write_plan(_plan(folder, run, model, wanted, prepared, models))
    except BaseException:
        run.forget()
        raise
    run.tell(Status())
    return prepared


def _plan(
    folder: BatchFolder,
    run: Run,
    model: Teachable,
    wanted: Wanted,
    prepared: Prepared,
    models: TaughtModels,
) -> Plan:
    title = wanted.title or _new_title(models, folder.project.root.name)
    values = {
        "start": BUILTIN if model.source == BUILTIN else str(model.path),
        "learned": str(run.place / "learned"),
        "held": str(run.place / "held"),
        "out": str(run.place / "out"),
        "kept": str(run.place / "state"),
        "minutes": wanted.minutes,
        "part": wanted.part or model.part,
        "device": wanted.device,
        "threads": threads_for(os.cpu_count() or 1),
        "checks": 8,
    }
    return Plan(
        str(folder.project.root), str(models.folder), str(title), str(model.title), prepared.images,
        prepared.masks, prepared.held_images, dict(prepared.names), values,
    )  # fmt: skip


def threads_for(cores: int) -> int:
    """Few of them, so that the window always finds a free one."""
    return max(1, min(4, cores // 2))


def _new_title(models: TaughtModels, name: str) -> str:
    """Of the folder, numbered from the second on."""
    taken = {each.card.title for each in models.entries()}
    title, number = name[:60] or "model", 1
    while title in taken:
        number += 1
        title = f"{name[:60]} {number}"
    return title
