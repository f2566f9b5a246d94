"""Word types: every word is softly an entity, an attribute, a relation or unnecessary (eq. 1, 2, 11).

In a video it may also be an action.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from .config import CmpcConfig
from .normalise import UnitLength

WORD_TYPES = ("entity", "attribute", "relation", "unnecessary")
ENTITY, ATTRIBUTE, RELATION, UNNECESSARY = range(len(WORD_TYPES))
VIDEO_WORD_TYPES = ("entity", "attribute", "relation", "action", "unnecessary")
"""A relation in a video is one that a single frame shows; what moves or changes is an action."""
ACTION = VIDEO_WORD_TYPES.index("action")


class WordTypeClassifier(nn.Module):
    """Says of each word how much it is of each type.

    Equation: 1, p_t = softmax(W2 σ(W1 l_t + b1) + b2).
    Reference: `CMPC_model.build_lang_parser`; differs: ReLU instead of σ in the preset `official`.
    """

    def __init__(self, text_width: int, n_types: int, config: CmpcConfig) -> None:
        super().__init__()
        self.hidden = nn.Linear(text_width, config.word_type_width)
        self.activation = nn.ReLU() if config.word_type_activation == "relu" else nn.Sigmoid()
        self.output = nn.Linear(config.word_type_width, n_types)

    def forward(self, words: Tensor, is_word: Tensor) -> Tensor:
        """Classify words (B, T, C_l) into `word_types` (B, T, K): rows sum to 1, and to 0 at padding."""
        types: Tensor = self.output(self.activation(self.hidden(words))).softmax(dim=-1)
        return types * is_word[..., None]


@dataclass(frozen=True)
class TypedWords:
    """The words with their types and the sentence vectors that follow from them.

    Args:
        words: (B, T, C_l) l_t.
        is_word: (B, T) bool.
        word_types: (B, T, K) p_t, zero at padding.
        entity: (B, C_l) q_e, the entity and attribute words (eq. 2).
        necessary: (B, C_l) s, all but the unnecessary words (eq. 11).
        sentence: (B, C_l) the encoder's own vector of the sentence.
    """

    words: Tensor
    is_word: Tensor
    word_types: Tensor
    entity: Tensor
    necessary: Tensor
    sentence: Tensor

    @property
    def p_relation(self) -> Tensor:
        """(B, T), how much each word is a relation."""
        return self.word_types[..., RELATION]

    @property
    def p_action(self) -> Tensor:
        """(B, T), how much each word is an action; of video models alone."""
        return self.word_types[..., ACTION]


def typed_words(
    words: Tensor, is_word: Tensor, word_types: Tensor, sentence: Tensor, unit: UnitLength
) -> TypedWords:
    """Sum the words by their types into the sentence vectors q_e and s.

    Equation: 2, q_e = Σ (p_ent + p_attr) l_t; 11, s = Σ (p_ent + p_attr + p_rel) l_t, in a video + p_act.
    """
    word_types = word_types * is_word[..., None]
    p_entity = word_types[..., ENTITY] + word_types[..., ATTRIBUTE]
    p_necessary = p_entity + word_types[..., RELATION:-1].sum(dim=-1)  # the last type is "unnecessary"
    return TypedWords(
        words=words,
        is_word=is_word,
        word_types=word_types,
        entity=unit(weighted_sum(p_entity, words)),
        necessary=unit(weighted_sum(p_necessary, words)),
        sentence=unit(sentence),
    )


def weighted_sum(weights: Tensor, words: Tensor) -> Tensor:
    """Σ_t weights (B, T) · words (B, T, C) → (B, C)."""
    return (weights[:, None] @ words).squeeze(1)
