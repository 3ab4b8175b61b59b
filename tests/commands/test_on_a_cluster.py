"""Commands with ``--ray``, on a real Ray of two workers on this machine.

Needs the extra ``ray``. It is not among what the tests install: it takes 600 MB on disk, and these
tests most of a minute on two cores.
"""

from __future__ import annotations

import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from tests.commands.test_batch_commands import ALL_MASKS, ROOT, command, events, run, sidecars

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: --with-ray adds it"),
]
IMAGES = 8
PATIENCE_S = 120.0


@dataclass(frozen=True)
class Cluster:
    """A Ray of one machine that offers two processors."""

    address: str
    head: psutil.Process

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
    return ["automask", folder, *ALL_MASKS, "--ray", cluster.address, "--workers", "2", "--json"]


def alone(folder: Path) -> dict[str, bytes]:
    """The sidecars that one machine writes for the same images, elsewhere."""
    copy = folder.with_name("alone") / folder.name
    copy.mkdir(parents=True)
    for path in folder.glob("*.png"):
        shutil.copy2(path, copy)
    done = run("automask", copy, *ALL_MASKS)
    assert done.returncode == 0, done.stderr
    return sidecars(copy)


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
    assert sidecars(folder) == alone(folder)


def test_a_stopped_run_says_so_and_keeps_what_is_done(folder: Path, cluster: Cluster) -> None:
    driver = started(*automask(folder, cluster))
    wait_for(lambda: sidecars(folder), driver)
    driver.send_signal(signal.SIGINT)
    out, err = driver.communicate(timeout=PATIENCE_S)
    assert driver.returncode == 130, err
    assert "What is done is kept; start again to go on." in err
    assert events(out)[-1]["status"] == 130
    assert "Traceback" not in err
