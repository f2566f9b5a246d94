"""A training run that takes seconds: four sentences on two made-up photos, and a network of small widths."""

from collections.abc import Callable, Sequence
from pathlib import Path

from refer_folders import write_refer_folder
from typer.testing import CliRunner

from refseg.encoders.vocabulary import SPECIALS
from refseg_cli.app import app

Train = Callable[..., tuple[int, str, str]]

CONFIG = """
[backbone]
name = "efficientnet-lite0"
weights = ["random"]
[text]
glove = ""
vocabulary = "words.txt"
encoder = { embedding_width = 8, width = 16 }
[head]
visual_width = 16
multimodal_width = 16
level_width = 12
word_type_width = 8
grid = [8, 8]
l2_rescale = true
[preprocess]
size = 64
[optimizer]
learning_rate = 5e-3
ema = 0.5
[data]
sources = [{ folder = "dogs", refs = "refs(unc).p", split = "val" }]
draw = "images"
images_per_step = 2
sentences_per_image = 2
contrast = 1.0
flip = true
views = 2
[loss]
reduction = "mean"
word_type_weight = 0.1
target_grid = 32
[training]
steps = 4
log_every = 2
save_every = 2
cache_levels = true
"""


def write_tiny_training(folder: Path) -> list[str]:
    """Write data and configuration into a folder; returns the options of `refseg train` for it."""
    write_refer_folder(folder / "dogs")
    (folder / "words.txt").write_text("\n".join((*SPECIALS, "left", "right", "dog")))
    (folder / "tiny.toml").write_text(CONFIG)
    # a name, as that by default tells of the backbone
    return ["--config", "tiny.toml", "--data", ".", "--device", "cpu", "--name", "official"]


def run_train(options: Sequence[str], *arguments: str) -> tuple[int, str, str]:
    """`refseg train` in this process, with the options unless it resumes: exit code, stdout, stderr."""
    words = arguments if "--resume" in arguments else (*options, *arguments)
    result = CliRunner().invoke(app, ["train", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr
