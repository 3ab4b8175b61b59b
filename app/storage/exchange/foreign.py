"""Other programs' own files, which are not read here, told by name and with what to do instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from app.core.errors import Problem
from app.storage.exchange.records import REFUSALS, decoded
from app.storage.names import shown
from app.storage.regular import open_regular
from model.messages import say

HEAD_BYTES = 1 << 16
MOST_BYTES = 64 << 20
"""A larger JSON file is judged by its beginning alone."""
_ROOT = re.compile(r"<([A-Za-z_][\w.-]*)")
_ASIDE = re.compile(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(\[.*?\])?[^>]*>", re.DOTALL)
_KEY = re.compile(r'"([^"\\]{1,80})"\s*:')

CVAT = say("CVAT's own XML")
LABEL_STUDIO = say("Label Studio's own JSON")
DATUMARO = say("Datumaro's own JSON")
FIFTYONE = say("FiftyOne's own data set")
SUPERVISELY = say("Supervisely's own JSON")
VIA = say("the VGG Image Annotator's JSON")
GEOJSON = "GeoJSON"
LABELBOX = say("Labelbox' own JSON")
ROBOFLOW = say("Roboflow's semantic masks")
RECORDS = say("TensorFlow's records")
_BY_SUFFIX = {".tfrecord": RECORDS, ".ndjson": LABELBOX}


def foreign_file(path: Path) -> str | None:
    """Whose own format the file ``path`` is in; None if it is none that is known to be such."""
    suffix = path.suffix.lower()
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    if suffix == ".xml":
        return CVAT if root_tag(path) == "annotations" else None
    return _of_json(path) if suffix == ".json" else None


def foreign_folder(path: Path, names: Iterable[str]) -> str | None:
    """Whose own format the folder ``path`` with the files ``names`` is in, as ``foreign_file``."""
    bases = {name.rpartition("/")[2] for name in names}
    if {"samples.json", "metadata.json"} <= bases:
        return FIFTYONE
    if "meta.json" in bases and any("/ann/" in f"/{name}" for name in names):
        return SUPERVISELY
    if "_classes.csv" in bases and any(base.endswith("_mask.png") for base in bases):
        return ROBOFLOW
    found = (foreign_file(path / name) for name in names)
    return next((each for each in found if each is not None), None)


def refusal(path: Path, kind: str) -> Problem:
    """What to say of ``path``, which is in the format ``kind``."""
    return Problem(
        say("{name} is in a format that is not read here: {kind}.", shown(path.name), kind),
        say("Export it from there as COCO, YOLO or Pascal VOC."),
    )


def root_tag(path: Path) -> str | None:
    """The first element of an XML file; None if there is none."""
    found = _ROOT.search(_ASIDE.sub("", _head(path)))
    return None if found is None else found[1]


def _head(path: Path) -> str:
    try:
        with open_regular(path) as file:
            text, _ = decoded(file.read(HEAD_BYTES))
    except (OSError, ValueError):
        return ""
    return text


def _of_json(path: Path) -> str | None:
    head = _head(path)
    keys = set(_KEY.findall(head))
    for wanted, kind in _JSON:
        if wanted(keys, head.lstrip()[:1]):
            return kind
    outer = _outer_keys(path)
    if {"categories", "items"} <= outer:
        return DATUMARO
    return SUPERVISELY if {"size", "tags", "objects"} <= outer else None


Judge = Callable[[set[str], str], bool]
_JSON: tuple[tuple[Judge, str], ...] = (
    (lambda keys, first: {"from_name", "to_name"} <= keys, LABEL_STUDIO),
    (lambda keys, first: first == "[" and "completed_by" in keys, LABEL_STUDIO),
    (lambda keys, first: first == "[" and {"annotator", "annotation_id"} <= keys, LABEL_STUDIO),
    (lambda keys, first: "dm_format_version" in keys, DATUMARO),
    (lambda keys, first: bool(keys & {"_via_img_metadata", "_via_settings"}), VIA),
    (lambda keys, first: {"filename", "regions", "file_attributes"} <= keys, VIA),
    (lambda keys, first: {"region_attributes", "shape_attributes"} <= keys, VIA),
    (lambda keys, first: {"data_row", "projects"} <= keys, LABELBOX),
    (lambda keys, first: {"type", "features", "geometry"} <= keys, GEOJSON),
)


def _outer_keys(path: Path) -> set[str]:
    try:
        with open_regular(path) as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            return set()
        return set(msgspec.json.decode(data, type=dict[str, msgspec.Raw]))
    except (OSError, *REFUSALS):
        return set()
