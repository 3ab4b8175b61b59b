"""Tokens of servers are kept where a person wants it, and nobody else can read them."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Problem
from app.storage.server_tokens import ServerTokens

URL = "http://gpu:8765"


def test_a_token_that_is_kept_is_there_the_next_time_and_one_that_is_not_is_asked_for(
    tmp_path: Path,
) -> None:
    path = tmp_path / "config" / "tokens.json"
    tokens = ServerTokens(path)
    tokens.put(URL, "kept", keep=True)
    tokens.put("http://other", "not kept", keep=False)
    assert (tokens.of(URL), tokens.of("http://other")) == ("kept", "not kept")
    later = ServerTokens(path)
    assert (later.of(URL), later.of("http://other")) == ("kept", "")
    later.put(URL, "kept", keep=False)
    assert ServerTokens(path).of(URL) == ""
    assert later.of(URL) == "kept"


@pytest.mark.skipif(sys.platform == "win32", reason="has no such modes")
def test_nobody_else_can_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    ServerTokens(path).put(URL, "kept", keep=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_cannot_be_written_is_told_and_the_token_is_known_all_the_same(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_bytes(b"")
    tokens = ServerTokens(tmp_path / "file" / "tokens.json")
    with pytest.raises(Problem, match="could not be kept"):
        tokens.put(URL, "known", keep=True)
    assert tokens.of(URL) == "known"


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b'{"http://gpu:8765": 1}', b"[" * 9000])
def test_a_file_that_holds_something_else_counts_as_empty(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    path.write_bytes(data)
    assert ServerTokens(path).of(URL) == ""


@given(data=st.binary(max_size=200))
def test_no_bytes_in_the_file_are_too_much(
    data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any-tokens.json"
    path.write_bytes(data)
    assert isinstance(ServerTokens(path).of(URL), str)
