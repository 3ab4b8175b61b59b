"""What export, import and convert share: options of formats, progress, and the report."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from app.commands.console import DONE, EXIT_TEXT, SOME_FAILED, Console
from app.commands.options import add_json
from app.core.errors import Problem
from app.storage.exchange.formats import FORMATS, Format
from app.storage.exchange.records import more_than_told
from app.storage.exchange.values import ExportReport, Skip, Unchosen
from app.storage.names import shown
from model.interface import Cancelled
from model.messages import Message, as_it_is, joined, say

Reading = Callable[[int, int], None]
Writing = Callable[[int], None]
TOLD = 20
"""So many skips and losses are told to people; machines get all."""
REASONS_TOLD = 10


def add_formats(parser: argparse.ArgumentParser) -> None:
    """The list of formats below the help, and the options of any command here."""
    lines = [say("  {name}{what}", f"{e.name:<14}", e.description) for e in FORMATS.values()]
    listed = say("formats:\n{formats}", joined(lines, "\n"))
    parser.epilog = joined((listed, EXIT_TEXT), "\n\n")
    add_json(parser)


def add_target(parser: argparse.ArgumentParser) -> None:
    """What is written, and how."""
    parser.add_argument("target", type=Path, help="the file or folder to write")
    parser.add_argument("--to", choices=[*FORMATS], default="coco", help="format (default: coco)")
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME[=VALUE]",
        help="of the format, such as polygons, boxes, copy_images, polygons=no or bits=16",
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="also where another export or another program's files are; those of the same names "
        "are replaced, others stay",
    )


def options_of(texts: Sequence[str]) -> dict[str, object]:
    """``--option`` as writers take them: a name alone is a switch, a number a number."""
    switches = {"yes": True, "true": True, "no": False, "false": False}
    found: dict[str, object] = {}
    for text in texts:
        name, given, value = text.partition("=")
        word: object = switches.get(value.lower(), value)
        found[name] = (int(value) if value.isdigit() else word) if given else True
    return found


def check_options(form: str, options: dict[str, object]) -> None:
    """Raise Problem unless the format ``form`` takes these values."""
    for option in FORMATS[form].options:
        allowed = option.choices or (True, False)
        if option.name in options and options[option.name] not in allowed:
            raise Problem(
                say("{name} cannot be {value}.", option.name, options[option.name]),
                say(
                    "It can be: {choices}.",
                    ", ".join(str(each) for each in allowed if each is not None),
                ),
            )


def reading(console: Console, cancelled: Callable[[], bool]) -> Reading:
    """Tells how far reading is, and stops it."""

    def tell(done: int, total: int) -> None:
        if cancelled():
            raise Cancelled
        console.progress(say("reading: {done} of {total}", done, total))
        if total and done * 100 // total > (done - 1) * 100 // total:
            console.emit("progress", what="reading", done=done, total=total)

    return tell


def writing(console: Console, cancelled: Callable[[], bool]) -> Writing:
    """Tells how far writing is, and stops it."""

    def tell(done: int) -> None:
        if cancelled():
            raise Cancelled
        console.progress(say("written: {count} images", done))
        console.emit("progress", what="writing", done=done)

    return tell


def stopped(console: Console, form: Format) -> int:
    """Say what is left of an export that was stopped; the exit status."""
    if form.suffix:
        return console.stopped(
            say("Stopped. Nothing was written; a file that was there is as it was.")
        )
    return console.stopped(
        say("Stopped. Files that were written stay; start again for all of them.")
    )


def tell_export(console: Console, report: ExportReport, target: Path) -> int:
    """Say what was written; the exit status."""
    _tell_losses(console, report)
    status = tell_skips(console, report.skipped)
    for name in report.removed:
        console.emit("removed", file=name)
    for name in report.others:
        console.emit("other", file=name)
    for line in remarks(report):
        console.say(line)
    console.emit(
        "end",
        status=status,
        images=report.images,
        objects=report.objects,
        files=len(report.files),
        losses=len(report.losses),
        worst_iou=report.worst_iou,
        skipped=len(report.skipped),
        removed=len(report.removed),
        others=len(report.others),
        proposals=report.unchosen.proposals,
        waiting=report.unchosen.unsegmented,
        inside=report.unchosen.inside,
        undecided=report.unchosen.undecided,
        without_attributes=report.undescribed.attributes,
        without_flags=report.undescribed.flags,
        without_groups=report.undescribed.groups,
        without_notes=report.undescribed.notes,
    )
    console.answer(
        say(
            "Wrote {objects} objects of {images} images to {target}; read back and compared.",
            report.objects,
            report.images,
            target,
        )
    )
    return status


def _tell_losses(console: Console, report: ExportReport) -> None:
    """Say which objects came back otherwise."""
    for loss in report.losses:
        console.emit("loss", where=loss.where, reason=loss.reason, iou=loss.iou)
    for loss in report.losses[:TOLD]:
        iou = f"{loss.iou:.3f}"
        console.say(say("{where}: {reason} (IoU {iou})", loss.where, loss.reason, iou))
    if len(report.losses) > TOLD:
        worst = f"{report.worst_iou:.3f}"
        console.say(say("... {count} objects in all; worst IoU {iou}.", len(report.losses), worst))


def remarks(report: ExportReport) -> Iterator[Message]:
    """What else one has to know of an export: of the folder it went to, of what the format has no
    place for, and of what was not asked for."""
    if report.removed:
        yield say(
            "Removed {names}, which an earlier export had written here.", _some(report.removed)
        )
    if report.others:
        yield say(
            "Also there, not of this export, and read with it: {names}. They were left alone.",
            _some(report.others),
        )
    lost = report.undescribed
    for count, what in (
        (lost.attributes, say("attributes")),
        (lost.flags, say("flags (occluded, truncated, difficult, crowd)")),
        (lost.groups, say("group")),
        (lost.notes, say("note")),
    ):
        if count:
            yield say(
                "Lost: the {what} of {count} objects, for which the format has no place.",
                what,
                count,
            )
    yield from _unchosen(report.unchosen)


def _unchosen(unchosen: Unchosen) -> Iterator[Message]:
    """What was not asked for."""
    if unchosen.proposals:
        yield say(
            "Not written: {count} proposals that nobody has accepted. Accept them in the window "
            "(Review menu), or write them with --state proposed.",
            unchosen.proposals,
        )
    if unchosen.unsegmented:
        yield say(
            "Not written: {count} objects that are boxes or points still. Segment them (relabel), "
            "or write the boxes with --waiting.",
            unchosen.unsegmented,
        )
    if unchosen.undecided:
        yield say(
            "Left out: {count} images without such objects that were skipped, or that nobody has "
            "looked through. Mark those done on which there is nothing.",
            unchosen.undecided,
        )
    if unchosen.inside:
        yield say(
            "Not written: {count} images with objects in the folders inside. Write them with "
            "--recursive.",
            unchosen.inside,
        )


def _some(names: Sequence[str]) -> Message:
    first = as_it_is(", ".join(shown(name) for name in names[:3]))
    if len(names) <= 3:
        return first
    return say("{names} and {count} more files", first, len(names) - 3)


def tell_skips(console: Console, skipped: Sequence[Skip]) -> int:
    """Say what was left out; the exit status."""
    for skip in skipped:
        console.emit("skipped", where=skip.where, reason=skip.reason)
    for skip in skipped[:TOLD]:
        console.say(say("Left out: {where}: {reason}", skip.where, skip.reason))
    if len(skipped) > TOLD:
        beyond = more_than_told(skipped)
        total = len(skipped) + beyond - (beyond > 0)
        console.say(say("... {count} left out in all:", total))
        for reason, count in reasons(skipped)[:REASONS_TOLD]:
            console.say(say("  {count} times: {reason}", count, reason))
    return SOME_FAILED if skipped else DONE


def reasons(skipped: Sequence[Skip]) -> list[tuple[str, int]]:
    """Why things were left out and how often, the most frequent first; names and numbers apart."""
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for skip in skipped:
        kind = skip.reason.kind if isinstance(skip.reason, Message) else skip.reason
        examples.setdefault(kind, skip.reason)
        counts[kind] += 1
    return [(kind if count > 1 else examples[kind], count) for kind, count in counts.most_common()]
