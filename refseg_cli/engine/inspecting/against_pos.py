"""Learned types against parts of speech: how far they agree, and over which words they differ."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from refseg_cli.data.parts_of_speech import WordTag

from .agreement import chance_information, cohens_kappa, contingency, entropy, mutual_information
from .corpus import Corpus, InspectedSentence, InspectedWord
from .tables import Cell, Column, Table

__all__ = ["against_pos", "disagreements", "pos_types", "tagged_several_ways"]

_LONGEST = 12  # rows of a list of words


def _tagged(corpus: Corpus) -> list[tuple[InspectedWord, WordTag, InspectedSentence]]:
    return [(word, word.tag, sentence) for word, sentence in corpus.words if word.tag is not None]


def pos_types(corpus: Corpus) -> Table:
    """Count which part of speech got which type: by the likeliest type, and by the sums of probabilities."""
    words: dict[str, list[InspectedWord]] = defaultdict(list)
    for word, tag, _ in _tagged(corpus):
        words[tag.pos].append(word)
    columns = [Column("pos", "POS"), Column("words", "words", ",d")]
    for name in corpus.types:
        columns += [Column(name, name, ",d"), Column(f"{name}_share", "%", ".0%"), Column(f"{name}_mass", "")]
    rows = [
        _pos_row(pos, words[pos], corpus.types) for pos in sorted(words, key=lambda pos: -len(words[pos]))
    ]
    return Table("pos_types", "Parts of speech and learned types", tuple(columns), tuple(rows))


def _pos_row(pos: str, words: Sequence[InspectedWord], types: Sequence[str]) -> tuple[Cell, ...]:
    counts = Counter(word.type for word in words)
    mass = np.sum([word.probabilities for word in words], axis=0)
    row: list[Cell] = [pos, len(words)]
    for name, sum_ in zip(types, mass, strict=True):
        row += [counts[name], counts[name] / len(words), float(sum_)]
    return tuple(row)


def against_pos(corpus: Corpus) -> Mapping[str, Cell]:
    """Measure how far learned types agree with those that parts of speech let one expect.

    Returns:
        `n_words` with a tag; `n_expected`, those of which a type is expected, and of them `agreement`, the
        share whose likeliest type it is, `mean_probability` of it, `commonest`, the share that always saying
        one type would get, and Cohen's `kappa`; of all words `mutual_information` of part of speech and
        type, `chance_information`, what unrelated sortings of so many words would show, and
        `type_entropy`, the most that there could be, all in bits. Empty without parts of speech.
    """
    tagged = _tagged(corpus)
    if not tagged:
        return {}
    expected = [(word.expected, word) for word, _, _ in tagged if word.expected is not None]
    square = contingency(((name, word.type) for name, word in expected), corpus.types, corpus.types)
    parts = sorted({tag.pos for _, tag, _ in tagged})
    joint = contingency(((tag.pos, word.type) for word, tag, _ in tagged), parts, corpus.types)
    n = len(expected)
    probable = sum(word.probabilities[corpus.types.index(name)] for name, word in expected)
    return {
        "n_words": len(tagged),
        "n_expected": n,
        "agreement": float(np.trace(square) / n) if n else None,
        "mean_probability": probable / n if n else None,
        "commonest": float(square.sum(axis=1).max() / n) if n else None,
        "kappa": cohens_kappa(square),
        "mutual_information": mutual_information(joint),
        "chance_information": chance_information(joint),
        "type_entropy": entropy(joint.sum(axis=0)),
    }


def disagreements(corpus: Corpus) -> Table:
    """List the words over which the network and the parts of speech differ most.

    They are ordered by the sum, over the times that they differ, of the probability that the network puts on
    its own choice beyond the expected type.
    """
    uses = Counter(word.text for word, _, _ in _tagged(corpus))
    margin: dict[tuple[str, str, str, str], float] = defaultdict(float)
    times: Counter[tuple[str, str, str, str]] = Counter()
    example: dict[tuple[str, str, str, str], str] = {}
    for word, tag, sentence in _tagged(corpus):
        if not word.differs:
            continue
        key = (word.text, tag.pos, str(word.expected), word.type)
        margin[key] += word.p - word.probabilities[corpus.types.index(str(word.expected))]
        times[key] += 1
        example.setdefault(key, sentence.text)
    columns = (
        Column("word", "word"),
        Column("pos", "POS"),
        Column("expected", "expected"),
        Column("type", "learned"),
        Column("times", "times", ",d"),
        Column("of", "of", ",d"),
        Column("margin", "", ".2f"),
        Column("example", "such as"),
    )
    rows = [
        (*key, times[key], uses[key[0]], margin[key], example[key])
        for key in sorted(margin, key=lambda key: -margin[key])[:_LONGEST]
    ]
    return Table("disagreements", "Words on which they disagree most", columns, tuple(rows))


def tagged_several_ways(corpus: Corpus) -> Table:
    """List the words that spaCy itself tags now so, now so: there the comparison says little of the network.

    They are ordered by how often another part of speech than the word's usual one was given.
    """
    parts: dict[str, Counter[str]] = defaultdict(Counter)
    for word, tag, _ in _tagged(corpus):
        parts[word.text][tag.pos] += 1
    unsure = {text: tags.total() - max(tags.values()) for text, tags in parts.items() if len(tags) > 1}
    ordered = sorted(unsure, key=lambda text: -unsure[text])[:_LONGEST]
    rows = [
        (text, parts[text].total(), ", ".join(f"{pos} {n:,}" for pos, n in parts[text].most_common()))
        for text in ordered
    ]
    columns = (Column("word", "word"), Column("words", "times", ",d"), Column("pos", "spaCy's tags"))
    return Table("tagged_several_ways", "Words that spaCy tags now so, now so", columns, tuple(rows))
