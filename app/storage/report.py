"""Statistics and audit as files: one HTML page that needs nothing else, and tables as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from app import __version__
from app.core.statistics import BINS, Fact, Group, IouSummary, ProjectStatistics, Stage, group
from app.storage.names import shown
from app.storage.report_style import STYLE

COLUMNS = (
    "image",
    "annotation",
    "label",
    "source",
    "state",
    "stage",
    "size",
    "area_px",
    "seconds",
    "clicks",
    "iou",
    "day",
)
HEAD = (
    "masks",
    "images",
    "per image",
    "median s",
    "clicks",
    "pairs",
    "mean IoU",
    "> 0.9",
    "> 0.75",
)


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
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta http-equiv='Content-Security-Policy' "
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">",
        f"<title>{_text(title)}</title><style>{STYLE}</style></head><body>",
        f"<h1>{_text(title)}</h1>",
        _figures(statistics),
    ]
    if audit is not None:
        parts += _audit(audit)
    parts.append("<h2>Masks by stage</h2>" + _table("stage", statistics.stages))
    parts.append("<h2>Seconds per mask over time</h2>" + _days(statistics.days))
    tables = (
        ("label", statistics.labels),
        ("source", statistics.sources),
        ("size", statistics.sizes),
        ("day", statistics.days),
    )
    parts += [f"<h2>By {name}</h2>" + _table(name, groups) for name, groups in tables]
    parts.append("<h2>IoU of the model's proposal and the accepted mask</h2>")
    parts.append(_histogram(statistics.total.ious))
    parts.append(f"<p><small>Maskwright {_text(__version__)}, {moment}</small></p></body></html>")
    return "\n".join(parts) + "\n"


def csv_of(facts: Iterable[Fact], label_names: dict[int, str]) -> str:
    """One row a mask, with a heading; text that a spreadsheet would compute is kept from it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
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


def _text(text: str) -> str:
    return escape(shown(text))


def _figures(statistics: ProjectStatistics) -> str:
    total = statistics.total
    automatic = Stage.AUTOMATIC.value
    waiting = sum(each.masks for each in statistics.stages if each.name == automatic)
    values = [
        (f"{statistics.images:,}", "images"),
        (f"{total.masks - waiting:,}", "masks made or accepted by a person"),
        (f"{waiting:,}", "proposals that wait"),
        (f"{total.per_image:.1f}", "masks per image with masks"),
        (_number(total.seconds, "{:.1f} s"), "median time per mask"),
        (_number(total.clicks, "{:.1f}"), "clicks per mask made with the model or by hand"),
    ]
    return (
        "<div class='big'>"
        + "".join(f"<div>{value}<small>{name}</small></div>" for value, name in values)
        + "</div>"
    )


def _audit(audit: AuditReport) -> list[str]:
    whole = group("all", audit.facts)
    parts = [
        "<h2>Audit: masks against their corrections</h2>",
        f"<p>{audit.checked} of {audit.drawn} masks drawn at random have been looked at.</p>",
    ]
    if not audit.checked:
        return parts
    parts.append(
        f"<p><b>{whole.ious.above_good:.0%}</b> of the pairs have an IoU above 0.9, "
        f"<b>{whole.ious.above_fair:.0%}</b> above 0.75 "
        "(SA-1B's own audit: 94% and 97%).</p>"
    )
    parts.append(_histogram(whole.ious))
    parts += [_table(name, groups) for name, groups in audit.groups]
    if audit.pairs:
        parts.append(
            "<h3>The masks, those corrected most first</h3>"
            "<p><span class='before'>Orange: as it was.</span> "
            "<span class='after'>Blue: corrected.</span></p><div class='pairs'>"
        )
        for pair in audit.pairs:
            if not pair.picture.startswith("data:image/"):
                raise ValueError("a picture of the report must be part of it: a data URI")
            parts.append(
                f"<figure><img src='{escape(pair.picture)}' alt=''>"
                f"<figcaption>{_text(pair.caption)}</figcaption></figure>"
            )
        parts.append("</div>")
    return parts


def _table(name: str, groups: Sequence[Group]) -> str:
    if not groups:
        return "<p>Nothing yet.</p>"
    head = "".join(f"<th>{escape(each)}</th>" for each in (name, *HEAD))
    rows = "".join(
        "<tr>" + "".join(f"<td>{each}</td>" for each in (_text(g.name), *_row(g))) + "</tr>"
        for g in groups
    )
    return f"<table><tr>{head}</tr>{rows}</table>"


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


def _histogram(ious: IouSummary) -> str:
    if not ious.count:
        return "<p>Nothing measured yet.</p>"
    most, width, height, top = max(ious.bins), 36, 120, 16
    bars = []
    for place, count in enumerate(ious.bins):
        tall = height * count / most
        x, y = place * width, top + height - tall
        bars.append(
            f"<rect class='bar' x='{x + 1}' y='{y:.1f}' width='{width - 2}' height='{tall:.1f}'>"
            f"<title>{place / BINS:.2f} to {(place + 1) / BINS:.2f}: {count}</title></rect>"
        )
        if count:
            bars.append(
                f"<text x='{x + width / 2}' y='{y - 4:.1f}' text-anchor='middle'>{count}</text>"
            )
    foot = top + height
    labels = [
        f"<text x='{x * BINS * width:.0f}' y='{foot + 15}' text-anchor='middle'>{x:g}</text>"
        for x in (0.0, 0.25, 0.5, 0.75, 0.9, 1.0)
    ]
    axis = f"<path class='axis' d='M0 {foot}.5H{BINS * width}'/>"
    size = f"width='{BINS * width + 20}' viewBox='-10 0 {BINS * width + 20} {foot + 20}'"
    return f"<svg role='img' aria-label='IoU' {size}>{''.join([*bars, axis, *labels])}</svg>"


def _days(days: Sequence[Group]) -> str:
    known = [(each.name, each.seconds) for each in days if each.seconds is not None]
    if len(known) < 2:
        return "<p>There are not two days with measured work yet.</p>"
    width, height = 640, 140
    most = max(seconds for _, seconds in known)
    step = width / (len(known) - 1)
    places = [
        (number * step, height * (1 - seconds / most)) for number, (_, seconds) in enumerate(known)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = "".join(
        f"<circle class='dot' cx='{x:.1f}' cy='{y:.1f}' r='3'>"
        f"<title>{_text(name)}: {seconds:.1f} s</title></circle>"
        for (x, y), (name, seconds) in zip(places, known, strict=True)
    )
    scale = "".join(
        f"<path class='axis' d='M0 {y}H{width}'/>"
        f"<text x='{width + 8}' y='{y + 4}'>{most * (1 - y / height):.1f} s</text>"
        for y in (0, height // 2, height)
    )
    first, last = _text(known[0][0]), _text(known[-1][0])
    return (
        f"<svg role='img' aria-label='seconds per mask' width='{width + 70}'"
        f" viewBox='-8 -8 {width + 70} {height + 32}'>{scale}"
        f"<polyline class='line' points='{line}'/>{dots}"
        f"<text x='0' y='{height + 18}'>{first}</text>"
        f"<text x='{width}' y='{height + 18}' text-anchor='end'>{last}</text></svg>"
    )
