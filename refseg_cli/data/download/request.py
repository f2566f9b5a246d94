"""What was asked of `refseg download`, and whether it makes sense."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from refseg_cli.errors import UsageError

from .assets import files_of, find_asset
from .manifest import Asset, RemoteFile, manifest

__all__ = ["Request", "check_request"]

USUAL_ROOT, USUAL_JOBS = Path("data"), 8


@dataclass(frozen=True)
class Request:
    """What was asked for.

    Attributes:
        names: of assets.
        root: the data folder.
        mirrors: addresses that are looked into before those of the manifest.
        from_file: files that a person fetched, as they were typed.
        vocabulary: words whose vectors are wanted, or None for all.
        whole_zip: whether to fetch COCO's archive instead of its photos one by one.
        size: how much of a generated dataset to write, or None for all.
        jobs: how many photos are fetched at once.
        force: whether to fetch what is there already.
    """

    names: tuple[str, ...]
    root: Path
    mirrors: tuple[str, ...] = ()
    from_file: tuple[str, ...] = ()
    vocabulary: Path | None = None
    whole_zip: bool = False
    size: int | None = None
    jobs: int = USUAL_JOBS
    force: bool = False

    def command(self, *names: str, force: bool | None = None) -> str:
        """Returns the command that does the same for these names, as it can be typed.

        Args:
            names: of assets.
            force: with --force or without, else as was asked for.
        """
        words = ["refseg", "download", *names]
        if self.root != USUAL_ROOT:
            words += ["--data", str(self.root)]
        for mirror in self.mirrors:
            words += ["--mirror", mirror]
        if self.vocabulary:
            words += ["--vocabulary", str(self.vocabulary)]
        if self.jobs != USUAL_JOBS:
            words += ["--jobs", str(self.jobs)]
        words += ["--whole-zip"] * self.whole_zip + ["--force"] * (self.force if force is None else force)
        return shlex.join(words)


def check_request(request: Request) -> tuple[list[Asset], Mapping[str, Path]]:
    """Refuse what makes no sense before anything is fetched.

    Returns:
        what was asked for, and name of a file → path at which a person has put it.

    Raises:
        UsageError: if a name, a mirror or a file makes no sense.
    """
    assets = [find_asset(name) for name in dict.fromkeys(request.names)]
    if not assets:
        raise UsageError("say what to download; see what there is: refseg download --list")
    for mirror in request.mirrors:
        if not mirror.startswith(("http://", "https://")):
            raise UsageError(f"--mirror {mirror}: give an address that starts with http:// or https://")
    if request.vocabulary and not any(file.vectors for asset in assets for file in asset.files):
        raise UsageError("--vocabulary is for word vectors; type: refseg download glove --vocabulary FILE")
    if request.size is not None and not any(asset.generated for asset in assets):
        raise UsageError("--size is for what refseg draws; type: refseg download shapes --size N")
    files = [file for asset in assets for file in files_of(asset)]
    if request.whole_zip and any(asset.photos for asset in assets):
        files.append(manifest().files[manifest().photos.zip])
    return assets, _given_files(request.from_file, files)


def _given_files(arguments: Iterable[str], wanted: Iterable[RemoteFile]) -> Mapping[str, Path]:
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
