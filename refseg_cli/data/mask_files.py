"""Masks that lie in files of their own: HDF5 (A2D), MATLAB (J-HMDB, SAIAPR) and PNG."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

FILE_FORMS: dict[str, Callable[[Mapping[str, Any], int, int, int, str], np.ndarray]] = {}
"""What reads an annotation with a key of this name: (annotation, height, width, frame, stem) → mask."""
