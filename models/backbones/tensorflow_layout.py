"""How TensorFlow names and lays out the weights of backbones that were trained with it."""

from torch import Tensor

_BATCH_NORM = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}


def batch_norm_names(torch_prefix: str, tensorflow_prefix: str) -> dict[str, str]:
    """Returns torch key → TensorFlow name of the four vectors of one batch normalisation."""
    return {f"{torch_prefix}.{ours}": f"{tensorflow_prefix}/{theirs}" for ours, theirs in _BATCH_NORM.items()}


def from_tensorflow(name: str, array: Tensor) -> Tensor:
    """Turns a TensorFlow array, whose role its name tells, into PyTorch's layout.

    A kernel (kh, kw, in, out) becomes (out, in, kh, kw), a depthwise one (kh, kw, channels, 1) becomes
    (channels, 1, kh, kw); vectors stay as they are.
    """
    if name.endswith("/depthwise_weights"):
        return array.permute(2, 3, 0, 1).contiguous()
    return array.permute(3, 2, 0, 1).contiguous() if array.dim() == 4 else array
