"""Every action once: its words, keys, picture, place in the menu, when it works, what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt

from app.core import cleanup
from app.core.document import ImageStatus
from app.ui.commands import OPACITY_STEP, Commands
from app.ui.words import marked

Run = Callable[[Commands], None]
Test = Callable[[Commands], bool]


def _always(commands: Commands) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do.

    Attributes:
        id: its name in code and settings.
        menu: title of the menu it is in, untranslated.
        text: its words, untranslated.
        run: what it does.
        keys: shortcuts in Qt's portable form; the first is the one shown.
        icon: file in resources/icons, or empty.
        enabled: whether it makes sense now.
        checked: whether it is on, for those that switch; None for those that do.
        ends_group: whether a line follows it in the menu.
    """

    id: str
    menu: str
    text: str
    run: Run
    keys: tuple[str, ...] = ()
    icon: str = ""
    enabled: Test = _always
    checked: Test | None = None
    ends_group: bool = False


FILE = marked("Actions", "&File")
EDIT = marked("Actions", "&Edit")
TOOLS = marked("Actions", "&Tools")
MASK = marked("Actions", "&Mask")
LABEL = marked("Actions", "&Label")
REVIEW = marked("Actions", "&Review")
VIEW = marked("Actions", "&View")
GO = marked("Actions", "&Go")
MODEL = marked("Actions", "M&odel")
HELP = marked("Actions", "&Help")
MENUS = (FILE, EDIT, TOOLS, MASK, LABEL, REVIEW, VIEW, GO, MODEL, HELP)


def _dialog(name: str) -> Run:
    return lambda commands: commands.ask(name)


def _tool(name: str) -> tuple[Run, Test]:
    return (
        lambda commands: commands.take_tool(name),
        lambda commands: commands.toolbox.current.name == name,
    )


def _file_actions() -> tuple[Action, ...]:
    return (
        Action("open-folder", FILE, marked("Actions", "Open &folder…"), _dialog("open-folder"),
               ("Ctrl+O",), "folder"),
        Action("open-images", FILE, marked("Actions", "Open &images…"), _dialog("open-images"),
               ("Ctrl+Shift+O",), "image", ends_group=True),
        Action("save", FILE, marked("Actions", "&Save now"), lambda c: c.context.saver.retry(),
               ("Ctrl+S",), "save", lambda c: c.has_image),
        Action("import", FILE, marked("Actions", "I&mport masks…"), _dialog("import"),
               ("Ctrl+I",), "import", lambda c: c.editable),
        Action("export", FILE, marked("Actions", "&Export…"), _dialog("export"),
               ("Ctrl+E",), "export", lambda c: c.has_image, ends_group=True),
        Action("output-folder", FILE, marked("Actions", "Out&put folder…"),
               _dialog("output-folder"), (), "", lambda c: c.session.folder is not None),
        Action("settings", FILE, marked("Actions", "Se&ttings…"), _dialog("settings"),
               ("Ctrl+,",), "settings", ends_group=True),
        Action("quit", FILE, marked("Actions", "&Quit"), _dialog("quit"), ("Ctrl+Q",), "quit"),
    )  # fmt: skip


