"""The torch runtime: batches, cancelling, and what it does when a device gives up."""

from __future__ import annotations

import gc
import itertools
import platform
import threading
import weakref
from collections.abc import Callable

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from model.architecture.config import SMALL, Variant
from model.architecture.sam import Sam
from model.interface import Cancelled, Model, ModelError, Prediction, Prompt
from model.prompt_arrays import PromptArrays
from model.runtime_torch.model import TorchModel
from model.runtime_torch.place import Failure, Place, failure_of, fallen_back
from tests.model.golden import CASES, TINY, TINY_FILE, tiny_embedding, tiny_model, tiny_prompt

IMAGE = np.random.default_rng(5).integers(0, 256, (90, 120, 3)).astype(np.uint8)
POINT = Prompt(points=np.array([[60, 40]]), labels=np.array([1]))


def assert_alike(one: Prediction, other: Prediction) -> None:
    assert one.logits.shape == other.logits.shape
    assert np.abs(one.logits - other.logits).max() < 1e-5
    assert np.abs(one.predicted_iou - other.predicted_iou).max() < 1e-5


@pytest.mark.parametrize("multimask", [None, False, True])
def test_many_prompts_at_once_are_answered_as_one_by_one(multimask: bool | None) -> None:
    prompts = [tiny_prompt(case) for case in CASES] * 2
    together = tiny_model().decode_batch(tiny_embedding(), prompts, multimask)
    for prompt, answer in zip(prompts, together, strict=True):
        assert_alike(answer, tiny_model().decode(tiny_embedding(), prompt, multimask))


def test_no_prompts_have_no_answers() -> None:
    assert tiny_model().decode_batch(tiny_embedding(), []) == []


@pytest.mark.parametrize(("case", "candidates"), [("point", 3), ("points", 1), ("box", 1)])
def test_three_candidates_belong_to_a_single_point_only(case: str, candidates: int) -> None:
    assert len(tiny_model().decode(tiny_embedding(), tiny_prompt(case)).logits) == candidates


def test_it_follows_the_protocol_of_a_model() -> None:
    sam = tiny_model()
    assert isinstance(sam, Model)
    assert (sam.variant, sam.input_size, sam.logits_size) == ("tiny", 256, (64, 64))
    assert sam.report.reason == "it is the one of the test"


def test_an_embedding_belongs_to_its_model() -> None:
    embedding = tiny_model().embed(IMAGE)
    assert embedding.image_size == (90, 120)
    assert embedding.features["embedding"].shape == (32, 16, 16)
    other = TorchModel(TINY, load_file(TINY_FILE), "another", Place("cpu"), "test")
    with pytest.raises(ValueError, match="made by another model"):
        other.decode(embedding, POINT)


def test_features_of_another_shape_are_refused() -> None:
    embedding = tiny_model().embed(IMAGE)
    cut = {"embedding": embedding.features["embedding"][:, :8]}
    damaged = type(embedding)(dict(cut), embedding.transform, embedding.model)
    with pytest.raises(ValueError, match=r"features .* embed the image again"):
        tiny_model().decode(damaged, POINT)


def test_the_embedding_of_one_image_does_not_answer_for_another() -> None:
    first, second = tiny_model().embed(IMAGE), tiny_model().embed(255 - IMAGE)
    before = tiny_model().decode(first, POINT)
    other = tiny_model().decode(second, POINT)
    again = tiny_model().decode(first, POINT)
    assert np.array_equal(before.logits, again.logits)
    assert np.abs(before.logits - other.logits).max() > 1e-3


def test_one_pixel_and_a_long_strip_can_be_embedded() -> None:
    for size in ((1, 1), (1, 20000), (20000, 1)):
        embedding = tiny_model().embed(np.full((*size, 3), 90, np.uint8))
        middle = Prompt(points=np.array([[size[1] / 2, size[0] / 2]]), labels=np.array([1]))
        assert tiny_model().decode(embedding, middle).mask().shape == size


@pytest.mark.parametrize("image", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32)])
def test_what_is_no_image_is_refused(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="the image must be"):
        tiny_model().embed(image)


