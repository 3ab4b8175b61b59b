"""Teaches the proposer where objects are, from boxes around accepted masks; numpy alone.

Loss as in CenterNet (arXiv 1904.07850, section 3): penalty-reduced focal loss on the centres, L1 on
sizes and places; Adam with a falling step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.boxes import box_iou
from model.interface import Cancelled, Embedding
from model.proposer.proposer import (
    DILATIONS,
    OUTPUTS,
    WIDTH,
    Float,
    Head,
    boxes_of,
    cell_size,
    features_of,
    forward,
)
from model.proposer.state import Keeper, State, run_of

RATE, BETAS, EPSILON = 1e-3, (0.9, 0.999), 1e-8
SIZE_WEIGHT = 0.5
EPOCHS = 40
MIN_STEPS = 400
THRESHOLDS = tuple(round(0.1 + 0.05 * step, 2) for step in range(15))
MATCH_IOU = 0.5
SPREAD = 6.0
"""A box's bump on the map of centres falls off over this fraction of its sides."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """An image and its objects.

    Attributes:
        embedding: of the image; half precision saves memory.
        boxes: (N, 4) float32 x0, y0, x1, y1 around its accepted masks, image pixels.
    """

    embedding: Embedding
    boxes: Float


@dataclass(frozen=True, slots=True)
class Score:
    """Precision and recall of boxes at IoU 0.5 when those below ``confidence`` are left out."""

    confidence: float
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """What the head should say of one image.

    Attributes:
        heat: (h, w) in [0, 1], 1 at centres.
        places: (N, 2) rows and columns of the centres.
        values: (4, N) log width, log height, and place in the cell.
    """

    heat: Float
    places: npt.NDArray[np.intp]
    values: Float


def targets_of(boxes: Float, embedding: Embedding, size: tuple[int, int]) -> Targets:
    """The targets for ``size`` (h, w) cells; of two objects with one centre the smaller one."""
    step = np.array(cell_size(embedding) * 2, np.float64)
    cells = np.asarray(boxes, np.float64).reshape(-1, 4) / step
    areas = (cells[:, 2:] - cells[:, :2]).prod(axis=1)
    heat = np.zeros(size, np.float32)
    rows, columns = np.mgrid[: size[0], : size[1]] + 0.5
    found: dict[tuple[int, int], npt.NDArray[np.float64]] = {}
    for box in cells[np.argsort(-areas)]:
        sides = np.maximum(box[2:] - box[:2], 0.1)
        x, y = (box[:2] + box[2:]) / 2
        row, column = min(int(y), size[0] - 1), min(int(x), size[1] - 1)
        spread = np.maximum(sides / SPREAD, 0.5)
        bump = np.exp(
            -0.5 * ((columns - column - 0.5) / spread[0]) ** 2
            - 0.5 * ((rows - row - 0.5) / spread[1]) ** 2
        )
        heat = np.maximum(heat, bump.astype(np.float32))
        found[row, column] = np.array([*np.log(sides), x - column, y - row])
    values = np.array([*found.values()], np.float32).reshape(-1, 4).T
    return Targets(heat, np.array([*found], np.intp).reshape(-1, 2), values)


def loss_of(raw: Float, targets: Targets) -> tuple[float, Float]:
    """The loss, and its gradient with respect to ``raw`` (5, h, w)."""
    heat, count = targets.heat, max(len(targets.places), 1)
    p = np.clip(1 / (1 + np.exp(-np.clip(raw[0], -30, 30))), 1e-6, 1 - 1e-6)
    centre = heat >= 1
    penalty = (1 - heat) ** 4
    loss = -np.where(centre, (1 - p) ** 2 * np.log(p), penalty * p**2 * np.log(1 - p)).sum() / count
    gradient = np.zeros_like(raw)
    at_centre = (1 - p) ** 2 * (2 * p * np.log(p) - (1 - p))
    elsewhere = penalty * p**2 * (p - 2 * (1 - p) * np.log(1 - p))
    gradient[0] = np.where(centre, at_centre, elsewhere) / count
    rows, columns = targets.places.T
    difference = raw[1:, rows, columns] - targets.values
    gradient[1:, rows, columns] = SIZE_WEIGHT * np.sign(difference) / count
    return float(loss + SIZE_WEIGHT * np.abs(difference).sum() / count), gradient


def gradients(
    weights: Mapping[str, Float], inputs: Sequence[Float], gradient: Float
) -> dict[str, Float]:
    """Of every weight, given those of the output (5, h, w) and what ``forward`` kept."""
    height, width = gradient.shape[1:]
    last = len(DILATIONS)
    flat = gradient.reshape(OUTPUTS, -1)
    found = {f"weight_{last}": flat @ inputs[last].T, f"bias_{last}": flat.sum(1, keepdims=True)}
    flat = (weights[f"weight_{last}"].T @ flat) * (inputs[last] > 0)
    for layer in range(last - 1, -1, -1):
        found[f"weight_{layer}"] = flat @ inputs[layer].T
        found[f"bias_{layer}"] = flat.sum(1, keepdims=True)
        if layer:
            columns = weights[f"weight_{layer}"].T @ flat
            spread = _gathered(columns, DILATIONS[layer], height, width)
            # The middle of the nine neighbours is the value itself: positive where it passed.
            own = inputs[layer].reshape(9, WIDTH, -1)[4]
            flat = spread.reshape(WIDTH, -1) * (own > 0)
    return found


def _gathered(columns: Float, dilation: int, height: int, width: int) -> Float:
    """The reverse of ``columns_of``: every place gets the sum over where it was used."""
    parts = columns.reshape(3, 3, -1, height, width)
    padded = np.zeros((parts.shape[2], height + 2 * dilation, width + 2 * dilation), np.float32)
    for row in range(3):
        for column in range(3):
            y, x = row * dilation, column * dilation
            padded[:, y : y + height, x : x + width] += parts[row, column]
    return padded[:, dilation : dilation + height, dilation : dilation + width]


def fresh_head(examples: Sequence[Example], seed: int = 0) -> Head:
    """A head with random weights for embeddings like these (He initialisation)."""
    random = np.random.default_rng(seed)
    sample = [features_of(each.embedding) for each in examples[:32]]
    values = np.concatenate([each.reshape(len(each), -1) for each in sample], axis=1)
    weights: dict[str, Float] = {}
    fan = 9 * len(values)
    for layer in range(len(DILATIONS)):
        drawn = random.standard_normal((WIDTH, fan)) * np.sqrt(2 / fan)
        weights[f"weight_{layer}"] = drawn.astype(np.float32)
        weights[f"bias_{layer}"] = np.zeros((WIDTH, 1), np.float32)
        fan = 9 * WIDTH
    last = len(DILATIONS)
    drawn = random.standard_normal((OUTPUTS, WIDTH)) * 0.01
    weights[f"weight_{last}"] = drawn.astype(np.float32)
    # At first hardly anything is a centre (focal loss, arXiv 1708.02002, section 3.3).
    start = np.array([[-4.0], [1.0], [1.0], [0.5], [0.5]], np.float32)
    weights[f"bias_{last}"] = start
    mean, std = values.mean(1, keepdims=True), values.std(1, keepdims=True) + np.float32(1e-6)
    return Head(weights, mean, std, examples[0].embedding.model)


def train(
    examples: Sequence[Example],
    epochs: int = EPOCHS,
    seed: int = 0,
    progress: Callable[[int, int, float], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    keeper: Keeper | None = None,
) -> Head:
    """A head that knows these objects.

    Args:
        examples: at least one, of one model.
        epochs: how often each is seen; few examples are seen more often.
        progress: called with steps done, steps in all, and the loss of the last epoch so far.
        keeper: keeps the state, so that a training that broke off goes on to the same result.

    Raises:
        ValueError: there is no example, or they are of different models.
        Cancelled: ``cancelled()`` became true; ``keeper`` has the state.
    """
    if not examples or len({each.embedding.model for each in examples}) > 1:
        raise ValueError("a proposer learns from one image or more, embedded by one model")
    head = fresh_head(examples, seed)
    state = _begun(head, seed)
    total = max(epochs * len(examples), MIN_STEPS)
    run = _resumed(state, examples, total, seed, keeper)
    while state.step < total:
        stop = cancelled()
        if keeper is not None and (stop or keeper.due()):
            keeper.save(run, state.dumps())
        if stop:
            raise Cancelled
        _learn(head, state, examples, total)
        if progress is not None:
            progress(state.step, total, state.loss)
    return Head(state.weights, head.mean, head.std, head.model)


def _resumed(
    state: State, examples: Sequence[Example], total: int, seed: int, keeper: Keeper | None
) -> str:
    """Make ``state`` what ``keeper`` has of this training, if it has any; the training's name."""
    if keeper is None:
        return ""
    run = run_of([e.embedding for e in examples], [e.boxes for e in examples], total, seed)
    kept = keeper.load(run)
    if kept is not None:
        state.take(kept)
    return run


