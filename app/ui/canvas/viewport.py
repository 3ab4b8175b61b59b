"""Where the image lies on the screen: the one place that turns positions into each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor

MAX_SCALE = 96.0
MIN_VISIBLE = 48
"""Device pixels of the image that cannot be pushed out of sight."""
ZOOM_STEP = 1.25

LEAST_PX = 48
"""A smaller object is shown with so much around it: alone it could not be told what it is."""

Bounds = tuple[int, int, int, int]


def with_room(bounds: Bounds) -> tuple[float, float, float, float]:
    """What to show of the image so that a small object is seen in its place."""
    x0, y0, x1, y1 = bounds
    dx, dy = max(0, LEAST_PX - (x1 - x0)) / 2, max(0, LEAST_PX - (y1 - y0)) / 2
    return x0 - dx, y0 - dy, x1 + dx, y1 + dy


@dataclass(frozen=True, slots=True)
class Viewport:
    """A picture seen through a rectangle of device pixels.

    Positions on the screen are in device pixels from the canvas' top left; where a position is
    logical, whoever has it multiplies by the device pixel ratio first. The image's corner lies on a
    whole device pixel, so that panning moves what is painted without resampling it.

    Attributes:
        image_width, image_height: of the picture in pixels.
        width, height: of the canvas in device pixels.
        scale: device pixels per image pixel.
        x, y: device pixels from the canvas' corner to the image's.
        fits: whether the image is kept fitted when the canvas changes its size.
    """

    image_width: int
    image_height: int
    width: int
    height: int
    scale: float = 1.0
    x: int = 0
    y: int = 0
    fits: bool = True

    @classmethod
    def fitting(cls, image_width: int, image_height: int, width: int, height: int) -> Viewport:
        """The whole image, as large as it goes, in the middle."""
        whole = cls(image_width, image_height, max(width, 1), max(height, 1))
        return whole.fitted()

    @property
    def fit_scale(self) -> float:
        # A share of the canvas, so that screens of any density show the same.
        margin = min(self.width, self.height) / 40
        return min(
            (self.width - 2 * margin) / max(self.image_width, 1),
            (self.height - 2 * margin) / max(self.image_height, 1),
        )

    @property
    def min_scale(self) -> float:
        return min(self.fit_scale / 4, 1.0)

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        """Image pixels of a place on the screen; outside the image too."""
        return (x - self.x) / self.scale, (y - self.y) / self.scale

    def to_device(self, x: float, y: float) -> tuple[float, float]:
        """Place on the screen of a point in image pixels."""
        return self.x + x * self.scale, self.y + y * self.scale

    def device_box(self, x0: float, y0: float, x1: float, y1: float) -> Bounds:
        """The device pixels that show any of an image rectangle, cut at the canvas' edges."""
        return (
            max(0, floor(self.x + x0 * self.scale)),
            max(0, floor(self.y + y0 * self.scale)),
            min(self.width, ceil(self.x + x1 * self.scale)),
            min(self.height, ceil(self.y + y1 * self.scale)),
        )

    @property
    def visible_box(self) -> Bounds:
        """The image pixels on the screen, x0, y0, x1, y1; x0 >= x1 or y0 >= y1 if none are."""
        x0, y0 = self.to_image(0, 0)
        x1, y1 = self.to_image(self.width, self.height)
        return (
            max(0, floor(x0)),
            max(0, floor(y0)),
            min(self.image_width, ceil(x1)),
            min(self.image_height, ceil(y1)),
        )

    def fitted(self) -> Viewport:
        scale = max(self.fit_scale, 1e-4)
        # A small image is not blown up beyond what shows its pixels well.
        scale = min(scale, MAX_SCALE / 4)
        return self._centred(scale)

    def actual_size(self, x: float, y: float) -> Viewport:
        """One image pixel on one device pixel; what is at (x, y) on the screen stays there."""
        return self.zoomed(1.0 / self.scale, x, y)

    def zoomed(self, factor: float, x: float, y: float) -> Viewport:
        """Closer by ``factor``; what is at (x, y) on the screen stays there."""
        scale = min(max(self.scale * factor, self.min_scale), MAX_SCALE)
        image_x, image_y = self.to_image(x, y)
        moved = replace(
            self,
            scale=scale,
            x=round(x - image_x * scale),
            y=round(y - image_y * scale),
            fits=False,
        )
        return moved._kept_in_sight()

    def panned(self, dx: int, dy: int) -> Viewport:
        """Moved by whole device pixels."""
        return replace(self, x=self.x + dx, y=self.y + dy, fits=False)._kept_in_sight()

    def resized(self, width: int, height: int) -> Viewport:
        """The same middle on a canvas of another size; fitted again if it was."""
        width, height = max(width, 1), max(height, 1)
        if self.fits:
            return replace(self, width=width, height=height).fitted()
        dx, dy = (width - self.width) // 2, (height - self.height) // 2
        moved = replace(self, width=width, height=height, x=self.x + dx, y=self.y + dy)
        return moved._kept_in_sight()

    def of_image(self, image_width: int, image_height: int) -> Viewport:
        """Another image seen as this one: as large, and the same share of it in the middle."""
        new = replace(self, image_width=image_width, image_height=image_height)
        if self.fits:
            return new.fitted()
        if (image_width, image_height) == (self.image_width, self.image_height):
            return self
        x, y = self.to_image(self.width / 2, self.height / 2)
        scale = max(self.scale, new.min_scale)
        x, y = x * image_width / self.image_width, y * image_height / self.image_height
        moved = replace(
            new,
            scale=scale,
            x=round(self.width / 2 - x * scale),
            y=round(self.height / 2 - y * scale),
        )
        return moved._kept_in_sight()

    def showing(self, box: tuple[float, float, float, float]) -> Viewport:
        """With an image rectangle in the middle of the screen, with room around it."""
        x0, y0, x1, y1 = box
        room = 2.5
        scale = min(self.width / (room * max(x1 - x0, 1)), self.height / (room * max(y1 - y0, 1)))
        # Room around what fills the image would only make it small.
        scale = min(max(scale, self.fit_scale, self.min_scale), MAX_SCALE / 4)
        return replace(
            self,
            scale=scale,
            x=round(self.width / 2 - (x0 + x1) / 2 * scale),
            y=round(self.height / 2 - (y0 + y1) / 2 * scale),
            fits=False,
        )

    def contains(self, box: tuple[float, float, float, float]) -> bool:
        """Whether an image rectangle is wholly on the screen."""
        x0, y0 = self.to_device(box[0], box[1])
        x1, y1 = self.to_device(box[2], box[3])
        return x0 >= 0 and y0 >= 0 and x1 <= self.width and y1 <= self.height

    def _centred(self, scale: float) -> Viewport:
        return replace(
            self,
            scale=scale,
            x=round((self.width - self.image_width * scale) / 2),
            y=round((self.height - self.image_height * scale) / 2),
            fits=True,
        )

    def _kept_in_sight(self) -> Viewport:
        right = self.width - MIN_VISIBLE
        bottom = self.height - MIN_VISIBLE
        left = MIN_VISIBLE - round(self.image_width * self.scale)
        top = MIN_VISIBLE - round(self.image_height * self.scale)
        x, y = min(max(self.x, left), right), min(max(self.y, top), bottom)
        return self if (x, y) == (self.x, self.y) else replace(self, x=x, y=y)
