"""A model whose images are prepared elsewhere answers as the same model does here."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import model
from model.interface import Cancelled, ServerError, ServerGoneError
from model.runtime_onnx.decoder import OnnxDecoder, opened_decoder
from model.served.client import ServedModel, connect
from model.served.connection import address_of
from model.transforms import PixelWindow
from tests.model.served.serving import TOKEN, served, sides, torch_model

PROMPT = model.Prompt(np.array([[60, 40]], np.float32), np.ones(1, np.int64))


def picture(height: int, width: int) -> npt.NDArray[np.uint8]:
    """Not all noise, so that it is smaller when it is packed."""
    rows, columns = np.mgrid[:height, :width]
    planes = [rows * 255 // height, columns * 255 // width, (rows ^ columns) & 255]
    return np.stack(planes, axis=2).astype(np.uint8)


def decoder_of(name: str, folder: Path) -> OnnxDecoder:
    """As it is opened on a machine that has the whole model."""
    here = torch_model(name)
    for part, data in sides(name).items():
        (folder / f"whole.{part.value}.onnx").write_bytes(data)
    names = here.identity, here.image_identity
    return opened_decoder(folder / "whole", here.config, *names, "cpu", None)


@pytest.mark.parametrize("name", ["tiny", "tiny_fitted", "tiny_hiera", "hq_tiny_light"])
def test_embeddings_and_answers_are_those_of_the_same_model_here_to_the_last_bit(
    name: str, tmp_path: Path
) -> None:
    here, decoder = torch_model(name), decoder_of(name, tmp_path)
    windows: list[PixelWindow | None] = [None, (20, 10, 120, 90)]
    sizes = [(100, 150), (1500, 1100)] if here.config.stretched else [(100, 150), (301, 200)]
    with served(name) as url:
        there = connect(url, half=False, folder=tmp_path)
        for image in (picture(*size) for size in sizes):
            for window in windows:
                found, expected = there.embed(image, window=window), here.embed(image, None, window)
                assert found.transform == expected.transform
                assert found.model == expected.model
                assert found.features.keys() == expected.features.keys()
                for key, array in expected.features.items():
                    assert found.features[key].tobytes() == array.tobytes()
                answers = (
                    there.decode(found, PROMPT),
                    decoder.decode_batch(expected, [PROMPT])[0],
                )
                assert answers[0].logits.tobytes() == answers[1].logits.tobytes()
                assert np.array_equal(answers[0].mask(), answers[1].mask())
        assert there.rounding == 0


def test_features_in_half_precision_are_off_by_no_more_than_is_reported(tmp_path: Path) -> None:
    image = picture(100, 150)
    expected = torch_model("tiny_fitted").embed(image)
    with served("tiny_fitted") as url:
        there = connect(url, folder=tmp_path)
        found = there.embed(image)
    apart = max(
        float(np.abs(found.features[key].astype(np.float32) - array.astype(np.float32)).max())
        for key, array in expected.features.items()
    )
    assert found.features["embedding"].dtype == np.float16
    assert apart == pytest.approx(there.rounding, rel=1e-6)
    assert 0 < apart < 0.01


def test_images_that_wait_together_are_encoded_together_with_the_same_answers(
    tmp_path: Path,
) -> None:
    images = [picture(100 + 2 * number, 150) for number in range(4)]
    here = torch_model("tiny_conv")
    found: dict[int, model.Embedding] = {}
    with served("tiny_conv", at_once=4) as url:
        clients = [connect(url, half=False, folder=tmp_path) for _ in images]

        def ask(number: int) -> None:
            found[number] = clients[number].embed(images[number])

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for number, image in enumerate(images):
        expected = here.embed(image).features["embedding"]
        assert np.allclose(found[number].features["embedding"], expected, atol=1e-4)


def test_a_wrong_token_opens_nothing_and_the_right_one_does(tmp_path: Path) -> None:
    with served("tiny_fitted", TOKEN) as url:
        for wrong in ("", TOKEN[:-1], TOKEN + "x", TOKEN.upper()):
            with pytest.raises(ServerError, match="does not know this token"):
                connect(url, wrong, folder=tmp_path)
        assert connect(url, TOKEN, folder=tmp_path).embed(picture(30, 40)).is_finite


def test_what_was_embedded_can_be_clicked_in_when_the_server_is_gone_and_it_comes_back(
    tmp_path: Path,
) -> None:
    image = picture(100, 150)
    with served("tiny_fitted") as url:
        there = connect(url, folder=tmp_path)
        embedding = there.embed(image)
        answer = there.decode(embedding, PROMPT)
    with pytest.raises(ServerGoneError):
        there.embed(image)
    assert there.decode(embedding, PROMPT).logits.tobytes() == answer.logits.tobytes()
    assert url in there.report.reason
    # A program that starts only now has the prompt side of last time.
    later = connect(url, folder=tmp_path)
    assert later.identity == there.identity
    assert later.image_identity == embedding.model == "images-tiny_fitted"
    assert later.decode(embedding, PROMPT).logits.tobytes() == answer.logits.tobytes()
    with served("tiny_fitted") as again:
        later._connection.address = address_of(again)
        assert later.embed(image).is_finite


def test_a_server_that_was_never_reached_is_told(tmp_path: Path) -> None:
    with served("tiny_fitted") as url:
        pass
    with pytest.raises(ServerGoneError, match="cannot be reached"):
        connect(url, folder=tmp_path)


def test_what_is_not_wanted_any_more_is_not_waited_for(tmp_path: Path) -> None:
    with served("tiny_fitted") as url:
        there: ServedModel = connect(url, folder=tmp_path)
        with pytest.raises(Cancelled):
            there.embed(picture(30, 40), lambda: True)


def test_a_server_with_another_model_than_before_is_told_of(tmp_path: Path) -> None:
    with served("tiny_fitted") as url:
        there = connect(url, folder=tmp_path)
    with served("tiny_conv") as other:
        there._connection.address = address_of(other)
        with pytest.raises(ServerError, match="another model now"):
            there.embed(picture(30, 40))


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("gpu:8765", "http://gpu:8765"),
        (" https://GPU.example/sam/ ", "https://gpu.example/sam"),
        ("http://[::1]:80", "http://[::1]"),
        ("https://gpu:443", "https://gpu"),
    ],
)
def test_an_address_has_one_form(given: str, url: str) -> None:
    assert address_of(given).url == url


@pytest.mark.parametrize(
    "given",
    ["", "http://", "ftp://gpu", "http://gpu:0", "http://gpu:99999", "http://a b", "http://u:p@gpu",
     "http://gpu/?x=1", "http://gpu\r\nX: y", "http://gpu/a b", "file:///etc/passwd"],
)  # fmt: skip
def test_what_is_no_address_is_told(given: str) -> None:
    with pytest.raises(ServerError, match="is no address"):
        address_of(given)
