"""The ConvLSTM that reads the levels one after the other, finest first, and remembers what makes the mask."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .config import CmpcConfig
from .normalise import JointNorm


class ConvLstm(nn.Module):
    """A ConvLSTM with a 1×1 kernel and peepholes over the sequence of levels c3, c4, c5.

    Reference: `util.cell.ConvLSTMCell` with `normalize=True, peephole=True`; differs: every sample of a batch
        is run, and the first step, whose state is zero, multiplies no state.
    """

    def __init__(self, config: CmpcConfig) -> None:
        super().__init__()
        self.width = width = config.convlstm_width or config.level_width
        regions = _n_regions(config)
        # Not an nn.Linear: the authors leave this kernel out of the weight decay.
        self.kernel = nn.Parameter(torch.empty(4 * width, config.level_width + width))
        peephole_shape = (regions, width) if config.peephole == "map" else (width,)
        self.peephole_input = nn.Parameter(torch.empty(peephole_shape))
        self.peephole_forget = nn.Parameter(torch.empty(peephole_shape))
        self.peephole_output = nn.Parameter(torch.empty(peephole_shape))
        names = ("candidate", "input", "forget", "output", "cell")
        self.norms = nn.ModuleDict(
            {name: JointNorm(width) if config.convlstm_norm else nn.Identity() for name in names}
        )
        self.reset_parameters(regions)

    def reset_parameters(self, regions: int) -> None:
        """Glorot-uniform, the peephole maps as TensorFlow counts their fans (H·W in, H·C out)."""
        nn.init.xavier_uniform_(self.kernel)
        limit = (6 / (regions + regions**0.5 * self.width)) ** 0.5
        for peephole in (self.peephole_input, self.peephole_forget, self.peephole_output):
            nn.init.uniform_(peephole, -limit, limit)

    def forward(self, levels: Sequence[Tensor]) -> Tensor:
        """Read levels, each (B, N, C_y), in order; return the last hidden state (B, N, `convlstm_width`)."""
        hidden, cell = self._step(levels[0], None, None)
        for level in levels[1:]:
            hidden, cell = self._step(level, hidden, cell)
        return hidden

    def _step(self, level: Tensor, hidden: Tensor | None, cell: Tensor | None) -> tuple[Tensor, Tensor]:
        width = level.shape[-1]
        gates = level @ self.kernel[:, :width].mT
        if hidden is not None:
            gates = gates + hidden @ self.kernel[:, width:].mT
        candidate, admit, forget, emit = gates.chunk(4, dim=-1)
        if cell is not None:
            admit, forget = admit + self.peephole_input * cell, forget + self.peephole_forget * cell
        new = self.norms["input"](admit).sigmoid() * self.norms["candidate"](candidate).tanh()
        if cell is not None:
            new = new + (self.norms["forget"](forget) + 1).sigmoid() * cell
        emit = self.norms["output"](emit + self.peephole_output * new).sigmoid()
        new = self.norms["cell"](new)
        return emit * new.tanh(), new


def _n_regions(config: CmpcConfig) -> int:
    """N of the grid. For peepholes per channel it only sets the initial scale; the authors' grid is 40×40."""
    height, width = config.grid or (40, 40)
    return height * width
