"""The service: an image encoder over HTTP, for those who have a token. See ``protocol``.

It keeps nothing of an image and writes nothing of it into its log.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from model.interface import Cancelled, Embedding, Features, ModelError
from model.messages import reason_of
from model.runtime_onnx.graph_file import Part
from model.served.encoding_queue import EncodingQueue, Wanted
from model.served.prompt_side import Encoder, digests
from model.served.protocol import (
    FEATURES,
    MODEL,
    PROTOCOL,
    ROUNDING,
    VERSION,
    WAITING,
    Told,
    most_body,
    unpack,
)
from model.transforms import Transform
from model.weights.embedding_file import dumps

_log = logging.getLogger(__name__)
LOOPBACK = ("127.0.0.1", "localhost", "::1")
LARGEST_HALF = float(np.finfo(np.float16).max)
_PATHS = ("/health", "/metrics", "/model", "/embed")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the service takes on.

    Attributes:
        waiting: images that are received, encoded or sent at one time.
        transfer_s: seconds that a request or an answer may take on the way.
    """

    waiting: int = 16
    transfer_s: float = 60.0


class RefusedError(Exception):
    """A request that is not answered.

    Args:
        status: of HTTP.
        error: for programs, a word or two.
        told: for people.
        headers: besides.
    """

    def __init__(
        self, status: int, error: str, told: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(told)
        self.status, self.error, self.told, self.headers = status, error, told, headers or {}

    @property
    def response(self) -> Response:
        body = {"error": self.error, "told": self.told}
        return JSONResponse(body, self.status, {**self.headers, "Connection": "close"})


class Service:
    """Answers requests with an encoder.

    Args:
        encoder: the model.
        sides: the graphs of its prompt side.
        token: what every request must bring but ``/health``; empty if none is needed.
        limits: see there.
        at_once: images in a run of the encoder at most.
        others: the same model on other devices, which encode beside the first.

    Attributes:
        queue: the encoder's.

    Raises:
        ValueError: one of the others is another model, or would make other embeddings.
    """

    def __init__(
        self,
        encoder: Encoder,
        sides: Mapping[Part, bytes],
        token: str = "",
        limits: Limits | None = None,
        at_once: int = 1,
        others: Sequence[Encoder] = (),
    ) -> None:
        for each in others:
            if (each.identity, each.report.precision) != (
                encoder.identity,
                encoder.report.precision,
            ):
                raise ValueError("the devices must have the same model in the same precision")
        self._encoder, self._sides = encoder, dict(sides)
        self._digests = digests(sides)
        self._token = _digest(token) if token else b""
        self._limits = limits or Limits()
        self._taken = 0
        self._requests: Counter[tuple[str, int]] = Counter()
        self._received = self._sent = 0
        self.queue = EncodingQueue((encoder, *others), at_once)

    @property
    def app(self) -> ASGIApp:
        """The application, for any server of ASGI."""
        routes = [
            Route("/health", self._health),
            Route("/metrics", self._metrics),
            Route("/model", self._model),
            Route("/model/{part}", self._part),
            Route("/embed", self._embed, methods=["POST"]),
        ]
        return self._guarded(Starlette(routes=routes))

    @property
    def most_bytes(self) -> int:
        """Memory for images on the way at most, about: as bytes, as input and as features."""
        return self._limits.waiting * 4 * most_body(self._encoder.config)

    def _guarded(self, app: ASGIApp) -> ASGIApp:
        """Lets in who may, counts, and says which version this is."""

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                # The start and end of the server; websockets there are none.
                if scope["type"] == "lifespan":
                    await app(scope, receive, send)
                return
            begun, status = time.monotonic(), 500

            async def sending(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                    told = {PROTOCOL: str(VERSION), MODEL: self._encoder.identity}
                    told[WAITING] = str(self._taken)
                    extra = [(k.lower().encode(), v.encode()) for k, v in told.items()]
                    message = {**message, "headers": [*message["headers"], *extra]}
                else:
                    self._sent += len(message.get("body", b""))
                await send(message)

            request = Request(scope, receive)
            try:
                self._check(request)
            except RefusedError as refused:
                await refused.response(scope, receive, sending)
            else:
                await app(scope, receive, sending)
            path = next((p for p in _PATHS if request.url.path.startswith(p)), "other")
            self._requests[path, status] += 1
            took_ms = 1000 * (time.monotonic() - begun)
            _log.info("%s %s %s in %.0f ms", request.method, path, status, took_ms)

        return guarded

    def _check(self, request: Request) -> None:
        """Raises: RefusedError: whoever asks may not, or speaks another version."""
        if self._token:
            kind, _, given = request.headers.get("authorization", "").partition(" ")
            same = hmac.compare_digest(_digest(given.strip()), self._token)
            if request.url.path != "/health" and not (same and kind.lower() == "bearer"):
                told = "the token is missing or wrong"
                raise RefusedError(401, "token", told, {"WWW-Authenticate": "Bearer"})
        elif _host_of(request.headers.get("host", "")) not in LOOPBACK:
            # A web page may make a browser ask this machine by a name of its own.
            raise RefusedError(403, "host", "without a token this service is for localhost alone")
        version = request.headers.get(PROTOCOL)
        if version not in (None, str(VERSION)):
            told = f"this service speaks version {VERSION} of the protocol"
            raise RefusedError(400, "protocol", told)

    async def _health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok", "waiting": self._taken})

    async def _metrics(self, request: Request) -> Response:
        queue = self.queue
        lines = [
            "# TYPE maskwright_requests_total counter",
            *(
                f'maskwright_requests_total{{path="{path}",status="{status}"}} {number}'
                for (path, status), number in sorted(self._requests.items())
            ),
        ]
        for name, kind, value in (
            ("images_total", "counter", queue.images),
            ("runs_total", "counter", queue.runs),
            ("encode_seconds_total", "counter", queue.seconds),
            ("received_bytes_total", "counter", self._received),
            ("sent_bytes_total", "counter", self._sent),
            ("waiting", "gauge", self._taken),
            ("waiting_limit", "gauge", self._limits.waiting),
        ):
            lines += [f"# TYPE maskwright_{name} {kind}", f"maskwright_{name} {value}"]
        return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")

    async def _model(self, request: Request) -> Response:
        report = self._encoder.report
        variant = self._encoder.config.name
        names = self._encoder.identity, self._encoder.image_identity
        told = Told(*names, variant, report.device, report.precision, self._digests)
        return Response(told.dumps(), media_type="application/json")

    async def _part(self, request: Request) -> Response:
        name = request.path_params["part"]
        found = {part.value: data for part, data in self._sides.items()}.get(name)
        if found is None:
            return RefusedError(404, "part", "the prompt side has no such part").response
        return Response(found, media_type="application/octet-stream")

    async def _embed(self, request: Request) -> Response:
        try:
            self._take(request)
        except RefusedError as refused:
            return refused.response
        return _Answer(self, request)

    def _take(self, request: Request) -> None:
        """Takes a place among those that wait, before a byte of the image is read.

        Raises:
            RefusedError: there is none, the body is too long, or another model is wanted.
        """
        length = request.headers.get("content-length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 20):
            raise RefusedError(411, "length", "the length of the body must be told")
        if int(length) > most_body(self._encoder.config):
            raise RefusedError(413, "size", "the body is longer than what the encoder sees")
        if request.headers.get(MODEL) not in (None, self._encoder.identity):
            raise RefusedError(409, "model", "this service has another model")
        if request.headers.get(FEATURES, "float16") not in ("float16", "float32"):
            raise RefusedError(400, "features", "features are sent as float16 or float32")
        if self._taken >= self._limits.waiting:
            wait_s = self._taken * self.queue.seconds_each
            headers = {"Retry-After": str(min(60, max(1, math.ceil(wait_s))))}
            raise RefusedError(503, "busy", f"{self._taken} images wait already", headers)
        self._taken += 1

    async def answer(self, request: Request, receive: Receive) -> Response:
        """The embedding, for a request that has its place."""
        try:
            body = await self._body(request)
            transform, features = await self._features(request, body, receive)
        except RefusedError as refused:
            return refused.response
        half = request.headers.get(FEATURES, "float16") == "float16"
        data, rounding = await asyncio.to_thread(self._packed, features, transform, half)
        return Response(data, 200, {ROUNDING: rounding}, "application/octet-stream")

    @property
    def transfer_s(self) -> float:
        """See ``Limits``."""
        return self._limits.transfer_s

    def let_go(self) -> None:
        """One request less has a place."""
        self._taken -= 1

    async def _body(self, request: Request) -> bytes:
        """Raises: RefusedError: it is longer than it said, or does not come."""
        most, found = int(request.headers["content-length"]), bytearray()
        try:
            async with asyncio.timeout(self._limits.transfer_s):
                async for chunk in request.stream():
                    found += chunk
                    if len(found) > most:
                        raise RefusedError(413, "size", "the body is longer than was told")
        except TimeoutError as error:
            raise RefusedError(408, "slow", "the body did not come in time") from error
        except ClientDisconnect as error:
            raise RefusedError(499, "left", "whoever asked has left") from error
        self._received += len(found)
        return bytes(found)

    async def _features(
        self, request: Request, body: bytes, receive: Receive
    ) -> tuple[Transform, Features]:
        """Raises: RefusedError: there are none."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        try:
            variant = self._encoder.config
            prepared, transform = await asyncio.to_thread(unpack, kind, body, variant)
        except ValueError as error:
            raise RefusedError(400, "pixels", reason_of(error)) from error
        wanted = self.queue.ask(prepared)
        try:
            return transform, await _unless_left(wanted, receive)
        except Cancelled as error:
            raise RefusedError(499, "left", "whoever asked has left") from error
        except ModelError as error:
            raise RefusedError(500, "model", reason_of(error)) from error

    def _packed(self, features: Features, transform: Transform, half: bool) -> tuple[bytes, str]:
        """The stored embedding, and the largest rounding in it; what half precision cannot hold
        goes as it is."""
        largest = max(float(np.abs(array).max()) for array in features.values())
        half = half and largest <= LARGEST_HALF
        rounding = 0.0
        if half:
            rounding = max(
                float(np.abs(array - array.astype(np.float16).astype(np.float32)).max())
                for array in features.values()
            )
        embedding = Embedding(features, transform, self._encoder.identity)
        return dumps(embedding, half), repr(rounding)


class _Answer(Response):
    """An answer that is made while it is sent, so that its place is given back in any case."""

    def __init__(self, service: Service, request: Request) -> None:
        super().__init__()
        self._service, self._request = service, request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        service = self._service
        try:
            answer = await service.answer(self._request, receive)
            # Somebody who reads nothing would keep the place for ever.
            async with asyncio.timeout(service.transfer_s):
                await answer(scope, receive, send)
        except TimeoutError:
            _log.info("an answer was not taken in time")
            raise
        finally:
            service.let_go()


async def _unless_left(wanted: Wanted, receive: Receive) -> Features:
    """What comes of ``wanted``.

    Raises:
        Cancelled: whoever asked has left.
        ModelError: the encoder failed.
    """
    features = asyncio.wrap_future(wanted.features)
    left = asyncio.ensure_future(_left(receive))
    either: set[asyncio.Future[Features] | asyncio.Future[None]] = {features, left}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not features.done():
            wanted.dropped = True
            raise Cancelled("whoever asked has left")
        return await features
    finally:
        left.cancel()
        if not features.done():
            features.cancel()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()


def _host_of(header: str) -> str:
    """The name in a ``Host`` header, without its port."""
    name, _, rest = header.rpartition(":")
    if not name or not rest.isdigit():
        name = header
    return name.strip("[]").lower()
