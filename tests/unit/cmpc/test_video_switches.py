"""Every field of the configuration for videos does something, and Tables 6 and 7 are settings of them."""

import json
import re
from dataclasses import asdict, fields
from typing import Any

import pytest
import torch
from heads import VIDEO_PRESETS, make_clips, make_head, make_text, small_video_config
from torch import Tensor

from refseg.models.cmpc import CmpcConfig, CmpcImage, CmpcVideo, CmpcVideoConfig, build_head
from refseg.models.cmpc.video_config import head_config
from refseg.models.losses import LossConfig, segmentation_losses

OFF: dict[str, Any] = {"entity_perception": False, "relation_reasoning": False, "action_reasoning": False}
CMF: dict[str, Any] = {"concat_multimodal": True}  # which Table 6 has throughout

ABLATIONS: dict[str, dict[str, Any]] = {
    "table 6 row 1": {**CMF, **OFF, "levels": ("c5",), "exchange_rounds": 0, "convlstm": False},
    "table 6 row 2": {**CMF, **OFF},
    "table 6 row 3": {**CMF, **OFF, "entity_perception": True},
    "table 6 row 4": {**CMF, "action_reasoning": False},
    "table 6 row 5": CMF,
    "table 7 direct": {"temporal_adjacency": "direct"},
    "table 7 adaptive": {"temporal_adjacency": "adaptive"},
    "action reasoning alone": {**OFF, "action_reasoning": True},
    "no relation reasoning": {"relation_reasoning": False},
}
# What `paper` has otherwise for videos than for images, and what `official` has.
PAPER = {"context_query": "reasoned", "context_value": "perceived"}
OFFICIAL = {"concat_multimodal": False, "output_sentence": "necessary"}
OWN = ("action_reasoning", "temporal_adjacency", "context_query", "context_value")


def test_the_presets_are_those_for_images_but_for_what_the_specification_lists() -> None:
    for preset, special in (("official", OFFICIAL), ("paper", PAPER)):
        image, video = (getattr(config, preset)() for config in (CmpcConfig, CmpcVideoConfig))
        told = asdict(video)
        different = {name for name, value in asdict(image).items() if told[name] != value}
        assert different | set(special) == set(special)
        assert {name: told[name] for name in special} == special
    official = CmpcVideoConfig.official()
    assert {name: getattr(official, name) for name in OWN} == {
        "action_reasoning": True,
        "temporal_adjacency": "direct",
        "context_query": "perceived",
        "context_value": "reasoned",
    }
    assert official == CmpcVideoConfig()
    assert CmpcVideoConfig.paper(context_query="perceived").context_query == "perceived"


def test_the_docstring_explains_the_fields_that_images_lack_or_have_otherwise() -> None:
    section = (CmpcVideoConfig.__doc__ or "").split("Args:\n")[1]
    explained = re.findall(r"^ {8}(\w+): ", section, flags=re.MULTILINE)
    assert explained == [*OFFICIAL, *OWN]
    own = [item.name for item in fields(CmpcVideoConfig)][len(fields(CmpcConfig)) :]
    assert tuple(own) == OWN


@pytest.mark.parametrize(
    ("field", "value"), [(name, value) for name in OWN for value in ("off", None)] + [("convlstm", 1.5)]
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"\b{field}\b"):
        CmpcVideoConfig(**{field: value})


def maps(config: CmpcVideoConfig) -> Tensor:
    torch.manual_seed(3)
    head, levels, text = make_head(config), make_clips(1), make_text([4, 2])
    with torch.no_grad():
        return head.decode(head.encode_image(levels), text).grid_logits


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("action_reasoning", False),
        ("temporal_adjacency", "adaptive"),
        ("context_query", "perceived"),
        ("context_value", "reasoned"),
    ],
)
def test_every_field_changes_the_result(field: str, value: Any) -> None:
    before = maps(VIDEO_PRESETS["paper"])  # without unit lengths, frames look less alike
    assert torch.equal(maps(VIDEO_PRESETS["paper"]), before)
    after = maps(small_video_config("paper", **{field: value}))
    assert (after - before).abs().max() > 1e-3 * before.abs().max()


@pytest.mark.parametrize("row", ABLATIONS)
@pytest.mark.parametrize("preset", VIDEO_PRESETS)
def test_an_ablation_of_the_paper_builds_and_learns(preset: str, row: str) -> None:
    torch.set_default_dtype(torch.float64)
    try:
        config = small_video_config(preset, **ABLATIONS[row])
        head, text = make_head(config, noise=0.02), make_text([4, 1, 2])
        segmentation = head.decode(head.encode_image(head.on_grid(make_clips(3, 4))), text)
        loss = LossConfig(reduction="mean", auxiliary_weight=0.1 if config.auxiliary_scores else 0.0)
        segmentation_losses(segmentation, torch.rand(3, 20, 24).round(), loss).total.backward()
    finally:
        torch.set_default_dtype(torch.float32)
    for name, parameter in head.named_parameters():
        assert parameter.grad is None or parameter.grad.isfinite().all(), name
        if not _idle(name, config):
            assert parameter.grad is not None, name
            assert parameter.grad.abs().sum() > 0, name


def _idle(name: str, config: CmpcVideoConfig) -> bool:
    """Whether a parameter has no work: a softmax takes away what is the same for all that it compares."""
    levelled = (r"\.exchanges\..*\.key\.bias", r"pool\.region_key\.bias", r"context\.frame_key\.bias")
    reads_types = config.entity_perception or config.relation_reasoning or config.action_reasoning
    types = () if reads_types or config.exchange_rounds else (r"^word_types\.",)
    return any(re.search(pattern, f".{name}" if pattern[0] == "\\" else name) for pattern in levelled + types)


def test_a_configuration_comes_back_from_json_as_the_one_that_it_is_of() -> None:
    for config in (CmpcConfig(), CmpcVideoConfig(), CmpcVideoConfig.paper(temporal_adjacency="adaptive")):
        found = head_config(json.loads(json.dumps(asdict(config))))
        assert found == config
        assert type(found) is type(config)


def test_the_head_is_the_one_that_its_configuration_is_of() -> None:
    assert type(build_head((6, 7, 8), 10, VIDEO_PRESETS["official"])) is CmpcVideo
    image = CmpcConfig(visual_width=4, multimodal_width=4, level_width=4, grid=(2, 2))
    assert type(build_head((6, 7, 8), 10, image)) is CmpcImage
