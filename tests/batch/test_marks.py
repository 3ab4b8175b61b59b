from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.batch.marks import is_done, with_done
from app.core.document import Document
from app.core.fingerprint import fingerprint

EMPTY = Document(2, 3)


def test_a_job_is_done_with_the_settings_it_was_done_with() -> None:
    document = with_done(with_done(EMPTY, "a", "1"), "b", "2")
    assert is_done(document, "a", "1")
    assert is_done(document, "b", "2")
    assert not is_done(document, "a", "2")
    assert not is_done(EMPTY, "a", "1")
    assert not is_done(with_done(document, "a", "3"), "a", "1")


def test_what_else_the_file_held_stays() -> None:
    document = EMPTY.with_extra({"info": 1, "maskwright": {"other": 2}})
    assert with_done(document, "a", "1").extra == {
        "info": 1,
        "maskwright": {"other": 2, "runs": {"a": "1"}},
    }


def test_damaged_marks_count_as_none() -> None:
    for own in (1, {"runs": 1}, {"runs": {"a": 1}}):
        document = EMPTY.with_extra({"maskwright": own})
        assert not is_done(document, "a", "1")
        assert is_done(with_done(document, "a", "1"), "a", "1")


@given(st.lists(st.text(), max_size=3), st.lists(st.text(), max_size=3))
def test_different_settings_have_different_fingerprints(one: list[str], other: list[str]) -> None:
    assert (fingerprint(*one) == fingerprint(*other)) == (one == other)
