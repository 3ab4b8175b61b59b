from dataclasses import replace

from app.core.attributes import Attribute
from app.core.frozen import EMPTY
from app.core.label_sets import edited_onto, merged, replaced
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


def test_a_new_label_of_a_set_gets_a_colour_that_no_label_here_has() -> None:
    here = LabelSet().with_added("car").with_added("bus")
    other = LabelSet().with_names(["fruit", "plate"]).without(1)
    assert {each.color for each in here} & {each.color for each in other}
    found = merged(here, other).labels
    assert len({each.color for each in found}) == len(found) == 5
    named = LabelSet((Label(1, "car", "#010203"), Label(2, "van", here.label(1).color)), 3)
    after = merged(here, named).labels
    assert after.label(2).color == "#010203"
    assert len({each.color for each in after}) == len(after)


def test_what_somebody_edited_goes_onto_what_the_labels_are_meanwhile() -> None:
    before = LabelSet().with_added("car").with_added("bus").with_added("van")
    after = before.without(4).with_renamed(2, "lorry").with_added("dog").with_moved(3, 0)
    now = before.with_recoloured(2, "#010203").with_renamed(3, "coach").with_added("cow")
    found = edited_onto(now, before, after)
    assert [(each.id, each.name) for each in found] == [
        (3, "coach"), (1, "object"), (2, "lorry"), (6, "dog"), (5, "cow"),
    ]  # fmt: skip
    assert found.label(2).color == "#010203"
    assert edited_onto(now, before, before) == now


def test_attributes_that_came_meanwhile_stay_unless_they_were_edited_too() -> None:
    before = LabelSet().with_added("car")
    now, after = before.with_attributes(None, [WORN]), before.with_renamed(2, "bus")
    assert edited_onto(now, before, after).attributes == (WORN,)
    assert edited_onto(now, before, after.with_attributes(None, [PARKED])).attributes == (PARKED,)


def test_a_key_that_somebody_chose_is_taken_from_the_label_that_has_it_by_now() -> None:
    before = LabelSet().with_added("car")
    now = before.with_added("cow").with_key(3, "Shift+C")
    found = edited_onto(now, before, before.with_key(2, "Shift+C"))
    assert [(each.name, each.key) for each in found] == [
        ("object", 1), ("car", "Shift+C"), ("cow", None),
    ]  # fmt: skip


def test_a_label_that_was_renamed_and_taken_away_meanwhile_is_there_under_its_new_name() -> None:
    before = LabelSet().with_names(["car", "dog"])
    after = before.with_renamed(2, "lorry")
    now = edited_onto(before.without(2).with_names(["cat"]), before, after)
    assert [(each.id, each.name) for each in now] == [
        (1, "object"), (2, "lorry"), (3, "dog"), (4, "cat")
    ]  # fmt: skip


def test_a_label_that_nobody_changed_stays_away() -> None:
    before = LabelSet().with_names(["car", "dog"])
    now = edited_onto(before.without(2), before, before.with_renamed(3, "hound"))
    assert [each.name for each in now] == ["object", "hound"]


def test_one_that_came_under_the_new_name_meanwhile_takes_the_place_of_the_one_that_went() -> None:
    before = LabelSet().with_names(["car"])
    after = before.with_replaced(replace(before.label(2), name="lorry", description="large"))
    now = edited_onto(before.without(2).with_names(["lorry"]), before, after)
    assert [(each.id, each.name, each.description) for each in now] == [
        (1, "object", ""), (3, "lorry", "large")
    ]  # fmt: skip
