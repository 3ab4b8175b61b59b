"""A second implementation, by others, answers as ours does with the same weights."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import torch

from model.architecture.config import Variant, ViTConfig
from model.architecture.sam import Sam
from model.interface import Prompt
from model.prompt_arrays import prompt_tokens
from model.runtime_torch.model import TorchModel
from model.runtime_torch.place import Place
from model.transforms import encoder_input

pytestmark = pytest.mark.slow
VARIANT = Variant(
    "oracle",
    ViTConfig(24, 3, 2, (2,), 3, patch=16),
    input_size=128,
    width=32,
    decoder_heads=2,
    decoder_mlp=48,
    iou_head_hidden=24,
)
NAMES = (
    (r"^image_encoder\.patch_embed\.proj", "vision_encoder.patch_embed.projection"),
    (r"^image_encoder\.pos_embed", "vision_encoder.pos_embed"),
    (r"^image_encoder\.blocks\.(\d+)\.norm(\d)", r"vision_encoder.layers.\1.layer_norm\2"),
    (r"^image_encoder\.blocks", "vision_encoder.layers"),
    (r"^image_encoder\.neck\.0", "vision_encoder.neck.conv1"),
    (r"^image_encoder\.neck\.1", "vision_encoder.neck.layer_norm1"),
    (r"^image_encoder\.neck\.2", "vision_encoder.neck.conv2"),
    (r"^image_encoder\.neck\.3", "vision_encoder.neck.layer_norm2"),
    (r"^prompt_encoder\.pe_layer\.positional_encoding_gaussian_matrix", "SHARED"),
    (r"^prompt_encoder\.point_embeddings", "prompt_encoder.point_embed"),
    (r"^prompt_encoder\.mask_downscaling\.0", "prompt_encoder.mask_embed.conv1"),
    (r"^prompt_encoder\.mask_downscaling\.1", "prompt_encoder.mask_embed.layer_norm1"),
    (r"^prompt_encoder\.mask_downscaling\.3", "prompt_encoder.mask_embed.conv2"),
    (r"^prompt_encoder\.mask_downscaling\.4", "prompt_encoder.mask_embed.layer_norm2"),
    (r"^prompt_encoder\.mask_downscaling\.6", "prompt_encoder.mask_embed.conv3"),
    (r"\.norm(\d)\.", r".layer_norm\1."),
    (r"\.norm_final_attn\.", ".layer_norm_final_attn."),
    (r"^mask_decoder\.output_upscaling\.0", "mask_decoder.upscale_conv1"),
    (r"^mask_decoder\.output_upscaling\.1", "mask_decoder.upscale_layer_norm"),
    (r"^mask_decoder\.output_upscaling\.3", "mask_decoder.upscale_conv2"),
    (r"^(mask_decoder\.(?:output_hyp|iou_pred)\S*)\.layers\.0\.", r"\1.proj_in."),
    (r"^(mask_decoder\.(?:output_hyp|iou_pred)\S*)\.layers\.1\.", r"\1.layers.0."),
    (r"^(mask_decoder\.(?:output_hyp|iou_pred)\S*)\.layers\.2\.", r"\1.proj_out."),
)


def their_name(name: str) -> str:
    for pattern, replacement in NAMES:
        name = re.sub(pattern, replacement, name)
    return name


def their_model(ours: dict[str, torch.Tensor]) -> Any:
    from transformers import SamConfig, SamModel
    from transformers.models.sam.configuration_sam import (
        SamMaskDecoderConfig,
        SamPromptEncoderConfig,
        SamVisionConfig,
    )

    vision = SamVisionConfig(
        hidden_size=24,
        output_channels=32,
        num_hidden_layers=3,
        num_attention_heads=2,
        image_size=128,
        patch_size=16,
        window_size=3,
        global_attn_indexes=[2],
        mlp_dim=96,
        num_pos_feats=16,
    )
    prompt = SamPromptEncoderConfig(
        hidden_size=32, image_size=128, patch_size=16, mask_input_channels=16
    )
    decoder = SamMaskDecoderConfig(
        hidden_size=32, mlp_dim=48, num_attention_heads=2, iou_head_hidden_dim=24
    )
    config = SamConfig(
        vision_config=vision.to_dict(),
        prompt_encoder_config=prompt.to_dict(),
        mask_decoder_config=decoder.to_dict(),
    )
    theirs: Any = SamModel(config)
    theirs.eval()
    renamed = {their_name(name): tensor for name, tensor in ours.items()}
    shared = renamed.pop("SHARED")
    found = theirs.state_dict()
    for name in found:
        if name.endswith("positional_embedding"):
            renamed[name] = shared
    theirs.load_state_dict(renamed, strict=True)
    return theirs


@pytest.fixture(scope="module")
def pair() -> tuple[TorchModel, Any]:
    torch.manual_seed(4)
    network = Sam(VARIANT)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if "rel_pos" in name or "pos_embed" in name:
                parameter.normal_(std=0.3)
    weights = network.state_dict()
    return TorchModel(VARIANT, weights, "oracle", Place("cpu"), "test"), their_model(weights)


POINT = Prompt(points=np.array([[40, 30]]), labels=np.array([1]))
POINTS = Prompt(points=np.array([[40, 30], [70, 90], [5, 5]]), labels=np.array([1, 0, 1]))
BOX = Prompt(box=np.array([10, 20, 60, 90]))


@pytest.mark.parametrize("prompt", [POINT, POINTS, BOX], ids=["point", "points", "box"])
def test_transformers_gives_the_same_logits_and_iou(
    pair: tuple[TorchModel, Any], prompt: Prompt
) -> None:
    ours, theirs = pair
    image = np.random.default_rng(2).integers(0, 256, (128, 96, 3)).astype(np.uint8)
    embedding = ours.embed(image)
    pixels = torch.from_numpy(encoder_input(image, embedding.transform))
    coordinates, labels = prompt_tokens(prompt, embedding.transform)
    arguments: dict[str, torch.Tensor] = {}
    if prompt.box is None:
        arguments["input_points"] = torch.from_numpy(coordinates[:-1])[None, None]
        arguments["input_labels"] = torch.from_numpy(labels[:-1])[None, None]
    else:
        arguments["input_boxes"] = torch.from_numpy(coordinates.reshape(1, 1, 4))
    with torch.inference_mode():
        expected = theirs(pixel_values=pixels, multimask_output=True, **arguments)
    answer = ours.decode(embedding, prompt, multimask=True)
    # Rounding of two encoders and two decoders adds up.
    assert np.abs(answer.logits - expected.pred_masks[0, 0].numpy()).max() < 5e-5
    assert np.abs(answer.predicted_iou - expected.iou_scores[0, 0].numpy()).max() < 1e-5


def test_their_embedding_is_ours(pair: tuple[TorchModel, Any]) -> None:
    ours, theirs = pair
    pixels = torch.from_numpy(np.random.default_rng(3).standard_normal((1, 3, 128, 128)))
    with torch.inference_mode():
        embedding, _ = ours.network.encode(pixels.float())
        expected = theirs.get_image_embeddings(pixels.float())
    assert (embedding - expected).abs().max() < 1e-5
