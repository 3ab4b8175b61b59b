"""Fetching checkpoints from a server on this machine, through everything that goes wrong."""

from __future__ import annotations

import hashlib
import threading
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request

import numpy as np
import pytest

from model.architecture.config import PUBLISHED
from model.interface import Cancelled, CheckpointError
from model.loading import load, resolve
from model.weights import download, download_command
from model.weights.catalogue import Entry, catalogue, local_file, models_folder
from model.weights.download import DownloadError, fetch
from model.weights.known_hashes import known_hash, remember_hash

WEIGHTS = np.random.default_rng(0).bytes(700_000)


class Server(ThreadingHTTPServer):
    """Sends ``body``; notes the ranges asked for."""

    body = WEIGHTS
    status = 200
    ranges_known = True
    cut = 0
    leads_to = ""
    other_part = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.ranges: list[str | None] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a reader that stops early is what some tests are about."""


class Answer(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        start = int(asked[6:-1]) if asked and self.server.ranges_known else 0
        if self.server.leads_to and not self.path.endswith("/elsewhere"):
            self.send_response(302)
            self.send_header("Location", self.server.leads_to)
            self.end_headers()
            return
        if start >= len(self.server.body):
            self.send_error(416)
            return
        self.send_response(206 if start else self.server.status)
        if start:
            told = 0 if self.server.other_part else start
            self.send_header("Content-Range", f"bytes {told}-{len(self.server.body) - 1}/*")
        body = self.server.body[start:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) - self.server.cut])

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the output of a test is its result."""


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def entry(server: Server) -> Entry:
    return Entry(
        name="small",
        title="Small",
        good_for="Trying downloads.",
        url=f"http://127.0.0.1:{server.server_port}/weights/small.pth",
        size=len(WEIGHTS),
        sha256=hashlib.sha256(WEIGHTS).hexdigest(),
        licence="Apache-2.0",
        publisher="the test",
        homepage="https://example.org",
    )


