"""The actions that say something of the selected objects beside their label."""

from __future__ import annotations

from app.core.describing import flag_set, free_group, group_set
from app.core.details import Flag
from app.ui.actions import LABEL, Action, Run, Test
from app.ui.commands import Commands
from app.ui.words import marked


def _flag(flag: Flag) -> tuple[Run, Test]:
    def run(commands: Commands) -> None:
        chosen = commands.session.selection
        commands.session.describe(chosen, flag_set(flag, not holds(commands)))

    def holds(commands: Commands) -> bool:
        document, chosen = commands.session.document, commands.session.selection
        flags = [each.details.flags for each in document or () if each.id in chosen]
        return bool(flags) and all(flag in each for each in flags)

    return run, holds


def _group(commands: Commands) -> None:
    document = commands.session.document
    if document is not None:
        commands.session.describe(commands.session.selection, group_set(free_group(document)))


def _ungroup(commands: Commands) -> None:
    commands.session.describe(commands.session.selection, group_set(None))


def _selected(commands: Commands) -> bool:
    return commands.editable and commands.selected


def _grouped(commands: Commands) -> bool:
    document, chosen = commands.session.document, commands.session.selection
    return _selected(commands) and any(
        each.details.group is not None for each in document or () if each.id in chosen
    )


def _flag_actions() -> tuple[Action, ...]:
    rows = (
        (Flag.OCCLUDED, marked("Actions", "&Occluded"), "Shift+O"),
        (Flag.TRUNCATED, marked("Actions", "&Truncated"), "Shift+T"),
        (Flag.DIFFICULT, marked("Actions", "&Difficult"), "Shift+D"),
        (Flag.CROWD, marked("Actions", "C&rowd: many objects in one"), ""),
    )
    found = []
    for flag, text, key in rows:
        run, holds = _flag(flag)
        keys = (key,) if key else ()
        found.append(Action(f"flag-{flag.value}", LABEL, text, run, keys, "", _selected, holds))
    return tuple(found)


DESCRIBING_ACTIONS: tuple[Action, ...] = (
    Action("attribute-mode", LABEL, marked("Actions", "Attribu&te mode"),
           lambda c: c.ask("attribute-mode"), ("Shift+E",), "", lambda c: c.editable),
    *_flag_actions(),
    Action("group", LABEL, marked("Actions", "Gro&up"), _group, ("Ctrl+U",), "",
           lambda c: c.editable and len(c.session.selection) > 1),
    Action("ungroup", LABEL, marked("Actions", "Take out of the grou&p"), _ungroup,
           ("Ctrl+Shift+G",), "", _grouped),
)  # fmt: skip
