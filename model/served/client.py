"""A model whose image encoder runs on another machine; clicks are answered on this one."""

from __future__ import annotations

import hashlib
import json
import logging
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from model.architecture.features import checked_embedding
from model.interface import (
    AnswersInBatches,
    Cancelled,
    CheckpointError,
    Embedding,
    Prediction,
    Prompt,
    RuntimeReport,
    ServerError,
    ServerGoneError,
)
from model.messages import joined, say
from model.runtime_onnx.decoder import OnnxDecoder, opened_decoder
from model.runtime_onnx.graph import Graph
from model.runtime_onnx.graph_file import Part, part_path, parts_of
from model.served.ahead import Ahead
from model.served.connection import Answer, Connection, address_of
from model.served.kept import kept_side, remember, remembered, served_folder
from model.served.protocol import (
    FEATURES,
    MODEL,
    MOST_FEATURES,
    MOST_TOLD,
    PROTOCOL,
    ROUNDING,
    VERSION,
    Told,
    most_answer,
    pack,
    shortly,
    told_of,
)
from model.terms import BY_FAMILY
from model.transforms import PixelWindow, Transform, checked_image
from model.weights.embedding_file import loads

_log = logging.getLogger(__name__)
WAIT_S = 2.0
"""Between two tries."""
LONGEST_WAIT_S = 60.0


