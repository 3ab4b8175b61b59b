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
from app.batch.teacher import taught_apart
from app.batch.teaching import Run, Status, forget_old
from app.commands.console import DONE, PROBLEM, Console, duration, padded, stoppable
from app.commands.language import told
from app.commands.options import add_folder, choice_of, open_folder
from app.core.errors import Problem
from app.storage.places import Places
from app.storage.taught_models import Card, TaughtModel, TaughtModels
from model.messages import Message, joined, reason_of, say

ROWS = (
    (say("mIoU after 1 click"), 3),
    (say("mIoU after 3 clicks"), 3),
    (say("mIoU after 5 clicks"), 3),
    (say("mIoU of a box"), 3),
    (say("clicks to IoU 0.85"), 1),
    (say("clicks to IoU 0.90"), 1),
)
"""What ``Scores.values`` are, and the digits of each."""
STAGES = {
    "waiting": say("waiting"),
    "scoring": say("scoring"),
    "paused": say("paused"),
    "comparing": say("comparing"),
}


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
            going_on = say(
                "Going on with the training that was interrupted; --anew begins another."
            )
            console.say(going_on)
        ended = taught_apart(lesson, cancelled, _Told(console))
    return _end(console, lesson, ended, models)


def _begin(
    arguments: argparse.Namespace, console: Console, folder: BatchFolder, lesson: Run
) -> None:
    model = teachable(choice_of(arguments))
    material = material_of(folder, _counting(console, say("reading masks")))
    _tell_material(console, material)
    wanted = Wanted(arguments.minutes, arguments.part, arguments.device, arguments.name)
    copying = _counting(console, say("preparing images"))
    prepared = begin(folder, material, lesson, model, wanted, copying)
    for problem in told_unread(prepared.unread):
        console.say(told(reason_of(problem)))
    console.emit(
        "prepared", images=prepared.images, masks=prepared.masks,
        held_out_images=prepared.held_images, held_out_masks=prepared.held_masks,
    )  # fmt: skip
    console.say(
        say(
            "{images} images with {masks} masks teach, {held} images are held out. {model} learns "
            "for {minutes} minutes.",
            prepared.images,
            prepared.masks,
            prepared.held_images,
            model.title,
            f"{arguments.minutes:g}",
        )
    )


def _tell_material(console: Console, material: Material) -> None:
    for problem in told_unread(material.unread):
        console.say(told(reason_of(problem)))
    if material.is_enough and not material.helps:
        few = say("These are few masks: the new model may be no better. Look at the table.")
        console.say(few)


def _counting(console: Console, what: str) -> Callable[[int, int], None]:
    return lambda done, total: console.progress(say("{what}: {done} of {total}", what, done, total))


class _Told:
    """Progress for people and machines."""

    def __init__(self, console: Console) -> None:
        self._console, self._checks = console, 0

    def __call__(self, status: Status) -> None:
        console = self._console
        values: dict[str, Any] = {"stage": status.stage, "done": round(status.done, 1)}
        console.emit("progress", **values, total=round(status.total, 1), step=status.step)
        if status.stage == "learning":
            spent, whole = duration(status.done), duration(status.total)
            far = say("learning: {spent} of {whole}, step {step}", spent, whole, status.step)
            if status.loss is not None:
                far = say("{far}, loss {loss}", far, f"{status.loss:.2f}")
            console.progress(far)
        else:
            stage = STAGES.get(status.stage, status.stage)
            done, total = f"{status.done:.0f}", f"{status.total:.0f}"
            console.progress(say("{what}: {done} of {total}", stage, done, total))
        for check in status.checks[self._checks :]:
            console.emit("check", **msgspec.structs.asdict(check))
            found = f"{check.miou_1:.3f} @1  {check.miou_3:.3f} @3  {check.miou_5:.3f} @5"
            when = duration(check.elapsed) if check.elapsed else told(say("before"))
            held = say(
                "{when}  held out: mIoU {found}  {box} box", f"{when:>8}", found, f"{check.box:.3f}"
            )
            console.say(held)
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
    lines = [_table_line("", told(say("old")), told(say("new")))]
    for (words, digits), old, new in zip(ROWS, card.old.values, card.new.values, strict=True):
        lines.append(_table_line(told(words), f"{old:.{digits}f}", f"{new:.{digits}f}"))
    lines.append(
        say("{objects} objects of {images} images held out.", card.held_objects, card.held_images)
    )
    lines.append(_verdict(card))
    use = say("Nothing uses it yet. Use it: maskwright --model {path}", _quoted(made.path))
    console.answer(joined((*lines, use), "\n"))


def _table_line(words: str, old: str, new: str) -> str:
    return padded(words, 22) + padded(old, -8) + padded(new, -8)


def _verdict(card: Card) -> Message:
    if not card.is_certain:
        return say("The difference may be chance on so few objects.")
    return say("The new one is better.") if card.gain > 0 else say("The new one is worse.")


def _values(card: Card) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(card)
    return found


def _quoted(path: Path) -> str:
    return f'"{path}"' if " " in str(path) else str(path)


def _list(console: Console, models: TaughtModels) -> int:
    for each in models.entries():
        card = each.card
        console.emit("model", path=str(each.path), there=each.is_there, **_values(card))
        line = say(
            "{when}  {name}: {images} images, {masks} masks; mIoU @1 {old} -> {new}, @5 {former} "
            "-> {later}",
            card.made[:16],
            card.title,
            card.images,
            card.masks,
            f"{card.old.miou_1:.3f}",
            f"{card.new.miou_1:.3f}",
            f"{card.old.miou_5:.3f}",
            f"{card.new.miou_5:.3f}",
        )
        if not each.is_there:
            line = say("{model}, its file is gone", line)
        console.answer(f"{told(line)}\n    {each.path}")
    return DONE