def test_a_point_outside_the_image_is_refused() -> None:
    outside = Prompt(points=np.array([[130, 10]]), labels=np.array([1]))
    with pytest.raises(ValueError, match="outside the image of 120 x 90"):
        tiny_model().decode(tiny_model().embed(IMAGE), outside)


def test_embedding_stops_between_two_blocks_when_asked() -> None:
    asked = itertools.count()
    with pytest.raises(Cancelled):
        tiny_model().embed(IMAGE, cancelled=lambda: next(asked) == 2)
    assert next(asked) == 3
    assert tiny_model().embed(IMAGE).image_size == (90, 120)


def test_a_model_made_in_one_thread_answers_in_another() -> None:
    answers: list[Prediction] = []
    ask = threading.Thread(
        target=lambda: answers.append(tiny_model().decode(tiny_embedding(), tiny_prompt("box")))
    )
    ask.start()
    ask.join()
    assert_alike(answers[0], tiny_model().decode(tiny_embedding(), tiny_prompt("box")))


def test_dropping_a_model_frees_its_weights_at_once() -> None:
    sam = TorchModel(TINY, load_file(TINY_FILE), "tiny", Place("cpu"), "test")
    sam.decode(sam.embed(IMAGE), POINT)
    network = weakref.ref(sam.network)
    assert not gc.isenabled()
    del sam
    assert network() is None


def test_half_precision_gives_nearly_the_same_masks() -> None:
    half = TorchModel(TINY, load_file(TINY_FILE), "tiny", Place("cpu", "bfloat16"), "test")
    full, rounded = tiny_model().embed(IMAGE), half.embed(IMAGE)
    overlaps = []
    for x, y in itertools.product(range(10, 120, 20), range(10, 90, 20)):
        prompt = Prompt(points=np.array([[x, y]]), labels=np.array([1]))
        a = tiny_model().decode(full, prompt).mask(0)
        b = half.decode(rounded, prompt).mask(0)
        overlaps.append((a & b).sum() / (a | b).sum())
    assert np.median(overlaps) > 0.99
    assert half.report.precision == "bfloat16"


def test_a_variant_with_skip_features_and_drawn_clicks_works() -> None:
    torch.manual_seed(0)
    variant = Variant(**{**{f: getattr(SMALL, f) for f in SMALL.__slots__}, "input_size": 128})
    sam = TorchModel(variant, Sam(variant).state_dict(), "small", Place("cpu"), "test")
    embedding = sam.embed(IMAGE)
    assert embedding.features["skip_0"].shape == (32, 24, 32)
    first = sam.decode(embedding, POINT)
    logits = sam.decode(embedding, Prompt(logits=first.logits[0]))
    assert logits.logits.shape == (1, 64, 64)


def failing(times: int, error: Callable[[], Exception]) -> type[Sam]:
    """A network whose encoder fails the first ``times`` times."""
    left = iter(range(times))

    class Failing(Sam):
        def encode(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
            if next(left, None) is not None:
                raise error()
            return super().encode(x)

    return Failing


@pytest.fixture
def ladder(monkeypatch: pytest.MonkeyPatch) -> list[Failure]:
    """Lets the CPU in bfloat16 stand for a device that can fail; float32 is what remains."""
    failures: list[Failure] = []

    def lower(place: Place, failure: Failure, tried: set[Place]) -> Place | None:
        failures.append(failure)
        return None if place.precision == "float32" else Place("cpu")

    monkeypatch.setattr("model.runtime_torch.model.fallen_back", lower)
    return failures


def a_model(build: type[Sam]) -> TorchModel:
    weights = load_file(TINY_FILE)
    return TorchModel(TINY, weights, "tiny", Place("cpu", "bfloat16"), "test", build)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (lambda: torch.OutOfMemoryError("CUDA out of memory. Tried to allocate"), Failure.MEMORY),
        (lambda: RuntimeError("MPS backend out of memory"), Failure.MEMORY),
        (lambda: MemoryError(), Failure.MEMORY),
        (lambda: RuntimeError("CUDA error: an illegal memory access"), Failure.DEVICE),
    ],
)
def test_a_device_that_gives_up_is_replaced_and_the_caller_told(
    ladder: list[Failure],
    caplog: pytest.LogCaptureFixture,
    error: Callable[[], Exception],
    failure: Failure,
) -> None:
    sam = a_model(failing(1, error))
    embedding = sam.embed(IMAGE)
    assert ladder == [failure]
    expected = tiny_model().embed(IMAGE).features["embedding"]
    assert np.allclose(embedding.features["embedding"], expected, atol=1e-6)
    assert sam.report.precision == "float32"
    assert "cpu in bfloat16" in sam.report.reason
    assert "continues on cpu in float32" in sam.report.reason
    assert "continues" in caplog.text


