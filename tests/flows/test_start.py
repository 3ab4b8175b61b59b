"""The program as it is started from the command line, with the built-in model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from app import __version__
from app.storage.places import Places
from app.storage.project import Project
from app.storage.reading import read_size
from app.storage.shipped import SAMPLES

ROOT = Path(__file__).parents[2]


def start(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m app`` where there is no screen."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    settings: Mapping[str, str] = {**inherited, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=settings,
        timeout=240,
    )


def test_the_version_needs_no_window() -> None:
    done = start("--version")
    assert done.returncode == 0
    assert __version__ in done.stdout


def test_nonsense_is_answered_with_the_usage() -> None:
    done = start("--no-such-option")
    assert done.returncode == 2
    assert "usage" in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a screen")
def test_without_a_screen_the_same_work_is_done_and_shown(tmp_path: Path) -> None:
    output = tmp_path / "made"
    done = start(str(SAMPLES), "--output", str(output))
    assert done.returncode == 0, done.stderr
    assert "There is no screen here" in done.stdout
    assert done.stderr == ""
    masks = json.loads((output / "masks.json").read_text("utf-8"))
    assert len(masks["images"]) == 3
    assert len(masks["annotations"]) == 6
    assert (output / "screenshot.png").stat().st_size > 50_000
    sidecars = sorted((output / "images").glob("*.json"))
    assert len(sidecars) == 3
    for path in [output / "masks.json", output / "screenshot.png", *sidecars]:
        assert str(path) in done.stdout
    assert not list(SAMPLES.glob("*.tmp"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a screen")
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_what_is_exported_is_what_pycocotools_reads(tmp_path: Path) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    output, target = tmp_path / "made", tmp_path / "out.json"
    assert start(str(SAMPLES), "--output", str(output)).returncode == 0
    done = start(str(output / "images"), "--export", str(target))
    assert done.returncode == 0, done.stderr
    assert "6 masks of 3 images" in done.stdout
    data = coco.COCO(str(target))
    project = Project.of(output / "images", Places.below(tmp_path / "user"))
    compared = 0
    for image in data.loadImgs(data.getImgIds()):
        path = output / "images" / image["file_name"]
        document = project.read_objects(path, *read_size(path)).document
        found = data.loadAnns(data.getAnnIds(image["id"]))
        for annotation, record in zip(document, found, strict=True):
            assert np.array_equal(data.annToMask(record) != 0, annotation.mask.to_array())
            compared += 1
    assert compared == 6


def test_an_export_of_nothing_is_told(tmp_path: Path) -> None:
    done = start(str(tmp_path / "nowhere"), "--export", str(tmp_path / "out.json"))
    assert done.returncode == 1
    assert "maskwright:" in done.stderr
    assert "Traceback" not in done.stderr
