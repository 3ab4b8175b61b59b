"""What every test gets: no screen, no network, an empty home, and a check that it cleans up."""

from __future__ import annotations

import gc
import itertools
import logging
import os
import sys
import threading
import time
import traceback
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from pytestqt.qtbot import QtBot

if TYPE_CHECKING:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QWidget

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["HF_HUB_OFFLINE"] = "1"
# A test that wants to measure speed sets its own thread count.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Deadlines measure the machine, not the code. The same examples each time: what fails, fails of a
# change. pytest --hypothesis-profile=explore looks for others.
settings.register_profile(
    "explore", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("maskwright", settings.get_profile("explore"), derandomize=True)
settings.load_profile("maskwright")

# Wherever a thread allocates, Python may end a QObject of an earlier test there, which can stop
# both threads for ever (see app/session/garbage.py). So the tests, too, collect by themselves.
gc.disable()
FULL_EVERY = 50
_tests = itertools.count(1)

LOCAL_HOSTS = ("localhost", "127.", "::1", "0.0.0.0")  # noqa: S104  compared with, never bound
# Only what never comes takes that long; a machine with other things to do is no failure.
PATIENCE_S = 30.0
PATIENCE_MS = 30_000


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "localhost"
    elif event == "socket.getaddrinfo":
        host = arguments[0] or "localhost"
    else:
        return
    if not str(host).startswith(LOCAL_HOSTS):
        raise RuntimeError(f"a test reached for the network: {host}")


sys.addaudithook(_refuse_network)


class PatientBot(QtBot):
    """Waits as long as everything else here."""

    def waitUntil(  # noqa: N802
        self, callback: Callable[[], bool | None], *, timeout: int = PATIENCE_MS
    ) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = PATIENCE_MS, **options: Any) -> Any:  # noqa: N802
        return super().waitSignal(signal, timeout=timeout, **options)


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("homes", numbered=False)


_home_numbers = itertools.count()


@pytest.fixture(autouse=True)
def user_home(_homes: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home directory for this test alone, with every standard directory inside it."""
    home = _homes / str(next(_home_numbers))
    home.mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    for name in ("APPDATA", "LOCAL_APPDATA", "COMMON_APPDATA"):
        monkeypatch.setenv(f"WIN_PD_OVERRIDE_{name}", str(home / name.lower()))
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    return home


def pytest_collection_finish() -> None:
    _collect_all()


def pytest_runtest_setup() -> None:
    if next(_tests) % FULL_EVERY == 0:
        _collect_all()


def _collect_all() -> None:
    """What is alive between tests is mostly modules: looking at them each time takes a second."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _garbage_is_collected_here() -> Iterator[None]:
    yield
    gc.collect(1)


class _Loud(logging.Handler):
    """Keeps every record that a user would have been warned with."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def _quiet_log(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that logs a warning, unless it takes ``caplog`` and so answers for its log."""
    handler = _Loud()
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)
    if handler.records and "caplog" not in request.fixturenames:
        lines = [f"{record.name}: {record.getMessage()}" for record in handler.records]
        pytest.fail("logged without being expected:\n" + "\n".join(lines), pytrace=False)


# fsspec's loop, and what resolves names for it: one for the whole program.
_LASTING_THREADS = ("fsspecIO", "asyncio_")


def _alive(known: set[threading.Thread]) -> list[str]:
    # A dummy stands for a thread that Python did not start; it stays listed after the thread ended.
    return [
        thread.name
        for thread in threading.enumerate()
        if thread not in known
        and not isinstance(thread, threading._DummyThread)
        and not thread.name.startswith(_LASTING_THREADS)
    ]


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    known = set(threading.enumerate())
    yield
    deadline = time.monotonic() + PATIENCE_S
    while (names := _alive(known)) and time.monotonic() < deadline:
        time.sleep(0.01)
    if names:
        pytest.fail(f"threads still running after the test: {names}", pytrace=False)


@pytest.fixture(autouse=True)
def _no_timer_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails a test that leaves a QTimer running, and says where it was started."""
    if "PySide6.QtCore" not in sys.modules:
        yield
        return
    from PySide6.QtCore import QTimer
    from shiboken6 import isValid

    started: weakref.WeakKeyDictionary[QTimer, str] = weakref.WeakKeyDictionary()
    start = QTimer.start

    def noted(timer: QTimer, *arguments: Any) -> None:
        started[timer] = "".join(traceback.format_stack(limit=4)[:-1])
        start(timer, *arguments)

    monkeypatch.setattr(QTimer, "start", noted)
    yield
    _delete_what_waits_for_it()
    running = [where for timer, where in started.items() if isValid(timer) and timer.isActive()]
    if running:
        gc.collect()
        running = [where for timer, where in started.items() if isValid(timer) and timer.isActive()]
    for timer in started:
        if isValid(timer):
            timer.stop()
    if running:
        pytest.fail("timers still running, started at:\n" + "\n".join(running), pytrace=False)


def _delete_what_waits_for_it() -> None:
    from PySide6.QtCore import QCoreApplication, QEvent

    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture(autouse=True)
def _every_test_begins_in_english() -> Iterator[None]:
    """Takes away the translators that a test's application installed; plurals are theirs, too."""
    yield
    if "PySide6.QtWidgets" not in sys.modules:
        return
    from PySide6.QtCore import QCoreApplication, Qt, QTranslator

    application = QCoreApplication.instance()
    if application is not None:
        inside = Qt.FindChildOption.FindDirectChildrenOnly
        for translator in application.findChildren(QTranslator, options=inside):
            application.removeTranslator(translator)
            translator.setParent(None)


def _windows() -> dict[int, QWidget]:
    """The widgets without a parent, by the address of the C++ object: wrappers come and go."""
    from PySide6.QtWidgets import QApplication
    from shiboken6 import getCppPointer

    if not isinstance(QApplication.instance(), QApplication):
        return {}
    windows = [widget for widget in QApplication.topLevelWidgets() if widget.parent() is None]
    return {getCppPointer(widget)[0]: widget for widget in windows}


@pytest.fixture(autouse=True)
def _no_widget_left() -> Iterator[None]:
    """Fails a test that leaves a widget without a parent."""
    if "PySide6.QtWidgets" not in sys.modules:
        yield
        return
    known = set(_windows())
    yield
    _delete_what_waits_for_it()
    if set(_windows()) - known:
        # Collecting takes a tenth of a second with torch loaded: only where it could matter.
        gc.collect()
        _delete_what_waits_for_it()
    left = [widget for address, widget in _windows().items() if address not in known]
    names = [f"{type(widget).__name__} {widget.objectName()!r}" for widget in left]
    for widget in left:
        widget.deleteLater()
    if names:
        pytest.fail(f"widgets without a parent after the test: {names}", pytrace=False)
