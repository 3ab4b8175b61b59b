"""Answers questions with a model; changes to the CPU when the GPU fails."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from app.core.errors import Problem
from app.core.mask import Mask
from app.core.prompt import Box, Prompt
from app.inference import questions as q
from app.inference.cache import EmbeddingCache, EmbeddingStore, stored_embedding
from app.inference.full_size import (
    answered_mask,
    is_cut_off,
    logits_of,
    may_be_cut_off,
    preview_of,
)
from app.inference.loaded_models import LoadedModels
from app.inference.memory import Memory, memory_is_scarce, of_the_system
from model.interface import (
    Cancelled,
    Embedding,
    Model,
    ModelError,
    Prediction,
    RuntimeReport,
    ServerError,
    first_line,
)
from model.interface import Prompt as ModelPrompt
from model.masks.mask_prompt import moved_logits
from model.messages import Message, as_it_is, reason_of, say
from model.second_look import SAME_IOU, Decode, Seen, meant, second_look

LOG = logging.getLogger(__name__)
T = TypeVar("T")
Float = npt.NDArray[np.float32]
Bool = npt.NDArray[np.bool_]
Loader = Callable[[q.Choice], Model]


def load_model(
    choice: q.Choice, token_of: Callable[[str], str] = lambda url: "", patience_s: float = 0.0
) -> Model:
    """The model of ``choice``, through the library; its frameworks are imported only now.

    Args:
        token_of: the token for a server's address; empty for none.
        patience_s: how long a server is asked again that does not answer.
    """
    if choice.served:
        from model.served.client import connect

        return connect(choice.source, token_of(choice.source), patience_s=patience_s)
    import model

    return model.load(
        choice.source, device=choice.device, runtime=choice.runtime, precision=choice.precision
    )


class Engine:
    """Holds the model in use, and the one before it if memory allows; for one thread alone.

    Args:
        load: makes a model, given a choice; raises ModelError.
        memory: embeddings at hand.
        store: embeddings kept on disk, or None.
        system: the memory of the machine; raises OSError where nobody can say.
    """

    def __init__(
        self,
        load: Loader = load_model,
        memory: EmbeddingCache | None = None,
        store: EmbeddingStore | None = None,
        system: Callable[[], Memory] = of_the_system,
    ) -> None:
        self._load = load
        self._system = system
        self._models = LoadedModels(load, system)
        self._memory = memory or EmbeddingCache()
        self._store = store
        self._model: Model | None = None
        self._choice = q.Choice()
        self._trouble = ""
        self._pointed: list[tuple[Embedding, Prompt, Prediction]] = []
        # For a click that is asked before it is known to be answered.
        self._foreseen: tuple[q.Predict, q.Answer] | None = None

    def afresh(self) -> Engine:
        """One without a model that knows the same embeddings, to go on where this one hangs."""
        return Engine(self._load, self._memory, self._store, self._system)

    def answer(self, question: q.Question, cancelled: Callable[[], bool]) -> q.Reply:
        """Answer one question.

        Raises:
            Problem: it cannot be answered; the text says why and what to do.
            Cancelled: ``cancelled()`` became true.
        """
        match question:
            case q.Load():
                return self._load_or(question)
            case q.Embed():
                return self._embed(question, cancelled)
            case q.Predict():
                return self._predict(question)
            case q.Choose():
                return self._choose(question)
            case q.LookAgain():
                return self._look_again(question, cancelled)
            case q.SpeculativePredict():
                answer = self._predict(question.predict)
                self._foreseen = question.predict, answer
                return answer
            case q.Hover():
                return self._hover(question)
            case q.CloseUp():
                return self._look(question, cancelled)
            case q.Job():
                return q.Done(self._on_device(lambda model: question.run(model, cancelled)))

    @property
    def model(self) -> Model:
        if self._model is None:
            raise Problem(say("No model is loaded."), say("Choose one in the Model menu."))
        return self._model

    @property
    def report(self) -> RuntimeReport:
        """What really runs; the reason names a device that failed."""
        report = self.model.report
        return replace(report, reason=self._trouble) if self._trouble else report

    def _load_or(self, question: q.Load) -> q.Loaded:
        """Raises: NotLoaded: it could not be; what is used instead is in it."""
        try:
            return self._use(question.choice)
        except Problem as problem:
            why = problem
        for choice in question.instead:
            try:
                loaded = self._use(choice)
            except Problem as problem:
                LOG.info("nor could what is used instead: %s", problem)
            else:
                raise q.NotLoaded(why, choice, loaded)
        raise q.NotLoaded(why)

    def _use(self, choice: q.Choice) -> q.Loaded:
        # Two models at once may not fit: then nothing here may hold the old one.
        self._model = None
        self._pointed = []
        self._foreseen = None
        self._trouble = ""
        self._choice = choice
        try:
            model = self._models.use(choice)
            beside, let_go = self._models.beside, self._models.let_go
            loaded = q.Loaded(
                model.identity, model.image_identity, model.variant, model.report,
                model.logits_size, beside, let_go,
            )  # fmt: skip
        except ServerError as error:
            raise q.ServerProblem(error) from error
        except Exception as error:
            raise Problem(
                say(
                    "The model {name} could not be loaded: {reason}.", choice.title, _reason(error)
                ),
                say("Choose another one in the Model menu; your work is not touched."),
                error,
            ) from error
        self._model = model
        return loaded

    def _embed(self, question: q.Embed, cancelled: Callable[[], bool]) -> q.Embedded:
        begun = time.perf_counter()
        if not question.prefetch:
            self._foreseen = None
        key, model = question.picture.key, self.model
        embedding, origin = self._memory.get(key, model.image_identity), "memory"
        if embedding is None:
            embedding, origin = stored_embedding(self._store, key, model), "disk"
        if embedding is None or embedding.image_size != question.picture.pixels.shape[:2]:
            pixels = question.picture.pixels
            embedding = self._on_device(lambda model: model.embed(pixels, cancelled))
            origin = "computed"
            if not embedding.is_finite:
                raise _nonsense()
        if embedding.guide is None:
            embedding = embedding.guided_by(question.picture.pixels)
        self._memory.put(key, embedding)
        seconds = time.perf_counter() - begun
        if self._models.beside is not None and memory_is_scarce(self._system):
            self._models.give_way()
        beside = self._models.beside
        return q.Embedded(key, embedding, seconds, origin, self.report, beside)

    def _look(self, question: q.CloseUp, cancelled: Callable[[], bool]) -> q.Looked:
        begun = time.perf_counter()
        pixels, window, limit = question.picture.pixels, question.window, question.within_s

        def stop() -> bool:
            return cancelled() or (limit is not None and time.perf_counter() - begun > limit)

        try:
            embedding = self._on_device(lambda model: model.embed(pixels, stop, window))
        except Cancelled as error:
            if cancelled():
                raise
            raise q.TooSlow from error
        embedding = embedding.guided_by(pixels)
        return q.Looked(embedding, time.perf_counter() - begun, self.report)

    def _predict(self, question: q.Predict) -> q.Answer:
        """The close-up's answer where there is one and it is not cut off by the edge."""
        foreseen, self._foreseen = self._foreseen, None
        if foreseen is not None and foreseen[0].asks_as(question):
            return foreseen[1]
        for view in question.closer:
            answer = self._answer(question, view)
            if answer.mask.area and not is_cut_off(answer.mask, view.transform):
                return answer
        return self._answer(question, question.embedding)

    def _answer(self, question: q.Predict, view: Embedding) -> q.Answer:
        begun = time.perf_counter()
        asked, feed = self._asked(question.prompt, question.feed, view)
        shown = [found for seen, prompt, found in self._pointed if seen is view and prompt == asked]
        if shown and feed is None:
            # The mouse was there before it clicked: the answer was shown already.
            prediction = shown[0]
        else:
            multimask = False if question.single else None
            prediction = self._decode(view, _asked_of(view, asked, feed), multimask)
        best = prediction.best
        mask = answered_mask(prediction, best, question.prompt, question.tidy)
        seconds = None if shown and feed is None else time.perf_counter() - begun
        return q.Answer(prediction, best, mask, self.report, seconds)

    def _asked(
        self, prompt: Prompt, feed: q.Feed | None, view: Embedding
    ) -> tuple[Prompt, Float | None]:
        """The prompt and what it starts from, as this model can be asked."""
        if feed is None or self.model.report.takes_logits:
            return prompt, self._logits(feed, view)
        # The clicks that an answer came from are in the prompt still.
        if isinstance(feed, q.Answer) and not prompt.is_empty:
            return prompt, None
        return boxed(prompt, feed.mask if isinstance(feed, q.Answer) else feed), None

    def _logits(self, feed: q.Feed | None, view: Embedding) -> Float | None:
        """What the question starts from, as logits of the part of the image that is looked at."""
        if isinstance(feed, q.Answer):
            before, candidate = feed.basis
            try:
                logits = before.logits[candidate]
            except ModelError as error:
                LOG.warning("the mask at hand stands for its logits: %s", error)
                return logits_of(feed.mask, view.transform, self.model.logits_size)
            return moved_logits(logits, before.transform, view.transform)
        return None if feed is None else logits_of(feed, view.transform, self.model.logits_size)

    def _choose(self, question: q.Choose) -> q.Answer:
        prediction, number, again = question.prediction, question.candidate, question.again
        mask = answered_mask(prediction, number, again.prompt, again.tidy)
        if not is_cut_off(mask, prediction.transform):
            return q.Answer(prediction, number, mask, self.report)
        prompt, feed = self._asked(again.prompt, again.feed, again.embedding)
        several = len(prediction.shown) > 1
        asked = _asked_of(again.embedding, prompt, feed)
        whole = self._decode(again.embedding, asked, several)
        masks = [answered_mask(whole, k, again.prompt, again.tidy) for k in range(len(whole.shown))]
        seen = prediction.transform.seen
        agree = [mask_iou(each.crop(seen), mask.crop(seen)) for each in masks]
        best = int(np.argmax(agree))
        return q.Answer(whole, best, masks[best], self.report)

    def _look_again(self, question: q.LookAgain, cancelled: Callable[[], bool]) -> q.Answer:
        """The earlier answer itself where the second look says the same, or sees too little.

        Clicks made meanwhile are answered between its steps.

        Raises:
            Cancelled: nobody waits for it any more.
        """
        first = question.answer
        seen = first.prediction, first.chosen, first.mask

        def let_through() -> None:
            if cancelled():
                raise Cancelled("the second look is no longer wanted")

        found = seen_again(
            self._decode, question.nears, question.prompt, seen, question.tidy, let_through
        )
        if found is None:
            return first
        candidate, closer, mask = found
        return replace(first, chosen=candidate, mask=mask, closer=closer, seconds=None)

    def _hover(self, question: q.Hover) -> q.HoverPreview:
        prompt = Prompt.of(question.point)
        self._pointed = []
        for view in (*question.closer, question.embedding):
            found = self._decode(view, _asked_of(view, prompt, None), None)
            self._pointed.append((view, prompt, found))
            if view is question.embedding or not may_be_cut_off(found.part(), found.transform):
                break
        return preview_of(found, prompt, question.longest, question.tidy)

    def _decode(
        self, embedding: Embedding, prompt: ModelPrompt, multimask: bool | None
    ) -> Prediction:
        found = self._on_device(lambda model: model.decode(embedding, prompt, multimask))
        if not (np.isfinite(found.shown).all() and np.isfinite(found.predicted_iou).all()):
            raise _nonsense()
        return replace(found, guide=embedding.guide)

    def _on_device(self, work: Callable[[Model], T]) -> T:
        """``work`` with the model; with one on the CPU if its device fails."""
        try:
            return work(self.model)
        except (Cancelled, Problem, ValueError):
            raise
        except ServerError as error:
            raise q.ServerProblem(error) from error
        except Exception as error:  # noqa: BLE001  each framework has failures of its own type
            trouble = error
            message = reason_of(error) if isinstance(error, ModelError) else first_line(error)
        if self.report.device == "cpu":
            raise Problem(
                say("The model failed: {reason}", message),
                say("Close other programs if memory is short, or choose a smaller model."),
                trouble,
            )
        # Outside the except block: a traceback holds the tensors that must be freed first.
        del trouble
        self._fall_back(message)
        return work(self.model)

    def _fall_back(self, message: str) -> None:
        failed = self.model.report.device
        LOG.info("%s failed (%s), the model moves to the CPU", failed, message)
        self._model = None
        self._models.clear()
        self._use(replace(self._choice, device="cpu", precision="auto"))
        self._trouble = say("{device} failed ({reason}), so the CPU is used", failed, message)


