from dataclasses import replace
from pathlib import Path

import pytest

from refseg_cli.engine.config_text import differences, to_toml
from refseg_cli.engine.run_config import RunConfig, preset_names, read_preset_or_file, read_run_config


@pytest.mark.parametrize("preset", preset_names())
def test_every_preset_reads_back_from_its_text(preset: str, tmp_path: Path) -> None:
    config = read_run_config(preset)
    (tmp_path / "mine.toml").write_text(to_toml(config))
    for base in ("official", "paper", "small"):
        assert read_run_config(base, tmp_path / "mine.toml") == config


def test_differences_name_key_and_both_values() -> None:
    one = RunConfig()
    other = replace(
        one, head=replace(one.head, grid=None, peephole="channel"), training=replace(one.training, steps=7)
    )
    assert differences(one, other) == [
        ("head.grid", [40, 40], "none"),
        ("head.peephole", "map", "channel"),
        ("training.steps", 700_000, 7),
    ]
    assert differences(one, one) == []


def test_presets_are_laid_over_one_another() -> None:
    both = read_run_config("paper,ablations/table10-g2")
    assert (both.head.graph_layers, both.head.levels, both.head.word_type_activation) == (
        2,
        ("c5",),
        "sigmoid",
    )
    assert read_preset_or_file("paper,ablations/table10-g2") == both


@pytest.mark.parametrize("preset", [name for name in preset_names() if name.startswith("ablations/")])
def test_an_ablation_changes_head_and_word_vectors_alone_and_fits_every_base(preset: str) -> None:
    for base in ("official", "paper", "small"):
        changed = differences(read_run_config(base), read_run_config(f"{base},{preset}"))
        assert {key.split(".")[0] for key, _, _ in changed} <= {"head", "text"}


def test_no_two_rows_of_a_table_are_the_same_but_those_that_say_so() -> None:
    """Row 1 of Table 5 without its row 7's levels, and so on; g = 0 of Table 10 is row 2 of Table 5."""
    rows = {name: read_run_config(f"small,{name}") for name in preset_names() if "/table5" in name}
    assert len({to_toml(config) for config in rows.values()}) == len(rows) == 15
