"""What went wrong, in the language of the window.

Problems are made where nothing is known of languages. Their sentences are listed here with places
for what they are about; what is not listed is shown as it is.
"""

from __future__ import annotations

import re
from functools import lru_cache

from app.core.errors import Problem
from app.storage.translations import in_language
from app.ui.exchange_words import PLACES
from app.ui.exchange_words import SENTENCES as OF_FILES
from app.ui.keeping_words import SENTENCES as OF_KEEPING
from app.ui.words import language, marked, translate
from model.messages import Message

SENTENCES = (
    marked("Problem", "One folder, or images of one folder, can be worked on at a time."),
    marked("Problem", "Name a folder that is there."),
    marked("Problem", "There is no {0}."),
    marked("Problem", "There are no images in {0}."),
    marked("Problem", "Name a folder that holds some."),
    marked("Problem", "The objects of {0} cannot be changed. {1}"),
    marked("Problem", "The embedding of {0} could not be kept."),
    marked("Problem", "Check the space on the disk of the cache, and its limit."),
    marked("Problem", "The model failed: {0}"),
    marked("Problem", "No boxes were found: {0}"),
    marked(
        "Problem",
        "{0} boxes have a score of at least {1}; only the surest {2} that differ are kept: "
        "raise confidence in the detector's description.",
    ),
    marked(
        "Problem",
        "{0} took longer than {1} seconds for one image and was stopped: it may hold a loop "
        "without an end; take another detector or a smaller input",
    ),
    marked("Problem", "{0} failed: it wants more than {1} GB of memory for one image"),
    marked(
        "Problem",
        "the detector's scores go from {0} to {1} and not from 0 to 1: say scores = "
        '"sigmoid" in its description, or correct style and classes',
    ),
    marked(
        "Problem",
        "every one of the detector's {0} scores is {1}: it was not exported right, or its "
        "description has another style than it",
    ),
    marked(
        "Problem",
        "of the detector's {0} boxes {1} have no area inside the image, such as x0, y0, x1, "
        "y1 = {2} in an input of {3} x {4} pixels: correct boxes or units in its description",
    ),
    marked(
        "Problem",
        "the detector found the class {0}, which its description does not name: it lists "
        "{1}, counted from 0",
    ),
    marked("Problem", "There are {0} images to learn from, at least {1} are needed."),
    marked(
        "Problem",
        "Label more images and mark them as done, or let unfinished ones teach too.",
    ),
    marked("Problem", "There is no mask that could be audited."),
    marked("Problem", "Accept or propose some first."),
    marked("Problem", "The labels of the folder cannot be changed: {0}"),
    marked("Problem", "The objects of {0} were changed meanwhile."),
    marked("Problem", "Start again."),
    marked("Problem", "{0} cannot be read: {1}."),
    marked("Problem", "The model answered with numbers that are not finite."),
    marked(
        "Problem",
        "Choose another precision or the CPU in the Model menu; the file may also be damaged.",
    ),
    marked("Problem", "No model is loaded."),
    marked("Problem", "This lies outside the image."),
    marked("Problem", "Point at something inside it."),
    marked("Problem", "Objects that lie outside the image and stay as they are: {0}."),
    marked("Problem", "Choose one in the Model menu."),
    marked("Problem", "{0} is used; your work is not touched."),
    marked("Problem", "Built-in"),
    marked("Problem", "there is not enough memory"),
    marked("Problem", "Close other programs if memory is short, or choose a smaller model."),
    marked("Problem", "The model {0} could not be loaded: {1}."),
    marked("Problem", "Choose another one in the Model menu; your work is not touched."),
    marked("Problem", "Something went wrong that should not have: {0}."),
    marked("Problem", "Everything accepted is saved. Details are in {0}."),
    marked("Problem", "Close this dialog and open it again."),
    marked("Problem", "{0} cannot be used: {1}"),
    marked("Problem", "Train it again."),
    marked("Problem", "The detector cannot be used: {0}"),
    marked("Problem", "The copied objects are of an image of {0} x {1} pixels."),
    marked("Problem", "This one has {0} x {1}: masks fit images of their own size alone."),
    marked("Problem", "{0} were changed by another program meanwhile."),
    marked("Problem", "Theirs are shown now; yours lie beside them in {0}."),
    marked("Problem", "The labels"),
    marked("Problem", "The objects of {0}"),
    marked("Problem", "The folder {0} is gone."),
    marked("Problem", "Bring back the disk or the folder."),
    marked("Problem", "{0} is not a folder."),
    marked("Problem", "Choose one that exists."),
    marked("Problem", "Some objects are not saved yet."),
    marked("Problem", "Try again when they are."),
    marked("Problem", "The labels cannot be edited."),
    marked("Problem", "The label was not changed: {0}."),
    marked("Problem", "two labels have the same name: {0}"),
    marked("Problem", "a label's name needs 1 to {0} printable characters, given {1}"),
    marked("Problem", "{0} is being renamed to {1} on other images; try again in a moment"),
    marked("Problem", "{0} images could not be changed: there the label has its old name."),
    marked("Problem", "Merge that label into the new one once they can be."),
    marked("Problem", "{0} has no list of labels."),
    marked("Problem", "There is the label “{0}” already: it is chosen now."),
    marked("Problem", "Press Enter once more for “{0}” as another one."),
    marked("Problem", "Name a folder that has one."),
    marked(
        "Problem",
        "What the labels in {0} mean is not certain: it holds numbers without names, and for label "
        "{1} the lists differ: {2}.",
    ),
    marked(
        "Problem",
        "What the labels in {0} mean is not known: it holds numbers without names, and the list "
        "of labels in {1} cannot be read.",
    ),
    marked("Problem", "Say with which list it was drawn: maskwright labels FOLDER --as FOLDER."),
    marked("Problem", "These images lie on different drives."),
    marked("Problem", "Open one folder at a time."),
    marked("Problem", "The model failed: {0}."),
    marked("Problem", "Try again; if it happens again, choose another model or the CPU."),
    marked("Problem", "The model does not answer."),
    marked("Problem", "Restart it in the status bar; your clicks are kept."),
    marked("Problem", "Your work is not touched."),
    marked("Problem", "The model was started anew."),
    marked("Problem", "Begin once more."),
    marked("Problem", "The objects of {0} were changed by another program."),
    marked(
        "Problem",
        "They are shown as they are now on disk; earlier steps on this image cannot be undone.",
    ),
    marked("Problem", "Nothing can be edited here."),
    marked("Problem", "{0} is not in the open folder."),
    marked("Problem", "The objects of {0} cannot be changed."),
    marked("Problem", "{0} was not saved: {1}."),
    marked("Problem", "The work is kept, and saving is tried again."),
    marked("Problem", "Other objects cover all of this mask."),
    marked("Problem", "Choose another overlap rule, or unlock or delete the objects in the way."),
    marked("Problem", "This very mask is an object with this label already."),
    marked("Problem", "The proposer was trained for another model."),
    marked("Problem", "The audit was written by a newer version of this program."),
    marked("Problem", "The audit was changed by another program."),
    marked("Problem", "{0} was not saved in {1}: {2}."),
    marked("Problem", "Check that it is still there and that you may read it."),
    marked("Problem", "{0} cannot be understood: {1}."),
    marked("Problem", "It is left as it is. Repair it, or move it away to begin anew."),
    marked("Problem", "The folder {0} cannot be read: {1}."),
    marked("Problem", "Check that it is still there and that you may open it."),
    marked(
        "Problem",
        "There are some in the folder {0} inside: open that one, or let the "
        "settings include the folders inside.",
    ),
    marked(
        "Problem",
        "It holds {0} other files ({1}). Images are PNG, JPEG, WebP, TIFF, BMP and GIF files.",
    ),
    marked("Problem", "It is empty. Images are PNG, JPEG, WebP, TIFF, BMP and GIF files."),
    marked("Problem", "{0} is larger than {1} MB and is left as it is."),
    marked("Problem", "The file name {0} is refused: {1}."),
    marked("Problem", "Names in annotation files must be relative to the folder of the images."),
    marked("Problem", "The file name {0} cannot be used."),
    marked("Problem", "The folder {0} takes no files."),
    marked(
        "Problem",
        "The objects can be kept in your own data folder instead, or the images only viewed.",
    ),
    marked("Problem", "{0} cannot be opened: {1}."),
    marked("Problem", "{0} cannot be shown: {1}."),
    marked("Problem", "Copy it again, or save it anew as {0}."),
    marked("Problem", "{0} is empty: it has no bytes."),
    marked("Problem", "Copy it again."),
    marked("Problem", "There is not enough memory to open {0}."),
    marked("Problem", "Close other programs, or make the image smaller."),
    marked("Problem", "{0} is damaged; the defaults are used instead."),
    marked("Problem", "What it held is now in {0}."),
    marked("Problem", "{0} has values that cannot be: {1}."),
    marked("Problem", "It could not be set aside."),
    marked(
        "Problem",
        "{0} is about an image of {1} x {2} pixels, but this one has {3} x {4}. {5}",
    ),
    marked(
        "Problem",
        "Its objects were probably drawn on the image as the camera stored it, "
        "lying on its side; here it is shown upright.",
    ),
    marked("Problem", "The image was probably resized or replaced since its objects were drawn."),
    marked(
        "Problem",
        "Bring back the image that belongs to the file, or move the file away to begin anew.",
    ),
    marked("Problem", "{0} cannot be understood. {1}"),
    marked(
        "Problem",
        "It was written by a newer version of this program, which may know more than this one.",
    ),
    marked("Problem", "The folder is open for editing in another window: {0}."),
    marked("Problem", "Close that one, then open the folder again."),
    marked("Problem", "The program ended unexpectedly the last time."),
    marked("Problem", "Everything accepted was saved. What happened is in {0}."),
    marked("Problem", "The disk is full: free some space."),
    marked("Problem", "Your share of the disk is used up: free some space."),
    marked("Problem", "The disk does not take files of that size."),
    marked(
        "Problem",
        "You may not write there: change the permissions, or choose another folder.",
    ),
    marked("Problem", "The disk is read-only: choose another folder."),
    marked("Problem", "The folder is gone: bring back the disk or the folder."),
    marked("Problem", "The disk or the network reports a fault."),
    marked("Problem", "Rename the image to something shorter."),
    marked("Problem", "The file holds more than one image; the first is shown."),
    marked("Problem", "It holds {0} slices; the first is shown."),
    marked("Problem", "It has {0} channels; the first {1} are shown."),
    marked("Problem", "Its {0} values from {1} to {2} are shown as black to white."),
    marked("Problem", "Where it has no data ({0}) it is black."),
    marked("Problem", "Its upper 8 bits are shown."),
    marked("Problem", "Files that are not shown here: {0}."),
    marked("Problem", "To annotate them, save them as PNG or JPEG."),
    marked("Problem", "{0} folders inside cannot be read."),
    marked("Problem", "The first: {0}"),
    marked("Problem", "There is not enough memory for this image."),
    marked("Problem", "{0} is very large: {1} x {2} pixels."),
    marked("Problem", "{0} is very large: {1} MB on disk."),
    marked("Problem", "Opening it takes about {0} MB of memory."),
    marked("Problem", "it is not an image in a known format"),
    marked("Problem", "it is {0}, which is not read here"),
    marked("Problem", "it is of a kind that cannot be read ({0})"),
    marked("Problem", "its colour model {0} cannot be shown"),
    marked("Problem", "its colour model cannot be shown"),
    marked("Problem", "a BMP in run lengths is not read at this size"),
    marked("Problem", "it is made of too many parts"),
    marked("Problem", "it is made of too many scans"),
    marked("Problem", "its tags hold more than the file"),
    marked("Problem", "it does not tell its size"),
    marked("Problem", "it is cut short"),
    marked("Problem", "it is damaged or cut short ({0})"),
    marked("Problem", "its header is damaged ({0})"),
    marked("Problem", "the end of the file is missing"),
    marked("Problem", "it cannot be decoded ({0})"),
    marked("Problem", "the model is in ONNX, and onnxruntime here runs on {0}"),
    marked("Problem", "{0} was asked for, but this onnxruntime was not built for it"),
    marked("Problem", "clicks run in onnxruntime: {0} for one, torch took {1}"),
    marked("Problem", "clicks too: onnxruntime took {0} for one, torch {1}"),
    marked("Problem", "the files are laid out as {0} exports them"),
    marked("Problem", "its weights are stored in {0} bits, which makes masks coarser"),
    marked("Problem", "it takes no earlier masks, so corrections start from the clicks alone"),
    marked("Problem", "it takes no boxes, so the middle of a box is asked for"),
    *OF_KEEPING,
)


