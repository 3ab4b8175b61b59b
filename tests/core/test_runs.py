from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.core.document import Document
from app.core.fingerprint import fingerprint

EMPTY = Document(2, 3)


def test_a_job_is_done_with_the_settings_it_was_done_with() -> None:
    document = EMPTY.with_run("a", "1").with_run("b", "2")
    assert document.has_run("a", "1")
    assert document.has_run("b", "2")
    assert not document.has_run("a", "2")
    assert not EMPTY.has_run("a", "1")
    assert not document.with_run("a", "3").has_run("a", "1")


@given(st.lists(st.text(), max_size=3), st.lists(st.text(), max_size=3))
def test_different_settings_have_different_fingerprints(one: list[str], other: list[str]) -> None:
    assert (fingerprint(*one) == fingerprint(*other)) == (one == other)
