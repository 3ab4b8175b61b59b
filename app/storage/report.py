"""Statistics and audit as files: one HTML page that needs nothing else, and tables as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app import __version__
from app.core.statistics import BINS, Fact, Group, IouSummary, ProjectStatistics, Stage, group
from app.storage.markup import Markup, Parts, joined
from app.storage.names import shown
from app.storage.shipped import RESOURCES

PART = Parts(RESOURCES / "report.html")
COLUMNS = "image,annotation,label,source,state,stage,size,area_px,seconds,clicks,iou,day"
HEAD = "masks,images,per image,median s,clicks,pairs,mean IoU,> 0.9,> 0.75"


@dataclass(frozen=True, slots=True)
class Pair:
    """A mask before and after its correction, to be shown.

    Attributes:
        picture: a data URI.
        caption: plain text.
    """

    picture: str
    caption: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """An audit, as far as it is done.

    Attributes:
        drawn: how many masks were drawn.
        checked: how many somebody has looked at.
        facts: of those, with the IoU of each and its correction.
        groups: by label, size and source; a heading and its groups.
        pairs: pictures of some, the largest corrections first.
    """

    drawn: int
    checked: int
    facts: tuple[Fact, ...]
    groups: tuple[tuple[str, tuple[Group, ...]], ...]
    pairs: tuple[Pair, ...] = ()


def html_report(
    title: str,
    statistics: ProjectStatistics,
    audit: AuditReport | None = None,
    made: datetime | None = None,
) -> str:
    """The whole page; every text in it is escaped, and it loads and runs nothing.

    Args:
        title: such as the folder's name.
        made: the moment that the page states; now if None.
    """
    moment = (made or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M UTC")
    tables = (
        ("label", statistics.labels),
        ("source", statistics.sources),
        ("size", statistics.sizes),
        ("day", statistics.days),
    )
    return PART(
        "page",
        title=title,
        figures=_figures(statistics),
        audit="" if audit is None else _audit(audit),
        stages=_table("stage", statistics.stages),
        days=_days(statistics.days),
        tables=joined(PART("by", name=name, table=_table(name, each)) for name, each in tables),
        ious=_histogram(statistics.total.ious),
        version=__version__,
        moment=moment,
    )


def csv_of(facts: Iterable[Fact], label_names: dict[int, str]) -> str:
    """One row a mask, with a heading; text that a spreadsheet would compute is kept from it."""
    buffer = io.StringIO()
    buffer.write(f"{COLUMNS}\n")
    writer = csv.writer(buffer, lineterminator="\n")
    for fact in facts:
        writer.writerow(
            [
                _cell(shown(fact.image)),
                fact.annotation_id,
                _cell(shown(label_names.get(fact.label_id, f"label {fact.label_id}"))),
                fact.source.value,
                fact.state.value,
                fact.stage.value,
                fact.size.value,
                fact.area_px,
                "" if fact.seconds is None else f"{fact.seconds:.2f}",
                fact.clicks,
                "" if fact.iou is None else f"{fact.iou:.4f}",
                "" if fact.day is None else fact.day.isoformat(),
            ]
        )
    return buffer.getvalue()


def _cell(text: str) -> str:
    # A spreadsheet takes these for formulas, and a file name can hold one.
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _figures(statistics: ProjectStatistics) -> Markup:
    total = statistics.total
    automatic = Stage.AUTOMATIC.value
    proposed = sum(each.masks for each in statistics.stages if each.name == automatic)
    values = [
        (f"{statistics.images:,}", "images"),
        (f"{total.masks - proposed:,}", "masks made or accepted by a person"),
        (f"{proposed:,}", "proposals that wait"),
        (f"{total.per_image:.1f}", "masks per image with masks"),
        (_number(total.seconds, "{:.1f} s"), "median time per mask"),
        (_number(total.clicks, "{:.1f}"), "clicks per mask made with the model or by hand"),
    ]
    return joined(PART("figure", value=value, name=name) for value, name in values)


def _audit(audit: AuditReport) -> Markup:
    found = _audited(audit) if audit.checked else ""
    return PART("audit", checked=audit.checked, drawn=audit.drawn, found=found)


def _audited(audit: AuditReport) -> Markup:
    ious = group("all", audit.facts).ious
    pairs = joined(_pair(each) for each in audit.pairs)
    return PART(
        "audited",
        good=f"{ious.above_good:.0%}",
        fair=f"{ious.above_fair:.0%}",
        ious=_histogram(ious),
        tables=joined(_table(name, groups) for name, groups in audit.groups),
        pairs=PART("pairs", pairs=pairs) if pairs else "",
    )


def _pair(pair: Pair) -> Markup:
    if not pair.picture.startswith("data:image/"):
        raise ValueError("a picture of the report must be part of it: a data URI")
    return PART("pair", picture=pair.picture, caption=pair.caption)


def _table(name: str, groups: Sequence[Group]) -> Markup:
    if not groups:
        return PART("nothing", what="Nothing yet.")
    rows = (joined(PART("cell", text=each) for each in (g.name, *_row(g))) for g in groups)
    return PART(
        "table",
        head=joined(PART("heading", text=each) for each in (name, *HEAD.split(","))),
        rows=joined(PART("row", cells=cells) for cells in rows),
    )


def _row(each: Group) -> tuple[str, ...]:
    ious = each.ious
    known = (f"{ious.mean:.3f}", f"{ious.above_good:.0%}", f"{ious.above_fair:.0%}")
    return (
        f"{each.masks:,}",
        f"{each.images:,}",
        f"{each.per_image:.1f}",
        _number(each.seconds, "{:.1f}"),
        _number(each.clicks, "{:.1f}"),
        f"{ious.count:,}",
        *(known if ious.count else ("-",) * 3),
    )


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


def _histogram(ious: IouSummary) -> Markup:
    if not ious.count:
        return PART("nothing", what="Nothing measured yet.")
    parts = []
    for place, count in enumerate(ious.bins):
        tall = 120 * count / max(ious.bins)
        x, y, least, most = place * 36, 136 - tall, place / BINS, (place + 1) / BINS
        bar = {"x": x + 1, "y": f"{y:.1f}", "height": f"{tall:.1f}", "count": count}
        parts.append(PART("bar", **bar, least=f"{least:.2f}", most=f"{most:.2f}"))
        if count:
            parts.append(PART("count", x=x + 18, y=f"{y - 4:.1f}", count=count))
    return PART("histogram", bars=joined(parts))


def _days(days: Sequence[Group]) -> Markup:
    known = [(each.name, each.seconds) for each in days if each.seconds is not None]
    if len(known) < 2:
        return PART("nothing", what="There are not two days with measured work yet.")
    most = max(seconds for _, seconds in known)
    dots, places = [], []
    for number, (day, seconds) in enumerate(known):
        x, y = number * 640 / (len(known) - 1), 140 * (1 - seconds / most)
        dots.append(PART("dot", x=f"{x:.1f}", y=f"{y:.1f}", day=day, seconds=f"{seconds:.1f}"))
        places.append(f"{x:.1f},{y:.1f}")
    scale = {"most": f"{most:.1f}", "half": f"{most / 2:.1f}", "least": "0.0"}
    first, last = known[0][0], known[-1][0]
    line = " ".join(places)
    return PART("days", **scale, line=line, dots=joined(dots), first=first, last=last)
