"""The preset `paper` for videos against its equations written out plainly, 12 to 21, frame by frame."""

from collections.abc import Iterator

import pytest
import torch
from heads import GRID, make_clips, make_head, make_text, small_video_config
from torch import Tensor

from refseg.models.cmpc.coordinates import coordinates
from refseg.models.cmpc.video_level import ClipComprehension

C_M = 12


@pytest.fixture(autouse=True)
def double_precision() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def plain(part: ClipComprehension, frames: Tensor, words: Tensor, p: Tensor, adaptive: bool) -> Tensor:
    """Y (N, C_y) of one level's frames (K, C, H, W) for words (T, C_l) with types p (T, 5)."""
    q_e, s = (p[:, 0] + p[:, 1]) @ words, p[:, :4].sum(dim=1) @ words  # eq. 2, 11
    q_a, relations = p[:, 3] @ words, p[:, 2:3] * words  # eq. 12, 5
    m = torch.stack([_perceived(part, frame, q_e) for frame in frames])  # (K, N, C_m)
    centre = m[len(m) // 2]
    reasoned = _reasoned(part, centre, relations)
    pool, graph, context = part.act.pool, part.act.graph, part.act.context
    d = torch.stack([(frame @ pool.region_key.weight.T) @ (pool.action_query.weight @ q_a) for frame in m])
    d = (d / C_M**0.5).softmax(dim=1)  # eq. 13, 14
    nodes = torch.stack([d[k] @ m[k] for k in range(len(m))])  # eq. 15
    if adaptive:  # Table 7, AR: equations 6 to 9 with frames for regions and actions for relations
        actions = p[:, 3:4] * words
        b = (nodes @ graph.edges.region_key.weight.T) @ (actions @ graph.edges.word_key.weight.T).T
        a = b.softmax(dim=1) @ b.T.softmax(dim=1)
    else:
        queries, keys = nodes @ graph.edges.query.weight.T, nodes @ graph.edges.key.weight.T
        a = (queries @ keys.T / C_M**0.5).softmax(dim=1)  # eq. 16, 17
    reasoned_nodes = (a + torch.eye(len(a))) @ nodes @ graph.layer.update.weight.T  # eq. 18
    e = (reasoned @ context.region_query.weight.T) @ (reasoned_nodes @ context.frame_key.weight.T).T  # eq. 19
    told = (e / C_M**0.5).softmax(dim=1) @ nodes  # eq. 20, 21
    return part.output.projection(torch.cat([centre, reasoned, told, s.expand(len(centre), -1)], dim=1))


def _perceived(part: ClipComprehension, frame: Tensor, q: Tensor) -> Tensor:
    x = part.lateral(torch.cat([frame.flatten(1).T, coordinates(*GRID)], dim=1))
    w3, w4 = part.perceive.language.weight.chunk(3), part.perceive.visual.weight.chunk(3)
    return sum((w3[i] @ q) * (x @ w4[i].T) for i in range(3))  # eq. 3, 4


def _reasoned(part: ClipComprehension, m: Tensor, relations: Tensor) -> Tensor:
    vertices = part.reason.vertices(m)
    b = (vertices @ part.reason.region_key.weight.T) @ (relations @ part.reason.word_key.weight.T).T  # eq. 6
    a = b.softmax(dim=1) @ b.T.softmax(dim=1)  # eq. 7 to 9
    return (a + torch.eye(len(a))) @ vertices @ part.reason.layers[0].update.weight.T  # eq. 10


@pytest.mark.parametrize("adjacency", ["direct", "adaptive"])
@torch.no_grad()
def test_a_level_computes_the_printed_equations(adjacency: str) -> None:
    head = make_head(small_video_config("paper", temporal_adjacency=adjacency))
    text, clips = make_text([5]), make_clips(1)
    types = torch.rand(1, 5, 5).softmax(dim=-1)
    words = head.type_words(text, types)
    clip = head.encode_image(clips)
    for number, part in enumerate(head.levels.values()):
        found, _ = part(clip.levels[number], words, coordinates(*GRID))
        expected = plain(part, clips[number][0], text.words[0], types[0], adjacency == "adaptive")
        torch.testing.assert_close(found[0], expected)
