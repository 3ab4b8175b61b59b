"""The Qt binding keeps the reference counts of Python's constants."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QObject, Signal


class Bell(QObject):
    rung = Signal(object)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="constants live for ever there")
@pytest.mark.parametrize("constant", [True, False, None])
def test_emitting_does_not_use_up_a_constant(constant: object) -> None:
    bell = Bell()
    before = sys.getrefcount(constant)
    for _ in range(200):
        bell.rung.emit(constant)
    assert sys.getrefcount(constant) > before - 100
