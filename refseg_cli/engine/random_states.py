"""The states of all random generators as tensors, so that they can be kept without pickling anything."""

import random
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

_NUMPY = "MT19937"
_PYTHON_VERSION = 3


def random_states(device: torch.device) -> dict[str, Tensor]:
    """The states of the generators of Python, NumPy and torch, and of the GPU that is used, if any."""
    version, numbers, gauss = random.getstate()
    if version != _PYTHON_VERSION:
        raise ValueError(f"Python's generator has a state of version {version}, expected {_PYTHON_VERSION}")
    legacy = np.random.get_state(legacy=False)  # noqa: NPY002 - libraries may still draw from it
    inner = legacy["state"]
    states = {
        # whole numbers below 2^32 and one real number each: float64 holds both exactly
        "python": _numbers(numbers, gauss is not None, gauss or 0.0),
        "numpy": _numbers(inner["key"], inner["pos"], legacy["has_gauss"], legacy["gauss"]),
        "torch": torch.get_rng_state(),
    }
    return states | ({"cuda": torch.cuda.get_rng_state(device)} if device.type == "cuda" else {})


def set_random_states(states: Mapping[str, Tensor], device: torch.device) -> None:
    """Put the generators into the states that `random_states` told of."""
    *numbers, has_gauss, gauss = states["python"].tolist()
    whole = tuple(int(number) for number in numbers)
    random.setstate((_PYTHON_VERSION, whole, gauss if has_gauss else None))
    *key, position, has_gauss, gauss = states["numpy"].tolist()
    legacy = (_NUMPY, np.array(key, dtype=np.uint32), int(position), int(has_gauss), gauss)
    np.random.set_state(legacy)  # noqa: NPY002
    # torch reads from where the memory of a tensor begins, also where a row of it is meant
    torch.set_rng_state(states["torch"].clone())
    if device.type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"].clone(), device)


def _numbers(key: object, *others: float) -> Tensor:
    return torch.from_numpy(np.concatenate([np.asarray(key, np.float64), np.asarray(others, np.float64)]))
