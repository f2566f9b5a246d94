"""Runs and evaluations made up in the tests: what `refseg eval` and `refseg train` would leave behind."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from refseg_cli.engine.config_text import to_toml
from refseg_cli.engine.metrics import Overlap, intervals, score
from refseg_cli.engine.report_head import SCHEMA_VERSION
from refseg_cli.engine.run_config import read_run_config

KINDS = ("colour", "relation")


def write_run(folder: Path, seed: int = 0, preset: str = "official", settings: Sequence[str] = ()) -> Path:
    """A run of ten steps on the dataset unc, without checkpoint or evaluation."""
    folder.mkdir(parents=True)
    data = ["data.sources=[{dataset='unc'}]", "training.steps=10", f"training.seed={seed}"]
    (folder / "config.toml").write_text(to_toml(read_run_config(preset, None, [*data, *settings])))
    (folder / "trainer").mkdir()
    facts = {"preset": preset, "settings": [*settings, *data[1:]], "data": str(folder)}
    (folder / "trainer" / "run.json").write_text(json.dumps(facts))
    losses = [{"step": n, "losses": {"total": 1 / n, "final": 0.5 / n}, **_told(n)} for n in (5, 10)]
    validated = {"step": 10, "scores": {"oIoU": 0.25, "mIoU": 0.2, "P@0.5": 0.1}, "subset": "some"}
    lines = "".join(f"{json.dumps(record)}\n" for record in (*losses, validated))
    (folder / "metrics.jsonl").write_text(lines)
    return folder


def _told(step: int) -> dict[str, float]:
    return {"learning_rate": 1e-3 / step, "samples_per_second": 1.0, "memory_gib": 1.0, "seconds": step}


def write_evaluation(
    path: Path, hits: Sequence[int], *, split: str = "val", crf: Sequence[int] = (), **settings: Any
) -> Path:
    """A report of `refseg eval` and its samples.

    Args:
        path: of the report.
        hits: for each sentence, how many of the 100 pixels of its union were hit; two sentences a photo.
        split: of the dataset unc.
        crf: the same after a CRF.
        settings: over the usual ones.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    records = [_record(number, n_hit) for number, n_hit in enumerate(hits)]
    for record, n_hit in zip(records, crf, strict=False):
        record["crf"] = {"intersection": n_hit, "union": 100, "iou": n_hit / 100}
    usual = {"protocol": "original", "threshold": 0.5, "crf": None, "word_types": "learned", "seed": 0}
    report = {
        "schema_version": SCHEMA_VERSION,
        "data": _data(split, len(hits)),
        "settings": {**usual, "batch_size": 1, "precision": "float32", **settings},
        "checkpoint": _checkpoint(),
        "predictions": None,
        **_scored(hits),
        "crf": _scored(crf) if crf else None,
        "mAP_coco": None,
        "kinds": {kind: _of_kind(hits, place) for place, kind in enumerate(KINDS)},
        "breakdown": {},
        "n_truncated": 0,
        "named_object": None,
        "baselines": {},
        "swap": None,
        "video": None,
    }
    path.write_text(json.dumps(report))
    path.with_suffix(".samples.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in records))
    return path


def _data(split: str, n_expressions: int) -> dict[str, Any]:
    return {
        "dataset": "unc",
        "split": split,
        "part": None,
        "images_from": "COCO",
        "pseudo_masks": False,
        "n_images": n_expressions // 2,
        "n_expressions": n_expressions,
        "n_frames": None,
        "partial": False,
        "n_available": n_expressions,
    }


def _checkpoint() -> dict[str, Any]:
    made = {"preset": "official", "settings": []}
    return {
        "name": "best",
        "sha256": "0" * 64,
        "contaminated": True,
        "n_images_trained_on": 0,
        "provenance": made,
    }


def _of_kind(hits: Sequence[int], place: int) -> dict[str, Any]:
    of_kind = hits[place :: len(KINDS)]
    return {"n_expressions": len(of_kind), **_scored(of_kind)}


def _scored(hits: Sequence[int]) -> dict[str, Any]:
    overlaps = [Overlap(f"unc/{number}", number // 2, n_hit, 100) for number, n_hit in enumerate(hits)]
    return {
        "scores": score(overlaps).by_name(),
        "intervals": {name: list(each) for name, each in intervals(overlaps, draws=50).items()},
    }


def _record(number: int, n_hit: int) -> dict[str, Any]:
    return {
        "sample_id": f"unc/{number}",
        "image_id": number // 2,
        "expression": "the red dog, left of it",
        "kind": KINDS[number % len(KINDS)],
        "intersection": n_hit,
        "union": 100,
        "iou": n_hit / 100,
        "score": 0.5,
        "length": 6,
        "truncated": False,
        "word_types": ["unnecessary", "attribute", "entity", "unnecessary", "relation", "unnecessary"],
        "category": "dog",
        "area": 500,
        "named_object": n_hit >= 50,
    }
