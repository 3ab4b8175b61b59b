"""The status bar: is the work saved, how fast does it go, what does the model do."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QStatusBar,
    QToolButton,
    QWidget,
)

from app.core.document import ImageStatus
from app.core.review import StateCounts, state_counts
from app.inference.questions import Choice
from app.session.assembly import AppContext
from app.session.mask.zoom_embeddings import Sight
from app.session.pace import PaceKeeper
from app.ui import icons
from app.ui.canvas.view import Canvas
from app.ui.counts import words_of
from app.ui.keymap import filled
from app.ui.model_words import device_name
from app.ui.theme import Shades
from app.ui.words import said


class Mark(QWidget):
    """A small picture and words beside it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = QLabel(self)
        self._words = QLabel(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 6, 0)
        row.setSpacing(5)
        row.addWidget(self._picture)
        row.addWidget(self._words)

    @property
    def text(self) -> str:
        return self._words.text()

    def keep_room(self, *texts: str) -> None:
        """For the longest of these, so that what stands beside it keeps its place."""
        widths = [self._words.fontMetrics().horizontalAdvance(text) for text in texts]
        self._words.setMinimumWidth(max(widths))

    def put(self, text: str, icon: str = "", color: str = "", tip: str = "") -> None:
        self._words.setText(text)
        self._picture.setVisible(bool(icon))
        if icon:
            self._picture.setPixmap(icons.pixmap(icon, color, 16, self.devicePixelRatioF()))
        self.setToolTip(tip)
        self.setAccessibleName(text)


