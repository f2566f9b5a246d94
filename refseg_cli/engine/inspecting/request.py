"""What an inspection is asked for, and the sentences that it looks at."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from refseg_cli import console
from refseg_cli.data.datasets import find_dataset, how_to_get
from refseg_cli.data.index import indexed
from refseg_cli.data.look.choose import spread
from refseg_cli.data.parts_of_speech import DEFAULT_PIPELINE
from refseg_cli.data.readers.refer import read_refer
from refseg_cli.data.samples import Sample
from refseg_cli.data.splits import HUMAN_SETS
from refseg_cli.errors import DataError, UsageError

from .corpus import Asked
from .sample import SENTENCES

__all__ = ["Request", "asked_sentences"]

STDIN = "-"
_LONGEST = 10_000  # characters; a parser takes seconds for more


@dataclass(frozen=True)
class Request:
    """What a user asked `refseg inspect-words` for.

    Attributes:
        checkpoints: One, or two to compare.
        expressions: Sentences; "-" alone for those on standard input.
        file: With a sentence a line; "-" for standard input.
        dataset: Whose sentences are looked at.
        split: Of it.
        limit: At most so many sentences, evenly spread.
        data: Folder under which named datasets lie.
        pipeline: Of spaCy, by name or folder.
        require_pos: Whether to stop where it is missing.
        gold: Whether to compare with the true types.
        csv: A file for the words, or a folder for the words and all tables.
        plot: A PNG file.
        device: Where the network runs.
        force: Whether to replace files.

    Raises:
        UsageError: If options do not fit together, or a file is there already.
    """

    checkpoints: tuple[str, ...] = ("small",)
    expressions: Sequence[str] = ()
    file: str | None = None
    dataset: str | None = None
    split: str = "val"
    limit: int | None = None
    data: Path = Path("data")
    pipeline: str = DEFAULT_PIPELINE
    require_pos: bool = False
    gold: bool = False
    csv: Path | None = None
    plot: Path | None = None
    device: str = "auto"
    force: bool = False

    def __post_init__(self) -> None:
        """Check what the types do not say."""
        given = [name for name in ("expressions", "file", "dataset") if getattr(self, name)]
        if len(given) > 1:
            raise UsageError(
                "give expressions, --file or --dataset, one of them: refseg inspect-words --help"
            )
        if self.gold and self.dataset is None:
            raise UsageError(
                "--gold needs sentences whose true types are known: "
                "refseg inspect-words --gold --dataset shapes"
            )
        if self.plot is not None and self.plot.suffix != ".png":
            raise UsageError(f"--plot writes .png, not {self.plot.name}")
        for option, path in (("--csv", self.csv), ("--plot", self.plot)):
            if path is not None and path.exists() and not self.force:
                raise UsageError(
                    f"{path}: exists already; name another after {option}, or replace it with --force"
                )


def asked_sentences(request: Request) -> list[Asked]:
    """Gather the sentences to look at; blank ones are left out.

    Raises:
        DataError: If a file or dataset is missing or broken, or there is no sentence.
        UsageError: If true types are asked for that the dataset does not know.
    """
    asked = [Asked(_utf8(each.text), each.gold) for each in _gathered(request) if each.text.strip()]
    if not asked:
        raise DataError('there is no sentence to look at; give one: refseg inspect-words "man on the left"')
    if request.gold and not any(each.gold for each in asked):
        raise UsageError(
            f"{request.dataset} does not know the true types of words; "
            "one that does: refseg inspect-words --gold --dataset shapes"
        )
    if request.limit is not None and len(asked) > request.limit:
        console.say(f"{request.limit:,} of {len(asked):,} sentences, evenly spread")
        asked = spread(asked, request.limit)
    return asked


def _utf8(text: str) -> str:
    """The text with ? for what is no character, such as a byte that was not UTF-8, in its place.

    Raises:
        DataError: If it is far too long for a sentence.
    """
    if len(text) > _LONGEST:
        raise DataError(
            f"a sentence of {len(text):,} characters, which begins {text[:40]!r}, is none; "
            "give a file with one sentence a line: refseg inspect-words --file FILE"
        )
    return text.encode("utf-8", "replace").decode("utf-8")


def _gathered(request: Request) -> list[Asked]:
    if request.dataset is not None:
        samples = _samples(request.dataset, request.split, request.data)
        return [Asked(sample.expression, tuple(sample.word_types)) for sample in samples]
    if STDIN in (request.file, *request.expressions[:1]):
        return _lines(sys.stdin.buffer.read(), "standard input")
    if request.file is not None:
        try:
            return _lines(Path(request.file).read_bytes(), request.file)
        except OSError as error:
            raise DataError(f"{request.file} cannot be read ({error.strerror}); check --file") from None
    return [Asked(text) for text in request.expressions or SENTENCES]


def _lines(content: bytes, name: str) -> list[Asked]:
    try:
        return [Asked(line.strip()) for line in content.decode("utf-8-sig").splitlines()]
    except UnicodeDecodeError as error:
        raise DataError(
            f"{name} is not text in UTF-8 ({error.reason}); save it so, with one sentence a line"
        ) from None


def _samples(dataset: str, split: str, root: Path) -> Sequence[Sample]:
    """The samples of a split; photos need not be there, unless the dataset is measured by them."""
    folder = Path(dataset)
    if all((folder / name / "instances.json").is_file() for name, _ in HUMAN_SETS):
        return [sample for name, refs in HUMAN_SETS for sample in read_refer(folder / name, refs, split)]
    reader = find_dataset(dataset, root)
    if absent := [source for source in reader.sources(split) if not source.exists()]:
        raise DataError(f"{reader.name}: {absent[0]} is missing; {how_to_get(reader)}")
    return indexed(reader, split)
