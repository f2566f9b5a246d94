"""Builds the text encoder of a run: the words that it knows, and the vectors that they start from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from refseg.encoders.base import TextEncoder
from refseg.encoders.glove import Vectors
from refseg.encoders.lstm import LstmGlove
from refseg.encoders.registry import build_encoder
from refseg.encoders.transformer import TransformerEncoder
from refseg.encoders.vocabulary import SPECIALS, Vocabulary, count_words
from refseg_cli import console
from refseg_cli.data.mixture import Mixture
from refseg_cli.data.word_types import mirrored
from refseg_cli.errors import ConfigError, DataError
from refseg_cli.files import write_text

from .run_config import TextConfig
from .word_vectors import read_word_vectors

WORDS_FILE = "words_without_vector.txt"
_ALL_OF_VECTORS = "vectors"
_MOST_TOLD = 10


def training_sentences(mixture: Mixture) -> Iterator[str]:
    """The sentences of a run as it sees them: where photos are mirrored, also with left and right exchanged.

    Raises:
        DataError: if a sentence is empty.
    """
    for sample in mixture.samples:
        if not sample.expression.strip():
            raise DataError(f"{sample.sample_id}: its sentence is empty; see the data: refseg data check")
        yield sample.expression
        if mixture.config.flip:
            yield mirrored(sample.expression)


def load_text_encoder(config: TextConfig, sentences: Iterable[str], root: Path) -> TextEncoder:
    """Build the text encoder of a run with what it starts from.

    Args:
        config: which one, and what it is made of; to a plug-in's `from_config` go its name and its options.
        sentences: those that it is trained on, in any order.
        root: data root.

    Raises:
        EncoderNotFound, EncoderBroken: if there is no such encoder, or it does not work.
        ConfigError, VectorsUnreadable, CheckpointError, PretrainedUnusable: if what it starts from does not
            fit or is missing.
    """
    if config.name == LstmGlove.name:
        return _load_lstm_glove(config, sentences, root)
    if config.name == TransformerEncoder.name:
        return _load_transformer(config, root)
    return build_encoder({**config.options, "name": config.name})


def _load_lstm_glove(config: TextConfig, sentences: Iterable[str], root: Path) -> LstmGlove:
    """Build the encoder with its vocabulary and word vectors, and tell which words have none.

    Words without a vector start at zero: see `LstmGlove.load_vectors`. Of the vectors, only those of the
    vocabulary are kept in memory.

    Args:
        config: what it is made of.
        sentences: those that it is trained on, in any order.
        root: data root.

    Returns:
        The encoder. Its `provenance` has `known`, the number of its words; `vectors`, where they are from;
        and `without_vector`, the words that have none, those said most often first.

    Raises:
        ConfigError: if the vectors have another width, or all their words are asked for and there are none.
        VectorsUnreadable, CheckpointError: if a file is missing or is not what it should be.
    """
    counts = count_words(sentences, config.encoder.max_words)
    vocabulary, source, vectors = _words_and_vectors(config, counts, root)
    for vector in vectors.values():
        if len(vector) != config.encoder.embedding_width:
            raise ConfigError(
                f"the word vectors ({source}) have {len(vector)} numbers and not "
                f"{config.encoder.embedding_width}: --set text.encoder.embedding_width={len(vector)}"
            )
    encoder = LstmGlove(vocabulary, config.encoder)
    missing = encoder.load_vectors(vectors) if config.glove else []
    missing.sort(key=lambda word: -counts.get(word, 0))
    known = len(set(vocabulary.words) - {"", *SPECIALS})
    encoder.provenance = {"known": known, "vectors": source, "without_vector": missing}
    console.say(_told(known, source, missing, counts))
    return encoder


def _load_transformer(config: TextConfig, root: Path) -> TransformerEncoder:
    """Load a pretrained transformer, with the sizes of `lstm-glove` where it has none of its own."""
    asked, sizes = config.transformer, config.encoder
    width, max_words = asked.width or sizes.width, asked.max_words or sizes.max_words
    try:
        encoder = TransformerEncoder.load(replace(asked, width=width, max_words=max_words), root)
    except ValueError as error:
        raise ConfigError(f"{error}: --set text.transformer.tuned_layers=0") from None
    told = encoder.config()
    n_tuned = sum(weight.numel() for weight in encoder.tuned())
    tuned = f"{n_tuned:,} of its weights are tuned" if n_tuned else "frozen"
    console.say(
        f"text encoder: {asked.model}, {told['revision'] or 'sha256 ' + told['sha256'][:12]}; {tuned}"
    )
    return encoder


def write_words_without_vector(encoder: TextEncoder, folder: Path) -> None:
    """Write the words without a vector into the folder of a run, one a line, if there are any.

    Raises:
        DataError: if it cannot be written.
    """
    if words := encoder.provenance.get("without_vector"):
        write_text(folder / WORDS_FILE, "".join(f"{word}\n" for word in words))


def _words_and_vectors(
    config: TextConfig, counts: Mapping[str, int], root: Path
) -> tuple[Vocabulary, str, Vectors]:
    """The words that are known, where their vectors are from, and those that have one."""
    if config.vocabulary == _ALL_OF_VECTORS:
        if not config.glove:
            raise ConfigError(
                "text.vocabulary names the words of text.glove, which is empty: --set text.vocabulary="
            )
        source, vectors = read_word_vectors(config.glove, root, None)
        return Vocabulary.of(vectors), source, vectors
    vocabulary = Vocabulary.read(root / config.vocabulary) if config.vocabulary else Vocabulary.of(counts)
    if not config.glove:
        return vocabulary, "random start", {}
    return vocabulary, *read_word_vectors(config.glove, root, {word.strip() for word in vocabulary.words})


def _told(known: int, source: str, missing: Sequence[str], counts: Mapping[str, int]) -> str:
    """How many words have no vector, which share of the vocabulary and of what is said, and the first ten."""
    if not missing:
        return f"{known:,} words; vectors: {source}"
    said = sum(counts.get(word, 0) for word in missing) / max(1, sum(counts.values()))
    shares = f"{len(missing) / known:.1%}, {said:.1%} of what is said"
    first = ", ".join([*map(repr, missing[:_MOST_TOLD]), *(["…"] if len(missing) > _MOST_TOLD else [])])
    return (
        f"{len(missing):,} of {known:,} words ({shares}) have no vector and start at zero: {first}; "
        f"vectors: {source}"
    )
