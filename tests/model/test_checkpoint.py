"""Files of weights: the good are recognised, the bad are refused in words one can act on."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from model.architecture.config import VARIANTS, from_json, to_json
from model.interface import CheckpointError
from model.weights.checkpoint import read_checkpoint
from tests.golden.recipe import weights
from tests.model.golden import TINY, TINY_FILE, published_keys


@pytest.fixture(scope="module")
def mobile_sam() -> dict[str, Tensor]:
    """Weights in the names and shapes of MobileSAM, the smallest published one."""
    drawn = weights(published_keys()["mobile_sam"])
    return {name: torch.from_numpy(values) for name, values in drawn.items()}


@pytest.fixture
def ours(tmp_path: Path) -> Callable[..., Path]:
    """Writes a checkpoint of our own with a description; arguments change what is in it."""

    def write(config: object = None, **changes: Tensor | None) -> Path:
        tensors = load_file(TINY_FILE)
        for name, tensor in changes.items():
            key = name.replace("__", ".")
            if tensor is None:
                del tensors[key]
            else:
                tensors[key] = tensor
        path = tmp_path / "own.safetensors"
        text = config if isinstance(config, str) else json.dumps(config or to_json(TINY))
        save_file(tensors, path, {"config": text})
        return path

    return write


@pytest.mark.parametrize("wrapper", [None, "model", "state_dict"])
def test_a_published_checkpoint_is_recognised_with_and_without_wrapper(
    mobile_sam: dict[str, Tensor], tmp_path: Path, wrapper: str | None
) -> None:
    path = tmp_path / "unnamed.pt"
    torch.save({wrapper: mobile_sam, "epoch": 3} if wrapper else mobile_sam, path)
    checkpoint = read_checkpoint(path)
    assert checkpoint.variant == VARIANTS["mobile_sam"]
    name = "image_encoder.layers.1.blocks.0.attn.qkv.weight"
    assert torch.equal(checkpoint.weights[name], mobile_sam[name])


def test_the_same_weights_have_the_same_identity_in_either_format(
    mobile_sam: dict[str, Tensor], tmp_path: Path
) -> None:
    torch.save(mobile_sam, tmp_path / "a.pth")
    save_file(mobile_sam, tmp_path / "b.safetensors")
    assert (
        read_checkpoint(tmp_path / "a.pth").identity
        == read_checkpoint(tmp_path / "b.safetensors").identity
    )


def test_one_changed_weight_changes_the_identity(ours: Callable[..., Path]) -> None:
    before = read_checkpoint(ours()).identity
    changed = load_file(TINY_FILE)["mask_decoder.iou_token.weight"]
    changed[0, 0] += 1
    assert read_checkpoint(ours(mask_decoder__iou_token__weight=changed)).identity != before


def test_one_changed_bit_changes_the_image_identity_where_images_pass_and_nowhere_else(
    ours: Callable[..., Path],
) -> None:
    before = read_checkpoint(ours())
    tensors = load_file(TINY_FILE)
    assert before.image_identity != before.identity
    for name in ("image_encoder.neck.3.bias", "image_encoder.pos_embed"):
        changed = read_checkpoint(ours(**{name.replace(".", "__"): one_bit_off(tensors[name])}))
        assert before.image_identity != changed.image_identity
    for name in ("mask_decoder.iou_token.weight", "prompt_encoder.no_mask_embed.weight"):
        changed = read_checkpoint(ours(**{name.replace(".", "__"): one_bit_off(tensors[name])}))
        assert before.image_identity == changed.image_identity
        assert before.identity != changed.identity


def one_bit_off(tensor: Tensor) -> Tensor:
    """With another last bit in its last value."""
    found = tensor.clone()
    found.view(torch.int32).reshape(-1)[-1] ^= 1
    return found


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_the_image_identity_is_of_the_values_however_they_are_stored(
    ours: Callable[..., Path], dtype: torch.dtype
) -> None:
    name = "image_encoder.neck.3.bias"
    for values in (torch.zeros(32), torch.tensor([0.1, -0.0, 3.0, 60000.0] * 8)):
        narrow = values.to(dtype)
        as_it_is = read_checkpoint(ours(**{name.replace(".", "__"): narrow}))
        widened = read_checkpoint(ours(**{name.replace(".", "__"): narrow.float()}))
        assert as_it_is.image_identity == widened.image_identity
    off = one_bit_off(narrow.float())
    assert read_checkpoint(ours(**{name.replace(".", "__"): off})).image_identity != (
        widened.image_identity
    )


def test_another_architecture_has_another_image_identity(ours: Callable[..., Path]) -> None:
    before = read_checkpoint(ours()).image_identity
    noted = {**to_json(TINY), "kept_iou": 0.5}
    stretched = {**to_json(TINY), "stable_single": 0.5}
    assert read_checkpoint(ours(noted)).image_identity == before
    assert read_checkpoint(ours(stretched)).image_identity != before


@pytest.mark.parametrize("name", ["vit_b", "vit_l", "vit_h"])
def test_a_checkpoint_without_its_last_tensor_is_named_and_refused(
    tmp_path: Path, name: str
) -> None:
    keys = published_keys()[name]
    few = {key: torch.zeros(keys[key]) for key in list(keys)[:2]}
    path = tmp_path / "part.pth"
    torch.save(few, path)
    with pytest.raises(CheckpointError, match=f"nearest is {name}, from which {len(keys) - 2} "):
        read_checkpoint(path)


def test_our_own_carry_their_architecture(ours: Callable[..., Path]) -> None:
    assert read_checkpoint(ours()).variant == TINY


def test_half_precision_weights_are_widened(ours: Callable[..., Path]) -> None:
    half = load_file(TINY_FILE)["mask_decoder.iou_token.weight"].half()
    read = read_checkpoint(ours(mask_decoder__iou_token__weight=half))
    assert read.weights["mask_decoder.iou_token.weight"].dtype == torch.float32


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"there is no file .*check the path"):
        read_checkpoint(tmp_path / "nowhere.pth")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty; download it again"),
        (b"\n <!DOCTYPE html><html>Sign in</html>", "it is a web page"),
        (b"<html><body>404", "it is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS pointer"),
        (b"GIF89a" + bytes(100), "neither a PyTorch file"),
    ],
)
def test_what_is_no_checkpoint_is_called_what_it_is(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=words):
        read_checkpoint(path)


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.999])
def test_a_truncated_file_is_said_to_be_damaged(tmp_path: Path, suffix: str, kept: float) -> None:
    path = tmp_path / f"part.{suffix}"
    if suffix == "pth":
        torch.save(load_file(TINY_FILE), path)
    else:
        path.write_bytes(TINY_FILE.read_bytes())
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(CheckpointError, match="damaged or incomplete"):
        read_checkpoint(path)


class _Intruder:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("plain", [False, True], ids=["archive", "bare pickle"])
def test_a_pickle_that_would_run_code_is_refused_and_does_not_run(
    tmp_path: Path, plain: bool
) -> None:
    mark = tmp_path / "was here"
    path = tmp_path / "evil.pth"
    if plain:
        path.write_bytes(pickle.dumps(_Intruder(mark), protocol=2))
    else:
        torch.save({"weight": torch.ones(1), "more": _Intruder(mark)}, path)
    with pytest.raises(CheckpointError, match=r"holds program code.*refused"):
        read_checkpoint(path)
    assert not mark.exists()


def test_another_model_is_refused_with_its_first_five_names(tmp_path: Path) -> None:
    path = tmp_path / "classifier.pth"
    torch.save({f"layer{n}.weight": torch.ones(3) for n in range(9)}, path)
    with pytest.raises(CheckpointError) as caught:
        read_checkpoint(path)
    text = str(caught.value)
    assert "it holds 9 tensors" in text
    assert text.count("layer") == 5
    assert "SAM 2.1 and SAM 2, SAM-HQ, EdgeSAM, RepViT-SAM, Segment Anything" in text


def test_a_wrong_shape_is_told_with_both_shapes(ours: Callable[..., Path]) -> None:
    path = ours(mask_decoder__iou_token__weight=torch.ones(1, 7))
    with pytest.raises(CheckpointError, match=r"shape \[1, 7\] instead of \[1, 32\]"):
        read_checkpoint(path)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(ours: Callable[..., Path], value: float) -> None:
    path = ours(mask_decoder__iou_token__weight=torch.full((1, 32), value))
    with pytest.raises(CheckpointError, match=r"not finite.*mask_decoder.iou_token.weight"):
        read_checkpoint(path)


@pytest.mark.parametrize("content", [[1, 2], {}, {"model": {}}, {"epoch": 3}, {"a": [1]}])
def test_a_file_without_weights_is_refused(tmp_path: Path, content: object) -> None:
    path = tmp_path / "other.pt"
    torch.save(content, path)
    with pytest.raises(CheckpointError, match="is not a checkpoint"):
        read_checkpoint(path)


@pytest.mark.parametrize(
    "config",
    [
        "not json",
        "[1]",
        {"name": "x"},
        {**to_json(TINY), "depth_of_field": 1},
        {**to_json(TINY), "width": "wide"},
        {**to_json(TINY), "decoder_heads": 0},
        {**to_json(TINY), "decoder_depth": 10**9},
        {**to_json(TINY), "input_size": -5},
    ],
)
def test_a_description_that_makes_no_sense_is_refused(
    ours: Callable[..., Path], config: object
) -> None:
    with pytest.raises(CheckpointError, match="descri"):
        read_checkpoint(ours(config))


def test_a_description_of_another_network_is_refused(ours: Callable[..., Path]) -> None:
    with pytest.raises(CheckpointError, match="tensors differ"):
        read_checkpoint(ours(to_json(replace(TINY, width=64))))


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_survives_being_written_as_json(name: str) -> None:
    assert from_json(json.loads(json.dumps(to_json(VARIANTS[name])))) == VARIANTS[name]
