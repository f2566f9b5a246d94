"""What a prediction on a video will write, decided and checked before anything is computed."""

from dataclasses import dataclass
from pathlib import Path

from refseg_cli.errors import UsageError

from .names import expression_slug, image_stem, unique_names
from .plan import Request, check_outputs
from .sources import check_expressions


@dataclass(frozen=True)
class VideoTarget:
    """One sentence about a video, and what will be written for it.

    Args:
        expression: the sentence.
        masks: a folder of PNG, or a file of lines.
        overlay: the video that shows the masks.
    """

    expression: str
    masks: Path
    overlay: Path | None


def plan_video(request: Request) -> list[VideoTarget]:
    """Decide what is written, without reading or writing any.

    Raises:
        UsageError: if an option is for photos alone, or there are results that are not to be replaced.
    """
    _refuse_options_for_photos(request)
    expressions = check_expressions(request.source, request.expressions)
    stem = image_stem(
        str(Path(request.source).resolve()) if Path(request.source).is_dir() else request.source
    )
    ending = "masks.jsonl" if request.video.masks == "rle" else "masks"
    targets = []
    for expression, slug in zip(expressions, unique_names(expressions, expression_slug), strict=True):
        overlay = request.out / f"{stem}--{slug}.overlay.mp4" if request.overlay else None
        targets.append(VideoTarget(expression, request.out / f"{stem}--{slug}.{ending}", overlay))
    check_outputs((file for one in targets for file in (one.masks, one.overlay) if file), request)
    for target in targets:
        _refuse_what_is_not_ours(target.masks)
    return targets


def _refuse_options_for_photos(request: Request) -> None:
    given = [name for name, on in (("--explain", request.explain), ("--crf", request.crf)) if on]
    if given:
        raise UsageError(
            f"{' and '.join(given)} is for photos, and {request.source} is a video; save a frame of it as a "
            "picture for that"
        )


def _refuse_what_is_not_ours(masks: Path) -> None:
    """A folder of masks is replaced as a whole: it must hold nothing else."""
    if masks.is_dir():
        other = next((path for path in masks.iterdir() if path.suffix != ".png" or path.is_dir()), None)
        if other is not None:
            raise UsageError(f"{masks} holds more than masks ({other.name}); choose another --out")