def _edit_actions() -> tuple[Action, ...]:
    return (
        Action("undo", EDIT, marked("Actions", "&Undo"), Commands.undo, ("Ctrl+Z",), "undo",
               lambda c: c.can_undo),
        Action("redo", EDIT, marked("Actions", "&Redo"), Commands.redo, ("Ctrl+Shift+Z", "Ctrl+Y"),
               "redo", lambda c: c.can_redo, ends_group=True),
        Action("accept", EDIT, marked("Actions", "Accept &mask"), Commands.accept,
               ("Return", "Enter", "Space"), "accept", lambda c: c.can_accept),
        Action("drop", EDIT, marked("Actions", "Dr&op, or leave the tool"), Commands.drop, ("Esc",),
               "drop", lambda c: c.can_drop, ends_group=True),
        Action("correct", EDIT, marked("Actions", "&Correct an object"), Commands.correct,
               ("S",), "correct", lambda c: c.editable),
        Action("delete", EDIT, marked("Actions", "&Delete selected objects"), Commands.delete,
               ("Del", "Backspace"), "delete", lambda c: c.can_delete),
        Action("lock", EDIT, marked("Actions", "&Lock or unlock"), Commands.toggle_lock, ("L",),
               "lock", lambda c: c.editable and c.selected),
        Action("hide", EDIT, marked("Actions", "&Hide or show"),
               Commands.toggle_hidden, ("Shift+H",),
               "eye-off", lambda c: c.selected, ends_group=True),
        Action("copy", EDIT, marked("Actions", "Cop&y objects"), Commands.copy, ("Ctrl+C",), "",
               lambda c: c.has_image),
        Action("paste", EDIT, marked("Actions", "Pas&te objects"), Commands.paste, ("Ctrl+V",), "",
               lambda c: c.editable and c.context.clipboard.filled, ends_group=True),
        *_object_actions(),
        Action("select-all", EDIT, marked("Actions", "Select &all"),
               Commands.select_all, ("Ctrl+A",),
               "", lambda c: c.has_image),
        Action("next-object", EDIT, marked("Actions", "&Next object"),
               lambda c: c.step_selection(1),
               ("Ctrl+Right", "K"), "", lambda c: c.has_image),
        Action("previous-object", EDIT, marked("Actions", "&Previous object"),
               lambda c: c.step_selection(-1), ("Ctrl+Left", "J"), "", lambda c: c.has_image),
    )  # fmt: skip


def _object_actions() -> tuple[Action, ...]:
    return (
        Action("duplicate", EDIT, marked("Actions", "Duplicat&e objects"),
               lambda c: c.objects.duplicate(), ("Ctrl+D",), "duplicate",
               lambda c: c.objects.possible),
        Action("merge", EDIT, marked("Actions", "Mer&ge into one object"),
               lambda c: c.objects.merge(), ("M",), "merge",
               lambda c: c.objects.possible and len(c.session.selection) > 1),
        Action("split", EDIT, marked("Actions", "Split parts &into objects"),
               lambda c: c.objects.split(), ("Shift+M",), "split",
               lambda c: c.objects.possible),
        Action("object-menu", EDIT, marked("Actions", "&What can be done to an object…"),
               lambda c: c.objects.ask_menu(), ("Menu", "Shift+F10"), "",
               lambda c: c.has_image, ends_group=True),
    )  # fmt: skip


