"""Scores a model on a folder with masks: simulated clicks, the IoU after each, clicks needed."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.console import DONE, SOME_FAILED, Console, stoppable
from app.commands.options import add_json, add_model, tell_terms
from app.core.errors import Problem
from app.storage.places import Places
from model.evaluation.options import add_clicking
from model.interface import Cancelled, Model, ModelError
from model.messages import say

if TYPE_CHECKING:
    from model.evaluation.evaluate import Protocol
    from model.evaluation.ledger import Ledger
    from model.training.samples import Sample


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="images with objects, or with annotations.json")
    add_model(parser)
    add_json(parser)
    add_clicking(parser)
    parser.add_argument(
        "--sheet", type=Path, metavar="FILE", help="a picture of worst and best; starts anew"
    )


def run(arguments: argparse.Namespace) -> int:
    """The exit status."""
    console = Console(arguments.json)
    with stoppable() as cancelled:
        try:
            return _evaluate(arguments, console, cancelled)
        except Cancelled:
            if arguments.sheet:
                return console.stopped(say("Stopped; nothing was written."))
            return console.stopped(say("Stopped; the same command goes on from here."))
        except (ValueError, ModelError, OSError) as error:
            raise Problem(say("The evaluation failed: {reason}", error), "", error) from error


def _loaded(arguments: argparse.Namespace) -> Model:
    from model.loading import load

    loaded = load(arguments.model, arguments.device, arguments.runtime, arguments.precision)
    tell_terms(loaded.report)
    return loaded


def _evaluate(
    arguments: argparse.Namespace, console: Console, cancelled: Callable[[], bool]
) -> int:
    from model.evaluation.command import report
    from model.evaluation.evaluate import Protocol, evaluate
    from model.evaluation.options import close_of
    from model.evaluation.protocol import Clicked
    from model.evaluation.scores import ObjectScore
    from model.evaluation.sheet import Sheet
    from model.training.samples import read_folder

    samples = read_folder(arguments.folder)
    total = sum(len(sample.runs) for sample in samples)
    if arguments.limit is not None:
        total = min(total, arguments.limit)
    loaded = _loaded(arguments)
    close = close_of(arguments)
    protocol = Protocol(arguments.clicks, arguments.jitter, arguments.limit, arguments.seed, close)
    # A picture of all needs all of them clicked now.
    ledger = None if arguments.sheet else _ledger(loaded, protocol, samples)
    sheet, done = Sheet(), ledger.objects if ledger else 0
    if done:
        console.say(f"Going on: {done} of {total} objects were scored before.")

    def seen(sample: Sample, score: ObjectScore, course: Clicked) -> None:
        nonlocal done
        done += 1
        console.progress(f"{done} of {total} objects")
        if arguments.sheet:
            sheet.add(sample, score, course)
        if cancelled():
            raise Cancelled

    result = evaluate(loaded, samples, protocol, seen, ledger)
    if arguments.sheet:
        sheet.save(arguments.sheet)
    console.emit("scores", **result.to_json())
    console.answer(report(result))
    return SOME_FAILED if result.unread else DONE


def _ledger(model: Model, protocol: Protocol, samples: Sequence[Sample]) -> Ledger:
    from model.evaluation.ledger import Ledger, fingerprint

    runs = f"{model.identity} {model.report.runtime} {model.report.device} {model.report.precision}"
    return Ledger(Places.of_user().evaluations, fingerprint(runs, protocol, samples))
