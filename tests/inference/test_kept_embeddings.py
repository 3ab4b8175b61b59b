"""Embeddings are kept for an encoder: a model taught by its decoder alone goes on with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from app.core.picture import Picture
from app.inference import questions as q
from app.inference.cache import EmbeddingCache, is_stored, stored_embedding
from app.inference.engine import Engine
from app.storage.embeddings import EmbeddingFiles
from model.architecture.sam import Sam
from model.interface import Embedding, Model, Prompt
from model.loading import load
from model.runtime_onnx.export import build_pair
from model.training.export import export_weights
from model.weights.embedding_file import FORMAT, dumps, loads
from tests.model.training.nets import tiny_network
from tests.stand_ins import FakeModel

KEY = "0" * 32
CLICK = Prompt(np.full((1, 2), 20, np.float32), np.ones(1, np.int64))


@pytest.fixture
def store(tmp_path: Path) -> EmbeddingFiles[Embedding]:
    return EmbeddingFiles(tmp_path / "kept", dumps, loads, FORMAT)


def pixels() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)


def origin(model: Model, store: EmbeddingFiles[Embedding], memory: EmbeddingCache) -> str:
    """Where its embedding of the picture comes from, which is kept then."""
    engine = Engine(lambda choice: model, memory, store)
    engine.answer(q.Load(q.Choice()), lambda: False)
    found = engine.answer(q.Embed(Picture(pixels(), KEY, Path("a.png"))), lambda: False)
    assert isinstance(found, q.Embedded)
    if found.origin == "computed":
        store.put(KEY, found.embedding)
    return found.origin


@pytest.mark.parametrize("first", ["old", "taught"])
def test_a_model_taught_by_its_decoder_alone_and_the_old_one_share_embeddings(
    store: EmbeddingFiles[Embedding], first: str
) -> None:
    second = "old" if first == "taught" else "taught"
    models = {name: FakeModel(name, encoder="same") for name in (first, second)}
    memory = EmbeddingCache()
    assert origin(models[first], store, memory) == "computed"
    assert origin(models[second], store, memory) == "memory"
    assert origin(models[second], store, EmbeddingCache()) == "disk"
    assert models[second].embeds == 0


def test_with_another_encoder_each_image_is_embedded_anew(
    store: EmbeddingFiles[Embedding],
) -> None:
    memory = EmbeddingCache()
    assert origin(FakeModel("old", encoder="one"), store, memory) == "computed"
    assert origin(FakeModel("new", encoder="another"), store, memory) == "computed"


def test_what_was_kept_under_a_models_own_name_before_is_found_still(
    store: EmbeddingFiles[Embedding],
) -> None:
    before = FakeModel("old")
    store.put(KEY, before.embed(pixels()))
    now, taught = FakeModel("old", encoder="one"), FakeModel("taught", encoder="one")
    assert is_stored(store, KEY, now)
    found = stored_embedding(store, KEY, now)
    assert found is not None
    assert now.decode(found, CLICK).logits.shape
    assert not is_stored(store, KEY, taught)
    assert stored_embedding(store, KEY, taught) is None


def written(sam: Sam, path: Path) -> Path:
    export_weights(sam, path, exact=set(sam.state_dict()))
    return path


def changed(path: Path, choose: Callable[[Sam], Tensor]) -> Path:
    sam = tiny_network()
    with torch.no_grad():
        choose(sam).add_(0.25)
    return written(sam, path)


def decoder_weight(sam: Sam) -> Tensor:
    return sam.mask_decoder.mask_tokens.weight


def encoder_weight(sam: Sam) -> Tensor:
    return next(sam.image_encoder.parameters())


def test_files_share_embeddings_where_only_decoders_differ_also_when_exported(
    store: EmbeddingFiles[Embedding], tmp_path: Path
) -> None:
    old = written(tiny_network(), tmp_path / "old.safetensors")
    taught = changed(tmp_path / "taught.safetensors", decoder_weight)
    other = changed(tmp_path / "other.safetensors", encoder_weight)
    (tmp_path / "onnx").mkdir()
    build_pair(taught, tmp_path / "onnx")
    base, new, exported, foreign = (
        load(path, device="cpu") for path in (old, taught, tmp_path / "onnx", other)
    )
    assert origin(base, store, EmbeddingCache()) == "computed"
    assert origin(foreign, store, EmbeddingCache()) == "computed"
    kept = stored_embedding(store, KEY, new)
    assert kept is not None
    for model in (new, exported):
        assert origin(model, store, EmbeddingCache()) == "disk"
        own = model.embed(pixels())
        from_kept = model.decode(kept, CLICK)
        np.testing.assert_allclose(from_kept.logits, model.decode(own, CLICK).logits, atol=1e-3)
        assert not np.allclose(from_kept.logits, base.decode(kept, CLICK).logits, atol=1e-2)
    strange = replace(kept, model=foreign.image_identity)
    with pytest.raises(ValueError, match="another model"):
        new.decode(strange, CLICK)
