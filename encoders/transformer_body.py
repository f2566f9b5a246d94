"""The network of a pretrained transformer, built from its files or its description."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError
from torch import nn

from .errors import PretrainedUnusable
from .transformer_files import TOKENIZER, PretrainedFiles, quiet

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

_USUAL = 512
_NOT_TAKEN = ("attn_implementation", "auto_map", "experts_implementation", "quantization_config")
_POSITIONS = ("position_embedding", "position_embeddings")


@dataclass(frozen=True)
class Body:
    """A transformer and its tokeniser.

    Args:
        network: numbers of pieces (B, L) and an attention mask → `last_hidden_state` (B, L, H).
        architecture: its configuration as JSON: `build_body` makes the same network from it, without weights.
        tokenizer: the contents of `tokenizer.json`.
    """

    network: nn.Module
    architecture: Mapping[str, Any]
    tokenizer: str

    @property
    def width(self) -> int:
        """H, length of its vectors."""
        return int(self._config.hidden_size)

    @property
    def ends_with_sentence(self) -> bool:
        """Whether a piece sees only those before it, so that the last stands for the sentence (CLIP)."""
        return str(self._config.model_type) == "clip_text_model"

    @property
    def max_pieces(self) -> int:
        """Most pieces that it takes, special ones included: as many as it has positions for.

        T5, whose positions are relative, would take any number; it gets the 512 that it was trained with.
        """
        for name, part in self.network.named_modules():
            if isinstance(part, nn.Embedding) and name.rpartition(".")[2] in _POSITIONS:
                # RoBERTa and its kin count positions from the one after the padding's.
                first = 0 if part.padding_idx is None else part.padding_idx + 1
                return part.num_embeddings - first
        return _USUAL

    @property
    def layers(self) -> nn.ModuleList:
        """Its layers, first to last; empty if they are laid out in an unknown way."""
        n_layers = getattr(self._config, "num_hidden_layers", 0)
        lists = (part for part in self.network.modules() if isinstance(part, nn.ModuleList))
        return next((part for part in lists if len(part) == n_layers), nn.ModuleList())

    @property
    def _config(self) -> Any:
        return self.network.config


def load_body(files: PretrainedFiles, dtype: torch.dtype = torch.float32) -> Body:
    """Read a transformer from its files. No code that comes with it is run.

    Raises:
        PretrainedUnusable: if they are malformed, or of a kind that is no text encoder.
    """
    from transformers import AutoConfig

    advice = "name another: refseg train --encoder transformer:FOLDER"
    safely: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    with quiet():
        try:
            config = AutoConfig.from_pretrained(files.folder, **safely)
            config = getattr(config, "text_config", config)  # of CLIP, which also has one for pictures
            architecture = json.loads(config.to_json_string(use_diff=False))
            architecture.pop("_name_or_path", None)  # the folder
            config = _config_of(architecture)
            wanted = {"config": config, "dtype": dtype, "use_safetensors": True, "output_loading_info": True}
            network, told = _kind(config).from_pretrained(files.folder, **wanted, **safely)
            tokenizer = (files.folder / TOKENIZER).read_text(encoding="utf-8")
        except (
            OSError,
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
            RuntimeError,
            SafetensorError,
        ) as error:
            first_line = str(error).strip().partition("\n")[0]
            raise PretrainedUnusable(
                f"{files.folder} is no text encoder of the transformers library ({first_line}): {advice}"
            ) from error
    if missing := sorted(name for name in told["missing_keys"] if not name.startswith("pooler.")):
        raise PretrainedUnusable(f"{files.folder} lacks weights of a text encoder, as {missing[0]}: {advice}")
    return Body(_without_unused(network), architecture, tokenizer)


def build_body(architecture: Mapping[str, Any], tokenizer: str, dtype: torch.dtype = torch.float32) -> Body:
    """Build a transformer from `Body.architecture`, with weights that mean nothing."""
    with quiet(), torch.random.fork_rng(devices=[]):
        config = _config_of(architecture)
        network = _kind(config).from_config(config, trust_remote_code=False).to(dtype)
    return Body(_without_unused(network), architecture, tokenizer)


def _config_of(architecture: Mapping[str, Any]) -> "PreTrainedConfig":
    """The configuration that a description stands for, without what would have code of others run."""
    from transformers import AutoConfig

    told = {key: value for key, value in architecture.items() if key not in _NOT_TAKEN and key[0] != "_"}
    return AutoConfig.for_model(**told)


def _kind(config: "PreTrainedConfig") -> Any:
    """What builds the network of a configuration: of those with a decoder (T5), the encoder alone."""
    from transformers import AutoModel, AutoModelForTextEncoding

    return AutoModelForTextEncoding if config.is_encoder_decoder else AutoModel


def _without_unused(network: Any) -> nn.Module:
    """Without what would hold weights and not be used: BERT's pooler, T5's second name of the embedding."""
    if getattr(network, "pooler", None) is not None:
        network.pooler = None
    return network.encoder if hasattr(network, "shared") else network  # type: ignore[no-any-return]
