import random

import numpy as np
import torch

from refseg_cli.engine.random_states import random_states, set_random_states

CPU = torch.device("cpu")


def draw() -> list[float]:
    legacy = np.random  # the generator that libraries share
    drawn = [random.random(), random.gauss(0, 1), float(legacy.random()), float(legacy.standard_normal())]
    return [*drawn, float(torch.rand(()))]


def test_all_generators_go_on_where_they_were() -> None:
    for n_before in range(3):  # a second normal number is kept for later, which is part of the state
        for _ in range(n_before):
            draw()
        states = random_states(CPU)
        expected = [draw() for _ in range(3)]
        set_random_states(states, CPU)
        assert [draw() for _ in range(3)] == expected


def test_the_states_are_tensors_that_can_be_stacked() -> None:
    first = random_states(CPU)
    draw()
    second = random_states(CPU)
    assert first.keys() == second.keys() == {"python", "numpy", "torch"}
    for name, state in first.items():
        assert state.shape == second[name].shape
        assert not torch.equal(state, second[name])


def test_each_process_takes_its_own_of_the_stacked_states() -> None:
    first = random_states(CPU)
    draw()
    second = random_states(CPU)
    expected = draw()
    stacked = {name: torch.stack([first[name], second[name]]) for name in first}
    set_random_states({name: states[1] for name, states in stacked.items()}, CPU)
    assert draw() == expected
