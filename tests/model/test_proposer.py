"""The proposer learns where objects are, says how well, and refuses what is not its own."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.interface import Cancelled, CheckpointError, Embedding
from model.proposer.proposer import Head, columns_of, dumps, forward, loads
from model.proposer.training import (
    Example,
    _gathered,
    fresh_head,
    gradients,
    loss_of,
    matched,
    measure,
    targets_of,
    train,
)
from model.transforms import Transform

Float = npt.NDArray[np.float32]
CELL, SIDE = 8, 128


def example(seed: int, height: int = 96, width: int = SIDE) -> Example:
    """Bright blocks on noise, and an embedding that is a smaller image of them."""
    random = np.random.default_rng(seed)
    image = random.normal(0, 0.1, (SIDE, SIDE)).astype(np.float32)
    boxes: list[tuple[int, int, int, int]] = []
    for _ in range(3):
        w, h = random.integers(16, 40, 2).tolist()
        x, y = int(random.integers(0, width - w)), int(random.integers(0, height - h))
        if all(x > b[2] + 8 or x + w < b[0] - 8 or y > b[3] + 8 or y + h < b[1] - 8 for b in boxes):
            boxes.append((x, y, x + w, y + h))
            image[y : y + h, x : x + w] += 1
    cells = SIDE // CELL
    small = image.reshape(cells, CELL, cells, CELL).mean(axis=(1, 3))
    edges = np.abs(np.diff(small, axis=0, append=0)), np.abs(np.diff(small, axis=1, append=0))
    features: dict[str, npt.NDArray[np.generic]] = {"embedding": np.stack([small, *edges])}
    embedding = Embedding(features, Transform((height, width), SIDE), "m")
    return Example(embedding, np.array(boxes, np.float32))


@pytest.fixture(scope="module")
def trained() -> Head:
    return train([example(seed) for seed in range(60)], epochs=14)


def test_it_finds_objects_it_has_not_seen(trained: Head) -> None:
    held_out = [example(seed) for seed in range(1000, 1030)]
    best = max(measure(trained, held_out), key=lambda score: score.f1)
    assert best.precision > 0.8
    assert best.recall > 0.8


def test_without_training_it_finds_nothing_much() -> None:
    examples = [example(seed) for seed in range(5)]
    assert max(score.f1 for score in measure(fresh_head(examples), examples)) < 0.2


def test_boxes_lie_in_the_image_the_surest_first(trained: Head) -> None:
    found = trained.propose(example(7).embedding, 0.1)
    assert len(found)
    assert (np.diff(found.scores) <= 0).all()
    assert (found.boxes[:, :2] >= 0).all()
    assert (found.boxes[:, 2:] <= [SIDE, 96]).all()


def test_it_is_kept_and_read_again(trained: Head) -> None:
    noted = Head(trained.weights, trained.mean, trained.std, "m", {"confidence": 0.4})
    read = loads(dumps(noted))
    assert (read.model, read.confidence, read.notes) == ("m", 0.4, {"confidence": 0.4})
    one, other = (head.raw(example(3).embedding) for head in (noted, read))
    assert np.array_equal(one, other)


@given(st.binary(max_size=200))
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(CheckpointError):
        loads(data)


def test_a_damaged_file_is_refused(trained: Head) -> None:
    data = dumps(trained)
    for place in (0, 9, 60, len(data) // 2):
        with pytest.raises(CheckpointError):
            loads(data[:place])
    weights = dict(trained.weights)
    weights["bias_0"] = weights["bias_0"] * np.float32(np.nan)
    with pytest.raises(ValueError, match="not finite"):
        Head(weights, trained.mean, trained.std, "m")
    with pytest.raises(ValueError, match="shapes"):
        Head({}, trained.mean, trained.std, "m")


def test_another_models_embedding_is_refused(trained: Head) -> None:
    embedding = example(0).embedding
    other = Embedding(embedding.features, embedding.transform, "other")
    with pytest.raises(ValueError, match="another model"):
        trained.propose(other)
    with pytest.raises(ValueError, match="one model"):
        train([example(0), Example(other, np.zeros((0, 4), np.float32))])
    with pytest.raises(ValueError, match="one image"):
        train([])


def test_training_tells_how_far_it_is_and_can_be_stopped() -> None:
    told: list[tuple[int, int]] = []

    def stop() -> bool:
        return len(told) == 3

    with pytest.raises(Cancelled):
        train(
            [example(0)],
            progress=lambda done, total, loss: told.append((done, total)),
            cancelled=stop,
        )
    assert [done for done, _ in told] == [1, 2, 3]


def test_gradients_are_those_of_the_loss() -> None:
    each = example(1)
    head = fresh_head([each])
    random = np.random.default_rng(0)
    weights = {name: array.astype(np.float64) for name, array in head.weights.items()}
    weights["weight_3"] = random.normal(0, 0.1, weights["weight_3"].shape)
    values = head.normalised(each.embedding.features["embedding"][:, :12].astype(np.float32))
    targets = targets_of(each.boxes, each.embedding, (12, 16))

    def loss(changed: dict[str, npt.NDArray[np.float64]]) -> float:
        return loss_of(forward(changed, values)[0].astype(np.float64), targets)[0]  # type: ignore[arg-type]

    raw, inputs = forward(weights, values)  # type: ignore[arg-type]
    found = gradients(weights, inputs, loss_of(raw, targets)[1])  # type: ignore[arg-type]
    for name in weights:
        place = np.unravel_index(int(np.abs(found[name]).argmax()), found[name].shape)
        step = 1e-3
        up, down = ({**weights, name: weights[name].copy()} for _ in range(2))
        up[name][place] += step
        down[name][place] -= step
        numeric = (loss(up) - loss(down)) / (2 * step)
        assert found[name][place] == pytest.approx(numeric, rel=0.05, abs=1e-3), name


@given(st.integers(1, 7), st.integers(1, 7), st.sampled_from([1, 2, 4]))
def test_gathering_is_the_transpose_of_spreading(height: int, width: int, dilation: int) -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=(2, height, width)).astype(np.float32)
    columns = random.normal(size=(18, height * width)).astype(np.float32)
    one = float((columns_of(values, dilation) * columns).sum())
    other = float((values * _gathered(columns, dilation, height, width)).sum())
    assert one == pytest.approx(other, rel=1e-3, abs=1e-3)


def test_each_object_is_found_once() -> None:
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 10], [50, 50, 60, 60]], np.float32)
    assert matched(boxes, boxes[:1]) == [True, False, False]
    assert matched(boxes, boxes[:0]) == [False] * 3
