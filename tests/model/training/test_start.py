"""Networks are trained whose images and prompts training prepares as they need them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from safetensors.torch import save_file

from model.architecture.config import PlainViTConfig, to_json
from model.architecture.sam import Sam
from model.families import FAMILIES, efficient_sam
from model.training.session import starting_network
from tests.model.golden import TINY


def test_all_families_are_trainable_but_two() -> None:
    refused = {f.name for f in FAMILIES if not all(each.trainable for each in f.variants)}
    assert refused == {"efficient_sam", "sam3"}


def test_another_is_refused_with_those_that_can_be(tmp_path: Path) -> None:
    variant = efficient_sam.variant_of("tiny", PlainViTConfig(16, 1, 1), 64, 32)
    file = tmp_path / "a.safetensors"
    save_file(Sam(variant).state_dict(), file, {"config": json.dumps(to_json(variant))})
    with pytest.raises(ValueError, match=r"cannot be trained here.*start from SAM"):
        starting_network(str(file))


def test_a_plain_one_is_taken(tmp_path: Path) -> None:
    save_file(
        Sam(TINY).state_dict(), tmp_path / "a.safetensors", {"config": json.dumps(to_json(TINY))}
    )
    assert starting_network(str(tmp_path / "a.safetensors"))[0] == TINY.input_size
