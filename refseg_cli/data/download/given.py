"""Files that a person fetched: which file of the manifest each of them is."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from refseg_cli.errors import UsageError

from .manifest import RemoteFile

__all__ = ["given_files"]


def given_files(arguments: Iterable[str], wanted: Iterable[RemoteFile]) -> Mapping[str, Path]:
    """Tell which files were given with `--from-file`.

    Args:
        arguments: paths, whose file names say what they are; or NAME=PATH.
        wanted: the files of what is to be downloaded.

    Returns:
        name of a file of the manifest → the path that was given.

    Raises:
        UsageError: if a path does not exist, or is none of these files.
    """
    files, given = {file.name for file in wanted}, {}
    for argument in arguments:
        name, _, path = argument.rpartition("=")
        if name not in files:
            name, path = Path(argument).name, argument
        if not Path(path).expanduser().is_file():
            raise UsageError(f"--from-file {argument}: no such file; check the path")
        if name not in files:
            known = ", ".join(sorted(files)) or "none"
            raise UsageError(
                f"--from-file {argument}: is none of the files of what is to be downloaded ({known}); "
                f"if it is one under another name, say which: --from-file NAME={argument}"
            )
        given[name] = Path(path).expanduser()
    return given
