"""From a file to a ``Picture``: by content, within limits, upright, and without touching it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from app.core.errors import Problem
from app.core.picture import Picture, key_of, new_digest
from app.storage.decoding import (
    DAMAGE,
    MAX_PIXELS,
    TooManyPixels,
    check_header,
    decode,
    header_size,
)
from app.storage.names import shown
from app.storage.regular import open_regular
from app.storage.tiff import USUAL_BYTES
from model.messages import reason_of, say, shortened

__all__ = [
    "MAX_PIXELS",
    "TooLarge",
    "key_of_file",
    "read_picture",
    "read_size",
    "read_thumbnail",
]

ALWAYS_BYTES = 1 << 26
"""A file of so many bytes is never too large to be read."""
FORMATS_TEXT = say("PNG, JPEG, WebP, TIFF, BMP or GIF")


class TooLarge(Problem):
    """The image has more pixels than are read without asking.

    Attributes:
        path: of the image.
        height, width: as its header says; 0 where it is the file that is large.
        needed_bytes: memory it would take, roughly.
        needed_px: the limit with which it is read.
    """

    def __init__(self, path: Path, height: int, width: int, needed_bytes: int) -> None:
        size = say("{width} x {height} pixels", f"{width:,}", f"{height:,}")
        if not height:
            size = say("{megabytes} MB on disk", f"{needed_bytes >> 21:,}")
        memory = f"{max(1, needed_bytes >> 20):,}"
        super().__init__(
            say("{name} is very large: {size}.", shown(path.name), size),
            say("Opening it takes about {megabytes} MB of memory.", memory),
        )
        self.path, self.height, self.width = path, height, width
        self.needed_bytes = needed_bytes

    @property
    def needed_px(self) -> int:
        return -(-self.needed_bytes // USUAL_BYTES)


def read_picture(path: Path, limit: int = MAX_PIXELS) -> Picture:
    """The image in ``path``, whatever the file is called.

    Args:
        path: a regular file in one of the formats PNG, JPEG, WebP, TIFF, BMP and GIF.
        limit: the most pixels to decode.

    Returns:
        Its first frame or page, orientation applied; notes say what was left out or windowed.

    Raises:
        TooLarge: its header promises more pixels than ``limit``; nothing was decoded.
        Problem: it cannot be opened, is no such image, or is damaged or cut short.
    """
    data = _content(path, limit)
    with _told(path):
        found = decode(data, limit)
        return Picture(np.asarray(found.image), key_of(data), path, found.notes)


def read_thumbnail(path: Path, side: int, limit: int = MAX_PIXELS) -> npt.NDArray[np.uint8]:
    """The image in ``path`` made small, upright: (h, w, 3) uint8 with h and w at most ``side``.

    Small images are not enlarged. JPEG files are decoded at a fraction of their size.

    Raises:
        TooLarge, Problem: as ``read_picture``.
    """
    data = _content(path, limit)
    with _told(path):
        image = decode(data, limit, side).image
        image.thumbnail((side, side), reducing_gap=2.0)
        return np.asarray(image)


def read_size(path: Path) -> tuple[int, int]:
    """(H, W) of the image in ``path`` with its orientation applied, from its header alone.

    Raises:
        Problem: it cannot be opened or is no image in a known format.
    """
    with _opened(path) as file:
        return size_in(file, path)


def size_in(file: BinaryIO, path: Path) -> tuple[int, int]:
    """As ``read_size``, of an open file that people know as ``path``."""
    with _told(path):
        return header_size(file)


def check_bytes(size: int, path: Path, limit: int) -> None:
    """Raises: TooLarge: a file of ``size`` bytes holds more than ``limit`` pixels, or no image."""
    if size > limit * USUAL_BYTES + ALWAYS_BYTES:
        raise TooLarge(path, 0, 0, size * 2)


def key_of_file(path: Path) -> str:
    """The key that ``read_picture`` gives, without decoding anything; memory stays small.

    Raises:
        Problem: it cannot be opened.
    """
    with _opened(path) as file, _told(path):
        digest = new_digest()
        while part := file.read(1 << 20):
            digest.update(part)
        return digest.hexdigest()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Whatever a file makes of the code that reads it becomes a Problem with its name."""
    try:
        yield
    except TooManyPixels as error:
        raise TooLarge(path, error.height, error.width, error.needed_bytes) from error
    except MemoryError as error:
        raise Problem(
            say("There is not enough memory to open {name}.", shown(path.name)),
            say("Close other programs, or make the image smaller."),
            error,
        ) from error
    except OSError as error:
        raise unreadable(path, error) from error
    except DAMAGE as error:
        raise _damaged(path, error) from error


def _content(path: Path, limit: int) -> bytes:
    """All bytes, once the header has said that decoding them makes sense."""
    with _opened(path) as file, _told(path):
        size = os.fstat(file.fileno()).st_size
        if size:
            check_header(file, limit)
        check_bytes(size, path, limit)
        file.seek(0)
        data = file.read()
    if not data:
        raise Problem(
            say("{name} is empty: it has no bytes.", shown(path.name)), say("Copy it again.")
        )
    return data


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with ExitStack() as stack:
        try:
            file = stack.enter_context(open_regular(path))
        except OSError as error:
            raise unreadable(path, error) from error
        yield file


def unreadable(path: Path, error: OSError) -> Problem:
    """For an image that the disk does not give."""
    reason = error.strerror or reason_of(error)
    return Problem(
        say("{name} cannot be opened: {reason}.", shown(path.name), reason),
        say("Check that it is still there and that you may read it."),
        error,
    )


def _damaged(path: Path, error: Exception) -> Problem:
    return Problem(
        say(
            "{name} cannot be shown: {reason}.",
            shown(path.name),
            shown(shortened(reason_of(error), 200)),
        ),
        say("Copy it again, or save it anew as {formats}.", FORMATS_TEXT),
        error,
    )
