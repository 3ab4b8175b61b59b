"""What the data engine saves: by hand, by review of proposals, and after teaching the model.

    python -m tests.bench.data_engine FOLDER [--learn N] [--measured N] [--minutes N] [--seed N]
                                             [--finder grid proposer alike] [--model FILE]
                                             [--taught FILE] [--images NAME ...]
    python -m tests.bench.data_engine --quick

FOLDER holds images with masks, as for ``evaluate``; it is copied, never written to. Somebody who
knows the masks works the program below its window (``tests/bench/simulated_annotator.py`` has the
pace, and how the next action is chosen), on two groups of its images, drawn by the seed:

* stage 1: every object by hand, on both groups; the one to learn from is only the way there. First
  with a key for every mask, then with boxes in a row, of which each accepts the mask before.
* stage 2: on the measured group proposals by the model as it is are reviewed, image by image: the
  few right ones or the few wrong ones are clicked on, or all above a score are accepted; what lacks
  is boxed, and one key settles the rest.
* the model is taught on the masks that stage 1 accepted on the group to learn from, in a process
  of its own as the window and ``teach`` do it, for so many minutes.
* stage 2 after teaching: the same review on the measured group, with the taught model; for
  ``proposer`` its boxes are those of a proposer trained on the same masks, for ``alike`` what is
  found is all like these masks. And stage 1 once more.

All stages are counted on the same images, which nothing learned from. Masks are counted in the
files that were written: those with an IoU of 0.85 or more with a true one. Waiting for the model,
for proposals and for teaching is nobody's action, but starting them is.

``--quick`` works three small drawn images with a stand-in for the model, to show that it runs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from pathlib import Path

import numpy as np

from app.batch.examples import of_label
from app.batch.finding import ByExamples, FindAll
from app.batch.folder import BatchFolder
from app.batch.image_tasks import Boxes, Everything, Finder, Propose
from app.core.document import Annotation, State
from app.core.mask import Mask
from app.inference.engine import Loader, load_model
from app.inference.proposals import suited
from app.inference.questions import Choice
from app.storage.places import Places
from app.storage.project import Project
from model.evaluation.protocol import region_depth
from model.training.samples import Sample, read_folder
from tests.bench.simulated_annotator import GOOD, Annotator, Effort, Habit, Program

LEAST_PX = 20
"""Smaller objects are nobody's."""
DIALOG_KEYS = 3
"""To open a dialog, choose, and say yes: proposing, teaching, using what was taught, a score."""
SCORE_STEP = 0.05
"""Of the score from which on all are accepted at once: so finely one tries."""
HEAD = (
    "| stage | masks | actions a mask | seconds a mask | clicks / keys / strokes a mask "
    "| where the actions went |\n|---|---|---|---|---|---|"
)
Teach = Callable[[Path, Places, Choice, float], Choice]
"""Teaches a model on a folder's accepted masks for so many minutes; what to use then."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is on one image, from top to bottom as one works."""

    name: str
    masks: tuple[Mask, ...]

    @classmethod
    def of(cls, sample: Sample) -> Truth:
        found = [sample.mask(i) for i in range(len(sample.runs)) if sample.area(i) >= LEAST_PX]
        return cls(
            sample.path.name,
            tuple(sorted((Mask.from_array(each) for each in found), key=lambda m: m.bbox[1])),
        )


@dataclass(slots=True)
class Stage:
    """What one way of working came to on the measured images."""

    title: str
    masks: int
    of: int
    spent: Mapping[str, Effort]

    @property
    def effort(self) -> Effort:
        return sum(self.spent.values(), Effort())

    @property
    def actions(self) -> float:
        """An accepted mask."""
        return self.effort.actions / max(self.masks, 1)

    def row(self) -> str:
        """A line of the table in README.md."""
        all_of, count = self.effort, max(self.masks, 1)
        parts = sorted(self.spent.items(), key=lambda item: -item[1].actions)
        where = ", ".join(f"{name} {each.actions}" for name, each in parts if each.actions)
        return (
            f"| {self.title} | {self.masks} of {self.of} | {self.actions:.2f} | "
            f"{all_of.seconds / count:.1f} | {all_of.clicks / count:.2f} / "
            f"{all_of.keys / count:.2f} / {all_of.strokes / count:.2f} | {where} |"
        )


