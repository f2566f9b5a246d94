"""A training run from what was asked to what it leaves behind in its folder."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from refseg.models.predictor import find_device
from refseg_cli import console
from refseg_cli.data.mixture import Mixture, dataset_source, read_mixture
from refseg_cli.errors import ConfigError, UsageError

from .build import build_for_training
from .devices import check_device
from .optimizers import trained
from .run_config import RunConfig, read_run_config
from .train import Progress, Report, Trainer, run_training


@dataclass(frozen=True)
class TrainingRequest:
    """What `refseg train` was asked for.

    Args:
        dataset: name or folder of a dataset in REFER's layout; None where the configuration names the data.
        preset: name of a preset.
        config: file over the preset.
        settings: `section.key=value` over both.
        data: data root.
        runs: folder of all runs.
        name: of this run.
        device: "auto", "cpu", "cuda".
        dry_run: only say what would be done.
        force: overwrite a run of the same name.
    """

    dataset: str | None
    preset: str
    config: Path | None
    settings: tuple[str, ...]
    data: Path
    runs: Path
    name: str | None
    device: str
    dry_run: bool
    force: bool


def run(request: TrainingRequest) -> Path | None:
    """Train as asked.

    Returns:
        The checkpoint; None for a dry run.

    Raises:
        UsageError: if a run of that name is there already.
        ConfigError, DataError, WeightsNotFound: if the configuration or a file is wrong.
    """
    check_device(request.device)
    config = _configured(request)
    folder = request.runs / _data_name(request) / (request.name or request.preset)
    if folder.exists() and not request.force and not request.dry_run:
        raise UsageError(f"{folder} is there already: give another --name, or --force to overwrite it")
    console.say("reading the data")
    mixture = read_mixture(config.data, request.data, config.training.seed)
    console.say("building the network")
    segmenter = build_for_training(config, request.data)
    segmenter.to(find_device(request.device))
    console.say(_summary(config, mixture, sum(weight.numel() for weight in trained(segmenter))))
    if request.dry_run:
        return None
    provenance = _provenance(request, config, mixture, segmenter.backbone.provenance)
    trainer = Trainer(segmenter, mixture, config)
    with console.progress(config.training.steps, "training") as advance:
        return run_training(trainer, folder, provenance, _Shown(advance))


def _configured(request: TrainingRequest) -> RunConfig:
    config = read_run_config(request.preset, request.config, request.settings)
    if request.dataset is None:
        return config
    if config.data.sources:
        raise ConfigError(
            "the configuration names its own data: leave --dataset out, or choose another preset"
        )
    source = dataset_source(request.dataset, request.data)
    return replace(config, data=replace(config.data, sources=(source,)))


def _data_name(request: TrainingRequest) -> str:
    return Path(request.dataset).name if request.dataset else "mixture"


def _summary(config: RunConfig, mixture: Mixture, n_trained: int) -> str:
    per_step = config.data.images_per_step * config.data.sentences_per_image
    return (
        f"{len(mixture):,} sentences on {mixture.n_images:,} images; {n_trained:,} trained parameters; "
        f"{config.training.steps:,} steps of {per_step} sentences"
    )


def _provenance(
    request: TrainingRequest, config: RunConfig, mixture: Mixture, backbone: tuple[str, ...]
) -> dict[str, Any]:
    """What a checkpoint tells about how it was made."""
    return {
        "backbone": list(backbone),
        "preset": request.preset,
        "settings": list(request.settings),
        "seed": config.training.seed,
        "data": [f"{source.folder} ({source.layout})" for source in config.data.sources],
        "sentences": dict(Counter(sample.kind for sample in mixture.samples)),
        "image_ids": sorted({sample.image_id for sample in mixture.samples}),
    }


class _Shown(Report):
    """Shows the progress of a run on stderr."""

    def __init__(self, advance: Any) -> None:
        self._advance = advance
        self._note = ""

    def step(self, step: int) -> None:  # noqa: ARG002 - a bar counts for itself
        """Move the bar."""
        self._advance(1, note=self._note)

    def progress(self, progress: Progress) -> None:
        """Show the loss behind the bar, and a line where there is no bar."""
        self._note = f"loss {progress.losses['total']:.4f}"
        console.say(
            f"step {progress.step}  {self._note}  lr {progress.learning_rate:.2e}  {progress.seconds:.0f} s"
        )
