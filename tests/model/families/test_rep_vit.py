"""EdgeSAM and RepViT-SAM answer as the published code does."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from model.architecture.config import RepViTConfig, from_json, to_json
from model.architecture.rep_vit import RepViT
from model.families import recognised, rep_vit
from model.runtime_torch.fused_norms import merge_norms
from model.runtime_torch.model import TorchModel
from model.runtime_torch.place import Place
from model.terms import BY_FAMILY
from model.weights.checkpoint import differences, expected_shapes
from tests.golden.recipe import weights
from tests.model.families.stored import drawn, hollow, outputs, prompt_of
from tests.model.golden import FOLDER

TOLERANCE = 1e-4
CHANGED = {
    f"mask_decoder.output_hypernetworks_mlps.{index}.layers.2.weight": (4.0, 0.0)
    for index in range(4)
}


@pytest.mark.parametrize(
    ("file", "variant"), [("edge_sam", rep_vit.EDGE_SAM), ("repvit_sam", rep_vit.REP_VIT_SAM)]
)
def test_files_are_recognised_by_their_tensors(file: str, variant: object) -> None:
    known = recognised(hollow(file))
    assert known is not None
    assert known[1].variant == variant
    assert differences(known[1].tensors, expected_shapes(known[1].variant)) == []


def test_only_edge_sam_comes_with_terms() -> None:
    families = {
        name: recognised(hollow(name)) for name in ("edge_sam", "repvit_sam", "sam2.1_hiera_t")
    }
    told = {
        name for name, known in families.items() if known is not None and known[1].variant.terms
    }
    assert told == {"edge_sam"}
    assert "non-commercial" in BY_FAMILY[rep_vit.EDGE_SAM.terms].told


def test_a_description_keeps_the_terms() -> None:
    assert from_json(to_json(rep_vit.EDGE_SAM)).terms == "edge_sam"


def test_the_encoder_of_repvit_sam_equals_the_published_one() -> None:
    config = RepViTConfig(
        (8, 16, 320, 24), (2, 2, 2, 3), ((0,), (1,), (1,), (1,)), fused=False, norm_after=True
    )
    encoder = RepViT(config, 256).eval()
    names = {f"image_encoder.{k}": tuple(v.shape) for k, v in encoder.state_dict().items()}
    made = {
        k.removeprefix("image_encoder."): torch.from_numpy(v) for k, v in weights(names).items()
    }
    encoder.load_state_dict(encoder.state_dict() | made)
    pixels = np.random.default_rng(7).standard_normal((1, 3, 128, 128), dtype=np.float32)
    expected = outputs("tiny_repvit_io.npz")["embedding"]
    with torch.inference_mode():
        assert np.abs(encoder(torch.from_numpy(pixels))[0].numpy() - expected).max() < TOLERANCE
        merge_norms(encoder)
        assert np.abs(encoder(torch.from_numpy(pixels))[0].numpy() - expected).max() < TOLERANCE


@pytest.mark.slow
def test_edge_sam_equals_the_published_samples() -> None:
    known = recognised(drawn("edge_sam", changed=CHANGED))
    assert known is not None
    counters = {
        name: torch.zeros((), dtype=torch.int64)
        for name in expected_shapes(rep_vit.EDGE_SAM)
        if name.endswith("num_batches_tracked")
    }
    tensors = {**known[1].tensors, **counters}
    full = TorchModel(rep_vit.EDGE_SAM, tensors, "full", Place("cpu"), "test")
    assert full.report.terms is BY_FAMILY["edge_sam"]
    io = outputs("full_edge_sam_io.npz")
    with Image.open(FOLDER / "full_image.png") as picture:
        embedding = full.embed(np.asarray(picture.convert("RGB")))
    sample = embedding.features["embedding"][::16, ::8, ::8]
    assert np.abs(sample - io["bicubic.embedding_sample"][0]).max() < TOLERANCE
    for case in ("point", "points", "box"):
        for count in (1, 3):
            answer = full.decode(embedding, prompt_of(io, case), multimask=count == 3)
            expected = io[f"{case}.{count}.low_res_logits_sample"]
            # Their logits come from the embedding enlarged the way their PyTorch code does it. They
            # reach 12, and libraries for products of matrices differ by up to 1.1e-4 there.
            assert np.abs(answer.logits[:, ::4, ::4] - expected).max() < 2 * TOLERANCE
            assert np.abs(answer.predicted_iou - io[f"{case}.{count}.iou"]).max() < TOLERANCE
