import re
from pathlib import Path

import pytest

from refseg_cli.data.paper_tables import WHOLE_MODEL, Column, find_row, paper_tables
from refseg_cli.engine.run_config import preset_names

ONE_DIGIT = (2, 3, 6, 7)
TURNED = (8, 10)  # rows here are columns of the paper


def test_there_are_eleven_tables_and_every_row_fits_its_columns() -> None:
    tables = paper_tables()
    assert list(tables) == list(range(1, 12))
    for table in tables.values():
        assert any(row.ours for row in table.rows)
        for row in table.rows:
            assert set(row.figures) <= set(table.columns)


def test_the_figures_that_everybody_cites_are_there() -> None:
    tables = paper_tables()
    assert tables[1].rows[-1].figures[Column("unc", "val", "oIoU")] == 62.47
    assert tables[11].rows[0].figures[Column("unc", "val", "oIoU")] == 57.39
    assert tables[2].rows[-1].figures[Column("a2d", "test", "mAP")] == 40.4
    assert tables[10].rows[2].figures[Column("gref", "val", "oIoU")] == 40.12


def test_a_figure_that_the_paper_leaves_out_is_not_there() -> None:
    lstm_cnn = paper_tables()[1].rows[0]
    assert {column.dataset for column in lstm_cnn.figures} == {"gref", "referit"}


def test_every_figure_stands_in_the_text_of_the_paper_row_by_row(shared: Path) -> None:
    text = (shared / "paper" / "cmpc-tpami.txt").read_text(encoding="utf-8")
    printed = [re.findall(r"(?<![\w.])\d+\.\d+(?!\w)", line) for line in text.splitlines() if "\t" in line]
    for number, table in paper_tables().items():
        digits = 1 if number in ONE_DIGIT else 2
        ours = [[f"{figure:.{digits}f}" for figure in row.figures.values()] for row in table.rows]
        for row in map(list, zip(*ours, strict=True)) if number in TURNED else ours:
            assert row in printed, (number, row)


def test_every_preset_of_a_row_exists_and_every_ablation_has_a_row() -> None:
    named = {row.preset for table in paper_tables().values() for row in table.rows} - {""}
    assert named <= set(preset_names())
    assert {name for name in preset_names() if name.startswith("ablations/")} <= named


@pytest.mark.parametrize(
    ("layers", "settings", "word_types", "found"),
    [
        (["official"], [], "learned", (1, "Ours")),
        (["small", "recipes/small/shapes"], ["training.steps=9"], "learned", (1, "Ours")),
        (["official"], ["head.concat_multimodal=false"], "learned", (1, "Ours-CVPR'20")),
        (["official"], [], "random", (11, "random")),
        (["official", "ablations/table5-row04"], [], "learned", (5, "4 EP, RAR")),
    ],
)
def test_a_run_is_compared_with_the_row_that_it_repeats(
    layers: list[str], settings: list[str], word_types: str, found: tuple[int, str]
) -> None:
    row = find_row(layers, settings, word_types)
    assert row is not None
    assert (row.table, row.name) == found
    assert row.preset == (layers[1] if row.table == 5 else WHOLE_MODEL)


def test_a_run_that_the_paper_has_not_made_has_no_row() -> None:
    assert find_row(["official"], [], "uniform") is None
    assert find_row(["official", "ablations/table5-row04"], [], "random") is None
