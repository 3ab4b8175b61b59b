"""Which model is in use, which were before, and which one a folder was worked on with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from app.inference.questions import Choice, title_of
from app.session.model.model_catalogue import ModelCatalogue
from app.session.model.model_host import ModelHost
from app.session.preferences import Preferences
from app.session.session import Session
from app.storage.taught_models import taught_model_at

BUILTIN = Choice()


class ModelUse(QObject):
    """Takes models into use and notes them with the user's choices.

    The model that was in use in a folder comes back with the folder. If it cannot be loaded the one
    at hand stays, which is told by the host; it is not tried again there until the program ends.

    ``changed``: another model is in use.
    """

    changed = Signal()

    def __init__(
        self,
        session: Session,
        host: ModelHost,
        preferences: Preferences,
        catalogue: ModelCatalogue,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._host = host
        self._preferences = preferences
        self._catalogue = catalogue
        self._noted: tuple[Choice, Path | None] | None = None
        self._given: str | None = None
        self._failed: set[str] = set()
        self._at: Path | None = None
        host.state_changed.connect(self._on_state)
        session.folder_used.connect(self._on_folder)

    def start(self, choice: Choice, named: bool = False) -> None:
        """Load the first model; one that was ``named`` goes before that of the first folder."""
        self._given = choice.source if named else None
        self._host.use_model(replace(choice, title=self._title_of(choice.source)))

    def use(self, choice: Choice) -> None:
        """Use it from now on, and at the next start."""
        self._failed.discard(choice.source)
        self._host.use_model(choice)
        self._preferences.set(
            model=choice.source,
            device=choice.device,
            runtime=choice.runtime,
            precision=choice.precision,
        )

    def choice_of(self, source: str) -> Choice:
        """To use what lies there, as it was chosen that models run."""
        chosen = self._preferences.value
        return Choice(source, self._title_of(source), chosen.device, chosen.runtime,
                      chosen.precision)  # fmt: skip

    @property
    def recent(self) -> tuple[Choice, ...]:
        """Models that were in use, the newest first; the built-in one is always among them."""
        sources = dict.fromkeys((*self._preferences.value.models_used, BUILTIN.source))
        return tuple(self.choice_of(source) for source in sources)

    @property
    def before(self) -> Choice | None:
        """The model that was in use before the one at hand; None if there is no other."""
        others = (each for each in self.recent if each.source != self._host.choice.source)
        return next(others, None)

    def back(self) -> None:
        """Use the model before."""
        if self.before is not None:
            self.use(self.before)

    def _title_of(self, source: str) -> str:
        if source == BUILTIN.source:
            return BUILTIN.title
        taught = taught_model_at(source)
        if taught is not None:
            return taught.card.title
        return self._catalogue.title_of(source) or title_of(source)

    @Slot()
    def _on_folder(self) -> None:
        folder = self._session.folder
        self._at = folder.root if folder is not None else None
        if self._at is None:
            return
        wanted, given = self._preferences.value.model_in(self._at), self._given
        self._given = None
        at_hand = self._host.choice.source
        if wanted and given is None and wanted not in (at_hand, *self._failed):
            self.use(self.choice_of(wanted))
        else:
            self._on_state()

    @Slot()
    def _on_state(self) -> None:
        """Note what is in use once it is."""
        host = self._host
        if host.state != "ready":
            return
        if host.stands_in is not None:
            # The folder's note stays: a disk may be there again another time.
            self._failed.add(host.stands_in.source)
            return
        now = host.choice, self._at
        if now != self._noted:
            self._noted = now
            value = self._preferences.value
            self._preferences.put(value.with_model_used(host.choice.source, self._at))
            self.changed.emit()