def model_prompt(prompt: Prompt, logits: Float | None) -> ModelPrompt:
    """The prompt in the model's own arrays; see ``Prompt.clipped`` for what a model takes."""
    box = prompt.box
    return ModelPrompt(
        points=np.array([(p.x, p.y) for p in prompt.points], np.float32).reshape(-1, 2),
        labels=np.array([int(p.positive) for p in prompt.points], np.int64),
        box=None if box is None else np.array([box.x0, box.y0, box.x1, box.y1], np.float32),
        logits=logits,
    )


def seen_again(
    decode: Decode,
    nears: Mapping[int, Embedding | None],
    prompt: Prompt,
    first: tuple[Prediction, int, Mask],
    tidy: bool = True,
    let_through: Callable[[], None] = lambda: None,
) -> tuple[int, Prediction | None, Mask] | None:
    """The candidate that is meant, what a second look at it found, and its mask.

    What was found is None where it is the same or cut off; all is None where nothing changes.

    Args:
        decode: see ``model.second_look``; the answers have the guide of their embedding.
        nears: see ``LookAgain``.
        first: the answer, which candidate of it is shown, and its mask.
        let_through: called between its steps, for what is more urgent; what it raises ends it.
    """
    prediction, shown, before = first
    closer: dict[int, tuple[Prediction, Mask]] = {}
    masks, looks = {shown: before}, dict[int, Seen | None]()
    for candidate, near in nears.items():
        let_through()
        looks[candidate] = None
        if candidate not in masks:
            masks[candidate] = answered_mask(prediction, candidate, prompt, tidy)
        if near is not None:
            asked = _asked_of(near, prompt, None)
            found = second_look(decode, near, asked, prediction, candidate)
            let_through()
            mask = answered_mask(found, 0, prompt, tidy)
            looks[candidate] = _compared(masks[candidate], found, mask, prompt)
            closer[candidate] = found, mask
    inside = prompt.clipped(*prediction.transform.image_size)
    several = len(looks) > 1
    taken = meant(model_prompt(inside, None), prediction, looks) if several else shown
    seen = looks.get(taken)
    if seen is not None and not seen.cut_off and seen.agreement <= SAME_IOU:
        return taken, *closer[taken]
    return None if taken == shown else (taken, None, masks[taken])


