"""Work on folders with the model of another machine, both sides as a user starts them."""

from __future__ import annotations

import json
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.cli import main
from app.core.document import Document
from app.core.mask import Mask
from app.storage.places import Places
from app.storage.project import Project
from model.served.connection import is_loopback

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address and token file of a server that was started by the command."""
    token = tmp_path_factory.mktemp("server") / "token"
    command = [sys.executable, "-m", "app", "serve", "--port", "0", "--token-file", str(token)]
    command += ["--devices", "cpu,cpu"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), token
        process.send_signal(signal.SIGTERM)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "images"
    root.mkdir()
    for number in range(2):
        pixels = np.full((64, 96, 3), 40 * number, np.uint8)
        pixels[16:40, 20:60] = (255, 40, 0)
        Image.fromarray(pixels).save(root / f"{number}.png")
    return root


def masks_in(folder: Path) -> list[list[Mask]]:
    """Of each image, the largest first."""
    project, found = Project.of(folder, Places.of_user()), []
    for name in ("0.png", "1.png"):
        document = project.read_objects(folder / name, 64, 96).document
        masks = [each.mask for each in document]
        found.append(sorted(masks, key=lambda mask: (-mask.area, mask.bounds)))
    return found


def test_a_folder_is_worked_on_with_the_model_of_a_server_as_with_the_same_one_here(
    server: tuple[str, Path], folder: Path, tmp_path: Path
) -> None:
    url, token = server
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    grid = ["--points", "2", "--crops", "0", "--predicted-iou", "-9", "--stability", "0"]
    there, here = tmp_path / "there", tmp_path / "here"
    asked = ["--server", url, "--token-file", str(token)]
    assert main(["automask", str(folder), *grid, "--output", str(there), *asked]) == 0
    # What is in the cache of embeddings now would answer for the model here.
    shutil.rmtree(Places.of_user().embeddings)
    assert main(["automask", str(folder), *grid, "--output", str(here)]) == 0
    found, expected = masks_in(there), masks_in(here)
    assert [len(masks) for masks in found] == [len(masks) for masks in expected]
    for mine, theirs in zip(chain(*found), chain(*expected), strict=True):
        assert mine.iou(theirs) > 0.99


def test_examples_are_found_and_a_model_is_scored_with_the_embeddings_of_a_server(
    server: tuple[str, Path], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--server", server[0], "--token-file", str(server[1]), "--json"]
    project = Project.of(folder, Places.of_user())
    square = Mask.from_window(np.ones((24, 40), np.bool_), 20, 16, 64, 96)
    project.write_objects(folder / "0.png", Document(64, 96).with_added(square), None)
    assert main(["evaluate", str(folder), "--clicks", "2", *asked]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["objects"], told["oracle"] > 0.5) == (1, True)
    assert main(["find", str(folder), "--like", "0.png#1", *asked]) == 0
    ended = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert ended["done"] == 2
    assert main(["teach", str(folder), "--server", server[0]]) == 1
    assert "does not give its weights away" in capsys.readouterr().err


def test_without_the_token_nothing_is_done(
    server: tuple[str, Path], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["embed", str(folder), "--server", server[0]]) == 1
    assert "does not know this token" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--host", "0.0.0.0"], "can be reached from other machines"),  # noqa: S104  refused
        (["--host", "0.0.0.0", "--token-file", "short"], "holds no token"),  # noqa: S104
        (["--token-file", "."], "cannot be read"),
    ],
)
def test_what_would_let_anybody_in_is_not_started(
    arguments: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("short").write_text("1234", "utf-8")
    assert main(["serve", *arguments]) == 1
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("127.8.0.1", True), ("::1", True), ("localhost", True),
     ("::", False), ("10.0.0.1", False), ("gpu", False), ("", False)],
)  # fmt: skip
def test_only_addresses_of_this_machine_alone_need_no_token(host: str, own: bool) -> None:
    assert is_loopback(host) is own
