"""What ``pip install`` makes of the project works by itself, away from the repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BUILD = "import sys, setuptools.build_meta as build; getattr(build, sys.argv[1])(sys.argv[2])"
CLICK = """
import sys
from pathlib import Path

import numpy as np
from PIL import Image

import app.storage.shipped
import model

assert Path(model.__file__).is_relative_to(sys.prefix), model.__file__
image = np.asarray(Image.open(app.storage.shipped.SAMPLES / "chelsea.png").convert("RGB"))
sam = model.load()
found = sam.decode(sam.embed(image), model.Prompt(points=[(220, 150)], labels=[1]))
print(int(found.mask().sum()))
"""


@dataclass(frozen=True)
class Built:
    """The archives, and the environment that one of them was installed into."""

    wheel: Path
    source: Path
    python: Path
    command: Path
    elsewhere: Path

    def run(self, *words: str | Path) -> str:
        """What a program of the environment prints, away from the repository."""
        home = {f"XDG_{kind}_HOME": str(self.elsewhere) for kind in ("DATA", "CACHE", "CONFIG")}
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(
            words, cwd=self.elsewhere, env=kept | home, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def copied(folder: Path) -> Path:
    """The project without what building would leave in it."""
    for name in ("app", "model", "resources"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def build(kind: str, project: Path, folder: Path, ending: str) -> Path:
    """By the project's own build system, which is installed with the tests."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-c", BUILD, f"build_{kind}", str(folder)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (made,) = folder.glob(f"*{ending}")
    return made


def installed(wheel: Path, home: Path) -> Path:
    """The Python of an environment with the wheel, and else with the packages of this one."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    scripts = home / ("Scripts" if sys.platform == "win32" else "bin")
    python = scripts / f"python{sysconfig.get_config_var('EXE') or ''}"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index"]
    more = ["--no-deps", "--quiet", "--disable-pip-version-check", str(wheel)]
    subprocess.run([*pip, *more], check=True)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    place = subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True)
    others = Path(place.stdout.strip()) / "others.pth"
    others.write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return python


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("package")
    source = build("sdist", copied(folder / "project"), folder / "source", ".tar.gz")
    # The wheel is made from the archive, as pip does with one.
    with tarfile.open(source) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    wheel = build("wheel", unpacked, folder / "wheel", ".whl")
    python = installed(wheel, folder / "environment")
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    command = python.with_name(python.name.replace("python", "maskwright"))
    return Built(wheel, source, python, command, elsewhere)


def shipped() -> set[str]:
    """Files of the repository that must be in a package."""
    names = ("app", "model", "resources")
    listed = subprocess.run(
        ["git", "ls-files", "-z", *names], cwd=ROOT, check=True, capture_output=True
    )
    return {name for name in listed.stdout.decode().split("\0") if name}


@pytest.mark.slow
def test_every_file_of_the_program_is_in_the_package(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        there = set(wheel.namelist())
    assert sorted(shipped() - there) == []
    assert {"app/py.typed", "model/py.typed", "resources/catalogue.toml"} <= there
    assert [name for name in there if name.startswith("tests")] == []


@pytest.mark.slow
def test_the_program_starts_where_it_was_installed(built: Built) -> None:
    assert "usage:" in built.run(built.command, "--help")
    for package in ("app", "model"):
        assert "usage:" in built.run(built.python, "-m", package, "--help")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert built.run(built.command, "--version").strip() == f"Maskwright {version}"


@pytest.mark.slow
def test_its_model_answers_a_click(built: Built) -> None:
    assert int(built.run(built.python, "-c", CLICK)) > 1000
    told = json.loads(built.run(built.command, "doctor", "--json"))
    assert (told["model"], told["image"]) == ("maskwright_small", "512 x 512")


def test_the_build_system_is_the_one_that_is_tested() -> None:
    described = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (needed,) = described["build-system"]["requires"]
    assert needed in described["project"]["optional-dependencies"]["test"]
