import re

import pytest

from app.core.attributes import (
    Attribute,
    Kind,
    read_values,
    together,
    with_defaults,
    with_value,
)
from app.core.frozen import EMPTY, FrozenMap
from app.core.labels import Label, LabelSet

COLOR = Attribute("colour", Kind.CHOICE, ("red", "blue"), "red", "C")
WORN = Attribute("worn")
AGE = Attribute("age", Kind.NUMBER, least=0, most=120)


def test_a_key_goes_through_the_choices_and_round() -> None:
    assert COLOR.following("red") == "blue"
    assert COLOR.following("blue") == "red"
    assert COLOR.following("red", -1) == "blue"
    assert COLOR.following(None) == "red"
    assert COLOR.following("green") == "red"
    assert WORN.following(None) is True
    assert WORN.following(True) is False
    assert AGE.following(3) is None


@pytest.mark.parametrize(
    ("attribute", "value", "fits"),
    [
        (WORN, True, True),
        (WORN, 1, False),
        (WORN, "true", False),
        (COLOR, "blue", True),
        (COLOR, "green", False),
        (AGE, 120, True),
        (AGE, 120.5, False),
        (AGE, True, False),
        (AGE, float("nan"), False),
        (AGE, 10**400, False),
        (Attribute("n", Kind.TEXT), "x" * 10_001, False),
    ],
)
def test_only_values_of_its_kind_are_admitted(
    attribute: Attribute, value: object, fits: bool
) -> None:
    assert attribute.admits(value) is fits


@pytest.mark.parametrize(
    ("attribute", "told", "read"),
    [
        (WORN, "true", True),
        (WORN, 0, False),
        (WORN, "", ""),
        (WORN, "perhaps", "perhaps"),
        (AGE, "7", 7),
        (AGE, "7.5", 7.5),
        (AGE, "old", "old"),
        (Attribute("plate", Kind.TEXT), 12, "12"),
        (Attribute("lanes", Kind.CHOICE, ("1", "2")), 2, "2"),
        (COLOR, "green", "green"),
        (COLOR, ("red",), ("red",)),
    ],
)
def test_values_of_others_are_read_in_the_kind_they_have_here(
    attribute: Attribute, told: object, read: object
) -> None:
    found = read_values({attribute.name: told, "else": 1}, [attribute])
    assert found == {attribute.name: read, "else": 1}


def test_defaults_fill_what_is_missing_and_nothing_else() -> None:
    assert with_defaults(EMPTY, [COLOR, WORN]) == {"colour": "red"}
    kept = FrozenMap({"colour": "green"})
    assert with_defaults(kept, [COLOR]) is kept


def test_a_value_is_given_and_taken_away() -> None:
    given = with_value(EMPTY, "worn", False)
    assert given == {"worn": False}
    assert with_value(given, "worn", None) == {}
    assert with_value(EMPTY, "worn", None) is EMPTY


def test_a_labels_own_attribute_goes_before_that_of_all_labels() -> None:
    own = Attribute("colour", Kind.TEXT)
    assert together([COLOR, WORN], [AGE, own]) == (own, WORN, AGE)
    labels = LabelSet((Label(1, "car", "#000000", attributes=(AGE,)),), 2, EMPTY, (WORN,))
    assert labels.attributes_of(1) == (WORN, AGE)
    assert labels.attributes_of(7) == (WORN,)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "a\nb"},
        {"name": "occluded"},
        {"name": "a", "key": "ab"},
        {"name": "a", "kind": "choice"},
        {"name": "a", "kind": "choice", "choices": ("x", "x")},
        {"name": "a", "choices": ("x",)},
        {"name": "a", "kind": "choice", "choices": ("x",), "default": "y"},
        {"name": "a", "kind": "number", "least": 2, "most": 1},
        {"name": "a", "least": 2},
        {"name": "a", "kind": "colour"},
    ],
)
def test_what_cannot_be_asked_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  each in other words
        Attribute(**wrong)  # type: ignore[arg-type]


def test_names_and_keys_of_one_label_are_distinct() -> None:
    with pytest.raises(ValueError, match="same name"):
        Label(1, "car", "#000000", attributes=(WORN, WORN))
    with pytest.raises(ValueError, match="same key"):
        Label(1, "car", "#000000", attributes=(COLOR, Attribute("crowded", key="C")))


@pytest.mark.parametrize("key", [1, 9, "I", "Shift+C", "T0"])
def test_a_label_has_a_digit_a_letter_or_a_digit_after_t(key: int | str) -> None:
    labels = LabelSet((Label(1, "car", "#000000", key),), 2)
    found = labels.by_key(key)
    assert found is not None
    assert found.name == "car"


@pytest.mark.parametrize("key", [0, 10, True, "", "i", "Ctrl+C", "TT", "5", "T10"])
def test_other_keys_are_refused(key: int | str) -> None:
    with pytest.raises(ValueError, match="key is a digit"):
        Label(1, "car", "#000000", key)


@pytest.mark.parametrize(
    ("least", "most", "said"),
    [
        (1.0, 60.0, "The number lies between 1 and 60."),
        (0.5, None, "The number is 0.5 or more."),
        (None, 1234567.0, "The number is 1234567 or less."),
    ],
)
def test_bounds_are_told_as_people_write_numbers(
    least: float | None, most: float | None, said: str
) -> None:
    seats = Attribute("seats", Kind.NUMBER, least=least, most=most)
    with pytest.raises(ValueError, match=re.escape(said)):
        seats.typed("-7" if least is not None else "9999999")
