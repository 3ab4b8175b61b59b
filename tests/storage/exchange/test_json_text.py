"""JSON that is odd: what was meant is read, what cannot be is told by line and column."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.storage.exchange.json_text import items_of, record_of, taken_apart, value_of

DEEP = b"[" * 5000 + b"]" * 5000
LONG = b"9" * 5000


def values(data: bytes) -> dict[str, Any]:
    return {name: value_of(raw) for name, raw in taken_apart(data).fields.items()}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)
objects = st.dictionaries(st.text(max_size=6), json_values, max_size=5)


@given(
    objects, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]), st.sampled_from([None, 2])
)
def test_any_object_is_read_in_any_encoding_that_says_what_it_is(
    whole: dict[str, Any], encoding: str, indent: int | None
) -> None:
    text = json.dumps(whole, ensure_ascii=False, indent=indent)
    data = text.encode(encoding, "replace")
    assert values(data) == json.loads(data.decode(encoding))


@given(objects)
def test_beside_what_is_odd_the_rest_is_read_as_ever(whole: dict[str, Any]) -> None:
    whole = {f"_{name}": value for name, value in whole.items()}
    odd = json.dumps(whole)[:-1] + (", " if whole else "") + '"nan": NaN}'
    assert values(odd.encode()) == {**whole, "nan": "NaN"}
    deep = json.dumps(whole)[:-1].encode() + (b", " if whole else b"") + b'"deep": ' + DEEP + b"}"
    found = taken_apart(deep)
    assert {n: value_of(raw) for n, raw in found.fields.items() if n != "deep"} == whole
    record, lost = record_of(msgspec.Raw(deep))
    assert (record, lost) == (whole, (("deep", "it is nested too deeply"),))


@given(st.binary(max_size=60))
def test_any_bytes_are_taken_apart_or_refused(data: bytes) -> None:
    for wrapped in (data, b'{"a": ' + data + b"}", b"[" + data, b'{"' + data):
        with contextlib.suppress(ValueError):
            for raw in taken_apart(wrapped).fields.values():
                record_of(raw)


@pytest.mark.parametrize(
    ("data", "read"),
    [
        (b'{"a": [NaN, -Infinity, 1]}', {"a": ["NaN", "-Infinity", 1]}),
        (b'{"a": "NaN, \\"Infinity\\""}', {"a": 'NaN, "Infinity"'}),
        (b'{"a": "\\ud800x", "b": "\\ud83d\\ude00"}', {"a": "\ufffdx", "b": "\U0001f600"}),
        (b'{"a": "tab\there"}', {"a": "tab\there"}),
        (b'{"a": 1,}', {"a": 1}),
        ('{"a": "é"}'.encode("utf-16-le"), {"a": "é"}),
        ('{"a": "é"}'.encode("latin-1"), {"a": "é"}),
        ('{"a": "é", "b": "'.encode() + b'\xe9"}', {"a": "é", "b": "é"}),
        (b'{"a": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "a": [11, 12]}', {"a": [*range(1, 13)]}),
    ],
)
def test_what_was_meant_is_read(data: bytes, read: dict[str, Any]) -> None:
    assert values(data) == read


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", "line 1, column 1: '{' or '[' was expected, but the file ends there"),
        (b"<html>", "line 1, column 1: '{' or '[' was expected, found '<html>'"),
        (b'{"a": 1,\n "b": [1, 2', "line 2, column 12: ']' was expected, but the file ends there"),
        (b'{"a": 1}\n{', "line 2, column 1: the end of the file was expected, found '{'"),
        (b'{"a" 1}', "line 1, column 6: ':' was expected, found '1}'"),
        ('{"é": }'.encode(), "line 1, column 7: a value was expected, found '}'"),
        (b'{"a": [1}}', "line 1, column 9: ']' was expected, found '}}'"),
        (b'{"a": "x', "line 1, column 7: the end of a text was expected, found '\"x'"),
        (b"\xff\xfe{\x00\x00", "it begins as UTF-16 and goes on as something else"),
    ],
)
def test_what_cannot_be_read_says_where_and_what_was_expected(data: bytes, where: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        taken_apart(data)
    assert str(caught.value) == where


def test_a_bad_item_costs_itself() -> None:
    raw = msgspec.Raw(b'[{"a": 1}, {"b": ' + DEEP + b'}, {"c": ' + LONG + b', "d": 2}, [1 2]]')
    first, second, third, fourth = items_of(raw)
    assert record_of(first) == ({"a": 1}, ())
    assert record_of(second) == ({}, (("b", "it is nested too deeply"),))
    assert record_of(third) == ({"d": 2}, (("c", "it holds a number that is too large"),))
    with pytest.raises(ValueError, match=r"in braces, given \[1 2\]"):
        record_of(fourth)


def test_what_was_mended_is_told() -> None:
    assert "Latin-1 (2)" in taken_apart('{"é": "é"}'.encode("latin-1")).notes[0]
    assert "texts: 1" in taken_apart(b'{"a": "\\udc00"}').notes[0]
    twice = taken_apart(b'{"a": [{"some": "thing"}], "a": [{"other": "thing"}]}')
    assert twice.notes == ("its field a is given twice: both lists are read",)
    assert taken_apart(b'{"a": 1, "b": 2}').notes == ()
