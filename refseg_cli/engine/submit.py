"""Runs `refseg eval --submission`: writes masks for a benchmark's server, or checks those that are there."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from refseg.models.predictor import Predictor, find_device
from refseg_cli import console
from refseg_cli.data.samples import Sample
from refseg_cli.errors import UsageError
from refseg_cli.files import written_folder

from . import together
from .clip_predictions import Asked, segment_clip, tell_of_frames_alone
from .devices import check_device
from .forced_types import forced_types
from .launch import in_processes
from .selection import read_wanted
from .submission import TOP, check_submission, pack, refuse_faulty, wanted_masks, write_submitted
from .submission_plan import SubmissionRequest


def submit(request: SubmissionRequest) -> Path:
    """Write the masks of every frame for every sentence of a split, and their zip; nothing is scored.

    Both are there when all masks are. Without a checkpoint, the folder or zip that is there is checked.

    Args:
        request: What to do.

    Returns:
        The zip, or what was checked.

    Raises:
        UsageError: If data are of photos, or there are masks already.
        DataError: If the dataset is missing or broken, masks cannot be written, or what is checked is not
            as the server takes it.
        CheckpointError: If there is no such checkpoint.
        ProcessesFailed: If one of several processes fails.
    """
    asked = request.asked
    samples = _samples(request)
    if asked.checkpoint is None:
        _check(request.folder, samples)
        return request.folder
    wanted_masks(samples)  # before any work: whether each has a name of its own
    forced_types(asked.settings.word_types, asked.settings.root)  # likewise: whether there is a tagger
    check_device(asked.device)
    _refuse_to_replace(request)
    if together.started_by_torchrun():
        raise UsageError("--submission starts its processes itself: leave out torchrun, and give --nproc N")
    with written_folder(request.folder) as made:
        if asked.n_processes == 1:
            _write(replace(request, folder=made), samples)
        else:
            in_processes(_write, replace(request, folder=made), asked.n_processes)
        _check(made, samples, request.archive)
    pack(request.folder, request.archive)
    return request.archive


def _samples(request: SubmissionRequest) -> Sequence[Sample]:
    wanted = request.asked.wanted
    _, samples = read_wanted(wanted)
    if samples[0].clip is None:
        raise UsageError(
            f"{wanted.dataset} holds photos, and a submission is of videos: leave out --submission"
        )
    return samples


def _refuse_to_replace(request: SubmissionRequest) -> None:
    """Stop before any work where something would be lost."""
    folder = request.folder
    for path in (folder, request.archive):
        if path.exists() and not request.asked.force:
            raise UsageError(
                f"{path}: exists already; choose another --submission DIR, or replace it with --force"
            )
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; choose another --submission DIR")
    masks = folder / TOP
    for path in folder.rglob("*"):
        is_ours = path == masks or (masks in path.parents and (path.is_dir() or path.suffix == ".png"))
        if not is_ours:
            other = path.relative_to(folder)
            raise UsageError(f"{folder} holds more than masks ({other}); choose another --submission DIR")


def _write(request: SubmissionRequest, samples: Sequence[Sample] | None = None) -> None:
    """Write the masks of the clips that are this process's."""
    asked, checkpoint = request.asked, request.asked.checkpoint or ""
    with together.joined(find_device(asked.device)) as device:
        console.set_quiet(asked.quiet or together.rank() > 0)
        predictor = Predictor.load(checkpoint, str(device), asked.precision)
        tell_of_frames_alone(predictor, checkpoint)
        mine = _by_clip(samples or _samples(request))[together.rank() :: together.size()]
        together.share(lambda: _write_masks(request, predictor, mine))


def _write_masks(request: SubmissionRequest, predictor: Predictor, clips: Sequence[Sequence[Asked]]) -> None:
    asking = request.asked.settings
    actions = "action" in predictor.segmenter.head.word_type_names
    forced = forced_types(asking.word_types, asking.root, actions=actions)
    total = sum(len(asked) * len(asked[0].frames) for asked in clips)
    with console.progress(total, "writing masks") as advance:
        for asked in clips:
            for frame, found in segment_clip(predictor, asked, asking, forced):
                for each in asked:
                    mask = found[each.sample.sentence_id].mask
                    write_submitted(request.folder, each.sample, frame.number, mask)
                    advance()


def _by_clip(samples: Sequence[Sample]) -> list[list[Asked]]:
    """The sentences about each clip, asked about every frame."""
    clips: defaultdict[Path, list[Asked]] = defaultdict(list)
    for sample in samples:
        n_frames = 0 if sample.clip is None else sample.clip.n_frames
        clips[sample.image_path].append(Asked(sample, tuple(range(n_frames))))
    return list(clips.values())


def _check(source: Path, samples: Sequence[Sample], called: Path | None = None) -> None:
    wanted = wanted_masks(samples)
    refuse_faulty(source, check_submission(source, wanted))
    count = f"{len(wanted):,} masks of {len(samples):,} sentences"
    console.say(f"{called or source}: {count}, none missing, none wrong")
