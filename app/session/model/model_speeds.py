"""How fast each model is on this machine, from real work with it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from PySide6.QtCore import QObject, Slot

from app.inference.questions import Embedded
from app.session.model.model_host import ModelHost
from app.session.preferences import Preferences
from app.storage.settings import BUILTIN, ModelSpeed

LAST = 9
WORTH_NOTING = 0.1
"""Share by which a time must differ from what is noted to be noted anew."""


@dataclass(slots=True)
class _Times:
    """The last few of a model in use, milliseconds."""

    embeds: deque[float] = field(default_factory=lambda: deque(maxlen=LAST))
    clicks: deque[float] = field(default_factory=lambda: deque(maxlen=LAST))


class ModelSpeeds(QObject):
    """Notes the median of the last images and clicks with the user's choices.

    Times are kept by the model's identity and by what it runs on; close-ups, images from the cache
    and answers that were known already do not count.
    """

    def __init__(
        self, host: ModelHost, preferences: Preferences, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._host = host
        self._preferences = preferences
        self._runs: ModelSpeed | None = None
        self._times: dict[ModelSpeed, _Times] = {}
        host.state_changed.connect(self._on_state)
        host.made.connect(self._on_made)
        host.clicked.connect(self._on_clicked)

    def of(self, source: str) -> ModelSpeed | None:
        """What was measured last of the model that lies there; None if nothing was."""
        return self._preferences.value.speed_of(source, stamp_of(source))

    @Slot()
    def _on_state(self) -> None:
        """What runs is looked at where it changes, and not with each click: it asks the disk."""
        host, report = self._host, self._host.report
        if host.state != "ready" or report is None:
            self._runs = None
            return
        source, ran = host.choice.source, (report.device, report.runtime, report.precision)
        here = self._runs
        if here is None or (here.identity, here.source, here.device, here.runtime,
                            here.precision) != (host.identity, source, *ran):  # fmt: skip
            self._runs = ModelSpeed(host.identity, *ran, source, stamp_of(source))

    @Slot(object)
    def _on_made(self, embedded: Embedded) -> None:
        self._note(embeds=embedded.seconds * 1000)

    @Slot(float)
    def _on_clicked(self, seconds: float) -> None:
        self._note(clicks=seconds * 1000)

    def _note(self, **took: float) -> None:
        runs = self._runs
        if runs is None:
            return
        times = self._times.setdefault(runs, _Times())
        for name, milliseconds in took.items():
            getattr(times, name).append(milliseconds)
        known = self._preferences.value.speed_with(runs)
        embed = median(times.embeds) if times.embeds else known.embed_ms
        click = median(times.clicks) if times.clicks else known.click_ms
        if _differ(embed, known.embed_ms) or _differ(click, known.click_ms):
            speed = replace(runs, embed_ms=_rounded(embed), click_ms=_rounded(click))
            self._preferences.put(self._preferences.value.with_speed(speed))


def stamp_of(source: str) -> str:
    """Tells the file at a place from another one that was put there; empty if there is none."""
    if source == BUILTIN:
        return ""
    try:
        found = Path(source).stat()
    except OSError:
        return ""
    return f"{found.st_size} {found.st_mtime_ns}"


def _differ(new: float, noted: float) -> bool:
    return abs(new - noted) > WORTH_NOTING * noted


def _rounded(milliseconds: float) -> float:
    """To three digits: more would only be noise in the file."""
    return float(f"{milliseconds:.3g}")
