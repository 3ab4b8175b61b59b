"""Published models are fetched in the background, told how far, and can be given up."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.core.errors import Problem
from app.session.model.model_catalogue import ModelCatalogue
from model.weights.catalogue import Entry

CONTENT = bytes(range(256)) * 20_000


class Server:
    """Serves one file on this computer; waits before the second half if told to."""

    def __init__(self) -> None:
        self.content = CONTENT
        self.go_on = threading.Event()
        self.go_on.set()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(server.content)))
                self.end_headers()
                half = len(server.content) // 2
                self.wfile.write(server.content[:half])
                server.go_on.wait(30)
                self.wfile.write(server.content[half:])

            def log_message(self, format: str, *arguments: object) -> None:
                pass

            def handle(self) -> None:
                with contextlib.suppress(ConnectionError):
                    super().handle()

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.entry = Entry(
            "tiny",
            "Tiny",
            "Trying downloads.",
            f"http://127.0.0.1:{self.http.server_address[1]}/tiny.pt",
            len(CONTENT),
            hashlib.sha256(CONTENT).hexdigest(),
            "Apache-2.0",
            "a test",
            "https://localhost/",
        )


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.go_on.set()
    server.http.shutdown()
    thread.join()
    server.http.server_close()


@pytest.fixture
def shelf(qtbot: QtBot, server: Server, tmp_path: Path) -> Iterator[ModelCatalogue]:
    shelf = ModelCatalogue((server.entry,), tmp_path / "models")
    yield shelf
    shelf.close()


def test_a_download_tells_how_far_it_is_and_can_then_be_used(
    qtbot: QtBot, shelf: ModelCatalogue
) -> None:
    told: list[object] = []
    shelf.progress.connect(lambda name, done, total: told.append(done))
    assert shelf.entries[0].choice() is None
    with qtbot.waitSignal(shelf.downloaded):
        shelf.download("tiny")
    choice = shelf.entries[0].choice()
    assert choice is not None
    assert Path(choice.source).read_bytes() == CONTENT
    assert told[-1] == len(CONTENT)
    assert shelf.loading is None


def test_a_download_can_be_given_up(qtbot: QtBot, shelf: ModelCatalogue, server: Server) -> None:
    server.go_on.clear()
    shelf.download("tiny")
    assert shelf.loading == "tiny"
    shelf.cancel()
    with qtbot.waitSignal(shelf.stopped):
        server.go_on.set()
    assert shelf.entries[0].path is None


def test_what_a_download_takes_is_known_before(
    shelf: ModelCatalogue, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = shelf.needs(server.entry)
    assert needs.download == len(CONTENT)
    assert needs.memory > 2 * len(CONTENT)
    assert needs.fits
    # What arrived of an earlier try is not fetched again.
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "tiny.pt.part").write_bytes(CONTENT[:1000])
    assert shelf.needs(server.entry).download == len(CONTENT) - 1000
    full = type("Usage", (), {"free": 10})
    monkeypatch.setattr("shutil.disk_usage", lambda path: full)
    assert not shelf.needs(server.entry).fits


def test_what_is_not_the_published_file_is_refused(
    qtbot: QtBot, shelf: ModelCatalogue, server: Server
) -> None:
    server.content = b"<html>please log in</html>"
    with qtbot.waitSignal(shelf.problem) as told:
        shelf.download("tiny")
    assert told.args is not None
    assert isinstance(told.args[0], Problem)
    assert shelf.entries[0].path is None
