import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from downloads import AT_ONCE, finals, zip_of
from PIL import Image
from servers import Server

from refseg_cli.data.download import run as module
from refseg_cli.data.download.plan import offers, steps
from refseg_cli.data.download.request import Request
from refseg_cli.data.download.run import download
from refseg_cli.data.download.verify import damages
from refseg_cli.data.shapes.motion_reader import MotionReader
from refseg_cli.data.shapes.reader import ShapesReader
from refseg_cli.data.shapes.whole_folder import MARK
from refseg_cli.errors import DownloadError, PartlyFailed, UsageError

TEXTS = zip_of({f"davis_text_annotations/Davis17_annot{n}.txt": b'bear 1 "a bear"\n' for n in (1, 2)})
DAVIS = zip_of(
    {
        "DAVIS/ImageSets/2017/val.txt": b"bear\n",
        "DAVIS/JPEGImages/480p/bear/00000.jpg": b"jpeg",
        "DAVIS/Annotations_unsupervised/480p/bear/00000.png": b"png",
        "DAVIS/README.md": b"read me",
    }
)
MASKS = zip_of({"a2d_annotation_with_instances/-a/00030.h5": b"h5"})


@pytest.fixture
def server(server: Server) -> Server:
    server.serve("davis_text_annotations.zip", TEXTS)
    server.serve("DAVIS-2017-Unsupervised-trainval-480p.zip", DAVIS)
    return server


def request(server: Server, root: Path, *names: str, **settings: object) -> Request:
    return Request(names, root, mirrors=(f"{server.address}/",), **settings)  # type: ignore[arg-type]


def got(asked: Request) -> list[str]:
    return [str(path.relative_to(asked.root)) for path in download(asked, AT_ONCE)]


def put_annotations(root: Path) -> None:
    """Lay down RefCOCO's annotations as a person would, naming two photos."""
    folder = root / "refcoco"
    folder.mkdir()
    images = [{"file_name": f"COCO_train2014_{n:012}.jpg", "width": 8, "height": 6} for n in (1, 2)]
    (folder / "instances.json").write_text(json.dumps({"images": images}))
    (folder / "refs(unc).p").write_bytes(b"pickle")


def jpeg() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (8, 6)).save(stream, "JPEG")
    return stream.getvalue()


def test_a_dataset_of_two_archives_is_there_afterwards(server: Server, tmp_path: Path) -> None:
    paths = got(request(server, tmp_path, "ref-davis17", "ref-davis17"))
    assert paths[-1] == "ref-davis17/davis_text_annotations"
    assert len(paths) == 4
    assert len(finals(tmp_path)) == 5
    assert len(server.requests) == 2


def test_the_photos_that_annotations_name_are_fetched(server: Server, tmp_path: Path) -> None:
    put_annotations(tmp_path)
    for n in (1, 2):
        server.serve(f"train2014/COCO_train2014_{n:012}.jpg", jpeg())
    assert got(request(server, tmp_path, "unc"))[-1] == "images/mscoco/images/train2014"
    assert len(server.requests) == 2
    got(request(server, tmp_path, "unc"))
    assert len(server.requests) == 2


def test_one_that_fails_does_not_keep_the_others_back(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "fetch_encoder", fail)
    with pytest.raises(
        PartlyFailed, match="not downloaded: encoder:x; type again: refseg download encoder:x --data"
    ):
        got(request(server, tmp_path, "encoder:x", "ref-davis17"))
    assert "encoder:x: the hub is down" in capsys.readouterr().err
    assert len(finals(tmp_path)) == 5
    with pytest.raises(DownloadError, match="not downloaded"):
        got(request(server, tmp_path, "encoder:x", "encoder:y"))
    with pytest.raises(DownloadError, match="the hub is down"):
        got(request(server, tmp_path, "encoder:x"))


def fail(*_arguments: object) -> Path:
    raise DownloadError("the hub is down; type again")


