"""The whole network on clips: a backbone for pictures sees a frame at a time, one for clips all together."""

from pathlib import Path

import pytest
import torch
from heads import CHANNELS, TEXT_WIDTH, make_encoder, make_head, small_video_config
from torch import Tensor
from torch.nn import functional as F

from refseg.models.backbones.base import Backbone, Levels
from refseg.models.backbones.registry import build_backbone
from refseg.models.checkpoint import load_checkpoint, save_checkpoint
from refseg.models.cmpc import CmpcVideo, CmpcVideoConfig, build_head
from refseg.models.preprocess import Preprocess
from refseg.models.segmenter import Segmenter

SIZE = 24
EXPRESSIONS = ["w1 w2 w3", "w4"]


class OfPictures(Backbone):
    """Three levels of random projections, all of stride 4."""

    name = "of-pictures"
    channels = CHANNELS

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.kernel = torch.nn.Parameter(torch.randn(sum(CHANNELS), 3), requires_grad=False)

    def forward(self, images: Tensor) -> Levels:
        means = F.avg_pool2d(images / 255, 4)
        features = torch.einsum("ck,bkhw->bchw", self.kernel, means).relu()
        return Levels(*features.split(CHANNELS, dim=1))


class OfClips(OfPictures):
    """The same, with half as many frames, a quarter and one."""

    name = "of-clips"
    clip_frames = 8

    def forward(self, images: Tensor) -> Levels:
        frames = [super(OfClips, self).forward(frame) for frame in images.unbind(dim=2)]
        whole = [torch.stack(level, dim=2) for level in zip(*frames, strict=True)]
        return Levels(*(level[:, :, ::step] for level, step in zip(whole, (2, 4, 8), strict=True)))


def network(backbone: Backbone) -> Segmenter:
    config = small_video_config("official", grid=(6, 6))
    return Segmenter(backbone, make_encoder(), make_head(config), Preprocess(SIZE)).eval()


def canvases(n_clips: int, n_frames: int) -> Tensor:
    return torch.randint(0, 256, (n_clips, n_frames, 3, SIZE, SIZE), dtype=torch.uint8)


@torch.no_grad()
def test_a_backbone_for_pictures_sees_each_frame_by_itself() -> None:
    segmenter, clips = network(OfPictures()), canvases(2, 5)
    levels = segmenter.extract_levels(clips)
    assert [level.shape for level in levels] == [(2, 5, channels, 6, 6) for channels in CHANNELS]
    alone = segmenter.extract_levels(clips[1:, 3:4])
    for level, expected in zip(levels, alone, strict=True):
        torch.testing.assert_close(level[1, 3], expected[0, 0])


@torch.no_grad()
def test_a_backbone_for_clips_keeps_fewer_frames_of_each_level() -> None:
    segmenter, clips = network(OfClips()), canvases(2, 8)
    levels = segmenter.extract_levels(clips)
    assert [level.shape[:3] for level in levels] == [(2, 4, 6), (2, 2, 7), (2, 1, 8)]
    of_frame = segmenter.backbone(clips[1:, 4].float()[:, :, None])
    torch.testing.assert_close(levels[1][1, 1], of_frame.c4[0, :, 0])
    assert segmenter(clips, EXPRESSIONS).grid_logits.shape == (2, 6, 6)


@torch.no_grad()
def test_forwards_and_backwards_a_clip_is_the_same_to_a_backbone_for_pictures() -> None:
    segmenter, clips = network(OfPictures()), canvases(1, 5)
    there, back = segmenter(clips, EXPRESSIONS[:1]), segmenter(clips.flip(1), EXPRESSIONS[:1])
    torch.testing.assert_close(back.grid_logits, there.grid_logits, rtol=0, atol=1e-5)
    still = clips[:, 2:3].expand(-1, 5, -1, -1, -1)
    assert (segmenter(still, EXPRESSIONS[:1]).grid_logits - there.grid_logits).abs().max() > 1e-3


def test_a_loss_reaches_all_parts_through_a_clip() -> None:
    segmenter = network(OfPictures()).train()
    segmenter(canvases(2, 5), EXPRESSIONS).grid_logits.sum().backward()
    for part in (segmenter.text_encoder, segmenter.head.levels["c3"].act.pool, segmenter.head.convlstm):
        assert any(parameter.grad is not None and parameter.grad.any() for parameter in part.parameters())


@pytest.mark.parametrize("preset", ["official", "paper"])
def test_a_network_for_videos_comes_back_from_its_checkpoint(preset: str, tmp_path: Path) -> None:
    config = getattr(CmpcVideoConfig, preset)(
        visual_width=8, multimodal_width=8, level_width=6, convlstm_width=6, word_type_width=5, grid=(2, 2)
    )
    backbone = build_backbone({"name": "efficientnet-lite0"})
    head = build_head(backbone.channels, TEXT_WIDTH, config)
    segmenter = Segmenter(backbone, make_encoder(), head, Preprocess(SIZE)).eval()
    save_checkpoint(tmp_path / "video.safetensors", segmenter, {"backbone": []})
    loaded = load_checkpoint(tmp_path / "video.safetensors").segmenter
    assert isinstance(loaded.head, CmpcVideo)
    assert loaded.head.config == config
    clips = canvases(1, 5)
    with torch.inference_mode():
        found, expected = loaded(clips, EXPRESSIONS), segmenter(clips, EXPRESSIONS)
    torch.testing.assert_close(found.grid_logits, expected.grid_logits)
