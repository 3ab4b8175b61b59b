"""Scoring a model from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.cli import main
from app.core.document import Document, State
from app.core.mask import Mask
from app.storage.places import Places
from app.storage.project import Project
from model.evaluation.course import click_object
from model.evaluation.protocol import Clicked
from model.interface import Cancelled

SIZE = (96, 128)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "images"
    root.mkdir()
    pixels = np.zeros((*SIZE, 3), np.uint8)
    mask = Mask.from_window(np.ones((40, 50), np.bool_), 30, 20, *SIZE)
    pixels[mask.to_array()] = (250, 200, 20)
    Image.fromarray(pixels).save(root / "a.png")
    document = Document(*SIZE).with_added(mask).with_added(mask, state=State.PROPOSED)
    Project.of(root, Places.of_user()).write_objects(root / "a.png", document, None)
    return root


@pytest.mark.slow
def test_accepted_objects_are_scored(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "sheet.png"
    command = ["evaluate", str(folder), "--clicks", "3", "--sheet", str(sheet)]
    assert main([*command, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["event"] == "scores"
    assert told["objects"] == 1
    assert (told["close_up"], told["zoom"]) == (False, 0)
    assert sheet.is_file()
    assert main(command) == 0
    assert "objects" in capsys.readouterr().out


@pytest.mark.slow
def test_it_can_be_scored_with_close_ups(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["evaluate", str(folder), "--clicks", "2", "--close-up", "--zoom", "2"]
    assert main([*command, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["close_up"], told["zoom"]) == (True, 2)
    assert main(command) == 0
    assert "zoomed in 2 times, close-up of the answer" in capsys.readouterr().out


def test_a_folder_without_masks_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(tmp_path)]) == 1
    assert "holds no masks" in capsys.readouterr().err


@pytest.mark.slow
def test_a_run_that_was_stopped_goes_on(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = folder / "b.png"
    Image.open(folder / "a.png").save(root)
    mask = Mask.from_window(np.ones((40, 50), np.bool_), 30, 20, *SIZE)
    Project.of(folder, Places.of_user()).write_objects(root, Document(*SIZE).with_added(mask), None)
    with monkeypatch.context() as patched:
        patched.setattr("model.evaluation.evaluate.click_object", _second_time_stopped())
        assert main(["evaluate", str(folder), "--clicks", "2"]) == 130
    assert "goes on from here" in capsys.readouterr().err
    assert main(["evaluate", str(folder), "--clicks", "2"]) == 0
    told = capsys.readouterr()
    assert "1 of 2 objects were scored before" in told.err
    assert "all                2" in told.out


def _second_time_stopped() -> Callable[..., Clicked]:
    calls: list[int] = []

    def click(*given: Any, **named: Any) -> Clicked:
        calls.append(1)
        if len(calls) == 2:
            raise Cancelled
        return click_object(*given, **named)

    return click
