"""Schemas in ``labels.json``, and what is said of objects in their sidecars."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.core.attributes import Attribute, Kind
from app.core.details import Details, Flag
from app.core.document import Document
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.storage.attribute_records import attributes_in, with_attributes
from app.storage.label_file import labels_to_bytes, read_labels
from app.storage.layout import details_in, to_bytes, to_document, with_details
from app.storage.schema import VERSION, parse
from tests.storage.documents import details, json_values, label_sets, schemas


@given(label_sets())
def test_a_set_of_labels_comes_back_with_its_schemas(labels: LabelSet) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "labels.json"
        path.write_bytes(labels_to_bytes(labels))
        assert read_labels(path).labels == labels


@given(st.lists(json_values, max_size=4) | json_values)
def test_any_json_is_attributes_or_kept_as_it_is(raw: Any) -> None:
    found, damaged = attributes_in(raw)
    again, still = attributes_in(with_attributes(dict(damaged), found).get("attributes"))
    assert again == found
    assert not damaged or still


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "note": json_values,
            "group": json_values,
            "flags": json_values | st.lists(st.sampled_from([*Flag, "x", 1, None])),
        },
    )
    | json_values,
    details,
)
def test_any_json_under_details_costs_itself_alone(raw: Any, said: Details) -> None:
    own = {"details": raw}
    found = details_in(own)
    rest = json.loads(json.dumps(own))
    assert details_in(with_details(rest, found)) == found
    assert details_in(with_details(own, said)) == said or said != found


@given(schemas())
def test_damaged_entries_of_a_schema_are_kept_beside_the_good_ones(
    good: tuple[Attribute, ...],
) -> None:
    record: dict[str, Any] = {"attributes": [7, {"name": ""}]}
    told = with_attributes(record, good)["attributes"]
    assert attributes_in(told)[0] == good
    assert told[-2:] == [7, {"name": ""}]


def test_keys_beyond_digits_have_a_field_that_older_versions_keep(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    labels = [
        {"id": 1, "name": "car", "color": "#112233", "key": 3},
        {"id": 2, "name": "dog", "color": "#445566", "key": None, "shortcut": "Shift+D"},
        {"id": 3, "name": "cat", "color": "#778899", "key": None, "shortcut": "Shift+D"},
        {"id": 4, "name": "cow", "color": "#99aabb", "key": None, "shortcut": "nonsense"},
    ]
    path.write_text(json.dumps({"version": 2, "next_id": 5, "labels": labels}))
    found = read_labels(path)
    assert not found.damaged
    assert [each.key for each in found.labels] == [3, "Shift+D", None, None]
    written = json.loads(labels_to_bytes(found.labels))["labels"]
    assert [each["key"] for each in written] == [3, None, None, None]
    assert written[1]["shortcut"] == "Shift+D"
    assert written[3]["shortcut"] == "nonsense"


def test_the_sidecars_version_stays_for_older_ones_keep_what_is_said() -> None:
    # They keep keys of ours that they do not know, so nothing is lost by their writing.
    assert VERSION == 2


def test_a_sidecar_holds_note_group_flags_and_values() -> None:
    mask = Mask.from_array(np.ones((3, 4), np.bool_))
    said = Details("a note\nof two lines", 0, frozenset(Flag))
    values = {"colour": "red", "worn": True, "odd": [1]}
    made = Document(3, 4).with_added(mask, details=said).with_added(mask, attributes=values)
    assert to_document(parse(to_bytes(made, "a.png")), 3, 4) == made


def test_a_choice_reads_as_it_is_documented() -> None:
    raw = [
        {"name": "colour", "kind": "choice", "choices": ["red", "blue"], "default": "red",
         "key": "C", "why": "paint"},
        {"name": "worn"},
        {"name": "age", "kind": "number", "least": 0, "default": 3},
    ]  # fmt: skip
    found, damaged = attributes_in(raw)
    assert not damaged
    colour, worn, age = found
    assert (colour.kind, colour.choices, colour.default) == (Kind.CHOICE, ("red", "blue"), "red")
    assert colour.extra == {"why": "paint"}
    assert (worn.kind, age.least, age.most, age.default) == (Kind.YES_NO, 0, None, 3)
