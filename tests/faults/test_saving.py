"""Saving an image's objects when the disk, the folder or the process fails."""

from __future__ import annotations

import errno
import itertools
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app.core.document import Document
from app.core.errors import Problem
from app.core.mask import Mask
from app.storage import atomic
from app.storage import project as project_module
from app.storage.project import Project, can_write
from app.storage.rescue import RescueFolder
from tests.faults.failing import FailingOs

ROOT = Path(__file__).parents[2]
SIZE = (40, 50)
MASK = Mask.from_array(np.tri(*SIZE, dtype=bool))
ONE = Document(*SIZE).with_added(MASK)
TWO = ONE.with_added(MASK)
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX limits and signals")


def seen(folder: Path) -> Document:
    return Project(folder).read_objects(folder / "a.jpg", *SIZE).document


def test_whatever_call_fails_the_file_is_whole_and_the_save_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = tmp_path / "a.jpg"
    for fail_at in itertools.count(1):
        project = Project(tmp_path)
        token = Project(tmp_path).write_objects(
            image, ONE, project.read_objects(image, *SIZE).token
        )
        reported: Problem | None = None
        with monkeypatch.context() as patched:
            failing = FailingOs(fail_at, errno.ENOSPC)
            patched.setattr(atomic, "os", failing)
            try:
                token = project.write_objects(image, TWO, token)
            except Problem as problem:
                reported = problem
        assert seen(tmp_path) in (ONE, TWO)
        names = {path.name for path in tmp_path.iterdir()}
        assert names <= {"a.jpg.json", ".maskwright"}
        if reported is None:
            assert seen(tmp_path) == TWO
            if failing.calls < fail_at:
                assert fail_at > 15
                return
        else:
            # What is in its place is never said to be unsaved: the next save would be a conflict.
            assert seen(tmp_path) == ONE
            assert "full" in reported.advice
            project.write_objects(image, TWO, token)
            assert seen(tmp_path) == TWO


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from app.core.errors import Problem
from app.storage.project import Project
from tests.faults.test_saving import ONE, SIZE
folder = Path(sys.argv[1])
project = Project(folder)
loaded = project.read_objects(folder / "a.jpg", *SIZE)
huge = ONE.with_attributes(1, {"note": "x" * 100_000})
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
try:
    project.write_objects(folder / "a.jpg", huge, loaded.token)
except Problem as problem:
    print(problem.what)
"""


@posix
def test_a_full_disk_keeps_what_was_saved_and_is_said(tmp_path: Path) -> None:
    Project(tmp_path).write_objects(tmp_path / "a.jpg", ONE, None)
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert "a.jpg.json was not saved" in done.stdout
    assert seen(tmp_path) == ONE
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_folder_that_takes_no_files_is_noticed_before_the_first_edit(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("the superuser may write anywhere")
    try:
        assert not can_write(tmp_path)
        with pytest.raises(Problem, match="not saved"):
            Project(tmp_path).write_objects(tmp_path / "a.jpg", ONE, None)
    finally:
        tmp_path.chmod(0o700)


def test_a_refused_save_goes_to_the_rescue_folder_and_back(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    image = folder / "a.jpg"
    project, rescue = Project(folder), RescueFolder(tmp_path / "rescue")
    token = project.write_objects(image, ONE, None)
    # The disk is gone: another file lies where the folder was.
    folder.rename(tmp_path / "elsewhere")
    folder.write_bytes(b"in the way")
    with pytest.raises(Problem) as caught:
        project.write_objects(image, TWO, token)
    target = project.objects_path(image)
    rescue.put(target, project.objects_bytes(image, TWO), token, reason=str(caught.value))

    folder.unlink()
    (tmp_path / "elsewhere").rename(folder)
    ((found,), _) = RescueFolder(tmp_path / "rescue").rescued()
    assert rescue.restore(found) == target
    assert seen(folder) == TWO


def test_a_folder_that_vanished_does_not_come_into_being_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "disk" / "images"
    folder.mkdir(parents=True)
    project = Project(folder)
    token = project.write_objects(folder / "a.jpg", ONE, None)
    (tmp_path / "disk").rename(tmp_path / "taken out")
    with pytest.raises(Problem, match="the folder is gone"):
        project.write_objects(folder / "a.jpg", TWO, token)
    assert not (tmp_path / "disk").exists()
    (tmp_path / "taken out").rename(tmp_path / "disk")
    project.write_objects(folder / "a.jpg", TWO, token)
    assert seen(folder) == TWO


def test_another_disk_in_its_place_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path)
    token = project.write_objects(tmp_path / "a.jpg", ONE, None)
    monkeypatch.setattr(project_module, "_device_of", lambda folder: 4711)
    with pytest.raises(Problem, match="the folder is gone"):
        project.write_objects(tmp_path / "a.jpg", TWO, token)
    assert seen(tmp_path) == ONE


# Document n has n objects; each acknowledged save prints n.
SAVE_FOR_EVER = """
import sys
from pathlib import Path
from app.storage.project import Project
from tests.faults.test_saving import MASK, SIZE
folder = Path(sys.argv[1])
project = Project(folder)
loaded = project.read_objects(folder / "a.jpg", *SIZE)
document, token = loaded.document, loaded.token
while True:
    document = document.with_added(MASK)
    token = project.write_objects(folder / "a.jpg", document, token)
    print(len(document), flush=True)
"""


@posix
@pytest.mark.slow
def test_a_killed_program_has_lost_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    dice = random.Random(7)
    acknowledged = 0
    for _ in range(8):
        child = subprocess.Popen(
            [sys.executable, "-c", SAVE_FOR_EVER, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert child.stdout is not None
        for _ in range(dice.randrange(1, 40)):
            acknowledged = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        acknowledged = int([str(acknowledged), *child.stdout.read().split()][-1])
        child.wait()
        child.stdout.close()
        document = seen(tmp_path)
        assert len(document) >= acknowledged
        assert all(annotation.mask == MASK for annotation in document)
