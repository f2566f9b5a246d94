"""What a transformer encoder is asked to be; apart from the encoder, so that reading it loads no library."""

from dataclasses import dataclass
from math import inf
from typing import Literal


@dataclass(frozen=True)
class TransformerConfig:
    """A text encoder of the transformers library, and what is made of it.

    Args:
        model: its folder, or its name on the Hugging Face hub. A folder holds `config.json`, `tokenizer.json`
            and `model.safetensors`.
        revision: branch, tag or commit of a name on the hub; empty for the newest that is cached, or else is
            there. A checkpoint keeps the commit.
        pooling: what of a word that is several pieces stands for it: the "mean" of all, or the "first".
        tuned_layers: how many of its last layers are trained with the rest; 0 for none, -1 for the whole of
            it with its embeddings. Dropout stays off: see `TransformerEncoder`.
        learning_rate: of these layers where the head's is `optimizer.learning_rate`; it follows the same
            schedule; 0 for the head's.
        precision: in which it is kept and computes where nothing of it is tuned.
        width: C_l, to which a trained layer brings each word's vector; 0 for that of `text.encoder`.
        max_words: words kept of an expression, if they fit the model; 0 for those of `text.encoder`.
        embed: have checkpoints hold its weights, and not only tell where they are from.

    Raises:
        ValueError: if a number is out of range, or half precision is asked for what is tuned.
    """

    model: str = "sentence-transformers/all-MiniLM-L6-v2"
    revision: str = ""
    pooling: Literal["mean", "first"] = "mean"
    tuned_layers: int = 0
    learning_rate: float = 2e-5
    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    width: int = 0
    max_words: int = 0
    embed: bool = False

    def __post_init__(self) -> None:
        least = {"tuned_layers": -1, "learning_rate": 0, "width": 0, "max_words": 0}
        for name, minimum in least.items():
            if not minimum <= getattr(self, name) < inf:
                raise ValueError(f"{name} must be at least {minimum} and finite, got {getattr(self, name)}")
        if self.tuned_layers and self.precision != "float32":
            raise ValueError(
                f"what is tuned is kept in float32: precision={self.precision} with tuned_layers=0"
            )
