"""Work that could not be saved is offered at the next start and put back on request only."""

from __future__ import annotations

from pathlib import Path

from app.core.document import Evidence
from app.core.mask import Mask
from app.session.folder.recovery import Recovery
from app.storage.places import Places
from tests.desk import SIZE, Desk, saved_document


def rescued(desk: Desk, folder: Path) -> None:
    """Leave one object in the rescue folder."""
    import numpy as np

    desk.open(folder)
    folder.rename(folder.with_name("unplugged"))
    desk.session.add(Mask.from_array(np.ones(SIZE, np.bool_)), Evidence())
    desk.wait(lambda: desk.session.save_state.kind == "rescued")
    desk.close()
    folder.with_name("unplugged").rename(folder)


def test_rescued_work_is_offered_and_put_back(desk: Desk, folder: Path, places: Places) -> None:
    rescued(desk, folder)
    second = Desk(desk.qtbot, places)
    recovery = Recovery(places.rescue, second.context.io_threads)
    with desk.qtbot.waitSignal(recovery.found):
        recovery.look()
    assert [each.image for each in recovery.rescued] == [folder / "0.png"]
    assert saved_document(folder, "0.png", places).ids == ()
    with desk.qtbot.waitSignal(recovery.restored):
        recovery.restore(recovery.rescued[0])
    assert saved_document(folder, "0.png", places).ids == (1,)
    desk.wait(lambda: recovery.rescued == [])
    second.close()


def test_rescued_work_can_be_discarded(desk: Desk, folder: Path, places: Places) -> None:
    rescued(desk, folder)
    second = Desk(desk.qtbot, places)
    recovery = Recovery(places.rescue, second.context.io_threads)
    with desk.qtbot.waitSignal(recovery.found):
        recovery.look()
    recovery.discard(recovery.rescued[0])
    desk.wait(lambda: recovery.rescued == [])
    assert saved_document(folder, "0.png", places).ids == ()
    second.close()
