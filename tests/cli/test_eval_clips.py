"""`refseg eval` and `refseg reproduce` on clips: each sentence on each frame that is scored."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_checkpoint import write_tiny_checkpoint, write_tiny_video_checkpoint
from tiny_clips import run_on_clips, tiny_clips
from torch import Tensor
from typer.testing import CliRunner
from video_folders import JHMDB_VIDEO, write_jhmdb, write_refvos

from refseg.models.segmenter import Segmenter
from refseg_cli.app import app
from refseg_cli.data.shapes.motion_reader import MotionReader

OBJECTS = {"one": [("man in black", 1), ("bird on the left", 2)], "two": [("dog", 3)]}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_clips(tmp_path, monkeypatch)
    write_tiny_video_checkpoint(Path("video.safetensors"))
    write_tiny_checkpoint(Path("image.safetensors"))


def evaluate(dataset: str, *arguments: str, checkpoint: str = "video") -> tuple[str, dict[str, Any]]:
    words = ("--dataset", dataset, "--data", ".", "--checkpoint", f"{checkpoint}.safetensors", "--force")
    code, out, err = run_on_clips("eval", *words, *arguments)
    assert code == 0, err
    return out, json.loads(Path(out.splitlines()[-1]).read_text())


def records(folder: str = "eval") -> list[dict[str, Any]]:
    (path,) = Path(folder).glob("*.samples.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_drawn_clips_are_scored_on_their_middle_frame_and_by_group() -> None:
    out, report = evaluate("shapes-motion", "--split", "test")
    assert out.splitlines()[0].endswith("4 sentences on 2 clips, 4 masks")
    assert (report["data"]["n_expressions"], report["data"]["n_frames"]) == (4, 4)
    kinds = {sample.kind for sample in MotionReader(1).read("test")}
    assert set(report["named_object"]["kinds"]) == set(report["kinds"]) == kinds
    assert report["named_object"]["n_expressions"] == 4
    assert 0 < report["named_object"]["chance"] <= 0.5
    assert {record["sample_id"].partition("@")[2] for record in records()} == {"00009"}


def test_videos_are_scored_on_every_frame_with_a_mask() -> None:
    write_refvos(Path("vos"), "valid", OBJECTS)
    out, report = evaluate("vos", "--split", "valid")
    assert (report["data"]["n_expressions"], report["data"]["n_frames"]) == (3, 6)
    lines = records()
    by_sentence: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        by_sentence.setdefault(line["sentence_id"], []).append(line)
    region = np.mean([np.mean([line["iou"] for line in group]) for group in by_sentence.values()])
    contour = np.mean([np.mean([line["contour"] for line in group]) for group in by_sentence.values()])
    scores = report["video"]["scores"]
    assert (scores["J"], scores["F"]) == pytest.approx((region, contour))
    assert scores["J&F"] == pytest.approx((region + contour) / 2)
    assert "J&F" in out
    assert report["scores"]["mIoU"] == pytest.approx(np.mean([line["iou"] for line in lines]))


def test_fewer_frames_of_a_video_are_spread_evenly() -> None:
    write_jhmdb(Path("jhmdb"))
    _, report = evaluate("jhmdb", "--split", "test")
    assert report["data"]["n_frames"] == 5
    out, fewer = evaluate("jhmdb", "--split", "test", "--frames-per-video", "3", "--out", "fewer")
    assert out.splitlines()[0].endswith("1 sentences on 1 clips, 3 masks, at most 3 a sentence")
    assert (fewer["data"]["n_frames"], fewer["data"]["frames_per_video"]) == (3, 3)
    assert [record["sample_id"] for record in records("fewer")] == [
        "jhmdb/0@00001", "jhmdb/0@00003", "jhmdb/0@00005"
    ]  # fmt: skip
    assert "frames-per-video-3" in next(Path("fewer").iterdir()).name


@pytest.mark.parametrize("checkpoint", ["video", "image"])
def test_predict_and_eval_find_the_same_masks(checkpoint: str) -> None:
    write_jhmdb(Path("jhmdb"))
    evaluate("jhmdb", "--split", "test", "--save-masks", checkpoint=checkpoint)
    (path,) = Path("eval").glob("*.masks.jsonl")
    evaluated = [json.loads(line)["rle"] for line in path.read_text().splitlines()]
    video = str(Path("jhmdb/Rename_Images/pullup") / JHMDB_VIDEO)
    words = (video, "man in black pulling up", "--video", "--checkpoint", f"{checkpoint}.safetensors")
    result = CliRunner().invoke(app, ["predict", *words, "--masks", "rle", "--frames", "0:5"])
    assert result.exit_code == 0, result.stderr
    (lines,) = Path("refseg-out").glob("*.masks.jsonl")
    assert [json.loads(line)["rle"] for line in lines.read_text().splitlines()] == evaluated


def test_a_frame_is_seen_once_for_all_sentences_and_all_clips_that_it_is_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_refvos(Path("vos"), "valid", OBJECTS)
    seen: list[int] = []
    extract = Segmenter.extract_levels

    def counted(segmenter: Segmenter, canvases: Tensor) -> list[Tensor]:
        seen.append(len(canvases))
        return extract(segmenter, canvases)

    monkeypatch.setattr(Segmenter, "extract_levels", counted)
    evaluate("vos", "--split", "valid")
    assert seen == [1] * 6  # two videos of three frames


def test_a_checkpoint_for_photos_sees_each_frame_by_itself() -> None:
    write_refvos(Path("vos"), "valid", OBJECTS)
    words = ("--dataset", "vos", "--checkpoint", "image.safetensors", "--split", "valid")
    code, _, err = run_on_clips("eval", *words)
    assert (code, "looks at each frame by itself" in err) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--dataset", "shapes"), 2, "is a checkpoint for videos"),
        (("--dataset", "shapes", "--frames-per-video", "2"), 2, "leave out --frames-per-video"),
        (("--dataset", "shapes-motion", "--explain"), 2, "leave out --explain"),
        (("--dataset", "shapes-motion", "--swap"), 3, "leave out --swap"),
        (("--dataset", "hidden", "--split", "valid"), 3, "no mask to be scored against"),
    ],
)
def test_what_cannot_be_scored_is_refused_in_a_line(arguments: tuple[str, ...], code: int, told: str) -> None:
    write_refvos(Path("hidden"), "valid", {"one": [("man in black", None)]})
    done, _, err = run_on_clips("eval", "--checkpoint", "video.safetensors", *arguments)
    assert done == code
    assert told in err.splitlines()[-1]


def test_masks_of_others_are_scored_alike() -> None:
    write_refvos(Path("vos"), "valid", OBJECTS)
    _, report = evaluate("vos", "--split", "valid", "--save-masks")
    (masks,) = Path("eval").glob("*.masks.jsonl")
    words = ("--dataset", "vos", "--split", "valid", "--predictions", str(masks), "--out", "again", "--json")
    code, out, err = run_on_clips("eval", *words)
    assert code == 0, err
    assert json.loads(out)["video"] == report["video"]


def test_the_table_on_parts_of_the_network_for_videos_is_made_on_drawn_clips() -> None:
    code, out, err = run_on_clips("reproduce", "table6", "--dataset", "shapes-motion", "--rows", "5,4")
    assert code == 0, err
    heads, *rows = [line.split("\t") for line in out.splitlines() if "\t" in line]
    assert {"oIoU", "right object", "paper, a2d test"} <= set(heads)
    assert [(row[0], row[1], row[-1]) for row in rows] == [
        ("5", "TGFE*, EP, RAR, AAR", "64.90"), ("4", "TGFE*, EP, RAR", "63.20")
    ]  # fmt: skip
    again = run_on_clips("reproduce", "table7", "--dataset", "shapes-motion", "--rows", "2", "--dry-run")
    assert again[1].splitlines()[1].split("\t")[-1] == "4"  # DR is row 5 of Table 6
