"""The words that an encoder knows, each with a number."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from .errors import VectorsUnreadable
from .tokens import split_words

SPECIALS = ("<pad>", "<go>", "<eos>", "<unk>")
UNKNOWN = SPECIALS.index("<unk>")


class Vocabulary:
    """A list of words; the number of a word is its place in the list, and of a repeated word its last place.

    Args:
        words: the list. It starts with `<pad>`, `<go>`, `<eos>`, `<unk>`.

    Raises:
        ValueError: if it starts otherwise.
    """

    def __init__(self, words: Sequence[str]) -> None:
        if tuple(words[: len(SPECIALS)]) != SPECIALS:
            raise ValueError(f"a vocabulary starts with {SPECIALS}, got {tuple(words[: len(SPECIALS)])}")
        self.words = tuple(words)
        self._numbers = {word: number for number, word in enumerate(self.words)}

    @classmethod
    def of(cls, words: Iterable[str]) -> "Vocabulary":
        """A vocabulary of these words, in their order and each once, after the special ones."""
        return cls(tuple(dict.fromkeys((*SPECIALS, *words))))

    @classmethod
    def read(cls, path: Path) -> "Vocabulary":
        """Read a file with one word a line, as the authors publish them (`vocabulary_Gref.txt`).

        Raises:
            VectorsUnreadable: if there is no such file or it does not start with the special words.
        """
        try:
            # Not str.splitlines: it also ends lines at characters that may stand in a word (U+0085, U+2028).
            with path.open(encoding="utf-8", newline="\n") as lines:
                return cls([line.strip() for line in lines])
        except (OSError, ValueError) as error:
            raise VectorsUnreadable(
                f"{path} is no vocabulary ({error}): give a text file with one word a line, first {SPECIALS}"
            ) from error

    def __len__(self) -> int:
        return len(self.words)

    def numbers(self, words: Iterable[str]) -> list[int]:
        """The number of each word; `<unk>`'s for a word that is not in the list."""
        return [self._numbers.get(word, UNKNOWN) for word in words]


def count_words(expressions: Iterable[str], max_words: int) -> dict[str, int]:
    """Count how often each word is said, the most frequent first and equals in alphabetical order.

    Args:
        expressions: sentences; their order does not matter.
        max_words: words that count of each, from its start.

    Raises:
        ExpressionEmpty: if one holds no word.
    """
    counts = Counter(word.text for expression in expressions for word in split_words(expression)[:max_words])
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