def _compared(before: Mask, found: Prediction, mask: Mask, prompt: Prompt) -> Seen:
    """What a second look found and its mask, beside the mask ``before`` it."""
    cut_off = not mask.area or (prompt.box is None and is_cut_off(mask, found.transform))
    return Seen(before.iou(mask), float(found.stability[0]), cut_off)


def boxed(prompt: Prompt, mask: Mask) -> Prompt:
    """``prompt`` with a box around ``mask`` and the clicks on the object, if it has none.

    For models that cannot start from a mask.
    """
    if prompt.box is not None or mask.bounds is None:
        return prompt
    x0, y0, x1, y1 = mask.bounds
    on = [point for point in prompt.points if point.positive]
    across, down = [x0, x1, *(p.x for p in on)], [y0, y1, *(p.y for p in on)]
    return prompt.with_box(Box(min(across), min(down), max(across), max(down)))


def _asked_of(view: Embedding, prompt: Prompt, feed: Float | None) -> ModelPrompt:
    """The model's question about ``view``: what of the prompt lies inside the image.

    Raises:
        Problem: nothing of it does.
    """
    inside = prompt.clipped(*view.image_size)
    if inside.is_empty and feed is None:
        raise Problem(say("This lies outside the image."), say("Point at something inside it."))
    return model_prompt(inside, feed)


def mask_iou(first: Bool, second: Bool) -> float:
    """Of two masks of one shape."""
    either = int(np.count_nonzero(first | second))
    return int(np.count_nonzero(first & second)) / either if either else 0.0


def _reason(error: Exception) -> Message:
    """Why a model does not load, in words where there are any."""
    if isinstance(error, MemoryError):
        return say("there is not enough memory")
    if isinstance(error, ModelError | OSError | ValueError):
        return reason_of(error).with_texts(lambda text: text.rstrip(". "))
    return as_it_is(f"{type(error).__name__}: {first_line(error)}".rstrip(". "))


def unexpected(error: Exception) -> Problem:
    """A failure that nobody foresaw, in words for people."""
    return Problem(
        say("The model failed: {reason}.", error),
        say("Try again; if it happens again, choose another model or the CPU."),
        error,
    )


def _nonsense() -> Problem:
    return Problem(
        say("The model answered with numbers that are not finite."),
        say("Choose another precision or the CPU in the Model menu; the file may also be damaged."),
    )
