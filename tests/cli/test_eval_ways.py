"""The ways in which `refseg eval` can be asked: splits, protocols, processes, batches, others' masks."""

import json
import pickle
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from joint_work import in_each, type_in
from PIL import Image
from refer_folders import write_refer_folder
from tiny_checkpoint import write_tiny_checkpoint
from typer.testing import CliRunner

from refseg_cli.app import app

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

Evaluate = Callable[..., str]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_checkpoint(tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors")


@pytest.fixture
def dogs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dataset in the folder that is worked in; its split test is about the same dogs as val."""
    monkeypatch.chdir(tmp_path)
    folder = write_refer_folder(Path("dogs"))
    _add_test_split(folder / "refs(unc).p")
    return folder


@pytest.fixture
def evaluate(checkpoint: Path, dogs: Path) -> Evaluate:
    """Run `refseg eval --dataset dogs …` in this process: what it prints."""

    def run(*arguments: str | Path, code: int = 0) -> str:
        named = [] if "--predictions" in arguments else ["-c", str(checkpoint)]
        words = ["eval", "--dataset", str(dogs), *named, *map(str, arguments)]
        result = CliRunner().invoke(app, words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.stderr
        return result.stderr if code else result.stdout

    return run


def _add_test_split(path: Path) -> None:
    references = pickle.loads(path.read_bytes())
    for reference in references[:]:
        number = reference["sent_ids"][0] + 100
        sentence = {**reference["sentences"][0], "sent_id": number, "sent": "the dog on the left"}
        references.append(
            {
                **reference,
                "split": "test",
                "ref_id": number,
                "sent_ids": [number],
                "sentences": [sentence],
            }
        )
    path.write_bytes(pickle.dumps(references, 2))


def report(folder: str = "eval", pattern: str = "*.json") -> dict[str, Any]:
    (path,) = Path(folder).glob(pattern)
    return dict(json.loads(path.read_text()))


def records(folder: str = "eval") -> list[dict[str, Any]]:
    (path,) = Path(folder).glob("*.samples.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_split_gets_a_table_and_a_report(evaluate: Evaluate) -> None:
    lines = evaluate("--split", "val,test").splitlines()
    assert [line for line in lines if line.startswith("dogs, split")] == [
        "dogs, split val: 4 sentences on 2 images",
        "dogs, split test: 4 sentences on 2 images",
    ]
    paths = [Path(line) for line in lines if line.endswith(".json")]
    assert [json.loads(path.read_text())["data"]["split"] for path in paths] == ["val", "test"]
    assert len(list(Path("eval").iterdir())) == 4


def test_one_line_of_json_for_each_split(evaluate: Evaluate) -> None:
    splits = [
        json.loads(line)["data"]["split"] for line in evaluate("--split", "test,val", "--json").splitlines()
    ]
    assert splits == ["test", "val"]


def test_no_split_is_scored_where_one_is_not_there(evaluate: Evaluate) -> None:
    assert "no split 'testA'" in evaluate("--split", "val,testA", code=3)
    assert not Path("eval").exists()
    assert "--split names one twice" in evaluate("--split", "val,val", code=2)


@pytest.mark.parametrize("protocol", ["cmpc", "lavt480"])
def test_a_protocol_stands_in_the_table_the_report_and_its_name(evaluate: Evaluate, protocol: str) -> None:
    out = evaluate("--protocol", protocol)
    assert f"checkpoint tiny, learned word types, protocol {protocol}" in out.splitlines()
    assert report(pattern=f"*--dogs-val-{protocol}.json")["settings"]["protocol"] == protocol


def test_scores_with_and_without_a_crf_and_coco_map_are_printed(evaluate: Evaluate) -> None:
    pytest.importorskip("pydensecrf.densecrf", reason="needs the module pydensecrf (package pydensecrf2)")
    lines = evaluate("--crf", "--coco-map").splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("tiny "))
    assert lines[place + 2].startswith("  with CRF ")
    assert lines[place + 4].split()[0] == "mAP_coco"
    assert not re.search(r"(?<![om])IoU", "\n".join(lines))


def test_groups_are_printed_where_there_are_several(evaluate: Evaluate) -> None:
    lines = evaluate().splitlines()
    assert "by size" not in lines  # all four are below 32²
    assert report()["breakdown"]["size"]["1 to 32²"]["n_expressions"] == 4
    assert "by word types" in lines


def test_masks_that_were_saved_score_the_same_again(evaluate: Evaluate) -> None:
    evaluate("--save-masks", "--coco-map")
    (masks,) = Path("eval").glob("*.masks.jsonl")
    out = evaluate("--predictions", masks, "--coco-map", "--out", "again")
    again = report("again")
    for key in ("scores", "intervals", "mAP_coco"):
        assert again[key] == report()[key]
    assert (again["checkpoint"], again["predictions"]["name"]) == (None, masks.stem)
    assert f"masks of {masks.stem}, as they are" in out.splitlines()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("-c", "small"), "give one of the two"),
        (("--swap", "--crf"), "leave out --swap, --crf"),
        (("--protocol", "cmpc"), "leave out --protocol cmpc"),
        (("--baseline", "random-word-types"), "leave out --baseline random-word-types"),
        (("--split", "val,test"), "of one split"),
    ],
)
def test_masks_are_scored_as_they_are(evaluate: Evaluate, options: tuple[str, ...], words: str) -> None:
    assert words in evaluate("--predictions", "masks.jsonl", *options, code=2)


def test_lavt480_has_no_masks_to_save(evaluate: Evaluate) -> None:
    assert "leave out --save-masks" in evaluate("--protocol", "lavt480", "--save-masks", code=2)


def test_metrics_are_explained_without_a_dataset() -> None:
    done = CliRunner().invoke(app, ["eval", "--explain-metrics"])
    assert (done.exit_code, done.stderr) == (0, "")
    for name in ("oIoU", "mIoU", "P@X", "mAP", "mAP_coco", "original", "cmpc", "lavt480", "--crf"):
        assert re.search(rf"(?<!\S){re.escape(name)}(?!\S)", done.stdout)


def _add_sentences(path: Path, n_more: int) -> None:
    """Ask more sentences of different lengths about each dog, so that batches are uneven."""
    references = pickle.loads(path.read_bytes())
    for reference in references:
        for number in range(n_more):
            words = ["left", "dog", "right", "dog", "of", "left"][: 1 + number % 6]
            sent_id = 1000 * reference["ref_id"] + number
            reference["sent_ids"].append(sent_id)
            reference["sentences"].append(
                {**reference["sentences"][0], "sent_id": sent_id, "sent": f"{' '.join(words)} {number}"}
            )
    path.write_bytes(pickle.dumps(references, 2))


def test_sentences_asked_together_are_answered_as_alone(evaluate: Evaluate) -> None:
    _add_sentences(Path("dogs", "refs(unc).p"), 17)
    found = {}
    for size in (1, 7, 32):
        evaluate("--batch-size", str(size), "--out", str(size))
        found[size] = records(str(size)), report(str(size))["scores"]["oIoU"]
    alone, overall_iou = found[1]
    assert len(alone) == 4 * 18
    for together, of_together in (found[7], found[32]):
        assert [record["sample_id"] for record in together] == [record["sample_id"] for record in alone]
        for one, other in zip(alone, together, strict=True):
            for key in ("intersection", "union"):
                assert abs(one[key] - other[key]) <= max(1, 1e-4 * one[key])
        assert of_together == pytest.approx(overall_iou, abs=5e-5)


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each process one thread, here and in those that are started: their number may change last bits."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


@pytest.mark.usefixtures("one_thread")
def test_any_number_of_processes_finds_the_same(
    evaluate: Evaluate,
    checkpoint: Path,
    tmp_path: Path,
    refseg: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    _add_sentences(Path("dogs", "refs(unc).p"), 2)
    options = ["--swap", "--baseline", "centred-box", "--coco-map", "--save-masks", "--batch-size", "2"]
    evaluate(*options, "--out", "1")
    command = ["eval", "-c", str(checkpoint), "--dataset", "dogs", *options]
    done = refseg(*command, "--out", "2", "--nproc", "2", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    first, *others = in_each(3, type_in, *command, "--out", "3")
    assert others == [(0, "", "")] * 2
    for folder, out in (("2", done.stdout), ("3", first[1])):
        files = sorted(Path(folder).iterdir())
        assert out.splitlines()[-1] == str(files[0])
        assert [file.name for file in files] == sorted(file.name for file in Path("1").iterdir())
        assert all(file.read_bytes() == Path("1", file.name).read_bytes() for file in files)


def test_an_error_in_one_of_several_processes_is_told_once(
    dogs: Path,
    checkpoint: Path,
    tmp_path: Path,
    refseg: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    photo = dogs / "images" / "COCO_train2014_000000000002.jpg"
    photo.write_bytes(b"not a photo")
    done = refseg("eval", "-c", checkpoint, "--dataset", "dogs", "--nproc", "2", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert re.fullmatch(rf"refseg: {photo} is not an image [^\n]+\n", done.stderr)


def test_a_few_answers_are_explained_in_a_picture_beside_the_report(evaluate: Evaluate) -> None:
    out = evaluate("--explain", "--split", "val,test")
    named = [Path(line) for line in out.splitlines() if line.startswith("eval/")]
    reports, pictures = named[::2], named[1::2]
    assert [path.with_suffix(".explain.png") for path in reports] == pictures
    for path in pictures:
        with Image.open(path) as picture:
            assert picture.format == "PNG"
            assert picture.width == 1680
            assert picture.height > 1000  # a row for each of two photos
    assert "exists already" in evaluate("--explain", code=2)


@pytest.mark.parametrize(
    ("option", "said"), [("--predictions=x.jsonl", "leave out --explain"), ("--word-types=random", "learned")]
)
def test_only_a_checkpoint_with_types_of_its_own_is_explained(
    evaluate: Evaluate, option: str, said: str
) -> None:
    words = option.split("=")
    assert said in evaluate("--explain", *words, code=2)


def test_random_word_types_say_their_seed(evaluate: Evaluate) -> None:
    out = evaluate("--word-types", "random", "--seed", "5")
    assert "random word types (seed 5)" in out
    path = Path(out.splitlines()[-1])
    assert json.loads(path.read_text())["settings"]["seed"] == 5
    assert path.stem.endswith("--random-seed5")
    assert "(seed" not in evaluate("--seed", "5")


def test_a_report_names_the_dataset_and_never_where_it_lies(evaluate: Evaluate, dogs: Path) -> None:
    out = evaluate("--data", "elsewhere")
    path = Path(out.splitlines()[-1])
    assert "--dogs-val-original" in path.name
    assert str(dogs.resolve()) not in path.read_text()
    assert str(dogs.resolve().parent) not in path.with_suffix(".samples.jsonl").read_text()
