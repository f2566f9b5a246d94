import re
from pathlib import Path

import pytest
from PIL import Image

from refseg_cli.engine.reporting.curves import curves, write_curves
from refseg_cli.errors import DataError, UsageError

LOSSES = [
    {"step": step, "losses": {"total": 1 / step, "dice": 0.1}, "learning_rate": 0.1, "seconds": 1.0}
    for step in (1, 2, 3)
]
VALIDATED = {"step": 3, "scores": {"oIoU": 0.5, "mIoU": 0.4}, "subset": "some"}


def words(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_there_is_a_curve_of_each_term_of_the_loss_the_rate_and_the_validation() -> None:
    loss, rate, validation = map(words, curves([*LOSSES, VALIDATED]))
    assert {"Loss", "total", "dice"} <= set(loss)
    assert "Learning rate" in rate
    assert {"Validation", "oIoU", "mIoU"} <= set(validation)


def test_what_was_not_recorded_is_not_drawn() -> None:
    assert len(curves(LOSSES)) == 2
    assert curves([]) == []


def test_an_element_names_no_address_and_is_the_same_each_time() -> None:
    (first, *_), (again, *_) = curves(LOSSES), curves(LOSSES)
    assert first == again
    assert first.startswith("<svg")
    assert "http" not in first


def test_a_term_whose_name_looks_like_a_formula_is_drawn_as_it_is() -> None:
    records = [{**LOSSES[0], "losses": {"a $x$ b": 1.0}}]
    assert "a $x$ b" in words(curves(records)[0])


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_curves_are_written_as_a_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"curves{suffix}"
    write_curves(LOSSES, path)
    if suffix == ".png":
        with Image.open(path) as picture:
            assert picture.width > 2 * picture.height
    else:
        assert path.read_text().startswith("<?xml")


def test_another_format_or_nothing_to_draw_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.svg or \.png"):
        write_curves(LOSSES, tmp_path / "curves.gif")
    with pytest.raises(DataError, match="no curve"):
        write_curves([], tmp_path / "curves.svg")
    assert list(tmp_path.iterdir()) == []
