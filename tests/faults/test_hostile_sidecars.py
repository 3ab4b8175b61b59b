"""Damaged and hostile files of objects: a document or a problem, never anything else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Problem
from app.core.review import Summary
from app.storage.layout import to_bytes, to_document
from app.storage.schema import parse
from app.storage.sidecar import read_sidecar, read_summary
from tests.storage.documents import json_values
from tests.storage.sidecars import HEIGHT, WIDTH, changed, example


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
    written = to_bytes(document, "a.jpg")
    # Of a file about another name, the number of its image is kept until it is the one we give.
    assert to_bytes(to_document(parse(written), HEIGHT, WIDTH), "a.jpg") == written
