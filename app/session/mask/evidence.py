"""What is noted with an accepted mask: how it came to be."""

from __future__ import annotations

from datetime import UTC, datetime

from app import __version__
from app.core.document import Annotation, Evidence
from app.core.mask import Mask
from app.session.mask.draft import DraftHistory
from app.session.model.model_host import ModelHost
from model.transforms import PixelWindow


def build_evidence(
    line: DraftHistory, mask: Mask, active_s: float, host: ModelHost, old: Annotation | None
) -> Evidence:
    """The evidence for ``mask``, made along ``line`` in ``active_s`` seconds of work.

    For an object that is corrected (``old``) seconds, clicks and brush pixels add to what it had,
    and the proposal that the mask is compared with is the mask it had before.
    """
    answered, before = line.answered_state, old.evidence if old else Evidence()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    evidence: dict[str, object] = {
        "clicks": before.clicks + line.clicks,
        "brush_added_px": before.brush_added_px + line.current.added_px,
        "brush_removed_px": before.brush_removed_px + line.current.removed_px,
        "active_s": round(before.active_s + active_s, 2),
        "prompts": before.prompts,
        "candidate": before.candidate,
        "predicted_iou": before.predicted_iou,
        "stability_score": before.stability_score,
        "proposal_iou": None if old is None else round(old.mask.iou(mask), 4),
        "model": before.model,
        "model_identity": before.model_identity,
        "crop_box": before.crop_box,
        "extra": before.extra,
    }
    if answered is not None and answered.answer is not None:
        found, chosen = answered.answer.prediction, answered.answer.chosen
        seen = answered.answer.basis[0].transform
        evidence |= {
            "prompts": line.steps,
            "candidate": chosen,
            "predicted_iou": round(float(found.predicted_iou[chosen]), 4),
            "stability_score": round(float(found.stability[chosen]), 4),
            "model": host.variant,
            "model_identity": answered.model,
            "crop_box": _crop_box(seen.window),
        }
        if old is None and answered.mask is not None:
            evidence["proposal_iou"] = round(answered.mask.iou(mask), 4)
    return Evidence(**evidence, app_version=__version__, created=now)  # type: ignore[arg-type]


def _crop_box(window: PixelWindow | None) -> tuple[float, float, float, float] | None:
    """As SA-1B has it: x, y, width, height."""
    if window is None:
        return None
    x0, y0, x1, y1 = window
    return x0, y0, x1 - x0, y1 - y0