@dataclass(slots=True)
class Worker:
    """Works images of one folder, image by image.

    Attributes:
        in_a_row: whether a box around another object accepts the mask at hand, by hand as in a
            review; otherwise each mask takes a key.
    """

    program: Program
    root: Path
    annotator: Annotator
    habit: Habit = field(default_factory=Habit)
    in_a_row: bool = True

    # -- stage 1

    def by_hand(self, truths: Sequence[Truth], done_already: Collection[str] = ()) -> None:
        """Make every object, and go from image to image; not to those done already."""
        for truth in truths:
            if truth.name in done_already:
                continue
            self.program.go(self.root / truth.name)
            for mask in truth.masks:
                way = self.habit.way()
                done = self.annotator.make(mask.to_array(), way, stays=self.in_a_row)
                self.habit.note(way, done.effort.seconds)
            self.annotator.accept_waiting(by_key=True)
            self.program.navigator.done_and_next()
            self.annotator.key("going on")
            _told(f"  {truth.name}: {len(truth.masks)} objects")
        self.program.saved()

    # -- stage 2

    def review(self, truths: Sequence[Truth], task: Propose | FindAll) -> dict[str, set[int]]:
        """Propose, and review image after image; which objects are there then, by image.

        Only of images that were reviewed: where nothing is proposed the review does not stop.
        """
        parts, review = self.program.context, self.program.review
        parts.preferences.set(review_marks_done=True)
        parts.proposing.start(task, [self.root / truth.name for truth in truths])
        self.program.wait(lambda: not parts.proposing.running, 3600)
        self.dialog("starting")
        by_name = {truth.name: truth.masks for truth in truths}
        seen = dict[str, set[int]]()
        review.start()
        review.set_by_image(True)
        self.annotator.key("going on")
        self.annotator.key("going on")
        while self._at_hand():
            path = self.program.session.image_path
            assert path is not None
            if path.name in seen:
                raise RuntimeError(f"{path.name} was settled already")
            seen[path.name] = self._settle(by_name[path.name])
            _told(f"  {path.name}: {len(seen[path.name])} of {len(by_name[path.name])} objects")
        review.stop()
        self.annotator.key("going on")
        self.program.saved()
        return seen

    def dialog(self, purpose: str) -> None:
        for _ in range(DIALOG_KEYS):
            self.annotator.key(purpose)

    def _at_hand(self) -> bool:
        """Wait for the next image with proposals; False if all is decided."""
        review, session = self.program.review, self.program.session
        self.program.wait(
            lambda: review.ended or (session.document is not None and bool(review.ids))
        )
        return not review.ended

    def _settle(self, masks: Sequence[Mask]) -> set[int]:
        """One image: what is right or wrong is clicked, what lacks is made, one key settles it."""
        self.program.shown()
        waiting = self._waiting()
        right = matched(waiting, masks)
        for _ in waiting:
            self.annotator.look("judged")
        chosen = self.program.session.selection
        plan = planned(waiting, right, chosen)
        accepts = plan is Plan.WRONG
        if plan is Plan.SCORE:
            least = best_score(waiting, right)[1]
            self._click([a for a in waiting if _score(a) >= least and a.id not in right], False)
            self.program.review.accept_above(self.program.review.preview(least))
            self.dialog("accepted above a score")
        if plan is Plan.SELECTED:
            self._click([a for a in waiting if a.id in chosen and a.id not in right], False)
            self._click([a for a in waiting if a.id not in chosen and a.id in right], True)
            return self._complete(masks, set(right.values()), self.program.review.accept_selected)
        left = [a for a in self._waiting() if (a.id in right) is not accepts]
        self._click(left, not accepts)
        settle = partial(self.program.review.settle, accept=accepts)
        return self._complete(masks, set(right.values()), settle)

    def _complete(
        self, masks: Sequence[Mask], there: set[int], settle: Callable[[], object]
    ) -> set[int]:
        """Make what lacks, and settle the rest with one key."""
        for index in sorted(set(range(len(masks))) - there):
            if self.annotator.make(masks[index].to_array(), "box", stays=True).accepted:
                there.add(index)
        self.annotator.accept_waiting(by_key=False)
        settle()
        self.annotator.key("the rest")
        return there

    def _waiting(self) -> list[Annotation]:
        """What is to be decided on, the surest first."""
        document = self.program.session.document
        assert document is not None
        return [document.annotation(each) for each in self.program.review.ids]

    def _click(self, wanted: Sequence[Annotation], right: bool) -> None:
        """Click on each where it lies on top; in the list, and a key, what lies under others."""
        review, purpose = self.program.review, "right ones" if right else "wrong ones"
        for each in sorted(wanted, key=lambda a: a.mask.area):
            place = clickable(each, self._waiting())
            self.annotator.click(purpose)
            if place is not None:
                if not review.decide_at(*place, right=right):
                    raise RuntimeError("nothing waits where a proposal was clicked on")
                continue
            self.program.session.select([each.id])
            self.annotator.key(purpose)
            (review.accept if right else review.reject)()


