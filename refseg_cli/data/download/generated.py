"""The assets that refseg draws itself."""

import shutil
from pathlib import Path

from refseg_cli import console

__all__ = ["write_generated"]


def write_generated(name: str, folder: Path, size: int | None, force: bool) -> None:
    """Write a generated dataset as files; to train on it or to evaluate, nothing needs to be written.

    Args:
        name: of the asset.
        folder: where it goes.
        size: how many scenes or clips its split train has; None for the usual number.
        force: whether to write it anew if it is there.

    Raises:
        UsageError: if the size is out of range.
        DataError: if it cannot be written.
    """
    if folder.exists() and not force:
        console.say(f"{folder}: is there already; add --force to draw it anew")
        return
    if folder.exists():
        shutil.rmtree(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    if name == "shapes":
        from refseg_cli.data.shapes.folder import write_shapes
        from refseg_cli.data.shapes.reader import ShapesReader

        write_shapes(folder, size or ShapesReader.size)
    else:
        from refseg_cli.data.shapes.motion_folder import write_motion
        from refseg_cli.data.shapes.motion_reader import MotionReader

        write_motion(folder, size or MotionReader.size)
