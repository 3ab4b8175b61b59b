"""What the actions do: the one place where a key or a menu entry meets the session."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal, Slot

from app.core import cleanup
from app.core.document import ImageStatus, State
from app.core.mask import Mask
from app.session.assembly import AppContext
from app.ui.canvas.view import Canvas
from app.ui.canvas.viewport import ZOOM_STEP
from app.ui.object_commands import ObjectCommands
from app.ui.panels.banner import Banner
from app.ui.panels.image_menu import copy_names
from app.ui.tools.toolbox import Toolbox

GROW_PX = 1.0
SMOOTH_PX = 2.0
OPACITY_STEP = 0.1
OPACITIES = (0.0, 1.0)


class Commands(QObject):
    """Acts on the session through the tool in hand.

    ``dialog_wanted`` names a dialog to open; ``told`` is a sentence for the banner.
    """

    changed = Signal()
    """What is possible may be other than before."""
    dialog_wanted = Signal(str)
    told = Signal(str)
    told_of_mask = Signal(str)
    """A sentence about the mask begun; of no use once it is accepted or dropped."""
    left_as = Signal(str)
    """What has become of the image that was left, where that may not have been meant."""

    def __init__(
        self,
        context: AppContext,
        canvas: Canvas,
        toolbox: Toolbox,
        banner: Banner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.context = context
        self.session, self.mask_editor = context.session, context.mask_editor
        self.canvas = canvas
        self.navigator = context.navigator
        self.toolbox = toolbox
        self.banner = banner
        banner.toggled.connect(self.changed)
        self._accept_at: int | None = None
        self.objects = ObjectCommands(context, canvas, lambda: toolbox.speck_px, self)
        self._connect()

    def _connect(self) -> None:
        context = self.context
        self.objects.told.connect(self.told)
        self.mask_editor.changed.connect(self._on_pending)
        context.merger.finished.connect(self._on_merged)
        context.merger.taken_back.connect(self._on_parted)
        for signal in (
            self.mask_editor.changed,
            self.session.image_opened,
            self.session.history_changed,
            self.session.selection_changed,
            self.session.hidden_changed,
            self.session.read_only_changed,
            self.session.folder_labels.changed,
            self.navigator.current_changed,
            self.navigator.listing_grew,
            self.navigator.statuses_changed,
            self.navigator.shown_changed,
            self.toolbox.changed,
            self.toolbox.busy_changed,
            context.review.changed,
            context.clipboard.changed,
            context.zoom_embeddings.changed,
            context.models.changed,
        ):
            signal.connect(self.changed)

    # -- what is possible

    @property
    def has_image(self) -> bool:
        return self.session.picture is not None

    @property
    def editable(self) -> bool:
        return self.has_image and self.session.read_only is None

    @property
    def stuck(self) -> bool:
        """Whether the image at hand cannot be read: then one can but go on."""
        place, images = self.navigator.current, self.navigator.images
        return place >= 0 and not self.has_image and images[place].name in images.unreadable

    @property
    def reviewing(self) -> bool:
        """Whether proposals are looked at one by one."""
        return self.context.review.active

    @property
    def can_accept(self) -> bool:
        if self.reviewing and self.context.review.current is not None:
            return True
        return (
            self.toolbox.current.busy
            or self.mask_editor.can_accept
            or self.mask_editor.is_predicting
        )

    @property
    def can_drop(self) -> bool:
        gesture = self.toolbox.current.busy or self.mask_editor.active or self.reviewing
        gesture = gesture or self.banner.tells_problem
        return gesture or bool(self.session.selection) or self.toolbox.current.name != "smart"

    @property
    def can_undo(self) -> bool:
        done = self.mask_editor.can_undo or self.session.undo_name is not None
        return self.toolbox.current.busy or done

    @property
    def can_redo(self) -> bool:
        return self.mask_editor.can_redo or (
            not self.mask_editor.active and self.session.redo_name is not None
        )

    @property
    def answers(self) -> int:
        """How many there are to choose from; one is no choice."""
        count = len(self.mask_editor.candidates)
        return count if count > 1 else 0

    @property
    def selected(self) -> bool:
        return bool(self.session.selection)

    @property
    def one_selected(self) -> bool:
        return len(self.session.selection) == 1 and not self.mask_editor.active

    @property
    def repairable(self) -> bool:
        """Whether there is a mask at hand: pending, or of selected objects."""
        return self.editable and (self.mask_editor.state.mask is not None or self.objects.possible)

    # -- the mask being made

    def accept(self) -> None:
        """Complete the gesture, or accept the mask; one still asked for as soon as it is there."""
        if self.toolbox.current.finish():
            return
        if self.mask_editor.can_accept:
            self._accept_at = None
            walking = self.reviewing or self.context.auditing.active
            if self.mask_editor.accept() is not None and not walking:
                self.session.select([])
        elif self.mask_editor.is_predicting:
            self._accept_at = self.mask_editor.state.revision
        elif self.reviewing and not self.mask_editor.active:
            self.context.review.accept()

    def drop(self) -> None:
        """A problem that is told, the gesture, the mask being made, the review, the selection, the
        tool: the first there is.
        """
        if self.banner.tells_problem:
            self.banner.hide()
            return
        if self.toolbox.current.cancel():
            self.canvas.caret.forget_hold()
            return
        if self.mask_editor.active:
            self.mask_editor.drop()
        elif self.reviewing:
            self.context.review.stop()
        elif self.session.selection:
            self.session.select([])
        else:
            self.toolbox.take("smart")

    def take_tool(self, name: str) -> None:
        """Have this tool in hand.

        From selecting to a tool that makes new objects, the selection goes: else the digit pressed
        for the next object would give its label to the one that was selected before.
        """
        makes_new = name in ("smart", "box") and self.toolbox.current.name == "select"
        if makes_new and not (
            self.mask_editor.active or self.reviewing or self.context.auditing.active
        ):
            self.session.select([])
        self.toolbox.take(name)

    def undo(self) -> None:
        if self.toolbox.current.undo():
            return
        if self.mask_editor.can_undo:
            self.mask_editor.undo()
        elif self.mask_editor.active:
            self.mask_editor.clear()
        else:
            self.session.undo()

    def redo(self) -> None:
        if self.mask_editor.can_redo:
            self.mask_editor.redo()
        elif not self.mask_editor.active:
            self.session.redo()

    def digit(self, number: int) -> None:
        """An answer while there is a choice of them, else a label."""
        if number <= self.answers:
            self.mask_editor.choose(number - 1)
            return
        label = self.session.labels.by_key(number)
        if label is not None:
            self.use_label(label.id)

    def use_label(self, label_id: int) -> None:
        """Give it to what is corrected, or selected with no mask pending, and to what comes."""
        if self.mask_editor.editing is not None:
            self.session.set_label([self.mask_editor.editing], label_id)
        elif self.session.selection and not self.mask_editor.active:
            self.session.set_label(self.session.selection, label_id)
        self.session.folder_labels.activate(label_id)

    def correct(self) -> None:
        """Go on with the selected object, or the one under the mouse, where its mask stands."""
        if self.mask_editor.active:
            self.told_of_mask.emit(self.tr("A mask is begun: Enter accepts it, Esc drops it."))
            return
        chosen = self.session.selection
        if not chosen and self.canvas.under_mouse is not None:
            found = self.session.object_at(*self.canvas.under_mouse)
            chosen = frozenset() if found is None else frozenset({found})
        if len(chosen) != 1:
            one = self.tr("Select one object alone to correct it.")
            none = self.tr(
                "Point at an object, or select one («tool-select», or «previous-object» and "
                "«next-object»), to correct it."
            )
            self.told.emit(one if chosen else none)
        elif self.mask_editor.start_from(next(iter(chosen))):
            self.session.select(chosen)
            if self.toolbox.current.name == "select":
                self.toolbox.take("smart")
        else:
            why = self.tr("This object is locked. The lock in the list of objects unlocks it.")
            self.told.emit(why)

    def repair(self, how: Callable[[Mask], Mask]) -> None:
        """A repair of the mask at hand; of the selected objects where none is pending."""
        if self.mask_editor.state.mask is not None:
            before = self.mask_editor.state.mask
            self.mask_editor.apply(how)
            if self.mask_editor.state.mask is before:
                self.told.emit(self.tr("There was nothing to change."))
        elif self.one_selected:
            self.mask_editor.start_from(next(iter(self.session.selection)))
            self.mask_editor.apply(how)
        elif self.objects.possible:
            self.objects.repair(how)

    def remove_specks(self) -> None:
        self.repair(lambda mask: cleanup.remove_specks(mask, self.toolbox.speck_px))

    def grow(self) -> None:
        self.repair(lambda mask: cleanup.grow(mask, GROW_PX))

    def shrink(self) -> None:
        self.repair(lambda mask: cleanup.shrink(mask, GROW_PX))

    def smooth(self) -> None:
        self.repair(lambda mask: cleanup.smooth(mask, SMOOTH_PX))

    def remove_mark(self) -> bool:
        """Take away the click, box or corner under the mouse; False if there is none."""
        if self.editable and self.toolbox.current.remove_near():
            return True
        grip = self.canvas.mark_under_mouse if self.editable else None
        if grip is None or self.toolbox.current.busy:
            return False
        if grip.point is not None:
            self.mask_editor.remove_point(grip.point)
        else:
            self.mask_editor.remove_box()
        return True

    # -- done with an image

    def done_and_next(self) -> None:
        """Not with a mask that is neither accepted nor dropped: which of the two is meant?"""
        if self._is_begun(self.tr("«done-next» again marks the image done.")):
            return
        document, place = self.session.document, self.navigator.current
        waiting = sum(each.state is State.PROPOSED for each in document or ())
        if waiting and self.reviewing:
            self._ask_done(self.navigator.images[place].name, waiting)
        else:
            self._leave_done(waiting)

    def _ask_done(self, name: str, waiting: int) -> None:
        """In a review proposals are decided on: what becomes of those that are not?"""
        # Imported when it is first needed, as above all dialogs.
        from app.ui.dialogs.done_question import DoneQuestion

        def leave(_: Sequence[str], rejecting: bool) -> None:
            if not rejecting:
                self._leave_done(waiting)
            elif self.context.review.settle(accept=False):
                if self.context.review.ended:
                    self._leave_done(0)
            else:
                why = self.tr("Locked proposals are left: the lock in the list unlocks them.")
                self.told.emit(why)

        DoneQuestion(leave, [name], {name: waiting}, self.canvas.window()).open()

    def _leave_done(self, waiting: int) -> None:
        document, place = self.session.document, self.navigator.current
        self.navigator.done_and_next()
        if document is None or place < 0:
            return
        kept = sum(each.state not in (State.PROPOSED, State.REJECTED) for each in document)
        name = self.navigator.images[place].name
        if waiting:
            text = self.tr("{0} is done with %n proposal(s) undecided.", "", waiting)
        elif not kept and self.context.preferences.value.empty_done_told:
            text = self.tr("{0} is done with nothing on it.")
        else:
            return
        self.left_as.emit(text.format(name))

    def skip_and_next(self) -> None:
        if self.remove_mark():
            return
        if self._is_begun(self.tr("«skip-next» again skips the image.")):
            return
        self.navigator.skip_and_next()

    @property
    def several(self) -> tuple[str, ...]:
        """Images selected in the list, if there are several and the keyboard is there."""
        selected = self.navigator.selected
        return selected.names if selected.at_hand and len(selected) > 1 else ()

    def toggle_done(self) -> None:
        self._toggle(ImageStatus.DONE)

    def toggle_skipped(self) -> None:
        self._toggle(ImageStatus.SKIPPED)

    def _toggle(self, status: ImageStatus) -> None:
        # Imported when it is first needed: its dialog is behind a command.
        from app.ui.dialogs.done_question import toggle

        place, names = self.navigator.current, self.several
        if not names and place >= 0 and (self.status is status or not self._is_begun("")):
            names = (self.navigator.images[place].name,)
        if names:
            toggle(self.context.marking, names, status, self.canvas.window())

    def reopen(self) -> None:
        """Take back what is said of the image, that it is done or that it is skipped."""
        if self.status in (ImageStatus.DONE, ImageStatus.SKIPPED):
            self.context.marking.toggle(self.status)

    @property
    def status(self) -> ImageStatus:
        """Of the open image."""
        return self.context.marking.current

    def _is_begun(self, then: str) -> bool:
        """Whether a mask is begun; if so it is said what to do with it."""
        begun = self.mask_editor.active or self.toolbox.current.busy
        if begun:
            what = self.tr("A mask is begun: Enter accepts it, Esc drops it.")
            self.told_of_mask.emit(f"{what} {then}".strip())
        return begun

    # -- objects

    @property
    def can_delete(self) -> bool:
        marked = self.toolbox.current.shows_marks and not self.mask_editor.prompt.is_empty
        marked = marked or self.toolbox.current.near_mark
        return self.editable and (self.selected or self.toolbox.current.busy or marked)

    def delete(self) -> None:
        """The last corner of an outline under way, and no object meanwhile."""
        if self.toolbox.current.busy:
            self.toolbox.current.undo()
            return
        if self.remove_mark():
            return
        suggested = self.context.review.preselected
        chosen = self.session.selection - suggested
        if suggested and not chosen:
            self.told.emit(
                self.tr(
                    "The program selected these, so nothing was deleted. A right click rejects "
                    "one, «review-reject-rest» all that wait."
                )
            )
            return
        self.session.delete(chosen)
        if chosen & self.session.selection:
            why = self.tr("Locked objects stay. The lock in the list of objects unlocks them.")
            self.told.emit(why)

    def copy(self) -> None:
        if several := self.several:
            copy_names(several)
            self.told.emit(self.tr("%n name(s) copied.", "", len(several)))
            return
        count = self.context.clipboard.copy()
        copied = self.tr("%n object(s) copied. «paste» adds them to another image.", "", count)
        self.told.emit(copied if count else self.tr("There is no object to copy."))

    def paste(self) -> None:
        count = self.context.clipboard.paste()
        added = self.tr("%n object(s) added.", "", count)
        self.told.emit(added if count else self.tr("What was copied is here already."))

    def select_all(self) -> None:
        document = self.session.document
        self.session.select([a.id for a in document or () if a.id not in self.session.hidden])

    def toggle_lock(self) -> None:
        document, chosen = self.session.document, self.session.selection
        if document is not None:
            lock = not all(document.annotation(each).locked for each in chosen)
            self.session.set_locked(chosen, lock)

    def step_selection(self, steps: int) -> None:
        """Select the next or previous object and bring it into sight."""
        document = self.session.document
        if document is None or not len(document):
            return
        ids = [a.id for a in document if a.state is not State.REJECTED]
        chosen = next(iter(self.session.selection), None)
        place = ids.index(chosen) + steps if chosen in ids else (0 if steps > 0 else -1)
        found = document.annotation(ids[place % len(ids)])
        self.session.select([found.id])
        if found.mask.bounds is not None:
            self.canvas.show_box(found.mask.bounds)

    # -- the view: nothing of it is saved with the masks

    def zoom_in(self) -> None:
        self.canvas.zoom(ZOOM_STEP**2)

    def zoom_out(self) -> None:
        self.canvas.zoom(ZOOM_STEP**-2)

    def toggle_keep_view(self) -> None:
        self.canvas.keeps_view = not self.canvas.keeps_view
        self.changed.emit()

    def change_opacity(self, by: float) -> None:
        style = self.canvas.scene.style
        self.set_opacity(style.opacity + by)

    def set_opacity(self, opacity: float) -> None:
        """Of the masks' colour, 0 to 1."""
        low, high = OPACITIES
        self.canvas.scene.change_style(opacity=round(min(max(opacity, low), high), 2))
        self.changed.emit()

    def toggle_colors(self) -> None:
        self.canvas.scene.change_style(by_label=not self.canvas.scene.style.by_label)
        self.changed.emit()

    def toggle_outline(self) -> None:
        self.canvas.scene.change_style(outline=not self.canvas.scene.style.outline)
        self.changed.emit()

    def toggle_leaves_rest(self) -> None:
        self.context.preferences.set(leaves_rest=not self.mask_editor.leaves_rest)
        self.changed.emit()

    def toggle_hover(self) -> None:
        guide = self.mask_editor.hover_previews
        guide.set_enabled(not guide.enabled)
        self.changed.emit()

    def toggle_close_ups(self) -> None:
        zoom_embeddings = self.context.zoom_embeddings
        zoom_embeddings.set_enabled(not zoom_embeddings.enabled)
        self.changed.emit()

    def look_closer(self) -> None:
        self.context.zoom_embeddings.look_now()

    def toggle_hidden(self) -> None:
        self.session.toggle_hidden(self.session.selection)

    def show_all(self) -> None:
        self.session.set_hidden([])

    def hide_masks(self) -> None:
        """Until the key is let go."""
        self.canvas.set_masks_hidden(True)

    # -- dialogs, and what they did

    def ask(self, dialog: str) -> None:
        self.dialog_wanted.emit(dialog)

    @Slot(int, int, int)
    def _on_merged(self, objects: int, images: int, left: int) -> None:
        done = self.tr("%n object(s) got the other label.", "", objects)
        self.told.emit(done if objects else self.tr("No object had that label."))

    @Slot(int)
    def _on_parted(self, images: int) -> None:
        self.told.emit(self.tr("The labels are two again on %n image(s).", "", images))

    @Slot()
    def _on_pending(self) -> None:
        if self._accept_at is None:
            return
        if self.mask_editor.state.revision != self._accept_at:
            self._accept_at = None
        elif self.mask_editor.can_accept:
            self.accept()
