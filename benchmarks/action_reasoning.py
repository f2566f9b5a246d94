"""Claim: given ideal features and enough clips, action-aware reasoning learns what moves and what blinks.

Run: python benchmarks/action_reasoning.py [STEPS [SEED …]]

Each clip has two blobs that are equal in the frame in the middle; one moves, or blinks, and the other does
not. "What is seen" is a map of the blobs themselves, so that nothing but action-aware reasoning is to be
learned. Every step has clips of its own, so that none can be learned by heart; in one row, 512 are seen
again and again, about as many of each kind as `shapes-motion` has. In the last one, two blobs of another
colour are there besides, one of which does the same, and the sentence says which colour it means.

The head is CMPC-V with one level, entity perception and the authors' temporal graph (direct), that of
equations 5 to 9 (adaptive), or none, at small widths. Scored on clips of another seed: how often the named
blob gets the greater score.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, cycle, islice
from typing import NamedTuple

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
COLOURS = ("red", "blue")
DIRECT = {"temporal_adjacency": "direct"}
FEW = 16


@dataclass(frozen=True)
class Variant:
    """What is trained, and on what.

    Attributes:
        changes: in the head.
        n_repeated: of how many steps the clips are repeated; None to repeat none.
        crowded: whether there are two blobs of another colour besides.
    """

    changes: Mapping[str, object]
    n_repeated: int | None = None
    crowded: bool = False

    def say(self, text: str, colour: str) -> str:
        """A sentence on a blob."""
        return f"{colour} {text}" if self.crowded else text


VARIANTS = {
    "without": Variant({"action_reasoning": False}),
    "direct": Variant(DIRECT),
    "adaptive": Variant({"temporal_adjacency": "adaptive"}),
    f"direct, the same {FEW * N_CLIPS} clips again and again": Variant(DIRECT, FEW),
    "direct, with two of another colour": Variant(DIRECT, crowded=True),
}


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
    for name, variant in VARIANTS.items():
        for seed in seeds or SEEDS:
            begun = time.perf_counter()
            right = score(*train(variant, steps, seed), variant, seed)
            told = ", ".join(f"{family} {share:.1f} %" for family, share in right.items())
            print(f"{name}, seed {seed}: {told} ({time.perf_counter() - begun:.0f} s)", flush=True)


def train(variant: Variant, steps: int, seed: int) -> tuple[CmpcVideo, LstmGlove]:
    """Train a head and its text encoder."""
    torch.manual_seed(seed)
    texts = [text for pair in SENTENCES.values() for text in pair]
    words = sorted(
        {word for text in texts for colour in COLOURS for word in variant.say(text, colour).split()}
    )
    text = LstmGlove(Vocabulary.of(words), LstmGloveConfig(embedding_width=16, width=64))
    head = CmpcVideo((4, 4, 4), text.width, config(variant.changes))
    weights = list(nn.ModuleList([head, text]).parameters())
    optimizer = torch.optim.AdamW(weights, 2e-3, betas=(0.9, 0.99), weight_decay=0.01)
    warm = 60 / max(steps, 61)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 2e-3, steps, pct_start=warm, cycle_momentum=False
    )
    drawn = batches(np.random.default_rng((seed, 0)), variant.n_repeated or steps, variant)
    for clips in islice(cycle(drawn) if variant.n_repeated else drawn, steps):
        targets = torch.from_numpy(np.stack([blob(place) for place in clips.named])).float()
        logits = ask(head, text, clips).logits((GRID, GRID))
        optimizer.zero_grad()
        F.binary_cross_entropy_with_logits(logits, targets).backward()
        nn.utils.clip_grad_norm_(weights, 5.0)
        optimizer.step()
        schedule.step()
    return head, text


def config(changes: Mapping[str, object]) -> CmpcVideoConfig:
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
def score(head: CmpcVideo, text: LstmGlove, variant: Variant, seed: int) -> dict[str, float]:
    """The share of sentences whose blob gets the greater score, in percent, by family."""
    right = defaultdict(list)
    for clips in batches(np.random.default_rng((seed, 1)), N_SCORED // N_CLIPS, variant):
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


def batches(random: np.random.Generator, n_batches: int, variant: Variant) -> Iterator[Clips]:
    """Draw clips, half of each family."""
    for _ in range(n_batches):
        families = [family for family in SENTENCES for _ in range(N_CLIPS // 2)]
        drawn = [draw(random, family, variant.crowded) for family in families]
        yield Clips(
            torch.from_numpy(np.stack([clip.seen for clip in drawn])).float(),
            [
                variant.say(text, clip.colour)
                for clip, family in zip(drawn, families, strict=True)
                for text in SENTENCES[family]
            ],
            np.array([place for clip in drawn for place in clip.places]),
            np.array([place for clip in drawn for place in clip.places[::-1]]),
            [family for family in families for _ in range(2)],
        )


class Drawn(NamedTuple):
    """A clip (F, 4, GRID, GRID), the colour that is named, and where its two are, the acting one first."""

    seen: np.ndarray
    colour: str
    places: tuple[np.ndarray, np.ndarray]


def draw(random: np.random.Generator, family: str, crowded: bool) -> Drawn:
    """Draw a clip with two blobs, or with two of either colour."""
    named, places = draw_pair(random, family, ())
    others, number = np.zeros_like(named), 0
    if crowded:
        others, _ = draw_pair(random, family, places)
        number = int(random.integers(2))
    red, blue = (others, named) if number else (named, others)
    noise = random.normal(0, 0.05, (len(TIMES), 2, GRID, GRID))
    noise[:, 0] += blue
    seen = np.concatenate([np.stack([red, 1 - np.maximum(red, blue)], axis=1), noise], axis=1)
    return Drawn(seen, COLOURS[number], places)


def draw_pair(
    random: np.random.Generator, family: str, taken: Sequence[np.ndarray]
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Draw two blobs as a map (F, GRID, GRID), and where they are in the middle, the acting one first."""
    acting, other = random.uniform(1, GRID - 2, (2, 2))
    while not are_apart([acting, other, *taken]):
        acting, other = random.uniform(1, GRID - 2, (2, 2))
    angle = random.uniform(0, 2 * np.pi)
    way = np.array([np.cos(angle), np.sin(angle)]) / 4 if family == "moves" else np.zeros(2)
    hidden: list[int] = []
    if family == "blinks":
        hidden = random.choice([0, 1, 3, 4], random.integers(1, 4), replace=False).tolist()
    maps = [
        blob(other) if number in hidden else np.maximum(blob(other), blob(acting + way * moment))
        for number, moment in enumerate(TIMES)
    ]
    return np.stack(maps), (acting, other)


def are_apart(places: Sequence[np.ndarray]) -> bool:
    """Whether no two blobs touch."""
    return all(np.hypot(*(one - another)) >= 3.5 for one, another in combinations(places, 2))


def blob(place: np.ndarray) -> np.ndarray:
    """A blob at x, y: (GRID, GRID) between 0 and 1."""
    down, across = np.mgrid[:GRID, :GRID]
    return np.exp(-((across - place[0]) ** 2 + (down - place[1]) ** 2) / (2 * 0.8**2))


if __name__ == "__main__":
    main()
