"""What models are called in the window."""

from __future__ import annotations

from app.ui.words import marked, translate
from model.weights.catalogue import Entry

GOOD_FOR = (
    marked("Catalogue", "The first SAM: solid on everyday photographs."),
    marked("Catalogue", "More exact than ViT-B, and about three times as slow."),
    marked("Catalogue", "The most exact of the first SAMs; wants a GPU."),
    marked("Catalogue", "Quick on a plain computer; coarser than the large ones."),
    marked("Catalogue", "A good start without a GPU: exact for its size."),
    marked("Catalogue", "A little more exact than tiny, nearly as quick."),
    marked("Catalogue", "Exact and still handy; best with a GPU."),
    marked("Catalogue", "The most exact for hard objects; wants a GPU."),
    marked("Catalogue", "Thin things and fine edges, also without a GPU."),
    marked("Catalogue", "Thin things and fine edges, cut more sharply than by SAM."),
    marked("Catalogue", "Finer still than HQ ViT-B; wants a GPU."),
    marked("Catalogue", "The finest edges of all; wants a GPU and much memory."),
    marked("Catalogue", "Small; answers clicks and boxes, corrects little."),
    marked("Catalogue", "Quicker than ViT-B, from images of 512 pixels."),
    marked("Catalogue", "Convolutions only: quick where transformers are slow."),
    marked("Catalogue", "SAM 2's answers from a network made for phones."),
    marked("Catalogue", "Very quick and small; not for commercial purposes."),
    marked("Catalogue", "Finds by words of English, several at once; best with a GPU."),
    marked("Catalogue", "Finds by words of English, also small and rare things."),
)
"""What published models are good for, as the catalogue says it."""


def good_for(model: Entry) -> str:
    """When to choose a published model; what is not listed here is said as the catalogue has it."""
    words = model.good_for
    return translate("Catalogue", words) if words in GOOD_FOR else words


def device_name(device: str) -> str:
    """As people call it."""
    return {"cpu": "CPU", "mps": "Apple GPU"}.get(device, device.replace("cuda", "GPU"))
