"""The head for videos: what depends on the other frames of a clip and what does not."""

import re
from collections.abc import Iterator

import pytest
import torch
from heads import GRID, VIDEO_PRESETS, make_clips, make_head, make_text, small_config, small_video_config
from torch import Tensor

from refseg.encoders.base import TextFeatures
from refseg.models.cmpc import CmpcVideo, CmpcVideoConfig
from refseg.models.cmpc.clip_window import window_frames

N_FRAMES, CENTRE = 5, 2
both_presets = pytest.mark.parametrize("preset", VIDEO_PRESETS)
both_adjacencies = pytest.mark.parametrize("adjacency", ["direct", "adaptive"])


@pytest.fixture(autouse=True)
def double_precision() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)  # `paper` normalises nothing and magnifies rounding
    yield
    torch.set_default_dtype(torch.float32)


def video_head(config: CmpcVideoConfig) -> CmpcVideo:
    head = make_head(config)
    assert isinstance(head, CmpcVideo)
    return head


def scores(head: CmpcVideo, levels: list[Tensor], text: TextFeatures) -> Tensor:
    with torch.no_grad():
        return head.decode(head.encode_image(levels), text).grid_logits


def assert_same(found: Tensor, expected: Tensor, share: float = 1e-6) -> None:
    """Equal to a share of the largest value: scores leave in single precision."""
    torch.testing.assert_close(found, expected, rtol=0, atol=share * expected.abs().max().item())


@both_presets
@both_adjacencies
def test_the_order_of_the_frames_around_the_centre_changes_nothing(preset: str, adjacency: str) -> None:
    head = video_head(small_video_config(preset, temporal_adjacency=adjacency))
    levels, text = make_clips(1), make_text([4])
    expected = scores(head, levels, text)
    for order in ([4, 3, 2, 1, 0], [3, 0, 2, 4, 1], [1, 0, 2, 3, 4]):
        assert_same(scores(head, [level[:, order] for level in levels], text), expected)


@both_presets
@both_adjacencies
def test_what_the_other_frames_show_and_which_is_the_centre_does_matter(preset: str, adjacency: str) -> None:
    """Without this, the order would be no matter for a head that never looks at them."""
    head = video_head(small_video_config(preset, temporal_adjacency=adjacency))
    levels, text = make_clips(1), make_text([4])
    expected = scores(head, levels, text)
    other = [level.clone() for level in levels]
    for level, fresh in zip(other, make_clips(1), strict=True):
        level[:, 4] = fresh[:, 4]
    swapped = [level[:, [0, 2, 1, 3, 4]] for level in levels]
    for changed in (other, swapped):
        assert (scores(head, changed, text) - expected).abs().max() > 1e-4 * expected.abs().max()


@both_presets
def test_without_action_reasoning_the_centre_frame_is_all_that_matters(preset: str) -> None:
    head = video_head(small_video_config(preset, action_reasoning=False))
    levels, text = make_clips(2), make_text([4, 3])
    of_centre = [level[:, CENTRE : CENTRE + 1] for level in levels]
    assert torch.equal(scores(head, levels, text), scores(head, of_centre, text))


def test_without_action_reasoning_it_is_the_head_for_images() -> None:
    config = small_video_config("official", action_reasoning=False)
    changes = {"concat_multimodal": False, "output_sentence": "necessary"}
    video, image = video_head(config), make_head(small_config("official", **changes))
    image.load_state_dict(
        {name: value for name, value in video.state_dict().items() if "word_types.output" not in name},
        strict=False,
    )
    levels, text = make_clips(1), make_text([4])
    types = torch.rand(1, 4, 5).softmax(dim=-1)
    types[..., 3] = 0  # of an action an image head has never heard
    frame = image.encode_image([level[:, CENTRE] for level in levels])
    with torch.no_grad():
        expected = image.decode(frame, text, types[..., [0, 1, 2, 4]])
        found = video.decode(video.encode_image(levels), text, types)
    assert torch.equal(found.grid_logits, expected.grid_logits)


def sliding(head: CmpcVideo, video: list[Tensor], text: TextFeatures) -> Iterator[Tensor]:
    """The scores of each frame of a video, whose frames are perceived once each."""
    n_frames = video[0].shape[1]
    with torch.no_grad():
        words = head.type_words(text)
        one_by_one = (head.encode_image([level[:, t : t + 1] for level in video]) for t in range(n_frames))
        frames = [head.perceive(frame, words) for frame in one_by_one]
        for centre, frame in enumerate(frames):
            window = frame.among([frames[number].nodes for number in window_frames(centre, n_frames)])
            yield head.comprehend(window, words).grid_logits


