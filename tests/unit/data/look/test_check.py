"""What `refseg data check` finds missing or broken."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from look_samples import HEIGHT, WIDTH, MadeReader, clip, photo
from PIL import Image
from video_folders import write_a2d

from refseg_cli.data.look import check as module
from refseg_cli.data.look.check import Check, Part, check_dataset
from refseg_cli.data.look.check_text import check_text, complaint, overview_text
from refseg_cli.data.look.deep import Broken, broken_files
from refseg_cli.data.samples import Sample


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Make a dataset of samples known under its path, and check it."""
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path / "home"))
    annotations = tmp_path / "annotations.json"
    annotations.write_text("{}")

    def check(*samples: Sample, deep: bool = False) -> Check:
        reader = MadeReader(annotations, (("val", samples),))
        monkeypatch.setattr(module, "find_dataset", lambda name, root: reader)  # noqa: ARG005
        return check_dataset("made", tmp_path, deep)

    return check


def counts(check: Check) -> dict[str, tuple[int, int]]:
    return {part.what: (part.n_needed, len(part.missing)) for part in check.parts}


def test_a_dataset_with_all_its_files_is_complete(found, tmp_path: Path) -> None:
    check = found(photo(tmp_path, 0), photo(tmp_path, 1), photo(tmp_path, 1), deep=True)
    assert counts(check) == {"main files": (1, 0), "images of val": (2, 0)}
    assert check.state == "complete"
    assert check.next_command == "refseg data stats made"
    assert check.broken == ()


def test_missing_pictures_are_counted_and_no_news_to_deep(found, tmp_path: Path) -> None:
    samples = [photo(tmp_path, 0), photo(tmp_path, 1)]
    samples[1].image_path.unlink()
    check = found(*samples, deep=True)
    assert counts(check)["images of val"] == (2, 1)
    assert (check.state, check.broken) == ("partly there", ())
    assert check.missing == [samples[1].image_path]


def test_missing_files_of_masks_are_counted_a_frame_each(found, tmp_path: Path) -> None:
    sample = clip(tmp_path, n_frames=3)
    (tmp_path / "masks0" / "00001.png").unlink()
    check = found(sample, replace(sample, sample_id="made/again"))
    assert counts(check) == {
        "main files": (1, 0),
        "clips of val": (1, 0),
        "frames of val": (3, 0),
        "masks of val": (3, 1),
    }


def test_missing_frames_are_counted_unless_all_their_folder_is_missing(found, tmp_path: Path) -> None:
    one, other = clip(tmp_path, 0, n_frames=3), clip(tmp_path, 1, n_frames=2)
    (one.image_path / "00002.png").unlink()
    other.image_path.rename(tmp_path / "elsewhere")
    check = found(one, other)
    assert (counts(check)["frames of val"], counts(check)["clips of val"]) == ((3, 1), (2, 1))
    assert check.missing == [other.image_path, one.image_path / "00002.png"]


def test_a_split_without_samples_has_no_line(found) -> None:
    assert counts(found()) == {"main files": (1, 0)}


def test_of_a_known_dataset_clips_and_masks_are_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path / "home"))
    clips = write_a2d(tmp_path / "a2d") / "Release" / "clips320H"
    next(clips.iterdir()).unlink()
    check = check_dataset("a2d", tmp_path)
    assert counts(check)["masks of train"] == (2, 0)
    assert sorted([counts(check)["clips of train"], counts(check)["clips of test"]]) == [(1, 0), (1, 1)]
    assert check.next_command == "refseg download a2d"


def test_files_of_masks_are_found_in_the_parts_of_an_annotation(found, tmp_path: Path) -> None:
    parts = {"union": [{"png": str(tmp_path / "a.png")}, {"frames": {"0": {"png": str(tmp_path / "b.png")}}}]}
    assert counts(found(photo(tmp_path, annotation=parts)))["masks of val"] == (2, 2)


def test_missing_annotations_are_named(found, tmp_path: Path) -> None:
    (tmp_path / "annotations.json").unlink()
    check = found(photo(tmp_path))
    assert (check.state, check.missing) == ("missing", [tmp_path / "annotations.json"])


def reasons(*samples: Sample) -> list[str]:
    return [each.reason for each in broken_files(samples, "opening")]


def test_a_picture_that_cannot_be_opened_is_broken(tmp_path: Path) -> None:
    good, cut, empty = (photo(tmp_path, number) for number in range(3))
    cut.image_path.write_bytes(cut.image_path.read_bytes()[:-30])
    empty.image_path.write_bytes(b"")
    assert [each.what for each in broken_files([good, cut, empty], "")] == [
        str(cut.image_path),
        str(empty.image_path),
    ]


def test_a_picture_of_another_size_than_its_annotations_say_is_broken(tmp_path: Path) -> None:
    sample = photo(tmp_path)
    Image.new("RGB", (7, 5)).save(sample.image_path)
    (reason,) = reasons(sample)
    assert f"is 7x5 but annotated as {WIDTH}x{HEIGHT}" in reason
    assert str(sample.image_path) in reason


