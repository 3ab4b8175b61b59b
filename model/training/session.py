"""One run of the ``train`` command, from its arguments to the written checkpoint."""

from __future__ import annotations

import argparse
import math
import multiprocessing
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, distributed

from model.architecture.config import SMALL, Variant
from model.architecture.sam import Sam
from model.evaluation.evaluate import Result
from model.evaluation.scores import Summary
from model.runtime_torch.place import multiplies_bfloat16
from model.training import peers
from model.training.backbone import start_from_mobilenet
from model.training.batches import Augmentation, BatchMaker, Images
from model.training.export import export_weights
from model.training.heldout import HeldOut, merit, split
from model.training.interaction import Interaction
from model.training.loop import Trainer
from model.training.losses import Emphasis
from model.training.pixels import ImagesFromFiles, PackedImages
from model.training.recipe import Progress, Recipe, new_state
from model.training.samples import Sample, read_folder
from model.training.schedule import Schedule, Stage
from model.training.views import KnownViews, ViewMaker
from model.training.windows import Windows

SCRATCH = "scratch"
STEPS_TOLD = 50


@dataclass(frozen=True, slots=True)
class Data:
    """Attributes: learned, held: samples. images: pixels of ``learned``. weights: by source."""

    learned: Sequence[Sample]
    held: Sequence[Sample]
    images: Images
    weights: dict[str, float]


