"""Whatever samples a reader makes, its index gives the same ones."""

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from refseg_cli.data.clips import Clip
from refseg_cli.data.samples import Sample
from refseg_cli.data.stored_samples import StoredSamples, pack

TEXT = st.text(st.characters(), max_size=8)  # lone surrogates too: file names may hold any bytes
WHOLE = st.integers(-(2**63), 2**63 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
PATHS = TEXT.map(Path)
CLIPS = st.builds(
    Clip,
    path=PATHS,
    n_frames=st.integers(0, 10**6),
    annotated=st.lists(st.integers(0, 10**6), max_size=3).map(tuple),
    names=st.lists(TEXT, max_size=3).map(tuple),
)
SAMPLES = st.builds(
    Sample,
    **dict.fromkeys(("sample_id", "expression", "kind", "dataset", "split", "provenance"), TEXT),
    **dict.fromkeys(("image_id", "height", "width", "category_id", "ann_id", "ref_id"), WHOLE),
    image_path=PATHS,
    annotation=st.dictionaries(TEXT, JSON, max_size=3),
    clip=st.none() | CLIPS,
    word_types=st.lists(TEXT, max_size=3).map(tuple),
)


@given(st.lists(SAMPLES, max_size=5))
def test_samples_survive_storing(samples: list[Sample]) -> None:
    assert list(StoredSamples(pack(samples))) == samples


@given(st.lists(SAMPLES, min_size=1, max_size=3), st.data())
def test_samples_that_share_an_annotation_survive_storing(samples: list[Sample], data: Any) -> None:
    drawn = data.draw(st.lists(st.sampled_from(samples), max_size=8))
    assert list(StoredSamples(pack(drawn))) == drawn
