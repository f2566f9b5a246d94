"""Every field of the configuration does something, and every ablation of the paper is one setting of them."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch
from heads import PRESETS, make_head, make_levels, make_text, small_config
from torch import Tensor, nn

from refseg.models.cmpc import CmpcConfig, CmpcImage
from refseg.models.losses import LossConfig, segmentation_losses

SINGLE: dict[str, Any] = {"levels": ("c5",), "exchange_rounds": 0, "convlstm": False}
NO_CMF: dict[str, Any] = {"concat_multimodal": False}
BASELINE: dict[str, Any] = {"entity_perception": False, "relation_reasoning": False, **NO_CMF}

# field → another value, and where the field has no effect by itself, what must be set first
SWITCHES: dict[str, tuple[Any, dict[str, Any]]] = {
    "visual_width": (13, {}),
    "multimodal_width": (13, {}),
    "level_width": (8, {}),
    "convlstm_width": (8, {}),
    "fusion_heads": (2, {}),
    "word_type_width": (5, {}),
    "levels": (("c3", "c5"), {}),
    "grid": ((3, 4), {"peephole": "channel"}),
    "entity_perception": (False, {}),
    "relation_reasoning": (False, {}),
    "graph_layers": (2, {}),
    "concat_multimodal": (False, {}),
    "exchange_rounds": (1, {}),
    "exchange_guide": ("sentence", {}),
    "convlstm": (False, {}),
    "coordinates": ("lateral", {}),
    "l2_normalisation": (False, {}),
    "word_type_activation": ("sigmoid", {}),
    "fusion_tanh": (False, {}),
    "projection_bias": (False, {}),
    "vertex_projection": (True, {}),
    "relation_gate": ("words", {}),
    "affinity_scale": (False, {}),
    "graph_convolution": ("plain", {}),
    "output_sentence": ("necessary", {}),
    "output_relu": (False, {}),
    "exchange_pooling": ("dot", {}),
    "exchange_gate": ("shared", {}),
    "peephole": ("channel", {}),
    "convlstm_norm": (False, {}),
    "auxiliary_scores": (False, {}),
    "upsampling": ("half_pixel", {}),
    "l2_rescale": (True, {}),
    "coordinate_scale": (4.0, {}),
    "score_bias": (-2.5, {}),
}

# What the paper prints other than what the authors' code does (specification, section 8).
PAPER: dict[str, Any] = {
    "level_width": 1000,
    "convlstm_width": 500,
    "word_type_width": 1000,
    "exchange_rounds": 3,
    "coordinates": "lateral",
    "l2_normalisation": False,
    "word_type_activation": "sigmoid",
    "fusion_tanh": False,
    "projection_bias": False,
    "vertex_projection": True,
    "relation_gate": "words",
    "affinity_scale": False,
    "graph_convolution": "plain",
    "output_sentence": "necessary",
    "output_relu": False,
    "exchange_pooling": "dot",
    "exchange_gate": "shared",
    "peephole": "channel",
    "convlstm_norm": False,
    "auxiliary_scores": False,
    "upsampling": "half_pixel",
}

# Rows as the specification reads them; GloVe (rows 5 to 6, 12 to 15) is a matter of the text encoder.
ABLATIONS: dict[str, dict[str, Any]] = {
    "table 5 row 1": {**SINGLE, **BASELINE},
    "table 5 row 2": {**SINGLE, **NO_CMF, "relation_reasoning": False},
    "table 5 row 3": {**SINGLE, **NO_CMF, "entity_perception": False},
    "table 5 rows 4, 5": {**SINGLE, **NO_CMF},
    "table 5 row 6": SINGLE,
    "table 5 row 7": {**BASELINE, "exchange_rounds": 0},
    "table 5 row 8": {**BASELINE, "exchange_rounds": 1},
    "table 5 row 9": {**NO_CMF, "relation_reasoning": False, "exchange_rounds": 1},
    "table 5 row 10": {**NO_CMF, "entity_perception": False, "exchange_rounds": 1},
    "table 5 rows 11, 12": {**NO_CMF, "exchange_rounds": 1},
    "table 5 row 13": {"exchange_rounds": 0},
    "table 5 row 14": {"exchange_rounds": 1, "convlstm": False},
    "table 5 row 15": {"exchange_rounds": 1},
    **{f"table 8 n = {n}": {**NO_CMF, "exchange_rounds": n} for n in range(4)},
    "table 9 without necessary words": {"exchange_guide": "sentence"},
    **{f"table 10 g = {g}": {**SINGLE, **NO_CMF, "graph_layers": g} for g in range(4)},
}
OUT_OF_RANGE: list[tuple[str, Any, dict[str, Any]]] = [
    *((name, 0, {}) for name in ("visual_width", "multimodal_width", "level_width", "convlstm_width")),
    *((name, 0, {}) for name in ("fusion_heads", "word_type_width")),
    *((name, -1, {}) for name in ("graph_layers", "exchange_rounds")),
    *((name, "none of these", {}) for name in PAPER if isinstance(PAPER[name], str)),
    ("exchange_guide", "necessity", {}),
    *((item.name, "off", {}) for item in fields(CmpcConfig) if item.type is bool),
    *(("levels", value, {}) for value in ((), ("c5", "c3"), ("c3", "c3"), ("c2", "c3"), ["c3", "c4"])),
    *(("grid", value, {}) for value in ((0, 5), (5, -1), (5,), (5, 5, 5))),
    ("exchange_rounds", 1, {"levels": ("c5",)}),
    ("grid", None, {"peephole": "map"}),
    ("entity_perception", False, {"visual_width": 7}),
]


@pytest.fixture(autouse=True)
def precision() -> Iterator[None]:
    yield
    torch.set_default_dtype(torch.float32)


def maps(head: CmpcImage) -> list[Tensor]:
    """What a head says of two expressions on an image."""
    torch.manual_seed(3)
    levels, text = make_levels(1), make_text([4, 2])
    with torch.no_grad():
        segmentation = head.decode(head.encode_image(head.on_grid(levels)), text)
    return [segmentation.logits((20, 24)), segmentation.level_logits((20, 24))]


@pytest.mark.parametrize("field", SWITCHES)
def test_every_field_changes_the_parameters_or_the_result(field: str) -> None:
    value, needed = SWITCHES[field]
    before, after = small_config("official", **needed), small_config("official", **needed, **{field: value})
    assert [
        item.name for item in fields(CmpcConfig) if getattr(before, item.name) != getattr(after, item.name)
    ] == [field]
    first, second = make_head(before), make_head(after)
    parameters, others = first.state_dict(), second.state_dict()
    if {name: value.shape for name, value in parameters.items()} != {n: v.shape for n, v in others.items()}:
        return
    if any(not torch.equal(parameters[name], others[name]) for name in parameters):
        return
    for one, other in zip(maps(first), maps(second), strict=True):
        if one.shape != other.shape or (one - other).abs().max() > 1e-3:
            return
    pytest.fail(f"{field} does nothing")


def test_the_comparison_of_two_heads_calls_equal_what_is_equal() -> None:
    """Without this, chance in the making of heads would let every field pass."""
    first, second = make_head(PRESETS["official"]), make_head(PRESETS["official"])
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(maps(first), maps(second), strict=True))


def test_every_field_has_its_row_here() -> None:
    assert list(SWITCHES) == [item.name for item in fields(CmpcConfig)]


def test_the_presets_differ_in_just_what_the_specification_lists() -> None:
    official, paper = CmpcConfig.official(), CmpcConfig.paper()
    different = {
        item.name for item in fields(CmpcConfig) if getattr(official, item.name) != getattr(paper, item.name)
    }
    assert different == set(PAPER)
    assert {name: getattr(paper, name) for name in PAPER} == PAPER
    assert official == CmpcConfig()


def test_the_docstring_explains_every_field_and_marks_what_the_paper_has_otherwise() -> None:
    explanations = _field_docs()
    assert list(explanations) == [item.name for item in fields(CmpcConfig)]
    assert {name for name, text in explanations.items() if re.search(r"\bpaper\b", text)} == set(PAPER)


def _field_docs() -> dict[str, str]:
    """Field → its explanation in the docstring of the configuration."""
    section = (CmpcConfig.__doc__ or "").split("Args:\n")[1].split("Raises:")[0]
    entries = re.split(r"^ {8}(?=\w+: )", section, flags=re.MULTILINE)
    return {name: text for name, _, text in (entry.partition(": ") for entry in entries if entry.strip())}


@pytest.mark.parametrize(
    "preset",
    [
        "official",
        "paper",
    ],
)
def test_the_preset_files_say_the_same_as_the_configuration(root: Path, preset: str) -> None:
    values = tomllib.loads((root / f"refseg_cli/presets/{preset}.toml").read_text(encoding="utf-8"))
    assert CmpcConfig.from_dict(values.get("head", {})) == getattr(CmpcConfig, preset)()


@pytest.mark.parametrize("row", ABLATIONS)
@pytest.mark.parametrize("preset", PRESETS)
def test_an_ablation_of_the_paper_builds_and_learns(preset: str, row: str) -> None:
    torch.set_default_dtype(torch.float64)  # the gates of `paper` saturate soon
    config = small_config(preset, **ABLATIONS[row])
    head, text = make_head(config, noise=0.02), make_text([4, 1, 2])
    segmentation = head.decode(head.encode_image(head.on_grid(make_levels(3))), text)
    weight = 0.1 if config.auxiliary_scores else 0.0
    targets = torch.rand(3, 20, 24).round()
    losses = segmentation_losses(segmentation, targets, LossConfig(reduction="mean", auxiliary_weight=weight))
    losses.total.backward()
    idle = set(_idle(config))
    for name, parameter in head.named_parameters():
        if config.exchange_pooling == "softmax" and name.endswith(".key.bias"):
            continue  # the softmax takes away what is the same for all regions
        moved = parameter.grad is not None and parameter.grad.abs().sum() > 0
        assert moved != any(re.search(pattern, name) for pattern in idle), name
        assert parameter.grad is None or parameter.grad.isfinite().all(), name


def _idle(config: CmpcConfig) -> Iterator[str]:
    """Patterns of the parameters that an ablation leaves without work."""
    reads_types = config.entity_perception or config.relation_reasoning
    if not reads_types and (not config.exchange_rounds or config.exchange_guide == "sentence"):
        yield r"^word_types\."
    if config.graph_layers == 0:  # messages that no layer reads
        yield r"\.reason\.(region|word)_key\."


def test_no_graph_layer_is_entity_perception_alone_as_the_tables_have_it() -> None:
    """49.06 stands both in Table 10 (UNC val, g = 0) and in Table 5 (row 2)."""
    without_layers = make_head(small_config("official", **ABLATIONS["table 10 g = 0"]))
    without_graph = make_head(small_config("official", **ABLATIONS["table 5 row 2"]))
    without_graph.load_state_dict(
        {name: value for name, value in without_layers.state_dict().items() if ".reason." not in name}
    )
    assert torch.equal(maps(without_layers)[0], maps(without_graph)[0])


def test_entity_perception_alone_reaches_the_output() -> None:
    head = make_head(small_config("official", **ABLATIONS["table 5 row 2"]))
    before = maps(head)[0]
    with torch.no_grad():
        head.levels["c5"].perceive.visual.weight.mul_(2)
    assert (maps(head)[0] - before).abs().max() > 1e-3


@pytest.mark.parametrize(("field", "value", "others"), OUT_OF_RANGE)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(
    field: str, value: Any, others: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=rf"\b{field}\b"):
        CmpcConfig(**{field: value, **others})


def test_a_configuration_comes_back_from_json() -> None:
    for config in (CmpcConfig(), CmpcConfig.paper(grid=None), small_config("official", levels=("c3", "c5"))):
        as_json = {
            name: list(value) if isinstance(value, tuple) else value for name, value in vars(config).items()
        }
        assert CmpcConfig.from_dict(as_json) == config


def test_a_fresh_head_says_mostly_background_where_that_is_wanted() -> None:
    head = CmpcImage((6, 7, 8), 10, small_config("official", score_bias=-2.5))
    scores = [module for module in head.modules() if isinstance(module, nn.Conv2d)]
    assert [score.bias.item() for score in scores] == [-2.5] * 4


def test_given_word_types_take_the_place_of_the_learned_ones() -> None:
    head, text = make_head(PRESETS["official"]), make_text([3, 2])
    image = head.encode_image(make_levels(1))
    given = torch.rand(2, 3, 4).softmax(dim=-1)
    with torch.no_grad():
        learned, changed = head.decode(image, text), head.decode(image, text, given)
        again = head.decode(image, text, learned.word_types)
    assert torch.equal(changed.word_types, given * text.is_word[..., None])
    assert (changed.grid_logits - learned.grid_logits).abs().max() > 1e-3
    assert torch.equal(again.grid_logits, learned.grid_logits)
    with pytest.raises(ValueError, match=re.escape("(B, T, K) = (2, 3, 4), got (2, 3, 5)")):
        head.decode(image, text, torch.rand(2, 3, 5))