def whole_clips(head: CmpcVideo, video: list[Tensor], text: TextFeatures) -> Iterator[Tensor]:
    """The scores of each frame of a video, each with a clip of its own."""
    for centre in range(n_frames := video[0].shape[1]):
        frames = list(window_frames(centre, n_frames))
        yield scores(head, [level[:, frames] for level in video], text)


@both_presets
@both_adjacencies
def test_frames_perceived_once_each_give_every_window_of_a_video(preset: str, adjacency: str) -> None:
    head = video_head(small_video_config(preset, temporal_adjacency=adjacency))
    video, text = make_clips(1, 11), make_text([4, 2, 3])
    for found, expected in zip(sliding(head, video, text), whole_clips(head, video, text), strict=True):
        assert_same(found, expected)


def test_in_single_precision_windows_are_the_same_to_a_hundred_thousandth() -> None:
    torch.set_default_dtype(torch.float32)
    head, video, text = video_head(VIDEO_PRESETS["official"]), make_clips(1, 9), make_text([4])
    for found, expected in zip(sliding(head, video, text), whole_clips(head, video, text), strict=True):
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


@both_presets
def test_levels_may_have_numbers_of_frames_of_their_own(preset: str) -> None:
    head = video_head(small_video_config(preset))
    c3, c4, c5 = make_clips(1, 4)[0], make_clips(1, 2)[1], make_clips(1, 1)[2]
    text = make_text([3])
    expected = scores(head, [c3, c4, c5], text)
    assert expected.shape == (1, *GRID)
    # The centre of 4 frames is the third, of 2 the second: the others may change places.
    assert_same(scores(head, [c3[:, [3, 1, 2, 0]], c4, c5], text), expected)
    assert (scores(head, [c3, c4.flip(1), c5], text) - expected).abs().max() > 1e-4 * expected.abs().max()


def test_levels_of_clips_come_to_the_grid_frame_by_frame() -> None:
    head = video_head(VIDEO_PRESETS["official"])
    c3, c4, c5 = torch.rand(2, 4, 6, 15, 12), torch.rand(2, 2, 7, *GRID), torch.rand(2, 1, 8, 3, 3)
    found = head.on_grid([c3, c4, c5])
    assert [level.shape for level in found] == [(2, 4, 6, *GRID), (2, 2, 7, *GRID), (2, 1, 8, *GRID)]
    torch.testing.assert_close(found[0][1, 3, :, 1, 2], c3[1, 3, :, 3:6, 4:6].mean(dim=(1, 2)))
    assert torch.equal(found[1], c4)


def test_pictures_are_refused_by_their_shape() -> None:
    head = video_head(VIDEO_PRESETS["official"])
    pictures = [level[0] for level in make_clips(1)]
    for use in (head.on_grid, head.encode_image):
        with pytest.raises(ValueError, match=re.escape("(V, K, C, H, W), got [(5, 6, 5, 6)")):
            use(pictures)


def test_a_word_has_one_of_five_types_and_given_ones_must_be_as_many() -> None:
    head, text = video_head(VIDEO_PRESETS["official"]), make_text([3, 2])
    clips = head.encode_image(make_clips(2))
    assert head.word_type_names == ("entity", "attribute", "relation", "action", "unnecessary")
    with torch.no_grad():
        assert head.decode(clips, text).word_types.shape == (2, 3, 5)
    with pytest.raises(ValueError, match=re.escape("(B, T, K) = (2, 3, 5), got (2, 3, 4)")):
        head.decode(clips, text, torch.rand(2, 3, 4))


@pytest.mark.parametrize("kind", range(5))
def test_each_type_of_word_has_its_share_in_the_sentence_vectors(kind: int) -> None:
    head, text = video_head(VIDEO_PRESETS["paper"]), make_text([1])
    types = torch.zeros(1, 1, 5)
    types[..., kind] = 1
    words = head.type_words(text, types)
    assert bool(words.entity.any()) == (kind in {0, 1})
    assert bool(words.necessary.any()) == (kind != 4)
    assert bool(words.p_relation.any()) == (kind == 2)
    assert bool(words.p_action.any()) == (kind == 3)
