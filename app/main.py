"""The composition root: builds every part, connects them, runs the event loop."""

from __future__ import annotations

import argparse
import locale
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QApplication

from app import __version__
from app.core.errors import Problem
from app.diagnosis import crash_facts, model_library_facts
from app.inference.accelerator import accelerator_here
from app.inference.engine import load_model
from app.inference.questions import Choice, title_of
from app.logs import Logs
from app.session.assembly import AppContext, Closing
from app.session.folder.disk_folder import FolderOpener
from app.session.folder.io_threads import Urgency
from app.session.folder.lock import FolderLock
from app.session.garbage import GuiGarbage
from app.session.pace import PaceKeeper
from app.storage.daylog import DayLog
from app.storage.embeddings import EmbeddingFiles
from app.storage.places import Places
from app.storage.server_tokens import ServerTokens
from app.storage.settings import Settings
from app.storage.shipped import SAMPLES
from model.interface import Embedding
from model.messages import Message, say
from model.weights.catalogue import catalogue
from model.weights.embedding_file import FORMAT, dumps, loads

if TYPE_CHECKING:
    from app.ui.window import Window


@dataclass
class Application:
    """Everything there is, for whoever drives it: the event loop, a test, or the story."""

    qt: QApplication
    context: AppContext
    pace: PaceKeeper
    window: Window
    garbage: GuiGarbage
    closing: Closing | None = None

    def start(
        self, paths: Sequence[Path], choice: Choice, logs: Logs | None = None, named: bool = False
    ) -> None:
        """Load the model and show the images, all in the background; tell of the last session.

        A model that was ``named`` goes before the one that the folder was worked on with.
        """
        self.garbage.start()
        self.context.models.start(choice, named)
        if paths:
            self.context.navigator.open_files(paths)
        else:
            recent = self.context.preferences.value.recent
            self.context.navigator.open_folder(recent[0] if recent else SAMPLES)
        if self.context.recovery is not None:
            self.context.recovery.look()
        if logs is not None and logs.crashed_before:
            what = say("The program ended unexpectedly the last time.")
            advice = say(
                "Everything accepted was saved. What happened is in {log}.", logs.last_crash()
            )
            self.context.session.problem.emit(Problem(what, advice))
        for problem in self.context.preferences.problems:
            self.context.session.problem.emit(problem)

    def close(self) -> Closing:
        """Save, end the threads; within ten seconds, whatever happens."""
        if self.closing is None:
            self.closing = self.context.close()
            self.garbage.stop()
        return self.closing


SWITCH_S = 0.001
"""How long one thread may keep the interpreter from another. Python's five milliseconds add up:
the answer to a click changes hands a dozen times before it is on the screen."""


def qt_application() -> QApplication:
    """The one application object, made if there is none."""
    sys.setswitchinterval(SWITCH_S)
    qt = QApplication.instance()
    if not isinstance(qt, QApplication):
        qt = QApplication(sys.argv[:1])
        QCoreApplication.setApplicationName("Maskwright")
        QCoreApplication.setApplicationVersion(__version__)
        # Qt takes the numbers of the user's language; parsers below it then want commas.
        locale.setlocale(locale.LC_NUMERIC, "C")
    return qt


def build(
    context: AppContext | None = None, places: Places | None = None, language: str | None = None
) -> Application:
    """The application with its window, not yet shown and nothing opened."""
    from app.ui import translation
    from app.ui.theme import Theme
    from app.ui.window import Window

    qt = qt_application()
    places = places or Places.of_user()
    context = context or app_context(places)
    pace = PaceKeeper(context.session, context.io_threads, DayLog(places.days), context)
    translation.install(qt, language or context.preferences.value.language)
    window, garbage = Window(context, pace, Theme(qt)), GuiGarbage(context)
    window.used.connect(garbage.touch)
    return Application(qt, context, pace, window, garbage)


def app_context(places: Places, *, take_over: bool = False) -> AppContext:
    """The parts below the window, with real files and the real model library.

    Args:
        places: of the user.
        take_over: edit folders that another computer's lock says it edits.
    """
    opener = FolderOpener(FolderLock(places.locks, over=take_over), places)
    store = EmbeddingFiles(places.embeddings, dumps, loads, FORMAT)
    models = tuple(catalogue().values()), places.models
    tokens = ServerTokens(places.server_tokens)
    context = AppContext(
        opener,
        load=partial(load_model, token_of=tokens.of),
        tokens=tokens,
        store=store,
        settings=places.settings,
        rescue=places.rescue,
        unfinished=places.unfinished,
        models=models,
        look=accelerator_here,
        places=lambda: places,
    )
    store.limit_to(context.preferences.value.cache_bytes)
    context.preferences.changed.connect(lambda: _limit(store, context))
    return context


def _limit(store: EmbeddingFiles[Embedding], context: AppContext) -> None:
    """Keep the cache within what was chosen; deleting files waits for no window."""
    chosen = context.preferences.value.cache_bytes
    if chosen != store.limit_bytes:
        store.limit_to(chosen)
        context.io_threads.ask(Urgency.BACKGROUND, store.make_fit)


def choice_of(arguments: argparse.Namespace, settings: Settings) -> Choice:
    """The model that the command line names, or else the one used last."""
    device = arguments.device or settings.device
    source = settings.model if arguments.model is None else str(arguments.model)
    title = say("Built-in") if source == "builtin" else title_of(source)
    return Choice(source, title, device, settings.runtime, settings.precision)


def _choose_output(arguments: argparse.Namespace, places: Places) -> None:
    """Keep the objects of the images' folder where the command line says."""
    if arguments.output is not None and arguments.paths:
        from app.storage.outputs import choose_output

        first = arguments.paths[0]
        choose_output(first if first.is_dir() else first.parent, arguments.output, places)


def run(arguments: argparse.Namespace) -> int:
    """Show the window until it is closed; the exit status."""
    places = Places.of_user()
    _choose_output(arguments, places)
    logs = Logs(places.logs, crash_facts())
    logs.start()
    application = build(app_context(places, take_over=arguments.take_over), places)
    application.window.diagnostics.places = places
    host = application.context.host
    host.state_changed.connect(lambda: logs.note(f"model: {host.facts}"))
    logs.catch(application.context.session.problem.emit)
    application.window.stay_on(application.window.screen().availableGeometry())
    application.window.show()
    # After the first paint, so that the window is there before anything is read.
    choice = choice_of(arguments, application.context.preferences.value)
    named = arguments.model is not None
    QTimer.singleShot(0, lambda: application.start(arguments.paths, choice, logs, named))
    io_threads = application.context.io_threads
    io_threads.ask(Urgency.BACKGROUND, model_library_facts, lambda facts: logs.note(*facts))
    io_threads.ask(Urgency.BACKGROUND, places.tidy)
    from app.ui.asked_to_end import AskedToEnd

    asked = AskedToEnd()
    asked.heard.connect(application.window.end)
    asked.listen()
    status = application.qt.exec()
    closing = application.close()
    asked.stop()
    logs.stop()
    for path in closing.unsaved:
        _tell(say("maskwright: not saved where it belongs: {name}", path))
    for path in closing.rescued:
        _tell(say("maskwright: a copy lies in {name}", path))
    if closing.busy:
        # A model that does not stop must not keep the process; all that can be is on disk.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status


def _tell(message: Message) -> None:
    """To whoever looks at the terminal after the window is gone."""
    from app.commands.language import told

    sys.stderr.write(f"{told(message)}\n")
