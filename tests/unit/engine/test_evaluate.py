from dataclasses import replace
from pathlib import Path

import pytest
import torch
from refer_folders import write_refer_folder
from tiny_checkpoint import write_tiny_checkpoint

from refseg.models.predictor import Predictor
from refseg_cli.engine.eval_settings import Settings
from refseg_cli.engine.evaluate import evaluate
from refseg_cli.engine.metrics import METRICS
from refseg_cli.engine.protocols import PROTOCOLS
from refseg_cli.engine.report_head import checkpoint_section, contaminated, sha256
from refseg_cli.engine.selection import Selection, Wanted, select

SWAP = Settings(swap=True)


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    path = tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors"
    write_tiny_checkpoint(path, backbone=["ImageNet-1k"], image_ids=[2, 3], seed=5)
    return Predictor.load(path, "cpu")


@pytest.fixture
def selection(tmp_path: Path) -> Selection:
    return select(Wanted(str(write_refer_folder(tmp_path / "tiny"))))


def test_the_report_says_what_was_measured_and_how(predictor: Predictor, selection: Selection) -> None:
    report = evaluate(predictor, selection, Settings(threshold=0.4, seed=3)).report
    assert report["schema_version"] == 1
    assert report["checkpoint"] == {
        "name": "tiny",
        "sha256": sha256(predictor.checkpoint.path),
        "contaminated": False,
        "n_images_trained_on": 1,
        "provenance": {"backbone": ["ImageNet-1k"], "seed": 5},
    }
    assert report["data"] == {
        "dataset": "tiny",
        "split": "val",
        "part": None,
        "images_from": "COCO",
        "pseudo_masks": False,
        "n_images": 2,
        "n_expressions": 4,
        "partial": False,
        "n_available": 4,
        "n_frames": None,
        "frames_per_video": None,
    }
    assert report["settings"] == {
        "protocol": "original",
        "threshold": 0.4,
        "crf": None,
        "word_types": "learned",
        "seed": 3,
        "batch_size": 1,
        "device": "cpu",
        "precision": "float32",
        "threads": torch.get_num_threads(),
    }
    assert report["versions"].keys() == {"python", "refseg", "torch", "numpy", "pycocotools"}
    assert (report["baselines"], report["swap"], report["crf"], report["mAP_coco"]) == ({}, None, None, None)
    assert (report["predictions"], report["n_truncated"]) == (None, 0)


def test_scores_are_named_and_lie_in_their_intervals(predictor: Predictor, selection: Selection) -> None:
    report = evaluate(predictor, selection, Settings()).report
    assert tuple(report["scores"]) == tuple(report["intervals"]) == METRICS
    for name, (low, high) in report["intervals"].items():
        assert low <= report["scores"][name] <= high
    assert 0 < report["scores"]["mIoU"] < 1
    assert list(report["kinds"]) == ["human"]
    assert report["kinds"]["human"]["scores"] == report["scores"]


def test_each_sample_has_a_record_that_the_scores_follow_from(
    predictor: Predictor, selection: Selection
) -> None:
    evaluation = evaluate(predictor, selection, Settings())
    records = evaluation.samples
    assert [record["sample_id"] for record in records] == ["tiny/10", "tiny/11", "tiny/20", "tiny/21"]
    total = sum(record["intersection"] for record in records) / sum(record["union"] for record in records)
    assert evaluation.report["scores"]["oIoU"] == pytest.approx(total)
    expected = {
        "sample_id": "tiny/10",
        "image_id": 1,
        "expression": "left dog",
        "kind": "human",
        "length": 2,
        "truncated": False,
        "category": "dog",
        "area": 400,
    }
    assert {key: records[0][key] for key in expected} == expected
    assert len(records[0]["word_types"]) == 2
    assert "crf" not in records[0]


def test_groups_share_the_samples_out(predictor: Predictor, selection: Selection) -> None:
    breakdown = evaluate(predictor, selection, Settings()).report["breakdown"]
    assert list(breakdown) == ["length", "size", "word types", "relation words", "category"]
    for groups in breakdown.values():
        assert sum(group["n_expressions"] for group in groups.values()) == 4
    assert list(breakdown["category"]) == ["dog"]


def test_what_the_crf_makes_of_the_masks_stands_beside_them(
    predictor: Predictor, selection: Selection
) -> None:
    pytest.importorskip("pydensecrf.densecrf", reason="needs the module pydensecrf (package pydensecrf2)")
    plain, refined = (evaluate(predictor, selection, Settings(crf=crf)) for crf in (False, True))
    assert refined.report["scores"] == plain.report["scores"] != refined.report["crf"]["scores"]
    assert refined.report["settings"]["crf"]["steps"] == 5
    records = [record["crf"] for record in refined.samples]
    total = sum(record["intersection"] for record in records) / sum(record["union"] for record in records)
    assert refined.report["crf"]["scores"]["oIoU"] == pytest.approx(total)
    assert refined.report["kinds"]["human"]["scores"] == refined.report["crf"]["scores"]


