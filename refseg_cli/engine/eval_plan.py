"""What `refseg eval` was asked for: which options go together, and what its files are called."""

from dataclasses import dataclass
from pathlib import Path

from refseg_cli.errors import UsageError

from .eval_settings import Settings
from .report_head import sha256
from .selection import Selection, Wanted


@dataclass(frozen=True)
class EvalRequest:
    """What was typed.

    Attributes:
        checkpoint: Name or path, unless there are predictions.
        predictions: Masks of another tool to score instead.
        wanted: What to score; its split is one of `splits`.
        splits: Of the dataset.
        settings: How to ask.
        out: Folder of the reports.
        device: Where the network runs.
        precision: What it computes in.
        n_processes: How many share the photos.
        explain: Whether to draw how a few answers came about.
        force: Whether to overwrite reports.
        quiet: Whether to say nothing but results.
    """

    checkpoint: str | None
    predictions: Path | None
    wanted: Wanted
    splits: tuple[str, ...]
    settings: Settings
    out: Path
    device: str = "auto"
    precision: str = "float32"
    n_processes: int = 1
    explain: bool = False
    force: bool = False
    quiet: bool = False

    def check(self) -> None:
        """Refuse what does not go together.

        Raises:
            UsageError: Says what to leave out.
        """
        settings = self.settings
        if (self.checkpoint is None) == (self.predictions is None):
            raise UsageError("eval scores a --checkpoint or --predictions: give one of the two")
        if len(set(self.splits)) != len(self.splits):
            raise UsageError(f"--split names one twice: {','.join(self.splits)}")
        settings.check_threshold()
        if settings.save_masks and settings.protocol == "lavt480":
            raise UsageError("lavt480 has no masks of the photos' own size: leave out --save-masks")
        if self.explain and settings.word_types != "learned":
            raise UsageError(
                "--explain is about learned word types, and shows random ones beside: leave out --word-types"
            )
        if self.predictions is not None:
            self._check_predictions()

    def _check_predictions(self) -> None:
        """Refuse what needs a network."""
        settings = self.settings
        needs_network = {
            "--swap": settings.swap,
            "--crf": settings.crf,
            "--save-masks": settings.save_masks,
            "--explain": self.explain,
            "--threshold": settings.threshold != Settings.threshold,
            "--word-types": settings.word_types != "learned",
            f"--protocol {settings.protocol}": settings.protocol != "original",
            "--baseline random-word-types": "random-word-types" in settings.baselines,
        }
        wrong = [option for option, given in needs_network.items() if given]
        if wrong:
            raise UsageError(f"--predictions are scored as they are: leave out {', '.join(wrong)}")
        if len(self.splits) > 1:
            raise UsageError("--predictions are of one split: choose it with --split")


def report_stem(source: Path, selection: Selection, settings: Settings) -> str:
    """Name a report after what was scored, so that two different questions do not share a file.

    Args:
        source: The checkpoint or the masks; a folder of reports holds those of several.
        selection: What is scored.
        settings: How.

    Returns:
        Such as `small-1c2e51f0--coco_phrases-val-original--swap`, with the start of the file's SHA-256.
    """
    parts = [
        f"{source.stem}-{sha256(source)[:8]}",
        "-".join(filter(None, (selection.name, selection.split, selection.part, settings.protocol))),
        "crf" if settings.crf else "",
        f"first-{selection.n_sentences}" if selection.partial else "",
        "" if selection.frames_per_video is None else f"frames-per-video-{selection.frames_per_video}",
        _types(settings),
        "" if settings.threshold == Settings.threshold else f"threshold-{settings.threshold}",
        "swap" if settings.swap else "",
    ]
    return "--".join(filter(None, parts))


def _types(settings: Settings) -> str:
    """Where the types of words are from; random ones hang on the seed."""
    if settings.word_types == "learned":
        return ""
    seed = f"-seed{settings.seed}" if settings.word_types == "random" and settings.seed else ""
    return f"{settings.word_types}{seed}"
