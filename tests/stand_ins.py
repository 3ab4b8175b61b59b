"""Stand-ins for the model and the clock, which tests cannot wait for or rely on."""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.core.document import Document
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.core.overlap import OverlapPolicy
from app.core.picture import Picture, key_of
from app.core.review import Summary
from app.session.folder.folder_protocol import Conflict, Content, Opened, Stamp, Token
from app.storage.label_book import LabelBook
from app.storage.project import Project
from app.storage.reading import MAX_PIXELS, TooLarge
from model.interface import Cancelled, Embedding, Prediction, Prompt, RuntimeReport
from model.prompt_arrays import answer, checked_features, checked_prompt
from model.terms import Terms
from model.transforms import PixelWindow, Transform, checked_image

INPUT = 64
LOGITS = 16


@dataclass
class FakeModel:
    """Answers every prompt with discs around its points, or the inside of its box.

    A lone point gives three discs, larger ones with lower scores. Points on the background clear a
    disc. Earlier logits are added, so that feeding them back shows. What the real models refuse, it
    refuses by the same checks (``tests/model/test_refusals.py``).

    Attributes:
        encoder: its image identity; its identity if empty.
        hold: if set, embedding waits until ``release`` is set or it is cancelled.
        failures: exceptions to raise, one for each coming call of ``embed`` or ``decode``.
        log: what was asked: ``("embed", size)``, ``("look", window)``, ``("decode", prompt)``.
    """

    identity: str = "fake-1"
    device: str = "cpu"
    hold: bool = False
    hold_decode: bool = False
    failures: list[Exception] = field(default_factory=list)
    log: list[tuple[str, object]] = field(default_factory=list)
    variant: str = "fake"
    input_size: int = INPUT
    logits_size: tuple[int, int] = (LOGITS, LOGITS)
    feature: tuple[int, int, int] = (4, 4, 4)
    takes_logits: bool = True
    terms: Terms | None = None
    kept_iou: float = 0.0
    encoder: str = ""

    def __post_init__(self) -> None:
        self.started = threading.Semaphore(0)
        self.release = threading.Event()

    @property
    def image_identity(self) -> str:
        return self.encoder or self.identity

    @property
    def report(self) -> RuntimeReport:
        reason = "chosen by a test"
        return RuntimeReport(
            "onnxruntime",
            self.device,
            "float32",
            reason,
            self.takes_logits,
            self.terms,
            self.kept_iou,
        )

    def embed(
        self,
        image: npt.NDArray[np.uint8],
        cancelled: Callable[[], bool] | None = None,
        window: PixelWindow | None = None,
    ) -> Embedding:
        transform = Transform(checked_image(image).shape[:2], INPUT, window)
        self.log.append(("embed", image.shape) if window is None else ("look", window))
        self.started.release()
        while self.hold and not self.release.wait(0.002):
            if cancelled is not None and cancelled():
                raise Cancelled
        self._fail()
        features: dict[str, npt.NDArray[np.generic]] = {
            "embedding": np.full((4, 4, 4), image.mean(), np.float32)
        }
        features["embedding"].setflags(write=False)
        return Embedding(features, transform, self.image_identity)

    def decode(
        self, embedding: Embedding, prompt: Prompt, multimask: bool | None = None
    ) -> Prediction:
        self.log.append(("decode", prompt))
        self.started.release()
        while self.hold_decode and not self.release.wait(0.002):
            pass
        self._fail()
        checked_features(embedding, {"embedding": self.feature}, self.variant, self.image_identity)
        checked_prompt(prompt, embedding.transform, self.logits_size)
        if prompt.logits is not None and not self.takes_logits:
            raise ValueError("this model takes no earlier logits")
        several = prompt.ambiguous if multimask is None else multimask
        radii = (2.0, 3.5, 5.5) if several else (3.0,)
        logits = np.stack([self._logits(embedding, prompt, radius) for radius in radii])
        scores = np.array([0.9, 0.8, 0.7][: len(radii)], np.float32)
        return answer(logits, scores, embedding.transform)

    def decode_batch(
        self, embedding: Embedding, prompts: Sequence[Prompt], multimask: bool | None = None
    ) -> list[Prediction]:
        return [self.decode(embedding, prompt, multimask) for prompt in prompts]

    @property
    def prompts(self) -> list[Prompt]:
        """Those that were decoded, in order, without the one at (0, 0) that only warms up."""
        asked = [prompt for _, prompt in self.log if isinstance(prompt, Prompt)]
        return [prompt for prompt in asked if not _warms_up(prompt)]

    @property
    def embeds(self) -> int:
        return sum(kind == "embed" for kind, _ in self.log)

    def _logits(
        self, embedding: Embedding, prompt: Prompt, radius: float
    ) -> npt.NDArray[np.float32]:
        y, x = np.mgrid[:LOGITS, :LOGITS] + 0.5
        logits = np.full((LOGITS, LOGITS), -10.0)
        scale = LOGITS / INPUT
        if prompt.box is not None:
            x0, y0, x1, y1 = np.ravel(
                embedding.transform.to_input(prompt.box.reshape(2, 2)) * scale
            )
            logits[(x > x0) & (x < x1) & (y > y0) & (y < y1)] = 10
        for point, label in zip(prompt.points, prompt.labels, strict=True):
            px, py = embedding.transform.to_input(point) * scale
            inside = np.hypot(x - px, y - py) < radius
            logits[inside] = 10 if label else -10
        if prompt.logits is not None:
            logits = np.where(logits < 0, np.maximum(logits, prompt.logits), logits)
            for point, label in zip(prompt.points, prompt.labels, strict=True):
                px, py = embedding.transform.to_input(point) * scale
                if not label:
                    logits[np.hypot(x - px, y - py) < radius] = -10
        return logits.astype(np.float32)

    def _fail(self) -> None:
        if self.failures:
            raise self.failures.pop(0)


