"""The best, the median and the worst answers of an evaluation, with the types of their words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from refseg.encoders.tokens import split_words

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Piece:
    """A word of a sentence with its type, or what stands between words, with none.

    Attributes:
        text: As it stands in the sentence.
        word_type: One of `WORD_TYPES`, or empty.
    """

    text: str
    word_type: str = ""


@dataclass(frozen=True)
class Example:
    """An answer that is shown.

    Attributes:
        sample_id: Of the sentence.
        rank: "best", "median" or "worst".
        pieces: The sentence.
        iou: Of the final mask, between 0 and 1.
    """

    sample_id: str
    rank: str
    pieces: tuple[Piece, ...]
    iou: float


def examples(records: Sequence[Record], each_rank: int = 3) -> list[Example]:
    """Choose some of each rank, each of another photo as far as there are photos.

    Args:
        records: Of an evaluation, one for each sentence.
        each_rank: How many of a rank.
    """
    return [
        Example(record["sample_id"], rank, pieces(record), _iou(record))
        for rank, record in _chosen(records, each_rank)
    ]


def pieces(record: Record) -> tuple[Piece, ...]:
    """Cut a sentence into its words with their types, and what stands between them."""
    expression, types = record["expression"], record["word_types"]
    if not types:
        return (Piece(expression),)
    cut, end = [], 0
    for word, word_type in zip(split_words(expression), types, strict=False):  # the last may not be read
        cut += [Piece(expression[end : word.start]), Piece(expression[word.start : word.end], word_type)]
        end = word.end
    return tuple(piece for piece in (*cut, Piece(expression[end:])) if piece.text)


def _chosen(records: Sequence[Record], each_rank: int) -> Iterator[tuple[str, Record]]:
    ordered = sorted(records, key=lambda record: (-_iou(record), record["sample_id"]))
    middle = len(ordered) // 2
    from_middle = sorted(range(len(ordered)), key=lambda place: abs(place - middle))
    orders = {"best": ordered, "median": [ordered[place] for place in from_middle], "worst": ordered[::-1]}
    seen: set[int] = set()
    for rank, order in orders.items():
        for record in _of_other_photos(order, seen)[:each_rank]:
            seen.add(record["image_id"])
            yield rank, record


def _of_other_photos(order: Sequence[Record], seen: set[int]) -> list[Record]:
    first_of_photo: dict[int, Record] = {}
    for record in order:
        if record["image_id"] not in seen:
            first_of_photo.setdefault(record["image_id"], record)
    return list(first_of_photo.values())


def _iou(record: Record) -> float:
    return float(record.get("crf", record)["iou"])
