"""Which model answers, where it runs, and how fast it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.inference.questions import Choice
from app.session.assembly import Workbench
from app.storage.names import to_text
from app.ui import icons
from app.ui.theme import Shades

BUILTIN = "builtin"
DEVICES = ("auto", "cpu", "cuda", "mps")
RUNTIMES = ("auto", "onnxruntime", "torch")
PRECISIONS = ("auto", "float32", "bfloat16", "float16", "int8")


class ModelDialog(QDialog):
    """Choosing takes effect at once; the work on the image stays."""

    def __init__(self, parts: Workbench, shades: Shades, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts = parts
        self._host = parts.host
        self._shades = shades
        self.setWindowTitle(self.tr("Model"))
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Models"))
        self.list.setIconSize(QSize(20, 20))
        self.device = self._combo(DEVICES, self._host.choice.device)
        self.runtime = self._combo(RUNTIMES, self._host.choice.runtime)
        self.precision = self._combo(PRECISIONS, self._host.choice.precision)
        self.state, self.speed = QLabel(self), QLabel(self)
        self.state.setWordWrap(True)
        self._fill()
        self._lay_out()
        self.list.itemActivated.connect(self._use)
        self.list.itemClicked.connect(self._use)
        self._host.state_changed.connect(self.refresh)
        parts.pending.changed.connect(self.refresh)
        self.refresh()

    def _combo(self, values: tuple[str, ...], chosen: str) -> QComboBox:
        combo = QComboBox(self)
        for value in values:
            combo.addItem(self.tr("fastest that works") if value == "auto" else value, value)
        combo.setCurrentIndex(max(0, combo.findData(chosen)))
        combo.activated.connect(self._on_place)
        return combo

    def _fill(self) -> None:
        self.list.clear()
        self._add(Choice(BUILTIN, "Built-in"), self.tr("small and fast, comes with the program"))
        for text in self._parts.preferences.value.own_models:
            path = Path(text)
            self._add(Choice(str(path), path.name), str(path.parent))

    def _add(self, choice: Choice, words: str) -> None:
        item = QListWidgetItem(icons.icon("model", self._shades), f"{choice.title}\n{words}")
        item.setData(Qt.ItemDataRole.UserRole, choice)
        item.setSizeHint(QSize(200, 46))
        self.list.addItem(item)
        if choice.source == self._host.choice.source:
            self.list.setCurrentItem(item)

    def _lay_out(self) -> None:
        own = QPushButton(self.tr("Use a checkpoint file…"), self)
        own.setIcon(icons.icon("folder", self._shades))
        own.clicked.connect(self._on_own)
        form = QFormLayout()
        form.addRow(self.tr("Device"), self.device)
        form.addRow(self.tr("Runtime"), self.runtime)
        form.addRow(self.tr("Precision"), self.precision)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setSpacing(9)
        layout.addWidget(self.list, 1)
        layout.addWidget(own, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addLayout(form)
        layout.addWidget(self.state)
        layout.addWidget(self.speed)
        layout.addWidget(buttons)
        self.resize(520, 520)

    @Slot()
    def refresh(self) -> None:
        """What really runs, as the model says it itself."""
        host, report = self._host, self._host.report
        if host.state == "loading":
            self.state.setText(self.tr("Loading {0}…").format(host.title))
        elif host.state == "failed":
            self.state.setText(self.tr("{0} could not be loaded.").format(host.title))
        elif report is not None:
            runs = self.tr("{0} runs with {1} on {2}, {3}.").format(
                host.title, report.runtime, report.device, report.precision
            )
            self.state.setText(f"{runs} {report.reason}")
        else:
            self.state.setText("")
        parts = []
        if host.last_embed_ms is not None:
            text = self.tr("Image prepared in {0} ms").format(round(host.last_embed_ms))
            parts.append(text)
        if host.last_click_ms is not None:
            parts.append(self.tr("click answered in {0} ms").format(round(host.last_click_ms)))
        self.speed.setText(", ".join(parts))

    @Slot(QListWidgetItem)
    def _use(self, item: QListWidgetItem) -> None:
        choice = item.data(Qt.ItemDataRole.UserRole)
        self._take(
            replace(
                choice,
                device=self.device.currentData(),
                runtime=self.runtime.currentData(),
                precision=self.precision.currentData(),
            )
        )

    @Slot()
    def _on_place(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self._use(item)

    def _take(self, choice: Choice) -> None:
        if choice == self._host.choice and self._host.state in ("ready", "loading"):
            return
        self._host.use_model(choice)
        self._parts.preferences.set(
            model=choice.source,
            device=choice.device,
            runtime=choice.runtime,
            precision=choice.precision,
        )

    @Slot()
    def _on_own(self) -> None:
        filters = self.tr("Checkpoints") + " (*.pth *.pt *.safetensors *.onnx)"
        chosen, _ = QFileDialog.getOpenFileName(self, self.tr("Use a checkpoint"), "", filters)
        if not chosen:
            return
        path = Path(chosen)
        own = self._parts.preferences.value.own_models
        text = to_text(path)
        self._parts.preferences.set(own_models=(text, *(e for e in own if e != text)))
        self._take(Choice(str(path), path.name))
        self._fill()
