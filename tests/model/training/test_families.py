"""The decoders of all families learn what is shown to them, and are read again as they were."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from model.architecture.config import (
    EfficientViTConfig,
    HieraConfig,
    PlainViTConfig,
    RepViTConfig,
    Variant,
    ViTConfig,
    to_json,
)
from model.architecture.sam import Sam, is_for_images
from model.families import efficient_tam, efficient_vit, rep_vit, sam2, sam_hq
from model.interface import Prompt
from model.runtime_torch.model import TorchModel
from model.runtime_torch.place import Place
from model.training.batches import Augmentation
from model.training.export import export_weights
from model.training.forward import Rounds
from model.training.interaction import Interaction
from model.training.loop import Trainer
from model.training.pixels import ImagesFromFiles
from model.training.recipe import Recipe, new_state
from model.training.schedule import Schedule, Stage
from model.training.views import KnownViews, ViewMaker
from model.weights.checkpoint import read_checkpoint
from tests.model.training.nets import disc_samples

SIDE, STEPS = 64, 24
SMALL = {
    "input_size": SIDE,
    "width": 32,
    "decoder_heads": 2,
    "decoder_mlp": 32,
    "iou_head_hidden": 16,
}
PLAIN = Variant("vit", ViTConfig(16, 2, 2, (1,), 2, 16), kept_iou=0.88)
REP_VIT = RepViTConfig((8, 8, 8, 8), (2, 2, 2, 2), ((0,), (), (), ()))


def _vit(variant: Variant) -> Variant:
    return replace(variant, **SMALL)  # type: ignore[arg-type]


HIERA = HieraConfig(8, 1, (1, 2, 2, 1), (4, 2, 4, 2), (3,), (2, 2))
TAM = replace(efficient_tam.EDGE_TAM, encoder=replace(REP_VIT, fused=False, top_down=(2, 3)))
VIT = EfficientViTConfig(
    widths=(8, 16, 24, 32, 64),
    depths=(1, 1, 1, 1, 1),
    blocks=("plain", "fused", "fused", "inverted", "attention"),
    expansions=(1, 2, 2, 2, 6),
    fewer_norms=(3, 4),
    around=5,
    neck_depth=1,
    neck_expansion=1,
    neck_width=32,
)
VARIANTS = {
    "sam": _vit(PLAIN),
    "sam_hq": _vit(sam_hq.with_token(PLAIN, 16)),
    "sam2": replace(_vit(replace(sam2.TINY, encoder=HIERA)), skip_channels=(8, 4)),
    "efficient_tam": _vit(efficient_tam.plain_variant("tam", PlainViTConfig(16, 2, 2, (0,)))),
    "edge_tam": replace(_vit(TAM), skip_channels=(8, 4)),
    "edge_sam": _vit(replace(rep_vit.EDGE_SAM, encoder=REP_VIT)),
    "efficientvit_sam": replace(
        _vit(efficient_vit.variant_of("vit", VIT, SIDE // 2)), image_side=SIDE // 2
    ),
}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads that wait for one another cost more than such small networks do."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def network(name: str) -> Sam:
    torch.manual_seed(3)
    return Sam(VARIANTS[name]).eval()


def usable(sam: Sam) -> TorchModel:
    return TorchModel(sam.variant, sam.state_dict(), "same", Place("cpu"), "a test")


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("earlier", [False, True])
def test_training_decodes_as_the_model_answers(name: str, earlier: bool) -> None:
    sam = network(name)
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    logits = rng.normal(0, 20, (4 * sam.variant.grid,) * 2).astype(np.float32)
    box = np.array([5, 6, 50, 40], np.float32)
    clicks = np.array([[20, 30], [40, 10]], np.float32)
    feed = logits.clip(-32, 32) if earlier else None
    model = usable(sam)
    embedding = model.embed(pixels)
    asked = [
        Prompt(clicks, np.array([1, 0]), logits=feed),
        Prompt(clicks[:1], np.array([1]), box=box, logits=feed),
    ]
    answers = [model.decode(embedding, prompt, multimask=True) for prompt in asked]
    features = [torch.tensor(part)[None] for part in embedding.features.values()]
    rounds = Rounds(
        sam, torch.zeros(0), torch.tensor([0, 0]), encoded=(features[0], tuple(features[1:]))
    )
    coordinates = torch.tensor(np.stack([[*clicks, [0, 0]], [*clicks[:1], *box.reshape(2, 2)]]))
    labels = torch.tensor([[1, 0, -1], [1, 2, 3]])
    before = None if feed is None else torch.tensor(feed)[None, None].expand(2, -1, -1, -1)
    with torch.no_grad():
        found, iou = rounds.decode(coordinates.float(), labels, before)
    for place, answer in enumerate(answers):
        best = 1 + int(iou[place, 1:].argmax())
        wanted = answer.logits[0] if sam.variant.early else answer.logits[best - 1]
        np.testing.assert_allclose(found[place, best], wanted, atol=1e-4, rtol=1e-4)
        np.testing.assert_allclose(iou[place, best], answer.predicted_iou.max(), atol=1e-5)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_decoder_learns_and_is_read_again_as_it_was(name: str, tmp_path: Path) -> None:
    sam, samples = network(name), disc_samples(tmp_path)
    before = {key: tensor.clone() for key, tensor in sam.state_dict().items()}
    schedule = Schedule((Stage(1.0, SIDE, 2),), max_steps=STEPS, warmup_steps=1, learning_rate=3e-3)
    few = Interaction(chances=(1.0, 1.0))
    recipe = Recipe(schedule, part="decoder", average=0.5, interaction=few)
    start = tmp_path / "start.safetensors"
    published = {key: tensor.contiguous() for key, tensor in before.items()}
    save_file(published, start, {"config": json.dumps(to_json(sam.variant))})
    state, losses = new_state(sam, recipe), list[float]()
    views = KnownViews(sam, recipe.precision, parent=tmp_path)
    batches = ViewMaker(
        samples,
        ImagesFromFiles(samples),
        {},
        2,
        Augmentation(),
        1,
        sam.variant,
        fixed=True,
        known=views.holds,
    )
    Trainer(state, batches, recipe, None, lambda told: losses.append(told.loss), views).run()
    assert np.mean(losses[-6:]) < 0.95 * np.mean(losses[:6])
    changed = {key for key, tensor in sam.state_dict().items() if not tensor.equal(before[key])}
    assert "mask_decoder.mask_tokens.weight" in changed
    kept = ("image_encoder.", "no_mem", "mask_decoder.conv_s", "mask_decoder.obj_score")
    assert not [key for key in changed if key.startswith(kept) or "pred_obj" in key]

    pixels = ImagesFromFiles(samples)[0]
    prompt = Prompt(np.array([[14, 14]], np.float32), np.array([1]))
    trained = usable(state.average)
    file = tmp_path / "trained.safetensors"
    others = {"maskmem_tpos_enc": torch.ones(2)}
    export_weights(state.average, file, exact=set(sam.state_dict()), others=others)
    read = read_checkpoint(file)
    assert set(read.others) == set(others)
    assert read.image_identity == read_checkpoint(start).image_identity
    assert read.identity != read_checkpoint(start).identity
    assert (read.variant, read.variant.kept_iou) == (sam.variant, sam.variant.kept_iou)
    again = TorchModel(read.variant, read.weights, "again", Place("cpu"), "a test")
    first, second = (each.decode(each.embed(pixels), prompt) for each in (trained, again))
    # Some libraries round products by where their numbers lie in memory.
    assert np.allclose(first.logits, second.logits, rtol=1e-6, atol=1e-6)
    assert np.allclose(first.predicted_iou, second.predicted_iou, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", VARIANTS)
def test_what_changes_an_embedding_is_what_its_identity_is_made_of(name: str) -> None:
    sam = network(name)
    embedding, skips = sam.encode(torch.randn(1, 3, *(sam.variant.seen_side,) * 2))
    torch.autograd.backward([each.square().sum() for each in (embedding, *skips)])
    passed = {key for key, weight in sam.named_parameters() if weight.grad is not None}
    assert passed <= {key for key in sam.state_dict() if is_for_images(key)}
    left_out = {key for key, _ in sam.named_parameters() if is_for_images(key)} - passed
    assert not [key for key in left_out if not key.startswith("image_encoder.")]


@pytest.mark.parametrize("name", ["sam", "sam2", "efficientvit_sam"])
def test_the_first_view_of_an_image_is_what_the_application_embeds(
    name: str, tmp_path: Path
) -> None:
    sam, samples = network(name), disc_samples(tmp_path, 1)
    images = ImagesFromFiles(samples)
    views = KnownViews(sam, torch.float32, parent=tmp_path)
    batches = ViewMaker(
        samples, images, {}, 2, Augmentation(), 1, sam.variant, fixed=True, known=views.holds
    )
    made = (batches.make(step, SIDE, 1) for step in range(200))
    batch = next(each for each in made if each.keys == ((0, 0),))
    embedding, _ = views.of(batch, torch.device("cpu"))
    wanted = usable(sam).embed(images[0]).features["embedding"]
    # The application's filter is another one than the quick one of training.
    assert np.abs(embedding[0].numpy() - wanted).mean() < 0.05 * np.abs(wanted).mean() + 0.02
    assert views.holds((0, 0))
    assert not views.holds((0, 1))
    blank = replace(batch, images=np.zeros_like(batch.images))
    assert torch.equal(views.of(blank, torch.device("cpu"))[0], embedding)


def test_no_more_views_are_drawn_than_there_is_time_to_embed(tmp_path: Path) -> None:
    samples = disc_samples(tmp_path, 2)
    known: set[tuple[int, int]] = set()
    time_left = True
    batches = ViewMaker(
        samples, ImagesFromFiles(samples), {}, 2, Augmentation(), 1, network("sam").variant,
        fixed=True, known=known.__contains__, affords=lambda: time_left,
    )  # fmt: skip
    known.update(key for step in range(4) for key in batches.make(step, SIDE, 1).keys)
    time_left = False
    # An image without a view gets one all the same.
    known.update(key for step in range(20) for key in batches.make(step, SIDE, 1).keys)
    assert {index for index, _ in known} == {0, 1}
    before = set(known)
    drawn = {key for step in range(20, 60) for key in batches.make(step, SIDE, 1).keys}
    assert drawn <= before
    time_left = True
    assert {key for step in range(60, 90) for key in batches.make(step, SIDE, 1).keys} - before


def test_a_lesson_that_goes_on_finds_the_views_it_had(tmp_path: Path) -> None:
    sam, samples = network("sam2"), disc_samples(tmp_path, 1)
    batches = ViewMaker(
        samples, ImagesFromFiles(samples), {}, 2, Augmentation(), 1, sam.variant, fixed=True
    )
    batch, place = batches.make(0, SIDE, 1), tmp_path / "views"
    first = KnownViews(sam, torch.float32, kept=place)
    embedding, skips = first.of(batch, torch.device("cpu"))
    del first
    gc.collect()
    again = KnownViews(sam, torch.float32, kept=place)
    assert again.holds(batch.keys[0])
    blank = replace(batch, images=np.zeros_like(batch.images))
    found, finer = again.of(blank, torch.device("cpu"))
    assert torch.equal(found, embedding)
    assert all(map(torch.equal, finer, skips))
    again.forget()
    assert not place.exists()


def test_what_a_killed_run_left_goes_with_the_next_one(tmp_path: Path) -> None:
    left, others = tmp_path / "embedded-left", (tmp_path / "embedded-now", tmp_path / "mine")
    for folder in (left, *others):
        folder.mkdir()
    for folder in (left, others[1]):
        os.utime(folder, (1.0, 1.0))
    views = KnownViews(network("sam"), torch.float32, parent=tmp_path)
    assert not left.exists()
    assert all(folder.exists() for folder in others)
    assert not views.holds((0, 0))
    made = len(list(tmp_path.iterdir()))
    del views
    gc.collect()
    assert len(list(tmp_path.iterdir())) == made - 1
