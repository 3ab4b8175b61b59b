"""Examples of what is looked for, on images of a folder: named one by one, or by their label."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from app.batch.folder import BatchFolder
from app.core.document import Annotation, Document, ImageStatus, State
from app.core.errors import Problem
from app.core.mask import Mask
from app.core.progress import Progress, no_progress
from app.inference.alike import shape_of
from app.inference.questions import Cancelled
from app.storage.object_store import StoreGoneError
from model.alike import Lesson, Likeness, Scale, lesson_of
from model.interface import Model
from model.messages import say

MOST_EXAMPLES = 200
"""Accepted masks of a label that are looked at; more hardly tell more."""
MOST_IMAGES = 40
MADE = (State.ACCEPTED, State.EDITED)
_NUMBERED = re.compile(r"(.+)#(\d+)")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Object ``number`` of the image ``name``, whose name is relative to its folder."""

    name: str
    number: int

    @classmethod
    def read(cls, text: str) -> Place:
        """From ``IMAGE#ID``.

        Raises:
            Problem: it is written otherwise.
        """
        found = _NUMBERED.fullmatch(text)
        if found is None:
            raise Problem(
                say("{text} names no object.", text),
                say("Name the image and the object's number, as photo.jpg#3."),
            )
        return cls(found[1], int(found[2]))


@dataclass(frozen=True, slots=True)
class Examples:
    """Masks that are like what is looked for, and masks of what it is not.

    Attributes:
        like, unlike: image names and masks.
    """

    like: tuple[tuple[str, Mask], ...]
    unlike: tuple[tuple[str, Mask], ...] = ()

    @property
    def inputs(self) -> object:
        """All that determines what is learned from them."""
        return [[(name, mask.counts) for name, mask in some] for some in (self.like, self.unlike)]

    def on(self, names: Sequence[str]) -> Examples:
        """Those on these images."""
        kept = set(names)
        return Examples(
            tuple(each for each in self.like if each[0] in kept),
            tuple(each for each in self.unlike if each[0] in kept),
        )

    @property
    def images(self) -> list[str]:
        """Names of the images that hold an example of what is looked for."""
        return sorted({name for name, _ in self.like})


def named(folder: BatchFolder, like: Sequence[Place], unlike: Sequence[Place]) -> Examples:
    """The masks of these objects.

    Raises:
        Problem: there is none, an image or an object is gone, or a mask is empty.
    """
    if not like:
        raise Problem(say("There is no example."), say("Select one object or more first."))
    documents: dict[str, Document] = {}

    def mask(place: Place) -> tuple[str, Mask]:
        if place.name not in documents:
            if not folder.has(place.name):
                raise Problem(
                    say("The image {name} of an example is not there.", place.name),
                    say("Name an image of the folder, as it is called in it."),
                )
            documents[place.name] = folder.objects(place.name, to_write=False).document
        return place.name, mask_of(documents[place.name], place.number)

    return Examples(tuple(map(mask, like)), tuple(map(mask, unlike)))


def mask_of(document: Document, number: int) -> Mask:
    """The mask of an example.

    Raises:
        Problem: there is no such object, or it has no pixels.
    """
    found = document.get(number)
    if found is None:
        raise Problem(
            say("The example, object {number}, is not there any more.", number),
            say("Select another one."),
        )
    if not found.mask.area:
        raise Problem(
            say("The example, object {number}, has no pixels.", number),
            say("Select an object that has a mask."),
        )
    return found.mask


def of_label(folder: BatchFolder, label_id: int, name: str) -> tuple[Examples, list[str]]:
    """The accepted masks of a label, other accepted masks beside them as what it is not.

    Returns:
        The examples, and the images among theirs that are done: nothing is missing on these.

    Raises:
        Problem: there is none.
    """
    found: list[tuple[bytes, str, Annotation]] = []
    done = []
    for image in folder.names:
        try:
            document = folder.objects(image, to_write=False).document
        except StoreGoneError:
            raise
        except Problem:
            # What cannot be read teaches nothing; the other commands say what is wrong with it.
            continue
        made = [each for each in document if each.state in MADE and each.mask.area]
        if any(each.label_id == label_id for each in made):
            found += [(_drawn(image, each.id), image, each) for each in made]
            if document.status is ImageStatus.DONE:
                done.append(image)
    images = sorted({image for _, image, _ in found}, key=lambda image: _drawn(image, 0))
    kept = set(images[:MOST_IMAGES])
    chosen = [each for each in sorted(found, key=lambda each: each[0]) if each[1] in kept]
    like = [(image, each.mask) for _, image, each in chosen if each.label_id == label_id]
    unlike = [(image, each.mask) for _, image, each in chosen if each.label_id != label_id]
    if not like:
        raise Problem(
            say("No accepted object has the label {name}.", name),
            say("Accept one or more first, or select an example."),
        )
    examples = Examples(tuple(like[:MOST_EXAMPLES]), tuple(unlike[:MOST_EXAMPLES]))
    return examples, [image for image in done if image in kept]


def _drawn(image: str, number: int) -> bytes:
    """A lot that falls the same each time."""
    text = f"{number} {image}".encode("utf-8", "surrogateescape")
    return blake2b(text, digest_size=8).digest()


def learned_from(
    folder: BatchFolder,
    examples: Examples,
    model: Model,
    cancelled: Cancelled = lambda: False,
    progress: Progress = no_progress,
    told: Callable[[Problem], object] = lambda problem: None,
) -> Likeness:
    """What examples on several images have in common.

    Args:
        told: gets why an image could not be read; the others teach.

    Raises:
        Problem: none of the images could be read.
        Cancelled: ``cancelled()`` became true.
    """
    like, unlike = _by_image(examples.like), _by_image(examples.unlike)
    names = sorted({*like, *unlike})
    scale = Scale.of([shape_of(mask) for _, mask in examples.like])
    lessons: list[Lesson] = []
    problem: Problem | None = None
    for number, name in enumerate(names):
        progress(number, len(names))
        try:
            pixels = folder.picture(name).pixels
        except Problem as error:
            if isinstance(error, StoreGoneError):
                raise
            problem = error
            told(error)
            continue
        good, bad = map(shape_of, like[name]), map(shape_of, unlike[name])
        lessons.append(lesson_of(model, pixels, [*good], [*bad], scale, None, cancelled))
    progress(len(names), len(names))
    if not any(lesson.like for lesson in lessons):
        raise problem or Problem(say("There is no example."))
    return Likeness.of(lessons, model.identity)


def _by_image(some: Sequence[tuple[str, Mask]]) -> dict[str, list[Mask]]:
    found: dict[str, list[Mask]] = defaultdict(list)
    for name, mask in some:
        found[name].append(mask)
    return found
