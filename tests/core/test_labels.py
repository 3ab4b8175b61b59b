from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from app.core.labels import OBJECT, Label, LabelSet, color_for
from app.core.palette import PALETTE

Floats = npt.NDArray[np.float64]


def four() -> LabelSet:
    return LabelSet().with_added("cat").with_added("dog").with_added("猫")


def test_the_default_is_the_paper_s_one_object() -> None:
    labels = LabelSet()
    assert labels.labels == (OBJECT,)
    assert (OBJECT.id, OBJECT.name, OBJECT.key) == (1, "object", 1)


def test_a_new_label_has_its_own_id_colour_and_digit() -> None:
    labels = four()
    assert [label.id for label in labels] == [1, 2, 3, 4]
    assert [label.key for label in labels] == [1, 2, 3, 4]
    assert len({label.color for label in labels}) == 4
    assert labels.named("猫") is labels.labels[3]


def test_the_tenth_label_has_no_digit() -> None:
    labels = LabelSet()
    for number in range(2, 14):
        labels = labels.with_added(f"label {number}")
    assert [label.key for label in labels][8:10] == [9, None]
    assert len(labels) == 13


def test_the_id_of_a_removed_label_is_not_given_again() -> None:
    labels = four().without(4).with_added("bird")
    assert [label.id for label in labels] == [1, 2, 3, 5]
    assert labels.label(5).key == 4


def test_a_removed_label_still_has_a_name_and_a_colour() -> None:
    gone = four().without(2).label(2)
    assert (gone.name, gone.color) == ("label 2", PALETTE[1])
    assert four().without(2).get(2) is None


def test_the_last_label_stays() -> None:
    with pytest.raises(ValueError, match="at least one"):
        LabelSet().without(1)


def test_renaming_and_recolouring_leave_the_id() -> None:
    labels = four().with_renamed(2, " tiger ").with_recoloured(2, "#ABCDEF")
    assert (labels.label(2).name, labels.label(2).color) == ("tiger", "#abcdef")
    assert four().label(2).name == "cat"


def test_a_digit_given_to_one_label_is_taken_from_the_other() -> None:
    labels = four().with_key(4, 1)
    assert [label.key for label in labels] == [None, 2, 3, 1]
    assert labels.by_key(1) is labels.label(4)
    assert labels.with_key(4, None).by_key(1) is None
    assert labels.with_key(4, None).with_added("bird").label(5).key == 1


def test_labels_move() -> None:
    assert [label.id for label in four().with_moved(4, 0)] == [4, 1, 2, 3]
    assert [label.id for label in four().with_moved(1, 99)] == [2, 3, 4, 1]


@pytest.mark.parametrize(
    "edit",
    [
        lambda s: s.with_renamed(2, "cat"),
        lambda s: s.with_recoloured(2, s.label(2).color),
        lambda s: s.with_key(2, 2),
        lambda s: s.with_moved(2, 1),
    ],
)
def test_an_edit_that_changes_nothing_gives_the_set_itself(
    edit: Callable[[LabelSet], LabelSet],
) -> None:
    labels = four()
    assert edit(labels) is labels


@pytest.mark.parametrize(
    "edit",
    [
        lambda s: s.without(9),
        lambda s: s.with_renamed(9, "x"),
        lambda s: s.with_key(9, 1),
        lambda s: s.with_moved(9, 0),
    ],
)
def test_an_unknown_label_is_said_to_be_unknown(edit: Callable[[LabelSet], object]) -> None:
    with pytest.raises(KeyError):
        edit(four())


@pytest.mark.parametrize(
    "fields",
    [
        {"id": 0},
        {"name": "  "},
        {"name": "a\nb"},
        {"name": "x" * 201},
        {"color": "red"},
        {"color": "#12345"},
        {"key": 0},
        {"key": 10},
    ],
)
def test_a_label_that_cannot_be_is_not_built(fields: dict[str, Any]) -> None:
    values: dict[str, Any] = {"id": 1, "name": "cat", "color": "#000000"}
    with pytest.raises(ValueError, match="given"):
        Label(**(values | fields))


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ((), "at least one"),
        ((Label(1, "a", "#000000"), Label(1, "b", "#000000")), "same id"),
        ((Label(1, "a", "#000000"), Label(2, "a ", "#000000")), "same name"),
        ((Label(1, "a", "#000000", 3), Label(2, "b", "#000000", 3)), "same key"),
        ((Label(7, "a", "#000000"),), "next_id"),
    ],
)
def test_a_set_with_two_meanings_is_not_built(labels: tuple[Label, ...], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        LabelSet(labels, next_id=3)


def test_no_two_of_many_labels_have_the_same_colour() -> None:
    assert color_for(1) == PALETTE[0]
    labels = LabelSet().with_names(f"class {number}" for number in range(3000))
    assert len({label.color for label in labels}) == 3001


def test_the_colours_of_sixty_labels_are_well_apart() -> None:
    seen = [lab(color_for(number), SIGHT["normal"]) for number in range(1, 61)]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) > 10
    assert min(float(each[0]) for each in seen) > 35
    assert max(float(each[0]) for each in seen) < 95


def test_many_labels_are_added_at_once_and_found_by_name() -> None:
    labels = four().with_names(["dog", " bird ", "cat", "bird", "fish"], {"fish": "#123456"})
    assert [label.name for label in labels] == ["object", "cat", "dog", "猫", "bird", "fish"]
    assert [label.id for label in labels] == [1, 2, 3, 4, 5, 6]
    assert labels.label(6).color == "#123456"
    assert labels.with_names(["fish"]) is labels


def test_ten_thousand_labels_are_added_and_looked_up_in_no_time() -> None:
    labels = LabelSet().with_names(f"class {number}" for number in range(10_000))
    assert all(labels.named(f"class {n}") is labels.get(n + 2) for n in range(10_000))


@pytest.mark.parametrize("name", ["cat", "Cat", " CAT", "c at"])
def test_a_name_that_differs_by_case_or_blanks_alone_is_found(name: str) -> None:
    found = four().resembling(name)
    assert found is not None
    assert found.name == "cat"
    assert four().resembling("cats") is None


# What each kind of sight makes of linear RGB (Machado, Oliveira and Fernandes, 2009, severity 1).
SIGHT = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def lab(color: str, sight: Floats) -> Floats:
    """CIELAB (D65) of an sRGB colour as that sight has it."""
    values = np.array([int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)])
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    matrix = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = matrix @ np.clip(sight @ linear, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT)
def test_every_two_colours_are_told_apart(sight: str) -> None:
    assert len(PALETTE) >= 12
    seen = [lab(color, SIGHT[sight]) for color in PALETTE]
    # A difference of about 2.3 is just noticeable side by side.
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) > 15


def test_no_colour_is_lost_in_black_or_white() -> None:
    lightness = [float(lab(color, SIGHT["normal"])[0]) for color in PALETTE]
    assert min(lightness) > 35
    assert max(lightness) < 93
