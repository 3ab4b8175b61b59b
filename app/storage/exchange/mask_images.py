"""Which image each PNG of masks belongs to, and whether it can be a mask of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from app.storage.exchange.gathering import Source
from app.storage.exchange.images import Images, Match
from app.storage.exchange.mask_looks import ITSELF, require_mask
from app.storage.exchange.matching import FileName, Matching
from app.storage.exchange.png import Png

MASKS = ("masks", "mask", "labels", "annotations")
IMAGES = ("images", "image", "imgs", "data", "JPEGImages")


def masks_below(path: Path, images: Images | None) -> Path:
    """The folder of the masks in ``path``, where the images lie beside it; else ``path`` itself.

    Args:
        images: of the folder opened; None takes the names of folders for enough.
    """
    inside = [path / name for name in MASKS if (path / name).is_dir()]
    beside = [path / name for name in IMAGES if (path / name).is_dir()]
    sure = images is None or any(map(images.any_below, beside))
    return inside[0] if len(inside) == 1 and beside and sure else path


class MaskImages:
    """The images of PNGs that are read.

    PNGs that lie in the folder of the images are not taken for images while they are read.

    Args:
        source: the PNGs.
        images: of the folder opened.

    Attributes:
        others: the images without the PNGs that are read.
    """

    def __init__(self, source: Source, images: Images) -> None:
        self._source, self._images = source, images
        self._own = images.among(source.files)
        self.others = images.without(self._own.values())
        self._matching = Matching(self.others, ())

    def match(self, names: Iterable[FileName]) -> None:
        """Find the images of all PNGs.

        Args:
            names: what the names of the PNGs say of their images.
        """
        # With no image left, a name must not stand for an image of its own.
        if self.others or not self._images:
            self._matching = Matching(self.others, names)

    def find(self, name: str, stem: FileName) -> Match:
        """The image of the PNG ``name``; ValueError says why none is sure."""
        try:
            return self._matching.find(stem)
        except ValueError as error:
            if self._source.root / name in self._own:
                raise ValueError(ITSELF) from error
            raise

    def check(self, png: Png, name: str, match: Match) -> None:
        """ValueError if ``png``, read from ``name``, cannot be a mask of its image."""
        image = self._images.path(match.name)
        require_mask(png, self._source.root / name, image)