def test_a_checkpoint_arrives_whole_and_under_its_name(entry: Entry, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    path = fetch(
        entry, tmp_path / "new" / "folder", lambda done, total: steps.append((done, total))
    )
    assert path == tmp_path / "new" / "folder" / "small.pth"
    assert path.read_bytes() == WEIGHTS
    assert [p.name for p in path.parent.iterdir()] == ["small.pth"]
    assert steps[-1] == (len(WEIGHTS), len(WEIGHTS))
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert len(steps) > 1


def test_what_is_there_is_not_fetched_again(server: Server, entry: Entry, tmp_path: Path) -> None:
    fetch(entry, tmp_path)
    fetch(entry, tmp_path)
    assert len(server.ranges) == 1


def test_a_damaged_file_that_is_there_is_replaced(entry: Entry, tmp_path: Path) -> None:
    entry.path(tmp_path).write_bytes(bytes(len(WEIGHTS)))
    assert fetch(entry, tmp_path).read_bytes() == WEIGHTS


@pytest.mark.parametrize("ranges_known", [True, False])
def test_a_stopped_download_is_continued(
    server: Server, entry: Entry, tmp_path: Path, ranges_known: bool
) -> None:
    server.ranges_known = ranges_known
    seen: list[int] = []
    with pytest.raises(Cancelled):
        fetch(entry, tmp_path, lambda done, _: seen.append(done), lambda: len(seen) == 1)
    assert [path.name for path in tmp_path.iterdir()] == ["small.pth.part"]
    assert fetch(entry, tmp_path).read_bytes() == WEIGHTS
    assert server.ranges == [None, f"bytes={seen[-1]}-"]


def test_a_connection_that_breaks_off_is_said_and_continued(
    server: Server, entry: Entry, tmp_path: Path
) -> None:
    server.cut = 100_000
    with pytest.raises(DownloadError, match=r"cut short|no connection"):
        fetch(entry, tmp_path)
    assert not entry.path(tmp_path).exists()
    server.cut = 0
    assert fetch(entry, tmp_path).read_bytes() == WEIGHTS
    assert server.ranges[1] is not None


def test_a_part_that_the_server_cannot_go_on_from_is_fetched_anew(
    server: Server, entry: Entry, tmp_path: Path
) -> None:
    part = tmp_path / "small.pth.part"
    part.write_bytes(WEIGHTS[:-100])
    server.body = WEIGHTS[:1000]
    with pytest.raises(DownloadError, match="cut short"):
        fetch(entry, tmp_path)
    assert server.ranges == [f"bytes={len(WEIGHTS) - 100}-", None]
    assert part.read_bytes() == WEIGHTS[:1000]
    server.body = WEIGHTS
    assert fetch(entry, tmp_path).read_bytes() == WEIGHTS


def test_another_part_than_was_asked_for_is_not_joined_on(
    server: Server, entry: Entry, tmp_path: Path
) -> None:
    (tmp_path / "small.pth.part").write_bytes(WEIGHTS[:1000])
    server.other_part = True
    with pytest.raises(DownloadError, match="another part"):
        fetch(entry, tmp_path)
    server.other_part = False
    assert fetch(entry, tmp_path).read_bytes() == WEIGHTS


@pytest.mark.parametrize(
    "address", ["http://example.org/small.pth", "ftp://127.0.0.1/small.pth", "file:///etc/passwd"]
)
def test_an_address_that_leads_on_to_anything_but_https_is_not_followed(
    server: Server, entry: Entry, tmp_path: Path, address: str
) -> None:
    server.leads_to = address
    with pytest.raises(DownloadError, match=r"no connection|error 302"):
        fetch(entry, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("new", "followed"),
    [
        ("https://cdn.example.org/a.pth", True),
        ("http://example.org/a.pth", False),
        ("http://127.0.0.1/a.pth", False),
        ("HTTP://EXAMPLE.ORG/a.pth", False),
    ],
)
def test_from_https_only_https_is_followed(new: str, followed: bool) -> None:
    request = Request("https://example.org/a.pth")
    handler, headers = download._SafeRedirects(), HTTPMessage()
    if followed:
        found = handler.redirect_request(request, BytesIO(), 302, "Found", headers, new)
        assert found is not None
        assert found.full_url == new
    else:
        with pytest.raises(URLError, match="not https"):
            handler.redirect_request(request, BytesIO(), 302, "Found", headers, new)


def test_a_server_may_lead_on_within_this_machine(
    server: Server, entry: Entry, tmp_path: Path
) -> None:
    server.leads_to = f"http://127.0.0.1:{server.server_port}/elsewhere"
    assert fetch(entry, tmp_path).read_bytes() == WEIGHTS


def test_a_web_page_is_called_one(server: Server, entry: Entry, tmp_path: Path) -> None:
    server.body = b"  <!DOCTYPE html><title>Please sign in</title>"
    with pytest.raises(DownloadError, match="sent a web page instead of the weights"):
        fetch(entry, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_hash_is_refused_and_told(server: Server, entry: Entry, tmp_path: Path) -> None:
    server.body = WEIGHTS[:-1] + bytes([WEIGHTS[-1] ^ 1])
    with pytest.raises(DownloadError, match=r"sha256 is [0-9a-f]{64} instead of [0-9a-f]{64}"):
        fetch(entry, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_a_known_hash_the_size_must_fit(
    server: Server, entry: Entry, tmp_path: Path
) -> None:
    entry = replace(entry, sha256=None)
    server.body = WEIGHTS + b"more"
    with pytest.raises(DownloadError, match="too long"):
        fetch(entry, tmp_path)
    server.body = WEIGHTS
    assert fetch(entry, tmp_path).read_bytes() == WEIGHTS


OTHER = WEIGHTS[:-1] + bytes([WEIGHTS[-1] ^ 1])


def test_where_only_mirrors_tell_a_hash_the_first_file_counts_for_later_ones(
    server: Server, entry: Entry, tmp_path: Path
) -> None:
    of_mirrors = replace(entry, sha256="0" * 64, hash_from="mirrors")
    path = fetch(of_mirrors, tmp_path)
    digest = hashlib.sha256(WEIGHTS).hexdigest()
    assert known_hash(path) == digest
    assert (tmp_path / "checksums.sha256").read_text() == f"{digest} *small.pth\n"
    path.unlink()
    server.body = OTHER
    with pytest.raises(DownloadError, match=f"that of the first download was {digest}"):
        fetch(of_mirrors, tmp_path)
    assert not path.exists()
    server.body = WEIGHTS
    assert fetch(of_mirrors, tmp_path).read_bytes() == WEIGHTS


def test_a_file_that_no_longer_has_its_first_hash_is_fetched_again(
    entry: Entry, tmp_path: Path
) -> None:
    untold = replace(entry, sha256=None)
    fetch(untold, tmp_path).write_bytes(OTHER)
    assert fetch(untold, tmp_path).read_bytes() == WEIGHTS


def test_hashes_of_other_files_stay_and_lines_that_are_none_go(tmp_path: Path) -> None:
    first, second = "a" * 64, "b" * 64
    noted = tmp_path / "checksums.sha256"
    noted.write_bytes(f"{first}  one.pt\r\nrubbish \xff\n{'c' * 63} *two.pt\n".encode("latin-1"))
    assert known_hash(tmp_path / "two.pt") is None
    remember_hash(tmp_path / "two.pt", second)
    assert known_hash(tmp_path / "one.pt") == first
    assert noted.read_text() == f"{first} *one.pt\n{second} *two.pt\n"


@pytest.mark.parametrize(
    ("told", "words"),
    [(None, "so this one is remembered"), ("0" * 64, "another file"), ("", "the same file")],
)
def test_the_command_shows_the_hash_of_what_it_fetched(
    entry: Entry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    told: str | None,
    words: str,
) -> None:
    digest = hashlib.sha256(WEIGHTS).hexdigest()
    listed = replace(entry, sha256=digest if told == "" else told, hash_from="mirrors")
    monkeypatch.setattr(download_command, "catalogue", lambda: {"small": listed})
    assert download_command.run(Namespace(name="small", folder=tmp_path)) == 0
    shown = capsys.readouterr().out
    assert digest in shown
    assert words in shown


@pytest.mark.parametrize("told", [len(WEIGHTS) * 9 // 10, len(WEIGHTS) * 11 // 10])
def test_a_size_that_is_nearly_known_is_taken_from_the_server(
    entry: Entry, tmp_path: Path, told: int
) -> None:
    nearly, steps = replace(entry, size=told, about=True, sha256=None), list[tuple[int, int]]()
    path = fetch(nearly, tmp_path, lambda done, total: steps.append((done, total)))
    assert path.read_bytes() == WEIGHTS
    assert steps[-1] == (len(WEIGHTS), len(WEIGHTS))
    path.unlink()
    assert fetch(nearly, tmp_path).read_bytes() == WEIGHTS
    path.write_bytes(WEIGHTS[::-1])
    assert fetch(nearly, tmp_path).read_bytes() == WEIGHTS


def test_what_the_server_cuts_short_is_continued_though_its_size_is_nearly_known(
    server: Server, entry: Entry, tmp_path: Path
) -> None:
    nearly, server.cut = replace(entry, size=len(WEIGHTS) * 11 // 10, about=True), 1000
    with pytest.raises(DownloadError, match="cut short"):
        fetch(nearly, tmp_path)
    server.cut = 0
    assert fetch(nearly, tmp_path).read_bytes() == WEIGHTS
    assert server.ranges[-1]


def test_far_more_than_is_listed_is_refused(entry: Entry, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="too long"):
        fetch(replace(entry, size=len(WEIGHTS) // 2, about=True, sha256=None), tmp_path)


@pytest.mark.parametrize("status", [403, 404, 503])
def test_an_error_of_the_server_is_told(
    server: Server, entry: Entry, tmp_path: Path, status: int
) -> None:
    server.status = status
    with pytest.raises(DownloadError, match=f"error {status}.*use a local file"):
        fetch(entry, tmp_path)


def test_a_server_that_is_not_there_is_told(entry: Entry, tmp_path: Path) -> None:
    nobody = replace(entry, url="http://127.0.0.1:9/small.pth")
    with pytest.raises(DownloadError, match=r"no connection to .* check the network"):
        fetch(nobody, tmp_path)


def test_a_folder_that_refuses_is_told(entry: Entry, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DownloadError, match="cannot be written"):
        fetch(entry, tmp_path / "file")


def test_a_full_disk_is_told(entry: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(download, "_copy", full)
    with pytest.raises(DownloadError, match=r"No space left on device.*must be free"):
        fetch(entry, tmp_path)


def test_the_catalogue_lists_every_published_variant_with_hash_and_licence() -> None:
    listed = catalogue()
    assert set(listed) > {variant.name for variant in PUBLISHED}
    # Of these no page of their publisher's tells a hash.
    untold = {name for name, each in listed.items() if not each.has_certain_hash}
    assert untold >= {"sam2_1_small", "sam2_1_base_plus", "sam2_1_large", "efficient_sam_ti"}
    assert not untold & {"vit_b", "vit_l", "vit_h", "sam2_1_tiny", "sam_hq_b", "edge_sam_3x"}
    for name, each in listed.items():
        assert 10 < len(each.good_for) <= 60
        free = name != "edge_sam_3x"
        assert (each.licence, each.terms) == (
            ("Apache-2.0", "") if free else ("NTU S-Lab 1.0", "edge_sam")
        )
        assert each.url.startswith("https://")
        assert each.size > 38_000_000


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://example.org/a.pth"},
        {"url": "file:///etc/a.pth"},
        {"url": "https://example.org/archive.zip"},
        {"url": "https://example.org/"},
        {"size": 0},
        {"sha256": "abc"},
        {"hash_from": "a friend"},
        {"terms": "a friend's"},
    ],
)
def test_an_entry_that_makes_no_sense_is_refused(entry: Entry, wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="small"):
        replace(entry, **wrong)  # type: ignore[arg-type]


def test_models_lie_in_the_users_folder(user_home: Path) -> None:
    assert user_home in models_folder().parents
    assert catalogue()["vit_b"].path().parent == models_folder()


def test_a_name_leads_to_the_file_once_it_is_here() -> None:
    with pytest.raises(CheckpointError, match=r"not on this machine: fetch it .375 MB. with"):
        load("vit_b")
    path = catalogue()["vit_b"].path()
    path.parent.mkdir(parents=True)
    path.touch()
    assert resolve("vit_b") == path == local_file("vit_b")


def test_a_catalogue_with_unknown_fields_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text('[one]\ntitle = "One"\ncolour = "red"\n')
    with pytest.raises(ValueError, match="no catalogue of models"):
        catalogue(path)