def _tool_actions() -> tuple[Action, ...]:
    rows = (
        ("smart", marked("Actions", "&Click and drag: smart mask"), "Q", False),
        ("box", marked("Actions", "Smart &box"), "W", True),
        ("brush", marked("Actions", "B&rush"), "B", False),
        ("eraser", marked("Actions", "&Eraser"), "E", False),
        ("polygon", marked("Actions", "&Polygon"), "P", False),
        ("corners", marked("Actions", "C&orners of the outline"), "Shift+V", False),
        ("cut", marked("Actions", "C&ut objects by a line"), "I", True),
        ("select", marked("Actions", "&Select objects"), "V", True),
    )
    tools = []
    for name, text, key, ends in rows:
        run, held = _tool(name)
        tools.append(
            Action(f"tool-{name}", TOOLS, text, run, (key,), name, checked=held, ends_group=ends)
        )
    return (
        *tools,
        Action("next-answer", TOOLS, marked("Actions", "&Next answer"),
               lambda c: c.mask_editor.cycle(),
               # Of a single answer, too: elsewhere the next key would go to a field.
               ("Tab",), "next", lambda c: c.mask_editor.active),
        Action("refine", TOOLS, marked("Actions", "Re&fine once more"),
               lambda c: c.mask_editor.refine(),
               ("R",), "refine", lambda c: c.editable and c.mask_editor.state.mask is not None),
        Action("whole-answer", TOOLS, marked("Actions", "&Whole answer, or only around the click"),
               lambda c: c.mask_editor.toggle_scope(), ("Y",), "",
               lambda c: c.editable and c.mask_editor.state.corrects is not None),
        Action("leave-rest", TOOLS, marked("Actions", "Clicks leave e&verything else"),
               Commands.toggle_leaves_rest, ("Shift+Y",), "",
               checked=lambda c: c.mask_editor.leaves_rest, ends_group=True),
        Action("brush-smaller", TOOLS, marked("Actions", "S&maller brush"),
               lambda c: c.toolbox.grow_brush(-1), ("[",)),
        Action("brush-larger", TOOLS, marked("Actions", "&Larger brush"),
               lambda c: c.toolbox.grow_brush(1), ("]",), ends_group=True),
        *_caret_actions(),
        Action("hover", TOOLS, marked("Actions", "Preview un&der the mouse"), Commands.toggle_hover,
               ("Shift+P",), "hover", checked=lambda c: c.mask_editor.hover_previews.enabled),
    )  # fmt: skip


def _caret_actions() -> tuple[Action, ...]:
    return (
        Action("caret", TOOLS, marked("Actions", "Clic&k with the keys: arrows move a mark"),
               lambda c: c.canvas.caret.toggle(), ("F7",), "", lambda c: c.has_image,
               checked=lambda c: c.canvas.caret.takes_arrows),
        Action("caret-click", TOOLS, marked("Actions", "Left click &at the mark"),
               lambda c: c.canvas.caret.click(Qt.MouseButton.LeftButton), ("U",), "",
               lambda c: c.has_image),
        Action("caret-remove", TOOLS, marked("Actions", "Ri&ght click at the mark"),
               lambda c: c.canvas.caret.click(Qt.MouseButton.RightButton),
               ("Shift+U",), "", lambda c: c.has_image),
        Action("caret-drag", TOOLS, marked("Actions", "Drag from &here, or up to here"),
               lambda c: c.canvas.caret.hold(), ("Shift+W",), "", lambda c: c.has_image,
               ends_group=True),
    )  # fmt: skip


def _mask_actions() -> tuple[Action, ...]:
    return (
        Action("fill-holes", MASK, marked("Actions", "&Fill holes"),
               lambda c: c.repair(cleanup.fill_holes), ("Ctrl+H",), "fill-holes",
               lambda c: c.repairable),
        Action("specks", MASK, marked("Actions", "Remove &specks"), Commands.remove_specks,
               ("Ctrl+Shift+H",), "specks", lambda c: c.repairable),
        Action("largest", MASK, marked("Actions", "Keep &largest part"),
               lambda c: c.repair(cleanup.keep_largest), ("Ctrl+L",), "largest",
               lambda c: c.repairable, ends_group=True),
        Action("grow", MASK, marked("Actions", "&Grow by a pixel"),
               Commands.grow, ("Ctrl+]",), "grow",
               lambda c: c.repairable),
        Action("shrink", MASK, marked("Actions", "S&hrink by a pixel"),
               Commands.shrink, ("Ctrl+[",),
               "shrink", lambda c: c.repairable),
        Action("smooth", MASK, marked("Actions", "Smoo&th outline"), Commands.smooth,
               ("Ctrl+Shift+L",), "smooth", lambda c: c.repairable, ends_group=True),
    )  # fmt: skip


def _digit(number: int) -> Run:
    return lambda commands: commands.digit(number)


