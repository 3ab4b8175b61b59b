"""SAM 3's click head answers as transformers does; what answers no clicks is refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model.architecture.config import Sam3ViTConfig, from_json, to_json
from model.architecture.features import network_input
from model.architecture.sam import Sam
from model.families import recognised, sam3
from model.families.sam2 import parted
from model.families.transformers_names import published_names
from model.interface import CheckpointError, Prompt
from model.runtime_onnx.export import export
from model.runtime_onnx.model import load_onnx
from model.runtime_torch.model import TorchModel
from model.runtime_torch.place import Place
from model.weights.checkpoint import differences, expected_shapes
from tests.model.families.stored import hollow

TOLERANCE = 1e-4
TINY = sam3.click_head("tiny", Sam3ViTConfig(48, 3, 3, 80, (1,), 3, 3), 112, 32)


def theirs_tiny() -> Any:
    """transformers' class with a small configuration and weights by chance."""
    from transformers import Sam3TrackerConfig, Sam3TrackerModel
    from transformers.models.sam3.configuration_sam3 import Sam3VisionConfig, Sam3ViTConfig

    backbone = Sam3ViTConfig(
        hidden_size=48,
        intermediate_size=80,
        num_hidden_layers=3,
        num_attention_heads=3,
        image_size=112,
        patch_size=14,
        window_size=3,
        global_attn_indexes=[1],
        pretrain_image_size=42,
    )
    vision = Sam3VisionConfig(
        backbone_config=backbone.to_dict(),
        fpn_hidden_size=32,
        # The level that is dropped comes last, and would get the embedding of no memory.
        scale_factors=[4.0, 2.0, 1.0],
        backbone_feature_sizes=[[32, 32], [16, 16], [8, 8]],
    )
    torch.manual_seed(3)
    found: Any = Sam3TrackerModel(
        Sam3TrackerConfig(
            vision_config=vision.to_dict(),
            prompt_encoder_config={"hidden_size": 32, "image_size": 112, "patch_size": 14},
            mask_decoder_config={"hidden_size": 32, "mlp_dim": 2048, "iou_head_hidden_dim": 256},
        )
    )
    with torch.no_grad():
        for parameter in found.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    matrix = found.shared_image_embedding.positional_embedding
    found.prompt_encoder.shared_embedding.positional_embedding.data.copy_(matrix)
    return found.eval()


def test_the_click_head_answers_as_transformers_does(tmp_path: Path) -> None:
    theirs = theirs_tiny()
    tensors = dict(parted(published_names(theirs.state_dict(), sam3.RULES))[0])
    ours = TorchModel(TINY, tensors, "tiny", Place("cpu"), "it is the test's")
    image = np.random.default_rng(2).integers(0, 256, (90, 120, 3)).astype(np.uint8)
    embedding = ours.embed(image)
    pixels = torch.from_numpy(network_input(image, embedding.transform, TINY))
    assert abs(float(pixels.mean()) - (image.mean() - 127.5) / 127.5) < 0.01
    places = torch.tensor([[[[40.0 * 112 / 120, 30.0 * 112 / 90]]]])
    with torch.inference_mode():
        expected = theirs(
            pixel_values=pixels,
            input_points=places,
            input_labels=torch.ones(1, 1, 1, dtype=torch.long),
            multimask_output=True,
        )
    click = Prompt(points=np.array([[40, 30]]), labels=np.array([1]))
    answer = ours.decode(embedding, click)
    for name, theirs_map in zip(
        ("skip_1", "skip_0", "embedding"), expected.image_embeddings, strict=True
    ):
        assert np.abs(embedding.features[name] - theirs_map[0].numpy()).max() < TOLERANCE
    logits = expected.pred_masks[0, 0].numpy()
    assert logits.std() > 0.02
    assert np.abs(answer.logits - logits).max() < TOLERANCE
    assert np.abs(answer.predicted_iou - expected.iou_scores[0, 0].numpy()).max() < TOLERANCE
    network = Sam(TINY)
    network.load_state_dict(tensors)
    exported = load_onnx(export(network, "tiny", tmp_path, "tiny")[0])
    again = exported.decode(exported.embed(image), click)
    assert np.abs(again.logits - answer.logits).max() < TOLERANCE


@pytest.mark.parametrize("file", ["hf_sam3_tracker", "hf_sam3_tracker_video", "hf_sam3_video"])
def test_files_with_the_tracker_are_recognised(file: str) -> None:
    known = recognised(hollow(file))
    assert known is not None
    family, found = known
    assert (family.name, found.variant, list(found.unfit)) == ("sam3", sam3.SAM_3, [])
    assert differences(found.tensors, expected_shapes(sam3.SAM_3)) == []
    assert found.variant.terms == "sam3"
    assert from_json(to_json(sam3.SAM_3)) == sam3.SAM_3


def test_one_that_answers_text_alone_is_refused_by_name() -> None:
    with pytest.raises(CheckpointError, match="answers text, not clicks"):
        recognised(hollow("hf_sam3"))


def test_the_publishers_own_layout_is_refused_by_name() -> None:
    names = ("detector.backbone.vision_backbone.trunk.pos_embed", "tracker.no_mem_embed")
    with pytest.raises(CheckpointError, match="publisher's own layout"):
        recognised(dict.fromkeys(names, torch.zeros(1)))