def test_masks_that_are_no_good_are_broken(tmp_path: Path) -> None:
    bad = photo(tmp_path, 0, annotation={"id": 3, "segmentation": [[1, 2]]})
    outside = photo(tmp_path, 1, annotation={"segmentation": [[90, 90, 95, 90, 95, 95]]})
    found = reasons(bad, outside)
    assert found[0].startswith("made/0: annotation 3: its polygons need")
    assert found[1:] == ["made/1: its mask is empty"]


def test_a_sentence_that_names_nothing_may_have_an_empty_mask(tmp_path: Path) -> None:
    assert reasons(photo(tmp_path, annotation={"union": []})) == []


def test_each_frame_and_mask_of_a_clip_is_opened(tmp_path: Path) -> None:
    sample = clip(tmp_path, n_frames=3)
    assert reasons(sample) == []
    (tmp_path / "clip0" / "00001.png").write_bytes(b"no picture")
    (tmp_path / "masks0" / "00002.png").write_bytes(b"no picture")
    frame, mask = reasons(sample)
    assert "clip0/00001.png" in frame
    assert "masks0/00002.png" in mask


def test_a_thing_may_leave_a_clip_but_not_be_nowhere(tmp_path: Path) -> None:
    sample = clip(tmp_path, n_frames=2)
    nothing = Image.new("L", (WIDTH, HEIGHT))
    nothing.save(tmp_path / "masks0" / "00000.png")
    assert reasons(sample) == []
    nothing.save(tmp_path / "masks0" / "00001.png")
    assert reasons(sample) == ["made/clip0: its mask is empty"]


def test_sentences_about_one_thing_are_decoded_once(tmp_path: Path) -> None:
    bad = photo(tmp_path, annotation={"id": 3, "segmentation": [[1, 2]]})
    assert len(reasons(bad, replace(bad, sample_id="made/again"))) == 1


PHOTOS = Part("images of val", 1500, (Path("data/a.jpg"), Path("data/b.jpg")))


def test_the_text_says_how_much_is_there_and_what_is_not() -> None:
    check = Check("unc", (Part("main files", 2), PHOTOS), (Broken("x.jpg", "x.jpg is damaged"),))
    lines = check_text(check).splitlines()
    assert lines[0] == "unc: partly there"
    assert lines[1].split() == ["main", "files", "2", "of", "2"]
    assert lines[2].endswith("1,498 of 1,500  missing: data/a.jpg and 1 more")
    assert lines[3] == "  no good: x.jpg is damaged"
    assert complaint([check]) == "unc: 2 missing and 1 broken; refseg download unc"
    others = [
        Check("gref", ()),
        Check("unc+", (PHOTOS,)),
        Check("mine.jsonl", (PHOTOS,)),
    ]
    assert complaint([check, *others]).endswith("; mine.jsonl: 2 missing; refseg download unc unc+")


def test_very_many_broken_files_are_not_all_listed() -> None:
    broken = tuple(Broken(str(number), "damaged") for number in range(1000))
    text = check_text(Check("unc", (PHOTOS,), broken))
    assert len(text.splitlines()) == 23
    assert text.endswith("and 980 more; --json lists all")
    assert len(Check("unc", (), broken).document()["broken"]) == 1000


def test_of_ones_own_data_what_is_missing_is_asked_for_and_what_is_no_good_is_to_be_mended() -> None:
    again, broken = "then look again: refseg data check 'my dogs.jsonl'", (Broken("a", "a is damaged"),)
    checks = [Check("my dogs.jsonl", parts, bad) for parts in ((PHOTOS,), ()) for bad in ((), broken)]
    assert [check.next_command for check in checks] == [
        f"put there what is missing, {again}",
        f"put there what is missing and mend what is no good, {again}",
        "refseg data stats 'my dogs.jsonl'",
        f"mend what is no good, {again}",
    ]


def test_that_all_could_be_opened_is_said_only_when_nothing_is_missing() -> None:
    said = "every picture could be opened"
    assert said in check_text(Check("unc", (Part("images of val", 2),), deep=True))
    assert said not in check_text(Check("unc", (PHOTOS,), deep=True))


def test_very_long_paths_are_shortened_to_their_end() -> None:
    path = Path("/long" * 60, "a.jpg")
    check = Check("mine", (Part("images of val", 1, (path,)),), (Broken("x", f"{path}: damaged; mend it"),))
    _, missing, broken = check_text(check).splitlines()
    assert missing.endswith("/long/a.jpg")
    assert broken.endswith("/long/a.jpg: damaged; mend it")
    assert max(len(missing), len(broken)) < 160
    assert str(path) in json.dumps(check.document())


def test_the_overview_has_a_line_for_each_with_its_command() -> None:
    checks = [
        Check("unc", (Part("files", 2),)),
        Check("gref", (Part("files", 1, (Path("x"),)),)),
        Check("shapes", ()),
    ]
    assert [line.split(maxsplit=2) for line in overview_text(checks).splitlines()] == [
        ["unc", "complete"],
        ["gref", "missing", "refseg download gref"],
        ["shapes", "complete", "drawn when needed"],
    ]
