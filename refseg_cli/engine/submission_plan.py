"""What `refseg eval --submission` was asked for: a folder of masks for a server, and nothing scored."""

from dataclasses import dataclass
from pathlib import Path

from refseg_cli.errors import UsageError

from .eval_plan import EvalRequest
from .eval_settings import Settings


@dataclass(frozen=True)
class SubmissionRequest:
    """What was typed.

    Attributes:
        asked: As for an evaluation; without a checkpoint, masks that are there are checked.
        folder: Of the masks, or, to check them, their folder or zip.
    """

    asked: EvalRequest
    folder: Path

    @property
    def archive(self) -> Path:
        """The zip, beside the folder."""
        return self.folder.with_name(f"{self.folder.name}.zip")


def submission_request(request: EvalRequest, folder: Path) -> SubmissionRequest:
    """Turn an evaluation into a submission.

    Raises:
        UsageError: Says what to leave out, or how to name the folder.
    """
    _refuse("--submission has all masks of a split, unscored", _only_scored(request))
    if request.checkpoint is None:
        _refuse("without --checkpoint, --submission checks masks that are there", _only_written(request))
    elif not folder.name or folder.suffix == ".zip":
        raise UsageError(
            f"{folder}: --submission takes a new folder, and writes the zip beside: --submission sent"
        )
    if len(request.splits) > 1:
        raise UsageError("--submission is of one split: choose it with --split")
    request.settings.check_threshold()
    return SubmissionRequest(request, folder)


def _refuse(why: str, options: dict[str, bool]) -> None:
    given = [option for option, is_given in options.items() if is_given]
    if given:
        raise UsageError(f"{why}: leave out {', '.join(given)}")


def _only_scored(request: EvalRequest) -> dict[str, bool]:
    """What an evaluation alone can do."""
    settings, wanted = request.settings, request.wanted
    return {
        "--predictions": request.predictions is not None,
        "--swap": settings.swap,
        "--crf": settings.crf,
        "--coco-map": settings.coco_map,
        "--save-masks": settings.save_masks,
        "--explain": request.explain,
        "--baseline": bool(settings.baselines),
        "--limit": wanted.limit is not None,
        "--only-images": wanted.only_images is not None,
        "--frames-per-video": wanted.frames_per_video is not None,
        f"--protocol {settings.protocol}": settings.protocol != "original",
    }


def _only_written(request: EvalRequest) -> dict[str, bool]:
    """What only makes sense where masks are written."""
    return {
        "--word-types": request.settings.word_types != "learned",
        "--threshold": request.settings.threshold != Settings.threshold,
        "--nproc": request.n_processes > 1,
        "--force": request.force,
    }
