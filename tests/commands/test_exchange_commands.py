"""Import, export and convert from the command line: what they write, say and answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.batch.folder import BatchFolder, Held
from app.cli import main
from app.core.document import Document, State
from app.core.labels import LabelSet
from app.core.prompt import Box, Prompt
from app.core.unsegmented import Unsegmented
from app.storage.exchange import coco, sa1b
from app.storage.exchange.exporting import write
from app.storage.exchange.formats import FORMATS
from app.storage.exchange.values import Export, ExportImage
from app.storage.layout import to_bytes
from app.storage.project import Project
from tests.storage.exchange.samples import document_of, export_of, ring, save_image, square


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_image(tmp_path / "images" / "a.jpg")
    save_image(tmp_path / "images" / "b.jpg")
    return tmp_path / "images"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    write(FORMATS["coco"], export_of(ring(), square()), tmp_path / "in.json")
    return tmp_path / "in.json"


def events(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [each for each in found if each["event"] != "progress"]


def saved(folder: Path, name: str) -> Document:
    return Project(folder).read_objects(folder / name, 6, 6).document


def test_a_file_is_taken_over_as_proposals_once(
    folder: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(source), str(folder)]) == 0
    told = capsys.readouterr().out
    assert "Took over 2 masks" in told
    assert "wait as proposals, which export leaves out" in told
    document = saved(folder, "a.jpg")
    assert [(each.mask, each.state) for each in document] == [
        (ring(), State.PROPOSED),
        (square(), State.PROPOSED),
    ]
    labels = Project(folder).read_labels().labels
    assert labels.label(document.annotations[0].label_id).name == "cat"
    assert main(["import", str(source), str(folder), "--json"]) == 0
    assert events(capsys)[-1]["images"] == 0


def test_an_import_that_broke_off_goes_on_without_a_second_copy(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = [ExportImage(name, document_of(ring(), square())) for name in ("a.jpg", "b.jpg")]
    source = tmp_path / "both.json"
    write(FORMATS["coco"], Export(LabelSet(), images), source)
    usual, written = BatchFolder.write, list[str]()

    def once(self: BatchFolder, held: Held, document: Document) -> None:
        if written:
            raise KeyboardInterrupt
        written.append(held.path.name)
        usual(self, held, document)

    with monkeypatch.context() as broken:
        broken.setattr(BatchFolder, "write", once)
        assert main(["import", str(source), str(folder)]) == 130
    assert [len(saved(folder, name)) for name in ("a.jpg", "b.jpg")] == [2, 0]
    assert main(["import", str(source), str(folder)]) == 0
    assert [len(saved(folder, name)) for name in ("a.jpg", "b.jpg")] == [2, 2]


def test_an_import_tells_what_is_there_already(
    folder: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(source), str(folder)]) == 0
    assert "already" not in capsys.readouterr().out
    assert main(["import", str(source), str(folder)]) == 0
    told = "Took over 0 masks and 0 boxes or points on 0 images. 2 of the file are there already"
    assert told in capsys.readouterr().out


def test_a_dry_run_changes_nothing(folder: Path, source: Path) -> None:
    assert main(["import", str(source), str(folder), "--dry-run"]) == 0
    assert len(saved(folder, "a.jpg")) == 0


def test_what_waits_from_an_import_is_accepted_by_the_same_import_with_accept(
    folder: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(source), str(folder)]) == 0
    assert main(["import", str(source), str(folder), "--accept"]) == 0
    told = capsys.readouterr().out
    assert told.endswith("Accepted 2 that were there as proposals.\n")
    assert [each.state for each in saved(folder, "a.jpg")] == [State.ACCEPTED] * 2


def test_images_in_folders_inside_are_told_or_passed_over(
    tmp_path: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_image(tmp_path / "images" / "val" / "a.jpg")
    save_image(tmp_path / "images" / "top.jpg")
    arguments = ["import", str(source), str(tmp_path / "images")]
    assert main([*arguments, "--no-recursive"]) == 3
    assert "inside" not in capsys.readouterr().out
    assert main(arguments) == 0
    told = "1 of the images lie in folders inside (val): export them with --recursive."
    assert told in capsys.readouterr().out
    assert len(saved(tmp_path / "images", "val/a.jpg")) == 2


def test_what_a_replacement_removes_is_told_before_and_after(
    folder: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = document_of(ring(), square(), square(3)).with_state(3, State.PROPOSED)
    Project(folder).write_objects(folder / "a.jpg", document, None)
    arguments = ["import", str(source), str(folder), "--replace"]
    assert main([*arguments, "--dry-run"]) == 0
    told = "remove 2 accepted and 1 proposed objects of 1 images."
    assert f"Would {told}" in capsys.readouterr().out
    assert main([*arguments, "--json"]) == 0
    assert events(capsys)[-1]["removed"] == {
        "accepted": 2, "edited": 0, "proposed": 1, "rejected": 0, "unsegmented": 0
    }  # fmt: skip


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_accepted_masks_stay_where_nothing_of_the_file_can_be_read(
    folder: Path, source: Path, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    document = document_of(ring(), square())
    Project(folder).write_objects(folder / "a.jpg", document, None)
    whole = json.loads(source.read_text("utf-8"))
    for each in whole["annotations"]:
        each["segmentation"] = each["bbox"] = "gone"
    source.write_text(json.dumps(whole), "utf-8")
    assert main(["import", str(source), str(folder), "--replace", *more]) == 3
    assert saved(folder, "a.jpg") == document
    told = capsys.readouterr()
    assert "so it keeps what it has" in told.err + told.out
    assert "emove" not in told.out


def test_what_is_left_out_shows_in_the_exit_status(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "other.json"
    write(FORMATS["coco"], export_of(ring(), name="elsewhere.jpg"), path)
    assert main(["import", str(path), str(folder), "--json"]) == 3
    first, last = events(capsys)
    assert (first["event"], first["where"]) == ("skipped", "elsewhere.jpg")
    assert (last["event"], last["status"], last["masks"]) == ("end", 3, 0)


def test_thousands_of_the_same_fault_are_told_by_their_number(
    folder: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = json.loads(source.read_text("utf-8"))
    good, other = whole["annotations"]
    bad = [{**other, "id": n, "image_id": n} for n in range(100, 3100)]
    whole["annotations"] = [good, *bad, {**other, "segmentation": 5, "bbox": None}]
    source.write_text(json.dumps(whole), "utf-8")
    assert main(["import", str(source), str(folder)]) == 3
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 23
    assert told[-3:] == [
        "... 3001 left out in all:",
        "  3000 times: there is no image with the id …",
        "  1 times: segmentation is neither polygons nor run lengths",
    ]


def test_a_folder_is_exported_with_the_losses_told(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = document_of(ring(), square()).with_state(2, State.PROPOSED)
    Project(folder).write_objects(folder / "a.jpg", document, None)
    target = tmp_path / "out.json"
    arguments = ["export", str(folder), str(target), "--option", "polygons", "--json"]
    assert main(arguments) == 0
    loss, last = events(capsys)
    assert (loss["event"], loss["iou"]) == ("loss", 0.75)
    assert (last["images"], last["objects"], last["worst_iou"]) == (1, 1, 0.75)
    assert coco.read(target).objects == 1
    assert main([*arguments, "--state", "proposed"]) == 0
    assert coco.read(target).images[0].objects[0].mask == square()


def test_one_format_becomes_another(source: Path, tmp_path: Path) -> None:
    assert main(["convert", str(source), str(tmp_path / "out"), "--to", "sa1b"]) == 0
    (image,) = sa1b.read(tmp_path / "out").images
    assert [each.mask for each in image.objects] == [ring(), square()]


@pytest.mark.parametrize(
    "more",
    [["--option", "bits=16"], ["--option", "polygons=3"], ["--to", "masks", "--option", "x"]],
)
def test_options_the_format_lacks_are_a_problem(
    source: Path, tmp_path: Path, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["convert", str(source), str(tmp_path / "out.json"), *more]) == 1
    assert "maskwright:" in capsys.readouterr().err


def test_what_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    assert main(["convert", str(tmp_path / "none.json"), str(tmp_path / "out.json")]) == 1


def test_only_images_with_objects_if_wanted(folder: Path, tmp_path: Path) -> None:
    document = document_of(ring()).with_state(1, State.REJECTED)
    Project(folder).write_objects(folder / "a.jpg", document, None)
    target = tmp_path / "out.json"
    assert main(["export", str(folder), str(target), "--no-empty"]) == 0
    assert coco.read(target).images == ()
    assert main(["export", str(folder), str(target)]) == 0
    assert len(coco.read(target).images) == 1


def test_images_without_changes_are_not_written(folder: Path, tmp_path: Path) -> None:
    image = ExportImage("b.jpg", Document(6, 6))
    write(FORMATS["sa1b"], Export(LabelSet(), [image]), tmp_path / "in")
    assert main(["import", str(tmp_path / "in"), str(folder)]) == 0
    assert len(saved(folder, "b.jpg")) == 0


def test_machines_are_told_of_a_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", str(tmp_path / "nothing.json"), str(tmp_path / "out"), "--json"]) == 1
    (told,) = events(capsys)
    assert (told["event"], told["status"]) == ("problem", 1)
    assert "nothing.json" in told["what"]


@pytest.mark.parametrize(
    ("form", "left"), [("coco", "is as it was"), ("sa1b", "Files that were written stay")]
)
def test_machines_are_told_that_it_was_stopped(
    folder: Path,
    tmp_path: Path,
    form: str,
    left: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Project(folder).write_objects(folder / "a.jpg", document_of(ring()), None)

    @contextmanager
    def stopped() -> Iterator[Callable[[], bool]]:
        yield lambda: True

    monkeypatch.setattr("app.commands.export.stoppable", stopped)
    assert main(["export", str(folder), str(tmp_path / "o"), "--to", form, "--json"]) == 130
    said = capsys.readouterr()
    assert json.loads(said.out.splitlines()[-1]) == {"event": "end", "status": 130}
    assert left in said.err


def test_images_whose_labels_are_not_certain_are_told_until_somebody_decides(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "old"
    for folder, name in ((root, "person"), (root / "sub", "zebra")):
        own = folder / ".maskwright"
        own.mkdir(parents=True)
        row = {"id": 1, "name": name, "color": "#123456"}
        table = {"version": 1, "next_id": 2, "labels": [row]}
        (own / "labels.json").write_text(json.dumps(table))
    image = save_image(root / "sub" / "a.png")
    raw = json.loads(to_bytes(document_of(ring()), "a.png"))
    raw["maskwright"]["version"] = 1
    sidecar = image.with_name("a.png.json")
    sidecar.write_text(json.dumps(raw))
    before = sidecar.read_bytes()
    assert main(["export", str(root), str(tmp_path / "x.json"), "--recursive"]) == 3
    assert main(["labels", str(root)]) == 3
    said = capsys.readouterr()
    assert "“zebra” in" in said.err + said.out
    assert sidecar.read_bytes() == before
    assert main(["labels", str(root), "--as", str(root)]) == 0
    assert main(["labels", str(root / "sub")]) == 0
    assert main(["export", str(root / "sub"), str(tmp_path / "x.json")]) == 0
    found = json.loads((tmp_path / "x.json").read_text())
    names = {each["id"]: each["name"] for each in found["categories"]}
    assert [names[each["category_id"]] for each in found["annotations"]] == ["person"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["export", "{folder}", "{target}"], ["1 proposals", "1 objects that are", "1 images"]),
        (["{folder}", "--export", "{target}"], ["1 proposals", "1 objects that are", "1 images"]),
        (
            ["export", "{folder}", "{target}", "--state", "proposed", "--waiting", "--recursive"],
            [],
        ),
    ],
)
def test_what_was_not_asked_for_is_told(
    folder: Path,
    tmp_path: Path,
    arguments: list[str],
    told: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    image = save_image(folder / "inside" / "c.jpg")
    project = Project(folder)
    document = document_of(ring()).with_state(1, State.PROPOSED)
    box = Unsegmented(1, Prompt(box=Box(1, 1, 3, 3)))
    project.write_objects(folder / "a.jpg", document.with_unsegmented([box]), None)
    project.write_objects(image, document_of(ring()), None)
    target = tmp_path / "out.json"
    assert main([each.format(folder=folder, target=target) for each in arguments]) == 0
    said = "".join(capsys.readouterr())
    assert said.count("Not written") == len(told)
    for words in told:
        assert f"Not written: {words}" in said


def test_switches_of_a_format_can_be_put_off(folder: Path, tmp_path: Path) -> None:
    Project(folder).write_objects(folder / "a.jpg", document_of(ring()), None)
    arguments = ["export", str(folder), str(tmp_path / "out"), "--to", "labelme"]
    for option, kind in (("polygons", "polygon"), ("polygons=no", "mask")):
        assert main([*arguments, "--option", option]) == 0
        (shape,) = json.loads((tmp_path / "out" / "a.json").read_text("utf-8"))["shapes"]
        assert shape["shape_type"] == kind