def test_memory_that_is_too_small_everywhere_is_an_error_with_advice(
    ladder: list[Failure], caplog: pytest.LogCaptureFixture
) -> None:
    sam = a_model(failing(9, lambda: torch.OutOfMemoryError("out of memory")))
    with pytest.raises(ModelError, match="too little memory on cpu in float32: close other"):
        sam.embed(IMAGE)
    assert len(ladder) == 2


def test_a_bug_is_not_taken_for_a_weak_device(ladder: list[Failure]) -> None:
    sam = a_model(failing(1, lambda: RuntimeError("shapes do not match")))
    with pytest.raises(RuntimeError, match="shapes do not match"):
        sam.embed(IMAGE)
    assert ladder == []


def test_values_that_are_not_finite_are_never_returned(caplog: pytest.LogCaptureFixture) -> None:
    class Overflowing(Sam):
        def encode(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
            embedding, skips = super().encode(x)
            return embedding * float("nan"), skips

    sam = a_model(Overflowing)
    with pytest.raises(ModelError, match="not finite: the weights may be damaged"):
        sam.embed(IMAGE)
    assert "cpu in bfloat16 computed values that are not finite" in caplog.text


def test_the_order_of_retreat() -> None:
    gpu, half, cpu = Place("mps"), Place("mps", "float16"), Place("cpu")
    assert fallen_back(gpu, Failure.MEMORY, {gpu}) == half
    assert fallen_back(half, Failure.MEMORY, {gpu, half}) == cpu
    assert fallen_back(gpu, Failure.DEVICE, {gpu}) == cpu
    assert fallen_back(half, Failure.NOT_FINITE, {half}) == gpu
    assert fallen_back(gpu, Failure.MEMORY, {half, gpu}) == cpu
    assert fallen_back(cpu, Failure.MEMORY, {gpu, half, cpu}) is None
    assert fallen_back(gpu, Failure.NOT_FINITE, {gpu}) is None


def test_only_failures_of_a_device_lead_elsewhere() -> None:
    assert failure_of(RuntimeError("DefaultCPUAllocator: can't allocate memory")) is Failure.MEMORY
    assert failure_of(ValueError("a point is outside")) is None


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(ValueError, match="precision must be one of float32, bfloat16, float16"):
        Place("cpu", "int3")


def test_the_decoders_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.runtime_torch.model.CELLS_AT_ONCE_CPU", 3 * TINY.grid**2)
    sizes: list[int] = []
    sam = a_model(Sam)
    decode = sam._decode

    def noted(embedding: object, group: PromptArrays) -> object:
        sizes.append(len(group.indices))
        return decode(tiny_embedding(), group)

    monkeypatch.setattr(sam, "_decode", noted)
    sam.decode_batch(tiny_embedding(), [tiny_prompt("point")] * 7)
    assert sizes == [3, 3, 1]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="a setting of glibc")
def test_memory_once_asked_for_is_used_again() -> None:
    import resource

    a_model(Sam)
    faults = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        held = [torch.zeros(1 << 20) for _ in range(12)]
        del held
        faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    # A tensor of this size has 1,024 pages; other threads may touch a few new ones meanwhile.
    assert min(faults) < 12 * 1024 / 3
