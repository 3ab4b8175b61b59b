"""Changes image after image of a folder, off the GUI thread but for what must be there."""

from __future__ import annotations

from collections.abc import Callable

from app.session.folder.disk_folder import DiskFolder
from app.session.folder.io_threads import IoThreads, Urgency
from app.session.folder.saver import Saver
from app.session.jobs.import_steps import Pass, Ready, Step, exactly, ready_step
from app.session.session import Session

AT_ONCE = 25
"""Images made ready and changed before the next ones are read: so many are held at most."""
SAVE_S = 30.0
"""How long is waited for images to be written before they are read."""


class Stopped(Exception):  # noqa: N818  it is an outcome, not a fault
    """What was looked through in the background is no longer wanted."""


class FolderPass:
    """One run over images at a time.

    Args:
        back: what takes the change of one image back.
        progress: told the images done and all of them.
        finished: told the run when it is through.
        failed: told the error that ended it.

    Attributes:
        run: under way, or None.
    """

    def __init__(
        self,
        session: Session,
        readers: IoThreads,
        saver: Saver,
        back: Callable[[Ready], Step],
        progress: Callable[[int, int], object],
        finished: Callable[[Pass], object],
        failed: Callable[[Exception], None],
    ) -> None:
        self._session, self._readers, self._saver = session, readers, saver
        self._back, self._progress = back, progress
        self._finished, self._failed = finished, failed
        self.run: Pass | None = None

    def start(self, run: Pass) -> None:
        self.run = run
        self._go_on()

    def drop(self) -> Pass | None:
        """What is under way is not gone on with; it is returned."""
        run, self.run = self.run, None
        return run

    def _go_on(self) -> None:
        """Have the next images read and their objects made; nothing of it on this thread."""
        run, folder = self.run, self._session.folder
        if run is None or not isinstance(folder, DiskFolder):
            return
        steps = run.steps[run.done : run.done + AT_ONCE]
        self._readers.ask(
            Urgency.BACKGROUND,
            lambda: self._made_ready(folder, steps),
            lambda ready: self._change(run, folder, ready),
            self._failed,
        )

    def _made_ready(self, folder: DiskFolder, steps: list[Step]) -> list[Ready]:
        """Runs on a reading thread; waits for the images before to be written."""
        self._saver.flush(SAVE_S)
        return [ready for step in steps if (ready := ready_step(folder, step)) is not None]

    def _change(self, run: Pass, folder: DiskFolder, ready: list[Ready]) -> None:
        if run is not self.run:
            return
        for each in ready:
            path, found = folder.root / each.name, (each.document, each.token)
            if self._session.commit_at(path, run.name, exactly(each.document, each.after), found):
                run.changed.append(self._back(each))
        run.done = min(run.done + AT_ONCE, len(run.steps))
        self._progress(run.done, len(run.steps))
        if run.done < len(run.steps):
            self._go_on()
            return
        self.run = None
        self._finished(run)
