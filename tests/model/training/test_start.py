"""Only networks are trained whose images and prompts training prepares as they need them."""

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


def test_those_prepared_as_segment_anything_prepares_them_are_trainable() -> None:
    trainable = {family.name for family in FAMILIES if family.variants[-1].trainable}
    # Its larger sizes see the whole of their input.
    assert trainable == {"sam", "edge_sam", "repvit_sam", "efficientvit_sam"}
    assert not next(f for f in FAMILIES if f.name == "efficientvit_sam").variants[0].trainable


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
