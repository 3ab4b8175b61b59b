"""The formats' titles, options and what each loses, in the language of the window."""

from __future__ import annotations

from app.storage.exchange.formats import Format, Option
from app.ui.words import marked, translate

_WORDS = (
    marked("Formats", "COCO"),
    marked("Formats", "One JSON file; masks as run lengths lose nothing, as polygons they lose "
                      "holes."),
    marked("Formats", "Polygons instead of run lengths"),
    marked("Formats", "SA-1B"),
    marked("Formats", "A JSON file for each image with masks as run lengths; nothing is lost, but "
                      "only this program reads the labels."),
    marked("Formats", "LabelMe"),
    marked("Formats", "A JSON file for each image; holes are joined to outlines by lines, or mask "
                      "shapes, which few other programs read."),
    marked("Formats", "Polygons instead of mask shapes"),
    marked("Formats", "YOLO"),
    marked("Formats", "data.yaml and a text file for each image; parts and holes are joined by "
                      "lines, or boxes."),
    marked("Formats", "Boxes for detection instead of polygons"),
    marked("Formats", "Copy the images too"),
    marked("Formats", "Pascal VOC boxes"),
    marked("Formats", "An XML file for each image; only the boxes are kept."),
    marked("Formats", "Semantic PNG"),
    marked("Formats", "An index image of classes for each image; objects of a class become one."),
    marked("Formats", "Bits for each pixel"),
    marked("Formats", "Instance PNG"),
    marked("Formats", "An index image of objects for each image; where they overlap the upper one "
                      "is seen."),
    marked("Formats", "Folder of masks"),
    marked("Formats", "A black and white PNG for each object; nothing is lost but attributes."),
    marked("Formats", "ISAT"),
    marked("Formats", "A JSON file for each image with polygons in layers; nothing is lost."),
)  # fmt: skip
"""What the formats say of themselves, for translators; a test compares."""


def title_of(what: Format | Option) -> str:
    return translate("Formats", what.title)


def description_of(form: Format) -> str:
    """What it holds and what it loses."""
    return translate("Formats", form.description)
