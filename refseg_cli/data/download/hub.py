"""Text encoders from the Hugging Face Hub, into its own cache, where transformers finds them by name."""

from pathlib import Path

from refseg_cli import console
from refseg_cli.errors import DownloadError

__all__ = ["cached_config", "fetch_encoder"]

TEXTS = ("*.json", "*.txt", "*.model")
SAFE, PICKLED = "*.safetensors", "pytorch_model*.bin"
FOR_OTHERS = ("*/*",)  # sub-folders hold the same for other programs


def cached_config(encoder: str) -> Path:
    """Returns where the configuration of an encoder is, or would be, in the cache of the Hub."""
    from huggingface_hub import constants, try_to_load_from_cache

    name, _, revision = encoder.partition("@")
    found = try_to_load_from_cache(name, "config.json", revision=revision or None)
    if isinstance(found, str):
        return Path(found)
    return Path(constants.HF_HUB_CACHE, f"models--{name.replace('/', '--')}", "config.json")


def fetch_encoder(encoder: str) -> Path:
    """Fetch an encoder: configuration, tokenizer and weights, those as a pickle only if there are no others.

    Args:
        encoder: its name on the Hub; after an @ the revision, if it is not the newest.

    Returns:
        the folder that holds it.

    Raises:
        DownloadError: if it cannot be had.
    """
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    name, _, revision = encoder.partition("@")
    # The Hub's client raises errors of the library that it makes requests with, which has changed before.
    faults: tuple[type[Exception], ...] = (OSError, HFValidationError, *HfHubHTTPError.__bases__)
    try:
        folder = _snapshot(name, revision, SAFE)
        if not any(folder.glob(SAFE)):
            folder = _snapshot(name, revision, PICKLED)
            console.warn(f"{name} has its weights only as a pickle, which can run code when it is loaded")
        if not any((*folder.glob(SAFE), *folder.glob(PICKLED))):
            raise DownloadError(f"{name} has no weights for PyTorch; choose another encoder")
    except faults as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DownloadError(
            f"the encoder {name} could not be fetched ({reason}); look its name up at "
            "https://huggingface.co/models, or set HF_ENDPOINT to a mirror, then type: "
            f"refseg download encoder:{encoder}"
        ) from error
    console.say(f"{name}: revision {folder.name}")
    return folder


def _snapshot(name: str, revision: str, weights: str) -> Path:
    from huggingface_hub import snapshot_download

    wanted = [*TEXTS, weights]
    return Path(
        snapshot_download(
            name, revision=revision or None, allow_patterns=wanted, ignore_patterns=list(FOR_OTHERS)
        )
    )
