"""Commands on a folder in an object store: a real S3 server on this machine, moto's.

Needs the extra ``s3`` and ``moto[server]``. They are not among what the tests install: together
they take 175 MB on disk, 45 of them the first.
"""

from __future__ import annotations

import json
import logging
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.batch.store_folder import StoreFolder
from app.core.document import Document
from app.core.errors import Problem
from app.core.mask import Mask
from app.storage import store_lease
from app.storage.guarded import Conflict
from app.storage.object_store import ObjectStore
from app.storage.project import Project
from app.storage.store_lease import leased
from tests.commands.test_batch_commands import ALL_MASKS, events, run, sidecars
from tests.commands.test_on_a_cluster import Cluster, running_cluster, started, wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        any(find_spec(each) is None for each in ("s3fs", "moto", "flask")),
        reason="s3fs and moto[server] are not installed: --with-s3 adds the first",
    ),
    # Of botocore and moto, not of this program.
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]
URL = "s3://data/a folder"
IMAGES = 5
SQUARE = np.ones((24, 24), np.bool_)


@dataclass
class Server:
    """Attributes: files: of s3fs, to look from outside. running: moto's server."""

    files: Any
    running: Any

    def names(self) -> list[str]:
        found = self.files.find("data")
        return sorted(each.removeprefix("data/a folder/") for each in found)

    def sidecars(self) -> dict[str, bytes]:
        return {
            name: self.files.cat_file(f"data/a folder/{name}")
            for name in self.names()
            if name.endswith(".json") and "/" not in name
        }

    def tags(self) -> dict[str, tuple[str, object]]:
        """What changes with every write of a sidecar."""
        told = self.files.find("data", detail=True, refresh=True)
        return {
            name: (each["ETag"], each["LastModified"])
            for name, each in told.items()
            if name.endswith(".png.json") and "/.maskwright/" not in name
        }

    def put(self, folder: Path) -> None:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                inside = path.relative_to(folder).as_posix()
                self.files.pipe_file(f"data/a folder/{inside}", path.read_bytes())

    def stop(self) -> tuple[str, int]:
        place: tuple[str, int] = self.running.get_host_and_port()
        self.running.stop()
        return place


def _running(port: int = 0) -> Any:
    from moto.server import ThreadedMotoServer

    found = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    found.start()
    return found


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    import s3fs

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    running = _running()
    host, port = running.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    files = s3fs.S3FileSystem(use_listings_cache=False, skip_instance_cache=True)
    files.mkdir("data")
    found = Server(files, running)
    try:
        yield found
    finally:
        if files.exists("data"):
            files.rm("data", recursive=True)
        found.running.stop()


@pytest.fixture
def folder(tmp_path: Path, server: Server) -> Path:
    """Images with bright squares, on this machine and the same in the store."""
    root = tmp_path / "images"
    root.mkdir()
    for number in range(IMAGES):
        pixels = np.full((64, 96, 3), 20 * number, np.uint8)
        for x in (10, 60):
            pixels[16:40, x : x + 24] = (255, 200, 0)
        Image.fromarray(pixels).save(root / f"{number}.png")
    for name in ("0.png", "1.png"):
        document = Document(64, 96).with_added(Mask.from_window(SQUARE, 10, 16, 64, 96))
        Project(root).write_objects(root / name, document, None)
    server.put(root)
    return root


