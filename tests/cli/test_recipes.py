"""Each number of each recipe for training, as `refseg config show` resolves it."""

import tomllib
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner

from refseg.models.cmpc import CmpcVideoConfig
from refseg_cli.app import app
from refseg_cli.engine.run_config import read_run_config
from refseg_cli.engine.training_plan import with_recipe

OFFICIAL = {
    "optimizer.name": "adam",  # which adds the decay to the gradient
    "optimizer.learning_rate": 2.5e-4,
    "optimizer.final_learning_rate": 1e-5,
    "optimizer.schedule": "poly",
    "optimizer.schedule_steps": 800_000,
    "optimizer.warmup_steps": 0,
    "optimizer.beta2": 0.999,
    "optimizer.weight_decay": 5e-4,
    "optimizer.clip_norm": 0.0,
    "optimizer.ema": 0.0,
    "training.steps": 700_000,
    "training.accumulate": 1,
    "training.precision": "float32",
    "data.draw": "sentences",
    "data.images_per_step": 1,
    "data.sentences_per_image": 1,
    "data.flip": False,
    "data.views": 1,
    "data.contrast": 0.0,
    "data.kind_weights": {},
    "loss.reduction": "sum",
    "loss.auxiliary_weight": 0.1,
    "loss.cross_entropy_weight": 1.0,
    "loss.dice_weight": 0.0,
    "loss.word_type_weight": 0.0,
    "loss.target_grid": "none",  # 0/1 targets at the canvas size
    "preprocess.size": 320,
    "head.graph_layers": 1,
    "head.exchange_rounds": 2,
    "head.auxiliary_scores": True,
    "backbone.tuned_stages": 0,
    "text.glove": "glove/glove.840B.300d.txt",
    "text.vocabulary": "",  # the words of the training sentences: ReferIt has its own
    "text.encoder.max_words": 20,
    "text.encoder.trained_embeddings": True,
}
_TAKEN_OVER = (
    *("visual_width", "multimodal_width", "level_width", "word_type_width", "grid", "peephole", "upsampling"),
    *("l2_rescale", "coordinate_scale", "score_bias"),
)
PAPER = OFFICIAL | {
    "optimizer.weight_decay": 5e-4 / (320 * 320),
    "loss.reduction": "mean",
    "loss.auxiliary_weight": 0.0,
    "head.exchange_rounds": 3,
    "head.auxiliary_scores": False,
}
VIDEO = {"head.action_reasoning": True, "head.concat_multimodal": False, "head.context_query": "perceived"}
PAPER_VIDEO = {
    "head.action_reasoning": True,
    "head.concat_multimodal": True,
    "head.context_query": "reasoned",
}
A2D = {"optimizer.schedule_steps": 400_000, "training.steps": 380_000}
YOUTUBE = {
    "optimizer.learning_rate": 5e-4,
    "optimizer.final_learning_rate": 5e-5,
    "optimizer.schedule": "drop",
    "optimizer.schedule_steps": 160_000,
    "training.steps": 200_000,
}
RECIPES = {
    ("official", "unc"): OFFICIAL,
    ("official", "unc+"): OFFICIAL,
    ("official", "gref"): OFFICIAL,
    ("official", "gref-umd"): OFFICIAL,
    ("official", "referit"): OFFICIAL,
    ("official", "a2d"): OFFICIAL | VIDEO | A2D,
    ("official", "refer-youtube-vos"): OFFICIAL | VIDEO | YOUTUBE,
    ("paper", "unc"): PAPER,
    ("paper", "referit"): PAPER,
    ("paper", "gref"): PAPER | {"head.graph_layers": 2},
    ("paper", "a2d"): PAPER | PAPER_VIDEO | A2D,
    ("paper", "refer-youtube-vos"): PAPER | PAPER_VIDEO | YOUTUBE,
}


@pytest.mark.parametrize(("preset", "dataset"), RECIPES)
def test_a_recipe_is_the_published_one(preset: str, dataset: str) -> None:
    done = CliRunner().invoke(app, ["config", "show", with_recipe(preset, dataset)])
    assert done.exit_code == 0, done.stderr
    expected = RECIPES[preset, dataset]
    shown = {key: _at(tomllib.loads(done.stdout), key) for key in expected}
    assert shown == expected


def _at(table: dict[str, Any], key: str) -> Any:
    for part in key.split("."):
        table = table[part]
    return table


def test_the_networks_for_videos_of_the_recipes_are_their_presets() -> None:
    for preset in ("official", "paper"):
        config = read_run_config(with_recipe(preset, "a2d"))
        assert config.head == getattr(CmpcVideoConfig, preset)()


def test_the_preset_for_clips_is_that_for_photos_but_for_what_it_says() -> None:
    small, video = read_run_config("small"), read_run_config("small-video")
    head = replace(CmpcVideoConfig(), **{name: getattr(small.head, name) for name in _TAKEN_OVER})
    assert video.head == head
    data = replace(small.data, views=1, sentences_per_image=2, kind_weights={})
    assert video == replace(small, head=video.head, data=data)
