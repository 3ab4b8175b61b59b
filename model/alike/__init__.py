"""All objects of an image that are like an example."""

from model.alike.asking import Hit as Hit
from model.alike.examples import Example as Example
from model.alike.examples import Lesson as Lesson
from model.alike.examples import Likeness as Likeness
from model.alike.scoring import scores as scores
from model.alike.searching import Scale as Scale
from model.alike.searching import learn as learn
from model.alike.searching import lesson_of as lesson_of
from model.alike.searching import search as search
from model.alike.selection import ranked as ranked
from model.alike.shapes import Shape as Shape