def automask(where: object) -> list[object]:
    return ["automask", where, *ALL_MASKS, "--all", "--json"]


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_every_file_becomes_what_it_becomes_in_a_folder_of_this_machine(
    folder: Path, server: Server, tmp_path: Path
) -> None:
    for words in (
        ["find", "--like", "0.png#1", "--least", "0", "--all"],
        automask("")[:1] + automask("")[2:],
        ["relabel", "--all"],
    ):
        done = [run(words[0], place, *words[1:]) for place in (URL, folder)]
        assert [each.returncode for each in done] == [0, 0], done
        assert server.sidecars() == sidecars(folder)
    wanted = files(folder)
    assert server.names() == sorted(wanted)
    assert all(server.files.cat_file(f"data/a folder/{name}") == wanted[name] for name in wanted)
    assert any(".maskwright/backup/" in name for name in wanted)

    pages = [tmp_path / "there.html", tmp_path / "here.html"]
    for place, page in zip((URL, folder), pages, strict=True):
        assert run("report", place, "--html", page).returncode == 0
    there, here = (page.read_text("utf-8") for page in pages)
    assert there.replace("a folder: report", "images: report") == here

    before = server.tags()
    again = run(*automask(URL))
    assert events(again.stdout)[-1]["done_before"] == IMAGES
    assert server.tags() == before


def test_embeddings_and_scores_are_the_same(folder: Path, server: Server, tmp_path: Path) -> None:
    assert run("embed", URL).returncode == 0
    again = run("embed", folder, "--json")
    assert events(again.stdout)[-1]["done_before"] == IMAGES
    found = []
    for number, place in enumerate((URL, folder)):
        sheet = tmp_path / f"{number}.png"
        done = run("evaluate", place, "--clicks", "2", "--json", "--sheet", sheet)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        found.append(({n: told[n] for n in ("objects", "miou", "oracle")}, sheet.read_bytes()))
    assert found[0] == found[1]
    assert found[0][0]["objects"] == 2
    (folder / "1.png").write_bytes(b"no image")
    server.put(folder)
    broken = run("evaluate", URL, "--clicks", "2")
    assert broken.returncode == 3
    assert f"Left out: {URL}/1.png cannot be read: it is no image" in broken.stdout


