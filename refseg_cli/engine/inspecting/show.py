"""What was found, as text: sentences word for word, then what holds over all of them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from shutil import get_terminal_size

from refseg_cli import console
from refseg_cli.data.look.choose import spread
from refseg_cli.data.pos_word_types import POS_MAPPING

from .corpus import Corpus
from .glosses import gloss
from .report import Findings
from .tables import Table, written

__all__ = ["show_between", "show_corpus", "show_sentences"]

MOST_SHOWN = 30
"""Sentences that are all printed; of more only a handful is."""
_HANDFUL = 5


def show_sentences(corpora: Sequence[Corpus], gold: bool) -> None:
    """Print sentences word for word, each with all views of it; of many only a handful."""
    width = get_terminal_size((110, 24)).columns
    views = list(zip(*(corpus.sentences for corpus in corpora), strict=True))
    shown = views if len(views) <= MOST_SHOWN else spread(views, _HANDFUL)
    for view in shown:
        console.result_coloured(gloss(view, corpora, width, gold))
    if len(shown) < len(views):
        console.result(f"… {len(shown)} of {len(views):,} sentences; all of them: --csv FILE or --json\n")


def show_corpus(corpus: Corpus, found: Findings) -> None:
    """Print what holds over all sentences."""
    tagged = f"; parts of speech: {corpus.pipeline}" if corpus.pipeline else ""
    console.result(
        f"{corpus.checkpoint}: sentences {len(corpus.sentences):,}, words {len(corpus.words):,}{tagged}"
    )
    if corpus.n_dropped:
        console.result(f"words beyond the encoder's limit, which have no type: {corpus.n_dropped:,}")
    for table in found.tables:
        if table.name == "typical_words":
            _show_typical(table)
        elif table.rows:
            _show(table)
        if table.name == "pos_types":
            _show_measures(corpus, found)


def show_between(corpora: Sequence[Corpus], found: Findings) -> None:
    """Print how two checkpoints differ."""
    names = " and ".join(
        f"{letter} ({corpus.checkpoint})" for letter, corpus in zip("AB", corpora, strict=True)
    )
    same, kappa = found.measures["same"], written(found.measures["kappa"], ".3f")
    console.result(
        f"\n{names} give the same type to {written(same, '.1%')} of {found.measures['n_words']:,} words; "
        f"Cohen's κ {kappa}"
    )
    for table in found.tables:
        if table.rows:
            _show(table)


def _show(table: Table) -> None:
    console.result(f"\n{table.title}")
    console.result_table(table.heads, table.printed())


def _show_typical(table: Table) -> None:
    """One line a type, as its words need no more."""
    words: dict[str, list[str]] = defaultdict(list)
    for name, word, times, probability, _ in table.rows:
        shown = str(word).strip()
        shown = shown if shown.isalnum() else f"“{shown}”"
        words[str(name)].append(f"{shown} {written(probability, '.2f')} ×{times}")
    console.result(f"\n{table.title} (word, mean probability, times)")
    for name, listed in words.items():
        console.result(f"{name}: {', '.join(listed)}")


def _show_measures(corpus: Corpus, found: Findings) -> None:
    shares = {name: written(found.measures[name], ".1%") for name in ("agreement", "commonest")}
    bits = ("mutual_information", "type_entropy", "chance_information")
    numbers = {name: written(found.measures[name], ".3f") for name in ("kappa", "mean_probability", *bits)}
    console.result(
        f"\nExpected types: {_mapping('action' in corpus.types)}; others: none\n"
        f"Agreement: {shares['agreement']} of {found.measures['n_expected']:,} words with an expected type "
        f"({shares['commonest']} if all were of the commonest)\n"
        f"Probability of the expected type: {numbers['mean_probability']} on average\n"
        f"Cohen's κ of learned and expected type: {numbers['kappa']}\n"
        f"Mutual information of part of speech and learned type: {numbers['mutual_information']} bits "
        f"of {numbers['type_entropy']} (by chance alone {numbers['chance_information']})"
    )
    without = Counter(word.tag.pos for word, _ in corpus.words if word.tag and word.expected is None)
    if without:
        named = ", ".join(f"{pos} {n:,}" for pos, n in without.most_common())
        console.result(f"Words without an expected type: {without.total():,} ({named})")


def _mapping(actions: bool) -> str:
    """The stated mapping in one line."""
    parts: dict[str, list[str]] = defaultdict(list)
    for pos, image, video in POS_MAPPING:
        parts[video if actions else image].append(pos)
    return "; ".join(f"{', '.join(named)} → {name}" for name, named in parts.items())
