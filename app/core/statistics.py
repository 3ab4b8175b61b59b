"""How the work goes: masks by stage, seconds and clicks for each, and how well proposals fit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from statistics import fmean, median

from app.core.document import Annotation, Document, Source, State

GOOD, FAIR = 0.9, 0.75
"""The shares of mask pairs above these IoUs are what the paper reports of its audit (section 5)."""
BINS = 20


class Stage(StrEnum):
    """The paper's stages (section 4), told by who made the mask and who looked at it."""

    ASSISTED = "assisted-manual"
    SEMI = "semi-automatic"
    AUTOMATIC = "automatic"


class Size(StrEnum):
    """COCO's classes of size: below 32 x 32 pixels, below 96 x 96, and the rest."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


def stage_of(annotation: Annotation) -> Stage:
    """By a person; by the machine and then seen by a person; by the machine alone."""
    if annotation.source in (Source.MANUAL, Source.SMART):
        return Stage.ASSISTED
    return Stage.AUTOMATIC if annotation.state is State.PROPOSED else Stage.SEMI


def size_of(area_px: int) -> Size:
    if area_px < 32**2:
        return Size.SMALL
    return Size.MEDIUM if area_px < 96**2 else Size.LARGE


@dataclass(frozen=True, slots=True)
class Fact:
    """What counts of one mask; small, so that a hundred thousand of them fit in memory.

    Attributes:
        image: name of its image.
        annotation_id, label_id, source, state, stage, area_px: of the mask.
        seconds: of active work on it; None if nothing was measured.
        clicks: points and boxes given.
        iou: of the model's proposal against the mask as it was accepted; None if not known.
        day: when it was accepted, in UTC; None if not known.
    """

    image: str
    annotation_id: int
    label_id: int
    source: Source
    state: State
    stage: Stage
    area_px: int
    seconds: float | None
    clicks: int
    iou: float | None
    day: date | None

    @property
    def size(self) -> Size:
        return size_of(self.area_px)


def facts_of(image: str, document: Document) -> Iterator[Fact]:
    """The facts of every mask of an image but the rejected ones."""
    for annotation in document:
        if annotation.state is State.REJECTED:
            continue
        evidence = annotation.evidence
        yield Fact(
            image,
            annotation.id,
            annotation.label_id,
            annotation.source,
            annotation.state,
            stage_of(annotation),
            annotation.mask.area,
            evidence.active_s if evidence.active_s > 0 else None,
            evidence.clicks,
            evidence.proposal_iou,
            _day(evidence.created),
        )


def _day(created: str | None) -> date | None:
    if created is None:
        return None
    moment = datetime.fromisoformat(created)
    return (moment if moment.tzinfo is None else moment.astimezone(UTC)).date()


@dataclass(frozen=True, slots=True)
class IouSummary:
    """A distribution of IoUs.

    Attributes:
        count: how many.
        above_good, above_fair: shares above 0.9 and 0.75 (0 if there are none).
        mean, middle: mean and median (0 if there are none).
        bins: counts in ``BINS`` equal steps from 0 to 1, the last one including 1.
    """

    count: int
    above_good: float
    above_fair: float
    mean: float
    middle: float
    bins: tuple[int, ...]


def summarise_ious(ious: Iterable[float]) -> IouSummary:
    """The distribution of these values, each in [0, 1]."""
    values = list(ious)
    bins = [0] * BINS
    for value in values:
        if not 0 <= value <= 1:
            raise ValueError(f"an IoU lies in 0 to 1, given {value}")
        bins[min(int(value * BINS), BINS - 1)] += 1
    count = len(values)
    return IouSummary(
        count,
        sum(value > GOOD for value in values) / count if count else 0.0,
        sum(value > FAIR for value in values) / count if count else 0.0,
        fmean(values) if values else 0.0,
        median(values) if values else 0.0,
        tuple(bins),
    )


@dataclass(frozen=True, slots=True)
class Group:
    """Masks that have something in common.

    Attributes:
        name: what they share, such as a label's name.
        masks: how many.
        images: on how many images.
        seconds: median of active seconds; None if not measured.
        clicks: mean; over those that a person made with the model or by hand.
        ious: of proposals against accepted masks.
    """

    name: str
    masks: int
    images: int
    seconds: float | None
    clicks: float | None
    ious: IouSummary

    @property
    def per_image(self) -> float:
        return self.masks / self.images if self.images else 0.0


def group(name: str, facts: Iterable[Fact]) -> Group:
    members = list(facts)
    seconds = [fact.seconds for fact in members if fact.seconds is not None]
    clicks = [fact.clicks for fact in members if fact.stage is Stage.ASSISTED]
    return Group(
        name,
        len(members),
        len({fact.image for fact in members}),
        median(seconds) if seconds else None,
        fmean(clicks) if clicks else None,
        summarise_ious(fact.iou for fact in members if fact.iou is not None),
    )


def groups_by(facts: Iterable[Fact], key: Callable[[Fact], str]) -> tuple[Group, ...]:
    """One group for each value of ``key``, in alphabetical order."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        found[key(fact)].append(fact)
    return tuple(group(name, found[name]) for name in sorted(found))


@dataclass(frozen=True, slots=True)
class ProjectStatistics:
    """A whole folder.

    Attributes:
        images: how many there are, those without masks included.
        total: of all masks.
        stages, labels, sources, sizes, days: the same in groups; days are ISO dates.
    """

    images: int
    total: Group
    stages: tuple[Group, ...]
    labels: tuple[Group, ...]
    sources: tuple[Group, ...]
    sizes: tuple[Group, ...]
    days: tuple[Group, ...]


def project_statistics(
    facts: Iterable[Fact], images: int, label_name: Callable[[int], str]
) -> ProjectStatistics:
    """The statistics of a folder of ``images`` images with these masks.

    Args:
        label_name: name of a label, given its id.
    """
    every = list(facts)
    dated = [fact for fact in every if fact.day is not None]
    sizes = {each.name: each for each in groups_by(every, lambda fact: fact.size.value)}
    return ProjectStatistics(
        images,
        group("all", every),
        groups_by(every, lambda fact: fact.stage.value),
        groups_by(every, lambda fact: label_name(fact.label_id)),
        groups_by(every, lambda fact: fact.source.value),
        tuple(sizes[size.value] for size in Size if size.value in sizes),
        groups_by(dated, lambda fact: fact.day.isoformat() if fact.day else ""),
    )
