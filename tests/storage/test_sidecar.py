"""The file of an image's objects: exact, valid for others, and never written over unread."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco

from app.core.document import Document, Evidence, ImageStatus, Source, State
from app.core.errors import Problem
from app.core.mask import Mask
from app.core.prompt import Box, Point, Prompt, Step
from app.storage.guarded import Conflict, replace_file, token_of
from app.storage.layout import to_bytes, to_document
from app.storage.schema import parse
from app.storage.sidecar import Summary, read_sidecar, read_summary, sidecar_name
from tests.storage.documents import documents, json_values

HEIGHT, WIDTH = 12, 20


def blob(x: int, y: int, size: int) -> Mask:
    pixels = np.zeros((HEIGHT, WIDTH), bool)
    pixels[y : y + size, x : x + size] = True
    return Mask.from_array(pixels)


def example() -> Document:
    prompt = Prompt((Point(3.5, 4.5), Point(9.0, 9.0, False)), Box(2.0, 2.0, 8.0, 8.0))
    evidence = Evidence(
        prompts=(Step(Prompt((Point(3.5, 4.5),)), 0.0, 1), Step(prompt, 1.25)),
        predicted_iou=0.91,
        stability_score=0.97,
        clicks=3,
        active_s=4.5,
        model="small",
    )
    document = Document(HEIGHT, WIDTH, status=ImageStatus.IN_PROGRESS)
    document = document.with_added(blob(2, 3, 5), 2, source=Source.SMART, evidence=evidence)
    return document.with_added(blob(10, 3, 4), state=State.EDITED)


def written(folder: Path, document: Document, name: str = "a.jpg") -> Path:
    path = folder / sidecar_name(name)
    path.write_bytes(to_bytes(document, name))
    return path


def changed(folder: Path, change: Any) -> Path:
    """A file of ours in which somebody changed something."""
    path = written(folder, example())
    raw = json.loads(path.read_bytes())
    change(raw)
    path.write_text(json.dumps(raw))
    return path


@settings(max_examples=80)
@given(documents())
def test_what_is_written_is_read_back_equal(document: Document) -> None:
    raw = parse(to_bytes(document, "a.jpg"))
    assert to_document(raw, document.height, document.width) == document


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
    path = changed(tmp_path, lambda raw: raw["maskwright"].update(version=2))
    loaded = read_sidecar(path, HEIGHT, WIDTH)
    assert len(loaded.document) == 2
    assert "newer version" in str(loaded.read_only)


def test_a_newer_file_that_cannot_be_shown_says_so(tmp_path: Path) -> None:
    path = changed(tmp_path, lambda raw: raw["maskwright"].update(version=2, status="new"))
    with pytest.raises(Problem, match="newer version"):
        read_sidecar(path, HEIGHT, WIDTH)


def set_in_first(key: str, value: Any) -> Any:
    return lambda raw: raw["annotations"][0].update({key: value})


BROKEN: dict[str, Any] = {
    "no image": lambda raw: raw.pop("image"),
    "no annotations": lambda raw: raw.pop("annotations"),
    "annotations are a number": lambda raw: raw.update(annotations=3),
    "negative size": lambda raw: raw["image"].update(width=-1),
    "huge size": lambda raw: raw["image"].update(width=10**9, height=10**9),
    "size is text": lambda raw: raw["image"].update(width="20"),
    "size is true": lambda raw: raw["image"].update(width=True),
    "unknown status": lambda raw: raw["maskwright"].update(status="almost"),
    "version zero": lambda raw: raw["maskwright"].update(version=0),
    "label zero": set_in_first("category_id", 0),
    "no mask": set_in_first("segmentation", None),
    "polygon": set_in_first("segmentation", [[1, 1, 5, 1, 5, 5]]),
    "short runs": set_in_first("segmentation", {"size": [HEIGHT, WIDTH], "counts": [5, 5]}),
    "negative runs": set_in_first("segmentation", {"size": [HEIGHT, WIDTH], "counts": [-5, 245]}),
    "torn text": set_in_first("segmentation", {"size": [HEIGHT, WIDTH], "counts": "P"}),
    "no counts": set_in_first("segmentation", {"size": [HEIGHT, WIDTH], "counts": ""}),
    "other mask size": set_in_first("segmentation", {"size": [WIDTH, HEIGHT], "counts": "0d0"}),
    "unknown state": set_in_first("maskwright", {"state": "perhaps"}),
    "time backwards": set_in_first("maskwright", {"evidence": {"active_s": -1.0}}),
    "unknown step": set_in_first("maskwright", {"evidence": {"prompts": [{"lasso": 1}]}}),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_cannot_be_understood_is_a_problem_that_names_the_file(
    tmp_path: Path, what: str
) -> None:
    path = changed(tmp_path, BROKEN[what])
    with pytest.raises(Problem, match=r"a\.jpg\.json"):
        read_sidecar(path, HEIGHT, WIDTH)


def test_the_place_of_the_fault_is_named(tmp_path: Path) -> None:
    path = changed(tmp_path, BROKEN["short runs"])
    with pytest.raises(Problem, match=r"\$\.annotations\[0\]"):
        read_sidecar(path, HEIGHT, WIDTH)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"null", b"NaN", b"[" * 200_000, b'{"a":' * 200_000, b"\xff\xfe{}", b"x"],
)
def test_what_is_no_json_object_is_a_problem(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.jpg.json"
    path.write_bytes(data)
    with pytest.raises(Problem):
        read_sidecar(path, HEIGHT, WIDTH)
    assert not read_summary(path).readable
    assert path.read_bytes() == data


@given(st.binary(max_size=30) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_document_or_a_problem(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "a.json"
    path.write_bytes(data)
    with pytest.raises(Problem):
        read_sidecar(path, HEIGHT, WIDTH)
    assert isinstance(read_summary(path), Summary)


@settings(max_examples=150)
@given(st.data())
def test_a_file_with_changes_anywhere_is_a_document_or_a_problem(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    raw = json.loads(to_bytes(example(), "a.jpg"))
    place: Any = raw
    while isinstance(place, dict | list) and place:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if data.draw(st.booleans()) or not isinstance(place[key], dict | list):
            place[key] = data.draw(json_values)
            break
        place = place[key]
    path = tmp_path_factory.mktemp("changed") / "a.json"
    path.write_text(json.dumps(raw))
    try:
        document = read_sidecar(path, HEIGHT, WIDTH).document
    except Problem:
        return
    again = to_document(parse(to_bytes(document, "a.jpg")), HEIGHT, WIDTH)
    assert again == document


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
    assert summary.counts == Counter({State.ACCEPTED: 1, State.EDITED: 1, State.PROPOSED: 1})
    assert summary.readable
    assert read_summary(tmp_path / "none.json") == Summary()


@given(documents())
def test_a_summary_agrees_with_the_document(
    tmp_path_factory: pytest.TempPathFactory, document: Document
) -> None:
    summary = read_summary(written(tmp_path_factory.mktemp("summary"), document))
    assert summary.status == document.status
    assert summary.counts == Counter(annotation.state for annotation in document)


def test_a_summary_of_others_files_is_that_of_their_document(tmp_path: Path) -> None:
    document = opened(tmp_path, sa_1b())
    summary = read_summary(tmp_path / "a.jpg.json")
    assert (summary.status, summary.counts) == (document.status, {State.ACCEPTED: 1})


# -- writing over


def test_a_file_is_replaced_if_it_is_as_it_was_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    first = replace_file(path, b"{1}", None)
    second = replace_file(path, b"{2}", first)
    assert path.read_bytes() == b"{2}"
    assert second == token_of(b"{2}")


def test_a_file_that_somebody_else_changed_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    token = replace_file(path, b"{1}", None)
    path.write_bytes(b"theirs")
    with pytest.raises(Conflict) as caught:
        replace_file(path, b"{2}", token)
    assert caught.value.found == token_of(b"theirs")
    assert path.read_bytes() == b"theirs"
    assert replace_file(path, b"{2}", caught.value.found) == token_of(b"{2}")


def test_a_file_that_was_never_read_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"theirs")
    with pytest.raises(Conflict):
        replace_file(path, b"{1}", None)
    assert path.read_bytes() == b"theirs"


def test_a_file_that_has_gone_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "a.json"
    assert replace_file(path, b"{1}", token_of(b"old")) == token_of(b"{1}")
    assert path.read_bytes() == b"{1}"


@pytest.mark.parametrize("start", [b"\x89PNG\r\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"BM", b"RIFF"])
def test_an_image_is_never_written_over(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(start)
    with pytest.raises(Conflict):
        replace_file(path, b"{}", token_of(start))
    assert path.read_bytes() == start
