from pathlib import Path

import pytest

from refseg_cli.data.shapes.whole_folder import drawn_in, folder_written_whole
from refseg_cli.errors import UsageError


def write(folder: Path, content: str, replace: bool = True) -> None:
    with folder_written_whole(folder, {"name": "shapes", "size": 2}, replace) as made:
        (made / "a.txt").write_text(content)


def test_a_folder_that_refseg_wrote_is_swapped_for_the_new_one(tmp_path: Path) -> None:
    for content in ("old", "new"):
        write(tmp_path / "shapes", content)
    assert (tmp_path / "shapes/a.txt").read_text() == "new"
    assert drawn_in(tmp_path / "shapes") == {"name": "shapes", "size": 2}
    assert [path.name for path in tmp_path.iterdir()] == ["shapes"]


def test_the_old_folder_stays_when_the_new_one_fails(tmp_path: Path) -> None:
    folder = tmp_path / "shapes"
    write(folder, "old")
    with pytest.raises(KeyboardInterrupt), folder_written_whole(folder, {}, replace=True):
        raise KeyboardInterrupt
    assert (folder / "a.txt").read_text() == "old"


def test_a_folder_of_another_origin_and_a_link_are_never_replaced(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="exists already"):
        write(mine, "new")
    write(tmp_path / "drawn", "old")
    (tmp_path / "link").symlink_to(tmp_path / "drawn")
    with pytest.raises(UsageError, match="is a link, which refseg does not replace; remove it: rm"):
        write(tmp_path / "link", "new")
    assert (mine / "thesis.txt").read_text() == "years of work"
    assert (tmp_path / "drawn/a.txt").read_text() == "old"
