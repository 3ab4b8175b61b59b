"""Weights as people save them: under prefixes, in wrappers, in folders, in others' names."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from model.architecture.config import to_json
from model.families import recognised
from model.interface import CheckpointError
from model.weights.checkpoint import differences, expected_shapes, read_checkpoint
from tests.golden.recipe import weights
from tests.model.families.stored import FAMILIES, hollow
from tests.model.golden import TINY, TINY_FILE, published_keys


@pytest.fixture(scope="module")
def mobile_sam() -> dict[str, Tensor]:
    drawn = weights(published_keys()["mobile_sam"])
    return {name: torch.from_numpy(values) for name, values in drawn.items()}


def prefixed(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {prefix + name: tensor for name, tensor in tensors.items()}


WAYS: dict[str, Callable[[dict[str, Tensor]], Any]] = {
    "data parallel": lambda t: prefixed(t, "module."),
    "MedSAM": lambda t: {"model": prefixed(t, "module."), "epoch": 3, "best_loss": 0.1},
    "micro-sam trainer": lambda t: {
        "model_state": prefixed(t, "sam."),
        "optimizer_state": {"lr": 1.0},
        "decoder_state": {"out.weight": torch.zeros(2)},
        "init": {},
        "iteration": 7,
    },
    "Lightning": lambda t: {
        "state_dict": prefixed(t, "model."),
        "pytorch-lightning_version": "2.5.0",
        "hyper_parameters": {"lr": 1e-4},
    },
    "nested": lambda t: {"state_dict": prefixed(t, "model.sam.") | {"loss.weight": torch.ones(3)}},
    "micro-sam export": lambda t: t | {"decoder_state": {"out.weight": torch.zeros(2)}},
    "compiled": lambda t: {"model": prefixed(t, "_orig_mod.")},
}


@pytest.mark.parametrize("way", WAYS)
def test_fine_tuned_checkpoints_load_as_programs_save_them(
    mobile_sam: dict[str, Tensor], tmp_path: Path, way: str
) -> None:
    torch.save(WAYS[way](dict(mobile_sam)), tmp_path / "a.ckpt")
    checkpoint = read_checkpoint(tmp_path / "a.ckpt")
    assert checkpoint.variant.name == "mobile_sam"
    name = "mask_decoder.iou_token.weight"
    assert torch.equal(checkpoint.weights[name], mobile_sam[name])


def test_what_is_passed_over_is_named(mobile_sam: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save(WAYS["nested"](mobile_sam) | {"epoch": 4}, tmp_path / "a.pt")
    checkpoint = read_checkpoint(tmp_path / "a.pt")
    assert checkpoint.passed_over == ("epoch", "loss.weight")
    assert "passed over epoch, loss.weight" in checkpoint.counts


def test_half_precision_files_load(mobile_sam: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save({name: tensor.half() for name, tensor in mobile_sam.items()}, tmp_path / "a.pt")
    loaded = read_checkpoint(tmp_path / "a.pt").weights["mask_decoder.iou_token.weight"]
    assert torch.equal(loaded, mobile_sam["mask_decoder.iou_token.weight"].half().float())


def test_one_tensor_too_many_under_a_prefix_is_still_refused(
    mobile_sam: dict[str, Tensor], tmp_path: Path
) -> None:
    save_file(
        prefixed(mobile_sam | {"mask_decoder.more": torch.ones(1)}, "module."),
        tmp_path / "a.safetensors",
    )
    with pytest.raises(CheckpointError, match=r"mask_decoder\.more is unknown"):
        read_checkpoint(tmp_path / "a.safetensors")


@pytest.mark.parametrize(
    ("file", "variant"),
    [
        ("hf_sam_vit_base", "vit_b"),
        ("hf_sam_vit_large", "vit_l"),
        ("hf_sam_vit_huge", "vit_h"),
        ("hf_slimsam-50", "slimsam_50"),
        ("hf_slimsam-77", "slimsam_77"),
    ],
)
def test_files_of_transformers_are_recognised(file: str, variant: str) -> None:
    known = recognised(hollow(file))
    assert known is not None
    assert known[1].variant.name == variant
    assert differences(known[1].tensors, expected_shapes(known[1].variant)) == []


def test_both_layouts_of_the_same_weights_are_the_same_model(tmp_path: Path) -> None:
    published = load_file(TINY_FILE)
    known = recognised(load_file(FAMILIES / "tiny_sam_11_hf.safetensors"))
    assert known is not None
    assert set(known[1].tensors) == set(published)
    for name, tensor in known[1].tensors.items():
        assert torch.equal(tensor, published[name])


def test_a_folder_is_read_with_its_shards(tmp_path: Path) -> None:
    tensors = {n: t.contiguous() for n, t in hollow("hf_slimsam-77").items()}
    names = sorted(tensors)
    parts = {"a.safetensors": names[:100], "b.safetensors": names[100:]}
    for file, listed in parts.items():
        save_file({name: tensors[name] for name in listed}, tmp_path / file)
    where = {name: file for file, listed in parts.items() for name in listed}
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": where}))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "sam"}))
    assert read_checkpoint(tmp_path).variant.name == "slimsam_77"
    index.write_text(json.dumps({"weight_map": dict.fromkeys(where, "../a.safetensors")}))
    with pytest.raises(CheckpointError, match="which files hold the weights"):
        read_checkpoint(tmp_path)


@pytest.mark.parametrize(
    "text", ["[1]", "{", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")]
)
def test_a_config_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    tensors = {n: t.contiguous() for n, t in hollow("hf_slimsam-77").items()}
    save_file(tensors, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(text, "utf-8")
    with pytest.raises(CheckpointError, match=r"config\.json is no"):
        read_checkpoint(tmp_path)


def test_our_own_files_need_no_recognition(tmp_path: Path) -> None:
    config = {"config": json.dumps(to_json(TINY))}
    save_file(load_file(TINY_FILE), tmp_path / "a.safetensors", config)
    (tmp_path / "config.json").write_text("nonsense")
    assert read_checkpoint(tmp_path / "a.safetensors").variant == TINY


def test_an_empty_folder_says_what_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"holds no model\.safetensors"):
        read_checkpoint(tmp_path)