def _label_actions() -> tuple[Action, ...]:
    digits = (
        Action(f"digit-{n}", LABEL, marked("Actions", "Label {0}, or answer {0}"),
               _digit(n), (str(n),),
               ends_group=n == 9)
        for n in range(1, 10)
    )  # fmt: skip
    return (
        *digits,
        Action("find-label", LABEL, marked("Actions", "Label by na&me…"), _dialog("find-label"),
               ("T",), "search", lambda c: c.has_image),
        Action("add-label", LABEL, marked("Actions", "&New label…"), _dialog("add-label"),
               ("Ctrl+N",), "add", lambda c: c.editable),
        Action("labels", LABEL, marked("Actions", "La&bels and attributes…"), _dialog("labels"),
               ("Ctrl+T",), "", lambda c: c.session.folder is not None),
        Action("merge-labels", LABEL, marked("Actions", "Mer&ge labels…"), _dialog("merge-labels"),
               (), "", lambda c: c.editable and len(c.session.labels) > 1, ends_group=True),
    )  # fmt: skip


def _view_actions() -> tuple[Action, ...]:
    return (
        Action("zoom-in", VIEW, marked("Actions", "Zoom &in"), Commands.zoom_in,
               ("+", "=", "Ctrl++", "Ctrl+="), "zoom-in", lambda c: c.has_image),
        Action("zoom-out", VIEW, marked("Actions", "Zoom &out"), Commands.zoom_out,
               ("-", "Ctrl+-"), "zoom-out", lambda c: c.has_image),
        Action("fit", VIEW, marked("Actions", "&Fit"), lambda c: c.canvas.fit(), ("F", "Ctrl+F"),
               "fit", lambda c: c.has_image),
        Action("actual", VIEW, marked("Actions", "&100 %"), lambda c: c.canvas.actual_size(),
               ("Ctrl+0", "Ctrl+1"), "actual", lambda c: c.has_image),
        Action("keep-view", VIEW, marked("Actions", "&Keep zoom and place"),
               Commands.toggle_keep_view, ("Shift+F",), "",
               checked=lambda c: c.canvas.keeps_view, ends_group=True),
        Action("hold-hide", VIEW, marked("Actions", "&Hide masks while held"), Commands.hide_masks,
               ("H",), "eye-off", lambda c: c.has_image),
        Action("show-all", VIEW, marked("Actions", "Show hidden ob&jects"), Commands.show_all,
               ("Ctrl+Shift+U",), "eye", lambda c: bool(c.session.hidden), ends_group=True),
        Action("by-label", VIEW, marked("Actions", "Colour by &label"),
               Commands.toggle_colors, ("C",),
               "label", checked=lambda c: c.canvas.scene.style.by_label),
        Action("outline", VIEW, marked("Actions", "Ou&tlines"), Commands.toggle_outline, ("O",),
               "outline", checked=lambda c: c.canvas.scene.style.outline),
        Action("fainter", VIEW, marked("Actions", "Masks f&ainter"),
               lambda c: c.change_opacity(-OPACITY_STEP), (",",), "opacity"),
        Action("stronger", VIEW, marked("Actions", "Masks &stronger"),
               lambda c: c.change_opacity(OPACITY_STEP), (".",), "opacity", ends_group=True),
        Action("adjust", VIEW, marked("Actions", "&Brightness and contrast…"), _dialog("adjust"),
               ("Ctrl+B",), "contrast", lambda c: c.has_image, ends_group=True),
        Action("full-screen", VIEW, marked("Actions", "F&ull screen"), _dialog("full-screen"),
               ("F11",)),
    )  # fmt: skip


