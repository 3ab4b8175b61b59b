"""ONNX models of other programs answer as the torch model they were made from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.interface import Model, Prompt
from model.runtime_onnx.contracts.model import PairedModel, load_pair
from model.terms import EDGE_SAM
from model.transforms import Transform, encoder_input
from model.weights.embedding_file import dumps, loads
from tests.model.exported import network, torch_model
from tests.model.pairs import LAYOUTS, normalised, write_pair

IMAGE = np.random.default_rng(3).integers(0, 256, (90, 120, 3)).astype(np.uint8)
TALL = np.random.default_rng(5).integers(0, 256, (150, 100, 3)).astype(np.uint8)
EARLIER = np.random.default_rng(4).normal(0, 4, (64, 64)).astype(np.float32)
TOLERANCE = 1e-4
PROMPTS = {
    "click": Prompt(np.array([[30, 40]]), np.array([1])),
    "clicks": Prompt(np.array([[30, 40], [100, 20], [5, 5]]), np.array([1, 0, 1])),
    "box": Prompt(box=np.array([10, 10, 90, 70])),
    "box and click": Prompt(np.array([[30, 40]]), np.array([1]), box=np.array([10, 10, 90, 70])),
    "click and logits": Prompt(np.array([[30, 40]]), np.array([1]), logits=EARLIER),
    "logits": Prompt(logits=EARLIER),
}
SAME_IMAGES = sorted({*LAYOUTS} - {"efficientsam", "half the resolution"})
CANDIDATES_ONLY = [name for name in LAYOUTS if name.startswith(("transformers", "samexporter sam"))]
Pairs = Callable[[str], PairedModel]


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    made: dict[str, PairedModel] = {}

    def found(name: str) -> PairedModel:
        if name not in made:
            made[name] = load_pair(write_pair(name, tmp_path_factory.mktemp("pair"))[1], "cpu", 1)
        return made[name]

    return found


@pytest.mark.parametrize("name", SAME_IMAGES)
def test_embeddings_are_those_of_torch(pair: Pairs, name: str) -> None:
    theirs = torch_model(LAYOUTS[name].net)
    for image, window in ((IMAGE, None), (TALL, None), (IMAGE, (20, 10, 90, 80))):
        ours, expected = pair(name).embed(image, window=window), theirs.embed(image, window=window)
        assert ours.transform == expected.transform
        for feature, values in expected.features.items():
            if feature != "fine":
                given = np.asarray(ours.features[feature], np.float32)
                assert np.abs(given - np.asarray(values, np.float32)).max() < TOLERANCE


@pytest.mark.parametrize(
    ("name", "several"),
    [(name, True) for name in SAME_IMAGES if name != "sam-hq"]
    + [(name, False) for name in SAME_IMAGES if name not in CANDIDATES_ONLY],
)
def test_prompts_get_the_answers_of_torch(pair: Pairs, name: str, several: bool) -> None:
    ours, theirs = pair(name), torch_model(LAYOUTS[name].net)
    assert isinstance(ours, Model)
    assert (ours.input_size, ours.logits_size) == (256, (64, 64))
    embedding, expected = ours.embed(IMAGE), theirs.embed(IMAGE)
    for asked, prompt in PROMPTS.items():
        if (prompt.logits is not None and not ours.report.takes_logits) or _is_forced(name, asked):
            continue
        found = ours.decode(embedding, prompt, several)
        answer = theirs.decode(expected, prompt, several)
        count = len(found.shown)
        assert count == (3 if several else 1)
        assert np.abs(found.logits - answer.logits[:count]).max() < TOLERANCE, asked
        assert np.abs(found.predicted_iou - answer.predicted_iou[:count]).max() < TOLERANCE
        if found.object_score is not None and answer.object_score is not None:
            assert abs(found.object_score - answer.object_score) < TOLERANCE


def _is_forced(name: str, asked: str) -> bool:
    """Whether the graph itself asks otherwise: SAM 2's give a mask alone a padding point, and
    transformers' of SAM knows no corners of boxes."""
    alone = asked == "logits" and name in ("samexporter sam 2", "labelme sam 2")
    return alone or (name == "transformers sam" and "box" in asked)


@pytest.mark.parametrize("name", CANDIDATES_ONLY)
def test_of_three_candidates_the_best_is_the_single_answer(pair: Pairs, name: str) -> None:
    ours = pair(name)
    embedding = ours.embed(IMAGE)
    three = ours.decode(embedding, PROMPTS["clicks"], multimask=True)
    (one,) = ours.decode(embedding, PROMPTS["clicks"]).logits
    assert np.array_equal(one, three.logits[three.best])