class StatusLine(QObject):
    """Fills a status bar and keeps it true.

    ``model_wanted``: other models than those of the menu on the model's name are asked for.
    """

    model_wanted = Signal()
    reopen_wanted = Signal()
    """What is said of the image, that it is done or skipped, was clicked."""

    def __init__(
        self, bar: QStatusBar, context: AppContext, pace: PaceKeeper | None, canvas: Canvas
    ) -> None:
        super().__init__(bar)
        self._context = context
        self._pace_keeper = pace
        self._canvas = canvas
        self._shades: Shades | None = None
        self.saved, self.pace, self.embedding = Mark(bar), Mark(bar), Mark(bar)
        self.needs_review = Mark(bar)
        self.status = QToolButton(bar)
        self.busy = QProgressBar(bar)
        self.model = QToolButton(bar)
        self.restart = QToolButton(bar)
        self.zoom, self.place = QLabel(bar), QLabel(bar)
        self._prepare(bar)
        context.session.save_state_changed.connect(self._show_saved)
        context.session.read_only_changed.connect(self._show_saved)
        context.session.image_opened.connect(self._show_saved)
        for change in (
            context.session.image_opened,
            context.session.document_changed,
            context.navigator.statuses_changed,
            context.navigator.folder_changed,
        ):
            change.connect(self._show_needs_review)  # fmt: skip
            change.connect(self._show_status)
        context.host.state_changed.connect(self._show_model)
        context.mask_editor.changed.connect(self._show_model)
        context.zoom_embeddings.changed.connect(self._show_model)
        canvas.view_changed.connect(self._show_zoom)
        context.session.image_opened.connect(self._show_zoom)
        canvas.pointed.connect(self._show_place)
        if pace is not None:
            pace.changed.connect(self._show_pace)

    def retint(self, shades: Shades) -> None:
        self._shades = shades
        self.model.setIcon(icons.icon("model", shades))
        self._show_saved()
        self._show_status()
        self._show_needs_review()
        self._show_pace()
        self._show_model()

    def _prepare(self, bar: QStatusBar) -> None:
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setAccessibleName(self.tr("The model is at work"))
        self.busy.setFixedSize(54, 6)
        self.busy.hide()
        self.model.setAutoRaise(True)
        self.model.setIconSize(QSize(16, 16))
        self.model.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.model.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.model.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.models = QMenu(self.model)
        choose = self.models.addAction(self.tr("Choose a model…"))
        choose.triggered.connect(self.model_wanted)
        self.model.setMenu(self.models)
        self._prepare_restart()
        self.status.setAutoRaise(True)
        self.status.setIconSize(QSize(16, 16))
        self.status.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.status.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.status.setAccessibleName(self.tr("State of the image"))
        self.status.clicked.connect(self.reopen_wanted)
        self.status.hide()
        metrics = bar.fontMetrics()
        self.zoom.setMinimumWidth(metrics.horizontalAdvance("00000 %"))
        self.place.setMinimumWidth(metrics.horizontalAdvance("00000, 00000"))
        for label in (self.zoom, self.place):
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            label.setContentsMargins(4, 0, 4, 0)
        self.zoom.setAccessibleName(self.tr("Zoom"))
        self.place.setAccessibleName(self.tr("Pixel under the mouse"))
        bar.setSizeGripEnabled(False)
        self.saved.keep_room(self.tr("Saved"), self.tr("Saving…"))
        bar.addWidget(self.saved)
        bar.addWidget(self.status)
        bar.addWidget(self.needs_review)
        bar.addWidget(self.pace)
        for widget in (self.busy, self.embedding, self.restart, self.model, self.zoom, self.place):
            bar.addPermanentWidget(widget)

    def _prepare_restart(self) -> None:
        """The way out where a model hangs; seen only then."""
        host = self._context.host
        self.restart.setText(self.tr("Restart the model"))
        self.restart.setAccessibleName(self.restart.text())
        self.restart.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.restart.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.restart.clicked.connect(host.restart)
        menu = QMenu(self.restart)
        menu.addAction(self.restart.text()).triggered.connect(host.restart)
        other = menu.addAction(self.tr("Go on with the built-in model"))
        other.triggered.connect(lambda: host.use_model(Choice()))
        self.restart.setMenu(menu)
        self.restart.hide()

    @Slot()
    def _show_saved(self) -> None:
        shades, session = self._shades, self._context.session
        if shades is None:
            return
        if session.picture is None:
            self.saved.put("")
            return
        state = session.save_state
        text, icon, color = {
            "saved": (self.tr("Saved"), "saved", shades.good),
            "saving": (self.tr("Saving…"), "save", shades.busy),
            "failed": (self.tr("Not saved"), "warning", shades.bad),
            "rescued": (self.tr("Not saved here, kept in the rescue folder"), "warning",
                        shades.bad),
            "view_only": (self.tr("View only"), "eye", shades.busy),
        }[state.kind]  # fmt: skip
        self.saved.put(text, icon, color, said(state.text))

    def _filled(self, text: str) -> str:
        return filled(text, self._context.preferences.value)

    def _show_status(self) -> None:
        """That the image is done or skipped; of one that is open the rest of the window tells."""
        shades, status = self._shades, self._context.marking.current
        words = {
            ImageStatus.DONE: (
                self.tr("Done"),
                self._filled(self.tr("This image is done: click to open it again  («mark-done»)")),
            ),
            ImageStatus.SKIPPED: (
                self.tr("Skipped"),
                self._filled(
                    self.tr("This image is skipped: click to open it again  («mark-skipped»)")
                ),
            ),
        }
        self.status.setVisible(status in words)
        if shades is None or status not in words:
            return
        text, tip = words[status]
        self.status.setText(text)
        self.status.setToolTip(tip)
        color = shades.good if status is ImageStatus.DONE else shades.muted
        self.status.setIcon(icons.icon(f"status-{status}", shades, color))

    @Slot()
    def _show_needs_review(self) -> None:
        """How many proposals nobody has looked at yet, here and in the whole folder."""
        if self._shades is None:
            return
        document, listing = self._context.session.document, self._context.image_list
        here = state_counts(document) if document is not None else StateCounts()
        images, left = listing.proposed
        text = self.tr("%n proposal(s) waiting", "", left) if left else ""
        if left > here.proposed:
            text += " " + self.tr("in %n image(s)", "", images)
        tip = self.tr("This image: {0}").format(words_of(here) or self.tr("nothing"))
        tip += "\n" + self.tr("Folder: {0}").format(words_of(listing.objects))
        self.needs_review.put(text, "review" if text else "", self._shades.busy, tip)

    @Slot()
    def _show_pace(self) -> None:
        if self._shades is None or self._pace_keeper is None:
            return
        image = self._pace_keeper.image.seconds_per_mask
        today = self._pace_keeper.today
        per_day = today.seconds_per_mask
        parts = []
        if image is not None:
            parts.append(self.tr("{0} s per mask").format(f"{image:.1f}"))
        if per_day is not None:
            text = self.tr("today {0} s, %n mask(s)", "", today.masks)
            parts.append(text.format(f"{per_day:.1f}"))
        tip = self.tr("Seconds of work per mask, pauses not counted")
        text = " · ".join(parts)
        self.pace.put(text, "clock" if text else "", self._shades.muted, tip)

    @Slot()
    def _show_model(self) -> None:
        shades, host = self._shades, self._context.host
        if shades is None:
            return
        report = host.report
        where = f" · {device_name(report.device)}" if report and host.state == "ready" else ""
        if host.choice.served:
            where = " · " + self.tr("not reachable") if host.server.away else ""
        self.model.setText(f"{said(host.choice.title)}{where}")
        self.model.setToolTip(said(report.reason) if report else self.tr("No model is loaded yet"))
        text, icon, color, tip = self._embedding_words(shades)
        self.embedding.put(text, icon, color, tip)
        self.restart.setVisible(host.stalled)
        looking = self._context.zoom_embeddings.sight is Sight.LOOKING
        computing = host.embedding_state == "computing" or looking
        self.busy.setVisible(host.state == "loading" or computing)

    def _embedding_words(self, shades: Shades) -> tuple[str, str, str, str]:
        host = self._context.host
        if host.stalled:
            return self.tr("The model does not answer"), "warning", shades.bad, ""
        if host.server.away and (host.state == "failed" or host.embedding_state == "failed"):
            tip = self.tr("What was prepared before can be used. Another model: Ctrl+M")
            return self.tr("Waiting for the server…"), "warning", shades.bad, tip
        if host.state == "loading":
            return self.tr("Loading the model…"), "", "", ""
        if host.state == "failed":
            return self.tr("No model"), "warning", shades.bad, ""
        match host.embedding_state:
            case "computing" if self._context.mask_editor.active:
                return self.tr("Preparing, your clicks are kept"), "", "", ""
            case "computing":
                return self.tr("Preparing the image…"), "", "", ""
            case "failed":
                return self.tr("The image could not be prepared"), "warning", shades.bad, ""
            case "ready":
                took = host.last_embed_ms
                tip = self.tr("Prepared in {0} ms").format(round(took)) if took else ""
                return self._ready_words(tip, shades)
        return "", "", "", ""

    def _ready_words(self, tip: str, shades: Shades) -> tuple[str, str, str, str]:
        match self._context.zoom_embeddings.sight:
            case Sight.CLOSE:
                near = self.tr("You have zoomed in: the model sees this part in full detail")
                return self.tr("Ready, close-up"), "zoom-in", shades.good, near
            case Sight.LOOKING:
                return self.tr("Ready, looking closer…"), "accept", shades.good, tip
            case Sight.OFFERED:
                slow = self.tr("This model takes its time, so it looks closer only when asked to")
                ready = self._filled(self.tr("Ready; «look-closer» looks closer"))
                return ready, "accept", shades.good, slow
        return self.tr("Ready"), "accept", shades.good, tip

    @Slot()
    def _show_zoom(self) -> None:
        if self._context.session.picture is None:
            self.zoom.setText("")
            return
        percent = self._canvas.viewport.scale * 100
        self.zoom.setText(f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %")

    @Slot(object, object)
    def _show_place(self, x: float | None, y: float | None) -> None:
        viewport = self._canvas.viewport
        inside = x is not None and y is not None
        if inside and 0 <= x < viewport.image_width and 0 <= y < viewport.image_height:  # type: ignore[operator]
            self.place.setText(f"{int(x)}, {int(y)}")  # type: ignore[arg-type]
        else:
            self.place.setText("")
