"""What a frozen backbone has seen of images or frames, kept in memory: for one run, or for several."""

from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor

from refseg.models.segmenter import Segmenter
from refseg_cli.data.windows import Window

from .tensor_file import tensors_digest

View = tuple[tuple[Path, int | None], Window | None, bool]
"""A photo or a frame of a clip, the window on it, and whether it is mirrored."""


@dataclass
class KeptLevels:
    """The levels of images, for as long as the same backbone looks at them in the same way.

    Attributes:
        of: what says which backbone that is, which levels, on which canvas and grid.
        levels: of each view, each (1, C, H, W) in half precision; of a frame (1, 1, C, H, W), and of the clip
            around it, where the backbone looks at clips, (1, K, C, H, W).
    """

    of: tuple[object, ...] = ()
    levels: dict[View, list[Tensor]] = field(default_factory=dict)

    def for_network(self, segmenter: Segmenter) -> dict[View, list[Tensor]]:
        """Returns what was kept for a network, after forgetting what another backbone saw."""
        head = segmenter.head.config
        seen_by = tensors_digest(segmenter.backbone.state_dict().items())
        of = (seen_by, head.levels, head.grid, str(segmenter.preprocess.config()))
        if of != self.of:
            self.of, self.levels = of, {}
        return self.levels
