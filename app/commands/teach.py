"""Teaches a model on accepted masks; old and new are compared before anything uses the new one."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from app.batch.folder import BatchFolder
from app.batch.lesson_data import Material, material_of, told_unread
from app.batch.teachable import Wanted, begin, teachable
from app.batch.teacher import be_humble, teach
from app.batch.teaching import Run, Status, forget_old
from app.commands.console import DONE, PROBLEM, Console, duration, stoppable
from app.commands.language import told
from app.commands.options import add_folder, choice_of, open_folder
from app.core.errors import Problem
from app.storage.places import Places
from app.storage.taught_models import Card, TaughtModel, TaughtModels
from model.messages import reason_of, say

ROWS = (
    ("mIoU after 1 click", 3),
    ("mIoU after 3 clicks", 3),
    ("mIoU after 5 clicks", 3),
    ("mIoU of a box", 3),
    ("clicks to IoU 0.85", 1),
    ("clicks to IoU 0.90", 1),
)
"""What ``Scores.values`` are, and the digits of each."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_folder(parser)
    parser.add_argument(
        "--model", default="builtin", help="what to start from: a name or a file (built-in)"
    )
    parser.add_argument("--server", metavar="URL", help=argparse.SUPPRESS)
    parser.add_argument("--minutes", type=float, default=15.0, help="of learning (15)")
    parser.add_argument(
        "--part", choices=("all", "decoder"), default="",
        help="what learns: all of the built-in model, else the mask decoder",
    )  # fmt: skip
    parser.add_argument("--device", default="cpu", help="cpu, cuda or mps (cpu)")
    parser.add_argument("--name", default="", help="of the new model (the folder's)")
    parser.add_argument(
        "--anew", action="store_true", help="throw away a training that was interrupted"
    )
    parser.add_argument("--list", action="store_true", help="only list the models of the folder")
    parser.set_defaults(runtime="auto", precision="auto")


def run(arguments: argparse.Namespace) -> int:
    """The exit status."""
    console = Console(arguments.json)
    if arguments.server is not None:
        raise Problem(
            say("A server prepares images, and does not give its weights away to learn from."),
            say("Start `teach` on the machine that has them, or say --model."),
        )
    folder = open_folder(arguments)
    console.left_out(folder.left_out)
    models = TaughtModels(folder.project)
    if arguments.list:
        return _list(console, models)
    places = Places.of_user()
    forget_old(places)
    lesson = Run.of(folder.project, places)
    with stoppable() as cancelled:
        if arguments.anew or not lesson.can_go_on:
            _begin(arguments, console, folder, lesson)
        else:
            console.say("Going on with the training that was interrupted; --anew begins another.")
        be_humble()
        ended = teach(lesson, lambda: "leave" if cancelled() else lesson.wish(), _Told(console))
    return _end(console, lesson, ended, models)


def _begin(
    arguments: argparse.Namespace, console: Console, folder: BatchFolder, lesson: Run
) -> None:
    model = teachable(choice_of(arguments))
    material = material_of(folder, _counting(console, "reading masks"))
    _tell_material(console, material)
    wanted = Wanted(arguments.minutes, arguments.part, arguments.device, arguments.name)
    copying = _counting(console, "preparing images")
    prepared = begin(folder, material, lesson, model, wanted, copying)
    for problem in told_unread(prepared.unread):
        console.say(told(reason_of(problem)))
    console.emit(
        "prepared", images=prepared.images, masks=prepared.masks,
        held_out_images=prepared.held_images, held_out_masks=prepared.held_masks,
    )  # fmt: skip
    console.say(
        f"{prepared.images} images with {prepared.masks} masks teach, {prepared.held_images} "
        f"images are held out. {model.title} learns for {arguments.minutes:g} minutes."
    )


def _tell_material(console: Console, material: Material) -> None:
    for problem in told_unread(material.unread):
        console.say(told(reason_of(problem)))
    if material.is_enough and not material.helps:
        console.say("These are few masks: the new model may be no better. Look at the table.")


def _counting(console: Console, what: str) -> Callable[[int, int], None]:
    return lambda done, total: console.progress(f"{what}: {done} of {total}")


class _Told:
    """Progress for people and machines."""

    def __init__(self, console: Console) -> None:
        self._console, self._checks = console, 0

    def __call__(self, status: Status) -> None:
        console = self._console
        values: dict[str, Any] = {"stage": status.stage, "done": round(status.done, 1)}
        console.emit("progress", **values, total=round(status.total, 1), step=status.step)
        if status.stage == "learning":
            loss = "" if status.loss is None else f", loss {status.loss:.2f}"
            spent = f"{duration(status.done)} of {duration(status.total)}"
            console.progress(f"learning: {spent}, step {status.step}{loss}")
        else:
            console.progress(f"{status.stage}: {status.done:.0f} of {status.total:.0f}")
        for check in status.checks[self._checks :]:
            console.emit("check", **msgspec.structs.asdict(check))
            found = f"{check.miou_1:.3f} @1  {check.miou_3:.3f} @3  {check.miou_5:.3f} @5"
            when = duration(check.elapsed) if check.elapsed else "before"
            console.say(f"{when:>8}  held out: mIoU {found}  {check.box:.3f} box")
        self._checks = len(status.checks)


def _end(console: Console, lesson: Run, ended: Status, models: TaughtModels) -> int:
    if ended.stage == "left":
        return console.stopped(say("Stopped; what was learned is kept: start again to go on."))
    problem = ended.problem
    if problem is not None:
        raise problem
    if ended.stage == "nothing":
        lesson.forget()
        raise Problem(say("It was stopped before anything was learned."), "")
    made = next((m for m in models.entries() if m.place.name == ended.made), None)
    lesson.forget()
    if made is None:
        raise Problem(say("The new model is gone."), say("Look into {folder}.", models.folder))
    _tell_card(console, made)
    return DONE if made.is_there else PROBLEM


def _tell_card(console: Console, made: TaughtModel) -> None:
    card = made.card
    console.emit("taught", status=DONE, path=str(made.path), **_values(card))
    lines = [f"{'':22}{'old':>8}{'new':>8}"]
    for (words, digits), old, new in zip(ROWS, card.old.values, card.new.values, strict=True):
        lines.append(f"{words:22}{old:8.{digits}f}{new:8.{digits}f}")
    lines.append(f"{card.held_objects} objects of {card.held_images} images held out.")
    lines.append(_verdict(card))
    lines.append(f"Nothing uses it yet. Use it: maskwright --model {_quoted(made.path)}")
    console.answer("\n".join(lines))


def _verdict(card: Card) -> str:
    if not card.is_certain:
        return "The difference may be chance on so few objects."
    return "The new one is better." if card.gain > 0 else "The new one is worse."


def _values(card: Card) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(card)
    return found


def _quoted(path: Path) -> str:
    return f'"{path}"' if " " in str(path) else str(path)


def _list(console: Console, models: TaughtModels) -> int:
    for each in models.entries():
        card = each.card
        gone = "" if each.is_there else ", its file is gone"
        console.emit("model", path=str(each.path), there=each.is_there, **_values(card))
        console.answer(
            f"{card.made[:16]}  {card.title}: {card.images} images, {card.masks} masks; mIoU @1 "
            f"{card.old.miou_1:.3f} -> {card.new.miou_1:.3f}, @5 {card.old.miou_5:.3f} -> "
            f"{card.new.miou_5:.3f}{gone}\n    {each.path}"
        )
    return DONE
