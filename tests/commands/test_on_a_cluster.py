"""Commands with ``--ray``, on a real Ray of two workers on this machine.

Needs the extra ``ray``. It is not among what the tests install: it takes 600 MB on disk, and these
tests most of a minute on two cores.
"""

from __future__ import annotations

import json
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from app.core.mask import Mask
from app.storage.places import Places
from app.storage.project import Project
from tests.commands.test_batch_commands import (
    ALL_MASKS,
    ROOT,
    coco_file,
    command,
    events,
    run,
    sidecars,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: --with-ray adds it"),
]
IMAGES = 8
PATIENCE_S = 120.0
SQUARE = np.ones((24, 24), np.bool_)


@dataclass(frozen=True)
class Cluster:
    """A Ray of one machine that offers two processors."""

    address: str
    head: psutil.Process

    @property
    def options(self) -> list[str]:
        """Of commands that are to be done on it."""
        return ["--ray", self.address, "--workers", "2"]

    def workers(self) -> list[psutil.Process]:
        """The processes that hold a model."""
        every = self.head.children(recursive=True)
        return [each for each in every if _title(each).startswith("ray::ClusterWorker")]


def _title(process: psutil.Process) -> str:
    try:
        return str((process.cmdline() or [""])[0])
    except psutil.Error:
        return ""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running_cluster() as found:
        yield found


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A Ray whose workers have the variables that this process has now."""
    with pytest.MonkeyPatch.context() as variables:
        variables.setenv("RAY_AUTH_MODE", "token")
        variables.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
        yield from _cluster()


def _cluster() -> Iterator[Cluster]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Its sockets have long names of their own: no room for a test's folder.
    logs = Path(tempfile.mkdtemp(prefix="ray-"))
    words = ["start", "--head", "--block", "--port", str(port), "--num-cpus", "2"]
    words += ["--include-dashboard", "false", "--disable-usage-stats", "--temp-dir", str(logs)]
    with (logs / "out").open("wb") as out:
        head = subprocess.Popen(
            [sys.executable, "-m", "ray.scripts.scripts", *words],
            cwd=ROOT, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        until = time.monotonic() + PATIENCE_S
        while b"Ray runtime started" not in (logs / "out").read_bytes():
            assert head.poll() is None, (logs / "out").read_text()
            assert time.monotonic() < until, (logs / "out").read_text()
            time.sleep(0.2)
        yield Cluster(f"127.0.0.1:{port}", psutil.Process(head.pid))
    finally:
        everyone = [*psutil.Process(head.pid).children(recursive=True), psutil.Process(head.pid)]
        for each in everyone:
            with suppress(psutil.Error):
                each.terminate()
        for each in psutil.wait_procs(everyone, 3)[1]:
            each.kill()
        head.wait(PATIENCE_S)
        shutil.rmtree(logs, ignore_errors=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "images"
    root.mkdir()
    for number in range(IMAGES):
        pixels = np.full((64, 96, 3), 25 * number, np.uint8)
        pixels[16:40, 20 + number : 60] = (255, 40, 0)
        Image.fromarray(pixels).save(root / f"{number}.png")
    return root


def automask(folder: Path, cluster: Cluster) -> list[object]:
    return ["automask", folder, *ALL_MASKS, *cluster.options, "--json"]


def copied(folder: Path) -> Path:
    """A folder of the same name with the same files, for one machine to work on."""
    copy = folder.with_name("alone") / folder.name
    shutil.copytree(folder, copy)
    return copy


def alone(name: str, folder: Path, *arguments: object) -> dict[str, bytes]:
    """The sidecars after one machine did it."""
    done = run(name, folder, *arguments)
    assert done.returncode == 0, done.stderr
    return sidecars(folder)


def started(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(*arguments), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for(condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)


def test_killed_workers_and_a_killed_driver_lose_nothing_and_change_nothing(
    folder: Path, cluster: Cluster
) -> None:
    copy = copied(folder)
    driver = started(*automask(folder, cluster))
    wait_for(lambda: sidecars(folder), driver)
    driver.kill()
    driver.communicate()
    until = time.monotonic() + PATIENCE_S
    while cluster.workers():
        assert time.monotonic() < until, "the workers outlive their driver"
        time.sleep(0.1)
    before = sidecars(folder)
    assert 1 <= len(before) < IMAGES

    driver = started(*automask(folder, cluster))
    wait_for(lambda: len(sidecars(folder)) > len(before), driver)
    cluster.workers()[0].kill()
    out, err = driver.communicate(timeout=PATIENCE_S)
    assert driver.returncode == 0, err
    told = [each for each in events(out) if each["event"] == "image"]
    assert sorted(each["name"] for each in told) == sorted(p.name for p in folder.glob("*.png"))
    outcomes = {each["name"]: each["outcome"] for each in told}
    assert {outcomes[name.removesuffix(".json")] for name in before} == {"done before"}
    assert sidecars(folder) == alone("automask", copy, *ALL_MASKS)


def test_a_stopped_run_says_so_and_keeps_what_is_done(folder: Path, cluster: Cluster) -> None:
    driver = started(*automask(folder, cluster))
    wait_for(lambda: sidecars(folder), driver)
    driver.send_signal(signal.SIGINT)
    out, err = driver.communicate(timeout=PATIENCE_S)
    assert driver.returncode == 130, err
    assert "What is done is kept; start again to go on." in err
    assert events(out)[-1]["status"] == 130
    assert "Traceback" not in err


def test_objects_of_another_program_become_the_same_masks_with_the_same_labels(
    folder: Path, cluster: Cluster
) -> None:
    # Labels that only sidecars have get their ids in the order of the images, whoever reads them.
    for number in (3, 1):
        (folder / f"{number}.png").unlink()
    copy = copied(folder)
    found = [coco_file(each) for each in (folder, copy)]
    for words in ([*cluster.options], []):
        each = copy if not words else folder
        source = found[0 if words else 1]
        done = run("relabel", each, "--from", source, "--by", "box", *words, "--json")
        assert done.returncode == 0, done.stderr
        assert sum(each.get("masks", 0) for each in events(done.stdout)[1:-1]) > 0
    assert sidecars(folder) == sidecars(copy)
    assert len(sidecars(folder)) >= 3
    again = run("relabel", folder, "--from", found[0], "--by", "box", *cluster.options, "--json")
    end = events(again.stdout)[-1]
    assert (end["masks"], end["done_before"]) == (0, len(sidecars(folder))), again.stdout


def test_embeddings_lie_in_the_cache_as_if_they_were_made_here(
    folder: Path, cluster: Cluster
) -> None:
    for path in folder.glob("*.png"):
        if path.name > "2.png":
            path.unlink()
    assert run("embed", folder, *cluster.options).returncode == 0
    kept = Places.of_user().embeddings
    made = {path.name: path.read_bytes() for path in kept.iterdir()}
    assert len(made) == 3
    again = run("embed", folder, "--json")
    assert [each["outcome"] for each in events(again.stdout)[:-1]] == ["done before"] * 3
    shutil.rmtree(kept)
    assert run("embed", folder).returncode == 0
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == made


def test_a_folder_that_vanishes_ends_the_run_with_what_to_do(
    folder: Path, cluster: Cluster
) -> None:
    driver = started(*automask(folder, cluster))
    wait_for(lambda: sidecars(folder), driver)
    away = folder.with_name("away")
    folder.rename(away)
    _, err = driver.communicate(timeout=PATIENCE_S)
    assert driver.returncode == 1, err
    assert "Bring the shared drive back and start again" in err
    assert not folder.exists()
    away.rename(folder)
    written = sidecars(folder)
    done = run(*automask(folder, cluster))
    assert done.returncode == 0, done.stderr
    assert {name: sidecars(folder)[name] for name in written} == written
    assert len(sidecars(folder)) == IMAGES


def accepted(folder: Path, name: str, *places: int) -> None:
    """Squares as accepted objects of an image."""
    loaded = Project(folder).read_objects(folder / name, 64, 96)
    document = loaded.document
    for x in places:
        document = document.with_added(Mask.from_window(SQUARE, x, 16, 64, 96))
    Project(folder).write_objects(folder / name, document, loaded.token)


def by_name(path: Path) -> int:
    return int(path.stem)


@pytest.fixture
def squares(folder: Path) -> Path:
    """Four images of two bright squares, both accepted on the first two."""
    for path in sorted(folder.glob("*.png"), key=by_name):
        if by_name(path) > 3:
            path.unlink()
            continue
        pixels = np.full((64, 96, 3), 20 * by_name(path), np.uint8)
        for x in (10, 60):
            pixels[16:40, x : x + 24] = (255, 200, 0)
        Image.fromarray(pixels).save(path)
    for name in ("0.png", "1.png"):
        accepted(folder, name, 10, 60)
    return folder


@pytest.mark.parametrize("ways", [["--like", "0.png#1"], ["--label", "object"]])
def test_what_is_like_examples_is_found_with_the_same_figures_and_scores(
    squares: Path, cluster: Cluster, ways: list[str]
) -> None:
    copy = copied(squares)
    arguments = [*ways, "--least", "0", "--json"]
    done = run("find", squares, *arguments, *cluster.options)
    assert done.returncode == 0, done.stderr
    here = run("find", copy, *arguments)
    assert here.returncode == 0, here.stderr
    assert sidecars(squares) == sidecars(copy)
    told, wanted = events(done.stdout), events(here.stdout)
    assert sum(each["masks"] for each in told if each["event"] == "image") > 0
    measured = [each for each in told if each["event"] == "measured"]
    assert measured == [each for each in wanted if each["event"] == "measured"]
    assert len(measured) == ("--label" in ways)
    again = run("find", squares, *arguments, *cluster.options)
    assert events(again.stdout)[-1]["done_before"] == 4


def test_scores_are_the_same_and_a_killed_evaluation_goes_on(
    squares: Path, cluster: Cluster, tmp_path: Path
) -> None:
    for name in ("2.png", "3.png"):
        accepted(squares, name, 10, 60)
    (squares / "3.png").write_bytes(b"no image")
    sheets = [tmp_path / "there.png", tmp_path / "here.png"]
    found = []
    arguments = ["evaluate", squares, "--clicks", "3", "--jitter", "--json"]
    for sheet, words in zip(sheets, (cluster.options, []), strict=True):
        done = run(*arguments, "--sheet", sheet, *words)
        assert done.returncode == 3, done.stderr
        told = json.loads(done.stdout)
        assert told["embed_ms"] > 0
        found.append({k: v for k, v in told.items() if not k.endswith("_ms")})
        for each in found[-1]["by_size"].values():
            del each["click_ms"]
    assert found[0] == found[1]
    assert (found[0]["objects"], len(found[0]["unread"])) == (6, 1)
    assert sheets[0].read_bytes() == sheets[1].read_bytes()

    driver = started(*arguments, *cluster.options)
    kept = Places.of_user().evaluations
    wait_for(lambda: any(kept.glob("*.jsonl")), driver)
    driver.kill()
    driver.communicate()
    done = run(*arguments)
    assert "objects were scored before" in done.stderr
    assert json.loads(done.stdout)["objects"] == 6
