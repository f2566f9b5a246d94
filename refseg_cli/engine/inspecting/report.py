"""All that is found about a corpus, or about two views of it, as measures and tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .against_pos import against_pos, disagreements, pos_types, tagged_several_ways
from .comparing import agreement_between, changed_words, type_changes
from .corpus import Corpus
from .gold import gold_accuracy, gold_confusions
from .tables import Cell, Table
from .typical import type_counts, typical_words

__all__ = ["Findings", "findings", "findings_between"]


@dataclass(frozen=True)
class Findings:
    """Measures by name, and tables."""

    measures: Mapping[str, Cell]
    tables: Sequence[Table]


def findings(corpus: Corpus, gold: bool) -> Findings:
    """Find out what there is to say of a corpus.

    Args:
        corpus: of one word or more.
        gold: whether to compare with true types, which must be known.
    """
    tables = [type_counts(corpus)]
    if corpus.pipeline is not None:
        tables += [pos_types(corpus), disagreements(corpus), tagged_several_ways(corpus)]
    tables.append(typical_words(corpus))
    if gold:
        tables += [gold_accuracy(corpus), *gold_confusions(corpus)]
    return Findings(against_pos(corpus), tables)


def findings_between(a: Corpus, b: Corpus) -> Findings:
    """Find out how two checkpoints differ on the same sentences."""
    return Findings(agreement_between(a, b), [type_changes(a, b), changed_words(a, b)])
