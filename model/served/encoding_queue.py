"""Images that wait for the encoder, and the thread that runs it: one for each device."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress

from model.interface import Cancelled, Features, Float, ModelError
from model.messages import say
from model.served.prompt_side import Encoder

_log = logging.getLogger(__name__)


class Wanted:
    """One image that is to be encoded.

    Args:
        prepared: the network's input, (1, 3, h, w).

    Attributes:
        features: what comes of it.
        dropped: whether nobody wants it any more.
    """

    def __init__(self, prepared: Float) -> None:
        self.prepared = prepared
        self.features: Future[Features] = Future()
        self.dropped = False


class EncodingQueue:
    """Encodes what is asked for, in order, on a thread of its own for each device.

    What waits with the same size is encoded in one run; nothing waits for company. How many may
    wait is for whoever asks to see to.

    Args:
        encoders: the same model on each device, each used by its thread alone from now on.
        at_once: images in a run at most.
        clock: seconds that never go back.

    Attributes:
        images, runs: encoded so far.
        seconds: that took, on all devices together.
    """

    def __init__(
        self,
        encoders: Sequence[Encoder],
        at_once: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._at_once, self._clock = at_once, clock
        self._waiting: deque[Wanted] = deque()
        self._condition = threading.Condition()
        self._ended = False
        self.images = self.runs = 0
        self.seconds = 0.0
        self._threads = [
            threading.Thread(target=self._work, args=(each,), name="encoding", daemon=True)
            for each in encoders
        ]
        for thread in self._threads:
            thread.start()

    def ask(self, prepared: Float) -> Wanted:
        """Encode it as soon as those before it are done."""
        wanted = Wanted(prepared)
        with self._condition:
            if self._ended:
                wanted.features.set_exception(ModelError("the service ends"))
            else:
                self._waiting.append(wanted)
                self._condition.notify()
        return wanted

    @property
    def seconds_each(self) -> float:
        """Between two images that come out, on the average; 0 before the first."""
        return self.seconds / self.images / len(self._threads) if self.images else 0.0

    def close(self, timeout_s: float = 10.0) -> bool:
        """Encode no more; False if a run has not ended after that time."""
        with self._condition:
            self._ended = True
            left = [*self._waiting]
            self._waiting.clear()
            self._condition.notify_all()
        for wanted in left:
            _fail(wanted, ModelError("the service ends"))
        until = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _next(self) -> list[Wanted]:
        with self._condition:
            self._condition.wait_for(lambda: self._ended or self._waiting)
            if self._ended:
                return []
            found = [self._waiting.popleft()]
            size = found[0].prepared.shape
            while (
                len(found) < self._at_once
                and self._waiting
                and self._waiting[0].prepared.shape == size
            ):
                found.append(self._waiting.popleft())
            return found

    def _work(self, encoder: Encoder) -> None:
        while found := self._next():
            wanted = [each for each in found if not each.dropped]
            if wanted:
                self._encode(encoder, wanted)

    def _encode(self, encoder: Encoder, wanted: list[Wanted]) -> None:
        begun = self._clock()

        def unwanted() -> bool:
            return self._ended or all(each.dropped for each in wanted)

        try:
            found = encoder.encode_inputs([each.prepared for each in wanted], unwanted)
        except Cancelled as error:
            for each in wanted:
                _fail(each, error)
            return
        except Exception as error:  # noqa: BLE001  whoever asked is told, and others go on
            _log.warning("the encoder failed: %s", error)
            told = error if isinstance(error, ModelError) else ModelError(say("{reason}", error))
            for each in wanted:
                _fail(each, told)
            return
        with self._condition:
            self.seconds += self._clock() - begun
            self.images += len(wanted)
            self.runs += 1
        for each, features in zip(wanted, found, strict=True):
            # Whoever asked may have left already.
            with suppress(InvalidStateError):
                each.features.set_result(features)


def _fail(wanted: Wanted, error: Exception) -> None:
    with suppress(InvalidStateError):
        wanted.features.set_exception(error)
