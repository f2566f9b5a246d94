"""Claim: given ideal features and enough clips, action-aware reasoning learns what moves and what blinks.

Run: python benchmarks/action_reasoning.py [STEPS [SEED …]]

Each clip has two blobs that are equal in the frame in the middle; one moves, or blinks, and the other does
not. "What is seen" is a map of the blobs themselves, so that nothing but action-aware reasoning is to be
learned. Every step has clips of its own, so that none can be learned by heart; in the last row, 512 are seen
again and again, about as many of each kind as `shapes-motion` has. The head is CMPC-V with one level, entity
perception and the authors' temporal graph (direct), that of equations 5 to 9 (adaptive), or none, at small
widths. Scored on clips of another seed: how often the named blob gets the greater score.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from refseg.encoders.lstm import LstmGlove, LstmGloveConfig
from refseg.encoders.vocabulary import Vocabulary
from refseg.models.cmpc import CmpcVideo, CmpcVideoConfig
from refseg.models.cmpc.image import Segmentation

GRID, N_CLIPS, N_SCORED = 10, 32, 1024
STEPS, SEEDS = 1500, (0, 1)
TIMES = (-7, -4, 0, 4, 7)
SENTENCES = {"moves": ("blob moving", "blob still"), "blinks": ("blob blinking", "blob steady")}
DIRECT = {"temporal_adjacency": "direct"}
FEW = 16
VARIANTS: dict[str, tuple[dict[str, object], int | None]] = {
    "without": ({"action_reasoning": False}, None),
    "direct": (DIRECT, None),
    "adaptive": ({"temporal_adjacency": "adaptive"}, None),
    f"direct, the same {FEW * N_CLIPS} clips again and again": (DIRECT, FEW),
}
"""What is changed in the head, and of how many steps the clips are repeated; none are if not given."""


@dataclass(frozen=True)
class Clips:
    """Clips, two sentences on each, and the places of the blob that is named and of the other.

    Attributes:
        seen: (V, F, 4, GRID, GRID).
        expressions: 2 V.
        named: (2 V, 2) x and y of the blob that is named, in cells.
        other: of the other one.
        families: what each sentence is about.
    """

    seen: Tensor
    expressions: list[str]
    named: np.ndarray
    other: np.ndarray
    families: list[str]


def main() -> None:
    """Train each head with each seed, and print how often it is right."""
    steps, *seeds = [int(each) for each in sys.argv[1:]] or [STEPS]
    torch.set_num_threads(1)
    print(f"{steps} steps of {N_CLIPS} clips, scored on {N_SCORED} others; chance is 50 %")
    for name, (changes, n_repeated) in VARIANTS.items():
        for seed in seeds or SEEDS:
            begun = time.perf_counter()
            right = score(*train(changes, n_repeated, steps, seed), seed)
            told = ", ".join(f"{family} {share:.1f} %" for family, share in right.items())
            print(f"{name}, seed {seed}: {told} ({time.perf_counter() - begun:.0f} s)", flush=True)


def train(
    changes: dict[str, object], n_repeated: int | None, steps: int, seed: int
) -> tuple[CmpcVideo, LstmGlove]:
    """Train a head and its text encoder."""
    torch.manual_seed(seed)
    words = sorted({word for pair in SENTENCES.values() for text in pair for word in text.split()})
    text = LstmGlove(Vocabulary.of(words), LstmGloveConfig(embedding_width=16, width=64))
    head = CmpcVideo((4, 4, 4), text.width, config(changes))
    weights = list(nn.ModuleList([head, text]).parameters())
    optimizer = torch.optim.AdamW(weights, 2e-3, betas=(0.9, 0.99), weight_decay=0.01)
    warm = 60 / max(steps, 61)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 2e-3, steps, pct_start=warm, cycle_momentum=False
    )
    drawn = batches(np.random.default_rng((seed, 0)), n_repeated or steps)
    for clips in islice(cycle(drawn) if n_repeated else drawn, steps):
        targets = torch.from_numpy(np.stack([blob(place) for place in clips.named])).float()
        logits = ask(head, text, clips).logits((GRID, GRID))
        optimizer.zero_grad()
        F.binary_cross_entropy_with_logits(logits, targets).backward()
        nn.utils.clip_grad_norm_(weights, 5.0)
        optimizer.step()
        schedule.step()
    return head, text


def config(changes: dict[str, object]) -> CmpcVideoConfig:
    """One level, at small widths, and as much of the third stage as is asked for."""
    return CmpcVideoConfig(
        visual_width=64,
        multimodal_width=64,
        level_width=48,
        word_type_width=64,
        grid=(GRID, GRID),
        levels=("c4",),
        exchange_rounds=0,
        convlstm=False,
        relation_reasoning=False,
        concat_multimodal=True,
        upsampling="half_pixel",
        l2_rescale=True,
        coordinate_scale=4.0,
        score_bias=-2.5,
        **changes,  # type: ignore[arg-type]
    )


@torch.inference_mode()
def score(head: CmpcVideo, text: LstmGlove, seed: int) -> dict[str, float]:
    """The share of sentences whose blob gets the greater score, in percent, by family."""
    right = defaultdict(list)
    for clips in batches(np.random.default_rng((seed, 1)), N_SCORED // N_CLIPS):
        logits = ask(head, text, clips).logits((GRID, GRID)).numpy()
        for number, family in enumerate(clips.families):
            named, other = (
                logits[number, y, x]
                for x, y in np.rint([clips.named[number], clips.other[number]]).astype(int)
            )
            right[family].append(named > other)
    return {family: 100 * float(np.mean(each)) for family, each in sorted(right.items())}


def ask(head: CmpcVideo, text: LstmGlove, clips: Clips) -> Segmentation:
    """Segment the clips; without the third stage, the head takes the frame in the middle alone."""
    seen = clips.seen if head.config.action_reasoning else clips.seen[:, 2:3]
    return head.decode(head.encode_image(head.on_grid([seen] * 3)), text.encode(clips.expressions))


def batches(random: np.random.Generator, n_batches: int) -> Iterator[Clips]:
    """Draw clips, half of each family."""
    for _ in range(n_batches):
        drawn = [draw(random, family) for family in SENTENCES for _ in range(N_CLIPS // 2)]
        pairs = [(a, b) for _, a, b in drawn]
        yield Clips(
            torch.from_numpy(np.stack([seen for seen, _, _ in drawn])).float(),
            [text for pair in SENTENCES.values() for _ in range(N_CLIPS // 2) for text in pair],
            np.array([place for a, b in pairs for place in (a, b)]),
            np.array([place for a, b in pairs for place in (b, a)]),
            [family for family in SENTENCES for _ in range(N_CLIPS)],
        )


def draw(random: np.random.Generator, family: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A clip (F, 4, GRID, GRID), and where the blob is in the middle that does something, and the other."""
    acting, other = random.uniform(1, GRID - 2, (2, 2))
    while np.hypot(*(acting - other)) < 3.5:
        acting, other = random.uniform(1, GRID - 2, (2, 2))
    angle = random.uniform(0, 2 * np.pi)
    way = np.array([np.cos(angle), np.sin(angle)]) / 4 if family == "moves" else np.zeros(2)
    hidden = random.choice([0, 1, 3, 4], random.integers(1, 4), replace=False) if family == "blinks" else []
    frames = []
    for number, moment in enumerate(TIMES):
        there = blob(other)
        if number not in hidden:
            there = np.maximum(there, blob(acting + way * moment))
        frames.append(np.stack([there, 1 - there, *random.normal(0, 0.05, (2, GRID, GRID))]))
    return np.stack(frames), acting, other


def blob(place: np.ndarray) -> np.ndarray:
    """A blob at x, y: (GRID, GRID) between 0 and 1."""
    down, across = np.mgrid[:GRID, :GRID]
    return np.exp(-((across - place[0]) ** 2 + (down - place[1]) ** 2) / (2 * 0.8**2))


if __name__ == "__main__":
    main()