def _begun(head: Head, seed: int) -> State:
    weights = {name: array.copy() for name, array in head.weights.items()}
    first = {name: np.zeros_like(array) for name, array in weights.items()}
    second = {name: np.zeros_like(array) for name, array in weights.items()}
    return State(weights, first, second, np.random.default_rng(seed))


def _learn(head: Head, state: State, examples: Sequence[Example], total: int) -> None:
    """One step, from one example."""
    state.order = state.order or state.random.permutation(len(examples)).tolist()
    each = examples[state.order.pop()]
    values = head.normalised(features_of(each.embedding))
    raw, inputs = forward(state.weights, values)
    size = (values.shape[1], values.shape[2])
    loss, gradient = loss_of(raw, targets_of(each.boxes, each.embedding, size))
    rate = RATE * (1 - state.step / total)
    state.step += 1
    _change(state, gradients(state.weights, inputs, gradient), rate)
    state.loss += (loss - state.loss) / min(state.step, 50)


def _change(state: State, found: Mapping[str, Float], rate: float) -> None:
    """Adam changes the weights in place (arXiv 1412.6980), gradients clipped to norm 5."""
    norm = float(np.sqrt(sum(float(np.square(each).sum()) for each in found.values())))
    scale = np.float32(min(1.0, 5 / max(norm, 1e-12)))
    for name, raw in found.items():
        gradient = raw * scale
        first, second = state.first[name], state.second[name]
        first += (1 - BETAS[0]) * (gradient - first)
        second += (1 - BETAS[1]) * (gradient * gradient - second)
        one = first / (1 - BETAS[0] ** state.step)
        two = second / (1 - BETAS[1] ** state.step)
        state.weights[name] -= np.float32(rate) * one / (np.sqrt(two) + EPSILON)


