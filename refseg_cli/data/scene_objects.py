"""All objects of a scene, where a dataset knows them: which one did a mask go for?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from .drawn import MOTION, SHAPES
from .samples import Sample


@dataclass(frozen=True)
class SceneObjects:
    """The objects of a scene, or of a frame of a clip, about which there is a sentence.

    Attributes:
        named: number of the object that the sentence names.
        n_candidates: how many of them the sentence's noun alone could mean, the named one included; of a clip
            the whole sentence but for what they do.
        masks: draws what can be seen of each object, (n, H, W) bool.
    """

    named: int
    n_candidates: int
    masks: Callable[[], np.ndarray] = field(repr=False, compare=False)


def scene_objects(sample: Sample) -> SceneObjects | None:
    """Tell what lies in the scene of a sample.

    Returns:
        None where the dataset does not know, as all but the generated ones: annotators outline some objects.
    """
    if (recipe := sample.annotation.get(SHAPES)) is not None:
        from .shapes.reader import scene_masks

        return SceneObjects(recipe["thing"], recipe["candidates"], partial(scene_masks, recipe))
    if (recipe := sample.annotation.get(MOTION)) is not None and sample.frame is not None:
        from .shapes.motion_reader import scene_masks as masks_in_frame

        draw = partial(masks_in_frame, recipe, sample.frame)
        return SceneObjects(recipe["thing"], recipe["candidates"], draw)
    return None
