"""Making, reusing and repairing the environment, with a pip that only pretends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.launcher import pip, stamp
from app.launcher.environment import Environment, identify
from app.launcher.errors import CannotStartError
from app.launcher.stamp import Stamp

PYPROJECT = """
[project]
name = "maskwright"
dependencies = ["numpy==2.0", "Pillow==10.0"]
[project.optional-dependencies]
torch = ["torch==2.0"]
test = ["maskwright[torch]", "pytest==8.0", "numpy==2.0"]
"""


class Machine:
    """A folder with a pyproject.toml, and commands that only pretend to install.

    Attributes:
        commands: what was run, in order.
        said: what the user was told.
        pip_status: what pip ends with.
        pip_log: what pip leaves in its log.
        unpacks: the file that pip leaves in the environment, if any.
        dies: raised by pip after that.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.commands: list[list[str]] = []
        self.said: list[str] = []
        self.pip_status = 0
        self.pip_log = ""
        self.unpacks = "numpy"
        self.dies: BaseException | None = None
        (root / "pyproject.toml").write_text(PYPROJECT)

    def run(self, command: Sequence[str], variables: Mapping[str, str]) -> int:
        assert "PYTHONPATH" not in variables
        self.commands.append(list(command))
        if command[1:3] == ["-m", "venv"]:
            return self._make_environment(Path(command[3]))
        Path(command[command.index("--log") + 1]).write_text(self.pip_log)
        if self.unpacks:
            (self.site_packages / self.unpacks).mkdir(exist_ok=True)
        if self.dies:
            raise self.dies
        return self.pip_status

    def _make_environment(self, folder: Path) -> int:
        # A real one, without pip: it has a Python that runs and the layout of this system.
        command = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
        return subprocess.run(command, check=False).returncode

    @property
    def site_packages(self) -> Path:
        return next((self.root / ".venv").rglob("site-packages"))

    def environment(self) -> Environment:
        return Environment(self.root, self.said.append, self.run)

    def prepare(self, *extras: str) -> list[str]:
        """Prepare the environment and name the programs that this took: venv, pip."""
        self.commands.clear()
        self.said.clear()
        self.environment().prepare(extras)
        return [command[2] for command in self.commands]

    def stamp(self) -> Stamp:
        found = stamp.read(self.root / ".venv")
        assert found is not None
        return found


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_first_start_makes_the_environment_and_installs_the_pinned_libraries(
    machine: Machine,
) -> None:
    assert machine.prepare() == ["venv", "pip"]
    assert machine.commands[1][-2:] == ["numpy==2.0", "Pillow==10.0"]
    assert machine.stamp().ready


def test_the_second_start_installs_nothing_and_says_nothing(machine: Machine) -> None:
    machine.prepare()
    assert machine.prepare() == []
    assert machine.said == []


def test_an_environment_is_ready_only_once_it_holds_everything_asked_for(machine: Machine) -> None:
    assert not machine.environment().is_ready()
    machine.prepare()
    assert machine.environment().is_ready()
    assert not machine.environment().is_ready(["torch"])


def test_an_extra_is_added_to_what_is_there_and_stays(machine: Machine) -> None:
    machine.prepare()
    assert machine.prepare("torch") == ["pip"]
    assert "torch==2.0" in machine.commands[0]
    assert machine.prepare() == []
    assert machine.stamp().extras == ("torch",)


def test_changed_pins_are_installed_over_what_is_there(machine: Machine) -> None:
    machine.prepare("torch")
    text = PYPROJECT.replace("Pillow==10.0", "Pillow==11.0")
    (machine.root / "pyproject.toml").write_text(text)
    assert machine.prepare() == ["pip"]
    assert machine.commands[0][-3:] == ["numpy==2.0", "Pillow==11.0", "torch==2.0"]


def test_an_installation_that_was_cut_off_leaves_no_finished_stamp_and_is_made_anew(
    machine: Machine,
) -> None:
    machine.dies = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        machine.prepare()
    assert not machine.stamp().ready
    machine.dies = None
    half_made = machine.site_packages / "half"
    half_made.mkdir()
    assert machine.prepare() == ["venv", "pip"]
    assert "did not finish" in machine.said[0]
    assert not half_made.exists()


def test_an_addition_that_fails_before_it_changes_anything_leaves_the_rest_usable(
    machine: Machine,
) -> None:
    machine.prepare()
    machine.pip_status, machine.unpacks = 1, ""
    with pytest.raises(CannotStartError):
        machine.prepare("torch")
    assert machine.prepare() == []


def test_an_addition_that_breaks_off_half_way_is_not_owed_at_the_next_start(
    machine: Machine,
) -> None:
    machine.prepare()
    machine.pip_status, machine.unpacks = 1, "torch"
    with pytest.raises(CannotStartError):
        machine.prepare("torch")
    machine.pip_status = 0
    assert machine.prepare() == ["venv", "pip"]
    assert machine.stamp().extras == ()


def test_an_environment_whose_python_is_gone_is_made_anew(machine: Machine) -> None:
    machine.prepare("torch")
    machine.environment().python.unlink()
    assert machine.prepare() == ["venv", "pip"]
    assert machine.stamp().extras == ("torch",)


def test_an_environment_whose_python_changed_version_is_made_anew(machine: Machine) -> None:
    machine.prepare()
    stamp.write(machine.root / ".venv", replace(machine.stamp(), python="cpython-310 10 linux"))
    assert machine.prepare() == ["venv", "pip"]


def test_an_environment_that_somebody_else_made_is_left_alone(machine: Machine) -> None:
    mine = machine.root / ".venv" / "pyvenv.cfg"
    mine.parent.mkdir()
    mine.write_text("mine")
    with pytest.raises(CannotStartError, match="did not make it"):
        machine.prepare()
    assert mine.read_text() == "mine"


def test_an_environment_whose_removal_was_cut_off_is_removed(machine: Machine) -> None:
    left = machine.root / ".venv.discarded" / "lib"
    left.mkdir(parents=True)
    machine.prepare()
    assert not left.parent.exists()


def test_a_failed_installation_names_the_log(machine: Machine) -> None:
    machine.pip_status, machine.pip_log = 1, "No space left on device"
    with pytest.raises(CannotStartError, match=r"disk is full(.|\n)*install\.log"):
        machine.prepare()


def test_a_disk_without_room_is_refused_before_anything_is_made(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(pip.NEEDED_BYTES, "", 1e18)
    with pytest.raises(CannotStartError, match="MB free"):
        machine.prepare()
    assert not (machine.root / ".venv").exists()


def test_a_python_without_the_means_to_make_environments_is_told_the_package(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(CannotStartError, match=r"apt-get install python3\.\d+-venv"):
        machine.prepare()


def test_variables_of_another_python_do_not_reach_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("PYTHONHOME", "elsewhere")
    monkeypatch.setenv("HTTPS_PROXY", "kept")
    found = pip.variables()
    assert not {"PYTHONPATH", "PYTHONHOME"} & set(found)
    assert found["HTTPS_PROXY"] == "kept"


def test_an_interpreter_that_does_not_run_has_no_identity(tmp_path: Path) -> None:
    assert identify(tmp_path / "python") == ""
    assert identify(Path(sys.executable)).startswith(sys.implementation.cache_tag or "")
