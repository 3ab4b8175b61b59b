from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.frozen import EMPTY, MAX_DEPTH, FrozenMap, freeze

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(), JSON, max_size=4)


@given(OBJECTS)
def test_what_json_holds_comes_back_unchanged_and_in_order(items: dict[str, Any]) -> None:
    assert json.dumps(freeze(items).thawed()) == json.dumps(items)


@given(OBJECTS)
def test_equal_content_is_equal_and_hashes_alike(items: dict[str, Any]) -> None:
    first, second = freeze(items), freeze(copy.deepcopy(items))
    assert first == second
    assert hash(first) == hash(second)
    assert pickle.loads(pickle.dumps(first)) == first  # noqa: S301  our own bytes


def test_nothing_inside_changes_with_the_original() -> None:
    original = {"a": {"b": [1, {"c": 2}]}}
    frozen = freeze(original)
    original["a"]["b"].append(3)
    assert frozen.thawed() == {"a": {"b": [1, {"c": 2}]}}
    assert isinstance(frozen["a"], FrozenMap)


def test_it_offers_no_way_to_change_it() -> None:
    frozen: Any = freeze({"a": 1})
    with pytest.raises(TypeError):
        frozen["a"] = 2
    with pytest.raises(TypeError):
        del frozen["a"]
    thawed = frozen.thawed()
    thawed["a"] = 2
    assert frozen["a"] == 1


@pytest.mark.parametrize(
    "items",
    [
        {"a": float("nan")},
        {"a": [float("inf")]},
        {1: "a"},
        {"a": {None: 1}},
        {"a": b"x"},
        {"a": {1}},
    ],
)
def test_what_json_cannot_hold_is_refused(items: Any) -> None:
    with pytest.raises(ValueError, match="extra data"):
        freeze(items)


def test_nesting_without_end_is_refused() -> None:
    nested: Any = []
    for _ in range(MAX_DEPTH + 5):
        nested = [nested]
    with pytest.raises(ValueError, match="nested deeper"):
        freeze({"a": nested})


def test_adding_what_is_there_gives_the_same_map() -> None:
    frozen = freeze({"a": 1})
    assert freeze(frozen) is frozen
    assert frozen.with_items({"a": 1}) is frozen
    assert frozen.with_items({"b": 2}) == {"a": 1, "b": 2}
    assert EMPTY == {}


def test_true_is_not_one() -> None:
    frozen = freeze({"a": [1, {"b": 0}]})
    assert frozen == {"a": [1, {"b": 0}]}
    assert frozen != {"a": [True, {"b": 0}]}
    assert frozen != {"a": [1, {"b": False}]}
    assert frozen != 1
    assert freeze({"a": 1}).with_items({"a": True})["a"] is True
