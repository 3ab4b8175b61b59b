"""A server that prepares the images: its address, its token, and how fast it is."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import Problem, problem_of
from app.inference.questions import Choice, ServerProblem, can_be_overheard, served_choice
from app.inference.server_trial import Trial, tried
from app.session.assembly import AppContext
from app.session.folder.io_threads import Urgency
from app.session.model.model_use import BUILTIN
from app.storage.reading import read_picture
from app.storage.shipped import SAMPLES
from app.ui.model_words import device_name
from app.ui.theme import Shades
from app.ui.words import said, spoken

SAMPLE = "coffee.png"
"""Prepared for a test while no image is open."""


class GpuServerDialog(QDialog):
    """Using a server keeps the work on the image; clicks are answered on this computer."""

    def __init__(self, context: AppContext, shades: Shades, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._host, self._shades = context, context.host, shades
        self.setWindowTitle(self.tr("GPU server"))
        self.address, self.token = QLineEdit(self), QLineEdit(self)
        self.keep = QCheckBox(self.tr("Keep the token, in a file for your eyes alone"), self)
        self.test = QPushButton(self.tr("Test"), self)
        self.use = QPushButton(self.tr("Use this server"), self)
        self.builtin = QPushButton(self.tr("Use the built-in model"), self)
        self.warning, self.found, self.state = QLabel(self), QLabel(self), QLabel(self)
        self._trying: Choice | None = None
        self._word_warning()
        self._lay_out()
        self._fill()
        self.address.textChanged.connect(self._on_address)
        self.test.clicked.connect(self._on_test)
        self.use.clicked.connect(self._on_use)
        self.builtin.clicked.connect(self._on_builtin)
        self._host.state_changed.connect(self.refresh)
        self._host.problem.connect(self._on_trouble)
        self.refresh()

    def _word_warning(self) -> None:
        self.warning.setText(
            self.tr(
                "Images and the token cross the network unencrypted: whoever is on the way can "
                "read them. Take an https address (a proxy before the server), or an SSH tunnel."
            )
        )
        self.warning.setStyleSheet(f"color: {self._shades.busy}")

    def _lay_out(self) -> None:
        head = QLabel(
            self.tr(
                "Images are prepared by a model on another computer, clicks are answered on this "
                "one. There, somebody has started: run.py serve --model FILE --token-file FILE"
            ),
            self,
        )
        for label in (head, self.warning, self.found, self.state):
            label.setWordWrap(True)
        self.address.setPlaceholderText("http://name:8765")
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.token.setPlaceholderText(self.tr("none is needed on this computer itself"))
        self.found.setMinimumHeight(3 * self.fontMetrics().lineSpacing())
        form = QFormLayout()
        form.addRow(self.tr("Address"), self.address)
        form.addRow(self.tr("Token"), self.token)
        form.addRow("", self.keep)
        buttons = QHBoxLayout()
        for button in (self.test, self.use, self.builtin):
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.use.setDefault(True)
        closing = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        closing.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setSpacing(9)
        layout.addWidget(head)
        layout.addLayout(form)
        layout.addWidget(self.warning)
        layout.addLayout(buttons)
        layout.addWidget(self.found)
        layout.addWidget(self.state)
        layout.addStretch(1)
        layout.addWidget(closing)
        self.resize(560, 340)

    def _fill(self) -> None:
        """The server in use, else the one that was used last."""
        sources = (self._host.choice.source, *self._context.preferences.value.models_used)
        servers = [each for each in sources if Choice(each).served]
        url = servers[0] if servers else ""
        self.address.setText(url)
        self.token.setText(self._context.tokens.of(url))
        self.keep.setChecked(not url or self._context.tokens.is_kept(url))

    @Slot()
    def refresh(self) -> None:
        """What is in use now."""
        host, ready = self._host, self._trying is None and bool(self.address.text().strip())
        self.test.setEnabled(ready)
        self.use.setEnabled(ready)
        self.warning.setVisible(can_be_overheard(self.address.text()))
        self.builtin.setVisible(host.choice.served)
        self.state.setText(self._state_words())

    def _state_words(self) -> str:
        host = self._host
        title = said(host.choice.title)
        if not host.choice.served:
            return self.tr("In use: {0}, on this computer.").format(title)
        if host.server.away:
            return self.tr(
                "{0} does not answer and is asked again by itself. What was prepared before can be "
                "used."
            ).format(title)
        if host.state == "loading":
            return self.tr("Loading {0}…").format(title)
        if host.state == "failed":
            return self.tr("{0} could not be loaded.").format(title)
        return self.tr("In use: {0}, {1}.").format(title, host.variant)

    def _asked(self) -> tuple[Choice, str] | None:
        """What the fields say; None where that is no address, which is told."""
        try:
            return served_choice(self.address.text()), self.token.text().strip()
        except Problem as problem:
            self._tell(problem)
            return None

    @Slot()
    def _on_address(self) -> None:
        self.found.clear()
        self.refresh()

    @Slot()
    def _on_test(self) -> None:
        asked = self._asked()
        if asked is None:
            return
        choice, token = asked
        picture = self._context.session.picture
        self._trying = choice
        self._show(self.tr("Asking {0}…").format(said(choice.title)), self._shades.muted)
        self.refresh()

        def work() -> Trial:
            pixels = read_picture(SAMPLES / SAMPLE).pixels if picture is None else picture.pixels
            return tried(choice.source, token, pixels)

        self._context.io_threads.ask(Urgency.BACKGROUND, work, self._on_tried, self._on_failed)

    @Slot(object)
    def _on_tried(self, trial: Trial) -> None:
        self._trying = None
        self.refresh()
        text = self.tr(
            "{0} on {1}, {2}. An image was prepared in {3} ms, there and back; a click was "
            "answered in {4} ms, here."
        )
        times = round(trial.embed_s * 1000), round(trial.click_s * 1000)
        device = device_name(trial.device)
        self._show(text.format(trial.variant, device, trial.precision, *times), self._shades.good)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._trying = None
        self.refresh()
        self._tell(problem_of(error))

    @Slot()
    def _on_use(self) -> None:
        asked = self._asked()
        if asked is None:
            return
        choice, token = asked
        self.found.clear()
        try:
            self._context.tokens.put(choice.source, token, keep=self.keep.isChecked())
        except Problem as problem:
            self._tell(problem)
        self._context.models.use(choice)

    @Slot()
    def _on_builtin(self) -> None:
        self._context.models.use(self._context.models.choice_of(BUILTIN.source))

    @Slot(object)
    def _on_trouble(self, problem: Problem) -> None:
        if self._host.choice.served:
            self._tell(problem)

    def _tell(self, problem: Problem) -> None:
        # What the advice of a problem with a server tells, this dialog shows.
        words = said(problem.what) if isinstance(problem, ServerProblem) else spoken(problem)
        self._show(words, self._shades.bad)

    def _show(self, text: str, color: str) -> None:
        self.found.setStyleSheet(f"color: {color}")
        self.found.setText(text)
