"""A pretrained transformer as text encoder: its pieces are joined to words, and brought to one width."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn

from .base import TextEncoder, TextFeatures, kept_words, pad_words
from .tokens import split_words
from .transformer_body import Body, build_body, load_body
from .transformer_config import TransformerConfig
from .transformer_files import find_again, find_files
from .word_pieces import WordPieces, read_tokenizer, split_pieces

_ALL = -1


class TransformerEncoder(TextEncoder):
    """A transformer whose pieces are joined to words, then a norm and a layer to C_l numbers, both trained.

    Words are those of `split_words`, and pieces belong to the words they share characters with. A word that
    has none is a vector of zeros before the norm. The vector of the sentence is the mean of all pieces, the
    special ones too; for CLIP, whose pieces see only what is before them, it is the last.

    Dropout is off also where layers are tuned, so that a step gives the same in one part or in several.

    Args:
        body: the transformer and its tokeniser.
        config: what is made of it, with `width` and `max_words` above 0.
        sha256: of the files that it is from.

    Raises:
        PretrainedUnusable: if its tokeniser is malformed.
        ValueError: if it has fewer layers than are to be tuned.
    """

    name = "transformer"

    def __init__(self, body: Body, config: TransformerConfig, sha256: str) -> None:
        super().__init__()
        self.asked, self.sha256 = config, sha256
        self.width, self.max_words = config.width, config.max_words
        self.body = body.network.eval()
        self.norm = nn.LayerNorm(body.width)
        self.projection = nn.Linear(body.width, config.width)
        self._source = body
        self._max_pieces = body.max_pieces
        self._tokenizer = read_tokenizer(body.tokenizer)
        self._tune()

    @classmethod
    def load(cls, config: TransformerConfig, root: Path = Path()) -> Self:
        """Load a pretrained transformer; the layer over it is new.

        Args:
            config: which one and what is made of it.
            root: folder from which that of the model is named.

        Raises:
            PretrainedUnusable: if it is missing or cannot be used.
            ValueError: see `TransformerEncoder`.
        """
        files = find_files(config.model, config.revision, root)
        model = config.model if files.commit else str(files.folder)
        body = load_body(files, getattr(torch, config.precision))
        return cls(body, replace(config, model=model, revision=files.commit), files.sha256())

    def train(self, mode: bool = True) -> Self:
        """Set whether it is trained; the transformer itself never drops anything out."""
        super().train(mode)
        self.body.eval()
        return self

    def encode(self, expressions: Sequence[str]) -> TextFeatures:
        """Encode B expressions: see `TextEncoder.encode`."""
        words = [split_words(expression) for expression in expressions]
        pieces = [
            split_pieces(self._tokenizer, expression, row[: self.max_words], self._max_pieces)
            for expression, row in zip(expressions, words, strict=True)
        ]
        lengths = [len(row.of_words) for row in pieces]
        of_words, is_word = pad_words([range(length) for length in lengths], self.projection.weight.device)
        ids, is_piece = pad_words([row.ids or (0,) for row in pieces], of_words.device)
        joined = self._shares(pieces, *of_words.shape[1:], *ids.shape[1:]) @ self._run(ids, is_piece)
        vectors = self.projection(self.norm(joined))
        return TextFeatures(
            words=vectors[:, :-1] * is_word[..., None],
            is_word=is_word,
            sentence=vectors[:, -1],
            **kept_words(words, lengths),
        )

    def stored_elsewhere(self) -> frozenset[str]:
        """The names of the tensors that are as in the files, unless checkpoints are to hold those too."""
        if self._embedded:
            return frozenset()
        tensors = self.body.state_dict(keep_vars=True)
        return frozenset(f"body.{name}" for name, tensor in tensors.items() if not tensor.requires_grad)

    def tuned(self) -> list[nn.Parameter]:
        """The weights of the transformer that are trained with the rest."""
        return [weight for weight in self.body.parameters() if weight.requires_grad]

    def config(self) -> dict[str, Any]:
        """Where it is from, which one it is and what is made of it, as JSON."""
        told = {key: value for key, value in asdict(self.asked).items() if key != "learning_rate"}
        told = {"name": self.name, **told, "sha256": self.sha256, "embed": self._embedded}
        if not self._embedded:
            return told
        model = self.asked.model if self.asked.revision else Path(self.asked.model).name
        return {
            **told,
            "model": model,
            "architecture": dict(self._source.architecture),
            "tokenizer": self._source.tokenizer,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Build the encoder that `config()` described: with the weights of its files unless it is embedded.

        Raises:
            PretrainedUnusable: if the files are missing, or are not those that it was made from.
        """
        names = {item.name for item in fields(TransformerConfig)}
        asked = TransformerConfig(**{key: value for key, value in config.items() if key in names})
        dtype = getattr(torch, asked.precision)
        if asked.embed:
            body = build_body(config["architecture"], config["tokenizer"], dtype)
        else:
            files = find_again(asked.model, asked.revision, config["sha256"])
            body = load_body(files, dtype)
        return cls(body, asked, config["sha256"])

    def _run(self, ids: Tensor, is_piece: Tensor) -> Tensor:
        """The vectors of the pieces (B, L, H); without a graph where nothing of the transformer is tuned."""
        with nullcontext() if self.tuned() else torch.no_grad():
            found: Tensor = self.body(input_ids=ids, attention_mask=is_piece.long()).last_hidden_state
        return found.float()

    def _shares(self, pieces: Sequence[WordPieces], n_words: int, n_pieces: int) -> Tensor:
        """How much of each piece is in each word, (B, T, L), and in a row more, how much in the sentence."""
        shares = torch.zeros(len(pieces), n_words + 1, n_pieces)
        for rows, each in zip(shares, pieces, strict=True):
            for row, places in zip(rows, each.of_words, strict=False):
                used = list(places[:1] if self.asked.pooling == "first" else places)
                row[used] = 1 / max(1, len(used))
            n = max(1, len(each.ids))
            used = [n - 1] if self._source.ends_with_sentence else list(range(n))
            rows[-1, used] = 1 / len(used)
        return shares.to(self.projection.weight.device)

    def _tune(self) -> None:
        """Have the last layers trained, and the norm after them; or all; or nothing."""
        n_tuned, layers = self.asked.tuned_layers, self._source.layers
        if n_tuned > len(layers):
            raise ValueError(f"{self.asked.model} has {len(layers)} layers that can be tuned, not {n_tuned}")
        self.body.requires_grad_(n_tuned == _ALL)
        if n_tuned > 0:
            norms = [part for name, part in self.body.named_children() if name.startswith("final")]
            for part in (*layers[-n_tuned:], *norms):
                part.requires_grad_(True)

    @property
    def _embedded(self) -> bool:
        """Whether a checkpoint holds all of it, as it must where all is tuned."""
        return self.asked.embed or self.asked.tuned_layers == _ALL
