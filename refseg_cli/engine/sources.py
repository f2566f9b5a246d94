"""What `refseg predict` is given: the images a SOURCE stands for, and sentences that are sentences."""

# ruff: noqa: PTH110, PTH112, PTH113 - pathlib raises where a name is too long, as a sentence may be

import re
from collections.abc import Sequence
from glob import glob, has_magic
from os.path import exists, isdir, isfile
from pathlib import Path

from refseg.models.images import IMAGE_SUFFIXES, missing_image
from refseg_cli.data.footage import VIDEO_SUFFIXES
from refseg_cli.errors import DataError, UsageError

STDIN = "-"

_MANY = 8  # pictures; fewer in a folder are hardly a video
_WRITTEN_BY_US = re.compile(r"--.*\.(mask|overlay|explain)\.png$", re.DOTALL)


def find_images(source: str) -> list[str]:
    """List the images that a SOURCE stands for.

    A folder or a pattern means the files in it that have the ending of an image, without the pictures
    that earlier predictions wrote and without hidden files. A file named by itself is taken as it is.

    Args:
        source: a file, a folder, a pattern such as `photos/**/*.jpg`, or `-` for standard input.

    Returns:
        Paths as given, sorted; at least one.

    Raises:
        ImageError: if there is no such file.
        DataError: if a folder or pattern holds no images.
    """
    path = Path(source)
    if source == STDIN or isfile(source):
        return [source]
    if isdir(source):
        found = [str(entry) for entry in path.iterdir()]
        nothing = (
            f"the folder {source} holds no images; name a folder that does, or a pattern such as '*/*.jpg'"
        )
    elif has_magic(source):
        found = glob(source, recursive=True)  # noqa: PTH207 - pathlib takes no absolute patterns
        nothing = f"no image matches {source}; check the pattern"
    elif exists(source):  # a pipe, as in `refseg predict <(…)`
        return [source]
    else:
        raise missing_image(path)
    images = sorted(name for name in found if _is_image(Path(name)))
    if not images:
        video = min((name for name in found if _is_video(Path(name))), default="")
        raise DataError(
            f"{source}: videos are taken one at a time: refseg predict {video}" if video else nothing
        )
    return images


def look_like_frames(images: Sequence[str]) -> bool:
    """Tell whether many pictures have one name but for a number, as the frames of a video have."""
    names = {re.sub(r"\d+$", "#", Path(image).stem) for image in images}
    return len(images) >= _MANY and len(names) == 1 and names.pop().endswith("#")


def check_expressions(source: str, expressions: Sequence[str]) -> list[str]:
    """Return the expressions, each once and in their order.

    Raises:
        UsageError: if one is blank, is no text, or is the name of a file (a pattern that the shell spread).
    """
    for place, expression in enumerate(expressions, start=1):
        if not expression.strip():
            raise UsageError(
                f'expression {place} is empty; name what to find: refseg predict {source} "dog on the left"'
            )
        if not expression.isprintable() and not _is_text(expression):
            raise UsageError(f"expression {place} is not valid UTF-8 text; type it again")
        if _is_video(Path(expression)) or _is_image(Path(expression)):
            raise UsageError(_file_for_expression(source, expression))
    return list(dict.fromkeys(expressions))


def _file_for_expression(source: str, expression: str) -> str:
    kind = "a video" if _is_video(Path(expression)) else "an image"
    if not exists(source) and not has_magic(source) and source != STDIN:
        return f'{expression} is {kind} and comes before what to find: refseg predict {expression} "{source}"'
    if _is_video(Path(expression)):
        return f"{expression} is a video, and these are taken one at a time: refseg predict {expression}"
    return (
        f"{expression} is an image, not an expression; for many images quote the pattern: "
        'refseg predict "*.jpg" "dog on the left"'
    )


def _is_image(path: Path) -> bool:
    """Whether there is a file with the ending of an image that we did not write ourselves."""
    if path.suffix.lower() not in IMAGE_SUFFIXES or path.name.startswith("."):
        return False
    return isfile(path) and not _WRITTEN_BY_US.search(path.name)


def _is_video(path: Path) -> bool:
    """Whether there is a file that has the ending of a video, and not also that of an image."""
    return path.suffix.lower() in VIDEO_SUFFIXES - IMAGE_SUFFIXES and isfile(path)


def _is_text(expression: str) -> bool:
    """Whether the expression came in as UTF-8; bytes that did not are half characters in Python."""
    try:
        expression.encode()
    except UnicodeEncodeError:
        return False
    return True
