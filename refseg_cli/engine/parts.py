"""How the images of a step are shared out: among processes, and among the turns that each of them takes.

The parts of all processes and turns are together what one process would compute at once, and each counts by
its share of the step's sentences; so neither number changes what is learned.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from refseg_cli.data.mixture import Draw


@dataclass(frozen=True)
class Part:
    """What one process computes in one turn.

    Args:
        draws: some of a step's.
        share: of the step's sentences, above 0 and at most 1.
    """

    draws: Sequence[Draw]
    share: float


@dataclass(frozen=True)
class Sharing:
    """The place of this process among all.

    Args:
        rank: of this process.
        n_processes: that train together.
        n_turns: of each process in a step.
    """

    rank: int = 0
    n_processes: int = 1
    n_turns: int = 1

    def parts(self, draws: Sequence[Draw]) -> Iterator[Part]:
        """This process's parts of a step, one a turn."""
        n_parts = self.n_processes * self.n_turns
        n_sentences = sum(len(draw.samples) for draw in draws)
        for number in range(self.rank * self.n_turns, (self.rank + 1) * self.n_turns):
            mine = draws[len(draws) * number // n_parts : len(draws) * (number + 1) // n_parts]
            yield Part(mine, sum(len(draw.samples) for draw in mine) / n_sentences)


ALONE = Sharing()
"""One process that computes a step at once."""
