"""The actions of the review. Their letters mean this only while it goes on."""

from __future__ import annotations

from collections.abc import Callable

from app.session.review.review import Review
from app.ui.actions import REVIEW, Action
from app.ui.commands import Commands
from app.ui.words import marked


def _at_hand(commands: Commands) -> bool:
    return commands.reviewing and commands.context.review.current is not None


def _asked(name: str) -> Callable[[Commands], None]:
    return lambda commands: commands.ask(name)


def _accept(commands: Commands) -> None:
    commands.accept()


def _reject(commands: Commands) -> None:
    if not commands.remove_mark():
        commands.context.review.reject()


def _edit(commands: Commands) -> None:
    """Begin to correct it; once begun, the letter is the eraser's again."""
    if commands.mask_editor.active:
        commands.toolbox.take("eraser")
    elif not commands.context.review.edit():
        why = commands.tr("This object is locked. The lock in the list of objects unlocks it.")
        commands.told.emit(why)


def _undo(commands: Commands) -> None:
    if commands.toolbox.current.busy or commands.mask_editor.active:
        commands.undo()
    else:
        commands.context.review.undo()


def _can_start(commands: Commands) -> bool:
    images, _ = commands.context.image_list.proposed
    return commands.reviewing or (commands.editable and images > 0)


def _toggle(commands: Commands) -> None:
    queue = commands.context.review
    (queue.stop if queue.active else queue.start)()


def _whole(commands: Commands) -> None:
    """Decide on whole images, or on one proposal after the other; back to its tool if another one
    was taken."""
    review, toolbox = commands.context.review, commands.toolbox
    whole = not review.by_image or toolbox.current.name != "decide"
    review.set_by_image(whole)
    toolbox.take("decide" if whole else "smart")


def _settle(how: Callable[[Review], bool]) -> Callable[[Commands], None]:
    def run(commands: Commands) -> None:
        editor, review = commands.mask_editor, commands.context.review
        if editor.active and (not editor.can_accept or editor.accept() is None):
            commands.told.emit(
                commands.tr("A mask is begun: accept it with Enter or drop it with Esc first.")
            )
        elif review.show_hidden():
            # What nobody sees is not decided on.
            commands.told.emit(
                commands.tr("Hidden proposals are shown now: look at them, then do that again.")
            )
        elif not how(review):
            commands.told.emit(
                commands.tr("Locked proposals are left: the lock in the list unlocks them.")
            )

    return run


def _has_rest(commands: Commands) -> bool:
    review = commands.context.review
    return commands.reviewing and (review.by_image or bool(review.ids)) and not review.ended


REVIEW_ACTIONS: tuple[Action, ...] = (
    Action("propose", REVIEW, marked("Actions", "&Propose masks…"), _asked("propose"),
           ("Ctrl+P",), "everything", lambda c: c.editable),
    Action("find-alike", REVIEW, marked("Actions", "&Find all like this…"), _asked("find"),
           ("Shift+G",), "search", lambda c: c.editable),
    Action("find-words", REVIEW, marked("Actions", "Find by &words…"), _asked("find-words"),
           (), "search", lambda c: c.editable),
    Action("segment-anew", REVIEW, marked("Actions", "Se&gment anew…"), _asked("segment-anew"),
           ("Ctrl+G",), "refine", lambda c: c.editable),
    Action("train-proposer", REVIEW, marked("Actions", "&Train the proposer…"),
           _asked("train-proposer"), (), "model", lambda c: c.editable, ends_group=True),
    Action("review", REVIEW, marked("Actions", "&Review proposals"), _toggle, ("G", "Ctrl+R"),
           "review", _can_start, lambda c: c.reviewing, ends_group=True),
    Action("review-accept", REVIEW, marked("Actions", "&Accept"), _accept, ("A",), "accept",
           _at_hand),
    Action("review-reject", REVIEW, marked("Actions", "Re&ject"),
           _reject, ("X",), "delete", _at_hand),
    Action("review-edit", REVIEW, marked("Actions", "&Edit with the model"), _edit, ("E",),
           "correct", _at_hand),
    Action("review-label", REVIEW, marked("Actions", "&Label…"), _asked("review-label"), ("L",),
           "label", _at_hand),
    Action("review-keep-old", REVIEW, marked("Actions", "&Keep the old mask"),
           lambda c: c.context.review.keep_old(), ("K",), "previous",
           lambda c: _at_hand(c) and c.context.review.can_keep_old),
    Action("review-compare", REVIEW, marked("Actions", "&Compare old and new"),
           _asked("review-compare"), ("C",), "compare",
           lambda c: _at_hand(c) and c.context.review.can_keep_old),
    Action("review-undo", REVIEW, marked("Actions", "&Undo the decision"), _undo, ("U",), "undo",
           lambda c: c.reviewing and (c.can_undo or c.context.review.can_undo), ends_group=True),
    Action("review-later", REVIEW, marked("Actions", "Decide la&ter"),
           lambda c: c.context.review.later(), ("Right",), "next", lambda c: c.reviewing),
    Action("review-back", REVIEW, marked("Actions", "&Back"), lambda c: c.context.review.back(),
           ("Left",), "previous", lambda c: c.reviewing and c.context.review.place > 0),
    Action("review-whole", REVIEW, marked("Actions", "Decide on &whole images"), _whole, ("D",),
           "whole", lambda c: c.reviewing, lambda c: c.context.review.by_image),
    Action("review-accept-selected", REVIEW,
           marked("Actions", "Accept the selecte&d ones, reject the rest"),
           _settle(Review.accept_selected), ("Ctrl+Shift+Return", "Ctrl+Shift+Enter"),
           "accept",
           lambda c: _has_rest(c) and bool(c.context.review.selected)),
    Action("review-accept-rest", REVIEW, marked("Actions", "Accept the rest of the &image"),
           _settle(lambda review: review.settle(accept=True)),
           ("Ctrl+Return", "Ctrl+Enter"), "done", _has_rest),
    Action("review-reject-rest", REVIEW, marked("Actions", "Reject the rest of the imag&e"),
           _settle(lambda review: review.settle(accept=False)), ("Ctrl+Del", "Ctrl+Backspace"),
           "delete", _has_rest, ends_group=True),
    Action("review-above", REVIEW, marked("Actions", "Accept all abo&ve…"),
           _asked("review-above"), ("Shift+A",), "done", _at_hand),
    Action("accept-many", REVIEW, marked("Actions", "Accept in the whole &folder…"),
           _asked("accept-many"), ("Ctrl+Shift+A",), "done", _can_start, ends_group=True),
    Action("audit", REVIEW, marked("Actions", "Aud&it…"), _asked("audit"), (), "search",
           lambda c: c.has_image),
    Action("statistics", REVIEW, marked("Actions", "&Statistics…"), _asked("statistics"), (),
           "statistics", lambda c: c.has_image),
)  # fmt: skip
"""Those whose names begin with ``review-`` work only between beginning and end of a review; other
commands give up their keys meanwhile."""
