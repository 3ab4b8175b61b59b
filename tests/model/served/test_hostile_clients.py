"""Whatever a client sends, the service answers with a refusal or an embedding, and goes on."""

from __future__ import annotations

import asyncio
import json
import logging
import struct
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from starlette.types import Message

from model.interface import Features, Float, ModelError
from model.served.encoding_queue import EncodingQueue
from model.served.protocol import PNG, PREPARED, most_body, pack, unpack
from model.served.service import Limits, Service
from model.transforms import Transform
from model.weights.embedding_file import loads
from tests.model.exported import TINY_FITTED, TINY_SAM2
from tests.model.served.serving import TOKEN, sides, torch_model

GOOD_TOKEN = {"authorization": f"Bearer {TOKEN}"}


class Answered(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> str:
        return str(json.loads(self.body)["error"])


async def _asked(
    service: Service, method: str, path: str, headers: Sequence[tuple[bytes, bytes]], body: bytes,
    leaves: bool = False,
) -> Answered:  # fmt: skip
    pieces = [body[:100], body[100:]]
    sent: list[Message] = []

    async def receive() -> Message:
        if pieces:
            piece = pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}
        if not leaves:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "scheme": "http", "path": path, "raw_path": path.encode("utf-8", "replace"),
        "query_string": b"", "root_path": "", "headers": list(headers),
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8765),
    }  # fmt: skip
    async with asyncio.timeout(20):
        await service.app(scope, receive, send)
    told = {k.decode().lower(): v.decode("latin-1") for k, v in sent[0]["headers"]}
    return Answered(sent[0]["status"], told, b"".join(each.get("body", b"") for each in sent[1:]))


def ask(
    service: Service, method: str = "GET", path: str = "/model", body: bytes = b"",
    leaves: bool = False, **headers: str,
) -> Answered:  # fmt: skip
    usual = {"host": "localhost:8765", "content-length": str(len(body)), **GOOD_TOKEN}
    given_ = {**usual, **{name.replace("_", "-"): value for name, value in headers.items()}}
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in given_.items()]
    return asyncio.run(_asked(service, method, path, pairs, body, leaves))


def png(width: int = 128, height: int = 96, mode: str = "RGB", **saved: Any) -> bytes:
    file = BytesIO()
    Image.effect_noise((width, height), 40).convert(mode).save(file, "PNG", **saved)
    return file.getvalue()


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    made = Service(torch_model("tiny_fitted"), sides("tiny_fitted"), TOKEN)
    yield made
    made.queue.close()


def embed(service: Service, body: bytes, kind: str = PNG, **headers: str) -> Answered:
    return ask(service, "POST", "/embed", body, False, content_type=kind, **headers)


def test_a_plain_image_is_embedded(service: Service) -> None:
    found = embed(service, png())
    assert found.status == 200
    assert loads(found.body).image_size == (96, 128)
    assert float(found.headers["maskwright-rounding"]) > 0


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", PNG),
        (png()[:-20], PNG),
        (png(129, 20), PNG),
        (png(mode="L"), PNG),
        (png(mode="RGBA"), PNG),
        (png(mode="1"), PNG),
        (png(), "image/jpeg"),
        (png(), PREPARED),
        (png(), ""),
        (b"GIF89a" + bytes(100), PNG),
    ],
)
def test_what_is_no_such_image_is_refused(service: Service, body: bytes, kind: str) -> None:
    assert (embed(service, body, kind).status, service._taken) == (400, 0)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def made_png(
    width: int, height: int, pixels: bytes, layout: tuple[int, ...] = (8, 2, 0, 0, 0)
) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, *layout)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def noted(text: str) -> PngInfo:
    found = PngInfo()
    found.add_text("a", text, zip=True)
    return found


BOMB = zlib.compress(bytes(200 << 20), 9)


@pytest.mark.parametrize(
    "body",
    [
        made_png(60_000, 60_000, BOMB[:1000]),
        made_png(1 << 31, 1, b""),
        made_png(128, 0, b""),
        made_png(128, 96, zlib.compress(b"short")),
        made_png(128, 96, zlib.compress(bytes(96 * 385)), (16, 2, 0, 0, 0)),
        made_png(128, 96, zlib.compress(bytes(96 * 385)), (8, 2, 0, 0, 1)),
        png(pnginfo=noted("b" * 100_000)),
        png(icc_profile=bytes(2000)),
    ],
    ids=["wide", "longest", "flat", "short", "deep", "interlaced", "text", "profile"],
)  # fmt: skip
def test_bombs_and_lying_headers_are_refused_before_they_take_memory(
    service: Service, body: bytes
) -> None:
    begun = time.process_time()
    assert embed(service, body).status in (400, 413)
    assert time.process_time() - begun < 1


