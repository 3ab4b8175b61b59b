"""Graphs on a device that may fail: then the same ones go on on the CPU."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Generic, TypeVar

from model.interface import ModelError, RuntimeReport
from model.messages import say

Sides = TypeVar("Sides")
Result = TypeVar("Result")
_log = logging.getLogger(__name__)


class Retreating(Generic[Sides]):
    """The sessions of a model, opened anew on the CPU if their device fails.

    Args:
        sides: the sessions.
        report: what runs and why.
        retreat: opens them on the CPU; None on the CPU.
        name: of the model, for the log.
    """

    def __init__(
        self,
        sides: Sides,
        report: RuntimeReport,
        retreat: Callable[[], Sides] | None,
        name: str,
    ) -> None:
        self._sides = [sides]
        self.report = report
        self._retreat = retreat
        self._name = name

    def run(self, work: Callable[[Sides], Result]) -> Result:
        """The result of ``work``, on the CPU if the device fails; the report says so.

        Raises:
            ModelError: it failed on the CPU.
        """
        try:
            return work(self._sides[0])
        except ModelError as error:
            if self._retreat is None:
                raise
            failed = self.report.device
            reason = say("{device} failed ({reason}), so it continues on cpu", failed, error)
        # Outside the except block: a traceback holds what must be freed first.
        retreat, self._retreat = self._retreat, None
        self._sides.clear()
        self._sides.append(retreat())
        self.report = replace(self.report, device="cpu", reason=reason)
        _log.warning("%s: %s", self._name, reason)
        return work(self._sides[0])
