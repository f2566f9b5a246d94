"""Where a network can run on this machine."""

import torch

from refseg_cli.errors import UsageError


def check_device(name: str) -> None:
    """Refuse a device that does not exist, before anything is loaded.

    Args:
        name: auto, cpu, cuda, cuda:1, mps.

    Raises:
        UsageError: if there is no such device, or not on this machine.
    """
    if name == "auto":
        return
    try:
        device = torch.device(name)
    except RuntimeError:
        raise UsageError(f"--device {name} is no device; give auto, cpu, cuda, cuda:1 or mps") from None
    here = {
        "cpu": True,
        "cuda": torch.cuda.device_count() > (device.index or 0),
        "mps": torch.backends.mps.is_available(),
    }
    if not here.get(device.type, False):
        raise UsageError(f"--device {name} is not available on this machine; use --device auto")
