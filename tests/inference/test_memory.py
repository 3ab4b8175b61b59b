"""Memory is short where the system says so, whichever system it is."""

from __future__ import annotations

import psutil
import pytest

from app.inference.memory import Memory, memory_is_scarce, of_the_system

GIB = 1 << 30


@pytest.mark.parametrize(
    ("available", "scarce"), [(8 * GIB, False), (GIB, False), (GIB // 2, True), (0, True)]
)
def test_memory_is_scarce_where_hardly_any_of_it_is_left(available: int, scarce: bool) -> None:
    assert memory_is_scarce(lambda: Memory(available, 16 * GIB)) is scarce


def test_a_system_that_says_nothing_has_enough() -> None:
    def silent() -> Memory:
        raise OSError("no such thing")

    assert not memory_is_scarce(silent)
    assert not memory_is_scarce(lambda: Memory(0, 0))


@pytest.mark.parametrize(
    "error", [psutil.Error("x"), RuntimeError("x"), KeyError("x"), OSError("x")]
)
def test_whatever_goes_wrong_in_asking_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails() -> None:
        raise error

    monkeypatch.setattr(psutil, "virtual_memory", fails)
    assert not memory_is_scarce()


def test_this_system_says_what_it_has() -> None:
    memory = of_the_system()
    assert 0 < memory.available <= memory.total
