"""The table of an evaluation, for people."""

import json
import re
from pathlib import Path
from typing import Any

from made_reports import write_evaluation

from refseg_cli.engine.report_table import table


def report(folder: Path, **settings: object) -> dict[str, Any]:
    path = write_evaluation(folder / "a.json", (90, 80, 70, 60), **settings)
    made: dict[str, Any] = json.loads(path.read_text())
    names = ("entity + attribute + relation", "none")
    made["breakdown"] = {"word types": dict(zip(names, made["kinds"].values(), strict=True))}
    return made


def test_a_long_name_moves_all_columns_and_overruns_none(tmp_path: Path) -> None:
    lines = table(report(tmp_path)).splitlines()
    rows = [line for line in lines if re.search(r"P@0.5|\d+\.\d +\d", line)]
    assert len(rows) == 1 + 2 * (1 + 2 + 2)  # heads, and two lines for all, two kinds and two groups of types
    assert {len(row) for row in rows} == {len("  entity + attribute + relation (2)") + 8 * 14}
    assert sum(row.startswith("  entity + attribute + relation (2)  ") for row in rows) == 1


def test_random_word_types_say_with_which_seed_they_were_drawn(tmp_path: Path) -> None:
    assert "random word types (seed 3), protocol" in table(report(tmp_path, word_types="random", seed=3))
    assert "learned word types, protocol" in table(report(tmp_path, seed=3))
