"""The counts of a dataset as a table and histograms for people."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .bars import bars
from .stats import Comparison, Stats, category_rows, length_rows, share_rows
from .tally import MOST_WORDS, Tally

_LABEL, _NUMBER = 20, 12


def stats_text(stats: Stats) -> str:
    """Draw the counts: a column a split, published counts below our own, then histograms."""
    return "\n".join([*_table(stats), *_histograms(stats)])


def _table(stats: Stats) -> Iterator[str]:
    columns = stats.columns()
    pictures = "videos" if any(counted.clips for counted in columns.values()) else "images"
    sources: list[str] = []
    yield _line(stats.name, columns)
    for what, label in (("expressions", "sentences"), ("references", "objects"), ("pictures", pictures)):
        yield _line(label, (f"{counted.counts()[what]:,}" for counted in columns.values()))
        rows = [row for row in stats.comparisons() if row.what == what]
        for source in dict.fromkeys(row.source for row in rows):
            sources += [] if source in sources else [source]
            found = {row.split: row for row in rows if row.source == source}
            yield from _published(sources.index(source) + 1, [found.get(column) for column in columns])
    yield from _words(columns)
    yield from ([""] if sources else [])
    yield from (f"[{number}] {source}" for number, source in enumerate(sources, start=1))


def _words(columns: Mapping[str, Tally]) -> Iterator[str]:
    every = columns.values()
    yield _line("words a sentence", (f"{counted.mean_length:.2f}" for counted in every))
    yield _line(f"cut at {MOST_WORDS} words", (f"{counted.n_cut:,}" for counted in every))
    yield _line("different words", (f"{len(counted.vocabulary):,}" for counted in every))


def _published(number: int, found: Sequence[Comparison | None]) -> Iterator[str]:
    """What a source says, and how much more (+) or less (-) there is here."""
    if any(found):
        yield _line(f"  published [{number}]", (f"{row.published:,}" if row else "" for row in found))
    if any(row and row.difference for row in found):
        yield _line("    difference", (_signed(row.difference) if row else "" for row in found))


def _histograms(stats: Stats) -> Iterator[str]:
    everything = stats.everything()
    yield from ("", *bars("words in a sentence", length_rows(everything)))
    if len(everything.kinds) > 1:
        yield from ("", *bars("kinds of sentences", everything.kinds.most_common()))
    if categories := category_rows(everything, stats.category_names):
        yield from ("", *bars("categories of the objects named", categories))
    if n_measured := len(everything.shares):
        n_all = len(everything.references)
        some = "" if n_measured == n_all else f" ({n_measured:,} of {n_all:,} objects measured)"
        title = f"part of the picture that the mask fills{some}"
        yield from ("", *bars(title, share_rows(everything)))


def _signed(number: int) -> str:
    return f"{number:+,}" if number else "0"


def _line(label: str, cells: Iterable[str]) -> str:
    return (f"{label:<{_LABEL}}" + "".join(f"{cell:>{_NUMBER}}" for cell in cells)).rstrip()
