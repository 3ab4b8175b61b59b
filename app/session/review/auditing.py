"""The audit in the window: random masks are drawn and gone through, corrected or found right."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.core.document import Document
from app.core.errors import Problem
from app.session.folder.io_threads import Urgency
from app.session.jobs.background_job import BackgroundJob, JobContext, Report
from app.session.mask.stopwatch import Stopwatch
from app.storage.guarded import Conflict, Token
from model.messages import say

if TYPE_CHECKING:
    from app.core.audit import Audit, Item
    from app.storage.audit_file import LoadedAudit


class Auditing(BackgroundJob):
    """Goes from one drawn mask to the next; what was looked at is kept in the folder at once.

    ``changed``: the audit, or how far it is. ``current_changed``: another mask is at hand, or none.
    """

    current_changed = Signal()

    def __init__(
        self,
        context: JobContext,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(context, parent)
        self._clock = clock
        self._stopwatch = Stopwatch(clock)
        self._audit: Audit | None = None
        self._token: Token = None
        self._current: Item | None = None
        self._later: set[tuple[str, int]] = set()
        self._session.image_opened.connect(self._on_image)
        self._session.document_changed.connect(self._on_document)

    @property
    def audit(self) -> Audit | None:
        return self._audit

    @property
    def current(self) -> Item | None:
        """The mask at hand, as it was drawn."""
        return self._current

    @property
    def active(self) -> bool:
        return self._current is not None

    # -- beginning

    def load(self) -> None:
        """The audit kept in the folder, if there is one."""
        path = self._path
        if path is not None and not self.running and self._audit is None:
            from app.storage.audit_file import read_audit

            self.ask(lambda report: read_audit(path), self._on_loaded)

    def draw(self, count: int, *, automatic_only: bool = False, seed: int | None = None) -> None:
        """Draw ``count`` masks in the place of what was drawn before."""
        images, path = self.images(), self._path
        if images is None or path is None or self.running or self._session.read_only:
            return
        self.stop()
        start = random.randrange(1 << 31) if seed is None else seed  # noqa: S311  not secret

        def work(report: Report) -> LoadedAudit:
            from app.batch.report import draw_audit
            from app.storage.audit_file import LoadedAudit, read_audit

            self.saved()
            token = read_audit(path).token
            audit = draw_audit(images, count, start, automatic_only=automatic_only, progress=report)
            return LoadedAudit(audit, _written(path, audit, token))

        self.ask(work, self._on_loaded)

    def start(self) -> None:
        """Go to the first mask that nobody has looked at yet."""
        if self._audit is not None and not self.active:
            self._later.clear()
            self._next()

    def stop(self) -> None:
        super().stop()
        if self._current is not None:
            self._current = None
            self.current_changed.emit()
            self.changed.emit()

    # -- deciding

    def right(self) -> None:
        """The mask is as it should be, or as good as it is now."""
        item, audit = self._current, self._audit
        if item is None or audit is None:
            return
        folder = self._session.folder
        if folder is None or folder.read_only:
            what = say("The audit is not changed: this window only shows the folder.")
            self.failed.emit(Problem(what, folder.read_only or "" if folder else ""))
            return
        seconds = round(self._stopwatch.active_s, 2)
        self._audit = audit.with_checked(item.image, item.annotation_id, seconds)
        self._keep()
        self._next()

    def later(self) -> None:
        """Another one first."""
        if self._current is not None:
            self._later.add(self._current.key)
            self._next()

    # -- inside

    @property
    def _path(self) -> Path | None:
        from app.storage.audit_file import FILE

        folder = self._session.folder
        return folder.project.own / FILE if folder is not None else None

    def _on_loaded(self, found: LoadedAudit) -> None:
        self._audit, self._token = found.audit, found.token

    def _next(self) -> None:
        waiting = self._audit.needs_review if self._audit is not None else ()
        fresh = [item for item in waiting if item.key not in self._later]
        places = self._navigator.images
        known = [item for item in fresh or waiting if places.place(item.image) >= 0]
        self._current = known[0] if known else None
        if not fresh:
            self._later.clear()
        self._stopwatch = Stopwatch(self._clock)
        if self._current is not None:
            place = places.place(self._current.image)
            if place == self._navigator.current and self._is_open:
                self._show()
            else:
                self._navigator.go(place)
                return
        else:
            self.current_changed.emit()
        self.changed.emit()

    @property
    def _is_open(self) -> bool:
        folder, item = self._session.folder, self._current
        if folder is None or item is None:
            return False
        return self._session.image_path == folder.root / item.image

    def _show(self) -> None:
        if self._current is not None:
            self._session.select([self._current.annotation_id])
            self._stopwatch.touch()
            self.current_changed.emit()
            self.changed.emit()

    @Slot()
    def _on_image(self) -> None:
        if self._current is not None and self._is_open:
            self._show()

    @Slot(object, object)
    def _on_document(self, before: Document, after: Document) -> None:
        """A correction is an answer; so is throwing the object away."""
        item = self._current
        if item is None or not self._is_open:
            return
        self._stopwatch.touch()
        old, new = before.get(item.annotation_id), after.get(item.annotation_id)
        if old is None:
            return
        if new is None or new.mask != old.mask or new.state is not old.state:
            self.right()

    def _keep(self) -> None:
        path, audit = self._path, self._audit
        if path is None or audit is None:
            return
        # Its file has labels by number, so these must be those of the folder's own file.
        self._session.folder_labels.keep()

        def work() -> None:
            # One thread does these in turn, so the token is always that of the one before.
            self._token = _written(path, audit, self._token)

        self._io_threads.ask(Urgency.BACKGROUND, work, None, self.fail, owed=True)

    def forget(self) -> None:
        self.stop()
        self._audit, self._token = None, None


def _written(path: Path, audit: Audit, token: Token) -> Token:
    from app.storage.audit_file import write_audit

    try:
        return write_audit(path, audit, token)
    except Conflict as conflict:
        what = say("The audit was changed by another program.")
        raise Problem(what, say("Close this dialog and open it again."), conflict) from conflict
