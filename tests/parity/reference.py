"""The authors' arrays for the small heads, and our heads filled with their weights."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from refseg.encoders.lstm import LstmGlove, LstmGloveConfig
from refseg.encoders.vocabulary import SPECIALS, Vocabulary
from refseg.models.cmpc import CmpcConfig, CmpcImage, CmpcVideoConfig, build_head
from refseg.models.tensorflow import convert, official_rows

DATA = Path(__file__).parent / "data"
IMAGE, VIDEO = "official_image_small.npz", "official_video_small.npz"
CONFIG = CmpcConfig(visual_width=48, multimodal_width=48, level_width=24, grid=(10, 10))
VIDEO_CONFIG = CmpcVideoConfig(visual_width=48, multimodal_width=48, level_width=24, grid=(10, 10))
CONFIGS = {IMAGE: CONFIG, VIDEO: VIDEO_CONFIG}


def arrays(file: str, prefix: str = "") -> dict[str, NDArray[np.float32]]:
    """The arrays of a file whose names start with `prefix`, without it."""
    with np.load(DATA / file) as archive:
        return {name.removeprefix(prefix): archive[name] for name in archive.files if name.startswith(prefix)}


def official_parts(file: str = IMAGE) -> tuple[LstmGlove, CmpcImage]:
    """The text encoder and the head with the recorded weights; the vocabulary is made up."""
    vocabulary = Vocabulary([*SPECIALS, *(f"word{number}" for number in range(4, 60))])
    encoder = LstmGlove(vocabulary, LstmGloveConfig(embedding_width=12, width=48))
    head = build_head((512, 1024, 2048), 48, CONFIGS[file])
    state = convert(official_rows(CONFIGS[file], with_backbone=False), arrays(file, "params/"))
    for prefix, module in (("text_encoder.", encoder), ("head.", head)):
        mine = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
        module.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in mine.items()})
    return encoder, head


def case_inputs(file: str = IMAGE) -> tuple[list[torch.Tensor], str]:
    """The recorded backbone levels (1, C, H, W), of the video (1, 5, C, H, W), and the expression."""
    case = arrays(file, "case/")
    levels = [torch.from_numpy(case[f"in_{level}"]).permute(0, 3, 1, 2) for level in ("c3", "c4", "c5")]
    if file == VIDEO:
        levels = [level[None] for level in levels]
    return levels, " ".join(f"word{number}" for number in case["words"] if number)
