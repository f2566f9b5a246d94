"""Cross-modal progressive comprehension: the paper's method, one file a stage."""

from .config import CmpcConfig
from .image import CmpcImage, ImageFeatures, Segmentation
from .words import WORD_TYPES

__all__ = ["WORD_TYPES", "CmpcConfig", "CmpcImage", "ImageFeatures", "Segmentation"]
