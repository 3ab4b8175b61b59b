"""The full-size networks give what the published code gave with the same drawn weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from model.interface import Embedding, Prompt
from model.torch_model import TorchModel
from tests.model.golden import FOLDER, recipe_model, stored

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


def collage(names: Sequence[str], side: int = 512) -> npt.NDArray[np.uint8]:
    """Four photographs as one image, which costs one embedding."""
    tiles = []
    for name in names:
        with Image.open(SAMPLES / name) as picture:
            tiles.append(np.asarray(picture.convert("RGB").resize((side, side))))
    return np.concatenate([np.concatenate(tiles[:2], axis=1), np.concatenate(tiles[2:], axis=1)])


def test_half_precision_moves_few_pixels_of_photographs() -> None:
    image = collage(["chelsea.png", "coffee.png", "dog_b.jpg", "coco_000000458756.jpg"])
    full = recipe_model("vit_b")
    exact = full.embed(image)
    rounded = recipe_model("vit_b", "bfloat16").embed(image)
    draw, overlaps = np.random.default_rng(0), []
    for corner in np.repeat([[0, 0], [512, 0], [0, 512], [512, 512]], 4, axis=0):
        point = (corner + draw.random((1, 2)) * 512).astype(np.float32)
        prompt = Prompt(points=point, labels=np.array([1]))
        pairs = zip(
            full.decode(exact, prompt).logits, full.decode(rounded, prompt).logits, strict=True
        )
        overlaps += [((a > 0) & (b > 0)).sum() / ((a > 0) | (b > 0)).sum() for a, b in pairs]
    assert np.median(overlaps) > 0.99
    assert np.quantile(overlaps, 0.1) > 0.97
