from app.core.attributes import Attribute
from app.core.frozen import EMPTY
from app.core.label_sets import merged, replaced
from app.core.labels import Label, LabelSet

WORN, PARKED = Attribute("worn", key="W"), Attribute("parked", key="W")
HERE = LabelSet(
    (
        Label(3, "car", "#111111", 1, attributes=(WORN,)),
        Label(5, "dog", "#222222", 2, description="any dog"),
    ),
    8,
)
THERE = LabelSet(
    (
        Label(1, "cat", "#333333", 2),
        Label(2, "car", "#444444", "Shift+C", EMPTY, "no vans", (PARKED,)),
    ),
    3,
    EMPTY,
    (Attribute("blurred"),),
)


def test_merging_adds_and_takes_over_and_takes_nothing_away() -> None:
    plan = merged(HERE, THERE)
    car, dog, cat = plan.labels
    assert (car.id, car.color, car.key, car.description) == (3, "#444444", "Shift+C", "no vans")
    assert [(each.name, each.key) for each in car.attributes] == [("worn", "W"), ("parked", None)]
    assert (dog.id, dog.key, dog.description) == (5, 2, "any dog")
    # Of the two that would have the digit it is the one that is here already.
    assert (cat.id, cat.key, cat.color) == (8, 3, "#333333")
    assert plan.labels.attributes == THERE.attributes
    assert plan.labels.next_id == 9
    assert (plan.added, plan.removed, plan.kept) == (("cat",), (), ("dog",))
    assert plan.changed == ("car",)
    assert plan.keys_lost == ()


def test_replacing_leaves_the_files_labels_in_its_order_with_the_ids_of_here() -> None:
    plan = replaced(HERE, THERE)
    assert [(each.id, each.name) for each in plan.labels] == [(8, "cat"), (3, "car")]
    assert plan.labels.get(3) == Label(3, "car", "#444444", "Shift+C", EMPTY, "no vans", (PARKED,))
    assert (plan.added, plan.removed) == (("cat",), ("dog",))


def test_replacing_keeps_labels_that_something_has() -> None:
    plan = replaced(HERE, THERE, {5})
    assert [each.name for each in plan.labels] == ["cat", "car", "dog"]
    assert (plan.removed, plan.kept, plan.keys_lost) == ((), ("dog",), ("dog",))


def test_the_same_set_changes_nothing() -> None:
    assert merged(HERE, HERE).labels == HERE
    assert replaced(HERE, HERE).labels == HERE
    assert merged(HERE, HERE).changed == ()