def test_protocols_count_other_pixels_of_the_same_answers(predictor: Predictor, selection: Selection) -> None:
    unions = {
        protocol: [
            record["union"] for record in evaluate(predictor, selection, Settings(protocol=protocol)).samples
        ]
        for protocol in PROTOCOLS
    }
    # these masks and truths lie apart, so that a fringe adds to the union
    assert sum(unions["cmpc"]) > sum(unions["original"])
    assert sum(unions["lavt480"]) > 480**2 / (40 * 60) * sum(unions["original"]) * 0.9


@pytest.mark.parametrize("word_types", ["learned", "random"])
def test_the_order_of_the_samples_changes_nothing_in_the_report(
    predictor: Predictor, selection: Selection, word_types: str
) -> None:
    settings = Settings(word_types=word_types, baselines=("random-word-types",), swap=True)  # type: ignore[arg-type]
    turned = replace(selection, samples=selection.samples[::-1])
    assert evaluate(predictor, turned, settings).report == evaluate(predictor, selection, settings).report


def test_a_sample_alone_gets_the_pixels_that_it_gets_in_company(
    predictor: Predictor, selection: Selection
) -> None:
    together = evaluate(predictor, selection, Settings(word_types="random")).samples
    for number, sample in enumerate(selection.samples):
        alone = replace(selection, samples=[sample])
        assert evaluate(predictor, alone, Settings(word_types="random")).samples == [together[number]]


def test_floors_are_scored_on_the_same_samples_and_compared_with(
    predictor: Predictor, selection: Selection
) -> None:
    settings = Settings(baselines=("centred-box", "random-word-types"))
    report = evaluate(predictor, selection, settings).report
    assert list(report["baselines"]) == ["centred-box", "random-word-types"]
    for floor in report["baselines"].values():
        for name, above in floor["checkpoint_above"].items():
            assert above["value"] == pytest.approx(report["scores"][name] - floor["scores"][name])
            assert above["low"] <= above["value"] <= above["high"]
    random_types = evaluate(predictor, selection, Settings(word_types="random")).report
    assert report["baselines"]["random-word-types"]["scores"] == random_types["scores"]
    assert random_types["scores"] != report["scores"]


def test_a_seed_draws_other_word_types(predictor: Predictor, selection: Selection) -> None:
    first, second = (
        evaluate(predictor, selection, Settings(word_types="random", seed=seed)).samples for seed in (0, 1)
    )
    assert first != second


def test_a_floor_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="centered-box"):
        Settings(baselines=("centered-box",))


def test_the_swap_test_stands_beside_its_floors(predictor: Predictor, selection: Selection) -> None:
    swap = evaluate(predictor, selection, SWAP).report["swap"]
    assert (swap["n_pairs"], swap["n_images"]) == (4, 2)
    assert list(swap["kinds"]) == ["left-right", "size"]
    assert 0 <= swap["pairs"]["value"] <= 1
    assert swap["floors"]["always-leftmost"]["sentences"]["value"] == 0.5
    assert swap["floors"]["category-only"]["pairs"]["value"] == 0.0


@pytest.mark.parametrize(
    ("backbone_saw", "images_from", "expected"),
    [
        (["ImageNet-1k"], "COCO", False),
        (["ImageNet-1k", "COCO (detection)"], "COCO", True),
        (["MS-COCO"], "COCO", True),
        ([], "COCO", False),
        (None, "COCO", None),
        (["COCO (detection)"], None, None),
        ({"trained_on": ["ImageNet-1k"], "contains_refcoco": "no"}, "COCO", False),
        ({"trained_on": ["COCO train2017"], "contains_refcoco": "yes"}, "COCO", True),
        ({"trained_on": ["LAION-5B"], "contains_refcoco": "unknown"}, "COCO", None),
    ],
)
def test_a_backbone_that_saw_the_collection_is_marked(
    backbone_saw: object, images_from: str | None, expected: bool | None
) -> None:
    assert contaminated(backbone_saw, images_from) is expected


@pytest.mark.parametrize(
    ("trained_on", "images_from_coco", "n_known"),
    [
        (["tiny"], True, 1),
        (["others (phrases)"], True, 1),
        (["shapes"], True, 0),
        (["tiny"], False, 1),
        (["folder/tiny (refer)"], False, 1),
        (["shapes-motion", "others"], False, 0),
    ],
)
def test_photos_are_known_from_training_where_numbers_mean_the_same(
    predictor: Predictor, selection: Selection, trained_on: list[str], images_from_coco: bool, n_known: int
) -> None:
    provenance = {"data": trained_on, "image_ids": [2, 3]}
    samples = [replace(each, image_path=Path("9.jpg")) for each in selection.samples]
    scored = selection if images_from_coco else replace(selection, samples=samples)
    section = checkpoint_section(replace(predictor.checkpoint, provenance=provenance), scored)
    assert section["n_images_trained_on"] == n_known
