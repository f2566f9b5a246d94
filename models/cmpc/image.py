"""CMPC for images: words with types → entities perceived → relations reasoned → levels fused → a score."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from refseg.encoders.base import TextFeatures

from .config import CmpcConfig
from .convlstm import ConvLstm
from .coordinates import coordinates
from .exchange import FeatureExchange
from .fusion import EntityPerception
from .graph import Routes
from .level import LevelComprehension, LevelFeatures
from .normalise import UnitLength
from .upsampling import upsample
from .words import WORD_TYPES, TypedWords, WordTypeClassifier, typed_words

Item = TypeVar("Item")


@dataclass(frozen=True)
class ImageFeatures:
    """What no expression changes: the levels of I images, or of I clips, on an H×W grid."""

    levels: tuple[LevelFeatures, ...]
    grid: tuple[int, int]

    def __len__(self) -> int:
        return len(self.levels[0])


@dataclass(frozen=True)
class Segmentation:
    """What the head says of B expressions.

    Args:
        grid_logits: (B, H, W) the score of each region; above 0 is foreground.
        level_grid_logits: (B, L, H, W) each level's own score before the exchange; L = 0 without such scores.
        word_types: (B, T, K) the types that were used.
        routes: per level, the factors of the adjacency (empty without relation reasoning).
        config: of the head that said so.
    """

    grid_logits: Tensor
    level_grid_logits: Tensor
    word_types: Tensor
    routes: tuple[Routes, ...]
    config: CmpcConfig

    def logits(self, size: tuple[int, int]) -> Tensor:
        """The final score, (B, *size)."""
        return upsample(self.grid_logits, size, self.config.upsampling)

    def level_logits(self, size: tuple[int, int]) -> Tensor:
        """The levels' scores, (B, L, *size)."""
        maps = self.level_grid_logits
        if not maps.numel():
            return maps.new_zeros((*maps.shape[:2], *size))
        larger = upsample(maps.flatten(0, 1), size, self.config.upsampling)
        return larger.view(*maps.shape[:2], *size)


