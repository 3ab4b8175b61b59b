import numpy as np

from app.core.attributes import Attribute, Kind
from app.core.describing import (
    Common,
    flag_set,
    free_group,
    group_set,
    labelled,
    note_set,
    questions,
    value_set,
    with_defaults,
    with_their_groups,
)
from app.core.details import Details, Flag, flags_in
from app.core.document import Document, Source
from app.core.frozen import EMPTY
from app.core.labels import Label, LabelSet
from app.core.mask import Mask

MASK = Mask.from_array(np.ones((3, 4), np.bool_))
COLOR = Attribute("colour", Kind.CHOICE, ("red", "blue"), "red")
WORN = Attribute("worn", default=False)
LABELS = LabelSet(
    (Label(1, "car", "#000000", attributes=(COLOR,)), Label(2, "dog", "#ffffff")), 3, EMPTY, (WORN,)
)


def document(count: int = 3) -> Document:
    made = Document(3, 4)
    for _ in range(count):
        made = made.with_added(MASK)
    return made


def test_new_objects_get_the_defaults_of_their_label() -> None:
    before = document(1)
    after = with_defaults(before, before.with_added(MASK, 1).with_added(MASK, 2), LABELS)
    first, second, third = after
    assert first.attributes == {}
    assert second.attributes == {"worn": False, "colour": "red"}
    assert third.attributes == {"worn": False}


def test_what_was_imported_or_described_keeps_what_it_says() -> None:
    before = Document(3, 4)
    after = before.with_added(MASK, source=Source.IMPORTED)
    after = after.with_added(MASK, attributes={"colour": "green"})
    first, second = with_defaults(before, after, LABELS)
    assert first.attributes == {}
    assert second.attributes == {"colour": "green", "worn": False}


def test_another_label_adds_its_defaults_and_takes_no_value_away() -> None:
    made = document(1).with_attributes(1, {"speed": 3})
    after = labelled(made.with_label(1, 2), [1], 1, LABELS)
    assert after.annotation(1).attributes == {"speed": 3, "worn": False, "colour": "red"}
    back = labelled(after, [1], 2, LABELS)
    assert back.annotation(1).attributes["colour"] == "red"


def test_several_objects_are_described_at_once() -> None:
    after = document().with_changed([1, 3], value_set("colour", "blue"))
    after = after.with_changed([1, 2], flag_set(Flag.OCCLUDED, True))
    after = after.with_changed([2], note_set("blurred")).with_changed([2], group_set(4))
    assert [each.attributes for each in after] == [{"colour": "blue"}, {}, {"colour": "blue"}]
    occluded = frozenset({Flag.OCCLUDED})
    assert [each.details for each in after] == [
        Details(flags=occluded),
        Details("blurred", 4, occluded),
        Details(),
    ]
    assert after.with_changed([1], value_set("colour", "blue")) is after


def test_what_is_asked_comes_first_and_unknown_values_after_it() -> None:
    made = document().with_attributes([1], {"colour": "red", "old": 1})
    made = made.with_attributes([2], {"colour": "blue"}).with_label([2], 1)
    asked = questions(made.annotations[:2], LABELS)
    assert [(each.name, each.attribute) for each in asked] == [
        ("worn", WORN),
        ("colour", COLOR),
        ("old", None),
    ]
    assert [each.common for each in asked] == [Common(), Common(None, True), Common(None, True)]


def test_yes_and_one_are_not_the_same_value() -> None:
    assert Common.of([True, 1]).mixed
    assert Common.of([True, True]) == Common(True)


def test_a_group_is_selected_as_a_whole() -> None:
    made = document(5).with_changed([1, 3], group_set(1)).with_changed([4], group_set(3))
    assert with_their_groups(made, [3]) == {1, 3}
    assert with_their_groups(made, [2, 4]) == {2, 4}
    assert free_group(made) == 2


def test_flags_are_known_among_the_attributes_of_others() -> None:
    values = {"occluded": True, "truncated": "0", "difficult": 1, "pose": "left"}
    assert flags_in(values) == (frozenset({Flag.OCCLUDED, Flag.DIFFICULT}), {"pose": "left"})
    assert flags_in({"occluded": "heavily"}) == (frozenset(), {"occluded": "heavily"})
