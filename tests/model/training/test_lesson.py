"""A lesson compares old and new on images it has not learned from, and outlives a kill."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from model import rle
from model.evaluation.comparison import TILE, side_by_side
from model.interface import Embedding
from model.loading import load
from model.runtime_onnx.export import build_pair
from model.runtime_torch.model import TorchModel
from model.training import lesson as lessons
from model.training import loop
from model.training.export import export_weights
from model.training.lesson import (
    Learning,
    Left,
    Lesson,
    NothingLearned,
    Standing,
    Wish,
    arguments_of,
)
from model.training.samples import Sample
from model.training.session import batches_of, read_data, starting_network
from model.weights.checkpoint import read_checkpoint
from tests.model.training.nets import disc_samples, tiny_network

MINUTES = 0.005
EXPORT = build_pair


def _written(samples: list[Sample], folder: Path) -> Path:
    folder.mkdir(parents=True)
    images: list[dict[str, object]] = []
    masks: list[dict[str, object]] = []
    for number, sample in enumerate(samples, 1):
        height, width = sample.size
        images.append({"id": number, "file_name": str(sample.path), "height": height,
                       "width": width})  # fmt: skip
        for runs in sample.runs:
            counts = rle.to_counts(runs)
            masks.append({"id": len(masks) + 1, "image_id": number, "iscrowd": 0,
                          "segmentation": {"size": [height, width], "counts": counts}})  # fmt: skip
    content = {"images": images, "annotations": masks}
    (folder / "annotations.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lesson:
    monkeypatch.setattr(lessons, "OBJECTS", 3)
    monkeypatch.setattr(lessons, "CLICKS", 9)
    monkeypatch.setattr("model.runtime_onnx.export.build_pair", lambda path, folder: [])
    (tmp_path / "images").mkdir()
    samples = disc_samples(tmp_path / "images")
    start = tmp_path / "start.safetensors"
    export_weights(tiny_network(), start)
    half = len(samples) // 2
    return Lesson(
        str(start), _written(samples[half:], tmp_path / "learned"),
        _written(samples[:half], tmp_path / "held"), tmp_path / "out", tmp_path / "kept",
        MINUTES, checks=1,
    )  # fmt: skip


def _learn(
    lesson: Lesson, wish: Callable[[], Wish] = lambda: Wish.GO
) -> tuple[lessons.Learned, list[Standing]]:
    told: list[Standing] = []
    return Learning(lesson, wish, told.append).run(), told


def test_a_lesson_takes_small_steps_and_looks_from_near_by_in_some(lesson: Lesson) -> None:
    arguments = arguments_of(lesson)
    small = replace(starting_network(lesson.start)[1].variant, fitted=True)
    batches = batches_of(arguments, read_data(arguments), small, None)
    drawn = [batches.make(step, 64, 3) for step in range(20)]
    assert all(len(batch.masks) <= 9 for batch in drawn)
    assert 4 <= sum(batch.wide is not None for batch in drawn) <= 14


def test_the_decoder_of_a_large_model_learns_from_whole_images(lesson: Lesson) -> None:
    arguments = arguments_of(replace(lesson, part="decoder"))
    assert (arguments.images, arguments.window_share, arguments.rounds) == (1, 0.0, "")


def test_old_and_new_are_compared_on_images_held_out(lesson: Lesson) -> None:
    learned, told = _learn(lesson)
    held = json.loads((lesson.held / "annotations.json").read_text("utf-8"))["images"]
    assert {change.image for change in learned.comparison.changes} <= {
        Path(each["file_name"]).name for each in held
    }
    assert learned.comparison.old.objects == learned.comparison.new.objects
    assert all((lesson.out / each.picture).is_file() for each in learned.comparison.changes)
    assert [each.stage for each in told][-1] == "writing"
    # The first check is the model of before, and what is best is one that has learned.
    assert not told[-1].checks[0].best
    assert any(check.best for check in told[-1].checks[1:])


def test_the_new_model_runs_in_onnx_only_as_long_as_it_is_what_was_exported(
    lesson: Lesson,
) -> None:
    learned, _ = _learn(lesson)
    path = learned.files[0]
    EXPORT(path, path.parent)
    checkpoint = read_checkpoint(path)
    assert learned.identity == checkpoint.identity != read_checkpoint(lesson.start).identity
    loaded = load(path)
    assert loaded.report.runtime == "onnxruntime"
    assert loaded.identity == checkpoint.identity
    export_weights(tiny_network(7), path, notes={"identity": "another"})
    assert load(path).report.runtime == "torch"


@pytest.mark.parametrize("part", ["mask_decoder", "image_encoder"])
def test_whatever_learned_the_identity_is_another(tmp_path: Path, part: str) -> None:
    network = tiny_network()
    export_weights(network, tmp_path / "old.safetensors")
    changed = next(p for n, p in network.named_parameters() if n.startswith(part))
    with torch.no_grad():
        changed.add_(0.5)
    export_weights(network, tmp_path / "new.safetensors")
    old, new = (read_checkpoint(tmp_path / f"{name}.safetensors") for name in ("old", "new"))
    assert old.identity != new.identity


def test_what_did_not_learn_is_the_same_to_the_last_bit(lesson: Lesson) -> None:
    learned, _ = _learn(replace(lesson, part="decoder"))
    old, new = read_checkpoint(lesson.start).weights, read_checkpoint(learned.files[0]).weights
    encoder = [name for name in old if name.startswith("image_encoder.")]
    assert encoder
    assert all(torch.equal(old[name], new[name]) for name in encoder)
    assert any(not torch.equal(old[n], new[n]) for n in old if n.startswith("mask_decoder."))


def test_images_held_out_are_embedded_once_where_the_encoder_does_not_learn(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bytes] = []
    embed = TorchModel.embed

    def counted(model: TorchModel, image: npt.NDArray[np.uint8]) -> Embedding:
        seen.append(image.tobytes())
        return embed(model, image)

    monkeypatch.setattr(TorchModel, "embed", counted)
    learned, _ = _learn(replace(lesson, part="decoder"))
    assert learned.comparison.changes
    assert seen
    assert len(seen) == len(set(seen))


def _after_steps(count: int, wish: Wish) -> Callable[[], Wish]:
    asked = 0

    def answer() -> Wish:
        nonlocal asked
        asked += 1
        return wish if asked > count else Wish.GO

    return answer


def test_one_that_was_left_goes_on_from_there(lesson: Lesson) -> None:
    with pytest.raises(Left):
        _learn(lesson, _after_steps(8, Wish.LEAVE))
    kept = torch.load(lesson.kept, weights_only=True)
    learned, told = _learn(lesson)
    assert learned.steps > kept["step"] > 0
    # The model of before is not scored again.
    assert "scoring" not in {each.stage for each in told}


def test_one_that_is_stopped_keeps_what_it_has(lesson: Lesson) -> None:
    long = replace(lesson, minutes=60.0)
    learned, _ = _learn(long, _after_steps(8, Wish.STOP))
    assert learned.steps >= 1
    assert learned.elapsed < 60


def test_one_that_is_stopped_before_its_first_step_makes_no_model(lesson: Lesson) -> None:
    with pytest.raises(NothingLearned):
        _learn(lesson, lambda: Wish.STOP)
    assert not lesson.out.exists()


class _Clock:
    """Time in which whoever sleeps sleeps long."""

    def __init__(self) -> None:
        self._slept = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self._slept

    def sleep(self, seconds: float) -> None:
        self._slept += 1e6


def test_a_pause_is_no_time_of_learning(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = _Clock()
    for each in (lessons, loop):
        monkeypatch.setattr(each, "time", clock)
    wishes = [Wish.GO] * 8 + [Wish.PAUSE] * 3
    learned, told = _learn(
        replace(lesson, minutes=600.0), lambda: wishes.pop(0) if wishes else Wish.STOP
    )
    assert "paused" in {each.stage for each in told}
    assert learned.elapsed < 1e5


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04torn"])
def test_a_state_that_cannot_be_read_is_none(lesson: Lesson, content: bytes) -> None:
    lesson.kept.write_bytes(content)
    learned, _ = _learn(lesson)
    assert learned.steps >= 1


def test_a_disk_that_does_not_take_the_state_is_told_and_no_reason_to_end(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lessons, "written", full)
    learned, told = _learn(lesson)
    assert learned.steps >= 1
    assert any(each.unkept == "No space left on device" for each in told)


def test_a_picture_shows_image_old_and_new_beside_one_another(tmp_path: Path) -> None:
    sample = disc_samples(tmp_path)[0]
    wanted = sample.mask(0)
    pixels = np.full((*sample.size, 3), 128, np.uint8)
    found = side_by_side(pixels, wanted, wanted, ~wanted)
    assert found.shape[0] == TILE
    old, new = found[:, TILE : 2 * TILE], found[:, 2 * TILE :]
    assert not np.array_equal(old[:, :TILE], new[:, -TILE:])
