import subprocess
import sys
import tomllib
from importlib.metadata import entry_points, version
from importlib.util import find_spec
from pathlib import Path

import pytest

FOLDERS = {"refseg_cli": "refseg_cli", "models": "refseg.models", "encoders": "refseg.encoders"}


@pytest.fixture(scope="module")
def project(root: Path) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def run_python(code: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_package_list_names_every_folder_with_an_init_and_no_other(root: Path, project: dict) -> None:
    on_disk = set()
    for folder, package in FOLDERS.items():
        for init in (root / folder).rglob("__init__.py"):
            on_disk.add(".".join([package, *init.parent.relative_to(root / folder).parts]))
    assert set(project["tool"]["setuptools"]["packages"]) == on_disk


def test_every_folder_with_python_files_has_an_init(root: Path) -> None:
    folders = {file.parent for folder in FOLDERS for file in (root / folder).rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_every_mapped_package_points_to_its_folder(project: dict) -> None:
    mapped = project["tool"]["setuptools"]["package-dir"]
    assert mapped == {package: folder for folder, package in FOLDERS.items() if folder != package}


def test_importing_the_networks_claims_no_common_names(tmp_path: Path) -> None:
    code = "import sys, refseg.models, refseg.encoders; print({'models', 'encoders'} & set(sys.modules))"
    assert run_python(code, tmp_path) == "set()"


def test_common_names_cannot_be_imported_outside_the_repository(tmp_path: Path) -> None:
    code = "from importlib.util import find_spec; print(find_spec('models'), find_spec('encoders'))"
    assert run_python(code, tmp_path) == "None None"


def test_refseg_itself_is_a_namespace_without_code_of_its_own(root: Path) -> None:
    spec = find_spec("refseg")
    assert spec is not None
    assert spec.origin is None
    assert not (root / "refseg").exists()


@pytest.mark.parametrize("package", FOLDERS.values())
def test_each_top_package_declares_its_types(package: str) -> None:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    assert (Path(spec.origin).parent / "py.typed").is_file()


def test_package_data_patterns_cover_presets_and_bundled_checkpoints(root: Path, project: dict) -> None:
    patterns = project["tool"]["setuptools"]["package-data"]
    covered = set()
    for folder, package in FOLDERS.items():
        for pattern in patterns[package]:
            covered.update((root / folder).glob(pattern))
    presets = (root / "refseg_cli/presets").rglob("*.toml")
    checkpoints = (root / "models/checkpoints").glob("*.safetensors")
    present = {*presets, *checkpoints}
    assert present <= covered


def test_the_installed_version_is_that_of_the_project(project: dict) -> None:
    assert version("refseg") == project["project"]["version"]


def test_the_command_refseg_starts_the_application() -> None:
    (script,) = entry_points(group="console_scripts", name="refseg")
    assert script.value == "refseg_cli.app:main"