def test_an_image_with_a_bomb_behind_its_pixels_costs_only_its_pixels() -> None:
    begun = time.process_time()
    prepared, transform = unpack(PNG, made_png(128, 96, BOMB), TINY_FITTED)
    assert transform.image_size == (96, 128)
    assert prepared.nbytes <= 12 * 128 * 128
    assert time.process_time() - begun < 0.2


def test_a_finished_input_that_unpacks_to_more_than_it_is_refused() -> None:
    side = TINY_SAM2.input_size
    for packed in (BOMB, zlib.compress(bytes(12 * side * side - 1)), b"", b"\x78\x9c"):
        with pytest.raises(ValueError, match="the input is damaged"):
            unpack(PREPARED, struct.pack("<II", side, side) + packed, TINY_SAM2)
    bad = np.full(3 * side * side, np.nan, "<f4").view(np.uint8).reshape(-1, 4).T.tobytes()
    with pytest.raises(ValueError, match="not finite"):
        unpack(PREPARED, struct.pack("<II", side, side) + zlib.compress(bad), TINY_SAM2)


@pytest.mark.parametrize(
    ("headers", "status", "error"),
    [
        ({"authorization": ""}, 401, "token"),
        ({"authorization": f"Basic {TOKEN}"}, 401, "token"),
        ({"authorization": f"Bearer {TOKEN[:-1]}"}, 401, "token"),
        ({"authorization": "Bearer \xff\xfe"}, 401, "token"),
        ({"maskwright-protocol": "2"}, 400, "protocol"),
        ({"maskwright-protocol": ""}, 400, "protocol"),
        ({"maskwright-model": "another"}, 409, "model"),
        ({"maskwright-features": "float8"}, 400, "features"),
        ({"content-length": ""}, 411, "length"),
        ({"content-length": "-1"}, 411, "length"),
        ({"content-length": "1" * 30}, 411, "length"),
        ({"content-length": str(most_body(TINY_FITTED) + 1)}, 413, "size"),
        ({"content-length": "10"}, 413, "size"),
    ],
)
def test_requests_that_cannot_be_are_refused_with_what_is_wrong(
    service: Service, headers: dict[str, str], status: int, error: str
) -> None:
    found = embed(service, png(), **headers)
    assert (found.status, found.error, service._taken) == (status, error, 0)
    assert found.headers["maskwright-protocol"] == "1"


def test_without_a_token_only_this_machine_is_answered_by_its_own_name() -> None:
    service = Service(torch_model("tiny_fitted"), sides("tiny_fitted"))
    try:
        for name, status in (("localhost", 200), ("127.0.0.1:9", 200), ("[::1]:9", 200),
                             ("evil.example:8765", 403), ("", 403)):  # fmt: skip
            assert ask(service, host=name).status == status
    finally:
        service.queue.close()


def test_only_health_is_told_without_the_token(service: Service) -> None:
    for path, status in (("/health", 200), ("/metrics", 401), ("/model", 401), ("/x", 401),
                         ("/model/decoder", 401), ("/healthy", 401)):  # fmt: skip
        assert ask(service, path=path, authorization="").status == status
    assert "maskwright_waiting 0" in ask(service, path="/metrics").body.decode()


names = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=20)
values = st.text(st.characters(max_codepoint=255), max_size=60)
our_names = st.sampled_from(
    [
        "authorization",
        "content-length",
        "content-type",
        "host",
        "maskwright-features",
        "maskwright-model",
        "maskwright-protocol",
    ]
)


@settings(max_examples=30, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "XYZ"]),
    path=st.one_of(
        st.sampled_from(["/embed", "/model", "/model/decoder", "/metrics", "/health"]),
        st.text(max_size=30).map(lambda text: "/" + text),
        st.text(max_size=30).map(lambda text: "/model/" + text),
    ),
    headers=st.lists(st.tuples(st.one_of(our_names, names), values), max_size=6),
    body=st.binary(max_size=300),
    token=st.booleans(),
)
def test_no_request_breaks_the_service(
    service: Service, method: str, path: str, headers: list[tuple[str, str]], body: bytes,
    token: bool,
) -> None:  # fmt: skip
    given_ = [*headers, *(GOOD_TOKEN.items() if token else ())]
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in given_]
    found = asyncio.run(_asked(service, method, path, pairs, body))
    assert found.status in (200, 400, 401, 404, 405, 409, 411, 413)
    assert service._taken == 0


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_no_damage_to_an_image_breaks_what_reads_it(data: st.DataObject) -> None:
    variant = data.draw(st.sampled_from([TINY_FITTED, TINY_SAM2]))
    pixels = np.arange(24 * 128 * 3, dtype=np.uint32).astype(np.uint8).reshape(24, 128, 3)
    transform = Transform((24, 128), variant.input_size, None, variant.stretched)
    kind, parts = pack(pixels, transform, variant)
    body = bytearray(b"".join(parts))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    try:
        prepared, _ = unpack(
            data.draw(st.sampled_from([kind, PNG, PREPARED])), bytes(body), variant
        )
    except ValueError:
        return
    assert prepared.nbytes <= 12 * variant.input_size**2
    assert np.isfinite(prepared).all()


