"""A report as a table for people: scores in percent, under names that cannot be mistaken."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .metrics import METRICS
from .video_metrics import VIDEO_METRICS

_FIRST, _OTHER = 26, 14  # letters of a column; the first is wider where a name is
_MOST_GROUPS = 8

Row = tuple[str, Sequence[str]]
"""A name, and a cell for each column."""


def table(report: Mapping[str, Any]) -> str:
    """Draw a report.

    Args:
        report: Of `engine.evaluate`.

    Returns:
        Lines of text: what was scored, then for each a row of scores and a row of 95 % intervals.
    """
    lines: list[str | Row] = [*_head(report), "", *_scores(report)]
    lines += [*_video(report["video"]), *_named_object(report["named_object"]), *_swap(report["swap"])]
    first = max([_FIRST, *(len(line[0]) for line in lines if not isinstance(line, str))])
    return "\n".join(line if isinstance(line, str) else _drawn(*line, first) for line in lines)


def _head(report: Mapping[str, Any]) -> Iterator[str]:
    data, settings = report["data"], report["settings"]
    part = f", part {data['part']}" if data["part"] else ""
    against = ", against pseudo-masks" if data["pseudo_masks"] else ""
    count = f"{data['n_expressions']} sentences on {data['n_images']} images"
    if data["n_frames"] is not None:
        most = f", at most {data['frames_per_video']} a sentence" if data["frames_per_video"] else ""
        count = (
            f"{data['n_expressions']} sentences on {data['n_images']} clips, {data['n_frames']} masks{most}"
        )
    yield f"{data['dataset']}, split {data['split']}{part}: {count}{against}"
    if data["partial"]:
        yield f"PARTIAL: {data['n_expressions']} of {data['n_available']} sentences; not a score of the split"
    if n_truncated := report["n_truncated"]:
        yield f"{n_truncated} sentences are longer than the checkpoint reads"
    if checkpoint := report["checkpoint"]:
        seed = f" (seed {settings['seed']})" if settings["word_types"] == "random" else ""
        word_types = f"{settings['word_types']} word types{seed}"
        yield f"checkpoint {checkpoint['name']}, {word_types}, protocol {settings['protocol']}"
        yield from _warnings(checkpoint, data["images_from"])
    else:
        yield f"masks of {report['predictions']['name']}, as they are"


def _warnings(checkpoint: Mapping[str, Any], collection: str | None) -> Iterator[str]:
    if checkpoint["contaminated"]:
        yield f"contaminated: the backbone was trained on {collection}, where these images come from"
    if n_known := checkpoint["n_images_trained_on"]:
        yield f"NOT HELD OUT: the checkpoint was trained on {n_known} of these images"


def _scores(report: Mapping[str, Any]) -> Iterator[str | Row]:
    yield (f"% on {report['data']['split']} (95 % interval)", METRICS)
    yield from _scored(report["checkpoint"]["name"] if report["checkpoint"] else "masks", report)
    if report["crf"]:
        yield from _scored("  with CRF", report["crf"])
    if report["mAP_coco"] is not None:
        yield ("  mAP_coco", [f"{100 * report['mAP_coco']:.1f}"])
    for kind, scored in report["kinds"].items():
        if len(report["kinds"]) > 1:
            yield from _scored(_counted(kind, scored), scored)
    for by, groups in report["breakdown"].items():
        yield from _groups(by, groups)
    for name, baseline in report["baselines"].items():
        yield from _scored(name, baseline)
        above = baseline["checkpoint_above"]
        yield ("  checkpoint above it", [f"{100 * above[metric]['value']:+.1f}" for metric in METRICS])
        yield ("", [_interval((above[metric]["low"], above[metric]["high"])) for metric in METRICS])


def _groups(by: str, groups: Mapping[str, Any]) -> Iterator[str | Row]:
    """The groups of one breakdown, unless there is one alone or more than can be read at a glance."""
    if not 1 < len(groups) <= _MOST_GROUPS:
        return
    yield f"by {by}"
    for name, scored in groups.items():
        yield from _scored(_counted(name, scored), scored)


def _counted(name: str, scored: Mapping[str, Any]) -> str:
    return f"  {name} ({scored['n_expressions']})"


def _scored(name: str, scored: Mapping[str, Any]) -> Iterator[Row]:
    yield (name, [f"{100 * scored['scores'][metric]:.1f}" for metric in METRICS])
    yield ("", [_interval(scored["intervals"][metric]) for metric in METRICS])


def _video(video: Mapping[str, Any] | None) -> Iterator[str | Row]:
    if video is None:
        return
    yield ""
    yield "Sentence by sentence over their frames: region J, contour F (as DAVIS has them)"
    yield ("% (95 % interval)", VIDEO_METRICS)
    yield ("all", [f"{100 * video['scores'][metric]:.1f}" for metric in VIDEO_METRICS])
    yield ("", [_interval(video["intervals"][metric]) for metric in VIDEO_METRICS])


def _named_object(named: Mapping[str, Any] | None) -> Iterator[str | Row]:
    if named is None:
        return
    yield ""
    yield "Which object? How often no other object of the scene is overlapped as well as the named one"
    yield ("% (95 % interval)", ("right", "", "chance", "oIoU", "grid's oIoU", "ratio"))
    kinds = named["kinds"] if len(named["kinds"]) > 1 else {}
    for name, group in {"all": named, **kinds}.items():
        right = group["right"]
        shares = (group[key] for key in ("chance", "oIoU", "oracle_oIoU", "ratio"))
        cells = ["" if share is None else f"{100 * share:.1f}" for share in shares]
        counted = _counted(name, group)
        yield (counted, [f"{100 * right['value']:.1f}", _interval(right["interval"]), *cells])


def _swap(swap: Mapping[str, Any] | None) -> Iterator[str | Row]:
    if swap is None:
        return
    yield ""
    yield f"swap test: {swap['n_pairs']} pairs on {swap['n_images']} images"
    yield ("% right (95 % interval)", ("pairs", "", "sentences", ""))
    named = {
        "checkpoint": swap,
        **{f"  {kind}": scores for kind, scores in swap["kinds"].items()},
        **swap["floors"],
    }
    for name, scores in named.items():
        cells = [(f"{100 * share['value']:.1f}", _interval(share["interval"])) for share in _shares(scores)]
        yield (name, [cell for pair in cells for cell in pair])


def _shares(scores: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [scores["pairs"], scores["sentences"]]


def _interval(interval: Sequence[float]) -> str:
    low, high = (100 * bound for bound in interval)
    return f"{low:.1f} – {high:.1f}"


def _drawn(name: str, cells: Sequence[str], first: int) -> str:
    return (f"{name:<{first}}" + "".join(f"{cell:>{_OTHER}}" for cell in cells)).rstrip()
