"""The authors' arrays for the small image head, and the segmenter head filled with their weights."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from refseg.encoders.lstm import LstmGlove, LstmGloveConfig
from refseg.encoders.vocabulary import SPECIALS, Vocabulary
from refseg.models.cmpc import CmpcConfig, CmpcImage
from refseg.models.tensorflow import convert, official_rows

DATA = Path(__file__).parent / "data"
CONFIG = CmpcConfig(visual_width=48, multimodal_width=48, level_width=24, grid=(10, 10))


def arrays(file: str, prefix: str = "") -> dict[str, NDArray[np.float32]]:
    """The arrays of a file whose names start with `prefix`, without it."""
    with np.load(DATA / file) as archive:
        return {name.removeprefix(prefix): archive[name] for name in archive.files if name.startswith(prefix)}


def official_parts() -> tuple[LstmGlove, CmpcImage]:
    """The text encoder and the head with the recorded weights; the vocabulary is made up."""
    vocabulary = Vocabulary([*SPECIALS, *(f"word{number}" for number in range(4, 60))])
    encoder = LstmGlove(vocabulary, LstmGloveConfig(embedding_width=12, width=48))
    head = CmpcImage((512, 1024, 2048), 48, CONFIG)
    state = convert(official_rows(CONFIG, with_backbone=False), arrays("official_image_small.npz", "params/"))
    for prefix, module in (("text_encoder.", encoder), ("head.", head)):
        mine = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
        module.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in mine.items()})
    return encoder, head


def case_inputs() -> tuple[list[torch.Tensor], str]:
    """The recorded backbone levels (1, C, H, W) and the expression."""
    case = arrays("official_image_small.npz", "case/")
    levels = [torch.from_numpy(case[f"in_{level}"]).permute(0, 3, 1, 2) for level in ("c3", "c4", "c5")]
    return levels, " ".join(f"word{number}" for number in case["words"] if number)
