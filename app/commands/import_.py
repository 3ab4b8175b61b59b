"""Takes over the objects of another program's file or folder."""

from __future__ import annotations

import argparse
import posixpath
from collections.abc import Iterator
from pathlib import Path

from app.batch.folder import BatchFolder
from app.batch.importing import add_labels, changed, planned
from app.commands import exchanging
from app.commands.console import Console, stoppable
from app.commands.options import add_output, add_take_over, editing, here, path_or_url, with_output
from app.core.document import State
from app.core.errors import Problem
from app.storage.exchange.formats import FORMATS
from app.storage.exchange.importing import ImportOptions, ImportPlan
from app.storage.guarded import Conflict
from app.storage.names import shown
from app.storage.places import Places
from model.interface import Cancelled
from model.messages import Message, as_it_is, joined, say

FOLDERS_NAMED = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, help="the file or folder to read")
    parser.add_argument("folder", type=path_or_url, help="the folder of the images")
    add_take_over(parser)
    parser.add_argument(
        "--from", dest="form", choices=[*FORMATS], help="format (default: found out)"
    )
    parser.add_argument(
        "--accept", action="store_true", help="as accepted instead of proposed objects"
    )
    parser.add_argument(
        "--replace", action="store_true", help="remove what the images have, but locked objects"
    )
    parser.add_argument(
        "--recursive",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="also to images in the folders inside (default: yes; export asks for --recursive)",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would change")
    add_output(parser)
    exchanging.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """The exit status."""
    console = Console(arguments.json)
    found = BatchFolder.of(
        [here(arguments.folder)], Places.of_user(), recursive=arguments.recursive
    )
    folder = with_output(found, arguments.output)
    console.left_out(folder.left_out)
    with editing(folder, take_over=arguments.take_over), stoppable() as cancelled:
        try:
            tell = exchanging.reading(console, cancelled)
            state = State.ACCEPTED if arguments.accept else State.PROPOSED
            options = ImportOptions(state, arguments.replace)
            plan = planned(folder, arguments.source, arguments.form, options, tell).plan
            add_labels(folder, plan, dry_run=arguments.dry_run)
            if not arguments.dry_run:
                _apply(folder, plan, exchanging.writing(console, cancelled))
        except Cancelled:
            return console.stopped(say("Stopped. What is written is kept; start again to go on."))
    status = exchanging.tell_skips(console, plan.skipped)
    console.emit(
        "end",
        status=status,
        images=len(plan.changes),
        masks=plan.added,
        waiting=plan.unsegmented,
        known=plan.known,
        accepted=plan.accepted,
        removed=_removed(plan),
        skipped=len(plan.skipped),
    )
    console.answer(joined(_told(plan, arguments)))
    return status


def _told(plan: ImportPlan, arguments: argparse.Namespace) -> Iterator[Message]:
    """What was done, or would be, in sentences."""
    dry, counts = arguments.dry_run, (plan.added, plan.unsegmented, len(plan.changes))
    if dry:
        yield say(
            "Would take over {masks} masks and {waiting} boxes or points on {images} images.",
            *counts,
        )
    else:
        yield say(
            "Took over {masks} masks and {waiting} boxes or points on {images} images.", *counts
        )
    if plan.known:
        yield say("{count} of the file are there already, just so.", plan.known)
    if plan.accepted and dry:
        yield say("Would accept {count} that were there as proposals.", plan.accepted)
    elif plan.accepted:
        yield say("Accepted {count} that were there as proposals.", plan.accepted)
    removed = [_some(state, n) for state, n in _removed(plan).items() if n]
    if len(removed) > 1:
        removed = [say("{some} and {last}", joined(removed[:-1], ", "), removed[-1])]
    if removed and dry:
        (which,) = removed
        yield say("Would remove {which} objects of {images} images.", which, plan.replaced)
    elif removed:
        (which,) = removed
        yield say("Removed {which} objects of {images} images.", which, plan.replaced)
    if plan.added and not arguments.accept:
        yield say(
            "The masks wait as proposals, which export leaves out: accept them in the window, or "
            "import the same again with --accept; export --state proposed writes them as they are."
        )
    yield from _inside(plan)


def _some(state: str, count: int) -> Message:
    """So many objects in a state."""
    words = {
        "accepted": say("{count} accepted", count),
        "edited": say("{count} edited", count),
        "proposed": say("{count} proposed", count),
        "rejected": say("{count} rejected", count),
    }
    return words.get(state, say("{count} unsegmented", count))


def _inside(plan: ImportPlan) -> Iterator[Message]:
    """That images lie in folders inside, which export takes if it is asked to alone."""
    inside = sorted({posixpath.dirname(change.name) for change in plan.changes} - {""})
    if not inside:
        return
    count = sum("/" in change.name for change in plan.changes)
    named = as_it_is(", ".join(shown(each) for each in inside[:FOLDERS_NAMED]))
    if len(inside) > FOLDERS_NAMED:
        named = say("{folders} and {count} more", named, len(inside) - FOLDERS_NAMED)
    yield say(
        "{count} of the images lie in folders inside ({folders}): export them with --recursive.",
        count,
        named,
    )


def _removed(plan: ImportPlan) -> dict[str, int]:
    """How many objects go, by state; those without a mask are told apart."""
    states = (State.ACCEPTED, State.EDITED, State.PROPOSED, State.REJECTED)
    counts: dict[str, int] = {state.value: getattr(plan.removed, state.value) for state in states}
    return {**counts, "unsegmented": plan.removed_unsegmented}


def _apply(folder: BatchFolder, plan: ImportPlan, progress: exchanging.Writing) -> None:
    """Image after image; what is written already is not written again."""
    for done, change in enumerate(plan.changes):
        progress(done)
        held = folder.objects(change.name)
        try:
            folder.write(held, changed(change, held.document))
        except Conflict as error:
            raise Problem(
                say("The objects of {name} were changed meanwhile.", change.name),
                say("Start again."),
                error,
            ) from error
