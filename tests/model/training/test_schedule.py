"""Runs end with a small learning rate; held-out scores pick the weights."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
import torch

from model.training.command import add_arguments
from model.training.heldout import HeldOut
from model.training.recipe import Recipe, new_state
from model.training.schedule import Schedule, Stage
from model.training.session import parsed_weights, recipe_of
from tests.model.training.nets import disc_samples, tiny_network

STAGES = (Stage(0.5, 64, 2), Stage(1.0, 96, 1))


def test_a_run_ends_at_whichever_bound_comes_first() -> None:
    schedule = Schedule(STAGES, max_steps=100, max_seconds=50.0)
    assert schedule.progress(10, 0.0) == pytest.approx(0.1)
    assert schedule.progress(10, 25.0) == pytest.approx(0.5)
    assert schedule.progress(200, 0.0) == 1


def test_the_rate_rises_and_then_falls_to_its_last_share() -> None:
    schedule = Schedule(STAGES, max_steps=100, learning_rate=1.0, warmup_steps=10)
    assert schedule.rate(0, 0.0) == pytest.approx(0.1)
    assert schedule.rate(50, 0.5) == pytest.approx(0.505)
    assert schedule.rate(99, 1.0) == pytest.approx(0.01)


def test_stages_follow_the_progress() -> None:
    schedule = Schedule(STAGES, max_steps=100)
    assert [schedule.stage(p).side for p in (0.0, 0.49, 0.5, 1.0)] == [64, 64, 96, 96]


def test_a_run_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="needs an end"):
        Schedule(STAGES)


def test_source_weights_are_read() -> None:
    assert parsed_weights("a=2, b=0.5") == {"a": 2.0, "b": 0.5}
    assert parsed_weights("") == {}
    with pytest.raises(ValueError, match="'b' is not name=number"):
        parsed_weights("a=2,b")


@pytest.mark.parametrize(
    ("units", "precision"),
    [
        ({"avx2": True, "avx512_bf16": False}, torch.float32),
        ({"avx512_bf16": True}, torch.bfloat16),
        ({"neon": True, "bf16": True}, torch.bfloat16),
        ({"neon": True}, torch.float32),
    ],
)
def test_a_processor_learns_in_bfloat16_only_where_it_has_instructions_for_it(
    units: dict[str, bool], precision: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: units)
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    asked = ["folder", "--out", "model", "--start", "scratch"]
    assert recipe_of(parser.parse_args(asked)).precision == precision
    assert recipe_of(parser.parse_args([*asked, "--float32"])).precision == torch.float32


def test_the_best_weights_are_kept_and_patience_ends(tmp_path: Path) -> None:
    recipe = Recipe(Schedule(STAGES, max_steps=1))
    state = new_state(tiny_network(), recipe)
    checker = HeldOut(state, disc_samples(tmp_path), 64, every=1.0, patience=2)
    name = "mask_decoder.mask_tokens.weight"
    assert not checker.keep(0.5)
    best = state.average.get_parameter(name).clone()
    state.average.get_parameter(name).add_(1)
    assert not checker.keep(0.4)
    assert checker.keep(0.3)
    assert checker.weights is not None
    assert torch.equal(checker.weights[name], best)