class Held:
    """An encoder that waits until it may go on."""

    def __init__(self) -> None:
        here = torch_model("tiny_fitted")
        self.config, self.identity, self.report = here.config, here.identity, here.report
        self.image_identity = here.image_identity
        self.begun, self.go_on = threading.Semaphore(0), threading.Event()
        self.sizes: list[int] = []
        self.failure: Exception | None = None
        self._here = here

    def encode_inputs(self, inputs: Sequence[Float], cancelled: Any = None) -> list[Features]:
        self.sizes.append(len(inputs))
        self.begun.release()
        assert self.go_on.wait(10)
        if self.failure is not None:
            raise self.failure
        return self._here.encode_inputs(inputs)


def test_more_than_may_wait_are_told_to_come_again_and_places_are_given_back() -> None:
    encoder = Held()
    service = Service(encoder, sides("tiny_fitted"), TOKEN, Limits(waiting=2), at_once=4)
    found: list[Answered] = []
    try:
        threads = []
        for _ in range(2):
            threads.append(threading.Thread(target=lambda: found.append(embed(service, png()))))
            threads[-1].start()
        assert encoder.begun.acquire(timeout=10)
        until = time.monotonic() + 10
        while service._taken < 2 and time.monotonic() < until:
            time.sleep(0.005)
        refused = embed(service, png())
        assert (refused.status, refused.error) == (503, "busy")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        encoder.go_on.set()
        for thread in threads:
            thread.join()
        assert [each.status for each in found] == [200, 200]
        assert embed(service, png()).status == 200
    finally:
        encoder.go_on.set()
        service.queue.close()


def test_two_devices_encode_at_the_same_time_and_must_have_the_same_model() -> None:
    devices = [Held(), Held()]
    queue = EncodingQueue(devices)
    image = np.zeros((1, 3, 96, 128), np.float32)
    asked = [queue.ask(image) for _ in range(3)]
    for each in devices:
        assert each.begun.acquire(timeout=10)
    for each in devices:
        each.go_on.set()
    assert all(each.features.result(10) for each in asked)
    assert sum(len(each.sizes) for each in devices) == queue.images == 3
    assert queue.close()
    other = torch_model("tiny")
    with pytest.raises(ValueError, match="same model"):
        Service(torch_model("tiny_fitted"), sides("tiny_fitted"), others=[other])


def test_whoever_leaves_gives_back_the_place_and_is_not_encoded_for() -> None:
    encoder = Held()
    service = Service(encoder, sides("tiny_fitted"), TOKEN)
    try:
        first = threading.Thread(target=lambda: embed(service, png()))
        first.start()
        assert encoder.begun.acquire(timeout=10)
        left = ask(service, "POST", "/embed", png(), leaves=True, content_type=PNG)
        assert left.status == 499
        encoder.go_on.set()
        first.join()
        assert encoder.sizes == [1]
        assert service._taken == 0
    finally:
        encoder.go_on.set()
        service.queue.close()


def test_a_model_that_fails_is_told_and_the_next_image_is_encoded(
    caplog: pytest.LogCaptureFixture,
) -> None:
    encoder = Held()
    encoder.go_on.set()
    encoder.failure = ModelError("there is too little memory")
    service = Service(encoder, sides("tiny_fitted"), TOKEN)
    try:
        found = embed(service, png())
        assert (found.status, found.error) == (500, "model")
        encoder.failure = None
        assert embed(service, png()).status == 200
    finally:
        service.queue.close()
    caplog.clear()


def test_what_waits_is_failed_when_the_service_ends() -> None:
    encoder = Held()
    queue = EncodingQueue([encoder])
    image = np.zeros((1, 3, 96, 128), np.float32)
    first, second = queue.ask(image), queue.ask(image)
    assert encoder.begun.acquire(timeout=10)
    ended = threading.Thread(target=queue.close)
    ended.start()
    with pytest.raises(ModelError, match="ends"):
        second.features.result(10)
    encoder.go_on.set()
    ended.join()
    assert first.features.result(10)
    with pytest.raises(ModelError, match="ends"):
        queue.ask(image).features.result(10)


def test_the_log_names_neither_tokens_nor_what_is_in_images(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "model.served")
    embed(service, png())
    embed(service, b"secret pixels", authorization="Bearer secret-token")
    told = caplog.text
    assert "/embed 200" in told
    assert "secret" not in told
    assert TOKEN not in told