class Plan(Enum):
    """How an image is settled: the right ones are clicked and the rest is rejected; the wrong ones
    are clicked and the rest is accepted; all above a score are accepted before the first; or what
    is wrong of the selection that the program proposes is put right by clicks, and that is accepted
    alone."""

    RIGHT = 0
    WRONG = 1
    SCORE = 2
    SELECTED = 3


def matched(waiting: Sequence[Annotation], masks: Sequence[Mask]) -> dict[int, int]:
    """Which proposals are right, by id, each with the object that it is; the best one of each."""
    pairs = [(a.mask.iou(mask), a.id, n) for a in waiting for n, mask in enumerate(masks)]
    found, taken = dict[int, int](), set[int]()
    for iou, id_, index in sorted(pairs, reverse=True):
        if iou >= GOOD and id_ not in found and index not in taken:
            found[id_] = index
            taken.add(index)
    return found


def planned(
    waiting: Sequence[Annotation], right: Mapping[int, int], selected: Collection[int]
) -> Plan:
    """What takes fewest actions; a person sees it by how many are wrong."""
    costs = {
        Plan.RIGHT: len(right),
        Plan.WRONG: len(waiting) - len(right),
        Plan.SCORE: best_score(waiting, right)[0],
        Plan.SELECTED: len(set(right).symmetric_difference(selected)),
    }
    if not selected:
        del costs[Plan.SELECTED]
    return min(costs, key=lambda each: costs[each])


def best_score(waiting: Sequence[Annotation], right: Mapping[int, int]) -> tuple[float, float]:
    """Actions of the cheapest score to accept from, and that score, in steps of the slider."""
    if any(a.evidence.predicted_iou is None for a in waiting):
        return float("inf"), 1.0
    costs = []
    for least in np.arange(1.0, -0.01, -SCORE_STEP).round(2).tolist():
        above = [a.id in right for a in waiting if _score(a) >= least]
        costs.append((DIALOG_KEYS + above.count(False) + len(right) - above.count(True), least))
    return min(costs, key=lambda each: each[0])


def _score(annotation: Annotation) -> float:
    return annotation.evidence.predicted_iou or 0.0


def clickable(wanted: Annotation, waiting: Sequence[Annotation]) -> tuple[float, float] | None:
    """The middle of what is to be seen of a proposal; smaller ones lie on larger ones."""
    free = wanted.mask
    for each in waiting:
        if each.id != wanted.id and each.mask.area <= wanted.mask.area:
            free = free.subtract(each.mask)
    if not free.area:
        return None
    depth = region_depth(free.to_array())
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return float(x) + 0.5, float(y) + 0.5


