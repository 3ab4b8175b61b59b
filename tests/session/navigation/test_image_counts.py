"""Sums over the images of a folder are kept while single images change."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.core.document import ImageStatus
from app.core.review import StateCounts, Summary
from app.session.navigation.image_counts import ImageCounts

counts = st.integers(0, 5)
summaries = st.builds(
    Summary, st.sampled_from(ImageStatus), st.builds(StateCounts, counts, counts, counts, counts)
)


@given(st.lists(st.tuples(st.sampled_from("abc"), summaries)))
def test_sums_are_those_of_what_was_put_last(puts: list[tuple[str, Summary]]) -> None:
    kept = ImageCounts()
    for name, summary in puts:
        kept.put(name, summary)
    last = dict(puts).values()
    assert kept.objects == sum((each.objects for each in last), StateCounts())
    assert kept.proposed_images == sum(each.objects.proposed > 0 for each in last)
    assert +kept.statuses == {s: n for s in ImageStatus if (n := [e.status for e in last].count(s))}
