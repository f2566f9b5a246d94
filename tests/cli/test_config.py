import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from refseg_cli.app import app


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["config", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_show_prints_toml_with_every_setting() -> None:
    code, out, err = run("show", "official,ablations/table10-g2", "--set", "training.seed=5")
    shown = tomllib.loads(out)
    assert (code, err) == (0, "")
    assert (shown["head"]["graph_layers"], shown["training"]["seed"]) == (2, 5)


def test_diff_prints_a_line_for_each_difference(tmp_path: Path) -> None:
    code, out, _ = run("diff", "official", "paper")
    assert code == 0
    assert ["head.level_width", "500", "1000"] in [line.split() for line in out.splitlines()]
    (tmp_path / "same.toml").write_text("")
    assert run("diff", "official", tmp_path / "same.toml")[:2] == (0, "")


def test_list_tells_what_each_preset_is() -> None:
    _, out, _ = run("list")
    assert "ablations/table5-row02  " in out
    assert "Table 5, row 2: EP, one level" in out
    names = [line.split()[0] for line in out.splitlines()]
    assert names[: names.index("ablations/table10-g0")] == [
        "bundled",
        "official",
        "paper",
        "small",
        "small-video",
    ]


def test_validate_accepts_what_can_be_run(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[training]\nsteps = 10\n")
    assert run("validate", tmp_path / "mine.toml") == (
        0,
        f"{tmp_path / 'mine.toml'} is a valid configuration\n",
        "",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[training]\nstep = 10\n", "unknown key training.step: did you mean 'steps'?"),
        ("[training]\nsteps = 'ten'\n", "training.steps must be int, got 'ten'"),
        ("[head]\nlevels = ['c5']\n", "head: one level has no other to exchange with"),
        ("training = 5\n", "training must be a section with some of the keys steps, seed"),
        ("steps = 5\n", "unknown key steps: choose one of backbone, text"),
        ("[optimizer]\nema = 1.5\n", "optimizer: ema must be at least 0 and below 1, got 1.5"),
        ("[data]\nimages_per_step = -3\n", "data: images_per_step must be at least 1, got -3"),
        ("[head\n", "is not a readable TOML file"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    code, out, err = run("validate", tmp_path / "mine.toml")
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_an_unknown_preset_is_told_what_is_near() -> None:
    code, _, err = run("show", "offical")
    assert code == 2
    assert "did you mean 'official'?" in err