def put_a2d(root: Path) -> None:
    for name in (
        "a2d_annotation.txt",
        "a2d_missed_videos.txt",
        "Release/videoset.csv",
        "Release/clips320H/a.mp4",
    ):
        path = root / "a2d" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_a_mirror_may_have_what_a_person_would_have_to_fetch(server: Server, tmp_path: Path) -> None:
    put_a2d(tmp_path)
    with pytest.raises(
        DownloadError,
        match=r"answers 404 .*; open https://drive.* then type: refseg download a2d --data .*--from-file",
    ):
        got(request(server, tmp_path, "a2d"))
    server.serve("a2d_annotation_with_instances.zip", MASKS)
    assert "a2d/a2d_annotation_with_instances" in got(request(server, tmp_path, "a2d"))


def test_a_data_folder_that_cannot_be_used_is_said(server: Server, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(DownloadError, match="choose another folder with --data"):
        got(request(server, tmp_path / "data", "ref-davis17"))


def test_what_a_person_must_fetch_is_told_with_the_command_that_takes_it(
    server: Server, tmp_path: Path
) -> None:
    put_a2d(tmp_path)
    with pytest.raises(DownloadError) as failure:
        got(replace(request(server, tmp_path, "a2d"), mirrors=()))
    message = str(failure.value)
    assert "a2d_annotation_with_instances.zip: open https://drive.google.com" in message
    assert message.endswith(f"a2d --data {tmp_path} --from-file a2d_annotation_with_instances.zip")
    mine = tmp_path / "masks (1).zip"
    mine.write_bytes(MASKS)
    given = f"a2d_annotation_with_instances.zip={mine}"
    assert "a2d/a2d_annotation_with_instances" in got(request(server, tmp_path, "a2d", from_file=(given,)))
    assert (tmp_path / "a2d/a2d_annotation_with_instances/-a/00030.h5").read_bytes() == b"h5"
    got(request(server, tmp_path, "a2d"))  # nothing is left to do


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"names": ()}, "refseg download --list"),
        ({"names": ("ucn",)}, "did you mean 'unc'"),
        ({"mirrors": ("file:///data",)}, "--mirror file:///data: give an address"),
        ({"mirrors": ("http://[other",)}, ""),
        ({"from_file": ("none.zip",)}, r"--from-file none\.zip: no such file"),
        ({"from_file": (__file__,)}, r"none of the files .*\(DAVIS-2017.*\); .* --from-file NAME="),
        ({"vocabulary": Path("words.txt")}, "refseg download glove --vocabulary FILE"),
        ({"size": 3}, "refseg download shapes --size N"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_fetched(
    server: Server, tmp_path: Path, settings: dict[str, object], message: str
) -> None:
    asked = replace(request(server, tmp_path, "ref-davis17"), **settings)  # type: ignore[arg-type]
    if message:
        with pytest.raises(UsageError, match=message):
            got(asked)
        assert server.requests == []


def test_too_small_a_disk_is_noticed_first(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: shutil._ntuple_diskusage(9, 9, 10**9))
    with pytest.raises(DownloadError, match=r"glove needs 4\.4 GB, but .* has 1\.0 GB left"):
        got(request(server, tmp_path, "glove"))
    assert server.requests == []


@pytest.mark.parametrize(
    ("name", "function", "reader"),
    [
        ("shapes", "folder.write_shapes", ShapesReader),
        ("shapes-motion", "motion_folder.write_motion", MotionReader),
    ],
)
def test_a_generated_dataset_is_written_by_its_own_function(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, function: str, reader: type
) -> None:
    written = []

    def write(folder: Path, size: int, replace: bool) -> None:
        folder.mkdir(exist_ok=replace)
        (folder / MARK).write_text(json.dumps({"size": size}))
        written.append((folder, size))

    monkeypatch.setattr(f"refseg_cli.data.shapes.{function}", write)
    for settings in ({"size": 5}, {"size": 5}, {}, {"force": True}):
        assert got(request(server, tmp_path, name, **settings)) == [name]
    with pytest.raises(UsageError, match=rf"with size \d+; .* {name} --data .* --size 6 --force"):
        got(request(server, tmp_path, name, size=6))
    (tmp_path / name / MARK).unlink()
    for force in (True, False):
        with pytest.raises(UsageError, match="refseg did not draw it; move it away"):
            got(request(server, tmp_path, name, force=force))
    assert written == [(tmp_path / name, 5), (tmp_path / name, reader().size)]
    assert server.requests == []


def test_a_plan_says_what_is_there_begun_or_to_be_fetched(server: Server, tmp_path: Path) -> None:
    put_annotations(tmp_path)
    rows = {step.what: step for step in steps(request(server, tmp_path, "unc", "gref", "a2d", "glove"))}
    assert (rows["refcoco.zip"].state, rows["refcoco.zip"].size) == ("there", 0)
    assert rows["2 photos"].size == 2 * 163_000
    assert rows["25,799 photos"].state == rows["refcocog.zip"].state == "to fetch"
    assert rows["a2d_annotation_with_instances.zip"].state == "by hand"
    part = tmp_path / ".refseg/downloads/refcocog.zip.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(bytes(1000))
    (begun, _) = steps(request(server, tmp_path, "gref"))
    assert (begun.state, begun.size) == ("begun", 56_712_951 - 1000)
    (sliced,) = steps(request(server, tmp_path, "glove", vocabulary=Path("words.txt")))
    assert sliced.lands.endswith("glove/glove.840B.300d.words.txt")
    _, whole = steps(request(server, tmp_path, "unc", whole_zip=True))
    assert whole.what == "train2014.zip"


def test_a_list_says_what_is_here(server: Server, tmp_path: Path) -> None:
    assert {offer.present for offer in offers(tmp_path)} <= {"no", "yes"}
    put_annotations(tmp_path)
    got(request(server, tmp_path, "ref-davis17"))
    here = {offer.name: offer.present for offer in offers(tmp_path)}
    assert (here["unc"], here["ref-davis17"], here["gref"]) == ("partly", "yes", "no")


def test_verifying_reads_everything_again(server: Server, tmp_path: Path) -> None:
    got(request(server, tmp_path, "ref-davis17"))
    assert [faults for *_, faults in damages((), tmp_path)] == [[], []]
    victim = tmp_path / "ref-davis17/DAVIS/ImageSets/2017/val.txt"
    victim.write_bytes(b"beat\n")
    (tmp_path / "ref-davis17/davis_text_annotations/Davis17_annot1.txt").unlink()
    found = {what: faults for _, what, faults in damages(("ref-davis17",), tmp_path)}
    davis, texts = found.values()
    assert davis == [f"{victim}: has changed since it was fetched"]
    assert texts[0].endswith("Davis17_annot1.txt: is missing")


def test_verifying_reads_what_a_person_put_there_as_far_as_hashes_are_known(tmp_path: Path) -> None:
    folder = tmp_path / "refcocog"
    folder.mkdir()
    (folder / "refs(umd).p").write_bytes(b"x")
    ((_, what, faults), *_) = damages(("gref",), tmp_path)
    assert what == "refcocog.zip (not fetched by refseg)"
    assert "its sha256 is" in faults[0]
    assert sum("is missing" in fault for fault in faults) == 2


def test_verifying_reads_photos_to_their_end(tmp_path: Path) -> None:
    put_annotations(tmp_path)
    folder = tmp_path / "images/mscoco/images/train2014"
    folder.mkdir(parents=True)
    (folder / "COCO_train2014_000000000001.jpg").write_bytes(jpeg())
    (folder / "COCO_train2014_000000000002.jpg").write_bytes(jpeg()[:-9])
    found = {what: faults for _, what, faults in damages(("unc",), tmp_path)}
    (fault,) = found["2 photos of unc"]
    assert "000000000002.jpg: is not whole" in fault