def measure(head: Head, examples: Sequence[Example]) -> tuple[Score, ...]:
    """Precision and recall on ``examples`` for each of ``THRESHOLDS``."""
    rows: list[tuple[float, bool]] = []
    objects = 0
    for each in examples:
        found = boxes_of(head.raw(each.embedding), each.embedding, THRESHOLDS[0], 0.7)
        objects += len(each.boxes)
        rows += zip(found.scores.tolist(), matched(found.boxes, each.boxes), strict=True)
    scores = []
    for threshold in THRESHOLDS:
        kept = [hit for score, hit in rows if score >= threshold]
        hits = sum(kept)
        scores.append(
            Score(threshold, hits / len(kept) if kept else 0.0, hits / objects if objects else 0.0)
        )
    return tuple(scores)


def matched(boxes: Float, wanted: Float, least: float = MATCH_IOU) -> list[bool]:
    """Whether each box, the surest first, finds an object that no surer one has found."""
    if not len(wanted):
        return [False] * len(boxes)
    overlaps = box_iou(np.asarray(boxes, np.float64), np.asarray(wanted, np.float64))
    hits = []
    for row in overlaps:
        best = int(row.argmax())
        hits.append(bool(row[best] >= least))
        if hits[-1]:
            overlaps[:, best] = 0
    return hits
