"""Transformers with random weights and few numbers a layer, in folders as the library writes them."""

from pathlib import Path
from string import ascii_lowercase, digits, punctuation

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from torch import nn

from refseg.encoders.transformer import TransformerEncoder
from refseg.encoders.transformer_config import TransformerConfig
from refseg.encoders.transformer_files import quiet

KINDS = ("bert", "distilbert", "roberta", "clip", "t5")
HIDDEN = 16
N_POSITIONS = 24
"""Pieces that fit, special ones included; T5 takes any number."""

_WORDS = ("left", "dog", "man", "the", "red")
_LETTERS = (*ascii_lowercase, *digits, *punctuation)


def write_tiny_transformer(folder: Path, kind: str, seed: int = 0) -> Path:
    """Write one of `KINDS`; the same for the same seed."""
    with torch.random.fork_rng(devices=[]), quiet():
        torch.manual_seed(seed)
        tokenizer = {"t5": _unigram, "clip": _bytes, "roberta": _bytes}.get(kind, _word_pieces)()
        network = _network(kind, tokenizer.get_vocab_size())
        for weight in network.parameters():  # the library's own are so small that all pieces look alike
            if weight.dim() > 1:
                nn.init.normal_(weight, std=0.3)
        network.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def tiny_encoder(folder: Path, width: int = 12, **config: object) -> TransformerEncoder:
    """An encoder of the folder of one."""
    asked: dict[str, object] = {"model": str(folder), "width": width, "max_words": 20} | config
    return TransformerEncoder.load(TransformerConfig(**asked)).eval()  # type: ignore[arg-type]


def _network(kind: str, n_pieces: int) -> nn.Module:
    import transformers as t

    sizes = {"vocab_size": n_pieces, "hidden_size": HIDDEN, "num_hidden_layers": 2, "num_attention_heads": 2}
    sizes |= {"intermediate_size": 32, "max_position_embeddings": N_POSITIONS}
    if kind == "bert":
        return t.BertModel(t.BertConfig(**sizes))
    if kind == "roberta":
        more = {"max_position_embeddings": N_POSITIONS + 2, "pad_token_id": 1, "type_vocab_size": 1}
        return t.RobertaModel(t.RobertaConfig(**sizes | more), add_pooling_layer=False)
    if kind == "distilbert":
        sizes = {"vocab_size": n_pieces, "dim": HIDDEN, "n_layers": 2, "n_heads": 2, "hidden_dim": 32}
        return t.DistilBertModel(t.DistilBertConfig(**sizes, max_position_embeddings=N_POSITIONS))
    if kind == "clip":
        seen = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
        pictures = {**seen, "image_size": 8, "patch_size": 8}
        ends = {"bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1}
        return t.CLIPModel(t.CLIPConfig(text_config=sizes | ends, vision_config=pictures, projection_dim=8))
    heads = {"num_layers": 2, "num_heads": 2, "d_kv": 8, "d_ff": 32}
    return t.T5Model(t.T5Config(vocab_size=n_pieces, d_model=HIDDEN, **heads, decoder_start_token_id=0))


def _word_pieces() -> Tokenizer:
    """BERT's: words, else letters; what is neither is [UNK]."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = [*special, *_WORDS, *_LETTERS, *(f"##{letter}" for letter in _LETTERS)]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(special)
    ends = [("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=ends)
    # as published ones, it comes with a length of its own
    tokenizer.enable_truncation(8)
    tokenizer.enable_padding(length=8)
    return tokenizer


def _bytes() -> Tokenizer:
    """RoBERTa's and CLIP's: bytes, some of them joined; a blank belongs to what follows it."""
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    alphabet = [*special, *sorted(pre_tokenizers.ByteLevel.alphabet()), "do", "dog", "Ġdog"]
    vocabulary = {piece: number for number, piece in enumerate(alphabet)}
    tokenizer = Tokenizer(models.BPE(vocabulary, [("d", "o"), ("do", "g"), ("Ġ", "dog")], unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(special)
    tokenizer.post_processor = processors.TemplateProcessing(
        "<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def _unigram() -> Tokenizer:
    """T5's: the most probable pieces; blanks are pieces, or parts of them."""
    special = ["<pad>", "</s>", "<unk>"]
    pieces = [*((piece, 0.0) for piece in special), ("▁", -2.0), *((f"▁{word}", -3.0) for word in _WORDS)]
    tokenizer = Tokenizer(models.Unigram([*pieces, *((letter, -4.0) for letter in _LETTERS)], unk_id=2))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.add_special_tokens(special)
    tokenizer.post_processor = processors.TemplateProcessing("$A </s>", special_tokens=[("</s>", 1)])
    return tokenizer