class CmpcImage(nn.Module):
    """The head: from the levels of an image and the words of an expression to the score of each region.

    Reference: `CMPC_model.LSTM_model.build_graph`; differs: any batch, any width, any grid, and nothing that
        no expression changes is computed twice.

    Args:
        channels: of the backbone's levels c3, c4, c5.
        text_width: C_l of the text encoder.
        config: sizes and switches.

    Attributes:
        word_type_names: of the K word types, in order.
    """

    word_type_names: tuple[str, ...] = WORD_TYPES

    def __init__(self, channels: Sequence[int], text_width: int, config: CmpcConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or CmpcConfig()
        of_level = dict(zip(("c3", "c4", "c5"), channels, strict=True))
        self.unit = UnitLength(config)
        self.word_types = WordTypeClassifier(text_width, len(self.word_type_names), config)
        self.levels = nn.ModuleDict(
            {level: self._make_level(of_level[level], text_width) for level in config.levels}
        )
        self.exchanges = nn.ModuleList(
            FeatureExchange(text_width, config) for _ in range(config.exchange_rounds)
        )
        self.convlstm = ConvLstm(config) if config.convlstm else None
        fused_width = config.level_width if self.convlstm is None else self.convlstm.width
        self.score = nn.Conv2d(fused_width, 1, 3, padding=1)
        scored = config.levels if config.auxiliary_scores else ()
        self.level_scores = nn.ModuleDict(
            {level: nn.Conv2d(config.level_width, 1, 3, padding=1) for level in scored}
        )
        self.reset_parameters()

    def _make_level(self, channels: int, text_width: int) -> LevelComprehension:
        return LevelComprehension(channels, text_width, self.config)

    def reset_parameters(self) -> None:
        """Xavier-uniform weights and zero biases, as the authors; a score's bias is the configured one."""
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Conv2d):
                nn.init.xavier_uniform_(module.weight)
                # The only convolutions are the scores.
                bias = self.config.score_bias if isinstance(module, nn.Conv2d) else 0.0
                if module.bias is not None:
                    nn.init.constant_(module.bias, bias)
        for module in self.modules():
            if isinstance(module, EntityPerception):
                module.reset_parameters()

    def on_grid(self, levels: Sequence[Tensor]) -> list[Tensor]:
        """The levels in use, resized to the grid: means of areas where they shrink evenly, else bilinear."""
        chosen = [
            level for name, level in zip(("c3", "c4", "c5"), levels, strict=True) if name in self.levels
        ]
        grid = self.config.grid or tuple(chosen[0].shape[-2:])
        return [_resized(level, (grid[0], grid[1])) for level in chosen]

    def encode_image(self, levels: Sequence[Tensor]) -> ImageFeatures:
        """Do for I images all that needs no expression.

        Args:
            levels: the levels in use on the grid, from `on_grid`, each (I, C, H, W).
        """
        height, width = levels[0].shape[-2:]
        places = self._places((height, width), levels[0])
        regions = [level.flatten(2).mT for level in levels]  # (I, C, H, W) → (I, N, C)
        encoded = (module.encode_image(region, places) for module, region in self._per_level(regions))
        return ImageFeatures(tuple(encoded), (height, width))

    def decode(
        self, image: ImageFeatures, text: TextFeatures, word_types: Tensor | None = None
    ) -> Segmentation:
        """Segment B expressions on I images, B/I for each image, image by image.

        Args:
            image: of I images.
            text: of B expressions.
            word_types: (B, T, K) to use instead of the learned ones.

        Raises:
            ValueError: if B is not a multiple of I.
        """
        if len(text) % len(image):
            raise ValueError(f"{len(text)} expressions cannot be shared evenly by {len(image)} images")
        words = self.type_words(text, word_types)
        places = self._places(image.grid, words.words)
        comprehended = [module(level, words, places) for module, level in self._per_level(image.levels)]
        return self._segment(comprehended, words, image.grid)

    def _segment(
        self, comprehended: Sequence[tuple[Tensor, Routes | None]], words: TypedWords, grid: tuple[int, int]
    ) -> Segmentation:
        """Exchange between the levels, fuse them and score every region."""
        levels = [level for level, _ in comprehended]
        level_scores = [self._score_map(score, level, grid) for score, level in self._scored(levels)]
        guide = words.necessary if self.config.exchange_guide == "necessary" else words.sentence
        for exchange in self.exchanges:
            levels = exchange(levels, guide)
        fused = self.convlstm(levels) if self.convlstm is not None else torch.stack(levels).sum(dim=0)
        grid_logits = self._score_map(self.score, fused, grid)
        none = grid_logits.new_zeros((len(grid_logits), 0, *grid))
        return Segmentation(
            grid_logits=grid_logits,
            level_grid_logits=torch.stack(level_scores, dim=1) if level_scores else none,
            word_types=words.word_types,
            routes=tuple(routes for _, routes in comprehended if routes is not None),
            config=self.config,
        )

    def type_words(self, text: TextFeatures, word_types: Tensor | None = None) -> TypedWords:
        """Classify the words of B expressions, or take `word_types` (B, T, K) as given."""
        words = self.unit(text.words)
        if word_types is None:
            word_types = self.word_types(words, text.is_word)
        elif word_types.shape != (expected := (*words.shape[:2], len(self.word_type_names))):
            raise ValueError(f"word_types must be (B, T, K) = {expected}, got {tuple(word_types.shape)}")
        return typed_words(words, text.is_word, word_types, text.sentence, self.unit)

    def _places(self, grid: tuple[int, int], like: Tensor) -> Tensor:
        return coordinates(*grid, device=like.device).to(like.dtype) * self.config.coordinate_scale

    def _per_level(self, items: Sequence[Item]) -> list[tuple[LevelComprehension, Item]]:
        levels = cast("Iterable[LevelComprehension]", self.levels.values())
        return list(zip(levels, items, strict=True))

    def _scored(self, levels: list[Tensor]) -> list[tuple[nn.Module, Tensor]]:
        return list(zip(self.level_scores.values(), levels, strict=bool(self.level_scores)))

    @staticmethod
    def _score_map(score: nn.Module, level: Tensor, grid: tuple[int, int]) -> Tensor:
        """(B, N, C) → (B, C, H, W) → (B, H, W), in full precision: a mask hangs on its sign."""
        return score(level.mT.unflatten(2, grid)).squeeze(1).float()  # type: ignore[no-any-return]


def _resized(level: Tensor, grid: tuple[int, int]) -> Tensor:
    if level.shape[-2:] == grid:
        return level
    if level.shape[-2] % grid[0] == 0 and level.shape[-1] % grid[1] == 0:
        return F.adaptive_avg_pool2d(level, grid)
    return F.interpolate(level, grid, mode="bilinear", align_corners=False)
