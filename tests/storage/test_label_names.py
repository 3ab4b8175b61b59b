"""Labels are names: a file means the same wherever it lies and whatever folder is opened."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.document import Document
from app.core.errors import Problem
from app.core.labels import Label, LabelSet
from app.core.mask import Mask
from app.core.prompt import Box, Prompt
from app.core.unsegmented import Unsegmented
from app.storage.exchange import sa1b
from app.storage.label_book import LabelBook
from app.storage.layout import labels_told, to_bytes
from app.storage.places import Places
from app.storage.project import Project
from tests.storage.documents import json_values

SIZE = (6, 8)
MASKS = [Mask.from_array(np.arange(48).reshape(SIZE) % 7 == number) for number in range(7)]


def with_objects(*ids: int) -> Document:
    document = Document(*SIZE)
    for number, label_id in enumerate(ids):
        document = document.with_added(MASKS[number], label_id)
    return document


def labels_of_names(*names: str) -> LabelSet:
    """These alone, with ids from 1 on."""
    return LabelSet(tuple(Label(n, name, "#123456") for n, name in enumerate(names, 1)), 99)


def annotated(root: Path, image: str, *names: str) -> Path:
    """Objects with these labels, saved with ``root`` open; the image."""
    path = root / image
    path.parent.mkdir(parents=True, exist_ok=True)
    project = Project(root)
    loaded = project.read_labels()
    labels = loaded.labels.with_names(names)
    if labels != loaded.labels:
        project.write_labels(labels, loaded.token)
    before = project.read_objects(path, *SIZE)
    document = before.document
    for name in names:
        label = labels.named(name)
        assert label is not None
        document = document.with_added(MASKS[len(document)], label.id)
    project.write_objects(path, document, before.token)
    return path


def named(root: Path, image: Path, home: Path | None = None) -> list[str]:
    """What a fresh start of the program calls the objects of an image with ``root`` open."""
    project = Project(root, home)
    document = project.read_objects(image, *SIZE).document
    return [project.book.labels.label(each.label_id).name for each in document]


def old_table(folder: Path, names: dict[int, str], next_id: int | None = None) -> None:
    """``labels.json`` as versions before sidecars held names wrote it."""
    own = folder / ".maskwright"
    own.mkdir(parents=True, exist_ok=True)
    rows = [{"id": n, "name": name, "color": "#123456", "key": None} for n, name in names.items()]
    table = {"version": 1, "next_id": next_id or max(names) + 1, "labels": rows}
    (own / "labels.json").write_text(json.dumps(table))


def old_sidecar(image: Path, document: Document) -> Path:
    """A sidecar as versions before wrote it: ids without names."""
    raw: dict[str, Any] = json.loads(to_bytes(document, image.name))
    raw["maskwright"]["version"] = 1
    assert "labels" not in raw["maskwright"]
    image.parent.mkdir(parents=True, exist_ok=True)
    path = image.with_name(f"{image.name}.json")
    path.write_text(json.dumps(raw))
    return path


# -- sidecars with names


def test_an_image_means_the_same_through_its_own_folder_and_through_the_one_around_it(
    tmp_path: Path,
) -> None:
    image = annotated(tmp_path, "sub/b.png", "person", "car")
    annotated(tmp_path / "sub", "c.png", "zebra", "tree")
    annotated(tmp_path / "sub", "b.png", "zebra")
    for root in (tmp_path, tmp_path / "sub"):
        assert named(root, image) == ["person", "car", "zebra"]
        assert named(root, tmp_path / "sub" / "c.png") == ["zebra", "tree"]


def test_a_sidecar_that_is_copied_to_another_folder_means_the_same_there(tmp_path: Path) -> None:
    image = annotated(tmp_path / "one", "a.png", "person", "car")
    other = annotated(tmp_path / "two", "a.png", "car", "zebra")
    shutil.copy(f"{image}.json", tmp_path / "two" / "b.png.json")
    assert named(tmp_path / "two", tmp_path / "two" / "b.png") == ["person", "car"]
    assert named(tmp_path / "two", other) == ["car", "zebra"]


def test_a_sidecar_alone_brings_its_labels_with_their_colours(tmp_path: Path) -> None:
    image = annotated(tmp_path / "one", "a.png", "person")
    color = Project(tmp_path / "one").read_labels().labels.named("person")
    (tmp_path / "two").mkdir()
    shutil.copy(f"{image}.json", tmp_path / "two")
    project = Project(tmp_path / "two")
    document = project.read_objects(tmp_path / "two" / "a.png", *SIZE).document
    found = project.book.labels.label(document.annotations[0].label_id)
    assert color is not None
    assert (found.name, found.color) == ("person", color.color)
    assert not (tmp_path / "two" / ".maskwright").exists()


def test_boxes_that_wait_for_their_masks_keep_their_labels_too(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    project = Project(tmp_path / "one")
    project.write_labels(LabelSet().with_names(["person", "car"]), None)
    waits = Document(*SIZE).with_unsegmented([Unsegmented(3, Prompt(box=Box(0, 0, 2, 2)))])
    project.write_objects(tmp_path / "one" / "a.png", waits, None)
    (tmp_path / "two").mkdir()
    shutil.copy(tmp_path / "one" / "a.png.json", tmp_path / "two")
    other = Project(tmp_path / "two")
    (found,) = other.read_objects(tmp_path / "two" / "a.png", *SIZE).document.unsegmented
    assert other.book.labels.label(found.label_id).name == "car"


def test_all_labels_are_known_before_an_image_is_read(tmp_path: Path) -> None:
    annotated(tmp_path, "sub/b.png", "person")
    annotated(tmp_path / "sub", "c.png", "zebra")
    project = Project(tmp_path)
    labels = project.labels_with([tmp_path / "sub" / "c.png", tmp_path / "none.png"])
    assert [label.name for label in labels] == ["object", "person", "zebra"]
    assert project.read_labels().labels == labels


def test_a_label_that_was_removed_comes_back_with_objects_that_have_it(tmp_path: Path) -> None:
    image = annotated(tmp_path, "a.png", "person", "car")
    project = Project(tmp_path)
    loaded = project.read_labels()
    project.write_labels(loaded.labels.without(2), loaded.token)
    assert named(tmp_path, image) == ["person", "car"]


@given(
    st.dictionaries(st.integers(1, 9), st.sampled_from(["a", "b", "c", "d", "e"])),
    st.lists(st.integers(1, 9), max_size=6),
)
def test_relabelling_moves_all_at_once(ids: dict[int, str], used: list[int]) -> None:
    # Maps may swap ids: nothing is moved twice.
    swap = {number: 1 + (number * 7 + len(name)) % 9 for number, name in ids.items()}
    document = with_objects(*used)
    moved = document.with_label_ids(swap)
    assert [a.label_id for a in moved] == [swap.get(each, each) for each in used]
    assert moved.label_ids == {swap.get(each, each) for each in used}


@given(json_values)
def test_a_damaged_table_of_labels_is_refused_or_passed_over(table: Any) -> None:
    raw = json.loads(to_bytes(with_objects(1, 2), "a.png"))
    raw["maskwright"]["labels"] = table
    assert all(label.id == number >= 1 for number, label in labels_told(raw).items())


# -- sidecars without names


def test_an_old_folder_keeps_its_labels(tmp_path: Path) -> None:
    old_table(tmp_path, {1: "person", 2: "car"})
    sidecar = old_sidecar(tmp_path / "a.png", with_objects(2, 1, 2))
    assert named(tmp_path, tmp_path / "a.png") == ["car", "person", "car"]
    project = Project(tmp_path)
    loaded = project.read_objects(tmp_path / "a.png", *SIZE)
    project.write_objects(tmp_path / "a.png", loaded.document, loaded.token)
    told = json.loads(sidecar.read_text())["maskwright"]
    assert [(each["id"], each["name"]) for each in told["labels"]] == [(1, "person"), (2, "car")]


def test_an_old_image_means_what_the_folder_around_it_said(tmp_path: Path) -> None:
    old_table(tmp_path, {1: "person", 2: "car"})
    image = tmp_path / "sub" / "deep" / "a.png"
    old_sidecar(image, with_objects(2, 1))
    for root in (tmp_path, tmp_path / "sub", image.parent):
        assert named(root, image) == ["car", "person"]


def test_tables_that_agree_on_what_is_used_are_no_doubt(tmp_path: Path) -> None:
    old_table(tmp_path, {1: "person", 2: "car", 3: "dog"})
    old_table(tmp_path / "sub", {1: "person", 2: "zebra"})
    image = tmp_path / "sub" / "a.png"
    old_sidecar(image, with_objects(1, 3))
    for root in (tmp_path, tmp_path / "sub"):
        assert named(root, image) == ["person", "dog"]


@pytest.mark.parametrize("root", ["", "sub"])
def test_tables_that_do_not_agree_are_told_and_nothing_is_guessed(
    tmp_path: Path, root: str
) -> None:
    old_table(tmp_path, {1: "person", 2: "car"})
    old_table(tmp_path / "sub", {1: "zebra", 2: "tree"})
    image = tmp_path / "sub" / "a.png"
    sidecar = old_sidecar(image, with_objects(1))
    before = sidecar.read_bytes()
    with pytest.raises(Problem, match=r"label 1 the lists differ: “zebra” in .*sub, “person” in"):
        Project(tmp_path / root).read_objects(image, *SIZE)
    assert sidecar.read_bytes() == before


def test_a_label_that_was_removed_in_one_table_is_not_taken_from_another(tmp_path: Path) -> None:
    old_table(tmp_path, {1: "person", 2: "car"})
    old_table(tmp_path / "sub", {1: "person"}, next_id=3)
    old_sidecar(tmp_path / "sub" / "a.png", with_objects(2))
    with pytest.raises(Problem, match="removed in"):
        Project(tmp_path / "sub").read_objects(tmp_path / "sub" / "a.png", *SIZE)


def test_a_table_begun_today_says_nothing_about_old_images(tmp_path: Path) -> None:
    old_table(tmp_path, {1: "person", 2: "car"})
    image = tmp_path / "sub" / "old.png"
    old_sidecar(image, with_objects(1, 2))
    annotated(tmp_path / "sub", "new.png", "zebra", "tree")
    for root in (tmp_path, tmp_path / "sub"):
        assert named(root, image) == ["person", "car"]


def test_an_old_image_follows_no_later_change_of_the_table_but_keeps_its_meaning(
    tmp_path: Path,
) -> None:
    old_table(tmp_path, {1: "person", 2: "car"})
    old_sidecar(tmp_path / "a.png", with_objects(2))
    project = Project(tmp_path)
    loaded = project.read_labels()
    project.write_labels(loaded.labels.without(2).with_names(["tree"]), loaded.token)
    assert named(tmp_path, tmp_path / "a.png") == ["car"]


def test_a_table_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    old_table(tmp_path, {1: "person"})
    old_sidecar(tmp_path / "a.png", with_objects(1))
    (tmp_path / ".maskwright" / "labels.json").write_text("{")
    with pytest.raises(Problem, match="cannot be read"):
        Project(tmp_path).read_objects(tmp_path / "a.png", *SIZE)


def test_numbers_that_no_table_knows_stay_as_they_are(tmp_path: Path) -> None:
    image = tmp_path / "a.png"
    old_sidecar(image, with_objects(7))
    project = Project(tmp_path)
    assert project.read_objects(image, *SIZE).document.annotations[0].label_id == 7
    assert project.book.labels.with_added("new").labels[-1].id == 8


def test_a_mirror_asks_its_own_table_and_then_that_beside_the_images(tmp_path: Path) -> None:
    root = tmp_path / "images"
    root.mkdir()
    home = Places.below(tmp_path / "user").mirror_of(root)
    old_table(root, {1: "person", 2: "car"})
    old_sidecar(root / "a.png", with_objects(2))
    assert named(root, root / "a.png", home) == ["car"]
    old_sidecar(home / "b.png", with_objects(2))
    assert named(root, root / "b.png", home) == ["car"]
    old_table(home, {1: "zebra", 2: "tree"})
    assert named(root, root / "b.png", home) == ["tree"]


# -- the book


def test_a_name_that_was_taken_away_and_is_read_again_has_the_id_it_had() -> None:
    before = LabelSet().with_added("fruit").with_added("plate")
    book = LabelBook(before)
    told: list[None] = []
    book.listener = lambda: told.append(None)
    book.put(before.without(2))
    found = book.ids_of({7: Label(7, "fruit", "#123456"), 8: Label(8, "cup", "#abcdef")})
    assert found == {7: 2, 8: 4}
    assert [(label.id, label.name) for label in book.labels] == [
        (1, "object"), (3, "plate"), (2, "fruit"), (4, "cup"),
    ]  # fmt: skip
    assert book.labels.label(2) == before.label(2)
    assert told
    assert book.ids_of({7: Label(7, "fruit", "#123456")}) == {7: 2}


def test_an_id_is_given_once_whoever_asks_for_it() -> None:
    book = LabelBook()
    ids = book.ids_of({1: Label(1, "zebra", "#ff0000"), 9: Label(9, "object", "#00ff00")})
    assert ids == {1: 2, 9: 1}
    _, after = book.edit(lambda labels: labels.with_added("dog"))
    assert [(each.id, each.name) for each in after] == [(1, "object"), (2, "zebra"), (3, "dog")]
    assert book.labels.label(2).color == "#ff0000"


def test_a_label_that_is_added_again_under_its_name_has_the_id_that_objects_have() -> None:
    book = LabelBook(LabelSet().with_added("cat").with_added("dog"))
    _, after = book.edit(lambda labels: labels.without(3).with_added("dog"))
    assert [(each.id, each.name) for each in after] == [(1, "object"), (2, "cat"), (3, "dog")]
    book.edit(lambda labels: labels.without(2))
    book.edit(lambda labels: labels.with_added("cat").with_added("cow"))
    assert {each.id: each.name for each in book.labels} == {
        1: "object", 3: "dog", 2: "cat", 6: "cow",
    }  # fmt: skip
    assert not book.bring_back([2, 3])


def test_what_two_programs_added_at_once_keeps_what_it_means_in_memory() -> None:
    book = LabelBook()
    book.edit(lambda labels: labels.with_added("ours"))
    book.read(LabelSet().with_added("theirs"), {})
    assert {each.id: each.name for each in book.labels} == {1: "object", 2: "ours", 3: "theirs"}


def test_a_label_renamed_by_another_program_keeps_its_id() -> None:
    book = LabelBook(LabelSet().with_added("cat"))
    book.edit(lambda labels: labels.with_added("ours"))
    book.read(LabelSet().with_added("cat").with_renamed(2, "tiger"), {})
    assert {each.id: each.name for each in book.labels} == {1: "object", 2: "tiger", 3: "ours"}


def test_a_renamed_label_is_found_by_its_former_name_until_no_file_has_it() -> None:
    book = LabelBook(LabelSet().with_added("person"))
    book.edit(lambda labels: labels.with_renamed(2, "human"))
    person = {5: Label(5, "person", "#ff0000")}
    assert book.ids_of(person) == {5: 2}
    with pytest.raises(ValueError, match="being renamed"):
        book.edit(lambda labels: labels.with_added("person"))
    book.forget_former(["person"])
    assert book.ids_of(person) == {5: 3}


def test_a_name_that_was_taken_back_is_no_former_name() -> None:
    book = LabelBook(LabelSet().with_added("person"))
    book.edit(lambda labels: labels.with_renamed(2, "human"))
    book.edit(lambda labels: labels.with_renamed(2, "person"))
    assert dict(book.former) == {"human": 2}


def test_former_names_outlive_the_program(tmp_path: Path) -> None:
    image = annotated(tmp_path, "a.png", "person")
    project = Project(tmp_path)
    loaded = project.read_labels()
    project.write_labels(loaded.labels.with_renamed(2, "human"), loaded.token)
    assert named(tmp_path, image) == ["human"]


# -- sidecars as another program's files


def test_sidecars_that_are_converted_keep_their_labels(tmp_path: Path) -> None:
    annotated(tmp_path / "one", "a.png", "person", "car")
    (image,) = sa1b.read(tmp_path / "one").images
    assert [each.label for each in image.objects] == ["person", "car"]


def test_old_sidecars_that_are_converted_ask_the_tables_around_them(tmp_path: Path) -> None:
    old_table(tmp_path, {1: "person", 2: "car"})
    old_sidecar(tmp_path / "sub" / "a.png", with_objects(2))
    (image,) = sa1b.read(tmp_path / "sub").images
    assert [each.label for each in image.objects] == ["car"]
    old_table(tmp_path / "sub", {1: "zebra", 2: "tree"})
    found = sa1b.read(tmp_path / "sub")
    assert found.images == ()
    assert "the lists differ" in found.skipped[0].reason
