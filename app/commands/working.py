"""Who does the work on a folder: a model in this program, or workers on a cluster."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from app.batch.ahead import asking_ahead
from app.batch.folder import BatchFolder
from app.batch.importing import Taken, Taking
from app.batch.jobs import Embed, MakeJob, TaskJob, Work, Worker
from app.batch.run import ImageDone, steps
from app.batch.scoring import Asked, Score
from app.commands.console import Console, run_batch
from app.commands.language import told
from app.commands.options import add_model, choice_of, embedding_store, load_worker, tell_terms
from app.core.errors import Problem
from app.core.progress import Progress
from app.inference import questions as q
from app.storage.atomic import make_directory
from app.storage.embeddings import EmbeddingFiles
from app.storage.folder import nothing_in
from app.storage.places import Places
from model.interface import Embedding
from model.messages import reason_of, say

if TYPE_CHECKING:
    from app.batch.cluster import Pool
    from app.batch.cluster_worker import Place

T = TypeVar("T")


def add_ray(parser: argparse.ArgumentParser) -> None:
    """The model, where it runs, and how many of it: for what may be done by many machines."""
    add_model(parser, served=True)
    parser.add_argument(
        "--ray",
        metavar="ADDRESS",
        help="let the Ray cluster at HOST:PORT do it (auto: the one of this machine; local: one "
        "that is started for it)",
    )
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="with --ray, so many models at work (default: one a GPU; without any, one a machine)",
    )


class Working(Protocol):
    """Does a job for the images of a folder.

    Attributes:
        loaded: the model.
    """

    loaded: q.Loaded

    def run(self, make: MakeJob, taking: Taking | None = None) -> int:
        """Do what ``make`` makes for each image, telling how it goes; the exit status.

        Args:
            taking: another program's file whose objects are taken over first.
        """

    def ask(self, work: Work[T]) -> T:
        """What ``work`` finds with the folder and one model. Raises: Problem, Cancelled."""

    def scores(
        self, make: Work[Score], asked: Sequence[Asked], progress: Progress
    ) -> Iterator[ImageDone]:
        """Score images, in any order; each is called by its place in ``asked``.

        Args:
            progress: called with objects done and in all of an image at hand, if that is known.
        """


@dataclass(slots=True)
class OneMachine:
    """The model in this program."""

    console: Console
    folder: BatchFolder
    worker: Worker
    loaded: q.Loaded
    cancelled: Callable[[], bool]

    def run(self, make: MakeJob, taking: Taking | None = None) -> int:
        job = make(self.folder, self.worker)
        if isinstance(job, TaskJob):
            job.taking = taking
            job.progress = lambda done, total: self.console.progress(
                say("  {done} of {total} parts", done, total)
            )
        names = self.folder.names
        if not isinstance(job, TaskJob | Embed):
            return run_batch(self.console, steps(names, job, self.cancelled))
        with asking_ahead(job, self.folder, self.worker, names) as ahead:
            return run_batch(self.console, steps(names, ahead, self.cancelled))

    def ask(self, work: Work[T]) -> T:
        return work(self.folder, self.worker)

    def scores(
        self, make: Work[Score], asked: Sequence[Asked], progress: Progress
    ) -> Iterator[ImageDone]:
        job = replace(make(self.folder, self.worker), progress=progress)
        names = [str(place) for place in range(len(asked))]
        return steps(names, lambda name: replace(job, asked=asked[int(name)])(name), self.cancelled)


@dataclass(slots=True)
class OnCluster:
    """Workers of a cluster."""

    console: Console
    folder: BatchFolder
    pool: Pool
    loaded: q.Loaded

    def run(self, make: MakeJob, taking: Taking | None = None) -> int:
        folder = self.folder

        def taken(name: str) -> Taken | None:
            if taking is None:
                return None
            return taking.worked_out(name, lambda: folder.objects(name).document)

        return run_batch(self.console, self.pool.steps(folder.names, make, folder.labels(), taken))

    def ask(self, work: Work[T]) -> T:
        return self.pool.ask(work, self.folder.labels())

    def scores(
        self, make: Work[Score], asked: Sequence[Asked], progress: Progress
    ) -> Iterator[ImageDone]:
        names = [str(place) for place in range(len(asked))]
        labels = self.folder.project.book.labels
        return self.pool.steps(names, make, labels, lambda name: asked[int(name)])


@contextmanager
def at_work(
    arguments: argparse.Namespace,
    console: Console,
    folder: BatchFolder,
    cancelled: Callable[[], bool],
    store: EmbeddingFiles[Embedding] | None = None,
) -> Iterator[Working]:
    """Who does it, as the arguments say.

    Args:
        store: of embeddings; None for the user's cache.

    Raises:
        Problem: the model cannot be loaded, or the cluster not be used.
    """
    store = store or embedding_store()
    _check(arguments)
    if arguments.ray is None:
        worker, loaded = load_worker(arguments, cancelled, store)
        yield OneMachine(console, folder, worker, loaded, cancelled)
        return
    place = _place(arguments, folder, store)
    with _pool(arguments, console, place, cancelled) as pool:
        loaded = pool.loaded()
        tell_terms(loaded.report)
        yield OnCluster(console, folder, pool, loaded)


@contextmanager
def _pool(
    arguments: argparse.Namespace, console: Console, place: Place, cancelled: Callable[[], bool]
) -> Iterator[Pool]:
    from app.batch.cluster import Pool
    from app.batch.ray_connection import connected

    def tell(problem: Problem) -> None:
        console.say(told(reason_of(problem)))

    with connected(arguments.ray, Places.of_user().logs) as ray:
        gpus = int(ray.cluster_resources().get("GPU", 0))
        count = arguments.workers or gpus or len(ray.nodes())
        pool = Pool(ray, place, count, int(gpus > 0), cancelled, tell, console.progress)
        try:
            yield pool
        finally:
            pool.close()


def _check(arguments: argparse.Namespace) -> None:
    if arguments.ray is not None and getattr(arguments, "server", None) is not None:
        raise Problem(
            say("The workers of a cluster have models of their own, and ask no server."),
            say("Say --ray or --server, not both."),
        )
    if arguments.workers is None:
        return
    if arguments.ray is None:
        raise Problem(
            say("--workers says how many of a cluster there are; without --ray there is one."),
            say("Say --ray ADDRESS too, or leave it out."),
        )
    if arguments.workers < 1:
        raise Problem(say("--workers must be at least 1."))


def _place(
    arguments: argparse.Namespace,
    folder: BatchFolder,
    store: EmbeddingFiles[Embedding],
) -> Place:
    from app.batch.cluster_worker import Place

    choice = choice_of(arguments)
    if Path(choice.source).exists():
        choice = replace(choice, source=str(Path(choice.source).absolute()))
    with suppress(OSError):  # A worker that does not see it says so.
        make_directory(store.folder, private=True)
    cache, limit = (store.folder, store.limit_bytes), folder.limit
    return Place(folder.address, limit, _one_of(folder), choice, cache)


def _one_of(folder: BatchFolder) -> tuple[str, int]:
    """Name and size in bytes of the first image that is there."""
    for name in folder.names:
        with suppress(OSError):
            return name, folder.bytes_of(name)
    raise nothing_in(folder.project.root)
