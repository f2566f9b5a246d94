"""What a prediction will read and write, decided and checked before anything is computed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from refseg_cli.errors import DataError, UsageError

from .forced_types import TypesFrom, read_set_types
from .names import expression_slug, image_stem, unique_names
from .sources import STDIN, check_expressions, find_images
from .video_options import VideoOptions

MOST_EXPLAINED = 8
"""Sentences in one picture of `--explain`: they are computed at once, and each takes half a screen."""


@dataclass(frozen=True)
class Request:
    """What a user asked `refseg predict` for; the fields are the command's arguments and options.

    Raises:
        UsageError: if options do not fit together or the threshold is out of range.
    """

    source: str
    expressions: Sequence[str]
    out: Path = Path("refseg-out")
    checkpoint: str = "small"
    device: str = "auto"
    precision: str = "float32"
    threshold: float | None = None
    crf: bool = False
    overlay: bool = True
    explain: bool = False
    word_types: TypesFrom = "learned"
    set_types: Sequence[str] = ()
    force: bool = False
    video: VideoOptions = VideoOptions()

    def __post_init__(self) -> None:
        """Check what the types do not say."""
        if self.threshold is not None and not 0 < self.threshold < 1:
            raise UsageError(
                f"--threshold is {self.threshold}, but a probability lies between 0 and 1; try 0.5"
            )
        if self.threshold is not None and self.crf:
            raise UsageError("--crf finds the edge of the mask by itself; leave out --threshold")
        if self.explain:
            self._check_explain()

    def _check_explain(self) -> None:
        """Refuse what cannot be explained."""
        if self.crf:
            raise UsageError(
                "--explain shows what the network finds, which --crf then redraws; leave out --crf"
            )
        given = [f"--word-types {self.word_types}"] if self.word_types != "learned" else []
        given += ["--set-type"] if self.set_types else []
        if given:
            raise UsageError(
                f"--explain shows the learned word types beside random ones; leave out {' and '.join(given)}"
            )
        if len(self.expressions) > MOST_EXPLAINED:
            raise UsageError(
                f"--explain draws all sentences in one picture, {MOST_EXPLAINED} at most; "
                f"leave out {len(self.expressions) - MOST_EXPLAINED} of them"
            )

    @property
    def told_types(self) -> dict[str, str]:
        """The types that some words are to have, by word."""
        return read_set_types(self.set_types, self.expressions)

    @property
    def level(self) -> float:
        """The probability from which on a pixel belongs to the mask."""
        return 0.5 if self.threshold is None else self.threshold


@dataclass(frozen=True)
class Target:
    """One image with one expression, and the files that will be written for them.

    All expressions of an image share one `explanation`.
    """

    expression: str
    mask: Path
    overlay: Path | None
    explanation: Path | None

    @property
    def files(self) -> list[Path]:
        """All files to be written."""
        return [path for path in (self.mask, self.overlay, self.explanation) if path is not None]


Plan = dict[str, list[Target]]


def make_plan(request: Request) -> Plan:
    """Decide which images are read and which files are written, without reading or writing any."""
    expressions = check_expressions(request.source, request.expressions)
    sources = find_images(request.source)
    request.video.check_unused(request.source)
    stems = ["stdin"] if sources == [STDIN] else unique_names(sources, image_stem)
    slugs = unique_names(expressions, expression_slug)
    explained = slugs[0] if len(slugs) == 1 else f"{slugs[0]}-and-{len(slugs) - 1}-more"
    plan: Plan = {}
    for source, stem in zip(sources, stems, strict=True):
        plan[source] = []
        explanation = request.out / f"{stem}--{explained}.explain.png" if request.explain else None
        for expression, slug in zip(expressions, slugs, strict=True):
            mask = request.out / f"{stem}--{slug}.mask.png"
            overlay = request.out / f"{stem}--{slug}.overlay.png" if request.overlay else None
            plan[source].append(Target(expression, mask, overlay, explanation))
    return plan


def check_outputs(files: Iterable[Path], request: Request) -> None:
    """Refuse to overwrite earlier results.

    Raises:
        UsageError: if a file is there already and `force` was not asked for, or the folder is a file.
    """
    if request.out.exists() and not request.out.is_dir():
        raise UsageError(f"{request.out} is a file, but the results need a folder; choose another --out")
    there = [file for file in dict.fromkeys(files) if file.exists()]
    if there and not request.force:
        which = str(there[0]) if len(there) == 1 else f"{there[0]} and {len(there) - 1} more"
        raise UsageError(f"already there: {which}; add --force to overwrite, or choose another --out")


def make_folder(folder: Path) -> None:
    """Make the folder for the results.

    Raises:
        DataError: if that is not possible.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot make the folder {folder} ({error.strerror}); choose another --out") from None