LONGEST = 2000
"""Characters. To find the sentence of a longer text, which only bad files cause, takes long."""


def spoken(problem: Problem) -> str:
    """What happened and what to do."""
    return " ".join(filter(None, (said(problem.what), said(problem.advice))))


def said(text: str) -> str:
    """A sentence, or two of them; file names and words of the system stay as they are."""
    if isinstance(text, Message):
        return in_language(text, language())
    if len(text) > LONGEST:
        return text
    # One sentence before several: a place to fill in would take all the others.
    for end in (found.end() for found in re.finditer(r"[.] ", text)):
        first = _in_other_words(text[: end - 1])
        if first is not None:
            return f"{first} {said(text[end:])}"
    known = _in_other_words(text)
    return text if known is None else known


def placed(text: str) -> str:
    """Where something is in another program's file; the names in it stay as they are."""
    if isinstance(text, Message):
        return in_language(text, language())
    for sentence, pattern in _patterns(PLACES):
        found = pattern.fullmatch(text)
        if found is not None:
            return translate("Place", sentence).format(*found.groups())
    file, comma, inside = text.rpartition(", ")
    return file + comma + placed(inside) if comma else text


def _in_other_words(text: str) -> str | None:
    for sentence, pattern in _patterns(SENTENCES + OF_FILES):
        found = pattern.fullmatch(text)
        if found is not None:
            values = (said(value) for value in found.groups())
            return translate("Problem", sentence).format(*values)
    return None


@lru_cache(maxsize=2)
def _patterns(sentences: tuple[str, ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The more a sentence says itself, the sooner it is tried."""
    ordered = sorted(sentences, key=lambda each: -len(re.sub(r"{\d}", "", each)))
    return tuple((each, re.compile(_pattern(each), re.DOTALL)) for each in ordered)


def _pattern(sentence: str) -> str:
    return "(.+?)".join(re.escape(part) for part in re.split(r"{\d}", sentence))
