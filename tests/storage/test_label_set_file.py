"""Files of label sets: ours, CVAT's, plain lists of names."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.attributes import Attribute, Kind
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.storage.label_file import labels_to_bytes
from app.storage.label_set_file import parse_set, read_set, set_to_bytes, write_set
from tests.storage.documents import json_values, label_sets


def plain(labels: LabelSet) -> list[tuple[object, ...]]:
    return [(e.name, e.color, e.key, e.description, e.attributes, e.extra) for e in labels]


@given(label_sets())
def test_a_set_that_was_written_is_read_again(labels: LabelSet) -> None:
    for data in (set_to_bytes(labels), labels_to_bytes(labels)):
        found = parse_set(data)
        assert plain(found) == plain(labels)
        assert found.attributes == labels.attributes
        assert [each.id for each in found] == list(range(1, len(labels) + 1))


FIELDS = st.sampled_from(["name", "color", "key", "shortcut", "description", "attributes", "x"])


@given(json_values | st.lists(st.dictionaries(FIELDS, json_values)))
def test_any_json_is_labels_or_none(raw: Any) -> None:
    for whole in (raw, {"labels": raw, "attributes": raw}):
        try:
            found = parse_set(json.dumps(whole).encode())
        except ValueError:
            continue
        assert parse_set(set_to_bytes(found)) == found


def test_a_list_of_names_is_a_set() -> None:
    found = parse_set("car\r\n\n vehicle/bus \ncar\n图\n".encode())
    assert [each.name for each in found] == ["car", "vehicle/bus", "图"]
    assert len({each.color for each in found}) == 3


def test_cvats_labels_are_read_with_their_attributes() -> None:
    raw = [
        {
            "name": "car", "id": 7, "color": "#2080C0", "type": "any",
            "attributes": [
                {"id": 1, "name": "model", "input_type": "select", "mutable": False,
                 "values": ["a", "b"], "default_value": "b"},
                {"name": "parked", "input_type": "checkbox", "values": ["false"],
                 "default_value": "true"},
                {"name": "seats", "input_type": "number", "values": ["1", "9", "1"],
                 "default_value": "4"},
                {"name": "plate", "input_type": "text", "values": [""], "default_value": ""},
                {"name": "occluded", "input_type": "checkbox", "values": ["false"]},
            ],
        },
        {"name": "dog", "attributes": []},
    ]  # fmt: skip
    car, dog = parse_set(json.dumps(raw).encode())
    assert (car.name, car.color, dog.attributes) == ("car", "#2080c0", ())
    assert car.attributes == (
        Attribute("model", Kind.CHOICE, ("a", "b"), "b"),
        Attribute("parked", default=True),
        Attribute("seats", Kind.NUMBER, default=4, least=1, most=9),
        Attribute("plate", Kind.TEXT),
    )


@pytest.mark.parametrize("data", [b"", b"\n \n", b"{}", b"[]", b'{"labels": 3}', b"{", b"[" * 9999])
def test_what_holds_no_labels_is_told(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "set.json"
    path.write_bytes(data)
    with pytest.raises(Problem, match=r"set\.json holds no labels"):
        read_set(path)


def test_a_set_is_written_to_a_file(tmp_path: Path) -> None:
    write_set(LabelSet(), tmp_path / "set.json")
    assert read_set(tmp_path / "set.json") == LabelSet()
    with pytest.raises(Problem, match="was not saved"):
        write_set(LabelSet(), tmp_path / "no" / "set.json")
