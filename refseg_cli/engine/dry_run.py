"""What a run would be: its configuration, what it would train, and how long and large it would be."""

import time

from torch import nn

from .batch_rule import sentences_per_step
from .config_text import to_toml
from .memory import peak_memory_gib
from .train import Trainer
from .training_plan import TrainingPlan
from .training_text import data_line, duration, final_table
from .validation import choose_validation

_N_TRIED = 2


def describe_run(plan: TrainingPlan, trainer: Trainer) -> str:
    """The configuration as TOML, and all else in its comments, so that the whole can be used as a file.

    Trains two steps and forgets them: times and memory are measured on the second.
    """
    config, mixture = plan.config, trainer.mixture
    training, n_sentences = config.training, sentences_per_step(config)
    validation = choose_validation(config.data, plan.root, training.validation_samples, training.precision)
    rows = {
        "folder": plan.folder.path,
        "training data": data_line(mixture),
        "validation": validation.label if validation is not None else "none",
        "sentences a step": f"{n_sentences:,} on {config.data.images_per_step:,} images",
        "epochs": f"{training.steps * n_sentences / len(mixture):.1f}",
        **{f"parameters, {name}": count for name, count in _parameters(trainer.segmenter).items()},
        **_tried(trainer),
    }
    comments = "".join(f"# {line}\n" for line in final_table(rows).splitlines())
    return f"{comments}\n{to_toml(config).rstrip()}"


def _parameters(network: nn.Module) -> dict[str, str]:
    """How many there are in each part, and how many of them are trained."""
    parts = {name: part for name, part in network.named_children() if name != "head"}
    parts |= {f"head.{name}": part for name, part in network.get_submodule("head").named_children()}
    parts["all"] = network
    counts = {
        name: (
            sum(weight.numel() for weight in part.parameters()),
            sum(weight.numel() for weight in part.parameters() if weight.requires_grad),
        )
        for name, part in parts.items()
    }
    return {name: f"{n:,} ({trained:,} trained)" for name, (n, trained) in counts.items() if n}


def _tried(trainer: Trainer) -> dict[str, str]:
    """The shapes of a batch, and what a step takes."""
    training, batches = trainer.config.training, trainer.coming()
    first = next(batches)
    shapes = {
        "levels of a turn": "  ".join(str(tuple(level.shape)) for level in first.levels),
        "targets of a turn": str(tuple(first.targets.shape)),
    }
    del first
    batches = trainer.coming()
    for _ in range(min(_N_TRIED, training.steps)):
        started = time.perf_counter()
        trainer.step(batches)
        trainer.check()  # waits until the device is done
    seconds = time.perf_counter() - started
    return shapes | {
        "time of a step": duration(seconds),
        "time of the run": f"about {duration(seconds * training.steps)}",
        "memory": f"about {peak_memory_gib(trainer.segmenter.device):.1f} GiB",
    }