def test_a_killed_run_goes_on_and_writes_nothing_twice(folder: Path, server: Server) -> None:
    held = len(server.sidecars())
    process = started(*automask(URL))
    wait_for(lambda: len(server.tags()) > held, process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    old = ("/0.png.json", "/1.png.json")
    before = {name: tag for name, tag in server.tags().items() if not name.endswith(old)}
    assert 1 <= len(before) < IMAGES - held
    done = run(*automask(URL))
    assert done.returncode == 0, done.stderr
    assert server.tags().items() >= before.items()
    assert run(*automask(folder)).returncode == 0
    assert server.sidecars() == sidecars(folder)
    assert store_lease.NAME not in server.names()


def test_a_store_that_vanishes_ends_the_run_with_what_to_do_and_loses_nothing(
    folder: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder_there = StoreFolder.at(URL)
    monkeypatch.setattr(folder_there.store, "_patience_s", 1.0)
    held = folder_there.objects("3.png")
    _, port = server.stop()
    begun = time.monotonic()
    with pytest.raises(Problem, match=r"a folder cannot be used: .*What is done is kept"):
        folder_there.write(held, held.document)
    with pytest.raises(Problem, match="cannot be used"):
        folder_there.objects("4.png")
    assert time.monotonic() - begun < 20
    server.running = _running(port)
    assert "3.png.json" not in server.sidecars()
    process = started(*automask(URL))
    wait_for(lambda: "2.png.json" in server.sidecars(), process)
    server.stop()
    time.sleep(1.5)
    server.running = _running(port)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert events(out)[-1]["failed"] == 0
    assert run(*automask(folder)).returncode == 0
    assert server.sidecars() == sidecars(folder)


def test_what_others_write_meanwhile_stays(folder: Path, server: Server) -> None:
    there = StoreFolder.at(URL)
    for name in ("0.png", "3.png"):
        held = there.objects(name)
        server.files.pipe_file(f"data/a folder/{name}.json", b"theirs")
        with pytest.raises(Conflict):
            there.write(held, held.document.with_added(Mask.from_window(SQUARE, 60, 16, 64, 96)))
        assert server.sidecars()[f"{name}.json"] == b"theirs"
    # One that is gone is written again: nothing is lost by that.
    held = there.objects("1.png")
    server.files.rm_file("data/a folder/1.png.json")
    there.write(held, held.document)
    assert server.sidecars()["1.png.json"] == (folder / "1.png.json").read_bytes()


def test_damaged_files_are_told_and_left_as_they_are(folder: Path, server: Server) -> None:
    for path in (folder / "1.png.json", folder / "2.png"):
        path.write_bytes(b"\x89PNG damaged")
    server.put(folder)
    there, here = (run(*automask(where)) for where in (URL, folder))
    assert there.returncode == here.returncode == 3
    told = [each for each in events(there.stdout) if each["event"] == "image"]
    wanted = [each for each in events(here.stdout) if each["event"] == "image"]
    assert [each["outcome"] for each in told] == [each["outcome"] for each in wanted]
    assert server.sidecars() == sidecars(folder)


def test_a_folder_that_another_machine_edits_is_refused_until_its_lease_is_over(
    folder: Path, server: Server
) -> None:
    other = {"process": 7, "machine": "elsewhere", "until": time.time() + 1000}
    server.files.pipe_file(f"data/a folder/{store_lease.NAME}", json.dumps(other).encode())
    refused = run(*automask(URL))
    assert refused.returncode == 1
    assert "process 7 on elsewhere" in refused.stderr
    assert len(server.sidecars()) == 2
    with pytest.raises(Problem, match="wait for two minutes"), leased(ObjectStore.at(URL)):
        pass
    with leased(ObjectStore.at(URL), clock=lambda: time.time() + 2000):
        assert b"elsewhere" not in server.files.cat_file(f"data/a folder/{store_lease.NAME}")
    assert store_lease.NAME not in server.names()
    assert ObjectStore.at(URL).guards


def test_a_store_that_heeds_no_conditions_is_found_out_and_looked_at_first(
    folder: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = StoreFolder.at(URL)
    asked = there.store._files.call_s3

    def careless(method: str, **words: Any) -> Any:
        for condition in ("IfMatch", "IfNoneMatch"):
            words.pop(condition, None)
        return asked(method, **words)

    monkeypatch.setattr(there.store._files, "call_s3", careless)
    with there.leased():
        assert not there.store.guards
        assert "Let nobody else write there" in str(there.caution)
        assert not there.address.guards
        held = there.objects("0.png")
        server.files.pipe_file("data/a folder/0.png.json", b"theirs")
        with pytest.raises(Conflict):
            there.write(held, held.document)
        held = there.objects("2.png")
        there.write(held, held.document.with_added(Mask.from_window(SQUARE, 60, 16, 64, 96)))
    assert server.sidecars()["0.png.json"] == b"theirs"
    assert "2.png.json" in server.sidecars()
    assert store_lease.NAME not in server.names()


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("s3://nowhere/x", "s3://nowhere/x cannot be read"),
        ("s3://data/empty", "There are no images in s3://data/empty"),
        ("gs://data/x", "What speaks to gs:// is not installed"),
    ],
)
def test_a_place_without_images_is_told(server: Server, place: str, words: str) -> None:
    done = run("automask", place)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def cluster(server: Server) -> Iterator[Cluster]:
    """One whose workers know the store."""
    with running_cluster() as found:
        yield found


@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: --with-ray adds it")
def test_a_cluster_on_a_store_writes_the_same_files_though_workers_die(
    folder: Path, server: Server, cluster: Cluster
) -> None:
    held = server.tags()
    driver = started(*automask(URL), *cluster.options)
    wait_for(lambda: server.tags() != held, driver)
    cluster.workers()[0].kill()
    out, err = driver.communicate(timeout=120)
    assert driver.returncode == 0, err
    assert events(out)[-1]["failed"] == 0
    done = run("evaluate", URL, "--clicks", "1", "--json", *cluster.options)
    assert done.returncode == 0, done.stderr
    assert run(*automask(folder)).returncode == 0
    assert server.sidecars() == sidecars(folder)
    here = run("evaluate", folder, "--clicks", "1", "--json")
    assert json.loads(done.stdout)["miou"] == json.loads(here.stdout)["miou"]
