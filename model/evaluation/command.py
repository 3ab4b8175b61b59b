"""``python -m model evaluate``: click every object of a folder and print how many clicks it
took."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from model.evaluation.evaluate import Protocol, Result, evaluate
from model.evaluation.options import add_clicking, close_of
from model.evaluation.protocol import EDGE_PX, Clicked
from model.evaluation.scores import (
    LOSS,
    SPARSE,
    ObjectScore,
    Summary,
    by_size,
    second_clicks,
    sparse_boxes,
)
from model.evaluation.sheet import Sheet
from model.messages import Message, joined, say
from model.training.samples import Sample, read_folder

HELP = "score a model by simulated clicks on a folder of images with masks"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", type=Path, help="images with annotations.json (COCO RLE), or with a sidecar each"
    )
    parser.add_argument("--model", default="builtin", help="name or file of the model [builtin]")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--runtime", default="auto")
    add_clicking(parser)
    parser.add_argument("--json", type=Path, help="write the scores to this file")
    parser.add_argument("--sheet", type=Path, help="write a picture of the worst and best objects")


def run(arguments: argparse.Namespace) -> int:
    """Raises: ValueError, ModelError: the folder or the model cannot be used."""
    from model.loading import load

    samples = read_folder(arguments.folder)
    loaded = load(arguments.model, arguments.device, arguments.runtime)
    if loaded.report.terms is not None:
        print(loaded.report.terms.told, file=sys.stderr)
    close = close_of(arguments)
    protocol = Protocol(arguments.clicks, arguments.jitter, arguments.limit, arguments.seed, close)
    sheet = Sheet()
    done = 0

    def seen(sample: Sample, score: ObjectScore, course: Clicked) -> None:
        nonlocal done
        done += 1
        if arguments.sheet:
            sheet.add(sample, score, course)
        if sys.stderr.isatty():
            print(f"\r{done} objects", end="", file=sys.stderr, flush=True)

    result = evaluate(loaded, samples, protocol, seen)
    print(report(result))
    if arguments.json:
        arguments.json.write_text(json.dumps(result.to_json(), indent=1) + "\n", encoding="utf-8")
    if arguments.sheet:
        sheet.save(arguments.sheet)
    return 0


def report(result: Result) -> Message:
    """A table for people: all objects, then each size bin."""
    rows = {"all": result.summary, **by_size(result.scores, result.protocol.most)}
    clicks = list(result.summary.miou)
    head = ["objects", *(f"@{n}" for n in clicks), "oracle", "box"]
    head += [*(f"NoC@{p}" for p in result.summary.noc), "obeyed"]
    head += [*(f"F@{n}" for n in result.summary.edges), "F box"]
    lines: list[str] = [_how(result)]
    lines.append(f"{'':12}" + "".join(f"{name:>8}" for name in head))
    lines += [f"{name:12}" + _row(summary) for name, summary in rows.items()]
    lines.append(
        say(
            "embed {embed} ms, click {click} ms (medians); F: outlines that lie within {distance} "
            "px of each other",
            f"{result.embed_ms:.0f}",
            f"{result.summary.click_ms:.1f}",
            EDGE_PX,
        )
    )
    lines += _second_clicks(result)
    sparse, iou = sparse_boxes(result.scores)
    if sparse:
        lines.append(
            say(
                "box of {count} objects that fill less than {share} of it: {iou}",
                sparse,
                f"{SPARSE:.0%}",
                f"{iou:.3f}",
            )
        )
    lines += [say("Left out: {why}", why) for why in result.unread]
    return joined(lines, "\n")


def _second_clicks(result: Result) -> list[Message]:
    """What became of masks with the second click."""
    return [
        say(
            "second click, {name}: {objects} objects, IoU {gain}, {share} lose more than {loss}",
            name,
            found.objects,
            f"{found.gain:+.3f}",
            f"{found.losing:.0%}",
            LOSS,
        )
        for name, found in second_clicks(result.scores).items()
    ]


def _how(result: Result) -> Message:
    """Which model, and how it was clicked."""
    how = say("central clicks")
    if result.protocol.jitter:
        how = say("jittered clicks")
    return joined((result.model, how, *result.protocol.close.words), ", ")


def _row(summary: Summary) -> str:
    values = [*summary.miou.values(), summary.oracle, summary.box]
    text = f"{summary.objects:8d}" + "".join(f"{value:8.3f}" for value in values)
    text += "".join(f"{clicks:8.2f}" for clicks in summary.noc.values())
    text += f"{summary.obeyed:8.2f}"
    edges = [*summary.edges.values(), summary.box_edge]
    return text + "".join(f"{value:8.3f}" for value in edges)
