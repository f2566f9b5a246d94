"""The types that parts of speech let one expect, for all sentences of a training: tagged once, before it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from refseg_cli import console

from .parts_of_speech import DEFAULT_PIPELINE, Tagger
from .pos_word_types import word_type_of
from .samples import Sample

_AT_ONCE = 1_000  # sentences; their trees need some kilobytes each until the words are typed


def with_expected_types(samples: Sequence[Sample], root: Path) -> list[Sample]:
    """Give each sample the types that the parts of speech of its words let one expect, as its `word_types`.

    A word of which nothing is expected gets "". Each sentence is tagged once, however many samples have it.

    Args:
        samples: of a training.
        root: data root, where spaCy's pipeline may lie.

    Raises:
        TaggerMissing: if the pipeline is not there.
    """
    tagger = Tagger.load(DEFAULT_PIPELINE, root)
    actions = any(sample.clip is not None for sample in samples)  # which networks for videos tell apart
    sentences = list(dict.fromkeys(sample.expression for sample in samples if sample.expression.strip()))
    console.say(f"tagging the words of {len(sentences):,} sentences with {tagger.name}")
    types: dict[str, tuple[str, ...]] = {}
    with console.progress(len(sentences), "tagging words") as advance:
        for start in range(0, len(sentences), _AT_ONCE):
            some = sentences[start : start + _AT_ONCE]
            for sentence, tags in zip(some, tagger.tag(some), strict=True):
                types[sentence] = tuple(word_type_of(tag, actions) or "" for tag in tags)
            advance(len(some))
    return [replace(sample, word_types=types.get(sample.expression, ())) for sample in samples]
