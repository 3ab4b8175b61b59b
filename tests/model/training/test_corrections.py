"""Where only corrections learn, a first click is answered as before, to the bit."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from model.architecture.prompt_encoder import BOX_FIRST, BOX_LAST, NEGATIVE, NOT_A_POINT, POSITIVE
from model.architecture.sam import Sam
from model.training.batches import Augmentation, BatchMaker
from model.training.forward import Rounds
from model.training.interaction import Interaction
from model.training.loop import Trainer
from model.training.pixels import ImagesFromFiles
from model.training.recipe import Recipe, new_state
from model.training.schedule import Schedule, Stage
from tests.model.training.nets import disc_samples, tiny_network

SIDE = 64


def _trained(folder: Path, sam: Sam) -> Sam:
    schedule = Schedule((Stage(1.0, SIDE, 2),), max_steps=4, warmup_steps=1, learning_rate=1e-2)
    asked = Interaction(first=False, chances=(0.3, 1.0, 1.0))
    recipe = Recipe(schedule, part="corrections", average=0.5, interaction=asked)
    samples = disc_samples(folder)
    batches = BatchMaker(samples, ImagesFromFiles(samples), {}, 2, Augmentation(), seed=3)
    return Trainer(new_state(sam, recipe), batches, recipe).run().average


@torch.no_grad()
def _answer(sam: Sam, labels: list[int], logits: Tensor | None = None) -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    rounds = Rounds(sam.eval(), torch.randn(1, 3, SIDE, SIDE), torch.tensor([0]))
    places = torch.tensor([[[10.0, 12.0], [40.0, 44.0], [30.0, 20.0]]])[:, : len(labels)]
    return rounds.decode(places, torch.tensor([labels]), logits)


def test_only_what_first_clicks_do_not_use_learns(tmp_path: Path) -> None:
    before, after = tiny_network(), _trained(tmp_path, tiny_network())
    first = [POSITIVE, NOT_A_POINT]
    old, new = _answer(before, first), _answer(after, first)
    assert torch.equal(old[0][:, 1:], new[0][:, 1:])
    assert torch.equal(old[1], new[1])
    earlier = torch.full((1, 1, 32, 32), -2.0)
    later = [POSITIVE, NOT_A_POINT, NEGATIVE]
    assert not torch.equal(_answer(before, later, earlier)[0], _answer(after, later, earlier)[0])
    boxed = [BOX_FIRST, BOX_LAST]
    assert not torch.equal(_answer(before, boxed)[0], _answer(after, boxed)[0])


def test_what_reads_positive_clicks_stays(tmp_path: Path) -> None:
    before, after = tiny_network(), _trained(tmp_path, tiny_network())
    name = "prompt_encoder.mask_downscaling.0.weight"
    old, new = before.get_parameter(name), after.get_parameter(name)
    assert torch.equal(old[:, 1], new[:, 1])
    assert not torch.equal(old[:, 0], new[:, 0])
    assert not torch.equal(old[:, 2], new[:, 2])
