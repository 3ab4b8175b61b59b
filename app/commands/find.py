"""Proposes what is like an example or the objects of a label, or what words name."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from app.batch.examples import Examples, Place, named, of_label
from app.batch.finding import JOB, ByExamples, FindAll
from app.batch.folder import BatchFolder
from app.batch.jobs import TaskJob, Worker
from app.batch.label_figures import Figures, measure
from app.batch.words import ByWords
from app.commands.console import Console, stoppable
from app.commands.options import add_folder, add_take_over, editing, open_folder, runs, share
from app.commands.word_options import add_words, word_labels, words_source
from app.commands.working import Working, add_ray, at_work
from app.core.errors import Problem
from app.inference.alike import USUAL_SCORE
from model.interface import Cancelled
from model.messages import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_folder(parser, stores=True)
    add_take_over(parser)
    add_ray(parser)
    parser.add_argument(
        "--like",
        action="append",
        default=[],
        metavar="IMAGE#ID",
        help="an object of the folder that is an example; can be given several times",
    )
    parser.add_argument(
        "--not",
        dest="unlike",
        action="append",
        default=[],
        metavar="IMAGE#ID",
        help="an object that is not meant; can be given several times",
    )
    parser.add_argument(
        "--label", metavar="NAME", help="all accepted objects of this label are the examples"
    )
    add_words(parser)
    parser.add_argument(
        "--least",
        type=share,
        metavar="SCORE",
        help="propose what has at least this score (default: a usual one; with --label the one "
        "that served best on images held out, with --text the detector's usual one, and nothing "
        "under half of that)",
    )
    parser.add_argument(
        "--all", action="store_true", help="also on images that are done or skipped"
    )
    parser.add_argument(
        "--again", action="store_true", help="also where it was done just so before"
    )


def run(arguments: argparse.Namespace) -> int:
    """The exit status."""
    console = Console(arguments.json)
    _check(arguments)
    folder = open_folder(arguments)
    console.left_out(folder.left_out)
    words = None if arguments.text is None else words_source(arguments)
    with ExitStack() as stack:
        stack.enter_context(editing(folder, take_over=arguments.take_over))
        cancelled = stack.enter_context(stoppable())
        work = stack.enter_context(at_work(arguments, console, folder, cancelled))
        loaded = work.loaded
        console.say(runs(loaded))
        make: _ByWords | _ByExamples
        try:
            if words is not None:
                make = _by_words(arguments, folder, words)
            else:
                make = _by_examples(arguments, folder, work, console)
        except Cancelled:
            return console.stopped(say("Stopped; nothing was written."))
        return work.run(make)


@dataclass(frozen=True, slots=True)
class _ByExamples:
    """Makes what finds by examples on one image after the other, here or on another machine.

    Attributes:
        least, label_id, every: as of ``FindAll``.
        again: as of ``TaskJob``.
    """

    examples: Examples
    least: float
    label_id: int
    every: bool
    again: bool

    def __call__(self, folder: BatchFolder, worker: Worker) -> TaskJob:
        # What is named may lie on images that are not to be searched, of any size.
        source = ByExamples(folder.unlisted(), self.examples)
        task = FindAll(source, self.least, self.label_id, self.every)
        return TaskJob(folder, worker, task, JOB, self.again)


@dataclass(frozen=True, slots=True)
class _ByWords:
    """As ``_ByExamples``, by words."""

    words: ByWords
    least: float
    every: bool
    again: bool

    def __call__(self, folder: BatchFolder, worker: Worker) -> TaskJob:
        task = FindAll(self.words, self.least, every=self.every)
        return TaskJob(folder, worker, task, JOB, self.again)


def _check(arguments: argparse.Namespace) -> None:
    """Raises: Problem: nothing is looked for, or more than one thing at once."""
    ways = bool(arguments.like), arguments.label is not None, arguments.text is not None
    if sum(ways) != 1:
        raise Problem(
            say("Say what to look for: objects by --like, a label by --label, or words by --text."),
            say("One of them at a time, for example: find FOLDER --like photo.jpg#3"),
        )
    if arguments.unlike and not arguments.like:
        raise Problem(
            say(
                "--not goes with --like: with --label, the other labels are what is not meant, "
                "and --text looks at no examples."
            )
        )
    if arguments.text_detector is not None and arguments.text is None:
        raise Problem(say("--text-detector reads words: say these with --text."))


def _by_words(arguments: argparse.Namespace, folder: BatchFolder, words: ByWords) -> _ByWords:
    """Raises Problem."""
    words.label_ids = word_labels(folder, words.words)
    least = words.usual if arguments.least is None else arguments.least
    return _ByWords(words, least, arguments.all or arguments.again, arguments.again)


def _by_examples(
    arguments: argparse.Namespace, folder: BatchFolder, work: Working, console: Console
) -> _ByExamples:
    """Raises: Problem, Cancelled."""
    least, every, again = arguments.least, arguments.all or arguments.again, arguments.again
    # Examples may lie on images that are not to be searched.
    whole = folder.whole()
    if arguments.label is None:
        like = [Place.read(each) for each in arguments.like]
        unlike = [Place.read(each) for each in arguments.unlike]
        examples = named(whole, like, unlike)
        label_id = _label_of(whole, like[0])
        least = USUAL_SCORE if least is None else least
        return _ByExamples(examples, least, label_id, every, again)
    label = folder.project.read_labels().labels.named(arguments.label)
    if label is None:
        raise Problem(
            say("The folder has no label {name}.", arguments.label),
            say("Its labels are told by the window, and by labels.json."),
        )
    examples, done = of_label(whole, label.id, label.name)
    figures = work.ask(partial(_measured, examples=examples, done=done, label_id=label.id))
    _tell(console, figures)
    least = figures.best.least if least is None else least
    return _ByExamples(examples, least, label.id, every, again)


def _measured(
    folder: BatchFolder, worker: Worker, examples: Examples, done: list[str], label_id: int
) -> Figures:
    """Raises: Problem, Cancelled."""
    images = folder.unlisted()
    return worker.ask(
        JOB, lambda model, stop: measure(images, examples, done, label_id, model, stop)
    )


def _label_of(folder: BatchFolder, place: Place) -> int:
    found = folder.objects(place.name, to_write=False).document.get(place.number)
    return 1 if found is None else found.label_id


def _tell(console: Console, figures: Figures) -> None:
    best = figures.best
    console.emit(
        "measured",
        examples=figures.examples,
        held_out_images=figures.held_images,
        held_out_objects=figures.held_objects,
        complete=figures.complete,
        least=best.least,
        precision=round(best.precision, 4),
        recall=round(best.recall, 4),
    )
    if not figures.held_images:
        alone = say("The label is on one image alone, so nothing could be held out to measure on.")
        console.say(alone)
        return
    learned = say(
        "Learned from {examples} objects; of {held} on {images} images held out, {recall} are "
        "found, and {precision} of what is found is right (score {score}, mask IoU at least 0.5).",
        figures.examples,
        figures.held_objects,
        figures.held_images,
        f"{best.recall:.0%}",
        f"{best.precision:.0%}",
        f"{best.least:.2f}",
    )
    console.say(learned)
    if not figures.complete:
        undone = say("These images are not marked as done: what is missing there counts as wrong.")
        console.say(undone)
    if not figures.tells_enough:
        console.say(say("These are too few objects, or none was found, to tell how good it is."))
