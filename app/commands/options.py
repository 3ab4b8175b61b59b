"""Options that several commands share, and what they open."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from app.batch.folder import BatchFolder
from app.batch.jobs import Worker
from app.commands.console import EXIT_TEXT
from app.commands.language import told
from app.core.errors import Problem
from app.inference import questions as q
from app.inference.engine import Loader, load_model
from app.storage.atomic import make_directory
from app.storage.embeddings import EmbeddingFiles
from app.storage.failures import not_written
from app.storage.names import shown
from app.storage.object_store import is_store
from app.storage.places import Places
from app.storage.project import Project
from app.storage.reading import MAX_PIXELS
from app.storage.settings import Settings, SettingsFile
from model.interface import Embedding, RuntimeReport
from model.messages import Message, reason_of, say
from model.weights.embedding_file import FORMAT, dumps, loads

OVERHEARD = say(
    "Images and the token cross the network unencrypted: whoever is on the way can read them. Take "
    "an https address (a proxy before the server), or an SSH tunnel."
)
PATIENCE_S = 300.0
"""So long a command waits for a server that has gone or is busy."""


def add_folder(parser: argparse.ArgumentParser, *, stores: bool = False) -> None:
    """The images to work on; with ``stores`` also those in an object store."""
    parser.epilog = EXIT_TEXT
    text = say("a folder, or images of one folder")
    if stores:
        text = say(
            "a folder, or images of one folder; or a folder in an object store, such as "
            "s3://bucket/photos"
        )
    parser.add_argument("paths", nargs="+", type=path_or_url, help=text)
    parser.set_defaults(stores=stores)
    parser.add_argument("--recursive", action="store_true", help="also the folders inside")
    parser.add_argument(
        "--max-megapixels",
        type=float,
        default=MAX_PIXELS / 1e6,
        metavar="N",
        help="leave larger images out (default: %(default).0f)",
    )
    add_output(parser)
    add_json(parser)


def add_take_over(parser: argparse.ArgumentParser) -> None:
    """For what edits a folder."""
    parser.add_argument(
        "--take-over",
        action="store_true",
        help="edit the folder though another computer's lock says that it is open there",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="tell machines: one JSON object a line on stdout"
    )


def add_model(parser: argparse.ArgumentParser, *, served: bool = False) -> None:
    """The model and where it runs; with ``served`` also on another machine."""
    parser.add_argument(
        "--model", default="builtin", help="a name or a file (default: the built-in model)"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps")
    parser.add_argument("--runtime", default="auto", help="auto, torch or onnxruntime")
    parser.add_argument("--precision", default="auto", help="auto, float32, bfloat16 or float16")
    if served:
        _add_server(parser)


def _add_server(parser: argparse.ArgumentParser) -> None:
    """A server that stands for the model."""
    parser.add_argument(
        "--server",
        metavar="URL",
        help="prepare images on the machine where `serve` runs, such as http://name:8765",
    )
    parser.add_argument(
        "--token-file", type=Path, metavar="F", help="the token that the server demands"
    )


def not_here(url: str) -> Problem:
    """For what works on folders of this machine alone."""
    return Problem(
        say("This command works on a folder of this machine, not on {store}.", url),
        say("Copy the images and the files beside them here first."),
    )


def here(place: Path | str) -> Path:
    """A folder of this machine. Raises: Problem: it is in an object store."""
    if isinstance(place, str):
        raise not_here(place)
    return place


def path_or_url(text: str) -> Path | str:
    """For argparse: the address of an object store as it is, anything else as a path."""
    return text if is_store(text) else Path(text)


def share(text: str) -> float:
    """A number from 0 to 1, for argparse."""
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError
    return value


def choice_of(arguments: argparse.Namespace) -> q.Choice:
    server = getattr(arguments, "server", None)
    if server is not None:
        return q.served_choice(server)
    source = str(arguments.model)
    title = say("Built-in") if source == "builtin" else q.title_of(source)
    return q.Choice(source, title, arguments.device, arguments.runtime, arguments.precision)


def open_folder(arguments: argparse.Namespace) -> BatchFolder:
    """The folder that the arguments name, its objects in the ``--output`` folder if one is named.

    Raises:
        Problem: it holds no images, or cannot be read.
    """
    limit, home = int(arguments.max_megapixels * 1e6), arguments.output
    urls = [each for each in arguments.paths if isinstance(each, str)]
    if urls:
        if not arguments.stores:
            raise not_here(urls[0])
        if len(arguments.paths) > 1 or home is not None:
            raise Problem(
                say("One folder in an object store can be worked on, with its objects beside it."),
                say("Name its address alone, without --output."),
            )
        return open_store(urls[0], recursive=arguments.recursive, limit=limit)
    found = BatchFolder.of(
        arguments.paths, Places.of_user(), recursive=arguments.recursive, limit=limit
    )
    return with_output(found, home, limit)


def open_store(url: str, *, recursive: bool = False, limit: int = MAX_PIXELS) -> BatchFolder:
    """The folder at an address.

    Raises:
        Problem: it holds no images, or cannot be read.
    """
    from app.batch.store_folder import StoreFolder

    found = StoreFolder.at(url, recursive=recursive, limit=limit)
    if not found.names:
        inside = found.left_out.inside
        advice = say("There are some in {folder}: --recursive takes them, too.", shown(inside))
        raise Problem(
            say("There are no images in {folder}.", shown(url)),
            advice if inside else say("Images are PNG, JPEG, WebP, TIFF, BMP and GIF files."),
        )
    return found


def with_output(folder: BatchFolder, home: Path | None, limit: int = MAX_PIXELS) -> BatchFolder:
    """The same images with their objects in ``home``; ``folder`` itself if that is None.

    Raises:
        Problem: the output folder is gone or takes no files.
    """
    if home is None:
        if (refused := folder.project.refusal) is not None:
            raise refused
        return folder
    made = BatchFolder(project_in(folder.project.root, home), folder.names, limit=limit)
    made.left_out = folder.left_out
    return made


def project_in(root: Path, home: Path | None) -> Project:
    """The files of a folder of images; in ``home``, which is made if need be, unless that is None.

    Raises:
        Problem: its output folder is gone or takes no files.
    """
    if home is None:
        project = Project.of(root, Places.of_user())
    else:
        try:
            make_directory(home)
        except OSError as error:
            raise not_written(home, error) from error
        project = Project(root, home, home)
    if (refused := project.refusal) is not None:
        raise refused
    return project


def add_output(parser: argparse.ArgumentParser) -> None:
    """Where the objects of the folder are."""
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="the folder that has the objects and labels, as chosen in the window for these images "
        "(default: what was chosen there, else beside the images)",
    )


@contextmanager
def editing(folder: BatchFolder, *, take_over: bool = False) -> Iterator[None]:
    """Holds the folder's lock, so that no window edits it meanwhile.

    Args:
        folder: to be edited.
        take_over: also if another computer's lock says that it is edited there.

    Raises:
        Problem: somebody else holds it.
    """
    from app.session.folder.lock import FolderLock

    lock = FolderLock(Places.of_user().locks, over=take_over)
    holder = lock.take(folder.lock_place)
    if holder is not None:
        advice = say("Close it there and try again.")
        if not holder.alive:
            advice = say("If nobody works there any more, say --take-over.")
        raise Problem(
            say("The folder is open for editing elsewhere: {holder}.", holder.who), advice
        )
    try:
        folder.project.sweep()
        with folder.leased(take_over=take_over):
            if folder.caution is not None:
                sys.stderr.write(f"{told(reason_of(folder.caution))}\n")
            yield
    finally:
        lock.give_up(folder.lock_place)


def embedding_store(limit_bytes: int | None = None) -> EmbeddingFiles[Embedding]:
    """The user's cache of embeddings, the same that the window uses.

    Args:
        limit_bytes: disk space for it; None for what was chosen in the window.
    """
    places = Places.of_user()
    if limit_bytes is None:
        limit_bytes = SettingsFile(places.settings, Settings).read()[0].cache_bytes
    return EmbeddingFiles(places.embeddings, dumps, loads, FORMAT, limit_bytes)


def tell_terms(report: RuntimeReport) -> None:
    """One line on stderr, if there is something that must be told of a model before its use."""
    if report.terms is not None:
        sys.stderr.write(f"{told(report.terms.told)}\n")


def runs(loaded: q.Loaded) -> Message:
    """Which model it is, and where it runs, for people."""
    report = loaded.report
    return say("{model} on {device}, {precision}", loaded.variant, report.device, report.precision)


def load_worker(
    arguments: argparse.Namespace,
    cancelled: Callable[[], bool],
    store: EmbeddingFiles[Embedding] | None = None,
) -> tuple[Worker, q.Loaded]:
    """The model, loaded; it keeps one embedding in memory.

    Raises:
        Problem: it cannot be loaded.
    """
    worker, loaded = Worker.of(choice_of(arguments), store, cancelled, _loader(arguments))
    tell_terms(loaded.report)
    return worker, loaded


def _loader(arguments: argparse.Namespace) -> Loader:
    """How the model is loaded; a server's waits long for one that comes back.

    Raises:
        Problem: the token cannot be read, or what was said of model and server cannot both be.
    """
    server = getattr(arguments, "server", None)
    if server is None:
        return load_model
    if arguments.model != "builtin":
        raise Problem(say("A server has its own model."), say("Say --model or --server, not both."))
    from app.commands.token_file import read_token

    token = "" if arguments.token_file is None else read_token(arguments.token_file)
    if q.can_be_overheard(server):
        sys.stderr.write(f"{told(OVERHEARD)}\n")
    return partial(load_model, token_of=lambda url: token, patience_s=PATIENCE_S)