class ServedModel(AnswersInBatches):
    """See ``interface.Model``. Not for use by two threads at once.

    Args:
        connection: to the service.
        told: what it says of its model.
        decoder: its prompt side, opened here.
        graph: that one of the prompt side that tells the architecture.
        half: whether features come in half precision.
        patience_s: seconds for which it is asked again where it does not answer or is busy.
        away: why it could not be reached; empty if it could.

    Attributes:
        config: the architecture as data.
        rounding: the largest rounding of a feature in the newest embedding, as the service tells.
    """

    def __init__(
        self,
        connection: Connection,
        told: Told,
        decoder: OnnxDecoder,
        graph: Graph,
        half: bool = True,
        patience_s: float = 0.0,
        away: str = "",
    ) -> None:
        self.config = graph.description.variant
        self.identity, self.variant = told.identity, self.config.name
        self.image_identity = told.image_identity
        self.input_size = self.config.input_size
        self.logits_size = self.config.logits_side, self.config.logits_side
        self.rounding = 0.0
        self._connection, self._told, self._decoder = connection, told, decoder
        self._half, self._patience_s, self._away = half, patience_s, away
        self._ahead = Ahead()
        # Models are dropped, not closed.
        weakref.finalize(self, connection.close)

    @property
    def device(self) -> str:
        """Where the server prepares images, as it says."""
        return self._told.device

    @property
    def report(self) -> RuntimeReport:
        url, told = self._connection.address.url, self._told
        reason = say(
            "images are prepared by {server} on {device} in {precision}, clicks are answered here",
            url,
            told.device,
            told.precision,
        )
        return RuntimeReport(
            "onnxruntime",
            "cpu",
            told.precision,
            joined((self._away, reason), "; "),
            self.config.conventions.takes_logits,
            BY_FAMILY.get(self.config.terms),
            self.config.kept_iou,
        )

    def embed(
        self,
        image: npt.NDArray[np.uint8],
        cancelled: Callable[[], bool] | None = None,
        window: PixelWindow | None = None,
    ) -> Embedding:
        """See ``interface.Model``.

        Raises:
            ServerGoneError: the server does not answer or is busy, for longer than one waits.
            ServerError: it answers what it should not, or has another model now.
        """
        found = None if window is not None else self._ahead.take(image, cancelled)
        return self._embed(image, cancelled, window) if found is None else found

    def ask_ahead(self, image: npt.NDArray[np.uint8]) -> bool:
        """Begin to have this very array prepared, of which ``embed`` will be asked; no more than
        ``ahead.MOST`` at one time: False if there are as many."""
        return self._ahead.ask(image, self._embed)

    def drop_ahead(self, image: npt.NDArray[np.uint8] | None = None) -> None:
        """What was begun with ``ask_ahead`` is not wanted any more: one array, or all of them."""
        if image is None:
            self._ahead.drop()
        else:
            self._ahead.leave(image)

    def _embed(
        self,
        image: npt.NDArray[np.uint8],
        cancelled: Callable[[], bool] | None,
        window: PixelWindow | None = None,
    ) -> Embedding:
        """As ``embed``; on several threads at once."""
        transform = Transform(
            checked_image(image).shape[:2], self.input_size, window, self.config.stretched
        )
        if cancelled is not None and cancelled():
            raise Cancelled("the embedding is no longer wanted")
        kind, body = pack(image, transform, self.config)
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                answer = self._asked(kind, body, transform, cancelled)
                break
            except ServerGoneError as error:
                trouble = error
            wait_s = trouble.wait_s if isinstance(trouble, _BusyError) else WAIT_S
            if time.monotonic() + wait_s > deadline:
                self._away = say("{reason}", trouble)
                raise trouble
            _wait(wait_s, cancelled)
        self._away = ""
        return self._embedding(answer, transform)

    def ask_server(self, cancelled: Callable[[], bool] | None = None) -> None:
        """Only whether it is there and still has this model.

        Raises:
            ServerGoneError: it does not answer.
            ServerError: it is another one now.
        """
        told = _told(self._connection, cancelled)
        if told.identity != self.identity:
            raise ServerError(
                "{server} has another model now: connect to it again", self._connection.address.url
            )
        self._away = ""

    def decode_batch(
        self, embedding: Embedding, prompts: Sequence[Prompt], multimask: bool | None = None
    ) -> list[Prediction]:
        return self._decoder.decode_batch(embedding, prompts, multimask)

    def _asked(
        self,
        kind: str,
        body: list[bytes],
        transform: Transform,
        cancelled: Callable[[], bool] | None,
    ) -> Answer:
        """Raises: ServerGoneError, ServerError, Cancelled."""
        headers = {
            "Content-Type": kind,
            MODEL: self.identity,
            FEATURES: "float16" if self._half else "float32",
        }
        most = most_answer(self.config, self.config.cells(transform.resized))
        if most > MOST_FEATURES:
            raise ServerError("the model of the server makes embeddings that are too large")
        answer = self._connection.post("/embed", headers, body, most, cancelled)
        _check(answer, self._connection.address.url)
        return answer

    def _embedding(self, answer: Answer, transform: Transform) -> Embedding:
        """Raises: ServerError: the answer is no embedding of this model."""
        url = self._connection.address.url
        try:
            found = loads(answer.body)
            rounding = float(answer.headers.get(ROUNDING.lower(), "0"))
            # On its way an embedding names the whole model.
            checked_embedding(replace(found, transform=transform), self.config, self.identity)
        except ValueError as error:
            raise ServerError(
                "{server} answers with something else than an embedding of {model}",
                url,
                self.variant,
            ) from error
        self.rounding = rounding
        return replace(found, transform=transform, model=self.image_identity)


class _BusyError(ServerGoneError):
    """There is too much to do; ``wait_s`` is how long it asks to wait."""

    wait_s = WAIT_S


def connect(
    url: str,
    token: str = "",
    *,
    half: bool = True,
    patience_s: float = 0.0,
    folder: Path | None = None,
) -> ServedModel:
    """The model of the service at ``url``.

    Where it cannot be reached, but its prompt side is in the cache, embeddings that were made
    before can be clicked in; the report says so.

    Args:
        url: such as ``http://name:8765``.
        token: that lets in; empty for none.
        half: whether features come in half precision.
        patience_s: seconds for which the server is asked again where it does not answer.
        folder: where prompt sides are kept; the user's cache if None.

    Raises:
        ServerGoneError: the server cannot be reached.
        ServerError: it does not let in, or is no such service.
    """
    connection = Connection(address_of(url), token)
    root = folder or served_folder()
    try:
        told, stem, away = _described(connection, root)
        graph, decoder = _opened(told, stem, connection.address.url)
    except BaseException:
        connection.close()
        raise
    return ServedModel(connection, told, decoder, graph, half, patience_s, away)


