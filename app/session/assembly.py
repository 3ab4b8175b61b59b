"""Everything below the window, built and connected in one place."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from app.core.image_filter import ImageOrder
from app.inference.accelerator import CPU, Accelerator
from app.inference.cache import EmbeddingCache, EmbeddingStore
from app.inference.engine import Engine, Loader, load_model
from app.inference.questions import Embedded
from app.session.copying import Clipboard
from app.session.folder.folder_protocol import Folder
from app.session.folder.io_threads import IoThreads, Urgency
from app.session.folder.last_writes import do_in_time
from app.session.folder.lock import FREE_S
from app.session.folder.recovery import Recovery
from app.session.folder.saver import Saver
from app.session.jobs.accept_above import Accepting
from app.session.jobs.background_job import JobContext
from app.session.jobs.exporting import Exporter
from app.session.jobs.importing import Importer
from app.session.jobs.merge_labels import Merger
from app.session.jobs.model_tasks import Proposing
from app.session.jobs.renaming import Renaming
from app.session.jobs.reporting import Reporting
from app.session.jobs.teach_model import ModelTeaching
from app.session.jobs.train_proposer import Teaching
from app.session.mask.mask_editor import MaskEditor
from app.session.mask.zoom_embeddings import ZoomEmbeddings
from app.session.model.model_catalogue import ModelCatalogue
from app.session.model.model_host import ModelHost
from app.session.model.model_speeds import ModelSpeeds
from app.session.model.model_use import ModelUse
from app.session.model.recommendation import Recommendation
from app.session.navigation.image_list import ImageList
from app.session.navigation.last_position import LastPosition
from app.session.navigation.marking import Marking
from app.session.navigation.navigator import Navigator
from app.session.preferences import Preferences
from app.session.reshaping import Reshaping
from app.session.review.auditing import Auditing
from app.session.review.review import Review
from app.session.review.review_position import ReviewPosition
from app.session.session import Session
from app.storage.places import Places
from app.storage.server_tokens import ServerTokens
from model.weights.catalogue import Entry

LOG = logging.getLogger(__name__)
CLOSE_S = 9.0  # and a moment for the log: closing takes ten seconds at most


@dataclass(frozen=True, slots=True)
class Closing:
    """How closing went.

    Attributes:
        unsaved: images, or the folder for its labels, whose newest edits are not in their place,
            or the files of masks that were not accepted, of the review's place, of the settings.
        rescued: where copies of them lie.
        busy: names of threads that did not end in time.
    """

    unsaved: tuple[Path, ...] = ()
    rescued: tuple[Path, ...] = ()
    busy: tuple[str, ...] = ()


class AppContext(QObject):
    """Owns the parts of the session; there is one for each window.

    Args:
        open_folder: makes a ``Folder`` of a path, on a reading thread.
        load: makes a model, on the inference thread.
        store: keeps embeddings on disk, or None.
        settings: the file with the user's choices, or None.
        rescue: the folder for work that could not be saved, or None.
        unfinished: the file for masks that were begun and not accepted, or None.
        tokens: opens servers, if any are used.
        models: published models that can be downloaded, and the folder for them.
        look: tells what models run on here; on a thread of its own, once somebody wants to know.
        places: where a model's training is kept while it goes on.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        open_folder: Callable[[Path], Folder],
        load: Loader = load_model,
        store: EmbeddingStore | None = None,
        settings: Path | None = None,
        rescue: Path | None = None,
        unfinished: Path | None = None,
        tokens: ServerTokens | None = None,
        models: tuple[tuple[Entry, ...], Path] = ((), Path()),
        look: Callable[[], Accelerator] = lambda: CPU,
        places: Callable[[], Places] = Places.of_user,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store, self._places, self.tokens = store, places, tokens or ServerTokens()
        self.io_threads = IoThreads(self)
        self.preferences = Preferences(settings, self.io_threads, self)
        memory = EmbeddingCache(self.preferences.value.memory_bytes)
        self.saver = Saver(self)
        self.session = Session(self.saver, self)
        self.host = ModelHost(Engine(load, memory, store), self, clock, self._has_agreed)
        self.session.image_swapped.connect(self._on_image_swapped)
        self.session.image_opened.connect(self.host.state_changed)
        self.zoom_embeddings = ZoomEmbeddings(self.session, self.host, self)
        self.mask_editor = MaskEditor(self.session, self.host, self.zoom_embeddings, clock, self)
        self.image_list = ImageList(self.io_threads, open_folder, self.saver.folder_saves, self)
        self.navigator = Navigator(
            self.session, self.host, self.io_threads, self.image_list, self.mask_editor.unfinished,
            lambda root: self.preferences.value.last_image_in(root), self,
        )  # fmt: skip
        self._make_machines(clock)
        self.recovery = None if rescue is None else self._recovery_of(rescue)
        self.catalogue, self._models_folder = ModelCatalogue(*models, self), models[1]
        self._make_choice_of_models(look)
        if unfinished is not None:
            self.mask_editor.unfinished.use(unfinished, self.io_threads)
        self._connect()
        self._on_preferences()

    @cached_property
    def word_detectors(self) -> ModelCatalogue:
        """What finds by words; its list is read when somebody first asks for it."""
        from model.weights.catalogue import word_detectors

        return ModelCatalogue(tuple(word_detectors().values()), self._models_folder, self)

    def _make_choice_of_models(self, look: Callable[[], Accelerator]) -> None:
        """Which model is used, was used, is quick, and suits the machine; and which image."""
        self.recommendation = Recommendation(self.catalogue, look, self)
        self.models = ModelUse(self.session, self.host, self.preferences, self.catalogue, self)
        self.speeds = ModelSpeeds(self.host, self.preferences, self)
        self.last_position = LastPosition(self.session, self.preferences, self)

    def _connect(self) -> None:
        self.preferences.problem.connect(self.session.problem)
        self.host.made.connect(self._on_made)
        self.navigator.folder_changed.connect(self._on_folder)
        self.navigator.shown.order_chosen.connect(self._on_order)
        self.preferences.changed.connect(self._on_preferences)

    def _recovery_of(self, rescue: Path) -> Recovery:
        recovery = Recovery(rescue, self.io_threads, self)
        recovery.problem.connect(self.session.problem)
        recovery.restored.connect(self.navigator.reload)
        return recovery

    def _make_machines(self, clock: Callable[[], float]) -> None:
        """What works on whole objects and the whole folder: review, proposals, imports, figures."""
        self.reshaping = Reshaping(self.session)
        self.clipboard = Clipboard(self.session, self)
        self.review_position = ReviewPosition(self.session, self.io_threads, self)
        self.review = Review(
            self.session, self.mask_editor, self.navigator, self.review_position, clock, self
        )
        self.host.fell_back.connect(self._on_fell_back)
        context = JobContext(self.session, self.navigator, self.io_threads, self.saver)
        self.proposing = Proposing(context, self.host, self._store, self)
        self.teaching = Teaching(context, self.host, self.proposing, self._store, self)
        self.model_teaching = ModelTeaching(context, self.host, self._places, self)
        self.importer, self.exporter = Importer(context, self), Exporter(context, self)
        self.accepting, self.marking = Accepting(context, self), Marking(context, self)
        self.merger, self.renaming = Merger(context, self), Renaming(context, self)
        self.reporting, self.auditing = Reporting(context, self), Auditing(context, clock, self)

    def close(self, timeout_s: float = CLOSE_S) -> Closing:
        """Save what is not saved, end the threads; always comes back within about that time."""
        deadline = time.monotonic() + timeout_s

        def left() -> float:
            return max(0.1, deadline - FREE_S - time.monotonic())

        self.mask_editor.leave()
        for job in (self.proposing, self.teaching, self.exporter, self.importer, self.accepting,
                    self.merger, self.reporting, self.auditing):  # fmt: skip
            job.stop()
        self.catalogue.close()
        if "word_detectors" in self.__dict__:
            self.word_detectors.close()
        self.review.stop()
        busy = [] if self.saver.close(left() * 0.5) else ["writer"]
        unsaved, copies = self.saver.settle(left() * 0.4)
        busy += [] if self.host.close(left() * 0.7) else ["inference"]
        busy += [] if self.io_threads.stop(left() * 0.7) else ["readers"]
        self.last_position.keep()
        # Only now does nobody else write these files any more.
        last = (self.preferences, self.review_position, self.mask_editor.unfinished)
        undone = do_in_time(left(), filter(None, (each.last_write() for each in last)))
        for path, error in undone.failed:
            LOG.warning("%s was not written: %s", path, error)
        busy += ["disk"] if undone.late else []
        unsaved = (*unsaved, *undone.paths)
        self.session.use_folder(None)
        return Closing(unsaved, copies, tuple(busy))

    @Slot()
    def _on_image_swapped(self) -> None:
        self.host.set_picture(self.session.picture)

    @Slot()
    def _on_folder(self) -> None:
        folder = self.session.folder
        if folder is not None:
            self.preferences.put(self.preferences.value.with_recent(folder.root))
            noted = self.preferences.value.list_order_in(folder.root)
            self.navigator.shown.set_order(ImageOrder.read(noted))
        if folder is not None and folder.read_only is None:
            # Its lock is held: what lies there half written is nobody's any more.
            self.io_threads.ask(Urgency.BACKGROUND, folder.project.sweep)

    @Slot()
    def _on_order(self) -> None:
        folder = self.session.folder
        if folder is not None:
            order = str(self.navigator.shown.order)
            self.preferences.put(self.preferences.value.with_list_order(folder.root, order))

    @Slot()
    def _on_preferences(self) -> None:
        chosen = self.preferences.value
        self.mask_editor.hover_previews.set_enabled(chosen.hover_preview)
        self.zoom_embeddings.set_enabled(chosen.close_ups)
        self.mask_editor.tidy = self.mask_editor.hover_previews.tidy = chosen.tidy_masks
        self.mask_editor.leaves_rest = chosen.leaves_rest
        self.mask_editor.boxes_in_a_row = chosen.boxes_in_a_row
        self.mask_editor.hint_after_slow_object = chosen.slow_object_hint
        self.accepting.marks_done = chosen.review_marks_done
        self.review.set_marks_done(chosen.review_marks_done)
        self.review.set_by_image(chosen.review_by_image)
        self.navigator.prefetch = chosen.prefetch
        self.navigator.large.largest_px = self.proposing.largest_px = chosen.largest_image_px
        self.navigator.set_recursive(recursive=chosen.include_subfolders)

    def _has_agreed(self, family: str) -> bool:
        return family in self.preferences.value.agreed_terms

    @Slot()
    def _on_fell_back(self) -> None:
        """What could not be loaded or used is not tried again at the next start."""
        used = self.host.choice
        self.preferences.set(
            model=used.source, device=used.device, runtime=used.runtime, precision=used.precision
        )

    @Slot(object)
    def _on_made(self, embedded: Embedded) -> None:
        store = self._store
        if store is not None:
            self.io_threads.ask(
                Urgency.BACKGROUND, lambda: store.put(embedded.key, embedded.embedding)
            )
