"""The authors' TensorFlow checkpoint, read without TensorFlow, against their arrays."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from bundles import Arrays, write_bundle
from parity.reference import DATA, VIDEO, VIDEO_CONFIG, arrays, case_inputs, official_parts
from parity.test_deeplab_resnet import seeded

from refseg.encoders.vocabulary import SPECIALS
from refseg.models.checkpoint import load_checkpoint, save_checkpoint
from refseg.models.cmpc import CmpcVideo
from refseg.models.errors import CheckpointError
from refseg.models.segmenter import Segmenter
from refseg.models.tensorflow_bundle import read_bundle
from refseg.models.tensorflow_import import import_official, official_provenance

CHECKPOINT = DATA / "tf_checkpoint" / "unc_iter_700000.tfmodel"
LEFT_OVER = ("/Adam", "/Adam_1", "Variable_1", "beta1_power", "beta2_power")


def backbone_variables() -> dict[str, np.ndarray]:
    """DeepLab's variables, filled by the rule of the recorded ones."""
    recorded = np.load(DATA / "official_backbone_seeded.npz")
    names, shapes = recorded["variable_names"], recorded["variable_shapes"]
    sides = [str(shape).strip("()").replace("x", ",").split(",") for shape in shapes]
    return {
        str(name): seeded(str(name), tuple(int(side) for side in row if side.strip()))
        for name, row in zip(names, sides, strict=True)
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a vocabulary and a checkpoint of the backbone."""
    folder = tmp_path_factory.mktemp("import")
    words = [*SPECIALS, *(f"word{number}" for number in range(4, 60))]
    (folder / "vocabulary.txt").write_text("\n".join(words) + "\n")
    classifier = {"fc1_voc12_c0/weights": np.ones((3, 3, 2, 2), np.float32)}
    write_bundle(folder / "deeplab", backbone_variables() | classifier, n_shards=2)
    return folder


@pytest.fixture(scope="module")
def imported(folder: Path) -> Segmenter:
    return import_official(CHECKPOINT, folder / "vocabulary.txt", folder / "deeplab")


@pytest.fixture(scope="module")
def variables() -> dict[str, np.ndarray]:
    """Everything in the authors' checkpoint."""
    bundle = read_bundle(CHECKPOINT)
    return {name: bundle[name] for name in bundle}


def test_the_checkpoint_holds_the_recorded_arrays_and_left_overs(variables: Arrays) -> None:
    recorded = arrays("official_image_small.npz", "params/")
    assert all(name.endswith(LEFT_OVER) for name in variables.keys() - recorded.keys())
    for name, array in recorded.items():
        np.testing.assert_array_equal(variables[name], array, err_msg=name)


def test_the_imported_head_and_text_encoder_are_those_of_the_arrays(imported: Segmenter) -> None:
    encoder, head = official_parts()
    for ours, theirs in ((imported.text_encoder, encoder), (imported.head, head)):
        state = ours.state_dict()
        assert state.keys() == theirs.state_dict().keys()
        for name, tensor in theirs.state_dict().items():
            torch.testing.assert_close(state[name], tensor, rtol=0, atol=0, msg=name)
    assert imported.head.config == head.config


def test_the_imported_checkpoint_gives_the_recorded_output(imported: Segmenter, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "imported.safetensors", imported, {"backbone": []})
    levels, expression = case_inputs()
    recorded = arrays("official_image_small.npz", "case/")["up"][0, ..., 0]
    for segmenter in (imported, load_checkpoint(tmp_path / "imported.safetensors").segmenter):
        with torch.inference_mode():
            image = segmenter.head.encode_image(levels)
            found = segmenter.decode(image, segmenter.encode_text([expression]))
        size = segmenter.preprocess.size
        np.testing.assert_allclose(found.logits((size, size))[0], recorded, rtol=0, atol=1e-4)


def test_the_video_model_is_told_by_its_names_and_imported_too(folder: Path, tmp_path: Path) -> None:
    slot = {"text_objseg/text_objseg/tg_key_c3/DW/Adam": np.ones(1, np.float32)}
    write_bundle(tmp_path / "a2d", arrays(VIDEO, "params/") | slot)
    segmenter = import_official(tmp_path / "a2d", folder / "vocabulary.txt", folder / "deeplab")
    assert isinstance(segmenter.head, CmpcVideo)
    assert segmenter.head.config == VIDEO_CONFIG
    levels, expression = case_inputs(VIDEO)
    with torch.inference_mode():
        clip = segmenter.head.encode_image(levels)
        found = segmenter.decode(clip, segmenter.encode_text([expression])).logits((80, 80))[0]
    np.testing.assert_allclose(found, arrays(VIDEO, "case/")["up"][0, ..., 0], rtol=0, atol=1e-4)


def test_a_variable_that_the_video_model_lacks_is_named(folder: Path, tmp_path: Path) -> None:
    parameters = arrays(VIDEO, "params/")
    del parameters["text_objseg/mm_trans_c4/DW"]
    write_bundle(tmp_path / "a2d", parameters)
    with pytest.raises(CheckpointError, match=r"\(1 missing: text_objseg/mm_trans_c4/DW\)"):
        import_official(tmp_path / "a2d", folder / "vocabulary.txt")


def test_the_imported_backbone_gives_the_recorded_levels(imported: Segmenter) -> None:
    recorded = arrays("official_backbone_seeded.npz")
    image = torch.from_numpy(recorded["image_rgb_u8"]).permute(2, 0, 1)[None].float()
    with torch.inference_mode():
        found = imported.backbone(image)
    for level in ("c3", "c4", "c5"):
        ours = getattr(found, level)[0].permute(1, 2, 0).numpy()
        assert np.abs(ours - recorded[level]).max() < 1e-4 * np.abs(recorded[level]).max()


def test_the_imported_model_segments_a_picture(imported: Segmenter) -> None:
    with torch.inference_mode():
        found = imported(torch.zeros(1, 3, 80, 80, dtype=torch.uint8), ["word4 unheard-of"])
    assert found.logits((80, 80)).isfinite().all()


def test_both_accounts_of_what_the_backbone_saw_are_kept(folder: Path, imported: Segmenter) -> None:
    provenance = official_provenance(CHECKPOINT, folder / "vocabulary.txt", folder / "deeplab")
    assert provenance["source"].endswith("TensorFlow checkpoint unc_iter_700000.tfmodel and deeplab")
    assert provenance["backbone"] == asdict(imported.backbone.provenance)
    assert imported.backbone.provenance.contains_refcoco == "yes"
    for data in ("MS-COCO", "PASCAL VOC"):
        assert data in str(provenance["backbone"])
    assert list(provenance["sha256"]) == [f"{CHECKPOINT.name}.index", "deeplab.index", "vocabulary.txt"]


def test_the_name_of_the_index_will_do(folder: Path) -> None:
    with pytest.raises(CheckpointError, match=r"holds no backbone: .* --backbone PREFIX"):
        import_official(Path(f"{CHECKPOINT}.index"), folder / "vocabulary.txt")


def test_one_checkpoint_with_everything_is_enough_and_then_a_second_is_too_much(
    folder: Path, imported: Segmenter, variables: Arrays, tmp_path: Path
) -> None:
    slots = {"text_objseg/res5c_branch2a/weights/Adam": np.ones(1, np.float32)}
    write_bundle(tmp_path / "whole", {**variables, **backbone_variables(), **slots})
    state = import_official(tmp_path / "whole", folder / "vocabulary.txt").state_dict()
    assert all(torch.equal(state[name], tensor) for name, tensor in imported.state_dict().items())
    with pytest.raises(CheckpointError, match="backbone of its own: leave out --backbone"):
        import_official(tmp_path / "whole", folder / "vocabulary.txt", folder / "deeplab")


def test_all_missing_and_all_unknown_names_are_listed(
    folder: Path, variables: Arrays, tmp_path: Path
) -> None:
    names = ("text_objseg/c4_lateral/DW", "text_objseg/lang_trans_c5_head2/biases")
    changed = {f"{name}_" if name in names else name: array for name, array in variables.items()}
    write_bundle(tmp_path / "model", {**changed, "text_objseg/Variable_2": np.ones(1, np.float32)})
    with pytest.raises(CheckpointError) as caught:
        import_official(tmp_path / "model", folder / "vocabulary.txt")
    message = str(caught.value)
    assert (
        f"(2 missing: {', '.join(names)}; 3 unknown: text_objseg/Variable_2, {names[0]}_, {names[1]}_)"
        in message
    )


def test_a_backbone_without_its_names_or_with_half_of_them_is_refused(folder: Path, tmp_path: Path) -> None:
    write_bundle(tmp_path / "none", {"fc1_voc12_c0/weights": np.ones(1, np.float32)})
    with pytest.raises(CheckpointError, match="none holds no backbone"):
        import_official(CHECKPOINT, folder / "vocabulary.txt", tmp_path / "none")
    write_bundle(tmp_path / "some", {"conv1/weights": np.ones((7, 7, 3, 64), np.float32)})
    with pytest.raises(CheckpointError, match=r"519 missing: bn2a_branch1/beta, .*res5c_branch2c/weights\)"):
        import_official(CHECKPOINT, folder / "vocabulary.txt", tmp_path / "some")


def test_a_vocabulary_of_another_length_is_refused_with_both_numbers(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "short.txt").write_text("\n".join([*SPECIALS, "man"]))
    with pytest.raises(
        CheckpointError, match=r"short\.txt has 5 words, but the checkpoint has 60 word vectors"
    ):
        import_official(CHECKPOINT, tmp_path / "short.txt", folder / "deeplab")


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("score_c4/DW", np.ones((3, 3, 24, 2), np.float32), r"score_c4/DW float32\(3, 3, 24, 2\)"),
        (
            "words_trans_c4/DW",
            np.ones((3, 3, 48, 48), np.float32),
            r"words_trans_c4/DW float32\(3, 3, 48, 48\)",
        ),
        ("words_trans_c4/DW", np.ones(48 * 48, np.float32), r"words_trans_c4/DW float32\(2304,\)"),
        ("score/biases", np.ones(1, np.int32), r"score/biases int32\(1,\)"),
        ("rnn/conv_lstm_cell/W_cf", np.ones((5, 20, 24), np.float32), r"W_cf float32\(5, 20, 24\)"),
        ("rnn/conv_lstm_cell/W_ci", np.ones((5, 20, 24), np.float32), "peephole maps are 5×20"),
        ("c3_lateral/DW", np.ones((1, 1, 0, 60_000), np.float32), r"c3_lateral/DW float32\(1, 1, 0, 60000\)"),
        ("c3_lateral/DW", np.ones((1, 1, 0, 70_000), np.float32), "which cannot be"),
        ("c3_lateral/DW", np.ones(3, np.float32), "which cannot be"),
    ],
)
def test_variables_of_another_shape_or_type_are_named(
    folder: Path, variables: Arrays, tmp_path: Path, name: str, array: np.ndarray, message: str
) -> None:
    write_bundle(tmp_path / "model", {**variables, f"text_objseg/{name}": array})
    with pytest.raises(CheckpointError, match=message) as caught:
        import_official(tmp_path / "model", folder / "vocabulary.txt", folder / "deeplab")
    assert "res2a" not in str(caught.value)