@dataclass(frozen=True, slots=True)
class Data:
    """Images to learn from, images to measure on."""

    to_learn: Sequence[Sample]
    measured: Sequence[Sample]

    @property
    def truths(self) -> tuple[list[Truth], list[Truth]]:
        return [Truth.of(s) for s in self.to_learn], [Truth.of(s) for s in self.measured]


@dataclass(slots=True)
class Engine:
    """All stages on one data set, in copies of it.

    Attributes:
        place: an empty folder for them.
        load: makes models. teach: teaches one.
        choice: the model to begin with.
        points: a side of the grid of segment everything; None for what suits the model.
        habit: how objects are begun with that model, learned in stage 1.
    """

    data: Data
    place: Path
    seed: int
    load: Loader
    teach: Teach
    choice: Choice
    points: int | None = None
    habit: Habit = field(default_factory=Habit)

    def run(self, minutes: float, finders: Sequence[str]) -> list[Stage]:
        """Every stage in turn; its row is printed as soon as it is there."""
        base, places = self.place / "base", self._places("base")
        stages = [self._stage_1(base)]
        stages.append(self._by_hand("stage 1, boxes in a row", base, self.choice))
        stages.append(self._stage_2("stage 2", base, "grid", self.choice))
        _told(f"teaching for {minutes:g} minutes")
        taught = self.teach(base, places, self.choice, minutes)
        for finder in finders:
            stages.append(self._stage_2(f"stage 2 after teaching, {finder}", base, finder, taught))
        stages.append(self._by_hand("stage 1 after teaching", base, taught))
        return stages

    def _stage_1(self, base: Path) -> Stage:
        """By hand; ``base`` is the folder as it is once the images to learn from are done."""
        learn, measured = self.data.truths
        root = self.place / "by-hand"
        root.mkdir(parents=True)
        for sample in (*self.data.to_learn, *self.data.measured):
            shutil.copy(sample.path, root)
        worker = self._worker(root, self.choice)
        worker.in_a_row = False
        try:
            _told("stage 1, images to learn from")
            worker.by_hand(learn)
            shutil.copytree(root, base)
            worker.annotator.spent.clear()
            _told("stage 1, measured images")
            worker.by_hand(measured)
        finally:
            worker.program.close()
        self.habit = worker.habit
        return self._stage("stage 1", worker)

    def _by_hand(self, title: str, base: Path, choice: Choice) -> Stage:
        worker = self._worker(self._copy(title, base), choice)
        _told(title)
        try:
            worker.by_hand(self.data.truths[1])
        finally:
            worker.program.close()
        return self._stage(title, worker)

    def _stage_2(self, title: str, base: Path, finder: str, choice: Choice) -> Stage:
        worker = self._worker(self._copy(title, base), choice)
        truths = self.data.truths[1]
        _told(title)
        if choice is not self.choice:
            worker.dialog("starting")
            worker.dialog("starting")  # teaching it, and using it
        try:
            worker.by_hand(truths, worker.review(truths, self._task(worker, finder)))
        finally:
            worker.program.close()
        return self._stage(title, worker)

    def _task(self, worker: Worker, finder: str) -> Propose | FindAll:
        if finder == "proposer":
            return Propose(_proposer(worker))
        if finder == "alike":
            return self._alike(worker)
        return Propose(self._grid(worker.program))

    def _alike(self, worker: Worker) -> FindAll:
        """Find all like what was accepted on the images to learn from."""
        folder = BatchFolder.of([worker.root], self._places(worker.root.name))
        document = folder.objects(self.data.to_learn[0].path.name, to_write=False).document
        label = next(each.label_id for each in document)
        examples, _ = of_label(folder, label, "")
        worker.dialog("starting")
        return FindAll(ByExamples(folder.unlisted(), examples), label_id=label)

    def _grid(self, program: Program) -> Finder:
        """Segment everything, as the program does it by itself."""
        settings = suited(program.host.loaded)
        if self.points is not None:
            grid = replace(settings.grid, points_per_side=self.points)
            settings = replace(settings, grid=grid)
        return Everything(settings, None, fit=True)

    def _copy(self, title: str, base: Path) -> Path:
        root = self.place / title.replace(" ", "-").replace(",", "")
        shutil.copytree(base, root)
        return root

    def _places(self, name: str) -> Places:
        return Places.below(self.place / "user" / name)

    def _worker(self, root: Path, choice: Choice) -> Worker:
        program = Program(self._places(root.name), self.load)
        program.open(root, choice)
        habit = deepcopy(self.habit) if choice is self.choice else Habit()
        return Worker(program, root, Annotator(program, self.seed), habit)

    def _stage(self, title: str, worker: Worker) -> Stage:
        """Counted in the files."""
        project = Project.of(worker.root, self._places(worker.root.name))
        masks = of = 0
        for truth in self.data.truths[1]:
            size = truth.masks[0].size
            document = project.read_objects(worker.root / truth.name, *size).document
            kept = [a.mask for a in document if a.state in (State.ACCEPTED, State.EDITED)]
            masks += sum(any(mask.iou(each) >= GOOD for each in kept) for mask in truth.masks)
            of += len(truth.masks)
        stage = Stage(title, masks, of, dict(worker.annotator.spent))
        print(stage.row(), flush=True)
        return stage


