"""Which pieces of a sub-word tokeniser make up which word: by their places in the expression."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from .errors import PretrainedUnusable
from .tokens import Word

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True)
class WordPieces:
    """The pieces of an expression as a model reads them, with its special ones.

    Args:
        ids: the L numbers of all pieces.
        of_words: for each of the T words kept, the places of its pieces among them; none for a word that the
            tokeniser passes over, such as a character without width. A piece may be of several words.
    """

    ids: tuple[int, ...]
    of_words: tuple[tuple[int, ...], ...]


def read_tokenizer(text: str) -> "Tokenizer":
    """Make a tokeniser from what `tokenizer.json` holds, for expressions as they are.

    It neither cuts nor pads, and "[SEP]" in an expression is not the end of a sentence.

    Raises:
        PretrainedUnusable: if it is malformed.
    """
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str(text)
    except Exception as error:
        if type(error) is not Exception:  # the library raises this very class; all others are faults of ours
            raise
        raise PretrainedUnusable(
            f"a tokenizer.json is malformed ({error}): name another model: "
            "refseg train --encoder transformer:FOLDER"
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return tokenizer


def split_pieces(tokenizer: "Tokenizer", expression: str, words: Sequence[Word], limit: int) -> WordPieces:
    """Cut an expression into pieces, from the first of these words to the last.

    Args:
        tokenizer: of the model.
        expression: as typed.
        words: of it, one or more.
        limit: most pieces that the model takes. Words at the end are left out until they fit; of a single
            word that does not, the first pieces stay.
    """
    start = words[0].start
    text = expression[start : words[-1].end]
    encoding = tokenizer.encode(text)
    special = [bool(flag) for flag in encoding.special_tokens_mask]
    before = len(list(takewhile(bool, special)))
    after = len(list(takewhile(bool, reversed(special)))) if before < len(special) else 0
    inner = range(before, len(special) - after)
    room = min(len(inner), limit - before - after)
    spans = [_without_blanks(text, *encoding.offsets[place]) for place in inner]
    of_words = _pieces_of(words, [(left + start, right + start) for left, right in spans])
    kept = [*takewhile(lambda pieces: all(piece < room for piece in pieces), of_words)]
    kept = kept or [tuple(piece for piece in of_words[0] if piece < room)]
    end = room if len(kept) == len(of_words) else max((piece + 1 for row in kept for piece in row), default=0)
    ids = [*encoding.ids[: before + end], *encoding.ids[len(special) - after :]]
    return WordPieces(tuple(ids), tuple(tuple(before + piece for piece in row) for row in kept))


def _pieces_of(words: Sequence[Word], spans: Sequence[tuple[int, int]]) -> list[tuple[int, ...]]:
    """For each word the numbers of the pieces that share a character with it."""
    return [
        tuple(i for i, (left, right) in enumerate(spans) if max(left, word.start) < min(right, word.end))
        for word in words
    ]


def _without_blanks(text: str, start: int, end: int) -> tuple[int, int]:
    """A span without the blanks at its ends, which some tokenisers count to the word that follows."""
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
