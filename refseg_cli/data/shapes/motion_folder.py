"""Writes motion clips in the layout of Refer-YouTube-VOS, so that other programs can use them."""

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from refseg_cli import console
from refseg_cli.data.drawn import MOTION as RECIPE
from refseg_cli.data.samples import Sample

from .motion_paths import N_FRAMES
from .motion_reader import PER_CLIP, MotionReader, draw_scenes, tracks_of
from .reader import things_of
from .whole_folder import folder_written_whole

_QUALITY: Final = 95  # of JPEG, with colours at full resolution
_PALETTE: Final = [128 * (number >> bit & 1) for number in range(8) for bit in range(3)]
"""Red, green and blue of the background and of objects 1 to 7, as in DAVIS."""
_FRAMES: Final = [f"{frame:05d}" for frame in range(N_FRAMES)]


def write_motion(folder: Path, size: int, seed: int = 0, replace: bool = False) -> None:
    """Write all splits, whole or not at all.

    The layout asks for JPEG, so frames differ a little from those that are drawn when needed; masks do not.
    Object k of a clip has the value k + 1 in them. The split val is the folder valid. Expressions have two
    keys that the layout does not know: "word_types", one a word, and "kind", "order" or "order-free". In all
    splits they say which object they name.

    Args:
        folder: to be made.
        size: how many clips train has.
        seed: of all clips.
        replace: whether one that is there, and that refseg wrote, is replaced.

    Raises:
        UsageError: the folder is there, or size or seed are out of range.
        DataError: it cannot be written.
    """
    reader = MotionReader(size, seed)
    with folder_written_whole(folder, {"name": "shapes-motion", "size": size, "seed": seed}, replace) as made:
        for split in reader.splits():
            _write_split(made, "valid" if split == "val" else split, reader.read(split))


def _write_split(folder: Path, part: str, samples: Sequence[Sample]) -> None:
    """Write the frames, masks, expressions and categories of a split."""
    expressions, categories = {}, {}
    clips = groupby(samples, key=attrgetter("image_id"))
    n_clips = len(samples) // PER_CLIP
    for number, (_, group) in enumerate(console.track(clips, f"frames of {part}", n_clips)):
        described, name = list(group), f"{part}-{number:06}"
        recipe = described[0].annotation[RECIPE]
        _write_pictures(folder / part, name, recipe)
        texts = {str(index): _expression(sample) for index, sample in enumerate(described)}
        expressions[name] = {"expressions": texts, "frames": _FRAMES}
        categories[name] = {"objects": _objects(recipe)}
    _write_json(folder / "meta_expressions" / part / "meta_expressions.json", {"videos": expressions})
    _write_json(folder / part / "meta.json", {"videos": categories})


def _expression(sample: Sample) -> dict[str, Any]:
    return {
        "exp": sample.expression,
        "obj_id": str(sample.annotation[RECIPE]["thing"] + 1),
        "word_types": sample.word_types,
        "kind": sample.kind,
    }


def _objects(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """The objects of a clip with their shape, and the frames in which each is in sight."""
    return {
        str(index + 1): {
            "category": thing.shape,
            "frames": [name for name, seen in zip(_FRAMES, track, strict=True) if seen],
        }
        for index, (thing, track) in enumerate(zip(things_of(recipe), tracks_of(recipe), strict=True))
    }


def _write_pictures(folder: Path, name: str, recipe: Mapping[str, Any]) -> None:
    frames, masks = folder / "JPEGImages" / name, folder / "Annotations" / name
    frames.mkdir(parents=True)
    masks.mkdir(parents=True)
    for number, image, seen in draw_scenes(recipe, range(N_FRAMES)):
        frame = _FRAMES[number]
        Image.fromarray(image).save(frames / f"{frame}.jpg", quality=_QUALITY, subsampling=0)
        values = np.where(seen.any(axis=0), seen.argmax(axis=0) + 1, 0).astype(np.uint8)
        picture = Image.fromarray(values)
        picture.putpalette(_PALETTE)
        picture.save(masks / f"{frame}.png")


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
