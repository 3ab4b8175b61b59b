"""A run learns, resumes exactly, and stops at a loss that is no number."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.architecture.sam import Sam
from model.training.batches import Augmentation, BatchMaker
from model.training.loop import Trainer, TrainingStopped
from model.training.pixels import ImagesFromFiles
from model.training.recipe import Progress, Recipe, new_state
from model.training.schedule import Schedule, Stage
from model.training.state import RunState
from tests.model.training.nets import disc_samples, tiny_network


def _recipe(steps: int, **changes: object) -> Recipe:
    schedule = Schedule((Stage(1.0, 64, 2),), max_steps=steps, warmup_steps=1, learning_rate=3e-3)
    return replace(Recipe(schedule, average=0.9, save_seconds=0.0), **changes)  # type: ignore[arg-type]


def _batches(folder: Path) -> BatchMaker:
    samples = disc_samples(folder)
    return BatchMaker(samples, ImagesFromFiles(samples), {}, 2, Augmentation(), seed=3)


def _equal(a: Sam, b: Sam) -> bool:
    other = b.state_dict()
    return all(torch.equal(tensor, other[name]) for name, tensor in a.state_dict().items())


class _Killed(Exception):  # noqa: N818
    pass


def test_the_loss_falls(tmp_path: Path) -> None:
    losses: list[float] = []
    recipe = _recipe(60)
    state = new_state(tiny_network(), recipe)
    Trainer(state, _batches(tmp_path), recipe, None, lambda told: losses.append(told.loss)).run()
    assert sum(losses[-10:]) < 0.9 * sum(losses[:10])


def test_a_killed_run_resumes_to_the_same_weights(tmp_path: Path) -> None:
    recipe, batches, saved = _recipe(6), _batches(tmp_path), tmp_path / "run.state"
    whole = Trainer(new_state(tiny_network(), recipe), batches, recipe).run()

    def killed(told: Progress) -> None:
        if told.step == 4:
            raise _Killed

    with pytest.raises(_Killed):
        Trainer(new_state(tiny_network(), recipe), batches, recipe, saved, killed).run()
    resumed = new_state(tiny_network(seed=9), recipe)
    resumed.restore(saved)
    assert resumed.step == 3
    Trainer(resumed, batches, recipe, saved).run()
    assert resumed.step == whole.step == 6
    assert _equal(resumed.sam, whole.sam)
    assert _equal(resumed.average, whole.average)


def test_a_loss_that_is_no_number_stops_and_keeps_the_saved_state(tmp_path: Path) -> None:
    recipe, saved = _recipe(6), tmp_path / "run.state"
    state = new_state(tiny_network(), recipe)

    def spoiled(told: Progress) -> None:
        if told.step == 3:
            state.sam.get_parameter("mask_decoder.mask_tokens.weight").data.fill_(math.nan)

    with pytest.raises(TrainingStopped, match="at step 3"):
        Trainer(state, _batches(tmp_path), recipe, saved, spoiled).run()
    kept = new_state(tiny_network(), recipe)
    kept.restore(saved)
    assert all(bool(torch.isfinite(tensor).all()) for tensor in kept.average.parameters())


def test_only_the_decoder_learns_where_only_it_is_asked_to(tmp_path: Path) -> None:
    recipe = _recipe(2, part="decoder")
    before = tiny_network().state_dict()
    state = Trainer(new_state(tiny_network(), recipe), _batches(tmp_path), recipe).run()
    after = state.sam.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    assert not any(name.startswith("image_encoder") for name in changed)


def test_a_listener_can_end_the_run(tmp_path: Path) -> None:
    recipe = _recipe(100)
    run = Trainer(
        new_state(tiny_network(), recipe), _batches(tmp_path), recipe, None, lambda told: True
    )
    assert run.run().step <= 2


def test_a_state_of_another_network_is_refused(tmp_path: Path) -> None:
    recipe = _recipe(1)
    path = tmp_path / "other.state"
    torch.save({"model": {"x": torch.zeros(1)}}, path)
    with pytest.raises(ValueError, match=r"other\.state is not a state of this run"):
        new_state(tiny_network(), recipe).restore(path)


def test_an_interrupted_save_leaves_the_old_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, path = _recipe(1), tmp_path / "run.state"
    state: RunState = new_state(tiny_network(), recipe)
    state.save(path)
    before = path.read_bytes()
    monkeypatch.setattr("os.fsync", _full_disk)
    with pytest.raises(OSError, match="no space"):
        state.save(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["run.state"]


def _full_disk(descriptor: int) -> None:
    raise OSError(28, "no space left on device")


def test_the_end_of_a_run_can_teach_the_predicted_iou_alone(tmp_path: Path) -> None:
    recipe = _recipe(3, part="iou-head")
    before, state = tiny_network(), new_state(tiny_network(), recipe)
    Trainer(state, _batches(tmp_path), recipe).run()
    changed = {
        name
        for name, tensor in before.state_dict().items()
        if not torch.equal(tensor, state.sam.state_dict()[name])
    }
    head = "mask_decoder.iou_prediction_head"
    assert changed
    assert all(name.startswith(head) for name in changed)
