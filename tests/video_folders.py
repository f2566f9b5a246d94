"""Small datasets of sentences on videos, written in the tests in the format of the original ones."""

import json
from pathlib import Path
from typing import Any

from masks_made import mask_of, write_h5, write_palette, write_puppet
from numbered_videos import HEIGHT, WIDTH, numbered, write_video
from PIL import Image

# a2d: rows of the text, then by video the frames (from 1) with the numbers of the things in them
A2D_ROWS = (
    "--h5fAKYurM,0,the pigeon is limping",
    "--h5fAKYurM,1, white bird behind the pigeon ",
    "T6bNPuKV-wY,0,man in black",
    "T6bNPuKV-wY,1 (copy),bird standing in the beach",
    "T6bNPuKV-wY,1,a man in a black suit",
    "T6bNPuKV-wY,2,a man is jumping up and down",
    "T6bNPuKV-wY,5,somebody who is nowhere",
    "e7Kjy13woXg,0,a video without masks",
)
A2D_FRAMES: dict[str, dict[int, tuple[int, ...]]] = {
    "--h5fAKYurM": {10: (0, 1), 25: (1,)},
    "T6bNPuKV-wY": {5: (0, 1, 2, 1), 12: (2, 0)},
}
A2D_LENGTH = 28

JHMDB_VIDEO = "30_(dead-hang)_pull-ups_pullup_u_cm_np1_ba_med_0"


def write_a2d(folder: Path) -> Path:
    """Write A2D Sentences with a video in train and one in test, one that is missed and one left out."""
    release = folder / "Release"
    (release / "clips320H").mkdir(parents=True)
    lines = ("video_id,instance_id,query", *A2D_ROWS)
    (folder / "a2d_annotation.txt").write_text("\n".join(lines) + "\n")
    (folder / "a2d_missed_videos.txt").write_text("54DuhN4-Cj0\n9j8335EwF9M\n")
    splits = {"--h5fAKYurM": 0, "T6bNPuKV-wY": 1, "54DuhN4-Cj0": 0, "e7Kjy13woXg": 1}
    times = f"31,00:00:10,00:00:13,{HEIGHT},{WIDTH},{A2D_LENGTH},2"
    (release / "videoset.csv").write_text("".join(f"{v},{times},{split}\n" for v, split in splits.items()))
    for video, frames in A2D_FRAMES.items():
        write_video(release / "clips320H" / f"{video}.mp4", A2D_LENGTH)
        for frame, things in frames.items():
            # the same number a second time stands for another part of the thing, drawn as thing 4
            drawn = [4 if thing in things[:place] else thing for place, thing in enumerate(things)]
            masks = [mask_of(thing, frame - 1) for thing in drawn]
            write_h5(folder / "a2d_annotation_with_instances" / video / f"{frame:05d}.h5", masks, things)
    return folder


def write_jhmdb(folder: Path, n_frames: int = 6, n_masks: int = 5) -> Path:
    """Write J-HMDB Sentences with one clip, whose last frames have no mask."""
    pictures = folder / "Rename_Images" / "pullup" / JHMDB_VIDEO
    (folder / "Rename_Images" / "wave" / "another_video").mkdir(parents=True)
    write_pictures(pictures, [f"{number + 1:05d}.png" for number in range(n_frames)])
    (folder / "jhmdb_annotation.txt").write_text(f"video_id,query\n{JHMDB_VIDEO},man in black pulling up\n")
    masks = [mask_of(2, number) for number in range(n_masks)]
    write_puppet(folder / "puppet_mask" / "pullup" / JHMDB_VIDEO / "puppet_mask.mat", masks)
    return folder


def write_pictures(folder: Path, names: list[str]) -> None:
    """Write pictures that show their place in the list."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        Image.fromarray(numbered(number)).save(folder / name, quality=95)


def write_refvos(
    folder: Path, part: str, videos: dict[str, list[tuple[str, int | None]]], step: int = 5
) -> Path:
    """Write videos of three frames in the layout of Refer-YouTube-VOS.

    Args:
        folder: of the dataset.
        part: train, valid or test.
        videos: the sentences of each, with the object that it names, of 1 to 4, or None.
        step: of the names of the frames.
    """
    frames = [f"{number * step:05d}" for number in range(3)]
    described = {name: _entry(said, frames) for name, said in videos.items()}
    for name, said in videos.items():
        write_pictures(folder / part / "JPEGImages" / name, [f"{frame}.jpg" for frame in frames])
        things = {thing for _, thing in said if thing is not None}
        for number, frame in enumerate(frames[:-1] if things else ()):  # the last frame has no masks
            # in frame 1, object 2 is out of sight
            masks = {each: mask_of(each, number) for each in things if (each, number) != (2, 1)}
            write_palette(folder / part / "Annotations" / name / f"{frame}.png", masks)
    path = folder / "meta_expressions" / part / "meta_expressions.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"videos": described}))
    return folder


def _entry(said: list[tuple[str, int | None]], frames: list[str]) -> dict[str, Any]:
    objects = [{} if thing is None else {"obj_id": str(thing)} for _, thing in said]
    expressions = {str(k): {"exp": said[k][0]} | objects[k] for k in range(len(said))}
    return {"expressions": expressions, "frames": frames}
