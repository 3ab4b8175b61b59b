"""The program's main job without a screen: open, click, box, accept, export; every step is told."""

from __future__ import annotations

import argparse
import os
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.language import told
from app.core.errors import Problem
from app.storage.places import Places
from app.storage.settings import Settings
from app.storage.shipped import SAMPLES
from model.messages import reason_of, say

if TYPE_CHECKING:
    from app.main import Application

PATIENCE_S = 300.0
IMAGES = 3


def tell(arguments: argparse.Namespace) -> int:
    """Work on up to three images in a copy of the folder, print what was written; exit status."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    print(told(say("There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set).")))
    print(told(say("The same work is done without a window, on a copy of the images.")))
    from app import main
    from app.logs import Logs

    output = (arguments.output or Path("maskwright-output")).absolute()
    folder = _copied(arguments.paths, output / "images")
    places = Places.of_user()
    logs = Logs(places.data / "logs")
    logs.start()
    application = main.build(places=places)
    logs.catch(lambda problem: print(f"  {told(reason_of(problem))}"))
    application.context.session.problem.connect(_tell)
    application.context.host.problem.connect(_tell)
    try:
        application.window.resize(1440, 900)
        application.window.show()
        application.start([folder], main.choice_of(arguments, Settings()))
        screenshot = _work(application, output)
    finally:
        application.close()
        logs.stop()
    from app.commands.export import export_folder

    export_folder([folder], output / "masks.json")
    written = [output / "masks.json", *sorted(folder.glob("*.json")), screenshot]
    print(told(say("Written:")))
    for path in written:
        print(f"  {path}")
    return 0


def _tell(problem: Problem) -> None:
    print(f"  {told(reason_of(problem))}")


def _copied(paths: Sequence[Path], target: Path) -> Path:
    """A folder of copies: what is only tried must not change the user's own folder."""
    from app.storage.folder import list_images
    from app.storage.sidecar import sidecar_name

    if len(paths) > 1 or (paths and paths[0].is_file()):
        chosen = list(paths)
    else:
        root = paths[0] if paths else SAMPLES
        chosen = [root / name for name in list_images(root)]
    if not chosen:
        raise Problem(say("There are no images in this folder."), say("Name one that holds some."))
    try:
        target.mkdir(parents=True, exist_ok=True)
        for path in chosen:
            shutil.copyfile(path, target / path.name)
            # Of an earlier run: every run tells the same story.
            (target / sidecar_name(path.name)).unlink(missing_ok=True)
    except OSError as error:
        raise Problem(
            say("The output folder cannot be written: {reason}.", error),
            say("Choose another with --output."),
            error,
        ) from error
    return target


def _work(application: Application, output: Path) -> Path:
    """Label the first images; the path of a screenshot taken on the way."""
    parts = application.context
    navigator, session = parts.navigator, parts.session
    _until(application, lambda: navigator.listing_done and session.picture is not None)
    screenshot = output / "screenshot.png"
    for number in range(min(IMAGES, len(navigator.images))):
        _label(application, number, screenshot if number == 0 else None)
    _until(application, lambda: session.save_state.kind != "saving")
    return screenshot


def _label(application: Application, number: int, screenshot: Path | None) -> None:
    parts, mask_editor = application.context, application.context.mask_editor
    parts.navigator.go(number)
    _until(application, lambda: _is_ready(application, number))
    picture, report = parts.session.picture, parts.host.report
    if picture is None or report is None:
        return
    took = parts.host.last_embed_ms
    name = parts.navigator.images[number].name
    size = f"{picture.width} x {picture.height}"
    opened = say("{name}: {size} pixels on {device}", name, size, report.device)
    if took:
        opened = say(
            "{name}: {size} pixels, embedded in {time} ms on {device}",
            name,
            size,
            f"{took:.0f}",
            report.device,
        )
    print(told(opened))
    middle = picture.width * 0.5, picture.height * 0.5
    mask_editor.click(*middle)
    _until(application, lambda: not mask_editor.is_predicting)
    scores = ", ".join(f"{each.predicted_iou:.2f}" for each in mask_editor.candidates)
    _accept(application, say("a click in the middle (predicted IoU {scores})", scores))
    width, height = picture.width, picture.height
    mask_editor.box(width * 0.1, height * 0.1, width * 0.6, height * 0.9)
    _until(application, lambda: not mask_editor.is_predicting)
    _accept(application, say("a box"))
    if screenshot is not None:
        mask_editor.click(*middle)
        _until(application, lambda: not mask_editor.is_predicting)
        application.window.grab().save(str(screenshot))
        mask_editor.clear()


def _is_ready(application: Application, number: int) -> bool:
    parts = application.context
    if parts.host.embedding_state == "failed" or parts.host.state == "failed":
        raise Problem(say("The model could not be used."), say("See the messages above."))
    opened = parts.session.image_path == parts.navigator.images[number].path
    return opened and parts.host.embedding_state == "ready"


def _accept(application: Application, how: str) -> None:
    parts = application.context
    mask = parts.mask_editor.mask
    accepted = parts.mask_editor.accept()
    if accepted is None or mask is None:
        print(told(say("  {how}: nothing found", how)))
        parts.mask_editor.clear()
    else:
        took = parts.host.last_click_ms
        made = say("  {how}: object {number}, {area} pixels", how, accepted, mask.area)
        print(f"{told(made)}, {took:.0f} ms" if took else told(made))


def _until(application: Application, condition: Callable[[], bool]) -> None:
    """Let the program work until something is so."""
    from PySide6.QtCore import QEventLoop, QTimer

    deadline = time.monotonic() + PATIENCE_S
    loop = QEventLoop()
    timer = QTimer(interval=5)
    timer.timeout.connect(
        lambda: loop.quit() if condition() or time.monotonic() > deadline else None
    )
    timer.start()
    if not condition():
        loop.exec()
    timer.stop()
    if not condition():
        raise Problem(say("The program did not get on."), say("Try again on a faster machine."))