def test_an_encoder_of_half_the_resolution_has_the_same_coordinates(pair: Pairs) -> None:
    ours = pair("half the resolution")
    assert ours.input_size == 256
    sam = network("tiny")
    seen = torch.from_numpy(encoder_input(IMAGE, Transform(IMAGE.shape[:2], 128)))
    expected, _ = sam.encode(F.interpolate(seen, scale_factor=2.0, mode="nearest"))
    embedding = ours.embed(IMAGE)
    assert np.abs(embedding.features["embedding"] - expected[0].numpy()).max() < TOLERANCE
    assert embedding.transform == Transform(IMAGE.shape[:2], 256)


def test_efficient_sam_sees_values_of_0_to_1_stretched_and_at_most_six_points(pair: Pairs) -> None:
    ours, sam = pair("efficientsam"), network("tiny")
    assert not ours.report.takes_logits
    values = torch.from_numpy(IMAGE.transpose(2, 0, 1)[None].astype(np.float32))
    size = (256, 256)
    expected, _ = sam.encode(
        normalised(F.interpolate(values, size, mode="bilinear", align_corners=False))
    )
    embedding = ours.embed(IMAGE)
    assert np.abs(embedding.features["embedding"] - expected[0].numpy()).max() < TOLERANCE
    clicks = np.array([[30, 40], [100, 20], [5, 5], [60, 60], [80, 10], [10, 80], [44, 44], [9, 9]])
    box = Prompt(clicks, np.ones(8, np.int64), box=np.array([10, 10, 90, 70]))
    found = ours.decode(embedding, box, multimask=True)
    corners_and_last = np.concatenate([[[10, 10], [90, 70]], clicks[-4:]]) * (256 / 120, 256 / 90)
    points = torch.from_numpy(corners_and_last[None].astype(np.float32))
    logits, iou = sam.decode(expected, (), points, torch.tensor([[2, 3, 1, 1, 1, 1]]))
    assert np.abs(found.logits - logits[0, 1:].numpy()).max() < TOLERANCE
    assert np.abs(found.predicted_iou - iou[0, 1:].numpy()).max() < TOLERANCE


def test_of_an_export_without_boxes_their_middle_is_asked(pair: Pairs) -> None:
    ours = pair("transformers sam")
    assert "the middle of a box is asked" in ours.report.reason
    embedding = ours.embed(IMAGE)
    box = ours.decode(embedding, PROMPTS["box"])
    middle = Prompt(np.array([[50, 40]]), np.array([1]))
    assert np.abs(box.logits[0] - ours.decode(embedding, middle, False).logits[0]).max() < TOLERANCE


@pytest.mark.parametrize("name", ["edgesam", "transformers sam 2", "efficientsam"])
def test_a_model_without_a_place_for_earlier_logits_says_so(pair: Pairs, name: str) -> None:
    ours = pair(name)
    assert not ours.report.takes_logits
    assert "it takes no earlier masks" in ours.report.reason
    assert ours.report.terms == (EDGE_SAM if name == "edgesam" else None)
    with pytest.raises(ValueError, match="takes no earlier logits: ask with points and a box"):
        ours.decode(ours.embed(IMAGE), PROMPTS["click and logits"])


def test_an_image_fits_into_an_encoder_of_a_fixed_oblong(tmp_path: Path) -> None:
    ours = load_pair(write_pair("samexporter with pixels", tmp_path, fixed=True)[0], "cpu", 1)
    embedding = ours.embed(TALL)
    assert embedding.transform.canvas == (170, 256)
    assert embedding.transform.resized == (170, 113)
    seen = torch.from_numpy(encoder_input(TALL, embedding.transform))
    expected, _ = network("tiny").encode(seen)
    assert np.abs(embedding.features["embedding"] - expected[0].numpy()).max() < TOLERANCE
    kept = loads(dumps(embedding))
    click = Prompt(np.array([[70, 140]]), np.array([1]))
    found, again = ours.decode(embedding, click), ours.decode(kept, click)
    assert np.array_equal(found.logits, again.logits)
    assert found.mask().shape == TALL.shape[:2]


def test_a_decoder_fixed_to_some_points_gets_as_many(tmp_path: Path) -> None:
    import onnx

    encoder, decoder = write_pair("edgesam", tmp_path)
    graph = onnx.load(decoder)
    for slot in graph.graph.input:
        if slot.name.startswith("point"):
            slot.type.tensor_type.shape.dim[1].dim_value = 5
    onnx.save(graph, decoder)
    ours, theirs = load_pair(encoder, "cpu", 1), torch_model("tiny")
    found = ours.decode(ours.embed(IMAGE), PROMPTS["clicks"])
    sam, seen = network("tiny"), theirs.embed(IMAGE)
    points = np.zeros((1, 5, 2), np.float32)
    points[0, :3] = seen.transform.to_input(PROMPTS["clicks"].points)
    logits, _ = sam.decode(
        torch.from_numpy(np.array(seen.features["embedding"]))[None].float(),
        (),
        torch.from_numpy(points),
        torch.tensor([[1, 0, 1, -1, -1]]),
    )
    assert np.abs(found.logits[0] - logits[0, 0].numpy()).max() < TOLERANCE
