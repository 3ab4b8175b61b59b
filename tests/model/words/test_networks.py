"""The real classes of transformers, tiny and with weights by chance, asked by words."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from model.interface import Cancelled, CheckpointError, ModelError
from model.words.interface import BY_EXAMPLES, ExampleBoxes, TextDetector, WordBoxes
from model.words.loading import load_text_detector

KINDS = ("grounding_dino", "owl", "sam3")
NAMES = {"grounding_dino": "Grounding DINO", "owl": "OWLv2", "sam3": "SAM 3"}
IMAGE = np.random.default_rng(0).integers(0, 255, (60, 100, 3), dtype=np.uint8)


@pytest.fixture(params=KINDS)
def folder(request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue(request.param)
    return found


def asked(
    detector: TextDetector,
    *words: str,
    image: npt.NDArray[np.uint8] = IMAGE,
    cancelled: Callable[[], bool] = lambda: False,
    examples: ExampleBoxes | None = None,
) -> WordBoxes:
    return detector.detect(image, words, cancelled, lambda done, total: None, examples)


def test_each_kind_finds_boxes_on_the_image_with_the_word_and_a_score(folder: Path) -> None:
    detector = load_text_detector(folder)
    found = asked(detector, "wheel", "traffic lights")
    boxes = found.detections
    assert detector.name in NAMES.values()
    assert len(boxes) > 0
    assert set(boxes.classes.tolist()) <= {0, 1}
    assert (boxes.scores >= detector.usual / 2).all()
    assert (boxes.boxes >= 0).all()
    assert (boxes.boxes <= np.array([100, 60, 100, 60])).all()
    assert (np.diff(boxes.scores) <= 0).all()


def test_the_same_words_find_the_same_again(folder: Path) -> None:
    first, second = load_text_detector(folder), load_text_detector(folder)
    assert first.identity == second.identity
    one, two = asked(first, "wheel"), asked(second, "wheel")
    np.testing.assert_array_equal(one.detections.boxes, two.detections.boxes)


def test_other_weights_are_another_detector(owl: Path, tmp_path: Path) -> None:
    other = _copy(owl, tmp_path)
    weights = load_file(other / "model.safetensors")
    weights["box_head.dense2.bias"] += 0.25
    save_file(weights, other / "model.safetensors", {"format": "pt"})
    assert load_text_detector(other).identity != load_text_detector(owl).identity


def test_sam_3_makes_a_mask_for_each_of_its_boxes(sam3: Path) -> None:
    found = asked(load_text_detector(sam3), "wheel", "window")
    assert len(found.masks) == len(found.detections)
    assert all(each.ndim == 2 and np.isfinite(each).all() for each in found.masks)


def boxes(*some: tuple[float, float, float, float], like: bool = True) -> ExampleBoxes:
    return ExampleBoxes(np.array(some, np.float32).reshape(-1, 4), np.full(len(some), like))


@pytest.mark.parametrize("word", ["wheel", BY_EXAMPLES])
def test_sam_3_is_told_by_examples_what_is_looked_for(sam3: Path, word: str) -> None:
    detector = load_text_detector(sam3)
    assert detector.takes_examples
    alone = asked(detector, word).detections
    same = asked(detector, word, examples=boxes()).detections
    here = asked(detector, word, examples=boxes((10, 5, 40, 30))).detections
    there = asked(detector, word, examples=boxes((60, 20, 90, 50))).detections
    unlike = asked(detector, word, examples=boxes((10, 5, 40, 30), like=False)).detections
    np.testing.assert_array_equal(alone.scores, same.scores)
    for one, other in ((alone, here), (here, there), (here, unlike)):
        assert not np.array_equal(one.scores, other.scores)
    assert len(here) > 0


def test_examples_are_given_as_shares_of_the_input_with_their_middle_first(
    sam3: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[torch.Tensor, torch.Tensor]] = []
    forward = transformers.Sam3Model.forward

    def kept(self: transformers.Sam3Model, **how: torch.Tensor) -> object:
        given.append((how["input_boxes"], how["input_boxes_labels"]))
        return forward(self, **how)

    monkeypatch.setattr(transformers.Sam3Model, "forward", kept)
    some = ExampleBoxes(np.array([[10, 6, 30, 18], [0, 0, 100, 60]], np.float32),
                        np.array([True, False]))  # fmt: skip
    asked(load_text_detector(sam3), "wheel", examples=some)
    ((places, like),) = given
    np.testing.assert_allclose(places[0], [[0.2, 0.2, 0.2, 0.2], [0.5, 0.5, 1, 1]], atol=1e-6)
    assert like.tolist() == [[1, 0]]


@pytest.mark.parametrize("kind", ["grounding_dino", "owl"])
def test_the_others_take_no_examples(kind: str, request: pytest.FixtureRequest) -> None:
    detector = load_text_detector(request.getfixturevalue(kind))
    assert not detector.takes_examples
    with pytest.raises(ValueError, match="words alone"):
        asked(detector, "wheel", examples=boxes((0, 0, 9, 9)))


def test_words_that_do_not_fit_into_one_text_are_asked_in_several(grounding_dino: Path) -> None:
    detector = load_text_detector(grounding_dino)
    words = ["wheel", "window", "light", "traffic", "wheels", "windows", "lights", "traffics"]
    together = asked(detector, *words)
    assert set(together.detections.classes.tolist()) > {0}


@pytest.mark.parametrize("word", ["轮子", "[SEP]", "wheel \U0001f600", "[MASK] wheel"])
def test_a_word_outside_the_vocabulary_is_named(grounding_dino: Path, word: str) -> None:
    detector = load_text_detector(grounding_dino)
    with pytest.raises(ModelError, match="cannot read") as refused:
        asked(detector, "window", word)
    assert word in str(refused.value)


@pytest.mark.parametrize("word", ["<|endoftext|>", "<|startoftext|> a"])
def test_marks_of_a_text_are_no_words(owl: Path, word: str) -> None:
    with pytest.raises(ModelError, match="cannot read"):
        load_text_detector(owl).check([word])


def test_a_word_that_is_too_long_is_told(folder: Path) -> None:
    with pytest.raises(ModelError, match="too long"):
        load_text_detector(folder).check(["wheel", " ".join(["window"] * 20)])


def test_full_stops_within_a_word_do_not_part_it(grounding_dino: Path) -> None:
    found = asked(load_text_detector(grounding_dino), "traffic.light", "window?")
    assert set(found.detections.classes.tolist()) <= {0, 1}


def test_it_stops_when_it_is_told_to(folder: Path) -> None:
    detector = load_text_detector(folder)
    with pytest.raises(Cancelled):
        asked(detector, "wheel", cancelled=lambda: True)
    assert len(asked(detector, "wheel").detections) > 0


@pytest.mark.parametrize("shape", [(1, 200), (200, 1), (7, 5), (300, 20)])
def test_images_of_any_shape_are_taken(folder: Path, shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 90, np.uint8)
    # Of a strip of one pixel most boxes have no area left, which is said.
    with suppress(ModelError):
        found = asked(load_text_detector(folder), "wheel", image=image)
        assert (np.diff(found.detections.boxes.reshape(-1, 2, 2), axis=1) > 0).all()


@pytest.mark.parametrize("head", ["box_head.dense2.bias", "class_head.logit_shift.bias"])
def test_numbers_that_are_none_are_refused(owl: Path, tmp_path: Path, head: str) -> None:
    broken = _copy(owl, tmp_path)
    weights = load_file(broken / "model.safetensors")
    weights[head] = torch.full_like(weights[head], float("nan"))
    save_file(weights, broken / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match="not finite"):
        asked(load_text_detector(broken), "wheel")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "vocab.json", "merges.txt"])
def test_a_folder_that_lacks_a_file_says_which(owl: Path, tmp_path: Path, name: str) -> None:
    lacking = _copy(owl, tmp_path)
    (lacking / name).unlink()
    with pytest.raises(CheckpointError, match="lacks") as refused:
        load_text_detector(lacking)
    assert name in str(refused.value)


class Evil:
    """Would make a file, were it ever read back."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.safetensors", "model.pt"])
