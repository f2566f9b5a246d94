"""Runs `refseg eval --submission`: writes masks for a benchmark's server, or checks those that are there."""

import shutil
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from refseg.models.predictor import Predictor, find_device
from refseg_cli import console
from refseg_cli.data.samples import Sample
from refseg_cli.errors import UsageError
from refseg_cli.files import refuse_to_replace

from . import together
from .clip_predictions import Asked, segment_clip
from .devices import check_device
from .eval_plan import SubmissionRequest
from .forced_types import forced_types
from .launch import in_processes
from .plan import make_folder
from .selection import read_wanted
from .submission import TOP, check_submission, pack, refuse_faulty, wanted_masks, write_submitted


def submit(request: SubmissionRequest) -> Path:
    """Write the masks of every frame for every sentence of a split, and their zip; nothing is scored.

    Without a checkpoint, the folder or zip that is there is checked.

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
    samples = _samples(request)
    if request.checkpoint is None:
        _check(request.folder, samples)
        return request.folder
    check_device(request.device)
    _refuse_to_replace(request)
    if request.n_processes == 1:
        return _write(request)
    if together.started_by_torchrun():
        raise UsageError("torchrun has started the processes already: leave out --nproc")
    return in_processes(_write, request, request.n_processes)


def _samples(request: SubmissionRequest) -> Sequence[Sample]:
    _, samples = read_wanted(request.wanted)
    if samples[0].clip is None:
        raise UsageError(
            f"{request.wanted.dataset} holds photos, and a submission is of videos: leave out --submission"
        )
    return samples


def _refuse_to_replace(request: SubmissionRequest) -> None:
    """Stop before any work where something would be lost."""
    for path in (request.folder, request.archive):
        refuse_to_replace(path, request.force)
    others = [path.name for path in request.folder.glob("*") if path.name != TOP]
    if others:
        raise UsageError(
            f"{request.folder} holds more than a submission ({others[0]}); choose another folder: "
            "--submission DIR"
        )


def _write(request: SubmissionRequest) -> Path:
    """The work of one process."""
    with together.joined(find_device(request.device)) as device:
        console.set_quiet(request.quiet or together.rank() > 0)
        samples = _samples(request)
        predictor = Predictor.load(request.checkpoint or "", str(device), request.precision)
        if together.rank() == 0:
            make_folder(request.folder)
            shutil.rmtree(request.folder / TOP, ignore_errors=True)
        together.wait()
        together.share(lambda: _write_masks(request, predictor, samples))
        if together.rank() == 0:
            pack(request.folder, request.archive)
            _check(request.archive, samples)
    return request.archive


def _write_masks(request: SubmissionRequest, predictor: Predictor, samples: Sequence[Sample]) -> None:
    """Write the masks of this process's part of the clips."""
    asking = request.asking
    actions = "action" in predictor.segmenter.head.word_type_names
    forced = forced_types(asking.word_types, asking.root, actions=actions)
    mine = _by_clip(samples)[together.rank() :: together.size()]
    total = sum(len(asked) * len(asked[0].frames) for asked in mine)
    with console.progress(total, "writing masks") as advance:
        for asked in mine:
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


def _check(source: Path, samples: Sequence[Sample]) -> None:
    wanted = wanted_masks(samples)
    refuse_faulty(source, check_submission(source, wanted))
    console.say(f"{source}: {len(wanted):,} masks of {len(samples):,} sentences, none missing, none wrong")
