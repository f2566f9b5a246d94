"""Claim: 142,209 sentences are indexed in 30 s and 1.5 GB, and the second start takes less than a second.

Run: python benchmarks/index.py

Writes a dataset of the size of RefCOCO (19,994 photos, 196,771 annotations of 20 to 60 numbers, three
sentences a reference) to a temporary folder, and starts with it in a new process each time: with nothing
indexed; again; and with files that were touched, so that their content has to be compared.
"""

import json
import os
import pickle
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

N_IMAGES, N_ANNOTATIONS = 19_994, 196_771
N_SENTENCES = {"train": 120_623, "val": 10_834, "testA": 5_657, "testB": 5_095}
WORDS = "the a man woman left right red blue shirt dog horse near behind front second from in on with".split()
BYTES_PER_UNIT = 1 if sys.platform == "darwin" else 1024


def write(folder: Path) -> None:
    """Make the dataset."""
    chance = random.Random(0)
    images = [
        {"id": number, "file_name": f"COCO_train2014_{number:012}.jpg", "height": 480, "width": 640}
        for number in range(N_IMAGES)
    ]
    annotations = [_annotation(number, chance) for number in range(N_ANNOTATIONS)]
    document = {"images": images, "annotations": annotations, "categories": []}
    (folder / "instances.json").write_text(json.dumps(document))
    references: list[dict[str, Any]] = []
    for split, n_sentences in N_SENTENCES.items():
        for first in range(0, n_sentences, 3):
            texts = [_text(chance) for _ in range(min(3, n_sentences - first))]
            references.append(_reference(len(references), split, texts))
    (folder / "refs(unc).p").write_bytes(pickle.dumps(references, 2))
    for path in folder.iterdir():
        touch(path, 3600)
        print(f"{path.name}: {path.stat().st_size / 1e6:.0f} MB")


def _annotation(number: int, chance: random.Random) -> dict[str, Any]:
    return {
        "segmentation": [[round(chance.uniform(0, 480), 2) for _ in range(2 * chance.randint(10, 30))]],
        "area": round(chance.uniform(100, 90_000), 5),
        "iscrowd": 0,
        "image_id": number % N_IMAGES,
        "bbox": [round(chance.uniform(0, 480), 2) for _ in range(4)],
        "category_id": chance.randint(1, 90),
        "id": number,
    }


def _text(chance: random.Random) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(1, 7)))


def _reference(number: int, split: str, texts: list[str]) -> dict[str, Any]:
    sentences = [
        {"tokens": text.split(), "raw": text.upper(), "sent_id": 3 * number + place, "sent": text}
        for place, text in enumerate(texts)
    ]
    ann_id = 4 * number
    return {
        "sent_ids": [sentence["sent_id"] for sentence in sentences],
        "file_name": f"COCO_train2014_{ann_id % N_IMAGES:012}_{number}.jpg",
        "ann_id": ann_id,
        "ref_id": number,
        "image_id": ann_id % N_IMAGES,
        "split": split,
        "sentences": sentences,
        "category_id": 1,
    }


def touch(path: Path, seconds_ago: float) -> None:
    """Make a file look as if it was changed so long ago."""
    os.utime(path, (time.time() - seconds_ago,) * 2)


def start(folder: Path) -> None:
    """Open all splits as a command does, and print the seconds that it takes, then and with every sample."""
    from refseg_cli.data.index import indexed
    from refseg_cli.data.readers.refer import ReferReader

    begun, busy = time.perf_counter(), time.process_time()
    opened = [indexed(ReferReader("unc", folder, "refs(unc).p"), split) for split in N_SENTENCES]
    opening, busy = time.perf_counter() - begun, time.process_time() - busy
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_PER_UNIT
    begun = time.perf_counter()
    samples = [sample for index in opened for sample in index]
    making = time.perf_counter() - begun
    print(json.dumps([len(samples), opening, busy, making, memory]))


def main() -> None:
    """Write the dataset, start three times and print what each took."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "refcoco")
        folder.mkdir()
        print(_run("write", folder), end="")
        seconds: list[float] = []
        for name in ("first start", "second start", "files touched"):
            if name == "files touched":
                for path in folder.iterdir():
                    touch(path, 1800)
            n_samples, opening, busy, making, memory = json.loads(_run("start", folder))
            seconds.append(opening)
            print(
                f"{name}: {n_samples} samples opened in {opening:.2f} s ({busy:.2f} s of the processor) with "
                f"{memory / 1e6:.0f} MB at most; all made in another {making:.2f} s",
                flush=True,
            )
    print(f"the second start is {seconds[0] / seconds[1]:.0f} times faster than the first")


def _run(what: str, folder: Path) -> str:
    environment = {**os.environ, "REFSEG_HOME": str(folder.parent / "cache")}
    command = [sys.executable, __file__, what, str(folder)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    return done.stdout


if len(sys.argv) == 1:
    main()
else:
    {"write": write, "start": start}[sys.argv[1]](Path(sys.argv[2]))
