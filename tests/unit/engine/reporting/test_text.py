import csv

import pytest

from refseg_cli.engine.reporting.tables import Figure, Line, Table
from refseg_cli.engine.reporting.text import comma_separated, markdown, terminal

LINES = (
    Line("one", "unc val", "", {"oIoU": Figure(61.25, (60.0, 62.5)), "seeds": "0, 1"}),
    Line("two", "unc val", "with CRF", {"oIoU": Figure(-0.5, deviation=0.25, signed=True, digits=2)}),
)
TABLE = Table("Scores", LINES, ("In percent.",))


def test_a_terminal_shows_each_number_above_its_interval_in_line_with_its_head() -> None:
    title, heads, first, interval, second, deviation, note = terminal([TABLE]).splitlines()
    assert (title, note) == ("Scores", "In percent.")
    assert first.split() == ["one", "unc", "val", "61.2", "0,", "1"]
    assert interval.split() == ["60.0", "–", "62.5"]
    assert second.split() == ["two", "unc", "val", "with", "CRF", "-0.50"]
    assert deviation.split() == ["±", "0.25"]
    end = heads.index("oIoU") + len("oIoU")
    assert {len(line) for line in (interval, second, deviation)} == {end}


def test_labels_that_the_heading_says_are_not_repeated() -> None:
    lines = (Line("one", "unc val", "relation", {"P@0.5": Figure(1)}),)
    drawn = terminal([Table("By kind", lines, about=("one", "unc val", ""))]).splitlines()
    assert drawn[0] == "By kind: one, unc val"
    assert drawn[1].split() == ["P@0.5"]
    assert drawn[2].split() == ["relation", "1.0"]


def test_markdown_has_one_table_under_each_heading() -> None:
    lines = markdown("Report", [TABLE]).splitlines()
    assert lines[0] == "# Report"
    assert lines[2] == "## Scores"
    assert lines[4] == "| run | on |  | oIoU | seeds |"
    assert lines[6] == "| one | unc val |  | 61.2 (60.0 – 62.5) | 0, 1 |"


@pytest.mark.parametrize("hostile", ["<script>", "a|b", "*a*", "[a](b)", "a\nb", "`a`"])
def test_markdown_takes_no_markup_from_data(hostile: str) -> None:
    written = markdown(hostile, [Table("t", (Line(hostile, "", "", {"x": hostile}),))])
    assert hostile not in written
    assert all(line.count("|") - line.count("\\|") == 3 for line in written.splitlines() if line[:1] == "|")


def test_a_terminal_is_sent_nothing_that_it_obeys() -> None:
    drawn = terminal([Table("t", (Line("\x1b[2Jone\r", "", "", {"x": "\x07"}),))])
    assert set(drawn) & set("\x1b\r\x07") == set()
    assert "one" in drawn


def test_csv_has_a_line_for_each_number_unrounded() -> None:
    rows = list(csv.DictReader(comma_separated([TABLE]).splitlines()))
    assert [row["value"] for row in rows] == ["61.25", "0, 1", "-0.5"]
    assert (rows[0]["low"], rows[0]["high"], rows[2]["deviation"]) == ("60", "62.5", "0.25")
    assert (rows[2]["run"], rows[2]["on"], rows[2]["of"], rows[2]["column"]) == (
        "two",
        "unc val",
        "with CRF",
        "oIoU",
    )