def _proposer(worker: Worker) -> Finder:
    """Train the folder's proposer, use it, and find boxes with it."""
    from app.batch.box_sources import proposer_boxes

    program, teaching, kept = worker.program, worker.program.context.teaching, list[object]()
    teaching.kept.connect(kept.append)
    if not teaching.start():
        raise RuntimeError("the proposer cannot be trained now")
    program.wait(lambda: teaching.trained is not None, 3600)
    teaching.keep()
    program.wait(lambda: bool(kept))
    worker.dialog("starting")
    folder = program.session.folder
    assert folder is not None
    return Boxes(proposer_boxes(folder.project))


def taught(root: Path, places: Places, choice: Choice, minutes: float) -> Choice:
    """Teach the model in a process of its own, as the window does, and say how it went.

    Raises:
        Problem, RuntimeError: nothing came of it.
    """
    from app.batch.lesson_data import material_of
    from app.batch.teachable import Wanted, begin, teachable
    from app.batch.teaching import Run
    from app.storage.taught_models import TaughtModels

    folder = BatchFolder.of([root], places)
    run = Run.of(folder.project, places)
    begin(folder, material_of(folder), run, teachable(choice), Wanted(minutes))
    words = run.spawn().wait() and run.last_words()
    made = TaughtModels(folder.project).entries()
    if words or not made:
        raise RuntimeError(f"nothing was taught: {words or run.last_words()}")
    card = made[0].card
    _told(
        f"{card.steps} steps on {card.masks} masks of {card.images} images; held out, mIoU after "
        f"1 and 5 clicks, box: {card.old.miou_1:.3f}, {card.old.miou_5:.3f}, {card.old.box:.3f} -> "
        f"{card.new.miou_1:.3f}, {card.new.miou_5:.3f}, {card.new.box:.3f}"
    )
    return Choice(str(made[0].path), card.title)


