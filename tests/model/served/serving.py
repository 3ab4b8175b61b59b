"""A service over a small network, on a real server of this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn
from starlette.types import ASGIApp

from model.runtime_onnx.export import export
from model.runtime_onnx.graph_file import Part, part_path, parts_of
from model.runtime_torch.model import TorchModel
from model.runtime_torch.place import Place
from model.served.service import Service
from tests.model.exported import network

TOKEN = "opens-" * 4


def identity_of(name: str) -> str:
    return f"test-{name}"


def torch_model(name: str) -> TorchModel:
    sam = network(name)
    return TorchModel(
        sam.variant, sam.state_dict(), identity_of(name), Place("cpu"), "a test's",
        image_identity=f"images-{name}",
    )  # fmt: skip


@lru_cache(maxsize=8)
def sides(name: str) -> dict[Part, bytes]:
    sam = network(name)
    wanted = [part for part in parts_of(sam.variant) if part is not Part.ENCODER]
    with TemporaryDirectory() as folder:
        export(sam, identity_of(name), folder, name, wanted)
        return {part: part_path(Path(folder) / name, part).read_bytes() for part in wanted}


@contextmanager
def running(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """The address where ``app`` answers."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, access_log=False, ws="none",
        lifespan="off",
    )  # fmt: skip
    server, listening = uvicorn.Server(config), config.bind_socket()
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        until = time.monotonic() + 10
        while not server.started and time.monotonic() < until:
            time.sleep(0.005)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@contextmanager
def served(name: str, token: str = "", at_once: int = 1) -> Iterator[str]:
    """The address of a service with the network ``name``."""
    service = Service(torch_model(name), sides(name), token, at_once=at_once)
    try:
        with running(service.app) as url:
            yield url
    finally:
        service.queue.close()
