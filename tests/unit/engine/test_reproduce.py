"""The rows of the paper's tables as networks of refseg, and what is read out of their evaluations."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from heads import CHANNELS, GRID, TEXT_WIDTH, make_encoder, make_levels

from refseg.models.cmpc import CmpcImage, CmpcVideoConfig
from refseg.models.losses import segmentation_losses
from refseg_cli.data.paper_tables import paper_tables
from refseg_cli.engine import reproduce as module
from refseg_cli.engine.config_text import to_toml
from refseg_cli.engine.eval_settings import Settings
from refseg_cli.engine.reproduce import ReproduceRequest, missing_parts, plan_table, reproduce
from refseg_cli.engine.reproduce_runs import Run, _effective, _find_report, network_name
from refseg_cli.engine.reproduce_tables import Row, choose_rows, find_table, read_numbers
from refseg_cli.engine.reproduce_text import result_table
from refseg_cli.engine.run_config import RunConfig, read_run_config
from refseg_cli.engine.training_plan import with_recipe
from refseg_cli.errors import DataError, UsageError

TABLES = ("table1", "table5", "table8", "table9", "table10", "table11")
CLIPS = ("table6", "table7")
NOT_MADE = ("table2", "table3", "table4")


def all_rows() -> Iterator[tuple[str, Row]]:
    for table in TABLES:
        for row in choose_rows(find_table(table), ()):
            yield table, row


def config_of(row: Row, base: str, dataset: str) -> RunConfig:
    layers = with_recipe(f"{base},{row.paper.preset}", dataset)
    return read_run_config(layers, settings=row.paper.settings)


NETWORKS = {
    network_name(config): config for config in (config_of(row, "small", "shapes") for _, row in all_rows())
}


@pytest.mark.parametrize(
    ("base", "dataset"), [("small", "shapes"), ("official", "unc"), ("official", "gref")]
)
def test_rows_have_the_same_name_exactly_if_they_are_the_same_network(base: str, dataset: str) -> None:
    configs = [config_of(row, base, dataset) for _, row in all_rows()]
    pairs = {(network_name(config), to_toml(_effective(config))) for config in configs}
    assert len({name for name, _ in pairs}) == len({text for _, text in pairs}) == len(pairs) < len(configs)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_network_of_every_row_trains_at_small_widths(name: str) -> None:
    config = NETWORKS[name]
    widths = {"visual_width": 12, "multimodal_width": 12, "level_width": 9, "word_type_width": 11}
    head = CmpcImage(CHANNELS, TEXT_WIDTH, replace(config.head, **widths, grid=GRID))
    encoder = make_encoder()
    levels, targets = head.on_grid(make_levels(1)), torch.rand(2, 20, 20)
    weights = dict([*head.named_parameters(), *encoder.named_parameters(prefix="text")])
    optimizer = torch.optim.AdamW(weights.values(), lr=1e-2)
    before = {key: weight.detach().clone() for key, weight in weights.items()}
    totals = []
    for _ in range(3):
        segmentation = head.decode(head.encode_image(levels), encoder.encode(["w1 w2 w3", "w4"]))
        losses = segmentation_losses(segmentation, targets, replace(config.loss, target_grid=20))
        totals.append(losses.total.item())
        optimizer.zero_grad()
        losses.total.backward()
        optimizer.step()
    assert totals[2] < totals[0]
    assert all(weight.isfinite().all() for weight in weights.values())
    still = {key.split(".")[0] for key, weight in weights.items() if torch.equal(weight, before[key])}
    assert still <= {"word_types"}  # which nothing but a loss of their own may look at, as in Table 5, row 1


def test_the_authors_own_rows_of_each_table_on_photos_can_be_made() -> None:
    assert {table: len(choose_rows(find_table(table), ())) for table in TABLES} == {
        "table1": 2,
        "table5": 15,
        "table8": 4,
        "table9": 2,
        "table10": 4,
        "table11": 2,
    }
    assert {f"table{number}" for number in paper_tables()} == {*TABLES, *CLIPS, *NOT_MADE}


@pytest.mark.parametrize("name", NOT_MADE)
def test_tables_that_compare_methods_on_videos_are_refused(name: str) -> None:
    with pytest.raises(DataError, match="refseg train --dataset a2d"):
        find_table(name)


@pytest.mark.parametrize(("base", "dataset"), [("small-video", "shapes-motion"), ("official", "a2d")])
def test_rows_of_the_tables_on_videos_are_the_settings_of_the_paper(base: str, dataset: str) -> None:
    rows = [row for table in CLIPS for row in choose_rows(find_table(table), ())]
    heads = [config_of(row, base, dataset).head for row in rows]
    assert all(isinstance(head, CmpcVideoConfig) and head.concat_multimodal for head in heads)
    has = [(head.entity_perception, head.relation_reasoning, head.action_reasoning) for head in heads]
    assert has == [(False,) * 3, (False,) * 3, (True, False, False), (True, True, False), *[(True,) * 3] * 3]
    assert [head.levels for head in heads] == [("c5",), *[("c3", "c4", "c5")] * 6]
    assert heads[4] == heads[6] == replace(heads[5], temporal_adjacency="direct")
    names = [network_name(config_of(row, base, dataset)) for row in rows]
    assert len(set(names)) == 6
    assert names[4] == names[6]


def test_rows_are_chosen_by_number_in_the_order_asked_for() -> None:
    rows = choose_rows(find_table("table5"), (4, 2))
    assert [(row.number, row.what, row.paper.preset) for row in rows] == [
        (4, "EP, RAR", "ablations/table5-row04"),
        (2, "EP", "ablations/table5-row02"),
    ]


def test_the_whole_model_of_tables_1_and_11_has_three_rounds_of_exchange() -> None:
    earlier, ours = (config_of(row, "small", "shapes").head for row in choose_rows(find_table("table1"), ()))
    assert (ours.exchange_rounds, ours.concat_multimodal) == (3, True)
    assert earlier == replace(ours, concat_multimodal=False)
    random, learned = choose_rows(find_table("table11"), ())
    assert (random.paper.word_types, learned.paper.word_types) == ("random", "learned")
    assert config_of(random, "small", "shapes").head == ours


@pytest.mark.parametrize("text", ["", "a", "1,", "1,1", "-1", "1 2", "1.5"])
def test_numbers_that_are_none_or_given_twice_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--seeds takes whole numbers"):
        read_numbers(text, "--seeds")


def test_numbers_are_read_in_their_order() -> None:
    assert read_numbers("4, 2,10", "--rows") == (4, 2, 10)


def test_real_datasets_are_scored_on_the_papers_splits_by_both_protocols(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def evaluate_run(_: Run, split: str, settings: Settings) -> dict[str, Any]:
        asked.append((split, settings.protocol, settings.crf))
        refined = {"scores": {"oIoU": 0.7}} if settings.crf else None
        return {"scores": {"oIoU": 0.5}, "crf": refined}

    monkeypatch.setattr(module, "evaluate_run", evaluate_run)
    monkeypatch.setattr(module, "train_run", lambda *_: None)
    monkeypatch.setattr(module, "missing_parts", lambda _: [])
    plan = plan_table(ReproduceRequest("table1", "unc", rows=(2,)))
    heads, (row,) = result_table(plan, reproduce(plan))
    assert asked == [
        (split, *way) for split in ("val", "testA", "testB") for way in (("original", False), ("cmpc", True))
    ]
    assert heads[2:4] == ["oIoU val", "oIoU val (cmpc, CRF)"]
    assert row[2:4] == ["50.00", "70.00"]
    assert dict(zip(heads, row, strict=True))["paper, unc testB"] == "60.82"


def test_all_that_is_missing_is_told_at_once_each_with_how_to_get_it(tmp_path: Path) -> None:
    plan = plan_table(ReproduceRequest("table5", "unc", data=tmp_path))
    photos, vectors = missing_parts(plan)  # and not once for each split or row
    assert photos.endswith("refseg download unc")
    assert "refseg download glove" in vectors
    assert len(missing_parts(plan_table(ReproduceRequest("table5", "unc", rows=(1, 4), data=tmp_path)))) == 1


@pytest.mark.parametrize("content", ["{", "[]", '"text"', "{}", '{"checkpoint": null}'])
def test_a_file_that_is_no_report_is_passed_over(content: str, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text(content)
    assert _find_report(tmp_path, "abc", "test", Settings()) is None


def test_a_report_is_taken_for_its_own_checkpoint_split_and_settings_alone(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(
        '{"checkpoint": {"sha256": "abc"}, "data": {"split": "test", "partial": false}, "settings": '
        '{"protocol": "original", "threshold": 0.5, "crf": null, "word_types": "learned", "seed": 0,'
        ' "batch_size": 1, "device": "cpu"}}'
    )
    assert _find_report(tmp_path, "abc", "test", Settings()) is not None
    assert _find_report(tmp_path, "other", "test", Settings()) is None
    assert _find_report(tmp_path, "abc", "val", Settings()) is None
    for other in (Settings(seed=1), Settings(word_types="random"), Settings(crf=True)):
        assert _find_report(tmp_path, "abc", "test", other) is None
