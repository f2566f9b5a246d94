import csv
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from tiny_training import write_tiny_training
from typer.testing import CliRunner

from refseg_cli.app import app

Report = Callable[..., tuple[int, str, str]]
HOSTILE = "<script>alert(1)</script> dog"


def invoke(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run that was trained and evaluated."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert invoke("train", *write_tiny_training(folder), "--out", "runs", "--quiet")[0] == 0
        checkpoint, out = "runs/mixture/official/checkpoints/last.safetensors", "runs/mixture/official/eval"
        assert invoke("eval", "-c", checkpoint, "--dataset", "dogs", "--crf", "--out", out)[0] == 0
    return folder


@pytest.fixture
def run(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it in the present folder: the path of the run."""
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REFSEG_DATA", raising=False)
    return Path("runs/mixture/official")


def samples_of(run: Path) -> Path:
    (path,) = (run / "eval").glob("*.samples.jsonl")
    return path


def pictures(page: str) -> int:
    return page.count('src="data:image/jpeg;base64,')


def test_a_run_is_shown_as_a_page_as_markdown_and_as_csv(run: Path) -> None:
    code, out, err = invoke("report", str(run))
    assert code == 0, err
    files = [str(run / f"report.{suffix}") for suffix in ("html", "md", "csv")]
    assert out.splitlines()[-3:] == files
    (report,) = (json.loads(path.read_text()) for path in (run / "eval").glob("*.json"))
    rows = list(csv.DictReader((run / "report.csv").read_text().splitlines()))
    (value,) = (
        row["value"]
        for row in rows
        if (row["table"], row["of"], row["column"]) == ("Scores", "with CRF", "mIoU")
    )
    shown = 100 * report["crf"]["scores"]["mIoU"]
    assert float(value) == pytest.approx(shown, rel=1e-4)
    for text in (out, Path(files[0]).read_text(), Path(files[1]).read_text()):
        assert f"{shown:.1f}" in text
        assert "62.47" in text
        assert "NOT HELD OUT" in text
        assert not re.search(r"(?<![om])IoU(?! \d| of X)", text)


def test_the_best_and_worst_answers_are_drawn_again_beside_what_was_meant(run: Path) -> None:
    invoke("report", str(run))
    page = (run / "report.html").read_text()
    drawn = re.findall(r'src="(data:image/jpeg;base64,[^"]+)"', page)
    assert len(drawn) == 2 * 2  # two photos, each with what was found and what was meant
    assert len(set(drawn)) == len(drawn)
    assert page.count("<svg") == 2
    assert re.search(r'<span class="(entity|attribute|relation|unnecessary)">left</span>', page)
    assert not re.search(r"https?:", page)


def test_what_is_not_there_is_said_with_the_command_that_makes_it(run: Path) -> None:
    shutil.rmtree(run / "eval")
    code, _, err = invoke("report", str(run))
    assert code == 0
    assert "It has not been evaluated" in err
    command = re.search(r"refseg (eval --checkpoint .+)", err)
    assert command is not None
    assert invoke(*command[1].split(), "--quiet")[0] == 0
    assert "It has not been evaluated" not in invoke("report", str(run), "--force")[2]


def test_without_checkpoint_or_photos_there_are_words_and_no_pictures(run: Path) -> None:
    shutil.rmtree(run / "checkpoints")
    assert "No checkpoint has been saved" in invoke("report", str(run))[2]
    page = (run / "report.html").read_text()
    assert "the checkpoint last that was evaluated is not there any more" in page
    assert pictures(page) == 0
    assert ">left</span>" in page


def test_a_hostile_sentence_stays_a_sentence(run: Path) -> None:
    path = samples_of(run)
    records = [json.loads(line) | {"expression": HOSTILE} for line in path.read_text().splitlines()]
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    assert invoke("report", str(run))[0] == 0
    page = (run / "report.html").read_text()
    assert "<script" not in page
    assert "&lt;" in page


def test_an_evaluation_alone_is_shown_too_with_the_masks_that_it_kept(run: Path) -> None:
    checkpoint = str(run / "checkpoints" / "last.safetensors")
    invoke("eval", "-c", checkpoint, "--dataset", "dogs", "--save-masks", "--out", "kept")
    shutil.rmtree("runs")
    (path,) = (path for path in Path("kept").glob("*.json"))
    code, out, err = invoke("report", str(path), "--data", ".")
    assert code == 0, err
    assert out.splitlines()[-3] == "report.html"
    assert pictures(Path("report.html").read_text()) == 4


def test_two_runs_are_compared_and_their_seeds_summed_up(run: Path) -> None:
    other = run.with_name("other")
    shutil.copytree(run, other)
    config = other / "config.toml"
    config.write_text(config.read_text().replace("\nseed = 0\n", "\nseed = 1\n"))
    code, out, err = invoke("report", str(run), str(other), "--compare", "--out", "both.html")
    assert code == 0, err
    assert out.startswith("official − other: dogs val\n")
    assert re.search(r"official \+ other +dogs val +0, 1 ", out)
    assert "official − other" in Path("both.html").read_text()
    assert Path("both.csv").exists()


def test_the_curves_alone_go_into_a_file(run: Path) -> None:
    assert invoke("report", str(run), "--curve", "curves.png") == (0, "curves.png\n", "")
    with Image.open("curves.png") as picture:
        assert picture.format == "PNG"
    assert not (run / "report.html").exists()


def test_a_report_is_not_overwritten_without_force(run: Path) -> None:
    assert invoke("report", str(run))[0] == 0
    code, out, err = invoke("report", str(run))
    assert (code, out) == (2, "")
    assert "exists already" in err
    assert invoke("report", str(run), "--force")[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "no such run"),
        (["dogs"], "not the folder of a run"),
        (["runs/mixture/official", "--compare"], "takes two runs"),
        (["runs/mixture/official", "--out", "a.pdf"], "a.html"),
        (["runs/mixture/official", "dogs", "--curve", "a.svg"], "draws one run"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(run: Path, words: list[str], said: str) -> None:
    code, out, err = invoke("report", *words)
    assert (code, out) == (2, "")
    assert re.fullmatch(r"refseg: [^\n]+\n", err)
    assert said in err
    assert not (run / "report.html").exists()
