"""Proposes what is like an example or the objects of a label, or what words name."""

from __future__ import annotations

import argparse

from app.batch.examples import Place, named, of_label
from app.batch.finding import JOB, ByExamples, FindAll
from app.batch.folder import BatchFolder
from app.batch.jobs import TaskJob, Worker
from app.batch.label_figures import Figures, measure
from app.batch.run import steps
from app.batch.words import ByWords
from app.commands.console import Console, run_batch, stoppable
from app.commands.options import (
    add_folder,
    add_model,
    add_take_over,
    editing,
    embedding_store,
    load_worker,
    open_folder,
    share,
)
from app.commands.word_options import add_words, word_labels, words_source
from app.core.errors import Problem
from app.inference.alike import USUAL_SCORE
from model.interface import Cancelled
from model.messages import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_folder(parser)
    add_take_over(parser)
    add_model(parser)
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
        help=f"propose what has at least this score (default: {USUAL_SCORE}; with --label the one "
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
    with editing(folder, take_over=arguments.take_over), stoppable() as cancelled:
        worker, loaded = load_worker(arguments, cancelled, embedding_store())
        console.say(f"{loaded.variant} on {loaded.report.device}, {loaded.report.precision}")
        try:
            if words is not None:
                task = _by_words(arguments, folder, words)
            else:
                task = _by_examples(arguments, folder, worker, console)
        except Cancelled:
            return console.stopped(say("Stopped; nothing was written."))
        job = TaskJob(folder, worker, task, JOB, arguments.again)
        job.progress = lambda done, total: console.progress(f"  {done} of {total} parts")
        return run_batch(console, steps(folder.names, job, cancelled))


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


def _by_words(arguments: argparse.Namespace, folder: BatchFolder, words: ByWords) -> FindAll:
    """Raises Problem."""
    words.label_ids = word_labels(folder, words.words)
    least = words.usual if arguments.least is None else arguments.least
    return FindAll(words, least, every=arguments.all or arguments.again)


def _by_examples(
    arguments: argparse.Namespace, folder: BatchFolder, worker: Worker, console: Console
) -> FindAll:
    """Raises: Problem, Cancelled."""
    least, every = arguments.least, arguments.all or arguments.again
    # Examples may lie on images that are not to be searched.
    whole = BatchFolder(folder.project, recursive=True)
    if arguments.label is None:
        like = [Place.read(each) for each in arguments.like]
        unlike = [Place.read(each) for each in arguments.unlike]
        examples = named(whole, like, unlike)
        label_id = _label_of(whole, like[0])
        least = USUAL_SCORE if least is None else least
        return FindAll(ByExamples(whole, examples), least, label_id, every)
    label = folder.project.read_labels().labels.named(arguments.label)
    if label is None:
        raise Problem(
            say("The folder has no label {name}.", arguments.label),
            say("Its labels are told by the window, and by labels.json."),
        )
    examples, done = of_label(whole, label.id, label.name)
    figures = worker.ask(
        JOB,
        lambda model, stop: measure(whole, examples, done, label.id, model, stop),
    )
    _tell(console, figures)
    least = figures.best.least if least is None else least
    return FindAll(ByExamples(whole, examples), least, label.id, every)


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
        console.say("The label is on one image alone, so nothing could be held out to measure on.")
        return
    console.say(
        f"Learned from {figures.examples} objects; of {figures.held_objects} on "
        f"{figures.held_images} images held out, {best.recall:.0%} are found, and "
        f"{best.precision:.0%} of what is found is right (score {best.least:.2f}, mask IoU at "
        "least 0.5)."
    )
    if not figures.complete:
        console.say("These images are not marked as done: what is missing there counts as wrong.")
    if not figures.tells_enough:
        console.say("These are too few objects, or none was found, to tell how good it is.")
