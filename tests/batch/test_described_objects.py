"""What a batch adds is described as what a person adds."""

from pathlib import Path

import numpy as np

from app.batch.folder import BatchFolder
from app.core.attributes import Attribute
from app.core.document import Source
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.storage.places import Places
from tests.ui.kit import write_image


def test_new_objects_of_a_batch_get_the_defaults_of_their_label(tmp_path: Path) -> None:
    write_image(tmp_path / "images", "a.png")
    folder = BatchFolder.of([tmp_path / "images"], Places.below(tmp_path / "home"))
    labels = LabelSet().with_attributes(1, (Attribute("worn", default=False), Attribute("new")))
    folder.project.save_labels(labels, folder.project.read_labels().token)
    folder = BatchFolder.of([tmp_path / "images"], Places.below(tmp_path / "home"))
    held = folder.objects("a.png")
    mask = Mask.from_array(np.ones((120, 160), np.bool_))
    folder.write(held, held.document.with_added(mask, 1, source=Source.AUTOMATIC))
    (found,) = folder.objects("a.png").document
    assert found.attributes == {"worn": False}
