"""The assets that refseg draws itself."""

from pathlib import Path

from refseg_cli import console
from refseg_cli.data.shapes.whole_folder import drawn_in
from refseg_cli.errors import UsageError

__all__ = ["write_generated"]


def write_generated(name: str, folder: Path, size: int | None, force: bool, command: str) -> None:
    """Write a generated dataset as files; to train on it or to evaluate, nothing needs to be written.

    Args:
        name: of the asset.
        folder: where it goes.
        size: how many scenes or clips its split train has; None for the usual number.
        force: whether to write it anew if it is there.
        command: what was typed, without the size.

    Raises:
        UsageError: if the size is out of range, or the folder is there and another one.
        DataError: if it cannot be written.
    """
    there = folder.exists() or folder.is_symlink()
    if there and _stays(folder, size, force, command):
        console.say(f"{folder}: is there already; add --force to draw it anew")
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    if name == "shapes":
        from refseg_cli.data.shapes.folder import write_shapes
        from refseg_cli.data.shapes.reader import ShapesReader

        write_shapes(folder, size or ShapesReader.size, replace=force)
    else:
        from refseg_cli.data.shapes.motion_folder import write_motion
        from refseg_cli.data.shapes.motion_reader import MotionReader

        write_motion(folder, size or MotionReader.size, replace=force)


def _stays(folder: Path, size: int | None, force: bool, command: str) -> bool:
    """Tells whether the folder that is there is the one that is asked for.

    Raises:
        UsageError: if refseg did not draw it, or it has another size.
    """
    drawn = drawn_in(folder)
    if drawn is None:
        raise UsageError(
            f"{folder}: is there, and refseg did not draw it; move it away: mv {folder} {folder}.old"
        )
    if force:
        return False
    if size is not None and size != drawn.get("size"):
        raise UsageError(
            f"{folder}: is there already, with size {drawn.get('size')}; "
            f"to replace it, type: {command} --size {size} --force"
        )
    return True
