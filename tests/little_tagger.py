"""A spaCy pipeline that knows a few words, where `refseg download spacy` would have put one."""

from collections.abc import Mapping
from pathlib import Path

import spacy

from refseg_cli.data.parts_of_speech import DEFAULT_PIPELINE

PARTS = {"dog": "NOUN", "left": "VERB", "right": "ADJ", "holding": "VERB", ",": "PUNCT"}
"""What it says of each word it knows; like the real one, it takes "left" for a verb."""


def write_little_tagger(cache: Path, parts: Mapping[str, str] = PARTS) -> Path:
    """Write it into the cache folder of refseg; it has no opinion on other words."""
    pipeline = spacy.blank("en")
    ruler = pipeline.add_pipe("attribute_ruler")
    for word, part in parts.items():
        ruler.add([[{"LOWER": word}]], {"POS": part})  # type: ignore[attr-defined]
    folder = cache / "spacy" / DEFAULT_PIPELINE
    folder.parent.mkdir(parents=True, exist_ok=True)
    pipeline.to_disk(folder)
    return folder
