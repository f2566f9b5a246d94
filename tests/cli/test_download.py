import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from downloads import finals, zip_of
from servers import Server, misbehaving_server

Run = Callable[..., "CompletedProcess[str]"]
TEXTS = "davis_text_annotations.zip"
PICTURES = "DAVIS-2017-Unsupervised-trainval-480p.zip"


@pytest.fixture
def server() -> Iterator[Server]:
    with misbehaving_server() as server:
        server.serve(TEXTS, zip_of({"davis_text_annotations/Davis17_annot1.txt": b'bear 1 "a bear"\n'}))
        frames = {f"DAVIS/JPEGImages/480p/bear/{n:05}.jpg": os.urandom(50_000) for n in range(4)}
        masks = {"DAVIS/Annotations_unsupervised/480p/bear/00000.png": b"png"}
        server.serve(PICTURES, zip_of({"DAVIS/ImageSets/2017/val.txt": b"bear\n", **frames, **masks}), "drop")
        yield server


def test_a_dataset_is_downloaded_and_its_paths_are_the_result(
    refseg: Run, server: Server, tmp_path: Path
) -> None:
    done = refseg("download", "ref-davis17", "--mirror", server.address, "--data", "here")
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [
            "here/ref-davis17/DAVIS/JPEGImages/480p",
            "here/ref-davis17/DAVIS/Annotations_unsupervised/480p",
            "here/ref-davis17/DAVIS/ImageSets/2017/val.txt",
            "here/ref-davis17/davis_text_annotations",
        ],
    )
    assert len(finals(tmp_path)) == 7

    again = refseg("download", "ref-davis17", "--data", "here", "--json")
    assert len(json.loads(again.stdout)["paths"]) == 4
    assert again.stderr.count("is there already") == 2
    assert refseg("download", "ref-davis17", "--data", "here", "--quiet").stderr == ""

    whole = refseg("download", "--verify", "--data", "here")
    assert (whole.returncode, whole.stdout.count("as it should be")) == (0, 2)
    (tmp_path / "here/ref-davis17/DAVIS/ImageSets/2017/val.txt").write_text("beat\n")
    harmed = refseg("download", "ref-davis17", "--verify", "--data", "here")
    assert harmed.returncode == 3
    assert "has changed since it was fetched" in harmed.stderr
    assert harmed.stderr.endswith("get them anew: refseg download ref-davis17 --data here --force\n")


