"""Images that a server is asked to prepare before their embedding is wanted."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event

import numpy as np
import numpy.typing as npt

from model.interface import Cancelled, Embedding

MOST = 4
"""Images on their way at one time."""
POLL_S = 0.02

Image = npt.NDArray[np.uint8]
Embed = Callable[[Image, Callable[[], bool]], Embedding]


class Ahead:
    """Up to ``MOST`` images under way; used by one thread."""

    def __init__(self) -> None:
        self._asked: list[tuple[Image, Future[Embedding]]] = []
        self._threads: ThreadPoolExecutor | None = None
        self._dropped = Event()

    def ask(self, image: Image, embed: Embed) -> bool:
        """Begin with this very array; False if as many are under way as may be.

        Args:
            embed: gives its embedding, or raises; on a thread of its own.
        """
        if len(self._asked) >= MOST:
            return False
        if self._threads is None:
            self._dropped = Event()
            self._threads = ThreadPoolExecutor(MOST, "asking ahead")
        self._asked.append((image, self._threads.submit(embed, image, self._dropped.is_set)))
        return True

    def take(self, image: Image, cancelled: Callable[[], bool] | None) -> Embedding | None:
        """The embedding of an array that was asked for, waited for; None if it was not.

        Raises:
            Cancelled: ``cancelled()`` became true.
            ServerError: as ``embed``.
        """
        future = next((each for asked, each in self._asked if asked is image), None)
        if future is None:
            return None
        while not wait((future,), POLL_S).done:
            if cancelled is not None and cancelled():
                raise Cancelled("the embedding is no longer wanted")
        self.leave(image)
        return future.result()

    def leave(self, image: Image) -> None:
        """An array that was asked for is not wanted any more."""
        self._asked = [each for each in self._asked if each[0] is not image]

    def drop(self) -> None:
        """Nothing that is under way is wanted any more."""
        self._dropped.set()
        self._asked.clear()
        threads, self._threads = self._threads, None
        if threads is not None:
            threads.shutdown(cancel_futures=True)
