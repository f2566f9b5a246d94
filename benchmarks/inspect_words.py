"""Claim: `refseg inspect-words` shows its page in under 10 s, and 10,000 sentences in under 60 s on 2 cores.

Run: python benchmarks/inspect_words.py [FILE with a sentence a line] [--spacy-model NAME|PATH]

Without a file 10,000 different sentences are put together. Seconds on the clock hang on what else the machine
does; those of processor time hardly do.
"""

import itertools
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

N_SENTENCES = 10_000
LIMITS = {"bare": 10.0, "corpus": 60.0}

LOOKS = "red blue old small tall striped wooden shiny young large dark round".split()
THINGS = "man woman dog horse chair table bus pizza bowl umbrella kite zebra laptop bench".split()
JOINTS = ["on", "next to", "holding", "in front of", "under", "behind", "left of", "facing", "with", "near"]


def main() -> None:
    """Time both and print seconds and the share of the limit."""
    files, options = split(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(files[0]) if files else Path(folder, "sentences.txt")
        if not files:
            file.write_text("\n".join(sentences()), encoding="utf-8")
        limit = ["--limit", str(N_SENTENCES)]
        tell("bare", [*options, "--require-pos"])
        tell("corpus", [*options, "--require-pos", "--file", str(file), *limit])


def split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Files, and options with their values."""
    where = next((i for i, argument in enumerate(arguments) if argument.startswith("--")), len(arguments))
    return arguments[:where], arguments[where:]


def sentences() -> list[str]:
    """Different sentences of six to nine words, in an order drawn once."""
    parts = itertools.product(LOOKS, THINGS, JOINTS, LOOKS, THINGS)
    every = [f"the {look} {thing} {joint} a {other} {second}" for look, thing, joint, other, second in parts]
    return random.Random(0).sample(every, N_SENTENCES)


def tell(name: str, options: list[str]) -> None:
    """Run the command and print what it took."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "refseg_cli", "inspect-words", "--quiet", *options]
    page = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - ours
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    computed = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    about = next(line for line in page.splitlines() if "sentences " in line and "words " in line)
    print(f"{name}: {seconds:.1f} s, {computed:.1f} s of processor, ratio to {LIMITS[name]:.0f} s: ", end="")
    print(f"{seconds / LIMITS[name]:.2f} on the clock, {computed / LIMITS[name]:.2f} of processor ({about})")


main()