def _heed_ctrl_c() -> None:
    """A shell starts what runs in its background deaf to Ctrl-C, and so may these tests be."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_leaves_what_came_and_the_next_start_goes_on(
    refseg: Run, server: Server, tmp_path: Path
) -> None:
    server.resources[PICTURES].faults.clear()
    server.resources[PICTURES].rate = 200_000
    command = [sys.executable, "-m", "refseg_cli", "download", "ref-davis17", "--mirror", server.address]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heed_ctrl_c,  # noqa: PLW1509 - it needs no lock that a thread could hold
    )
    for _ in range(6000):  # a start may take long on a busy machine
        if server.n_sent.get(PICTURES, 0) > 50_000:
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (130, "refseg: interrupted\n")
    assert finals(tmp_path) == {}
    server.resources[PICTURES].rate = 0
    assert refseg("download", "ref-davis17", "--mirror", server.address).returncode == 0
    assert server.ranges(PICTURES)[1].startswith("bytes=")
    assert server.n_sent[PICTURES] < 1.5 * len(server.resources[PICTURES].body)


def test_a_failed_download_says_so_in_one_line(refseg: Run, tmp_path: Path) -> None:
    mine = tmp_path / "refcoco.zip"
    mine.write_bytes(b"not the file")
    done = refseg("download", "unc", "--from-file", "refcoco.zip")
    assert (done.returncode, done.stdout) == (6, "")
    assert "refcoco.zip is not refcoco.zip: it has 12 bytes, not 53,993,993" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert finals(tmp_path).keys() == {"refcoco.zip"}


def test_what_only_a_person_can_fetch_is_told_with_code_6(refseg: Run) -> None:
    done = refseg("download", "refer-youtube-vos")
    assert done.returncode == 6
    assert "https://competitions.codalab.org" in done.stderr
    assert "refer-youtube-vos --from-file train.zip --from-file valid.zip --from-file meta" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "refseg download --list"),
        (("uncc",), "did you mean 'unc'?"),
        (("UNC",), "did you mean 'unc'?"),
        (("RefCOCO",), "RefCOCO is called unc here: refseg download unc"),
        (("--dry-run",), "refseg download --list"),
        (("unc", "--dry-run", "--mirror", "ftp://x"), "starts with http:// or https://"),
        (("--list", "uncc"), "takes no names"),
        (("unc", "--dry-run", "--verify"), "three questions"),
        (("unc", "--mirror", "file:///tmp"), "starts with http:// or https://"),
        (("unc", "--from-file", "nowhere.zip"), "no such file"),
        (("unc", "--jobs", "0"), "--jobs"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(refseg: Run, arguments: tuple[str, ...], message: str) -> None:
    done = refseg("download", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_list_has_a_line_for_each_asset(refseg: Run, tmp_path: Path) -> None:
    (tmp_path / "mine/glove").mkdir(parents=True)
    (tmp_path / "mine/glove/glove.840B.300d.txt").write_text("the 1 2\n")
    environment = {**os.environ, "REFSEG_DATA": "mine"}
    lines = refseg("download", "--list", env=environment).stdout.splitlines()
    rows = {line.split("\t")[0]: line.split("\t") for line in lines}
    assert all(len(row) == 5 for row in rows.values())
    assert rows["name"] == ["name", "what", "size", "licence", "here"]
    assert rows["glove"][2:] == ["2.2 GB", "PDDL 1.0", "yes"]
    assert rows["a2d"][2:] == [
        "> 1.9 GB",
        "research use only, no republishing; see the homepage",
        "no; in part by hand",
    ]
    assets = json.loads(refseg("download", "--list", "--json").stdout)["assets"]
    assert {row["name"] for row in assets} == rows.keys() - {"name", "encoder:NAME"}


def test_the_list_is_a_table_in_a_terminal(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "refseg_cli", "download", "--list"]
    environment = {**os.environ, "COLUMNS": "100", "TERM": "xterm"}
    process = subprocess.Popen(command, cwd=tmp_path, stdout=follower, env=environment)
    os.close(follower)
    shown = b""
    try:
        while piece := os.read(leader, 1 << 16):
            shown += piece
    except OSError:  # the other end is closed
        pass
    os.close(leader)
    assert process.wait() == 0
    text = shown.decode()
    assert "\t" not in text
    assert "RefCOCO" in text
    assert "\x1b[1m" in text


def test_a_dry_run_fetches_nothing(refseg: Run, server: Server, tmp_path: Path) -> None:
    done = refseg("download", "unc", "a2d", "--dry-run", "--mirror", server.address)
    assert done.returncode == 0
    rows = {line.split("\t")[0]: line.split("\t") for line in done.stdout.splitlines()}
    assert rows["refcoco.zip"][1:] == [
        "54.0 MB",
        "to fetch",
        "data/refcoco/refs(unc).p, data/refcoco/instances.json",
    ]
    assert rows["19,994 photos"][1:] == ["3.3 GB", "to fetch", "data/images/mscoco/images/train2014"]
    assert rows["a2d_annotation_with_instances.zip"][2] == "by hand"
    assert done.stderr.startswith("to fetch: 5.2 GB; free on the disk: ")
    assert server.requests == []
    assert list(tmp_path.iterdir()) == []
    plan = json.loads(refseg("download", "jhmdb", "--dry-run", "--json").stdout)
    assert plan["free_bytes"] > 0
    assert len(plan["steps"]) == 3


def test_the_help_says_what_was_not_tried_and_ends_with_an_example(refseg: Run) -> None:
    text = " ".join(refseg("download", "--help").stdout.split())
    assert "not tried when this was written" in text
    assert "$ refseg download unc data/refcoco/refs(unc).p data/refcoco/instances.json" in text


def test_looking_at_the_list_imports_no_heavy_library(tmp_path: Path) -> None:
    code = (
        "import sys; from refseg_cli.app import app\n"
        "try: app(['download', '--list'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'torchvision', 'spacy', 'transformers', 'huggingface_hub'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_verifying_says_what_is_missing_and_how_to_get_it(refseg: Run) -> None:
    done = refseg("download", "unc", "--verify", "--data", "none here", "--jobs", "2")
    assert done.returncode == 3
    assert "none here/refcoco/instances.json: is missing" in done.stderr
    assert done.stderr.endswith("get them anew: refseg download unc --data 'none here' --jobs 2\n")


def test_verifying_tells_ten_missing_photos_and_how_many_more(refseg: Run, tmp_path: Path) -> None:
    folder = tmp_path / "data/refcoco"
    folder.mkdir(parents=True)
    images = [{"file_name": f"COCO_train2014_{n:012}.jpg", "width": 8, "height": 6} for n in range(25)]
    (folder / "instances.json").write_text(json.dumps({"images": images}))
    (folder / "refs(unc).p").write_bytes(b"pickle")
    done = refseg("download", "unc", "--verify")
    assert done.stderr.count("is missing") == 10
    assert "25 photos of unc: and 15 more" in done.stderr
    assert done.stderr.endswith("25 files are missing; get them anew: refseg download unc\n")
    photos = tmp_path / "data/images/mscoco/images/train2014"
    photos.mkdir(parents=True)
    (photos / "COCO_train2014_000000000001.jpg").write_bytes(b"x")
    rows = refseg("download", "--list").stdout.splitlines()
    assert next(row for row in rows if row.startswith("unc\t")).endswith("\tpartly")


def test_the_whole_zip_may_be_given(refseg: Run, tmp_path: Path) -> None:
    (tmp_path / "train2014.zip").write_bytes(b"PK")
    done = refseg("download", "unc", "--whole-zip", "--from-file", "train2014.zip", "--dry-run")
    assert done.returncode == 0
    assert "\ntrain2014.zip\t?\tgiven\t" in done.stdout
