import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.attributes import Attribute, Kind
from app.core.details import Details, Flag
from app.core.document import Document
from app.core.labels import Label, LabelSet
from app.core.mask import Mask
from app.core.review import Filter, queue
from app.core.search import Search

MASK = Mask.from_array(np.ones((3, 4), np.bool_))
LABELS = LabelSet((Label(1, "vehicle/car", "#000000"), Label(2, "car wash", "#ffffff")), 3)
OBJECTS = (
    Document(3, 4)
    .with_added(MASK, 1, attributes={"Colour": "dark red", "seats": 4, "parked": True})
    .with_added(MASK, 1, attributes={"Colour": "blue", "seats": 7, "parked": False})
    .with_added(MASK, 2, details=Details("near the red one", 3, frozenset({Flag.OCCLUDED})))
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", (1, 2, 3)),
        ("car", (1, 2, 3)),
        ("vehicle/", (1, 2)),
        ("car/", ()),
        ("label:wash", (3,)),
        ("label:vehicle/", (1, 2)),
        ("red", (1, 3)),
        ("note:red", (3,)),
        ("note:", (3,)),
        ('colour:"dark red"', (1,)),
        ("colour:dark", ()),
        ("COLOUR=Blue", (2,)),
        ("colour:", (1, 2)),
        ("-colour:", (3,)),
        ("seats>4", (2,)),
        ("seats<5 parked:yes", (1,)),
        ("parked:no", (2,)),
        ("parked:false", (2,)),
        ("parked:否", (2,)),
        ("occluded", (3,)),
        ("-occluded", (1, 2)),
        ("occluded:yes", (3,)),
        ("occluded:no", (1, 2)),
        ("group:3", (3,)),
        ("group:", (3,)),
        ("#2", (2,)),
        ("car -#2", (1, 3)),
        ("seats>many", ()),
        ("zebra", ()),
    ],
)
def test_objects_are_found_by_what_is_said_of_them(text: str, found: tuple[int, ...]) -> None:
    search = Search.of(text, LABELS)
    assert search.found_in(OBJECTS) == found
    assert queue(OBJECTS, Filter(states=None, search=search)) == found


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_search(text: str) -> None:
    search = Search.of(text, LABELS)
    assert set(search.found_in(OBJECTS)) <= {1, 2, 3}
    assert bool(search) or search.found_in(OBJECTS) == (1, 2, 3)


@pytest.mark.parametrize(
    ("text", "unknown"),
    [("seats>4", None), ("seets>4", "seets"), ("car Occluded:yes note: group:3 label:car", None)],
)
def test_an_attribute_that_nothing_has_is_told_from_one_that_finds_nothing(
    text: str, unknown: str | None
) -> None:
    assert Search.of(text, LABELS).unknown_in(OBJECTS, LABELS) == unknown
    asked = LABELS.with_attributes(None, (Attribute("Seets", Kind.NUMBER),))
    assert Search.of(text, asked).unknown_in(OBJECTS, asked) is None
