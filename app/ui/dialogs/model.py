"""Which model answers, where it runs, and how fast it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import Problem
from app.inference.questions import Choice
from app.session.assembly import AppContext
from app.storage.names import to_text
from app.ui import icons
from app.ui.dialogs.model_table import ModelTable, size_text
from app.ui.theme import Shades
from app.ui.words import said, spoken
from model.loading import SUFFIXES

DEVICES = ("auto", "cpu", "cuda", "mps")
RUNTIMES = ("auto", "onnxruntime", "torch")
PRECISIONS = ("auto", "float32", "bfloat16", "float16")


class ModelDialog(QDialog):
    """Using another model keeps the work on the image."""

    def __init__(self, context: AppContext, shades: Shades, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._host, self._catalogue = context.host, context.catalogue
        self._shades = shades
        self.setWindowTitle(self.tr("Model"))
        self.list = ModelTable(context, shades, self)
        self.use = QPushButton(self.tr("Use this model"), self)
        self.get = QPushButton(self.tr("Download"), self)
        self.cancel = QPushButton(self.tr("Stop"), self)
        self.own = QPushButton(self.tr("Use a file…"), self)
        self.own_folder = QPushButton(self.tr("Use a folder…"), self)
        self.own_folder.setToolTip(
            self.tr("Of transformers, or with an encoder and a decoder in ONNX")
        )
        self.forget = QPushButton(self.tr("Remove from the list"), self)
        self.forget.setToolTip(self.tr("The file itself stays where it is"))
        self.needs, self.trouble = QLabel(self), QLabel(self)
        self.progress = QProgressBar(self)
        self.device = self._combo(DEVICES, self._host.choice.device)
        self.runtime = self._combo(RUNTIMES, self._host.choice.runtime)
        self.precision = self._combo(PRECISIONS, self._host.choice.precision)
        self.state, self.speed = QLabel(self), QLabel(self)
        self._lay_out()
        self._connect()
        self.refresh()

    def _combo(self, values: tuple[str, ...], chosen: str) -> QComboBox:
        combo = QComboBox(self)
        for value in values:
            combo.addItem(self.tr("fastest that works") if value == "auto" else value, value)
        combo.setCurrentIndex(max(0, combo.findData(chosen)))
        combo.activated.connect(self._on_place)
        return combo

    def _connect(self) -> None:
        self.list.currentItemChanged.connect(self._show_buttons)
        self.list.itemActivated.connect(self._on_use)
        self.use.clicked.connect(self._on_use)
        self.get.clicked.connect(self._on_download)
        self.cancel.clicked.connect(self._catalogue.cancel)
        self.own.clicked.connect(self._on_own)
        self.own_folder.clicked.connect(self._on_own_folder)
        self.forget.clicked.connect(self._on_forget)
        self._host.problem.connect(self._on_trouble)
        self._host.over.connect(self.trouble.hide)
        self._host.state_changed.connect(self.refresh)
        self._context.mask_editor.changed.connect(self.refresh)
        self._context.preferences.changed.connect(self.list.fill)
        self._catalogue.changed.connect(self.list.fill)
        self._catalogue.changed.connect(self._show_buttons)
        self._catalogue.progress.connect(self._on_progress)
        self._catalogue.problem.connect(self._on_problem)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for button in (self.use, self.get, self.cancel, self.own, self.own_folder, self.forget):
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.own.setIcon(icons.icon("folder", self._shades))
        self.progress.hide()
        for label in (self.state, self.needs, self.trouble):
            label.setWordWrap(True)
        self.trouble.setStyleSheet(f"color: {self._shades.bad}")
        self.trouble.hide()
        form = QFormLayout()
        form.addRow(self.tr("Device"), self.device)
        form.addRow(self.tr("Runtime"), self.runtime)
        form.addRow(self.tr("Precision"), self.precision)
        closing = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        closing.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setSpacing(9)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.needs)
        layout.addWidget(self.progress)
        layout.addLayout(buttons)
        layout.addWidget(self.trouble)
        layout.addLayout(form)
        layout.addWidget(self.state)
        layout.addWidget(self.speed)
        layout.addWidget(closing)
        self.resize(880, 640)

    @Slot()
    def _show_buttons(self) -> None:
        row, loading = self.list.row, self._catalogue.loading
        here = row is not None and row.choice is not None
        listed = row is not None and row.download is not None
        self.use.setEnabled(here)
        self.get.setVisible(listed and not here and loading is None)
        self.forget.setVisible(row is not None and row.own is not None)
        self.needs.setText("" if row is None else self.list.details(row))
        self.needs.setVisible(bool(self.needs.text()))
        self.cancel.setVisible(loading is not None)
        self.progress.setVisible(loading is not None)

    @Slot()
    def refresh(self) -> None:
        """What really runs, as the model says it itself."""
        host, report = self._host, self._host.report
        if host.state == "loading":
            self.state.setText(self.tr("Loading {0}…").format(said(host.choice.title)))
        elif host.state == "failed":
            self.state.setText(self.tr("{0} could not be loaded.").format(said(host.choice.title)))
        elif report is not None:
            runs = self.tr("{0} runs with {1} on {2}, {3}.").format(
                said(host.choice.title), report.runtime, report.device, report.precision
            )
            reason = said(report.reason).rstrip(".")
            reason = reason[:1].upper() + reason[1:]
            told = [runs, f"{reason}." if reason else "", self._other_words()]
            self.state.setText(" ".join(filter(None, told)))
        else:
            self.state.setText("")
        context = []
        if host.last_embed_ms is not None:
            text = self.tr("Image prepared in {0} ms").format(round(host.last_embed_ms))
            context.append(text)
        elif host.embedding_state == "ready":
            context.append(self.tr("Image prepared earlier, taken from the cache"))
        if host.last_click_ms is not None:
            context.append(self.tr("click answered in {0} ms").format(round(host.last_click_ms)))
        self.speed.setText(", ".join(context))
        self.list.refresh()

    def _other_words(self) -> str:
        """What became of the model before, which one may want back."""
        beside, let_go = self._host.beside, self._host.let_go
        if beside is not None:
            return self.tr("{0} stays loaded: you are back to it at once.").format(
                said(beside.title)
            )
        if let_go is not None:
            return self.tr("{0} had to make room in memory: going back loads it again.").format(
                said(let_go.title)
            )
        return ""

    @Slot()
    def _on_use(self) -> None:
        row = self.list.row
        if row is not None and row.choice is not None:
            self._take(row.choice)

    @Slot()
    def _on_place(self) -> None:
        self._take(self._host.choice)

    def _take(self, chosen: Choice) -> None:
        choice = replace(
            chosen,
            device=self.device.currentData(),
            runtime=self.runtime.currentData(),
            precision=self.precision.currentData(),
        )
        if choice == self._host.choice and self._host.state in ("ready", "loading"):
            return
        self.trouble.hide()
        self._context.models.use(choice)

    @Slot()
    def _on_download(self) -> None:
        row = self.list.row
        if row is not None and row.download is not None:
            self.progress.setRange(0, 0)
            self._catalogue.download(row.download)

    @Slot(str, object, object)
    def _on_progress(self, name: str, done: int, total: int) -> None:
        # Bytes of large models do not fit the bar's integers.
        self.progress.setRange(0, 1000)
        self.progress.setValue(done * 1000 // max(total, 1))
        self.progress.setFormat(f"{size_text(done)} / {size_text(total)}")

    @Slot(object)
    def _on_problem(self, problem: Problem) -> None:
        self.state.setText(spoken(problem))

    @Slot(object)
    def _on_trouble(self, problem: Problem) -> None:
        self.trouble.setText(spoken(problem))
        self.trouble.show()
        self.list.fill()

    @Slot()
    def _on_forget(self) -> None:
        """The file itself stays."""
        row = self.list.row
        if row is not None and row.own is not None:
            own = self._context.preferences.value.own_models
            self._context.preferences.set(own_models=tuple(each for each in own if each != row.own))
            self.list.fill()

    @Slot()
    def _on_own(self) -> None:
        kinds = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        filters = f"{self.tr('Checkpoints')} ({kinds})"
        own = self._context.preferences.value.own_models
        start = str(Path(own[0]).parent if own else Path.home())
        chosen, _ = QFileDialog.getOpenFileName(self, self.tr("Use a file"), start, filters)
        if chosen:
            self.use_file(Path(chosen))

    @Slot()
    def _on_own_folder(self) -> None:
        own = self._context.preferences.value.own_models
        start = str(Path(own[0]).parent if own else Path.home())
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Use a folder"), start)
        if chosen:
            self.use_file(Path(chosen))

    def use_file(self, path: Path) -> None:
        """Use a checkpoint of the user's own, a file or a folder, and remember it."""
        own = self._context.preferences.value.own_models
        text = to_text(path)
        self._context.preferences.set(own_models=(text, *(each for each in own if each != text)))
        self._take(Choice(str(path), path.name))
        self.list.fill()
