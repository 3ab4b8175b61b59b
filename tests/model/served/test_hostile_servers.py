"""Whatever a server answers, the client says what is wrong and takes no harm."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.interface import Cancelled, Embedding, ServerError, ServerGoneError
from model.runtime_onnx.graph_file import Part
from model.served.client import ServedModel, connect
from model.served.connection import Connection, address_of
from model.served.protocol import Told, told_of
from model.transforms import Transform
from model.weights.embedding_file import dumps
from tests.model.served.serving import identity_of, served, torch_model

IMAGE = np.zeros((96, 128, 3), np.uint8)
HEAD = b"HTTP/1.1 200 OK\r\nMaskwright-Protocol: 1\r\n"


@contextmanager
def saying(speak: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that hears a request out and then does as ``speak``."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.02)
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            try:
                client, _ = listening.accept()
            except TimeoutError:
                continue
            with client:
                client.settimeout(5)
                heard = b""
                while b"\r\n\r\n" not in heard:
                    heard += client.recv(65536)
                try:
                    speak(client)
                except OSError:
                    continue

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        over.set()
        thread.join()
        listening.close()


def answer(body: bytes, head: bytes = HEAD) -> Callable[[socket.socket], None]:
    whole = head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
    return lambda client: client.sendall(whole)


def told(**changed: Any) -> bytes:
    parts = dict.fromkeys((Part.MEMORY, Part.DECODER), (100, "0" * 64))
    usual = json.loads(Told("identity-1", "identity-1", "tiny", "cpu", "float32", parts).dumps())
    return json.dumps({**usual, **changed}).encode()


def endless(client: socket.socket) -> None:
    client.sendall(HEAD + b"\r\n")
    while True:
        client.sendall(bytes(1 << 16))


@pytest.mark.parametrize(
    ("speak", "told_as"),
    [
        (lambda client: client.sendall(b"SSH-2.0-OpenSSH_9.6\r\n"), "something else than HTTP"),
        (lambda client: None, "cannot be reached"),
        (answer(b"<html>", b"HTTP/1.1 200 OK\r\n"), "is no server of this program"),
        (answer(b"", b"HTTP/1.1 404 Not Found\r\n"), "refuses: 404"),
        (answer(b"{}", b"HTTP/1.1 200 OK\r\nMaskwright-Protocol: 7\r\n"), "speaks version '7'"),
        (answer(told(protocol=9)), "speaks version 9"),
        (answer(b"{}"), "does not say what its model is"),
        (answer(b"\xff\xfe"), "is no server of this program"),
        (answer(b"[" * 50_000), "is no server of this program"),
        (answer(told(identity="../../../../etc")), "identity that cannot be"),
        (answer(told(identity="..........")), "identity that cannot be"),
        (answer(told(image_identity="../../../../etc")), "identity that cannot be"),
        (answer(told(prompt_side={})), "not complete"),
        (answer(told(prompt_side={"encoder": {"bytes": 1, "sha256": "0" * 64}})), "not complete"),
        (answer(bytes(1 << 17)), "more than it may"),
        (lambda client: client.sendall(HEAD + b"Content-Length: 999999999999\r\n\r\n"),
         "more than it may"),
        (endless, "more than it may"),
        (lambda client: client.sendall(HEAD + b"X: " + b"y" * 70_000), "something else than HTTP"),
        (lambda client: client.sendall(HEAD + b"X: y\r\n" * 200 + b"\r\n"), "else than HTTP"),
        (lambda client: client.sendall(HEAD + b"Content-Length: 9\r\n\r\n{"), "cannot be reached"),
        (answer(b"no", b"HTTP/1.1 502 Bad Gateway\r\n"), "does not answer"),
        (answer(b'{"told": "\\u001b[2J"}', b"HTTP/1.1 400 Bad\r\n"), r"refuses: 400, \[2J"),
    ],
)  # fmt: skip
def test_what_answers_otherwise_than_a_server_of_ours_is_told(
    speak: Callable[[socket.socket], None], told_as: str, tmp_path: Path
) -> None:
    with saying(speak) as url, pytest.raises(ServerError, match=told_as):
        connect(url, folder=tmp_path)
    assert [*tmp_path.iterdir()] == []


def test_a_prompt_side_that_is_not_what_was_told_is_not_kept(tmp_path: Path) -> None:
    answers = iter([told(), bytes(100), told(), bytes(100)])
    with saying(lambda client: answer(next(answers))(client)) as url:
        for _ in range(2):
            with pytest.raises(ServerError, match="is damaged"):
                connect(url, folder=tmp_path)
    assert [path for path in tmp_path.iterdir() if path.suffix != ".json"] == []


def test_a_server_that_answers_nothing_or_a_byte_at_a_time_is_given_up() -> None:
    def drip(client: socket.socket) -> None:
        client.sendall(HEAD)
        for _ in range(200):
            client.sendall(b"X")
            time.sleep(0.02)

    for speak in (lambda client: time.sleep(0.6), drip):
        with saying(speak) as url:
            slow, begun = Connection(address_of(url), answer_s=0.2), time.monotonic()
            with pytest.raises(ServerGoneError, match=r"takes too long|does not answer"):
                slow.get("/model", 100)
            assert time.monotonic() - begun < 2
            with pytest.raises(Cancelled):
                Connection(address_of(url)).get("/model", 100, lambda: True)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[ServedModel]:
    with served("tiny_fitted") as url:
        yield connect(url, folder=tmp_path)


def embedding(**changed: Any) -> bytes:
    good = torch_model("tiny_fitted").embed(IMAGE)
    features = {**good.features, **changed.pop("features", {})}
    model = changed.pop("model", identity_of("tiny_fitted"))
    return dumps(Embedding(features, Transform((96, 128), 128), model))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"garbage",
        embedding(model="another"),
        embedding(features={"embedding": np.zeros((32, 3, 3), np.float32)}),
        embedding(features={"skip_0": np.zeros((1, 1, 1), np.float32)}),
        embedding(features={"fine": np.zeros((4, 4, 4), np.float32)}),
        embedding()[:-8],
    ],
)
def test_what_is_no_embedding_of_the_model_is_never_clicked_in(
    body: bytes, there: ServedModel
) -> None:
    with saying(answer(body)) as url:
        there._connection.address = address_of(url)
        there._connection.close()
        with pytest.raises(ServerError, match="something else than an embedding"):
            there.embed(IMAGE)


def test_a_server_of_before_tells_one_identity_for_model_and_images() -> None:
    found = json.loads(told())
    del found["image_identity"]
    assert told_of(json.dumps(found).encode()).image_identity == found["identity"]


def test_a_busy_server_is_waited_for_as_long_as_it_asks(there: ServedModel) -> None:
    busy = b"HTTP/1.1 503 Busy\r\nMaskwright-Protocol: 1\r\nRetry-After: 0\r\n"
    answers = iter([answer(b"{}", busy), answer(b"{}", busy), answer(embedding())])
    there._patience_s = 5.0
    with saying(lambda client: next(answers)(client)) as url:
        there._connection.address = address_of(url)
        there._connection.close()
        assert there.embed(IMAGE).is_finite
    with saying(answer(b"{}", busy.replace(b": 0", b": 99"))) as url:
        there._connection.address = address_of(url)
        there._connection.close()
        with pytest.raises(ServerGoneError, match="is busy"):
            there.embed(IMAGE)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
keys = st.sampled_from(
    ["protocol", "identity", "image_identity", "variant", "device", "precision", "prompt_side"]
)


@settings(max_examples=100, deadline=None)
@given(changed=st.dictionaries(keys, json_values, max_size=3), raw=st.binary(max_size=40))
def test_nothing_that_a_server_says_of_its_model_does_more_than_be_refused(
    changed: dict[str, Any], raw: bytes
) -> None:
    for data in (told(**changed), raw):
        try:
            found = told_of(data)
        except ValueError:
            continue
        assert "/" not in found.identity
        assert Part.DECODER in found.parts
