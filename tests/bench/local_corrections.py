"""What corrective clicks cost elsewhere: right pixels lost at each, and how soon masks are good.

    python -m tests.bench.local_corrections FOLDER [--objects N] [--rule whole|local|auto ...]

FOLDER holds images with masks, as for ``evaluate``. Each object is clicked as there: near the
middle first, then near the middle of the largest error. The answers go through the same states as
in the window, so what is measured is what an annotator gets: ``whole`` takes the model's whole
answer each time, ``local`` no more than what is around the click, ``auto`` is what the program
does.

A pixel counts as lost at a click if it was right before and is wrong after it; the share is of the
object's area. It is told for all corrective clicks, and for those on masks that had an IoU of 0.8
or more, which were good but for a place. ``worse`` is the share of corrective clicks after which
the IoU is lower than before.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.core import correction
from app.core.mask import Mask
from app.core.picture import Picture, key_of
from app.core.prompt import Point, Prompt
from app.inference.engine import Engine
from app.inference.questions import Choice, Embed, Load, Predict, Ticket
from app.session.mask.draft import DraftHistory, Scope
from model.evaluation.evaluate import drawn
from model.evaluation.protocol import click_in, is_obeyed, mask_iou, next_click
from model.interface import Bool, Embedding
from model.training.samples import Sample, read_folder, read_image

RULES = {"whole": Scope.WHOLE, "local": Scope.LOCAL, "auto": Scope.AUTO}
LEAST, ENOUGH = 9, 0.9
GOOD = 0.8


@dataclass(frozen=True, slots=True)
class Course:
    """One object: IoU after each click; of each corrective one the share lost, and whether its own
    pixel came out as it said."""

    ious: tuple[float, ...]
    lost: tuple[float, ...]
    obeyed: tuple[bool, ...]


class Annotator:
    """Clicks objects of one image, as the window's mask editor takes the answers."""

    def __init__(self, engine: Engine, sample: Sample, number: int) -> None:
        pixels = read_image(sample)
        self._engine, self._number = engine, number
        picture = Picture(pixels, key_of(sample.path.read_bytes()), sample.path)
        self._key = picture.key
        embedded = engine.answer(Embed(picture), lambda: False)
        self._embedding: Embedding = embedded.embedding  # type: ignore[union-attr]

    def course(self, wanted: Bool, index: int, scope: Scope, most: int) -> Course:
        jitter = np.random.default_rng([self._number, index])
        line, area = DraftHistory(), np.count_nonzero(wanted)
        click, label = click_in(wanted, jitter)[0], 1
        found = np.zeros_like(wanted)
        ious, lost, obeyed = list[float](), list[float](), list[bool]()
        while True:
            before, found = found, self._answered(line, Point(*click, bool(label)), scope)
            if ious:
                gone = np.count_nonzero((before == wanted) & (found != wanted))
                lost.append(gone / area)
                obeyed.append(is_obeyed(found, click, label))
            ious.append(mask_iou(found, wanted))
            following = next_click(wanted, found, jitter)
            done = len(ious) >= LEAST and max(ious) >= ENOUGH
            if following is None or done or len(ious) >= most:
                return Course(tuple(ious), tuple(lost), tuple(obeyed))
            click, label = following

    def _answered(self, line: DraftHistory, point: Point, scope: Scope) -> Bool:
        model = self._engine.model.identity
        prompt: Prompt = line.current.prompt.with_point(point)
        line.ask(prompt, model, 0.0, scope)
        state = line.current
        ticket = Ticket(self._key, model, state.revision)
        question = Predict(ticket, self._embedding, prompt, state.feed)
        answer = self._engine.answer(question, lambda: False)
        line.answered(state.revision, answer, model)  # type: ignore[arg-type]
        mask: Mask | None = line.current.mask
        return np.zeros(self._embedding.image_size, np.bool_) if mask is None else mask.to_array()


def measured(samples: Sequence[Sample], objects: int, rules: Sequence[str], most: int) -> None:
    engine = Engine()
    engine.answer(Load(Choice()), lambda: False)
    courses: dict[str, list[Course]] = {rule: [] for rule in rules}
    for number, (sample, masks) in enumerate(drawn(samples, objects, 0)):
        annotator = Annotator(engine, sample, number)
        for index in masks:
            for rule in rules:
                wanted = sample.mask(index)
                courses[rule].append(annotator.course(wanted, index, RULES[rule], most))
    for rule, found in courses.items():
        print(row(rule, found, most), flush=True)


def row(rule: str, courses: Sequence[Course], most: int) -> str:
    """A line of the table in README.md."""

    def after(clicks: int) -> float:
        return float(np.mean([each.ious[min(clicks, len(each.ious)) - 1] for each in courses]))

    def clicks_to(iou: float) -> float:
        reached = ([n + 1 for n, v in enumerate(each.ious) if v >= iou] for each in courses)
        return float(np.mean([(found or [most])[0] for found in reached]))

    pairs = [pair for each in courses for pair in zip(each.ious, each.lost, strict=False)]
    lost = 100 * np.mean([share for _, share in pairs])
    lost_good = 100 * np.mean([share for iou, share in pairs if iou >= GOOD])
    steps = [pair for each in courses for pair in zip(each.ious, each.ious[1:], strict=False)]
    worse = np.mean([after < before for before, after in steps])
    obeyed = np.mean([each for course in courses for each in course.obeyed])
    ious = " / ".join(f"{after(clicks):.3f}" for clicks in (1, 2, 3, 5, 9))
    return (
        f"| {rule} | {lost:.2f} % | {lost_good:.2f} % | {100 * worse:.0f} % | {ious} | "
        f"{clicks_to(0.85):.2f} | {clicks_to(0.9):.2f} | {obeyed:.2f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--objects", type=int, default=300)
    parser.add_argument("--clicks", type=int, default=20)
    parser.add_argument("--rule", nargs="+", choices=list(RULES), default=list(RULES))
    parser.add_argument("--good-iou", type=float, default=correction.GOOD_IOU)
    parser.add_argument("--same-iou", type=float, default=correction.SAME_IOU)
    parser.add_argument("--reach", type=float, default=correction.REACH)
    arguments = parser.parse_args()
    correction.GOOD_IOU, correction.SAME_IOU = arguments.good_iou, arguments.same_iou
    correction.REACH = arguments.reach
    measured(read_folder(arguments.folder), arguments.objects, arguments.rule, arguments.clicks)


if __name__ == "__main__":
    main()
