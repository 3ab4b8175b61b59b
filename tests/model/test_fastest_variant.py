"""Of several ways, the one that was fastest here is taken."""

from __future__ import annotations

from model.runtime_onnx.fastest_variant import ROUNDS, FastestVariant


class Watch:
    """A clock that the ways move on themselves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_ways_take_turns_and_then_the_fastest_stays() -> None:
    watch, taken = Watch(), list[str]()
    seconds = {"slow": [1.0] * 20, "quick": [9.0, *[0.5] * 20]}

    def work(way: str) -> str:
        taken.append(way)
        watch.now += seconds[way].pop(0)
        return way

    turns = FastestVariant([lambda: "slow", lambda: "quick"], watch)
    for _ in range(2 * ROUNDS):
        turns.run(work)
    assert taken == ["slow", "quick"] * ROUNDS
    # The slow first run of the quick one was its preparation.
    assert [turns.run(work) for _ in range(3)] == ["quick"] * 3


def test_a_way_is_made_when_its_turn_comes() -> None:
    made: list[str] = []

    def way(name: str) -> str:
        made.append(name)
        return name

    turns = FastestVariant([lambda: way("first"), lambda: way("second")])
    turns.run(str)
    assert made == ["first"]
    for _ in range(3 * ROUNDS):
        turns.run(str)
    assert made == ["first", "second"]
