"""The 8-D coordinate feature O of the paper: where each region lies in the image."""

import torch
from torch import Tensor

N_COORDINATES = 8


def coordinates(height: int, width: int, device: torch.device | None = None) -> Tensor:
    """Where each cell of an H×W grid lies.

    Reference: `util.processing_tools.generate_spatial_batch`.

    Returns:
        (N, 8): x_min, y_min, x_max, y_max, x_centre, y_centre in [-1, 1], then 1/W and 1/H; row by row.
    """
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    x_min, x_max = 2 * x / width - 1, 2 * (x + 1) / width - 1
    y_min, y_max = 2 * y / height - 1, 2 * (y + 1) / height - 1
    sizes = torch.full_like(x_min, 1 / width), torch.full_like(y_min, 1 / height)
    columns = (x_min, y_min, x_max, y_max, (x_min + x_max) / 2, (y_min + y_max) / 2, *sizes)
    return torch.stack(columns, dim=-1).reshape(height * width, N_COORDINATES).to(device)
