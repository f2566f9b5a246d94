import pytest
from hypothesis import given
from hypothesis import strategies as st

from refseg_cli.data.mixture import Draw
from refseg_cli.engine.parts import ALONE, Sharing


def draws(*n_sentences: int) -> list[Draw]:
    return [Draw((f"{number}",) * n, None, False) for number, n in enumerate(n_sentences)]  # type: ignore[arg-type]


@given(st.integers(1, 4), st.integers(1, 4), st.data())
def test_all_parts_together_are_the_step(n_processes: int, n_turns: int, data: st.DataObject) -> None:
    n_parts = n_processes * n_turns
    counts = data.draw(st.lists(st.integers(1, 3), min_size=n_parts, max_size=n_parts + 5))
    step = draws(*counts)
    parts = [part for rank in range(n_processes) for part in Sharing(rank, n_processes, n_turns).parts(step)]
    assert [draw for part in parts for draw in part.draws] == step
    assert len(parts) == n_parts
    assert all(part.draws for part in parts)
    assert sum(part.share for part in parts) == pytest.approx(1)


def test_alone_the_whole_step_is_one_part() -> None:
    (part,) = ALONE.parts(draws(2, 2))
    assert (len(part.draws), part.share) == (2, 1.0)


def test_a_part_counts_by_its_sentences() -> None:
    assert [part.share for part in Sharing(0, 1, 2).parts(draws(1, 3))] == [0.25, 0.75]
