"""What `--encoder` comes to, and the configuration of text encoders."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny_transformers import write_tiny_transformer

from refseg.encoders.transformer import TransformerEncoder
from refseg_cli.engine.config_text import to_toml
from refseg_cli.engine.encoder_choice import encoder_settings, encoder_suffix
from refseg_cli.engine.run_config import TextConfig, read_run_config
from refseg_cli.engine.text_encoders import load_text_encoder
from refseg_cli.errors import ConfigError, UsageError


def text_of(*settings: str) -> TextConfig:
    return read_run_config("small", None, settings).text


def test_a_reference_is_a_file_from_here_or_a_name_that_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'my "bert"').mkdir()
    assert text_of(*encoder_settings('transformer:my "bert"')).transformer.model == str(
        tmp_path / 'my "bert"'
    )
    text = text_of(*encoder_settings("transformer:somebody/bert"))
    assert (text.name, text.transformer.model) == ("transformer", "somebody/bert")
    assert text_of(*encoder_settings("lstm-glove:glove/x.txt")).glove == "glove/x.txt"
    assert text_of(*encoder_settings("transformer")) == replace(text_of(), name="transformer")


def test_an_encoder_that_takes_no_reference_is_given_none() -> None:
    with pytest.raises(UsageError, match="nothing stands after the colon"):
        encoder_settings("lstm-glove:")


def test_the_name_of_a_run_tells_what_differs_from_the_preset() -> None:
    preset, other = text_of(), text_of(*encoder_settings("transformer:somebody/my bert"))
    assert encoder_suffix(preset, preset) == encoder_suffix(other, other) == ""
    assert encoder_suffix(other, preset) == "+transformer-my-bert"
    assert encoder_suffix(preset, other) == "+lstm-glove"


def test_options_of_plug_ins_are_free_and_joined_over_layers(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        '[text]\nname = "mine"\noptions = { width = 3, kind = { deep = [1, 2.5] } }'
    )
    config = read_run_config("small", tmp_path / "a.toml", ["text.options.width=4", "text.options.fast=true"])
    assert config.text.options == {"width": 4, "kind": {"deep": [1, 2.5]}, "fast": True}
    (tmp_path / "b.toml").write_text(to_toml(config))
    assert read_run_config("official", tmp_path / "b.toml") == config


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("tuned_layers=-2", "tuned_layers must be at least -1"),
        ("learning_rate=inf", "learning_rate must be at least 0 and finite"),
        ("pooling=max", "must be one of 'mean', 'first'"),
        ("layers=2", "unknown key text.transformer.layers"),
    ],
)
def test_what_a_transformer_cannot_be_is_refused(setting: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        text_of(f"text.transformer.{setting}")
    assert told in str(caught.value)


def test_a_transformer_has_the_sizes_of_the_preset_unless_it_has_its_own(tmp_path: Path) -> None:
    write_tiny_transformer(tmp_path / "tiny", "distilbert")
    text = text_of(
        "text.name=transformer", "text.transformer.model=tiny", "text.transformer.precision=bfloat16"
    )
    encoder = load_text_encoder(text, [], tmp_path)  # the folder is looked for under the data root
    assert isinstance(encoder, TransformerEncoder)
    assert (encoder.width, encoder.max_words) == (text.encoder.width, text.encoder.max_words)
    assert next(encoder.body.parameters()).dtype == torch.bfloat16
    own = replace(text, transformer=replace(text.transformer, width=7, max_words=2))
    encoder = load_text_encoder(own, [], tmp_path)
    assert (encoder.width, encoder.max_words) == (7, 2)