def _go_actions() -> tuple[Action, ...]:

    def after(c: Commands) -> bool:
        return c.navigator.beside(1) >= 0

    def listed(c: Commands) -> bool:
        return len(c.navigator.images) > 0

    return (
        Action("next-image", GO, marked("Actions", "&Next image"), lambda c: c.navigator.next(),
               ("D", "PgDown"), "next", after),
        Action("previous-image", GO, marked("Actions", "&Previous image"),
               lambda c: c.navigator.previous(), ("A", "PgUp"), "previous",
               lambda c: c.navigator.beside(-1) >= 0),
        Action("next-todo", GO, marked("Actions", "Next image &to do"),
               lambda c: c.navigator.next_todo(), ("Ctrl+Shift+D",), "next-todo",
               listed, ends_group=True),
        Action("first-image", GO, marked("Actions", "&First image"), lambda c: c.navigator.first(),
               ("Home",), "", listed),
        Action("last-image", GO, marked("Actions", "&Last image"), lambda c: c.navigator.last(),
               ("End",), "", listed),
        Action("go-to", GO, marked("Actions", "&Go to an image…"), _dialog("go-to"),
               ("Ctrl+J",), "", listed),
        Action("refresh", GO, marked("Actions", "Look for new images &again"),
               lambda c: c.navigator.refresh(c.context.saver.unsaved), ("F5",), "refine", listed,
               ends_group=True),
        Action("done-next", GO, marked("Actions", "&Done, and next"),
               Commands.done_and_next, ("N",), "done",
               lambda c: c.editable or c.stuck),
        Action("skip-next", GO, marked("Actions", "&Skip this image"),
               Commands.skip_and_next, ("X",), "skip",
               lambda c: c.editable or c.stuck, ends_group=True),
        Action("mark-done", GO, marked("Actions", "This image is d&one"), Commands.toggle_done,
               ("Shift+N",), "", lambda c: c.editable,
               checked=lambda c: c.status is ImageStatus.DONE),
        Action("mark-skipped", GO, marked("Actions", "This image is s&kipped"),
               Commands.toggle_skipped, ("Shift+X",), "", lambda c: c.editable,
               checked=lambda c: c.status is ImageStatus.SKIPPED),
    )  # fmt: skip


def _other_actions() -> tuple[Action, ...]:
    return (
        Action("model", MODEL, marked("Actions", "&Choose a model…"), _dialog("model"), ("Ctrl+M",),
               "model"),
        Action("gpu-server", MODEL, marked("Actions", "GPU &server…"), _dialog("gpu-server")),
        Action("other-model", MODEL, marked("Actions", "&Back to the model before"),
               lambda c: c.context.models.back(), ("Ctrl+Shift+M",), "",
               lambda c: c.context.models.before is not None),
        Action("teach", MODEL, marked("Actions", "&Teach the model…"), _dialog("teach"), (),
               "", lambda c: c.session.folder is not None, ends_group=True),
        Action("close-ups", MODEL, marked("Actions", "Look closer when &zoomed in"),
               Commands.toggle_close_ups, ("Shift+Z",), "zoom-in",
               checked=lambda c: c.context.zoom_embeddings.enabled),
        Action("look-closer", MODEL, marked("Actions", "&Look closer now"), Commands.look_closer,
               ("Z",), "search", lambda c: c.context.zoom_embeddings.can_look),
        Action("shortcuts", HELP, marked("Actions", "&Keyboard shortcuts"), _dialog("shortcuts"),
               ("F1", "?"), "keyboard"),
        Action("edit-shortcuts", HELP, marked("Actions", "&Change keys…"),
               _dialog("edit-shortcuts"), (), "keyboard"),
        Action("guide", HELP, marked("Actions", "Five-minute &guide"),
               _dialog("guide"), ("Shift+F1",),
               "help"),
        Action("diagnostics", HELP, marked("Actions", "Copy &diagnostics"),
               _dialog("copy-diagnostics"), (), "clipboard"),
        Action("about", HELP, marked("Actions", "&About Maskwright"), _dialog("about"), (), "info"),
    )  # fmt: skip


ACTIONS: tuple[Action, ...] = (
    *_file_actions(),
    *_edit_actions(),
    *_tool_actions(),
    *_mask_actions(),
    *_label_actions(),
    *_view_actions(),
    *_go_actions(),
    *_other_actions(),
)
