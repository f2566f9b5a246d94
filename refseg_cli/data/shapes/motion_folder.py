"""Writes motion clips in the layout of Refer-YouTube-VOS, so that other programs can use them."""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from refseg_cli import console
from refseg_cli.data.samples import Sample
from refseg_cli.errors import DataError
from refseg_cli.files import refuse_to_replace

from .motion_clip import make_clip
from .motion_paths import N_FRAMES
from .motion_reader import MotionReader, draw_scene

_QUALITY: Final = 95  # of JPEG, with colours at full resolution
_PALETTE: Final = (
    0,
    0,
    0,
    128,
    0,
    0,
    0,
    128,
    0,
    128,
    128,
    0,
    0,
    0,
    128,
    128,
    0,
    128,
    0,
    128,
    128,
    128,
    128,
    128,
)
"""Red, green and blue of the background and of objects 1 to 7, as in DAVIS."""
_FRAMES: Final = [f"{frame:05d}" for frame in range(N_FRAMES)]


def write_motion(folder: Path, size: int, seed: int) -> None:
    """Write all splits, whole or not at all.

    The layout asks for JPEG, so frames differ a little from those that are drawn when needed; masks do not.
    Object k of a clip has the value k + 1 in them. The split val is the folder valid. Expressions have two
    keys that the layout does not know: "word_types", one a word, and "kind", "order" or "order-free". In all
    splits they say which object they name.

    Args:
        folder: to be made; it must not be there.
        size: as `MotionReader` takes it.
        seed: of all clips.

    Raises:
        UsageError: the folder is there.
        DataError: it cannot be written.
    """
    refuse_to_replace(folder, force=False)
    reader = MotionReader(size, seed)
    with _made_whole(folder) as temporary:
        for split in reader.splits():
            part = "valid" if split == "val" else split
            _write_split(temporary, part, reader.read(split))


@contextmanager
def _made_whole(folder: Path) -> Iterator[Path]:
    """Fill another folder beside the one that is to be, and rename it when all is written."""
    try:
        with tempfile.TemporaryDirectory(prefix=".refseg-", dir=folder.parent) as temporary:
            made = Path(temporary, folder.name)
            made.mkdir()
            yield made
            made.rename(folder)
    except FileNotFoundError:
        raise DataError(f"cannot write {folder}: no such folder; make it: mkdir -p {folder.parent}") from None
    except OSError as error:
        raise DataError(f"cannot write {folder} ({error.strerror or error}); name another folder") from None


def _write_split(folder: Path, part: str, samples: Sequence[Sample]) -> None:
    """Write the frames, masks, expressions and categories of a split."""
    expressions, categories = {}, {}
    n_clips = len({sample.image_id for sample in samples})
    clips = groupby(samples, key=lambda sample: sample.image_id)
    for number, group in console.track(clips, f"clips of {part}", n_clips):
        described, name = list(group), f"{part}-{number:06d}"
        recipe = described[0].annotation["shapes_motion"]
        _write_pictures(folder / part, name, recipe)
        expressions[name] = {
            "expressions": {str(index): _expression(sample) for index, sample in enumerate(described)},
            "frames": _FRAMES,
        }
        categories[name] = {"objects": _objects(recipe)}
    _write_json(folder / "meta_expressions" / part / "meta_expressions.json", {"videos": expressions})
    _write_json(folder / part / "meta.json", {"videos": categories})


def _expression(sample: Sample) -> dict[str, Any]:
    return {
        "exp": sample.expression,
        "obj_id": str(sample.annotation["shapes_motion"]["object"] + 1),
        "word_types": sample.word_types,
        "kind": sample.kind,
    }


def _objects(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """The objects of a clip with their shape, and the frames in which each is in sight."""
    clip = make_clip(recipe["seed"], recipe["split"], recipe["clip"])
    return {
        str(index + 1): {
            "category": thing.shape,
            "frames": [name for name, seen in zip(_FRAMES, track, strict=True) if seen],
        }
        for index, (thing, track) in enumerate(zip(clip.things, clip.tracks, strict=True))
    }


def _write_pictures(folder: Path, name: str, recipe: Mapping[str, Any]) -> None:
    frames, masks = folder / "JPEGImages" / name, folder / "Annotations" / name
    frames.mkdir(parents=True)
    masks.mkdir(parents=True)
    for number, frame in enumerate(_FRAMES):
        image, seen = draw_scene(recipe, number)
        Image.fromarray(image).save(frames / f"{frame}.jpg", quality=_QUALITY, subsampling=0)
        values = (seen * np.arange(1, len(seen) + 1, dtype=np.uint8)[:, None, None]).sum(
            axis=0, dtype=np.uint8
        )
        picture = Image.fromarray(values)
        picture.putpalette(_PALETTE)
        picture.save(masks / f"{frame}.png")


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
