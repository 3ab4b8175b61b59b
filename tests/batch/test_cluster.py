"""What the machine does that hands images out to the workers of a cluster."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from app.batch.cluster import Pool
from app.batch.cluster_worker import Place, Sent
from app.batch.folder import Address
from app.batch.run import CannotGoOn
from app.core.labels import LabelSet
from app.inference.questions import Choice
from app.storage.object_store import StoreGoneError


def test_a_store_that_is_away_ends_the_run_with_the_sentence_of_one_machine(
    tmp_path: Path,
) -> None:
    def away(name: str) -> Sent:
        raise StoreGoneError("The store does not answer.")

    place = Place(Address(tmp_path), 1, ("a.png", 1), Choice(), (tmp_path, 1))
    actor = SimpleNamespace(version=SimpleNamespace(remote=lambda: "asked"), do=SimpleNamespace())
    actor.do.remote = lambda *_: pytest.fail("it was handed out all the same")
    kind = SimpleNamespace(options=lambda **_: SimpleNamespace(remote=lambda: actor))
    ray = SimpleNamespace(put=lambda value: value, remote=lambda _: kind)
    pool = Pool(ray, place, 1, 0, lambda: False, lambda _: None, lambda _: None)
    pool._members[0].ready = True
    with pytest.raises(CannotGoOn, match="The store does not answer") as raised:
        next(pool.steps(["a.png"], lambda *_: pytest.fail("no job is made here"), LabelSet(), away))
    assert raised.value.advice == "Start again to go on once it is there."
