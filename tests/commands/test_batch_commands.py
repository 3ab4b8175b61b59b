"""The commands as a user starts them: killed and started again, stopped, read by machines."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.cli import main
from app.commands import options
from app.core.document import Document, Source, State
from app.core.mask import Mask
from app.session.folder.lock import FolderLock
from app.storage.places import Places
from app.storage.project import Project
from model.terms import EDGE_SAM
from tests.model.detectors import described
from tests.stand_ins import FakeModel

ROOT = Path(__file__).resolve().parents[2]
GRID = ["--points", "2", "--crops", "0", "--predicted-iou", "-9", "--stability", "0"]
ALL_MASKS = [*GRID, "--min-area", "0", "--max-cover", "2"]
SIZE = (64, 96)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "images"
    root.mkdir()
    for number in range(5):
        pixels = np.full((*SIZE, 3), 40 * number, np.uint8)
        pixels[16:40, 20:60] = (255, 40, 0)
        Image.fromarray(pixels).save(root / f"{number}.png")
    return root


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "app", *(str(each) for each in arguments)]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=ROOT, capture_output=True, text=True, check=False
    )


def events(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def document(root: Path, name: str) -> Document:
    project = Project.of(root, Places.of_user())
    return project.read_objects(root / name, *SIZE).document


def sidecars(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(root.glob("*.json"))}


def interrupted(kind: signal.Signals, *arguments: object) -> tuple[int, list[dict[str, Any]], str]:
    """Start a command, send it the signal after its second image; status, events, messages."""
    process = subprocess.Popen(
        command(*arguments), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines: list[str] = []
    while sum('"event": "image"' in line for line in lines) < 2:
        lines.append(process.stdout.readline())
        assert lines[-1], "it ended before its second image"
    process.send_signal(kind)
    rest, errors = process.communicate(timeout=60)
    return process.returncode, events("".join(lines) + rest), errors


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_was(folder: Path) -> None:
    arguments = ["automask", folder, *ALL_MASKS, "--json"]
    status, _, _ = interrupted(signal.SIGKILL, *arguments)
    assert status == -signal.SIGKILL
    before = sidecars(folder)
    assert 2 <= len(before) < 5
    again = run(*arguments)
    assert again.returncode == 0, again.stderr
    told = events(again.stdout)
    outcomes = {each["name"]: each["outcome"] for each in told if each["event"] == "image"}
    assert outcomes == {
        f"{n}.png": "done before" if f"{n}.png.json" in before else "done" for n in range(5)
    }
    assert {name: data for name, data in sidecars(folder).items() if name in before} == before
    assert {a.state for n in range(5) for a in document(folder, f"{n}.png")} == {State.PROPOSED}
    assert told[-1]["done"] + told[-1]["done_before"] == 5


def coco_file(folder: Path) -> Path:
    """A polygon and a box on each of the images."""
    images = [
        {"id": n, "file_name": f"{n}.png", "height": SIZE[0], "width": SIZE[1]} for n in range(5)
    ]
    polygon = {"category_id": 1, "segmentation": [[20, 16, 60, 16, 60, 40, 20, 40]]}
    box = {"category_id": 2, "bbox": [18, 14, 44, 28]}
    annotations = [
        {"id": 10 * n + place, "image_id": n, "attributes": {"number": n}, **each}
        for n in range(5)
        for place, each in enumerate((polygon, box), 1)
    ]
    categories = [{"id": 1, "name": "flag"}, {"id": 2, "name": "pole"}]
    whole = {"images": images, "annotations": annotations, "categories": categories}
    path = folder.parent / "coco.json"
    path.write_text(json.dumps(whole), "utf-8")
    return path


@pytest.mark.slow
def test_a_killed_relabelling_neither_repeats_nor_loses_an_object(
    folder: Path, tmp_path: Path
) -> None:
    arguments = ["relabel", folder, "--from", coco_file(folder), "--by", "box", "--json"]
    status, _, _ = interrupted(signal.SIGKILL, *arguments)
    assert status == -signal.SIGKILL
    before = sidecars(folder)
    assert 1 <= len(before) < 5
    again = run(*arguments)
    assert again.returncode == 0, again.stderr
    assert events(again.stdout)[-1]["done"] == 5 - len(before)
    assert {name: data for name, data in sidecars(folder).items() if name in before} == before
    exported = tmp_path / "out.json"
    assert run("export", folder, exported, "--state", "proposed").returncode == 0
    records = json.loads(exported.read_text("utf-8"))["annotations"]
    assert {each["id"]: each["attributes"] for each in records} == {
        10 * n + place: {"number": n} for n in range(5) for place in (1, 2)
    }
    assert len(records) == 10


@pytest.mark.slow
def test_a_killed_filling_of_the_cache_goes_on_where_it_was(folder: Path) -> None:
    arguments = ["embed", folder, "--json"]
    status, told, _ = interrupted(signal.SIGKILL, *arguments)
    assert status == -signal.SIGKILL
    done = [each["name"] for each in told]
    again = events(run(*arguments).stdout)
    outcomes = {each["name"]: each["outcome"] for each in again if each["event"] == "image"}
    assert len(outcomes) == 5
    assert {outcomes[name] for name in done} == {"done before"}
    assert again[-1]["done"] >= 1


@pytest.mark.slow
def test_a_stopped_run_says_so_and_keeps_what_is_done(folder: Path) -> None:
    arguments = ["automask", folder, *ALL_MASKS, "--json"]
    status, told, errors = interrupted(signal.SIGINT, *arguments)
    assert status == 130
    assert (told[-1]["event"], told[-1]["status"]) == ("end", 130)
    assert told[-1]["done"] == len(sidecars(folder))
    assert "start again to go on" in errors
    assert "Traceback" not in errors


def test_a_bad_image_is_told_and_the_status_says_so(folder: Path) -> None:
    (folder / "1.png").write_bytes(b"no image")
    found = run("embed", folder, "--json")
    assert found.returncode == 3
    told = events(found.stdout)
    assert [each["outcome"] for each in told[:-1]] == ["done", "failed", "done", "done", "done"]
    assert told[1]["problem"]
    assert told[-1]["failed"] == 1
    again = run("embed", folder, "--json")
    assert [each["outcome"] for each in events(again.stdout)[:-1]] == [
        "done before",
        "failed",
        *["done before"] * 3,
    ]


def test_imported_masks_are_relabelled(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(options, "load_model", lambda choice: FakeModel(terms=EDGE_SAM))
    project = Project.of(folder, Places.of_user())
    mask = Mask.from_window(np.ones((24, 40), np.bool_), 20, 16, *SIZE)
    nothing = Mask.from_window(np.ones((1, 1), np.bool_), 0, 63, *SIZE)
    imported = Document(*SIZE).with_added(mask, source=Source.IMPORTED)
    imported = imported.with_added(nothing, source=Source.IMPORTED)
    project.write_objects(folder / "2.png", imported, None)
    assert main(["relabel", str(folder), "--by", "box", "--json"]) == 0
    said = capsys.readouterr()
    told = events(said.out)
    assert (told[-1]["masks"], told[-1]["unanswered"]) == (1, 1)
    assert "the model saw nothing" in said.err
    assert EDGE_SAM.told in said.err.splitlines()
    now, same = document(folder, "2.png")
    before = now.previous
    assert before is not None
    assert before.mask == mask
    assert (now.state, same) == (State.PROPOSED, imported.annotations[1])
    assert [*sidecars(folder)] == ["2.png.json"]


def test_a_detector_proposes_into_another_folder(folder: Path, tmp_path: Path) -> None:
    detector, output = described(tmp_path), tmp_path / "output"
    text = detector.read_text("utf-8") + '[output]\nclasses = ["flag"]\n'
    detector.write_text(text, "utf-8")
    found = run(
        "automask", folder, "--detector", detector, "--labels", "--output", output, "--json"
    )
    assert found.returncode == 0, found.stderr
    assert sidecars(folder) == {}
    assert len(sidecars(output)) == 5
    content = json.loads(sidecars(output)["0.png.json"])
    assert content["image"]["file_name"] == "0.png"
    labels = json.loads((output / ".maskwright" / "labels.json").read_text("utf-8"))
    assert [label["name"] for label in labels["labels"]] == ["object", "flag"]


def test_a_folder_open_elsewhere_is_left_alone(folder: Path) -> None:
    lock = FolderLock(Places.of_user().data / "locks")
    assert lock.take(folder) is None
    found = run("relabel", folder)
    assert found.returncode == 1
    assert "open for editing elsewhere" in found.stderr
    lock.give_up(folder)


def test_doctor_tells_what_really_runs() -> None:
    found = run("doctor", "--json")
    assert found.returncode == 0, found.stderr
    (told,) = events(found.stdout)
    assert told["device"]
    assert told["runtime"] in ("onnxruntime", "torch")
    assert told["click_ms"] > 0
    assert told["numpy"] == np.__version__


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["automask", "nowhere"], "There is no nowhere"),
        (["automask", ".", "--points", "0"], "settings cannot be used"),
        (
            ["automask", ".", "--skip", "sure", "--proposer"],
            "a detector and the proposer ask no points",
        ),
        (["automask", ".", "--detector", "no.toml"], "detector cannot be used"),
        (["relabel", ".", "--passes", "0"], "settings cannot be used"),
        (["evaluate", "nowhere"], "not a folder"),
        (["doctor", "--model", "nothing.safetensors"], "could not be loaded"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    folder: Path,
    arguments: list[str],
    complaint: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    assert main(arguments) == 1
    assert complaint in capsys.readouterr().err


def test_misuse_has_a_status_of_its_own(folder: Path) -> None:
    assert run("relabel", folder, "--accept", "2").returncode == 2
    assert run("automask").returncode == 2


def test_a_large_image_is_left_out_and_how_to_allow_it_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header = (folder / "0.png").read_bytes()
    wide = header[:16] + (20_000).to_bytes(4) * 2 + header[24:]
    (folder / "large.png").write_bytes(wide)
    assert main(["embed", str(folder)]) == 3
    said = capsys.readouterr().err
    assert "large.png is very large: 20,000 x 20,000 pixels" in said
    assert "--max-megapixels 400 allows it" in said
    assert "5 images done, 1 failed" in said
