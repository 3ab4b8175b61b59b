"""Addresses at which there is no cluster."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from app.batch.ray_connection import connected
from app.core.errors import Problem


@pytest.mark.parametrize("address", ["", "nowhere", "ray://host:10001", "a:b", "host:123456"])
def test_what_is_no_address_is_told(address: str, tmp_path: Path) -> None:
    with (
        pytest.raises(Problem, match=r"no address of a Ray cluster.*HOST:PORT"),
        connected(address, tmp_path),
    ):
        pass


@pytest.mark.parametrize("port", ["free", "99999"])
def test_an_address_where_nobody_listens_is_told_at_once(port: str, tmp_path: Path) -> None:
    if port == "free":
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = str(taken.getsockname()[1])
    begun = time.monotonic()
    with (
        pytest.raises(Problem, match=r"There is no Ray cluster at .*ray start"),
        connected(f"127.0.0.1:{port}", tmp_path),
    ):
        pass
    assert time.monotonic() - begun < 30
