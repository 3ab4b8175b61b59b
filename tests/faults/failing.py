"""A stand-in for ``os`` whose n-th call fails."""

from __future__ import annotations

import errno
import os
from typing import Any


class FailingOs:
    """Everything of ``os``; call number ``fail_at`` raises instead of being made."""

    def __init__(self, fail_at: int, code: int = errno.EIO) -> None:
        self.calls = 0
        self._fail_at = fail_at
        self._code = code

    def __getattr__(self, name: str) -> Any:
        value = getattr(os, name)
        if not callable(value):
            return value

        def counted(*args: Any, **named: Any) -> Any:
            self.calls += 1
            if self.calls == self._fail_at:
                raise OSError(self._code, f"injected at call {self.calls}: {name}")
            return value(*args, **named)

        return counted
