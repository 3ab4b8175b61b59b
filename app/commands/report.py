"""Statistics of a folder and the audit of its masks: an HTML page with pictures, and a CSV file."""

from __future__ import annotations

import argparse
from pathlib import Path, PurePath

from app.batch.folder import BatchFolder
from app.batch.report import FolderReport, draw_audit, report_on
from app.commands.console import DONE, SOME_FAILED, Console, stoppable
from app.commands.language import told
from app.commands.options import add_folder, add_take_over, editing, not_here, open_folder
from app.core.audit import Audit
from app.core.document import State
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.core.progress import Progress
from app.core.statistics import Group, group
from app.storage.atomic import write_atomic
from app.storage.audit_file import FILE, read_audit, write_audit
from app.storage.exchange.protected import Protected
from app.storage.failures import not_written
from app.storage.names import shown
from app.storage.report import csv_of, html_report
from model.interface import Cancelled
from model.messages import reason_of, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_folder(parser, stores=True)
    add_take_over(parser)
    parser.add_argument(
        "--html", type=Path, default=Path("report.html"), help="where the page goes (report.html)"
    )
    parser.add_argument("--csv", type=Path, help="where the table of all masks goes")
    parser.add_argument(
        "--draw", type=int, metavar="N", help="draw N random masks for an audit, in place of one"
    )
    parser.add_argument("--automatic", action="store_true", help="draw machine-made masks only")
    parser.add_argument("--seed", type=int, default=0, help="of the draw (0)")


def run(arguments: argparse.Namespace) -> int:
    """The exit status."""
    console = Console(arguments.json)
    folder = open_folder(arguments)
    console.left_out(folder.left_out)
    for path in (arguments.html, arguments.csv):
        if path is not None:
            Protected.of(folder.project).require_file(path)
    with stoppable() as cancelled:

        def progress(done: int, total: int) -> None:
            console.progress(say("{done} of {total} images", done, total))
            console.emit("progress", what="reading", done=done, total=total)
            if cancelled():
                raise Cancelled

        try:
            if arguments.draw is not None:
                return _draw(arguments, folder, console, progress)
            audit = read_audit(folder.project.own / FILE).audit
            found = report_on(folder, audit, progress)
        except Cancelled:
            return console.stopped(say("Stopped; no report was written."))
    _write(arguments, folder, folder.project.book.labels, found)
    _tell(arguments, console, found)
    return SOME_FAILED if found.unread else DONE


def _draw(
    arguments: argparse.Namespace, folder: BatchFolder, console: Console, progress: Progress
) -> int:
    if arguments.draw < 1:
        raise Problem(
            say("At least one mask must be drawn."), say("Give --draw a number from 1 on.")
        )
    if folder.address.url:
        raise not_here(folder.address.url)
    with editing(folder, take_over=arguments.take_over):
        path = folder.project.own / FILE
        token = read_audit(path).token
        audit = draw_audit(
            folder,
            arguments.draw,
            arguments.seed,
            automatic_only=arguments.automatic,
            progress=progress,
        )
        write_audit(path, audit, token)
    _drawn(console, audit)
    return DONE


def _drawn(console: Console, audit: Audit) -> None:
    images = len({item.image for item in audit.items})
    console.emit("drawn", status=DONE, masks=len(audit.items), images=images, seed=audit.seed)
    console.answer(
        say(
            "Drew {masks} masks on {images} images. Correct them in the window (Review, Audit), "
            "then make the report.",
            len(audit.items),
            images,
        )
    )


def _write(
    arguments: argparse.Namespace, folder: BatchFolder, labels: LabelSet, found: FolderReport
) -> None:
    title = f"{shown(PurePath(str(folder.address)).name)}: report"
    page = html_report(title, found.statistics, found.audit)
    _put(arguments.html, page)
    if arguments.csv is not None:
        _put(arguments.csv, csv_of(found.facts, {each.id: each.name for each in labels}))


def _put(path: Path, text: str) -> None:
    try:
        write_atomic(path, text.encode("utf-8", "replace"))
    except OSError as error:
        raise not_written(path, error) from error


def _tell(arguments: argparse.Namespace, console: Console, found: FolderReport) -> None:
    for name, problem in found.unread:
        console.say(f"{shown(name)}: {told(reason_of(problem))}")
    statistics, audit = found.statistics, found.audit
    proposed = sum(fact.state is State.PROPOSED for fact in found.facts)
    console.emit(
        "report",
        status=SOME_FAILED if found.unread else DONE,
        images=statistics.images,
        proposed=proposed,
        total=_plain(statistics.total),
        stages=[_plain(each) for each in statistics.stages],
        labels=[_plain(each) for each in statistics.labels],
        days=[_plain(each) for each in statistics.days],
        audit=None if audit is None else _plain(group("audit", audit.facts)),
        unread=len(found.unread),
        html=shown(arguments.html),
    )
    console.answer(
        say(
            "{accepted} masks accepted and {proposed} proposed on {some} of {images} images; "
            "written to {file}.",
            statistics.total.masks - proposed,
            proposed,
            statistics.total.images,
            statistics.images,
            shown(arguments.html),
        )
    )


def _plain(each: Group) -> dict[str, object]:
    return {
        "name": each.name,
        "masks": each.masks,
        "images": each.images,
        "seconds": each.seconds,
        "clicks": each.clicks,
        "pairs": each.ious.count,
        "mean_iou": each.ious.mean if each.ious.count else None,
        "above_0.9": each.ious.above_good if each.ious.count else None,
        "above_0.75": each.ious.above_fair if each.ious.count else None,
    }
