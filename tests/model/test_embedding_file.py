"""Embeddings as bytes: what was written is read, everything else is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save

from model.interface import Embedding
from model.transforms import Transform
from model.weights.embedding_file import FORMAT, dumps, loads

METADATA = {"format": FORMAT, "model": "m", "image_size": "30x40", "input_size": "64"}


def an_embedding() -> Embedding:
    draw = np.random.default_rng(0)
    features = {
        "embedding": draw.standard_normal((4, 8, 8), dtype=np.float32),
        "skip_0": draw.standard_normal((2, 16, 16), dtype=np.float32),
    }
    return Embedding(dict(features), Transform((30, 40), 64), "model-of-the-test")


def test_what_was_written_is_read() -> None:
    written = an_embedding()
    read = loads(dumps(written))
    assert (read.model, read.transform) == (written.model, written.transform)
    assert list(read.features) == ["embedding", "skip_0"]
    for name, array in read.features.items():
        assert np.array_equal(array, written.features[name])


def test_equal_embeddings_are_equal_files() -> None:
    assert len({dumps(an_embedding()) for _ in range(20)}) == 1


def test_half_precision_needs_half_the_bytes() -> None:
    assert len(dumps(an_embedding(), half=True)) < 0.7 * len(dumps(an_embedding()))
    assert loads(dumps(an_embedding(), half=True)).features["embedding"].dtype == np.float16


def test_features_read_cannot_be_written_to() -> None:
    assert not loads(dumps(an_embedding())).features["embedding"].flags.writeable


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "other"}, "format"),
        ({"model": ""}, "not complete"),
        ({"image_size": "30"}, "size"),
        ({"image_size": "0x40"}, "pixels"),
        ({"image_size": "-3x40"}, "size"),
        ({"input_size": "1e3"}, "size"),
        ({"input_size": "0"}, "input of 0"),
        ({"input_size": "9999999"}, "input of"),
    ],
)
def test_a_wrong_description_is_refused(change: dict[str, str], words: str) -> None:
    features = {"embedding": np.zeros((1, 2, 2), np.float32)}
    with pytest.raises(ValueError, match=words):
        loads(save(features, {**METADATA, **change}))


@pytest.mark.parametrize(
    "features",
    [
        {},
        {"skip_0": np.zeros((1, 2, 2), np.float32)},
        {"embedding": np.zeros((2, 2), np.float32)},
        {"embedding": np.zeros((1, 2, 2), np.int64)},
        {"embedding": np.full((1, 2, 2), np.nan, np.float32)},
        {"embedding": np.zeros((1, 2, 2), np.float32), "more": np.zeros((1, 2, 2), np.float32)},
    ],
)
def test_wrong_features_are_refused(features: dict[str, np.ndarray]) -> None:
    with pytest.raises(ValueError, match=r"feature|complete"):
        loads(save(features, METADATA))


@given(cut=st.integers(0, 100), at=st.integers(0, 400), value=st.integers(0, 255))
def test_damaged_bytes_are_refused_or_still_whole(cut: int, at: int, value: int) -> None:
    data = bytearray(dumps(an_embedding()))
    data[at] = value
    damaged = bytes(data[: len(data) - cut])
    try:
        read = loads(damaged)
    except ValueError:
        return
    assert "embedding" in read.features
