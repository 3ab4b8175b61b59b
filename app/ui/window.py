"""The window: places panels and passes on what is dropped on it, nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMenu,
    QToolBar,
)

from app.core.document import ImageStatus
from app.core.errors import Problem
from app.session.assembly import AppContext
from app.session.pace import PaceKeeper
from app.storage.foreign_files import LeftOut
from app.storage.shipped import SAMPLES
from app.ui import icons
from app.ui.action_set import ActionSet
from app.ui.actions import MODEL
from app.ui.attribute_mode import AttributeMode
from app.ui.canvas_pane import CanvasPane
from app.ui.commands import Commands
from app.ui.diagnostics import Diagnostics
from app.ui.dialogs import problem
from app.ui.dialogs.large_image import LargeImageQuestion
from app.ui.dialogs.opening import Dialogs
from app.ui.dialogs.terms import TermsQuestion
from app.ui.label_keys import LabelKeys
from app.ui.model_menu import ModelMenu
from app.ui.object_menu import fill_object_menu
from app.ui.panels.file_list import FilePanel
from app.ui.panels.labels import LabelPanel
from app.ui.panels.object_list import ObjectPanel
from app.ui.panels.options import OptionsBar
from app.ui.panels.review import ReviewBar
from app.ui.panels.review_panel import ReviewPanel
from app.ui.panels.status import StatusLine
from app.ui.panels.welcome import Welcome
from app.ui.remembered import Remembered
from app.ui.reviewing import Reviewing
from app.ui.side_panels import SidePanels
from app.ui.space_bar import SpaceBar
from app.ui.taking_over import TakingOver
from app.ui.theme import Theme
from app.ui.typing import TypingGuard
from app.ui.words import isolated, said, spoken
from model.loading import looks_like_model

HANDS = frozenset({QEvent.Type.MouseMove, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel,
                   QEvent.Type.KeyPress})  # fmt: skip
KEYS = frozenset({QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride})
WATCHED = HANDS | KEYS | {QEvent.Type.ApplicationDeactivate, QEvent.Type.Polish}
SAVE_S = 3.0
"""How long closing waits for the disk before it asks."""
FRAME = QSize(16, 40)
"""Room for what the desktop draws around a window."""


class Window(QMainWindow):
    """One window on one ``AppContext``.

    ``closing`` comes before it closes; ``path_dropped`` and ``path_chosen`` lead to the navigator.
    """

    closing = Signal()
    used = Signal()
    """Mouse or keys were."""

    _asks = True

    def __init__(self, context: AppContext, pace: PaceKeeper | None, theme: Theme) -> None:
        super().__init__()
        self.context = context
        self.theme = theme
        self.pane = CanvasPane(context, self)
        self.canvas, self.toolbox = self.pane.canvas, self.pane.toolbox
        self.commands = Commands(context, self.canvas, self.toolbox, self.pane.banner, self)
        self.actions_ = ActionSet(self.commands, self)
        self.options = OptionsBar(self.commands, self.actions_, self.pane)
        self.welcome = Welcome(self.actions_, _samples(), self.pane)
        self.files = FilePanel(context.navigator, context.marking, context.session, self)
        self.objects = ObjectPanel(self.commands, self.actions_, self.canvas, self)
        self.labels = LabelPanel(context.session, context.preferences, self)
        self.review_bar = ReviewBar(self.commands, self.actions_, self.pane)
        self.review = ReviewPanel(self.commands, self.actions_, self)
        self.status = StatusLine(self.statusBar(), context, pace, self.canvas)
        self._recent = QMenu(self.tr("Open &recent"), self)
        self._forgetting = QMenu(self.tr("Remove from this list"), self._recent)
        self._place_panels()
        self._connect()
        ModelMenu(context, self.menus[MODEL], self.status.models)
        self.dialogs = Dialogs(
            self, context, self.pane, self.commands, self.actions_, self.panels, theme
        )
        self._add_keys()
        self.diagnostics = Diagnostics(self.context, self.pane.banner)
        self.dialogs.add_doer("copy-diagnostics", self.diagnostics.copy)
        self.large = LargeImageQuestion(context.navigator.large, context.preferences, self)
        self.terms = TermsQuestion(context.host, context.preferences, self)
        self.reviewing = Reviewing(
            self, context, self.pane, self.panels, self.review_bar, self.dialogs, theme
        )
        self._retint()
        self._show_title()
        TakingOver(self.context, self.pane.banner)
        self.remembered = Remembered(self, context, self.pane, self.commands, theme)
        self.closing.connect(self.remembered.on_closing)
        context.preferences.changed.connect(self._on_preferences)
        self._on_preferences()
        self.space = SpaceBar(self, self.canvas, self.actions_["accept"])

    def _add_keys(self) -> None:
        """Keys that depend on the labels of the folder, and on what they ask of their objects."""
        self.pane.banner.fill = self.pane.hint.fill = self.actions_.filled
        LabelKeys(self.commands, self)
        mode = AttributeMode(self.commands, self.pane, self.objects.describing)
        self.dialogs.add_doer("attribute-mode", mode.toggle)

    def _place_panels(self) -> None:
        self.setObjectName("window")
        self.resize(1440, 900)
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.pane.lay_out(self.options, self.welcome, self.review_bar)
        self.canvas.caret_toggled.connect(self._on_caret)
        self.setCentralWidget(self.pane)
        self.menus = self.actions_.fill(self.menuBar())
        self.menus["&File"].insertMenu(self.actions_["save"], self._recent)
        self.strip = QToolBar(self.tr("Tools"), self)
        self.strip.setObjectName("tools")
        self.strip.setMovable(False)
        self.strip.setIconSize(QSize(24, 24))
        self.actions_.fill_strip(self.strip)
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, self.strip)
        self.panels = SidePanels(self, self.files, self.labels, self.objects, self.review)
        view = self.menus["&View"]
        panels = view.addMenu(self.tr("&Panels"))
        panels.addActions(self.panels.toggles)
        panels.addAction(self.strip.toggleViewAction())

    def _connect(self) -> None:
        session, navigator, banner = self.context.session, self.context.navigator, self.pane.banner
        editor, clipboard = self.context.mask_editor, self.context.clipboard
        for source in (session.problem, self.context.host.problem, self.context.marking.failed,
                       editor.unfinished.set_aside):  # fmt: skip
            source.connect(banner.show_problem)
        self.context.host.over.connect(banner.withdraw)
        navigator.problem.connect(banner.show_problem_of_folder)
        for source in (editor.problem, session.image_failed, clipboard.refused):
            source.connect(banner.show_problem_of_image)
        navigator.images.passed_over.connect(self._tell_left_out)
        session.refused.connect(banner.belong_to_image)
        navigator.folder_changed.connect(banner.leave_folder)
        self.context.marking.marked.connect(self._on_marked)
        self.context.marking.progress.connect(self._on_marking)
        self.context.model_teaching.made.connect(self._on_taught)
        session.image_opening.connect(banner.leave_image)
        session.stepped.connect(banner.leave_step)
        self.commands.told.connect(banner.note)
        self.commands.objects.menu_wanted.connect(self._ask_objects)
        self.commands.told_of_mask.connect(lambda text: banner.note(text, of_mask=True))
        editor.changed.connect(self._on_pending)
        self.commands.left_as.connect(self._on_left_as)
        navigator.all_done.connect(self._on_all_done)
        navigator.images.refreshed.connect(self._on_refreshed)
        self.status.reopen_wanted.connect(self.commands.reopen)
        self.status.model_wanted.connect(lambda: self.commands.ask("model"))
        editor.slow_object.connect(self._on_slow)
        editor.left_behind.connect(self._on_left_behind)
        editor.resumed.connect(self._on_resumed)
        editor.unfinished.failed.connect(self._on_not_kept)
        self.theme.changed.connect(self._retint)
        self.welcome.chosen.connect(self._open)
        self.welcome.forgotten.connect(self._forget)
        session.image_opened.connect(self._tell_notes)
        self._follow_title()
        for panel in (self.files, self.labels):
            panel.left.connect(self.canvas.setFocus)
        TypingGuard(self, self.canvas)
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]

    @Slot()
    def _retint(self) -> None:
        shades = self.theme.shades
        for part in (self.actions_, self.options, self.welcome, self.files, self.objects,
                     self.labels, self.review, self.status, self.pane):  # fmt: skip
            part.retint(shades)
        for menu in self.findChildren(QMenu):
            self.theme.frame(menu)
        self.setWindowIcon(icons.icon("app", shades))

    def _follow_title(self) -> None:
        session = self.context.session
        for changed in (session.image_opening, session.image_opened, session.read_only_changed,
                        self.context.navigator.folder_changed):  # fmt: skip
            changed.connect(self._show_title)

    @Slot()
    def _show_title(self) -> None:
        navigator = self.context.navigator
        place = navigator.current
        name = "Maskwright"
        if 0 <= place < len(navigator.images):
            entry = navigator.images[place]
            name = f"{isolated(entry.name)}  ({place + 1}/{len(navigator.images)}) · {name}"
        if self.context.session.read_only:
            name += self.tr(" [view only]")
        self.setWindowTitle(name)

    @Slot(object)
    def _tell_left_out(self, left_out: LeftOut) -> None:
        for found in left_out.problems():
            self.pane.banner.note(said(found.what), said(found.advice))

    @Slot()
    def _tell_notes(self) -> None:
        picture = self.context.session.picture
        if picture is not None and picture.notes:
            self.pane.banner.note(" ".join(said(note) for note in picture.notes))

    @Slot(QPoint)
    def _ask_objects(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        fill_object_menu(menu, self.context.session, self.actions_)
        self.theme.frame(menu)
        menu.popup(at)

    @Slot()
    def _on_slow(self) -> None:
        if not self.context.preferences.value.slow_object_hint:
            return
        self.pane.banner.note(
            self.tr("30 seconds on this object."),
            self.tr(
                "Accept what there is, or leave it: Esc drops it, then «skip-next» skips the image."
            ),
            of_mask=True,
        )

    @Slot()
    def _on_pending(self) -> None:
        if not self.context.mask_editor.active:
            self.pane.banner.leave_mask()

    @Slot(str)
    def _on_left_as(self, what: str) -> None:
        self.pane.banner.note(what, self.tr("A right click on it in the list takes that back."))

    @Slot(int, int)
    def _on_marking(self, done: int, total: int) -> None:
        if 0 < done < total:
            self.pane.banner.note(self.tr("{0} of {1} images are marked…").format(done, total))

    @Slot(object, int, int)
    def _on_marked(self, status: ImageStatus | None, count: int, refused: int) -> None:
        """Several images at once are done, skipped or neither; or that was taken back."""
        told = {
            ImageStatus.DONE: self.tr("%n image(s) marked done.", "", count),
            ImageStatus.SKIPPED: self.tr("%n image(s) marked skipped.", "", count),
            ImageStatus.TODO: self.tr("%n image(s) neither done nor skipped any more.", "", count),
            None: self.tr("%n image(s) are again what they were.", "", count),
        }
        advice = self.tr("A right click in the list takes that back.") if status and count else ""
        if refused:
            left = self.tr("%n image(s) cannot be changed and stay as they are.", "", refused)
            advice = f"{left} {advice}".strip()
        self.pane.banner.note(told[status], advice)

    @Slot()
    def _on_all_done(self) -> None:
        hidden = self.files.model.rowCount() < len(self.context.navigator.images)
        self.pane.banner.note(
            self.tr("No other image is left to do."),
            self.tr("The filter of the list hides some of the folder.") if hidden else "",
        )

    @Slot(int, int)
    def _on_refreshed(self, new: int, gone: int) -> None:
        self._show_title()
        told = [self.tr("%n new image(s).", "", new)] if new else []
        told += [self.tr("%n image(s) gone.", "", gone)] if gone else []
        self.pane.banner.note(" ".join(told) or self.tr("The same images as before."))

    @Slot(bool)
    def _on_caret(self, on: bool) -> None:
        hint = (
            (self.tr("Arrows"), self.tr("move the mark, far with Shift")),
            ("«caret-click»", self.tr("left click")),
            ("«caret-remove»", self.tr("right click")),
            ("«caret-drag»", self.tr("begin or end a drag")),
            ("«caret»", self.tr("leave")),
        )
        self.pane.set_mode_hint(hint if on else ())

    @Slot(object)
    def _on_left_behind(self, path: Path) -> None:
        self.pane.banner.note(
            self.tr("The mask on {0} is not accepted yet.").format(path.name),
            self.tr("It is kept, and there again when you come back."),
        )

    @Slot()
    def _on_resumed(self) -> None:
        self.pane.banner.note(
            self.tr("The mask begun on this image is here again."),
            self.tr("Enter accepts it, Esc drops it."),
            of_mask=True,
        )

    @Slot(object)
    def _on_not_kept(self, problem: Problem) -> None:
        self.pane.banner.note(
            self.tr("Masks that are not accepted cannot be kept at the moment."),
            self.tr("Accepting works as ever; keeping is tried again. {0}").format(spoken(problem)),
        )

    @Slot(object)
    def _open(self, path: Path) -> None:
        self.context.navigator.open_files([path])

    @Slot()
    def _on_preferences(self) -> None:
        self.show_recent(self.context.preferences.value.recent)
        self.actions_.refresh()

    def show_recent(self, folders: Sequence[Path]) -> None:
        """In the menu and on the welcome page."""
        self.welcome.show_recent(folders)
        self._recent.clear()
        self._recent.setEnabled(bool(folders))
        for folder in folders:
            entry = self._recent.addAction(str(folder).replace("&", "&&"))
            entry.triggered.connect(lambda _=False, folder=folder: self._open(folder))
        self._recent.addSeparator()
        forget = self._forgetting
        forget.clear()
        self._recent.addMenu(forget)
        for gone in (*folders, None):
            text = self.tr("All of them") if gone is None else str(gone).replace("&", "&&")
            entry = forget.addAction(text)
            entry.triggered.connect(lambda _=False, gone=gone: self._forget(gone))

    @Slot(object)
    def _forget(self, folder: Path | None) -> None:
        preferences = self.context.preferences
        preferences.put(preferences.value.without_recent(folder))

    def stay_on(self, screen: QRect) -> None:
        """Be no larger than this, frame and all: what is beyond the edge cannot be reached."""
        self.resize(self.size().boundedTo(screen.size() - FRAME))

    # -- what Qt tells

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Masks come back when their key is let go, whichever widget has the focus by then."""
        kind = event.type()
        if kind not in WATCHED:  # nearly always
            return False
        if kind in KEYS and isinstance(event, QKeyEvent) and self.space.takes(watched, event):
            return True
        if kind in HANDS:
            self.used.emit()
        elif kind is QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            name, keys = QKeySequence(event.key()).toString(), self.actions_.keys("hold-hide")
            held = any((key.rpartition("+")[2] or "+") == name for key in keys)
            if held and not event.isAutoRepeat():
                self.canvas.set_masks_hidden(False)
        elif kind is QEvent.Type.ApplicationDeactivate:
            self.space.let_go()
            self.canvas.set_masks_hidden(False)
        elif kind is QEvent.Type.Polish:
            self.theme.polish(watched)
        return False

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            models = [path for path in paths if looks_like_model(path)]
            if models:
                self.dialogs.use_model(models[0])
            else:
                self.context.navigator.open_files(paths)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stays open where work is not in its place, unless the user wants to leave it."""
        saver = self.context.saver
        saver.flush(SAVE_S)
        QApplication.sendPostedEvents(saver)
        if saver.unsaved:
            unsaved, copies = saver.settle()
            names, places = [path.name for path in unsaved], [str(path) for path in copies]
            if not problem.unsaved(names, places, self):
                saver.retry()
                event.ignore()
                return
        if self._asks and self.context.model_teaching.is_learning_here:
            from app.ui.dialogs.lesson_left import may_close

            if not may_close(self.context.model_teaching, self):
                event.ignore()
                return
        self.closing.emit()
        super().closeEvent(event)

    @Slot()
    def end(self) -> None:
        """Close without asking whether a model goes on learning: it does."""
        self._asks = False
        self.close()

    @Slot()
    def _on_taught(self) -> None:
        self.pane.banner.note(
            self.tr("The model has learned: compare it with the one before."),
            self.tr("Model > Teach the model…"),
        )


def _samples() -> Path | None:
    return SAMPLES if SAMPLES.is_dir() else None
