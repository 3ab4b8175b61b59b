"""The file of an image's objects: exact, valid for others, and never written over unread."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco

from app.core.contents import Contents
from app.core.describing import flag_set
from app.core.details import Flag
from app.core.document import Document, ImageStatus, Source, State
from app.core.errors import Problem
from app.core.evidence import Evidence
from app.core.labels import Label
from app.core.prompt import Point
from app.core.review import StateCounts, Summary
from app.storage.layout import to_bytes, to_document
from app.storage.schema import parse
from app.storage.sidecar import read_sidecar, read_summary, sidecar_name
from tests.storage.documents import documents, json_values
from tests.storage.sidecars import HEIGHT, WIDTH, blob, changed, example, written


@settings(max_examples=80)
@given(documents())
def test_what_is_written_is_read_back_equal(document: Document) -> None:
    raw = parse(to_bytes(document, "a.jpg"))
    assert to_document(raw, document.height, document.width) == document


@settings(max_examples=40)
@given(documents())
def test_unchanged_lines_may_be_used_again(document: Document) -> None:
    lines: dict[int, Any] = {}
    to_bytes(document, "a", lines)
    edited = document.with_status(ImageStatus.SKIPPED)
    if len(edited):
        edited = edited.without(edited.ids[0])
    assert to_bytes(edited, "a", lines) == to_bytes(edited, "a")
    assert set(lines) == set(edited.ids)


def test_a_line_of_another_object_with_the_same_id_is_not_used() -> None:
    lines: dict[int, Any] = {}
    to_bytes(example(), "a", lines)
    other = example().with_mask(1, blob(0, 0, 3))
    assert to_bytes(other, "a", lines) == to_bytes(other, "a")


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # pycocotools' own
def test_others_read_it_as_sa_1b(tmp_path: Path) -> None:
    data = json.loads(written(tmp_path, example()).read_bytes())
    assert data["image"]["file_name"] == "a.jpg"
    assert (data["image"]["height"], data["image"]["width"]) == (HEIGHT, WIDTH)
    assert isinstance(data["image"]["image_id"], int)
    for annotation, mine in zip(data["annotations"], example(), strict=True):
        assert np.array_equal(coco.decode(annotation["segmentation"]), mine.mask.to_array())
        assert coco.area(annotation["segmentation"]) == annotation["area"]
        assert coco.toBbox(annotation["segmentation"]).tolist() == annotation["bbox"]
        assert annotation["iscrowd"] == 0
        assert annotation["crop_box"] == [0, 0, WIDTH, HEIGHT]
    first = data["annotations"][0]
    assert (first["predicted_iou"], first["stability_score"]) == (0.91, 0.97)
    assert first["point_coords"] == [[3.5, 4.5]]
    assert first["category_id"] == 2


def test_each_object_is_a_line(tmp_path: Path) -> None:
    text = written(tmp_path, example()).read_text("utf-8")
    assert sum('"segmentation"' in line for line in text.splitlines()) == 2
    assert text.endswith("}\n")


def sa_1b(**annotation: Any) -> dict[str, Any]:
    """What Meta publishes: boxes one pixel too small, no labels, no states."""
    mask = blob(2, 3, 5)
    record = {
        "id": 407_230_345,
        "segmentation": {"size": [HEIGHT, WIDTH], "counts": mask.counts},
        "bbox": [2.0, 3.0, 4.0, 4.0],
        "area": 1,
        "predicted_iou": 0.98,
        "stability_score": 0.96,
        "crop_box": [0.0, 0.0, 10.0, 6.0],
        "point_coords": [[4.0, 5.5]],
    }
    image = {"image_id": 7, "width": WIDTH, "height": HEIGHT, "file_name": "sa_7.jpg"}
    return {"image": image, "annotations": [record | annotation]}


def opened(folder: Path, raw: Any) -> Document:
    path = folder / "a.jpg.json"
    path.write_text(json.dumps(raw))
    return read_sidecar(path, HEIGHT, WIDTH).document


def test_a_file_of_sa_1b_opens(tmp_path: Path) -> None:
    document = opened(tmp_path, sa_1b())
    (annotation,) = document
    assert annotation.mask == blob(2, 3, 5)
    assert (annotation.id, annotation.label_id) == (407_230_345, 1)
    assert (annotation.source, annotation.state) == (Source.IMPORTED, State.ACCEPTED)
    assert annotation.evidence.points == (Point(4.0, 5.5),)
    assert annotation.evidence.predicted_iou == 0.98
    assert annotation.evidence.crop_box == (0, 0, 10, 6)
    assert document.status is ImageStatus.IN_PROGRESS
    assert document.next_id == 407_230_346


def test_written_again_it_keeps_all_but_the_wrong_box(tmp_path: Path) -> None:
    raw = sa_1b(score=[1, {"a": None}])
    raw["image"]["license"] = 3
    raw["info"] = {"year": 2023}
    again = json.loads(to_bytes(opened(tmp_path, raw), "sa_7.jpg"))
    assert again["image"] == raw["image"]
    assert again["info"] == raw["info"]
    kept = {k: v for k, v in raw["annotations"][0].items() if k not in ("bbox", "area")}
    assert kept.items() <= again["annotations"][0].items()
    assert again["annotations"][0]["bbox"] == [2, 3, 5, 5]
    assert again["annotations"][0]["area"] == 25


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("predicted_iou", "high"),
        ("predicted_iou", None),
        ("stability_score", 1.5),
        ("crop_box", [1, 2]),
        ("crop_box", [0, 0, -1, 4]),
        ("point_coords", "none"),
        ("point_coords", [[1]]),
        ("iscrowd", 1),
    ],
)
def test_odd_values_of_others_are_kept_as_they_are(tmp_path: Path, key: str, value: Any) -> None:
    document = opened(tmp_path, sa_1b(**{key: value}))
    again = json.loads(to_bytes(document, "sa_7.jpg"))
    assert again["annotations"][0][key] == value


def test_run_lengths_may_be_a_list(tmp_path: Path) -> None:
    mask = blob(2, 3, 5)
    segmentation = {"size": [HEIGHT, WIDTH], "counts": mask.runs.tolist()}
    assert opened(tmp_path, sa_1b(segmentation=segmentation)).annotations[0].mask == mask


@pytest.mark.parametrize("wrong", [None, 0, -4, "7", 1.5, True, 2**80])
def test_impossible_ids_are_given_anew(tmp_path: Path, wrong: Any) -> None:
    raw = sa_1b(id=wrong)
    raw["annotations"].append(sa_1b(id=5)["annotations"][0])
    raw["annotations"].append(sa_1b(id=5)["annotations"][0])
    assert opened(tmp_path, raw).ids == (6, 5, 7)


@given(st.dictionaries(st.text(max_size=4), json_values, max_size=3))
def test_keys_nobody_knows_survive_wherever_they_stand(added: dict[str, Any]) -> None:
    added = {f"new {key}": value for key, value in added.items()}
    raw = json.loads(to_bytes(example(), "a.jpg"))
    first = raw["annotations"][0]
    places = [raw, raw["image"], raw["maskwright"], first, first["segmentation"]]
    for place in [*places, first["maskwright"], first["maskwright"]["evidence"]]:
        place.update(added)
    assert json.loads(to_bytes(to_document(raw, HEIGHT, WIDTH), "a.jpg")) == raw


def test_the_file_is_as_it_was_if_nothing_was_edited() -> None:
    data = to_bytes(example(), "a.jpg")
    assert to_bytes(to_document(parse(data), HEIGHT, WIDTH), "a.jpg") == data


def test_text_that_is_half_a_character_can_be_read_again(tmp_path: Path) -> None:
    document = example().with_attributes(1, {"note": "a\ud800b"})
    loaded = read_sidecar(written(tmp_path, document), HEIGHT, WIDTH)
    assert loaded.document.annotation(1).attributes == {"note": "a?b"}


def test_without_a_file_there_is_an_empty_document(tmp_path: Path) -> None:
    loaded = read_sidecar(tmp_path / "a.jpg.json", HEIGHT, WIDTH)
    assert loaded.document == Document(HEIGHT, WIDTH)
    assert (loaded.token, loaded.read_only) == (None, None)


def test_a_newer_file_is_shown_and_not_to_be_written(tmp_path: Path) -> None:
    path = changed(tmp_path, lambda raw: raw["maskwright"].update(version=3))
    loaded = read_sidecar(path, HEIGHT, WIDTH)
    assert len(loaded.document) == 2
    assert "newer version" in str(loaded.read_only)


def test_a_newer_file_that_cannot_be_shown_says_so(tmp_path: Path) -> None:
    path = changed(tmp_path, lambda raw: raw["maskwright"].update(version=3, status="new"))
    with pytest.raises(Problem, match="newer version"):
        read_sidecar(path, HEIGHT, WIDTH)


def test_an_image_of_another_size_is_explained(tmp_path: Path) -> None:
    path = written(tmp_path, example())
    with pytest.raises(Problem, match=r"20 x 12 pixels.*this one has 40 x 24.*resized"):
        read_sidecar(path, 24, 40)
    with pytest.raises(Problem, match="lying on its side"):
        read_sidecar(path, WIDTH, HEIGHT)


def test_names_never_meet_and_never_get_too_long() -> None:
    assert sidecar_name("a.jpg") == "a.jpg.json"
    long = ["é" * 125 + "1.jpg", "é" * 125 + "2.jpg", "x" * 251, "x" * 250]
    names = [sidecar_name(name) for name in long]
    assert len(set(names)) == 4
    assert all(len(os.fsencode(name)) <= 255 for name in names)
    assert names[3] == long[3] + ".json"


def test_a_summary_tells_status_and_states(tmp_path: Path) -> None:
    document = example().with_added(blob(0, 0, 1), state=State.PROPOSED)
    summary = read_summary(written(tmp_path, document))
    assert summary.status is ImageStatus.IN_PROGRESS
    assert summary.objects == StateCounts(accepted=1, edited=1, proposed=1)
    assert summary.readable
    assert read_summary(tmp_path / "none.json") == Summary()


@settings(max_examples=40)
@given(documents())
def test_a_summary_agrees_with_the_document(
    tmp_path_factory: pytest.TempPathFactory, document: Document
) -> None:
    summary = read_summary(written(tmp_path_factory.mktemp("summary"), document))
    assert summary.status == document.status
    assert summary == Summary.of(document)


def test_a_summary_tells_what_a_list_is_filtered_by(tmp_path: Path) -> None:
    evidence = Evidence(predicted_iou=0.75)
    document = Document(HEIGHT, WIDTH)
    for label, state, values in (
        (1, State.ACCEPTED, {"colour": "red", "wheels": 4, "parked": True, "odd": [1]}),
        (2, State.REJECTED, {"colour": "blue"}),
        (3, State.PROPOSED, {"colour": "red"}),
    ):
        document = document.with_added(
            blob(0, 0, 1), label_id=label, state=state, attributes=values, evidence=evidence
        )
    first = document.annotations[0].id
    document = document.with_changed([first], flag_set(Flag.OCCLUDED, True))
    named = [Label(1, "car", "#ff0000"), Label(2, "dog", "#00ff00")]
    path = tmp_path / "a.jpg.json"
    path.write_bytes(to_bytes(document, "a.jpg", labels=named))
    found = read_summary(path, {3: "cat"}.get).contents
    assert found == Contents(
        frozenset({"car", "cat"}),
        frozenset({("colour", "red"), ("wheels", "4"), ("parked", "true")}),
        frozenset({Flag.OCCLUDED}),
        0.75,
    )
    assert found == Summary.of(document, {1: "car", 2: "dog", 3: "cat"}).contents


@pytest.mark.parametrize("odd", ["[1, {}]", '"x"', "{}", "-7", "1e9", "null", "true"])
def test_a_summary_passes_over_what_a_list_cannot_use(tmp_path: Path, odd: str) -> None:
    path = tmp_path / "a.jpg.json"
    path.write_text(
        f"""{{"annotations": [{{"category_id": {odd}, "predicted_iou": {odd}, "maskwright":
        {{"attributes": {odd}, "details": {{"flags": {odd}}}}}}}],
        "maskwright": {{"status": "done", "labels": {odd}}}}}"""
    )
    summary = read_summary(path)
    assert summary.readable
    assert summary.status is ImageStatus.DONE


def test_a_summary_of_others_files_is_that_of_their_document(tmp_path: Path) -> None:
    document = opened(tmp_path, sa_1b())
    summary = read_summary(tmp_path / "a.jpg.json")
    assert (summary.status, summary.objects) == (document.status, StateCounts(accepted=1))
