"""Exporting into a folder once more: what is stale goes, what is not ours stays and is told."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from app.core.errors import Problem
from app.core.labels import LabelSet
from app.storage.exchange.exporting import export_project
from app.storage.exchange.formats import FORMATS
from app.storage.exchange.manifest import PREFIX
from app.storage.exchange.values import ExportReport
from app.storage.project import Project
from tests.storage.exchange.samples import document_of, ring, save_image, square

MANY = [form for form, each in FORMATS.items() if not each.suffix]
COPYING: dict[str, dict[str, object]] = {
    name: {"copy_images": True}
    for name, form in FORMATS.items()
    if any(option.name == "copy_images" for option in form.options)
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    images = [save_image(tmp_path / "images" / f"{name}.png") for name in ("a", "b")]
    made = Project(tmp_path / "images")
    for image in images:
        made.write_objects(image, document_of(ring(), square(1), label=2), None)
    made.write_labels(LabelSet().with_added("cat"), None)
    return made


def export(project: Project, target: Path, form: str, *, overwrite: bool = False) -> ExportReport:
    names = sorted(path.name for path in project.root.glob("*.png"))
    options = COPYING.get(form, {})
    return export_project(
        project, names, FORMATS[form], target, options=options, overwrite=overwrite
    )


def files(target: Path) -> list[str]:
    found = (path for path in target.rglob("*") if path.is_file())
    return sorted(p.relative_to(target).as_posix() for p in found if not p.name.startswith("."))


def without_image(project: Project, name: str) -> None:
    image = project.root / name
    project.objects_path(image).unlink()
    image.unlink()


@pytest.mark.parametrize("form", MANY)
def test_files_of_images_that_are_gone_are_removed_and_told(
    project: Project, tmp_path: Path, form: str
) -> None:
    target, fresh = tmp_path / "out", tmp_path / "fresh"
    export(project, target, form)
    without_image(project, "b.png")
    report = export(project, target, form)
    export(project, fresh, form)
    assert files(target) == files(fresh)
    assert report.removed
    assert all("b" in name for name in report.removed)
    assert not [path for path in target.rglob("*") if path.is_dir() and not any(path.iterdir())]


def test_masks_of_objects_and_labels_that_are_gone_are_removed(
    project: Project, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    export(project, target, "masks")
    loaded = project.read_objects(project.root / "a.png", 6, 6)
    changed = loaded.document.without([2]).with_label(1, 1)
    project.write_objects(project.root / "a.png", changed, loaded.token)
    report = export(project, target, "masks")
    assert report.removed == ("a/cat_1.png", "a/cat_2.png")
    assert files(target) == ["a/object_1.png", "b/cat_1.png", "b/cat_2.png"]


def test_files_of_others_and_changed_ones_stay_and_are_told(
    project: Project, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    export(project, target, "labelme")
    (target / "b.json").write_text("{}", "utf-8")
    (target / "theirs.json").write_text("{}", "utf-8")
    (target / "notes.txt").write_text("not read by anyone", "utf-8")
    without_image(project, "b.png")
    report = export(project, target, "labelme")
    assert (report.removed, report.others) == (("b.png",), ("b.json", "theirs.json"))
    assert (target / "notes.txt").exists()


def test_a_manifest_is_not_believed_alone(project: Project, tmp_path: Path) -> None:
    target = tmp_path / "out"
    export(project, target, "isat")
    outside = tmp_path / "outside.json"
    (target / "a.json").replace(outside)
    (target / "link.json").symlink_to(outside)
    manifest = target / f"{PREFIX}isat"
    lines = manifest.read_text("utf-8").splitlines()
    stolen = [line.replace('"a.json"', other) for line in lines if '"a.json"' in line
              for other in ('"../outside.json"', '"link.json"', '"."', '"b.json/x"')]  # fmt: skip
    manifest.write_text("\n".join([*lines, *stolen, '["cut o', "[1, 2]", "null"]), "utf-8")
    report = export(project, target, "isat")
    assert report.removed == ()
    assert outside.exists()
    assert (target / "link.json").is_symlink()


def test_an_image_that_was_copied_and_worked_on_stays(project: Project, tmp_path: Path) -> None:
    target = tmp_path / "out"
    export(project, target, "yolo")
    copied = Project(target / "images")
    copied.write_objects(copied.root / "b.png", document_of(ring()), None)
    without_image(project, "b.png")
    assert export(project, target, "yolo").removed == ("labels/b.txt",)
    assert (copied.root / "b.png").exists()


def test_a_copy_never_replaces_another_image(project: Project, tmp_path: Path) -> None:
    target = tmp_path / "out"
    save_image(target / "images" / "a.png", 9, 9)
    before = (target / "images" / "a.png").read_bytes()
    report = export(project, target, "yolo")
    assert (target / "images" / "a.png").read_bytes() == before
    assert [skip.where for skip in report.skipped] == ["a.png"]
    assert "labels/a.txt" not in files(target)


@pytest.mark.parametrize(("there", "form"), [*pairwise(MANY), ("labelme", "yolo")])
def test_another_format_in_the_folder_is_asked_about(
    project: Project, tmp_path: Path, form: str, there: str
) -> None:
    target = tmp_path / "out"
    export(project, target, there)
    before = files(target)
    for hidden in target.glob(f"{PREFIX}*"):
        hidden.unlink()
    # A folder of PNGs may hold the images that labels are written beside.
    if there == "masks":
        return
    with pytest.raises(Problem, match="--overwrite"):
        export(project, target, form)
    assert files(target) == before
    assert export(project, target, form, overwrite=True).images == 2
    # What was agreed to once is known from then on.
    assert export(project, target, form).images == 2


def test_an_export_of_another_folder_is_asked_about_and_stays(
    project: Project, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    export(project, target, "yolo")
    image = save_image(tmp_path / "other" / "c.png")
    other = Project(image.parent)
    other.write_objects(image, document_of(square()), None)
    with pytest.raises(Problem, match="another folder"):
        export(other, target, "yolo")
    report = export(other, target, "yolo", overwrite=True)
    assert (report.removed, len(report.others)) == ((), 4)
    assert {"labels/a.txt", "labels/c.txt"} <= set(files(target))


def test_two_formats_agreed_to_share_a_folder(project: Project, tmp_path: Path) -> None:
    target = tmp_path / "VOC"
    export(project, target, "voc")
    export(project, target, "instance-png", overwrite=True)
    without_image(project, "b.png")
    removed = (
        export(project, target, "voc").removed + export(project, target, "instance-png").removed
    )
    assert sorted(removed) == [
        "Annotations/b.xml",
        "JPEGImages/b.png",
        "SegmentationClass/b.png",
        "SegmentationObject/b.png",
    ]


def test_images_and_their_objects_are_no_reason_to_ask(project: Project) -> None:
    for form in ("labelme", "yolo"):
        options: dict[str, object] = {}
        names = ["a.png", "b.png"]
        report = export_project(
            project, names, FORMATS[form], project.root, options=options, overwrite=form == "yolo"
        )
        assert (report.images, report.removed, report.others) == (2, (), ())


def test_a_file_of_another_kind_is_not_replaced_unasked(project: Project, tmp_path: Path) -> None:
    theirs = tmp_path / "package.json"
    theirs.write_text('{"name": "theirs"}', "utf-8")
    with pytest.raises(Problem, match="is no COCO file"):
        export_project(project, ["a.png"], FORMATS["coco"], theirs)
    assert export_project(project, ["a.png"], FORMATS["coco"], theirs, overwrite=True).images == 1
    assert export_project(project, ["a.png"], FORMATS["coco"], theirs).images == 1


def test_an_empty_image_list_leaves_the_folder_without_a_manifest(tmp_path: Path) -> None:
    empty = Project(tmp_path / "empty")
    empty.root.mkdir()
    export_project(empty, [], FORMATS["sa1b"], tmp_path / "out")
    assert [*(tmp_path / "out").iterdir()] == []
