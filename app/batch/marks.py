"""What was done to an image by a run over its folder, kept with its objects.

The mark lies in the document's ``extra`` under ``maskwright`` / ``runs``: the name of the job and a
fingerprint of its model and settings. It is written together with the job's result, so a run that
was killed and is started again neither repeats nor misses an image.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.core.document import Document

OWN, RUNS = "maskwright", "runs"


def is_done(document: Document, job: str, mark: str) -> bool:
    """Whether that job was done to this image with the same model and settings."""
    return _runs(document).get(job) == mark


def with_done(document: Document, job: str, mark: str) -> Document:
    """With that job noted as done."""
    own = document.extra.get(OWN)
    kept = dict(own) if isinstance(own, Mapping) else {}
    kept[RUNS] = {**_runs(document), job: mark}
    return document.with_extra(document.extra.with_items({OWN: kept}))


def _runs(document: Document) -> Mapping[str, object]:
    own = document.extra.get(OWN)
    runs = own.get(RUNS) if isinstance(own, Mapping) else None
    return runs if isinstance(runs, Mapping) else {}
