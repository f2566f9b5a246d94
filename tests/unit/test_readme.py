import re
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def readme(root: Path) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def blocks(readme: str) -> list[str]:
    """The fenced bash blocks: `.ci/run` runs the first two as they stand."""
    return re.findall(r"^```bash\n(.*?)^```$", readme, flags=re.MULTILINE | re.DOTALL)


def test_the_first_block_installs_and_predicts(blocks: list[str]) -> None:
    first = blocks[0].splitlines()
    assert first[0] == "pip install ."
    assert first[1].startswith("refseg predict examples/")


def test_the_photo_of_the_first_block_is_in_the_repository(root: Path, blocks: list[str]) -> None:
    (photo,) = re.findall(r"examples/\S+", blocks[0])
    assert (root / photo).is_file()


def test_the_second_block_installs_what_tests_need_and_runs_them(blocks: list[str]) -> None:
    assert blocks[1].splitlines() == ['pip install ".[test]"', "pytest"]


def test_every_local_link_and_picture_leads_somewhere(root: Path, readme: str) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", readme)
    assert targets
    assert [target for target in targets if not (root / target).exists()] == []


def test_every_folder_of_the_layout_table_exists(root: Path, readme: str) -> None:
    folders = re.findall(r"^\| `([\w/.]+/)`", readme, flags=re.MULTILINE)
    assert len(folders) >= 6
    assert [folder for folder in folders if not (root / folder).is_dir()] == []
