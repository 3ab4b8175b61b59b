"""What is said where something cannot be kept: saving, locks, settings, drafts and closing."""

from __future__ import annotations

from app.ui.words import marked

SENTENCES = (
    marked("Problem", "A link takes {0} out of its folder."),
    marked(
        "Problem",
        "Nothing is written through it: put a file or a folder in the place of the link.",
    ),
    marked("Problem", "{0} would be larger than {1} MB."),
    marked("Problem", "It could not be read again, so it is not written: split up what it holds."),
    marked("Problem", "{0} cannot be set aside: {1} others were."),
    marked("Problem", "Delete some of them."),
    marked(
        "Problem",
        "The masks that were begun earlier cannot be read: {0} is damaged, or of a newer version.",
    ),
    marked("Problem", "The file is now {0}; nothing in it was changed."),
    marked(
        "Problem",
        "Another computer has the folder open for editing, or left it so: {0}.",
    ),
    marked("Problem", "If nobody works there any more, take the folder over."),
    marked("Problem", "It is left as it is until something is kept there."),
    marked("Problem", "The audit is not changed: this window only shows the folder."),
)