def test_a_pickle_is_never_read(owl: Path, tmp_path: Path, name: str) -> None:
    folder = _copy(owl, tmp_path)
    (folder / "model.safetensors").unlink()
    (folder / name).write_bytes(pickle.dumps(Evil(tmp_path / "ran")))
    with pytest.raises(CheckpointError, match=r"pickle|no safetensors"):
        load_text_detector(folder)
    assert not (tmp_path / "ran").exists()


def test_code_in_the_folder_is_never_run(owl: Path, tmp_path: Path) -> None:
    folder = _copy(owl, tmp_path)
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = {"AutoModel": "evil.Model", "AutoConfig": "evil.Config"}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    assert len(asked(load_text_detector(folder), "wheel").detections) > 0
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "config",
    ["", "[]", "{", "null", '{"model_type": "bert"}', '{"model_type": 3}', "[" * 100_000],
)
def test_a_folder_of_something_else_is_refused(owl: Path, tmp_path: Path, config: str) -> None:
    folder = _copy(owl, tmp_path)
    (folder / "config.json").write_text(config)
    with pytest.raises(CheckpointError, match=r"damaged|of the type"):
        load_text_detector(folder)


@pytest.mark.parametrize("path", ["nothing", "file"])
def test_what_is_no_folder_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(CheckpointError):
        load_text_detector(tmp_path / path)


def test_weights_that_do_not_fit_are_refused(owl: Path, tmp_path: Path) -> None:
    folder = _copy(owl, tmp_path)
    weights = load_file(folder / "model.safetensors")
    del weights["box_head.dense2.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(CheckpointError, match="do not fit"):
        load_text_detector(folder)


def test_a_file_cut_short_is_refused(owl: Path, tmp_path: Path) -> None:
    folder = _copy(owl, tmp_path)
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CheckpointError, match="cannot be loaded"):
        load_text_detector(folder)


@pytest.mark.parametrize(
    "images",
    [
        {"size": {"height": -1}},
        {"size": "large"},
        {"image_mean": [1]},
        {"image_std": ["a"] * 3},
        {"image_std": [0, 1, 1]},
    ],
)
def test_settings_that_cannot_be_are_refused(
    owl: Path, tmp_path: Path, images: dict[str, object]
) -> None:
    folder = _copy(owl, tmp_path)
    (folder / "preprocessor_config.json").write_text(json.dumps(images))
    with pytest.raises(CheckpointError, match="cannot be"):
        asked(load_text_detector(folder), "wheel")


def _copy(folder: Path, target: Path) -> Path:
    return Path(shutil.copytree(folder, target / folder.name))