def drawn(folder: Path, learn: int, measured: int, seed: int, names: Sequence[str] = ()) -> Data:
    """Images of ``folder``, by chance; those to measure are ``names`` where any are told.

    Raises:
        DataError: it has no masks. ValueError: it has too few images, or none of such a name.
    """
    samples = [sample for sample in read_folder(folder) if Truth.of(sample).masks]
    if len(samples) < learn + measured:
        raise ValueError(f"{folder} has {len(samples)} images with masks: ask for fewer")
    known = {sample.path.name: sample for sample in samples}
    if missing := [name for name in names if name not in known]:
        raise ValueError(f"{folder} has no image {missing[0]} with masks")
    order = np.random.default_rng(seed).permutation(len(samples)).tolist()
    others = [samples[place] for place in order if samples[place].path.name not in names]
    if names:
        return Data(others[:learn], [known[name] for name in names])
    return Data(others[:learn], others[learn : learn + measured])


def verdict(stages: Sequence[Stage]) -> str:
    """Whether the best stage 2 after teaching takes at most half of the actions of stage 1 with the
    model as it was, done the quickest way."""
    after = [stage for stage in stages if stage.title.startswith("stage 2 after")]
    best = min(after, key=lambda stage: stage.actions)
    by_hand = [stage for stage in stages if stage.title in ("stage 1", "stage 1, boxes in a row")]
    share = best.actions / min(stage.actions for stage in by_hand)
    said = "reached" if share <= 0.5 else "missed"
    return (
        f"{best.title}: {100 * share:.0f} % of the actions of stage 1; the aim of 50 % is {said}."
    )


def quick(place: Path) -> list[Stage]:
    """Three small drawn images and a model that answers with discs, which nothing is taught."""
    from PIL import Image

    from tests.stand_ins import FakeModel

    samples = []
    for number in range(3):
        pixels, wanted = np.zeros((64, 64, 3), np.uint8), np.zeros((2, 64, 64), np.bool_)
        y, x = np.mgrid[:64, :64]
        wanted[0] = np.hypot(x - 18 - number, y - 18) < 13
        wanted[1] = (abs(x - 44) < 12) & (abs(y - 44 - number) < 8)
        pixels[wanted.any(axis=0)] = 200
        path = place / f"{number}.png"
        Image.fromarray(pixels).save(path)
        runs = tuple(Mask.from_array(each).runs for each in wanted)
        samples.append(Sample(path, (64, 64), runs))
    choice = Choice()
    engine = Engine(
        Data(samples[:1], samples[1:]), place / "work", 0,
        load=lambda chosen: FakeModel(identity=chosen.source),
        teach=lambda root, places, chosen, minutes: Choice("taught", "taught"), choice=choice,
        points=6,
    )  # fmt: skip
    return engine.run(0.0, ("grid",))


def _told(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--learn", type=int, default=10, help="images to learn from (10)")
    parser.add_argument("--measured", type=int, default=5, help="other images (5)")
    parser.add_argument("--minutes", type=float, default=10.0, help="of teaching (10)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--finder", nargs="+", choices=("grid", "proposer", "alike"), default=("grid", "alike")
    )
    parser.add_argument("--model", default="builtin", help="to begin with (built-in)")
    parser.add_argument("--taught", default="", help="use this taught model, and teach nothing")
    parser.add_argument(
        "--images", nargs="+", default=(), metavar="NAME", help="the images to measure on"
    )
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    if arguments.folder is None and not arguments.quick:
        parser.error("say which folder, or --quick")
    return arguments


def main() -> None:
    arguments = _arguments()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    began = time.monotonic()
    print(HEAD, flush=True)
    with tempfile.TemporaryDirectory() as place:
        if arguments.quick:
            stages = quick(Path(place))
        else:
            data = drawn(
                arguments.folder, arguments.learn, arguments.measured, arguments.seed,
                arguments.images,
            )  # fmt: skip
            ready = Choice(arguments.taught, arguments.taught)
            engine = Engine(
                data, Path(place) / "work", arguments.seed, load_model,
                (lambda *lesson: ready) if arguments.taught else taught, Choice(arguments.model),
            )  # fmt: skip
            stages = engine.run(arguments.minutes, arguments.finder)
    print(verdict(stages))
    _told(f"{(time.monotonic() - began) / 60:.1f} minutes")


if __name__ == "__main__":
    main()
