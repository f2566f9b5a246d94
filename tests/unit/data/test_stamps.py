import os
import time
from pathlib import Path

from refseg_cli.data.stamps import NOT_TRUSTED, fingerprint, note, noting, stamps, unchanged


def aged(path: Path, seconds: int) -> Path:
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


def test_a_file_is_read_only_when_its_size_or_time_differs(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("one")
    [known] = stamps([aged(path, 60)])
    assert stamps([path], [known])[0] is known
    [touched] = stamps([aged(path, 30)], [known])
    assert touched != known
    assert touched.sha256 == known.sha256
    path.write_text("two")
    assert stamps([aged(path, 60)], [touched])[0].sha256 != known.sha256


def test_a_time_that_is_hardly_past_or_still_to_come_is_not_trusted(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.touch()
    for seconds in (0, 1, -3600):
        assert stamps([aged(path, seconds)])[0].mtime_ns == NOT_TRUSTED
    assert stamps([aged(path, 3)])[0].mtime_ns != NOT_TRUSTED


def test_a_folder_is_the_names_in_it(tmp_path: Path) -> None:
    (tmp_path / "b").touch()
    [before] = stamps([aged(tmp_path, 60)])
    (tmp_path / "b").write_text("more")
    assert stamps([aged(tmp_path, 50)])[0].sha256 == before.sha256
    (tmp_path / "c").touch()
    assert stamps([aged(tmp_path, 40)])[0].sha256 != before.sha256


def test_what_is_not_there_has_a_stamp_too(tmp_path: Path) -> None:
    [missing] = stamps([tmp_path / "none"])
    assert (missing.size, missing.sha256) == (-1, "")
    (tmp_path / "none").touch()
    assert fingerprint(stamps([tmp_path / "none"], [missing])) != fingerprint([missing])


def test_noted_files_are_the_same_while_their_size_and_time_are(tmp_path: Path) -> None:
    old, new, none = (tmp_path / name for name in ("old", "new", "none"))
    old.write_text("a")
    os.utime(old, (1e9, 1e9))
    note(old)  # nobody listens
    with noting() as notes:
        note(old, none)
    assert unchanged(notes)
    os.utime(old, (1e9, 2e9))
    assert not unchanged(notes)
    os.utime(old, (1e9, 1e9))
    none.touch()
    assert not unchanged(notes)
    new.touch()
    with noting() as notes:
        note(new)
    assert not unchanged(notes)  # so young that another change might not show
