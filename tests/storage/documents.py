"""Documents and JSON for property tests."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from app.core.attributes import Attribute, Kind
from app.core.details import Details, Flag
from app.core.document import Annotation, Document, Evidence, ImageStatus, Source, State
from app.core.frozen import freeze
from app.core.labels import Label, LabelSet
from app.core.mask import Mask
from app.core.previous import Previous
from app.core.prompt import Box, Point, Prompt, Step
from app.core.unsegmented import Unsegmented

# Half characters cannot be written as UTF-8; files replace them.
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
finite = st.floats(allow_nan=False, allow_infinity=False, width=64)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
KNOWN = {"image", "annotations", "maskwright", "segmentation", "bbox", "area", "id", "category_id"}
KNOWN |= {"iscrowd", "predicted_iou", "stability_score", "crop_box", "point_coords", "version"}
KNOWN |= {"labels", "next_id", "key", "name", "color", "shortcut", "description", "attributes"}


@st.composite
def extras(draw: st.DrawFn) -> Any:
    """Keys this program does not know, with any JSON under them."""
    keys = text.map(lambda key: f"x{key}")
    return freeze(draw(st.dictionaries(keys, json_values, max_size=3)))


def masks(height: int, width: int) -> st.SearchStrategy[Mask]:
    return arrays.arrays(np.bool_, (height, width)).map(Mask.from_array)


unit = st.floats(0, 1)
optional_text = st.none() | text
coordinates = st.floats(-1e6, 1e6)
points = st.builds(Point, coordinates, coordinates, st.booleans())
boxes = st.builds(
    lambda x, y, w, h: Box(x, y, x + w, y + h),
    coordinates,
    coordinates,
    st.floats(1, 1e3),
    st.floats(1, 1e3),
)
prompts = st.builds(Prompt, st.lists(points, max_size=3).map(tuple), st.none() | boxes)
windows = st.tuples(*[st.integers(0, 99)] * 2, *[st.integers(100, 10**4)] * 2)
steps = st.builds(
    Step,
    prompts,
    st.floats(0, 1e6),
    st.none() | st.integers(0, 5),
    st.booleans(),
    st.none() | windows,
)
optional_boxes = st.none() | boxes
sources_told = st.none() | st.sampled_from(["coco", "labelme"])


@st.composite
def previous(draw: st.DrawFn, height: int, width: int) -> Previous:
    """What an object of that size was before."""
    mask = draw(st.none() | masks(height, width))
    box, found = draw(optional_boxes), tuple(draw(st.lists(points, max_size=2)))
    if mask is None and box is None and not found:
        box = Box(0.5, 1, 2, 3.25)
    return Previous(mask, box, found, draw(st.none() | unit), draw(extras()))


details = st.builds(
    Details,
    text,
    st.none() | st.integers(0, 2**53),
    st.frozensets(st.sampled_from(Flag)),
)
unsegmented = st.builds(
    Unsegmented,
    st.integers(1, 2**53),
    prompts.filter(lambda prompt: not prompt.is_empty),
    st.none() | finite,
    extras(),
    extras(),
    sources_told,
    extras(),
    details,
)
evidence = st.builds(
    Evidence,
    prompts=st.lists(steps, max_size=2).map(tuple),
    candidate=st.none() | st.integers(0, 3),
    predicted_iou=st.none() | finite,
    stability_score=st.none() | unit,
    clicks=st.integers(0, 99),
    brush_added_px=st.integers(0, 10**9),
    brush_removed_px=st.integers(0, 10**9),
    active_s=st.floats(0, 1e9),
    proposal_iou=st.none() | unit,
    model=optional_text,
    model_identity=optional_text,
    app_version=optional_text,
    created=st.none() | st.datetimes().map(lambda moment: moment.isoformat()),
    crop_box=st.none() | st.tuples(coordinates, coordinates, st.floats(0, 1e3), st.floats(0, 1e3)),
    extra=extras(),
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Any document of at most 6 x 6 pixels."""
    height, width = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    ids = draw(st.lists(st.integers(1, 2**53 - 1), unique=True, max_size=3))
    annotations = tuple(
        Annotation(
            id=each,
            label_id=draw(st.integers(1, 2**53)),
            mask=draw(masks(height, width)),
            source=draw(st.sampled_from(Source)),
            state=draw(st.sampled_from(State)),
            locked=draw(st.booleans()),
            evidence=draw(evidence),
            attributes=draw(extras()),
            extra=draw(extras()),
            previous=draw(st.none() | previous(height, width)),
            imported_from=draw(sources_told),
            details=draw(details),
        )
        for each in ids
    )
    return Document(
        height,
        width,
        annotations,
        draw(st.integers(max(ids, default=0) + 1, 2**53)),
        draw(st.sampled_from(ImageStatus)),
        draw(extras()),
        tuple(draw(st.lists(unsegmented, max_size=2))),
        draw(st.dictionaries(text, text, max_size=2).map(freeze)),
    )


names = st.text(
    st.characters(exclude_categories=["C", "Z"], max_codepoint=0x2FFF), min_size=1, max_size=10
)


@st.composite
def attributes(draw: st.DrawFn) -> Attribute:
    """Any attribute, with a default or without."""
    kind, name = draw(st.sampled_from(Kind)), draw(names)
    choices = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    least, most = sorted((draw(st.integers(-9, 9)), draw(st.integers(-9, 9))))
    value = {
        Kind.CHOICE: st.sampled_from(choices),
        Kind.NUMBER: st.integers(least, most) | st.floats(least, most),
        Kind.TEXT: text,
        Kind.YES_NO: st.booleans(),
    }[kind]
    return Attribute(
        name,
        kind,
        tuple(choices) if kind is Kind.CHOICE else (),
        draw(st.none() | value),
        draw(st.none() | st.sampled_from("ABC123")),
        least if kind is Kind.NUMBER else None,
        most if kind is Kind.NUMBER else None,
        draw(extras()),
    )


def schemas() -> st.SearchStrategy[tuple[Attribute, ...]]:
    """Any attributes of a label, no name and no key twice."""
    keys = (lambda each: each.name, lambda each: each.key or each.name)
    return st.lists(attributes(), max_size=3, unique_by=keys).map(tuple)


@st.composite
def label_sets(draw: st.DrawFn) -> LabelSet:
    """Any set of one to four labels."""
    chosen = draw(st.lists(names, min_size=1, max_size=4, unique_by=str.strip))
    ids = draw(
        st.lists(st.integers(1, 10**6), min_size=len(chosen), max_size=len(chosen), unique=True)
    )
    keys = draw(st.permutations([None, None, *range(1, 10), "I", "Shift+A", "T0"]))
    labels = tuple(
        Label(
            each,
            name,
            f"#{draw(st.integers(0, 0xFFFFFF)):06x}",
            key,
            draw(extras()),
            draw(text),
            draw(schemas()),
        )
        for each, name, key in zip(ids, chosen, keys, strict=False)
    )
    next_id = max(ids) + draw(st.integers(1, 5))
    return LabelSet(labels, next_id, draw(extras()), draw(schemas()))
