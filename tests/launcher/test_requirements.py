"""What is read from pyproject.toml, and the note left in the environment."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.launcher import requirements, stamp
from app.launcher.errors import CannotStartError
from app.launcher.stamp import Stamp

ROOT = Path(__file__).resolve().parent.parent.parent
PYPROJECT = """
[project]
name = "maskwright"
dependencies = ["numpy==2.0", "Pillow==10.0"]
[project.optional-dependencies]
torch = ["torch==2.0"]
test = ["maskwright[torch]", "pytest==8.0", "numpy==2.0"]
"""


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"ready": true}', '{"ready":', "\x00"])
def test_a_stamp_that_cannot_be_read_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / stamp.FILE_NAME).write_text(text)
    assert stamp.read(tmp_path) is None


def test_a_stamp_reads_back_as_it_was_written(tmp_path: Path) -> None:
    written = Stamp(True, "cpython", "abc", ("test", "torch"), ("x11",))
    stamp.write(tmp_path, written)
    assert stamp.read(tmp_path) == written


def test_extras_may_include_each_other_and_nothing_is_listed_twice(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    found = requirements.read(tmp_path / "pyproject.toml", ["test"])
    assert found == ("numpy==2.0", "Pillow==10.0", "torch==2.0", "pytest==8.0")


@pytest.mark.parametrize("text", ["", "[project]", "no toml", '[project]\nname="x"'])
def test_a_pyproject_without_a_list_is_said_to_be_incomplete(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(CannotStartError, match="complete copy"):
        requirements.read(tmp_path / "pyproject.toml")


def test_every_library_of_the_project_is_pinned_to_one_version() -> None:
    listed = requirements.read(ROOT / "pyproject.toml", ["test", "torch"])
    assert [line for line in listed if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []


def test_the_program_itself_needs_no_torch() -> None:
    listed = requirements.read(ROOT / "pyproject.toml")
    assert not [line for line in listed if re.match(r"torch|onnx==|nvidia", line)]


def test_the_order_of_a_list_does_not_change_its_fingerprint() -> None:
    assert requirements.fingerprint(["a==1", "b==2"]) == requirements.fingerprint(["b==2", "a==1"])
    assert requirements.fingerprint(["a==1"]) != requirements.fingerprint(["a==2"])