def train_in_processes(arguments: argparse.Namespace) -> str:
    """Run the training and return the table to print."""
    if arguments.processes <= 1:
        return train(arguments)
    with tempfile.TemporaryDirectory() as folder:
        meeting = Path(folder) / "meeting"
        context = multiprocessing.get_context("spawn")
        processes = [
            context.Process(target=_train_as_peer, args=(rank, arguments, meeting))
            for rank in range(arguments.processes)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        if any(process.exitcode for process in processes):
            raise ValueError("the training stopped, see above; the last saved state is untouched")
        return (Path(folder) / "table").read_text(encoding="utf-8")


def _train_as_peer(rank: int, arguments: argparse.Namespace, meeting: Path) -> None:
    torch.set_num_threads(1)
    distributed.init_process_group(
        "gloo", init_method=meeting.as_uri(), rank=rank, world_size=arguments.processes
    )
    table = train(arguments)
    if rank == 0:
        (meeting.parent / "table").write_text(table, encoding="utf-8")
    distributed.destroy_process_group()


def train(arguments: argparse.Namespace) -> str:
    """Train as one of the processes; the first one scores and writes."""
    first = peers.rank() == 0
    data = read_data(arguments)
    recipe = recipe_of(arguments)
    sam = started(arguments, data).to(arguments.device)
    side = recipe.schedule.stages[-1].side
    state = new_state(sam, recipe)
    checker = HeldOut(
        state,
        data.held,
        side,
        every=(recipe.schedule.max_seconds or 900.0) / max(1, arguments.checks),
        limit=arguments.check_objects,
        patience=arguments.patience,
        told=_tell_check,
    )
    before = checker.score(state.sam, most=20) if first and arguments.start != SCRATCH else None
    if before is not None:
        checker.best, checker.weights = merit(before), state.average.state_dict()
        checker.weights = {name: tensor.clone() for name, tensor in checker.weights.items()}
    saved = arguments.out.with_suffix(".state")
    if saved.exists():
        state.restore(saved)
    views = known_views(sam, recipe, arguments)
    batches = batches_of(arguments, data, sam.variant, views)
    minutes = arguments.piece_minutes
    ends = math.inf if minutes is None else time.monotonic() + 60 * minutes

    def listener(told: Progress) -> bool:
        return _listen(told, checker) or time.monotonic() >= ends

    Trainer(state, batches, recipe, saved, listener, views).run()
    return _finished(arguments, checker, before, side) if first else ""


def known_views(
    sam: Sam, recipe: Recipe, arguments: argparse.Namespace, kept: Path | None = None
) -> KnownViews | None:
    """Embeddings of a few views of each image, if its encoder is large and does not learn.

    Args:
        kept: a folder for them that stays, see ``KnownViews``.
    """
    if recipe.part == "all" or sam.variant.fitted:
        return None
    return KnownViews(sam, recipe.precision, arguments.device, arguments.cache, kept)


def batches_of(
    arguments: argparse.Namespace,
    data: Data,
    variant: Variant,
    views: KnownViews | None,
    *,
    in_time: bool = False,
) -> BatchMaker:
    """Draws what ``variant`` learns from, as the arguments say.

    Args:
        in_time: fewer views where embedding them would take most of the time; what is drawn then
            depends on how quick the machine is.
    """
    seed = arguments.seed + 1000 * peers.rank()
    given = data.learned, data.images, data.weights, arguments.objects, Augmentation(), seed
    if variant.fitted:
        windows = Windows(arguments.window_share)
        return BatchMaker(*given, variant.stride // 4, variant.fitted, windows, arguments.nested)
    if views is None:
        return ViewMaker(*given, variant)
    affords = (lambda: views.affords) if in_time else (lambda: True)
    return ViewMaker(*given, variant, fixed=True, known=views.holds, affords=affords)


def _listen(told: Progress, checker: HeldOut) -> bool:
    if peers.rank() != 0:
        return False
    if told.step % STEPS_TOLD == 0:
        print(
            f"step {told.step}  {told.share:4.0%}  input {told.side}  loss {told.loss:.3f}",
            flush=True,
        )
    return checker(told)


def _tell_check(progress: Progress, result: Result) -> None:
    miou = result.summary.miou
    found = "  ".join(f"{miou[n]:.3f} @{n}" for n in (1, 3, 5))
    print(f"step {progress.step}  held out: mIoU {found}", flush=True)


def _finished(
    arguments: argparse.Namespace, checker: HeldOut, before: Result | None, side: int
) -> str:
    """Score the last weights, write the best ones, and lay out the table."""
    state = checker.state
    last = checker.score(state.average, most=20)
    after = last
    if merit(last) < checker.best and checker.weights is not None:
        state.average.load_state_dict(checker.weights)
        after = checker.score(state.average, most=20)
    exact = frozenset() if state.sam.variant.fitted else frozenset(state.sam.state_dict())
    size = export_weights(
        state.average,
        arguments.out,
        side,
        {"steps": str(state.step), "start": arguments.start},
        exact,
        carried_along(arguments.start),
    )
    lines = [f"{arguments.out}: {size / 1e6:.1f} MB after {state.step} steps"]
    lines += [f"{len(after.scores)} objects of {len(checker.samples)} held-out images"]
    lines += comparison(before, after)
    return "\n".join(lines)


def comparison(before: Result | None, after: Result) -> list[str]:
    """The before/after table: clicks needed, and IoU after clicks."""
    new = _rows(after.summary)
    old = _rows(before.summary) if before is not None else {}
    lines = [f"{'':8}{'before':>9}{'after':>9}"]
    for name, value in new.items():
        earlier = f"{old[name]:9.3f}" if old else f"{'-':>9}"
        lines.append(f"{name:8}{earlier}{value:9.3f}")
    return lines


def _rows(summary: Summary) -> dict[str, float]:
    rows = {f"NoC@{percent}": clicks for percent, clicks in summary.noc.items()}
    rows |= {f"mIoU@{clicks}": iou for clicks, iou in summary.miou.items()}
    return rows | {"box": summary.box}


def read_data(arguments: argparse.Namespace) -> Data:
    """Raises: DataError, ValueError: a folder or the weights cannot be used."""
    samples = read_folder(arguments.folder)
    if arguments.held_out is not None:
        learned, held = samples, read_folder(arguments.held_out)
    else:
        learned, held = split(samples, arguments.held_share, arguments.seed)
    cached = arguments.cache is not None
    images: Images = PackedImages(learned, arguments.cache) if cached else ImagesFromFiles(learned)
    return Data(learned, held, images, parsed_weights(arguments.weights))


def parsed_weights(text: str) -> dict[str, float]:
    """``a=2,b=0.5`` as a mapping."""
    found = {}
    for part in filter(None, text.split(",")):
        name, _, value = part.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            raise ValueError(f"{part!r} is not name=number: write --weights a=2,b=0.5") from None
    return found


def recipe_of(arguments: argparse.Namespace) -> Recipe:
    """The recipe the arguments describe."""
    scratch = arguments.start == SCRATCH
    seconds = None if arguments.minutes is None else 60 * arguments.minutes
    if seconds is None and arguments.steps is None:
        seconds = 900.0
    side = arguments.side or _side_of(arguments.start)
    early = arguments.first_side or side
    in_16_bits = not arguments.float32 and multiplies_bfloat16(arguments.device)
    schedule = Schedule(
        (Stage(arguments.first_share, early, arguments.images), Stage(1.0, side, arguments.images)),
        max_steps=arguments.steps,
        max_seconds=seconds,
        learning_rate=arguments.rate or (1e-3 if scratch else 3e-4),
        warmup_steps=150 if scratch else 20,
    )
    return Recipe(
        schedule,
        part=arguments.part,
        frozen_stages=arguments.frozen_stages,
        fixed_norms=not scratch,
        encoder_share=0.5,
        average=0.998,
        precision=torch.bfloat16 if in_16_bits else torch.float32,
        interaction=interaction_of(arguments),
        seed=arguments.seed,
        ahead=arguments.ahead,
    )


def interaction_of(arguments: argparse.Namespace) -> Interaction:
    """Which prompts are asked and what counts, as the arguments say.

    Raises:
        ValueError: ``--rounds`` is not a list of numbers of which one is above 0.
    """
    sparse = arguments.boxes if arguments.sparse_boxes is None else arguments.sparse_boxes
    asked = Interaction(
        box=arguments.boxes,
        sparse_box=sparse,
        emphasis=Emphasis(arguments.edge, arguments.kept, arguments.second),
    )
    if arguments.part == "corrections":
        # Nothing is learned from first clicks; from boxes there is, where they are the last round.
        alone = arguments.boxes / 2 * sum(asked.chances)
        asked = replace(asked, first=False, chances=(alone, *asked.chances[1:]))
    if not arguments.rounds:
        return asked
    try:
        later = [float(part) for part in arguments.rounds.split(",")]
        chances = (asked.chances[0] / sum(asked.chances) * sum(later), *later)
    except ValueError:
        chances = (0.0,)
    if min(chances) < 0 or not sum(chances) > 0:
        raise ValueError(
            f"{arguments.rounds!r} does not say how often corrections are learned: "
            "write --rounds 4,2,1"
        )
    return replace(asked, chances=chances)


def carried_along(start: str) -> Mapping[str, Tensor]:
    """What the file to start from holds for other work than answering prompts on images."""
    from model.loading import resolve
    from model.weights.checkpoint import read_checkpoint

    return {} if start == SCRATCH else read_checkpoint(resolve(start)).others


def _side_of(start: str) -> int:
    if start == SCRATCH:
        return SMALL.input_size
    return starting_network(start)[0]


def starting_network(start: str) -> tuple[int, Sam]:
    """Side of the input and network of a checkpoint to start from.

    Raises:
        ValueError: it is of a kind that is not trained here.
        CheckpointError: it cannot be read.
    """
    from model.loading import resolve
    from model.weights.checkpoint import read_checkpoint

    checkpoint = read_checkpoint(resolve(start))
    if not checkpoint.variant.trainable:
        raise ValueError(
            f"{checkpoint.title} cannot be trained here, since its images or prompts are prepared "
            "otherwise than training does it: start from SAM, SAM-HQ, SAM 2, EfficientTAM, "
            "EdgeTAM, MobileSAM, RepViT-SAM, EfficientViT-SAM, EdgeSAM or the built-in model"
        )
    sam = Sam(checkpoint.variant)
    sam.load_state_dict(dict(checkpoint.weights))
    return checkpoint.variant.input_size, sam


def grown(sam: Sam, variant: Variant) -> Sam:
    """``variant`` with all weights of ``sam``; the parts it has besides start as they are made.

    Raises:
        ValueError: it lacks a part of ``sam``, or has it in another shape.
    """
    larger = Sam(variant)
    try:
        unknown = larger.load_state_dict(sam.state_dict(), strict=False).unexpected_keys
    except RuntimeError as error:
        raise ValueError(f"{sam.variant.name} cannot grow into {variant.name}: {error}") from error
    if unknown:
        raise ValueError(f"{sam.variant.name} cannot grow into {variant.name}: no {unknown[0]}")
    return larger


def started(arguments: argparse.Namespace, data: Data) -> Sam:
    """The network as it is before the first step."""
    torch.manual_seed(arguments.seed)
    if arguments.start != SCRATCH:
        sam = starting_network(arguments.start)[1]
        return grown(sam, SMALL) if arguments.grow else sam
    sam = Sam(SMALL)
    encoder: Any = sam.image_encoder
    if arguments.backbone is not None:
        maker = BatchMaker(
            data.learned, data.images, data.weights, 1, Augmentation(), arguments.seed
        )
        pictures = maker.make(0, 256, min(16, len(data.learned))).images
        start_from_mobilenet(
            encoder, arguments.backbone, torch.from_numpy(pictures).permute(0, 3, 1, 2)
        )
    encoder.to(memory_format=torch.channels_last)
    return sam
