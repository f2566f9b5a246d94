"""Cross-modal progressive comprehension: the paper's method, one file a stage."""

from .config import CmpcConfig
from .image import CmpcImage, ImageFeatures, Segmentation
from .video import CmpcVideo, build_head
from .video_config import CmpcVideoConfig
from .words import VIDEO_WORD_TYPES, WORD_TYPES

__all__ = [
    "VIDEO_WORD_TYPES",
    "WORD_TYPES",
    "CmpcConfig",
    "CmpcImage",
    "CmpcVideo",
    "CmpcVideoConfig",
    "ImageFeatures",
    "Segmentation",
    "build_head",
]