def _warms_up(prompt: Prompt) -> bool:
    return prompt.box is None and prompt.points.tolist() == [[0, 0]]


@dataclass
class FakeClock:
    """Seconds that pass when told."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class MemoryFolder:
    """A folder whose files are entries of dictionaries.

    Attributes:
        pictures: by path.
        files: what was written, by path; the labels by the root.
        failure: raised by every write while it is set.
        hold: writes wait until this is set.
    """

    root: Path = Path("/pictures")
    labels: LabelSet = field(default_factory=LabelSet)
    labels_token: Token = None
    labels_read_only: str | None = None
    overlap: OverlapPolicy = OverlapPolicy.ALLOW
    read_only: str | None = None
    note: str | None = None
    pictures: dict[Path, Picture] = field(default_factory=dict)
    files: dict[Path, Content] = field(default_factory=dict)
    tokens: dict[Path, str] = field(default_factory=dict)
    copies: dict[Path, Content] = field(default_factory=dict)
    beside: list[Content] = field(default_factory=list)
    failure: Problem | None = None
    hold: threading.Event = field(default_factory=threading.Event)
    writes: int = 0

    def __post_init__(self) -> None:
        self.hold.set()
        self.book = LabelBook(self.labels)
        # Work on all files of the folder finds none; what it writes itself is thrown away.
        home = tempfile.mkdtemp()
        weakref.finalize(self, shutil.rmtree, home, ignore_errors=True)
        self.project = Project(self.root, Path(home))

    def with_pictures(self, count: int, height: int = 48, width: int = 64) -> MemoryFolder:
        for number in range(count):
            pixels = np.full((height, width, 3), number, np.uint8)
            path = self.root / f"{number}.png"
            self.pictures[path] = Picture(pixels, key_of(bytes([number])), path)
        return self

    def open_image(
        self, path: Path, picture: Picture | None, stamp: Stamp | None, limit: int = MAX_PIXELS
    ) -> Opened:
        found = self.pictures[path]
        if found.height * found.width > limit:
            raise TooLarge(path, found.height, found.width, found.height * found.width * 8)
        content = self.files.get(path)
        fresh = Document(found.height, found.width)
        document = content if isinstance(content, Document) else fresh
        return Opened(path, found, document, self.tokens.get(path))

    def summaries(self, paths: Iterable[Path]) -> Iterator[tuple[Path, Summary]]:
        for path in paths:
            content = self.files.get(path)
            if isinstance(content, Document):
                yield path, Summary.of(content)
            else:
                yield path, Summary()

    def write(self, path: Path, content: Content, token: Token) -> Token:
        assert self.hold.wait(30)
        if self.failure is not None:
            raise self.failure
        if self.tokens.get(path) != token:
            self.beside.append(content)
            there, problem = self.files.get(path), Problem("Somebody else changed it.")
            labels = there if isinstance(there, LabelSet) else None
            raise Conflict(self.tokens.get(path), problem, labels)
        self.writes += 1
        self.files[path] = content
        if isinstance(content, LabelSet):
            self.book.written(content)
        self.tokens[path] = f"{path.name}-{self.writes}"
        return self.tokens[path]

    def rescue(self, path: Path, content: Content, token: Token, reason: str) -> Path | None:
        self.copies[path] = content
        return Path("/rescue") / path.name

    def choose_output(self, output: Path | None) -> None:
        raise Problem("A folder in memory has no other place.")

    def saved(self, path: Path) -> None:
        self.copies.pop(path, None)

    can_be_taken_over = False

    def take_over(self) -> None:
        raise AssertionError("nobody else has it")

    def close(self) -> None:
        pass

    def opened(self, number: int) -> Opened:
        """The picture of that number, as a reading thread would hand it over."""
        return self.open_image(self.root / f"{number}.png", None, None)
