"""The folder of a run: what lies where, and what is found there when the run goes on."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from torch import Tensor

from refseg_cli import console
from refseg_cli.errors import DataError, UsageError
from refseg_cli.files import try_lock, write_text

from .config_text import to_toml
from .run_config import RunConfig, read_run_config
from .tensor_file import read_tensors, write_tensors

_KEPT_STATES = 2
_WRITTEN = (
    *("trainer", "checkpoints", "overlays", "tensorboard", "metrics.jsonl", "metrics.csv", "log.txt"),
    "words_without_vector.txt",
)


@dataclass(frozen=True)
class RunFolder:
    """Holds `config.toml`, `metrics.*`, `log.txt`, `checkpoints/`, `overlays/`, `lock`, states in `trainer/`.

    Args:
        path: of the folder, which need not be there yet.
    """

    path: Path

    @property
    def last(self) -> Path:
        """The checkpoint of the last save."""
        return self.path / "checkpoints" / "last.safetensors"

    @property
    def best(self) -> Path:
        """The checkpoint with the best validation, where there is a validation."""
        return self.path / "checkpoints" / "best.safetensors"

    def check_free(self, force: bool) -> None:
        """Make sure that a new run may start here.

        Raises:
            UsageError: if there is a run already and it is not to be overwritten, or a file in the way.
        """
        there = next((path for path in (self.path, *self.path.parents) if path.exists()), self.path)
        if there.exists() and not there.is_dir():
            raise UsageError(
                f"{there} is a file, not a folder: move it away, or name another folder: "
                "refseg train --out DIR --name NAME"
            )
        if self._config.exists() and not force:
            raise UsageError(
                f"{self.path} is there already: give another --name, or --force to overwrite it; "
                f"to go on with it: refseg train --resume {self.path}"
            )

    def check_idle(self) -> None:
        """Make sure that nobody trains here now; `held` does so for good.

        Raises:
            UsageError: if somebody does.
        """
        if self._lock.exists():
            with self.held():
                pass

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep others from training here meanwhile, also from other machines that see the folder.

        Raises:
            UsageError: if another process trains here.
            DataError: if the folder cannot be written into.
        """
        with self.saving():
            self.path.mkdir(parents=True, exist_ok=True)
            stream = self._lock.open("ab")
        with stream:
            try:
                free = try_lock(stream)
            except OSError as error:  # some network disks know no locks
                console.warn(f"{self._lock}: {error.strerror}; let no other refseg train in this folder")
                free = True
            if not free:
                raise UsageError(
                    f"another refseg trains in {self.path} right now: wait for it, or stop it; "
                    "to start a run beside it: refseg train --name NAME"
                )
            yield

    def start(self, config: RunConfig, facts: Mapping[str, Any]) -> None:
        """Empty it of an earlier run, and write what a resumed run has to know.

        Args:
            config: of the run.
            facts: what it was asked for besides, as JSON.
        """
        self._config.unlink(missing_ok=True)  # first: without it, nobody takes what is left for a run
        with self.saving():
            for path in (self.path / name for name in _WRITTEN):
                if path.is_dir():
                    shutil.rmtree(path)
                path.unlink(missing_ok=True)
            self._states.mkdir(parents=True)
            self.last.parent.mkdir()
            write_text(self._facts, json.dumps(facts, indent=1) + "\n")
            write_text(self._config, to_toml(config))

    def read(self) -> tuple[RunConfig, dict[str, Any]]:
        """The configuration, and the facts that `start` was told.

        Raises:
            UsageError: if there is no run here.
            ConfigError: if the configuration is not one.
            DataError: if the facts cannot be read.
        """
        if not self._config.is_file():
            raise UsageError(f"{self.path} is not the folder of a run: name one, such as runs/unc/official")
        config = read_run_config("official", self._config)  # every value is in the file
        try:
            return config, json.loads(self._facts.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(
                f"{self._facts} cannot be read ({error}): start a new run: refseg train --name NAME"
            ) from None

    def clear_leftovers(self) -> None:
        """Remove what a process that was killed while it wrote had not yet given its name.

        Such a file is named by `written_whole`, by `save_checkpoint` or by safetensors.
        """
        for folder in (self.path, self._states, self.last.parent):
            for pattern in (".refseg-*.part", ".*.safetensors.*", ".tmp*"):
                for path in folder.glob(pattern):
                    path.unlink()

    def note(self, text: str) -> None:
        """Add a line to `log.txt`, with the time."""
        with (self.path / "log.txt").open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S%z}  {text}\n")

    def save_state(self, done: int, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
        """Write the state after some steps, and keep it and the one before; to be done while `saving`.

        Raises:
            DataError, OSError: if it cannot be written; the older ones stay.
        """
        write_tensors(self._states / f"step-{done}.safetensors", tensors, facts)
        # a later state was broken, or this one would not have been made
        kept = [path for step, path in self._saved() if step <= done][-_KEPT_STATES:]
        for _, path in self._saved():
            if path not in kept:
                path.unlink()

    def newest_state(self) -> tuple[str, dict[str, Tensor], dict[str, Any]] | None:
        """The name, tensors and facts of the newest state that is whole; None if none was saved yet.

        Raises:
            DataError: if there are states and each is broken.
        """
        saved = self._saved()
        for _, path in reversed(saved):
            try:
                return str(path), *read_tensors(path)
            except DataError as error:
                console.warn(f"{error}; going on from the state before")
        if saved:
            raise DataError(
                f"no state in {self._states} is whole: start again with --force instead of --resume"
            )
        return None

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Say of anything that cannot be written what is lost, and how to go on.

        Raises:
            DataError: if something cannot be written.
        """
        try:
            yield
        except (OSError, SafetensorError, DataError) as error:
            cause = error.__context__ if isinstance(error, DataError) else error
            if cause is None:  # an error about something else
                raise
            reason = str((isinstance(cause, OSError) and cause.strerror) or cause)
            full = any(word in reason.lower() for word in ("space", "quota"))
            saved = "what was saved before is whole" if self._saved() else "no step was saved yet"
            go_on = f"go on: refseg train --resume {self.path}"
            again = go_on if self._config.exists() else "start again: refseg train --name NAME"
            raise DataError(
                f"cannot write into {self.path} ({reason}); {saved}: "
                f"{'make room' if full else 'mend that'}, then {again}"
            ) from None

    @property
    def _config(self) -> Path:
        return self.path / "config.toml"

    @property
    def _lock(self) -> Path:
        return self.path / "lock"

    @property
    def _states(self) -> Path:
        return self.path / "trainer"

    @property
    def _facts(self) -> Path:
        return self._states / "run.json"

    def _saved(self) -> list[tuple[int, Path]]:
        """The states by their number of steps, oldest first."""
        found = {path.stem.removeprefix("step-"): path for path in self._states.glob("step-*.safetensors")}
        return sorted((int(number), path) for number, path in found.items() if number.isdecimal())
