"""Choosing a backbone by its name."""

import subprocess
import sys

import pytest

from refseg.models.backbones import backbone_names, build_backbone
from refseg.models.errors import BackboneNotFound


def test_a_misspelt_name_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(BackboneNotFound, match="did you mean 'efficientnet-lite0'") as caught:
        build_backbone({"name": "efficientnet-lite"})
    assert caught.value.exit_code == 2


def test_a_name_like_no_other_is_answered_with_all_names() -> None:
    with pytest.raises(BackboneNotFound) as caught:
        build_backbone({"name": "???"})
    assert all(name in str(caught.value) for name in backbone_names())


def test_an_option_that_the_backbone_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="class_scores"):
        build_backbone({"name": "efficientnet-lite0", "class_scores": True})


def test_a_configuration_without_a_name_is_refused() -> None:
    with pytest.raises(BackboneNotFound, match="choose one of"):
        build_backbone({})


@pytest.mark.parametrize(
    ("code", "module"),
    [
        ("backbone_names()", "torch"),
        ("build_backbone({'name': 'efficientnet-lite0'})", "torchvision"),
    ],
)
def test_nothing_heavier_than_needed_is_imported(code: str, module: str) -> None:
    start = "import sys\nfrom refseg.models.backbones import backbone_names, build_backbone"
    script = f"{start}\n{code}\nsys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
