"""What a run says of itself while it goes on and at its end."""

from collections.abc import Mapping
from typing import Any

from refseg.models.segmenter import Segmenter
from refseg_cli.data.mixture import Mixture

from .batch_rule import sentences_per_step
from .metrics_log import Record
from .optimizers import trained
from .run_config import RunConfig


def summary(config: RunConfig, mixture: Mixture, segmenter: Segmenter, n_processes: int) -> str:
    """What is trained on what, for how long, and what the effective batch is."""
    batch, turns = sentences_per_step(config), config.training.accumulate
    shared = f", shared by {n_processes} processes" if n_processes > 1 else ""
    in_turns = f", in {turns} turns" if turns > 1 else ""
    return (
        f"{data_line(mixture)}; "
        f"{sum(weight.numel() for weight in trained(segmenter)):,} trained parameters; "
        f"{config.training.steps:,} steps of {batch:,} sentence{'s' if batch > 1 else ''}"
        f"{shared}{in_turns}"
    )


def data_line(mixture: Mixture) -> str:
    """How much there is to train on."""
    pictures = "images" if mixture.samples[0].clip is None else "clips"
    return f"{len(mixture):,} sentences on {mixture.n_images:,} {pictures}"


def progress_line(record: Record, seconds_left: float) -> str:
    """How the run goes: the loss and what it is made of, learning rate, speed, memory, time left."""
    losses = " ".join(f"{name} {value:.4g}" for name, value in record["losses"].items() if name != "total")
    parts = [
        f"step {record['step']:,}",
        f"loss {record['losses']['total']:.4g} ({losses})",
        f"lr {record['learning_rate']:.2e}",
        f"{record['samples_per_second']:.1f} sentences/s",
        f"{record['memory_gib']:.1f} GiB",
        *([f"{duration(seconds_left)} left"] if seconds_left else []),
    ]
    return "  ".join(parts)


def progress_note(record: Record) -> str:
    """As much of it as fits behind a bar in 80 columns: loss, learning rate, sentences a second, memory."""
    return (
        f"loss {record['losses']['total']:.4g}  lr {record['learning_rate']:.1e}  "
        f"{record['samples_per_second']:.1f}/s  {record['memory_gib']:.1f} GiB"
    )


def validation_line(record: Record, best: bool) -> str:
    """The scores in percent, and what they are of."""
    step = f"step {record['step']:,}"
    scores = "  ".join(f"{name} {100 * value:.1f}" for name, value in record["scores"].items())
    return f"{step}  {scores}  ({record['subset']}){'  best so far' if best else ''}"


def final_table(rows: Mapping[str, Any]) -> str:
    """Names and values, one a line."""
    width = max(map(len, rows))
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows.items())


def duration(seconds: float) -> str:
    """A time as a person says it: 3 h 05 min, 12 min 07 s, 4.2 s."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {left:02} s"
