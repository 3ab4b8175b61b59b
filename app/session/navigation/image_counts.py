"""How far the images of a folder are, counted as it changes: asking costs nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from app.core.contents import Contents
from app.core.document import ImageStatus
from app.core.review import StateCounts, Summary

UNTOUCHED = Summary()


class ImageCounts:
    """Summaries by image name, and their sums.

    Attributes:
        objects: of all images, by state.
        proposed_images: images on which something is proposed.
        statuses: images by status, those alone of which something is known.
    """

    def __init__(self) -> None:
        self._by_name: dict[str, Summary] = {}
        self._contents: dict[Contents, Contents] = {}
        self.objects = StateCounts()
        self.proposed_images = 0
        self.statuses: Counter[ImageStatus] = Counter()

    def __len__(self) -> int:
        return len(self._by_name)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Summary:
        return self._by_name.get(name, UNTOUCHED)

    @property
    def contents(self) -> Collection[Contents]:
        """What images hold or held, each kind of it once."""
        return self._contents.keys()

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def forget(self, names: Iterable[str]) -> None:
        """These images are gone."""
        for name in names:
            old = self._by_name.pop(name, None)
            if old is not None:
                self._take_off(old)

    def put(self, name: str, summary: Summary) -> None:
        """This is what is known of the image now."""
        old = self._by_name.get(name)
        if old is not None:
            self._take_off(old)
        # Many images hold the same: a hundred thousand would take the room for each.
        same = self._contents.setdefault(summary.contents, summary.contents)
        if same is not summary.contents:
            summary = replace(summary, contents=same)
        self._by_name[name] = summary
        self.statuses[summary.status] += 1
        self.objects += summary.objects
        self.proposed_images += summary.objects.proposed > 0

    def _take_off(self, old: Summary) -> None:
        self.statuses[old.status] -= 1
        self.objects -= old.objects
        self.proposed_images -= old.objects.proposed > 0
