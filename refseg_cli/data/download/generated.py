"""The assets that refseg draws itself: which function writes each."""

import shutil
from importlib import import_module
from pathlib import Path

from refseg_cli import console
from refseg_cli.errors import UsageError

__all__ = ["write_generated"]

SIZE = 4000  # scenes or clips, when nobody says how many
# name → "module:function", which takes a folder to make and a size, and what else it takes
_WRITERS = {
    "shapes": ("refseg_cli.data.shapes:write_shapes", {}),
    "shapes-motion": ("refseg_cli.data.shapes.motion_folder:write_motion", {"seed": 0}),
}


def write_generated(name: str, folder: Path, size: int | None, force: bool) -> None:
    """Write a generated dataset as files; to train on it or to evaluate, nothing needs to be written.

    Args:
        name: of the asset.
        folder: where it goes.
        size: how many scenes or clips; None for the usual number.
        force: whether to write it anew if it is there.

    Raises:
        UsageError: if this one cannot be written.
    """
    (path, others) = _WRITERS[name]
    module, _, function = path.partition(":")
    write = getattr(import_module(module), function, None)
    if write is None:
        raise UsageError(
            f"{name} is drawn while it is used and cannot be written; type: refseg train --dataset {name}"
        )
    if folder.exists() and not force:
        console.say(f"{folder}: is there already; add --force to draw it anew")
        return
    if folder.exists():
        shutil.rmtree(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    write(folder, size or SIZE, **others)
