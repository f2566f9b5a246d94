"""Where and how a network computes."""

import torch


class Running:
    """Inference mode, and mixed precision where it was asked for."""

    def __init__(self, device: torch.device, precision: str) -> None:
        self._inference = torch.inference_mode()
        self._autocast = torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")

    def __enter__(self) -> None:
        self._inference.__enter__()
        self._autocast.__enter__()

    def __exit__(self, *error: object) -> None:
        self._autocast.__exit__(*error)
        self._inference.__exit__(*error)


def find_device(name: str) -> torch.device:
    """The device of a name; "auto" is a GPU where there is one."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(name)