def _opened(told: Told, stem: Path, url: str) -> tuple[Graph, OnnxDecoder]:
    """Raises: ServerError: these are not all graphs of one prompt side."""
    try:
        graph = Graph(part_path(stem, Part.MEMORY), Part.MEMORY, "cpu")
        variant = graph.description.variant
        if set(parts_of(variant)) - {Part.ENCODER} == set(told.parts):
            names = told.identity, told.image_identity
            return graph, opened_decoder(stem, variant, *names, "cpu", None)
    except CheckpointError as error:
        _log.info("the prompt side of %s: %s", url, error)
    raise ServerError("{server} sent a prompt side that cannot be used", url)


def _described(connection: Connection, root: Path) -> tuple[Told, Path, str]:
    """What the server has, the files of its prompt side, and why it cannot be reached, if so.

    Raises:
        ServerError: it is no such service, or nothing of it is here.
    """
    url = connection.address.url
    try:
        told = _told(connection)
        stem = _kept(connection, told, root)
        remember(told, url, root)
    except ServerGoneError as error:
        found = remembered(url, root)
        if found is None:
            raise
        return *found, say("{reason}", error)
    except OSError as error:
        raise ServerError(
            "the prompt side of the model cannot be kept: {reason}", error.strerror or error
        ) from error
    return told, stem, ""


def _told(connection: Connection, cancelled: Callable[[], bool] | None = None) -> Told:
    answer = connection.get("/model", MOST_TOLD, cancelled)
    url = connection.address.url
    _check(answer, url)
    try:
        return told_of(answer.body)
    except ValueError as error:
        raise ServerError("{server} is no server of this program: {reason}", url, error) from error


def _kept(connection: Connection, told: Told, root: Path) -> Path:
    """Raises: ServerError, OSError."""

    def fetch(part: Part) -> bytes:
        size, digest = told.parts[part]
        answer = connection.get(f"/model/{part.value}", size)
        _check(answer, connection.address.url)
        if hashlib.sha256(answer.body).hexdigest() != digest:
            raise ServerError("what {server} sent is damaged", connection.address.url)
        return answer.body

    return kept_side(told, fetch, root)


def _check(answer: Answer, url: str) -> None:
    """Raises: ServerError: the answer is none."""
    version = answer.headers.get(PROTOCOL.lower())
    if version is not None and version != str(VERSION):
        raise ServerError(
            "{server} speaks version {other} of the protocol, this program {own}: update the "
            "older one",
            url,
            shortly(version),
            VERSION,
        )
    if answer.status == 200:
        if version is None:
            raise ServerError("{server} is no server of this program", url)
        return
    _refused(answer, url)


def _refused(answer: Answer, url: str) -> NoReturn:
    status = answer.status
    if status == 401:
        raise ServerError("{server} does not know this token: check the token", url)
    if status == 503:
        busy = _BusyError("{server} is busy", url)
        wait = answer.headers.get("retry-after", "")
        if wait.isascii() and wait.isdigit() and len(wait) < 4:
            busy.wait_s = min(float(wait), LONGEST_WAIT_S)
        raise busy
    if status in (408, 502, 504):
        raise ServerGoneError("{server} does not answer", url)
    if status == 409:
        raise ServerError("{server} has another model now: connect to it again", url)
    if status == 413 and PROTOCOL.lower() not in answer.headers:
        raise ServerError(
            "a proxy before {server} takes no image of this size: raise its limit, which nginx "
            "calls client_max_body_size",
            url,
        )
    raise ServerError("{server} refuses: {reason}", url, _reason(answer))


def _reason(answer: Answer) -> str:
    try:
        told = json.loads(answer.body)["told"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return str(answer.status)
    text = "".join(c for c in str(told) if c.isprintable())[:200]
    return f"{answer.status}, {text}"


def _wait(seconds: float, cancelled: Callable[[], bool] | None) -> None:
    """Raises: Cancelled."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if cancelled is not None and cancelled():
            raise Cancelled("the embedding is no longer wanted")
        time.sleep(0.05)
