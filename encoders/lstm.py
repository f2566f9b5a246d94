"""The paper's text encoder: GloVe word vectors, then one LSTM from left to right."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import torch
from torch import Tensor, nn

from .base import TextEncoder, TextFeatures, kept_words, pad_words
from .glove import Vectors
from .tokens import split_words
from .vocabulary import SPECIALS, Vocabulary


@dataclass(frozen=True)
class LstmGloveConfig:
    """The sizes of an `LstmGlove`.

    Args:
        embedding_width: length of a word vector (300 in the paper).
        width: C_l, length of an LSTM output (1000 in the paper).
        max_words: words kept of an expression (20 in the paper).
        trained_embeddings: whether the word vectors are trained with the rest, as the authors do.
    """

    embedding_width: int = 300
    width: int = 1000
    max_words: int = 20
    trained_embeddings: bool = True


class LstmGlove(TextEncoder):
    """Word vectors through one LSTM; word t's vector l_t is the LSTM's output at step t.

    Reference: `CMPC_model.LSTM_model.build_graph`, `BasicLSTMCell(1000)` with forget bias 1; differs: padding
        stands on the right and is masked per expression, so any batch gives what each expression gives alone.

    Args:
        vocabulary: the words it knows.
        config: its sizes.
    """

    name = "lstm-glove"

    def __init__(self, vocabulary: Vocabulary, config: LstmGloveConfig | None = None) -> None:
        super().__init__()
        config = config or LstmGloveConfig()
        self.vocabulary = vocabulary
        self.sizes = config
        self.width, self.max_words = config.width, config.max_words
        self.embedding = nn.Embedding(len(vocabulary), config.embedding_width)
        self.embedding.weight.requires_grad_(config.trained_embeddings)
        self.lstm = nn.LSTM(config.embedding_width, config.width, batch_first=True)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Glorot-uniform over input and hidden rows together, zero bias, forget bias 1, as TensorFlow."""
        fan = self.sizes.embedding_width + self.width + 4 * self.width
        limit = (6 / fan) ** 0.5
        for name, parameter in self.lstm.named_parameters():
            if name.startswith("weight"):
                nn.init.uniform_(parameter, -limit, limit)
            else:
                nn.init.zeros_(parameter)
        # PyTorch's gate order is input, forget, candidate, output.
        nn.init.ones_(self.lstm.get_parameter("bias_ih_l0").data[self.width : 2 * self.width])

    def load_vectors(self, vectors: Vectors) -> list[str]:
        """Set the word vectors of the known words; the others become zero, which says nothing of them.

        Where word vectors are trained, each of the others moves away from zero as soon as it is said. Where
        they are not, the network cannot tell these words apart, nor from unknown ones, which are zero too.
        Punctuation is looked up without the blanks around it: ", " has the vector of ",".

        Reference: how the authors made the vectors of such words is not published.

        Returns:
            The words of the vocabulary that have no vector, each once, in its order.

        Raises:
            ValueError: if a vector has another length than `embedding_width`.
        """
        rows = torch.zeros_like(self.embedding.weight)
        missing = []
        for number, word in enumerate(self.vocabulary.words):
            vector = vectors.get(word.strip())
            if vector is None:
                missing.append(word)
            elif vector.shape != rows[0].shape:
                raise ValueError(f"vector of {word!r}: expected {tuple(rows[0].shape)}, got {vector.shape}")
            else:
                rows[number] = torch.from_numpy(vector)
        self.embedding.weight.data.copy_(rows)
        return [word for word in dict.fromkeys(missing) if word not in ("", *SPECIALS)]

    def encode(self, expressions: Sequence[str]) -> TextFeatures:
        """Encode B expressions: see `TextEncoder.encode`."""
        words = [split_words(expression) for expression in expressions]
        kept = kept_words(words, self.max_words)
        numbers = [self.vocabulary.numbers(row) for row in kept["tokens"]]
        ids, is_word = pad_words(numbers, self.embedding.weight.device)
        outputs, last = self._run(ids, is_word)
        return TextFeatures(words=outputs, is_word=is_word, sentence=last, **kept)

    def _run(self, ids: Tensor, is_word: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs (B, T, C_l), zero at padding, and the last word's output (B, C_l).

        The LSTM runs left to right and padding stands on the right, so it cannot reach a word.
        """
        outputs, _ = self.lstm(self.embedding(ids))
        last = is_word.sum(dim=1) - 1
        return outputs * is_word[..., None], outputs[torch.arange(len(ids), device=ids.device), last]

    def config(self) -> dict[str, Any]:
        """The sizes and the vocabulary, as JSON."""
        return {"name": self.name, **asdict(self.sizes), "vocabulary": list(self.vocabulary.words)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Build the encoder that `config()` described."""
        sizes = {key: value for key, value in config.items() if key not in ("name", "vocabulary")}
        return cls(Vocabulary(config["vocabulary"]), LstmGloveConfig(**sizes))
