"""What a run of ``evaluate`` has scored so far, so that a killed one goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from model.evaluation.scores import ObjectScore
from model.training.samples import Sample

FORMAT = "maskwright-evaluation-3"


@dataclass(frozen=True, slots=True)
class ImageScores:
    """Attributes: embed_s: seconds its embedding took. scores: one per object."""

    embed_s: float
    scores: tuple[ObjectScore, ...]


class Ledger:
    """A line of JSON for each image, in a file named after all that the scores depend on.

    A line that was cut off by a kill is scored again. Where the folder refuses, the run goes on
    without it.

    Args:
        folder: where the file lies; made if it is missing.
        run: see ``fingerprint``.
    """

    def __init__(self, folder: Path, run: str) -> None:
        self.path = folder / f"{run}.jsonl"
        self._known = dict(_read(self.path))

    @property
    def objects(self) -> int:
        """How many objects earlier runs have scored."""
        return sum(len(each.scores) for each in self._known.values())

    def get(self, number: int) -> ImageScores | None:
        """What is known of image ``number``."""
        return self._known.get(number)

    def add(self, number: int, image: ImageScores) -> None:
        line = json.dumps({"format": FORMAT, "number": number, **asdict(image)})
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                # The newline in front ends a line that a kill has cut off.
                file.write(f"\n{line}\n")
        except OSError:
            return

    def close(self) -> None:
        """The run is complete; the next one is scored anew."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError:
            return


def stamp_of(path: Path) -> str:
    """What changes with a file; OSError if it is not there."""
    told = path.stat()
    return f"{path.absolute()} {told.st_size} {told.st_mtime_ns}"


def fingerprint(
    model: str,
    protocol: object,
    samples: Sequence[Sample],
    stamp: Callable[[Path], str] = stamp_of,
) -> str:
    """Hexadecimal hash of all that scores depend on.

    Args:
        model: its identity and how it runs.
        protocol: a value whose ``repr`` tells it.
        stamp: tells what changes with an image.
    """
    found = hashlib.sha256(f"{FORMAT} {model} {protocol!r}".encode())
    for sample in samples:
        found.update(stamp(sample.path).encode())
        for runs in sample.runs:
            found.update(runs.tobytes())
    return found.hexdigest()[:32]


def _read(path: Path) -> list[tuple[int, ImageScores]]:
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [found for line in lines if line and (found := _parsed(line)) is not None]


def _parsed(line: str) -> tuple[int, ImageScores] | None:
    try:
        told: dict[str, Any] = json.loads(line)
        if told["format"] != FORMAT:
            return None
        scores = tuple(_score(each) for each in told["scores"])
        return int(told["number"]), ImageScores(float(told["embed_s"]), scores)
    except (ValueError, TypeError, KeyError):
        return None


def _score(told: dict[str, Any]) -> ObjectScore:
    return ObjectScore(
        str(told["image"]),
        int(told["index"]),
        float(told["share"]),
        tuple(float(each) for each in told["ious"]),
        float(told["oracle"]),
        float(told["box"]),
        tuple(float(each) for each in told["seconds"]),
        tuple(bool(each) for each in told["obeyed"]),
        tuple(float(each) for each in told["edges"]),
        float(told["box_edge"]),
        tuple(int(each) for each in told["labels"]),
        float(told["fill"]),
    )
