"""How much memory a run takes."""

import sys

import torch

_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes; getrusage counts in them on macOS, else in KiB


def peak_memory_gib(device: torch.device) -> float:
    """The most that was in use so far: of the GPU's memory, or of the process's where there is no GPU.

    0 where the system does not tell, as Windows.
    """
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**30
    try:
        import resource
    except ImportError:  # Windows has no such module
        return 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT / 2**30
