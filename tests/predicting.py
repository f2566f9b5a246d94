"""What the tests of `refseg predict` share: how a command ended, a picture, a look at a mask."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

MAX_WORDS = 20  # that the tiny checkpoint keeps of an expression


class Done:
    """How a command ended: exit code, lines on stdout, text on stderr."""

    def __init__(self, code: int, stdout: str, stderr: str) -> None:
        self.code, self.out, self.err = code, stdout.splitlines(), stderr

    def refused(self, code: int, words: str) -> None:
        """Check that the command ended with one line on stderr and nothing on stdout."""
        assert (self.code, self.out) == (code, []), self.err
        assert re.fullmatch(r"refseg: [^\n]+\n", self.err), self.err
        assert words in self.err

    def record(self) -> dict[str, Any]:
        assert self.code == 0, self.err
        assert len(self.out) == 1
        record: dict[str, Any] = json.loads(self.out[0])
        return record


Predict = Callable[..., Done]
Run = Callable[..., subprocess.CompletedProcess[str]]


def picture(width: int = 60, height: int = 40) -> Image.Image:
    """Dark, with a bright upper left corner, so that turning it changes it."""
    image = Image.new("RGB", (width, height), (30, 30, 30))
    image.paste((250, 160, 90), (0, 0, width // 2, height // 2))
    return image


def mask_at(path: str | Path) -> np.ndarray:
    with Image.open(path) as image:
        assert (image.format, image.mode) == ("PNG", "L")
        values = np.asarray(image)
    assert set(np.unique(values)) <= {0, 255}
    return values > 0
