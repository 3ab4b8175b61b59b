"""The full-size networks give what the published code gave with the same drawn weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image

from model.architecture.config import VARIANTS
from model.interface import Embedding, Prompt
from model.runtime_torch.model import TorchModel
from model.runtime_torch.place import Place
from tests.golden.recipe import weights
from tests.model.golden import FOLDER, published_keys, recipe_model, stored

pytestmark = pytest.mark.slow
TOLERANCE = 1e-4
SAMPLES = FOLDER.parents[1] / "resources" / "samples"


PROMPTS = {
    "point": Prompt(points=np.array([[300, 400]]), labels=np.array([1])),
    "points": Prompt(points=np.array([[300, 400], [700, 200]]), labels=np.array([1, 0])),
    "box": Prompt(box=np.array([100, 150, 800, 600])),
}


@pytest.fixture(scope="module", params=["mobile_sam", "vit_b"])
def answered(request: pytest.FixtureRequest) -> tuple[str, TorchModel, Embedding]:
    sam = recipe_model(request.param)
    with Image.open(FOLDER / "full_image.png") as picture:
        image = np.asarray(picture.convert("RGB"))
    return request.param, sam, sam.embed(image)


def test_embedding_equals_the_published_sample(
    answered: tuple[str, TorchModel, Embedding],
) -> None:
    name, _, embedding = answered
    features = embedding.features["embedding"]
    expected = stored(f"full_{name}_io.npz")
    sample = features[::16, ::8, ::8]
    assert np.abs(sample - expected["embedding_sample"][0]).max() < TOLERANCE
    mean, std = expected["embedding_mean_std"]
    assert abs(features.mean(dtype=np.float64) - mean) < TOLERANCE
    assert abs(features.std(dtype=np.float64) - std) < TOLERANCE


@pytest.mark.parametrize("multimask", [False, True])
@pytest.mark.parametrize("case", PROMPTS)
def test_answers_equal_the_published_samples(
    answered: tuple[str, TorchModel, Embedding], case: str, multimask: bool
) -> None:
    name, sam, embedding = answered
    prediction = sam.decode(embedding, PROMPTS[case], multimask)
    key = f"{case}.{'multi' if multimask else 'single'}"
    expected = stored(f"full_{name}_io.npz")
    sample = prediction.logits[:, ::4, ::4]
    assert np.abs(sample - expected[f"{key}.low_res_logits_sample"][0]).max() < TOLERANCE
    assert np.abs(prediction.predicted_iou - expected[f"{key}.iou"][0]).max() < TOLERANCE


def collage(names: Sequence[str], side: int) -> npt.NDArray[np.uint8]:
    """Four photographs as one image, which costs one embedding."""
    tiles = []
    for name in names:
        with Image.open(SAMPLES / name) as picture:
            tiles.append(np.asarray(picture.convert("RGB").resize((side, side))))
    return np.concatenate([np.concatenate(tiles[:2], axis=1), np.concatenate(tiles[2:], axis=1)])


def vit_b_at(side: int) -> Mapping[str, TorchModel]:
    """As deep and as wide as ViT-B, for smaller images: exact, and rounded to half precision."""
    variant = replace(VARIANTS["vit_b"], input_size=side)
    shapes = published_keys()["vit_b"]
    grid, full = variant.grid, 2 * VARIANTS["vit_b"].grid - 1
    for key, shape in shapes.items():
        if key.endswith("pos_embed"):
            shapes[key] = (1, grid, grid, shape[-1])
        elif "rel_pos" in key and shape[0] == full:
            shapes[key] = (2 * grid - 1, shape[1])
    drawn = weights(shapes)

    def made(precision: str) -> TorchModel:
        tensors = {key: torch.from_numpy(value) for key, value in drawn.items()}
        return TorchModel(variant, tensors, "drawn", Place("cpu", precision), "it is the test's")

    return {precision: made(precision) for precision in ("float32", "bfloat16")}


def test_half_precision_moves_few_pixels_of_photographs() -> None:
    # Each pixel goes through as many layers as at full size, for a fifth of the time.
    names, side = ["chelsea.png", "coffee.png", "dog_b.jpg", "coco_000000458756.jpg"], 256
    models = vit_b_at(2 * side)
    full = models["float32"]
    exact, rounded = (sam.embed(collage(names, side)) for sam in models.values())
    draw, overlaps = np.random.default_rng(0), []
    for corner in np.repeat([[0, 0], [side, 0], [0, side], [side, side]], 4, axis=0):
        point = (corner + draw.random((1, 2)) * side).astype(np.float32)
        prompt = Prompt(points=point, labels=np.array([1]))
        pairs = zip(
            full.decode(exact, prompt).logits, full.decode(rounded, prompt).logits, strict=True
        )
        overlaps += [((a > 0) & (b > 0)).sum() / ((a > 0) | (b > 0)).sum() for a, b in pairs]
    assert np.median(overlaps) > 0.99
    assert np.quantile(overlaps, 0.1) > 0.97
