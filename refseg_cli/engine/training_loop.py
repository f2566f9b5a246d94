"""A run from its first step, or from where it stopped, to its last: trains, tells, validates and saves."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from refseg_cli import console
from refseg_cli.errors import RefsegError

from . import together
from .batches import Batch
from .data_fingerprint import check_data, until_mended
from .memory import peak_memory_gib
from .metrics_log import MetricsLog, Record
from .run_folder import RunFolder
from .stopping import Stopped, StopRequest, stop_request
from .train import Diverged, Trainer
from .trainer_state import check_fits, collect, restore
from .training_text import duration, progress_line, progress_note, validation_line
from .validation import SCORES, Validation

Advance = Callable[..., None]


@dataclass
class TrainingLoop:
    """One run; of the processes that train together, the first writes and talks.

    Args:
        trainer: of the network.
        folder: of the run, which was started.
        validation: what is validated on, if anything.
        provenance: what a checkpoint tells about how it was made.
        data: fingerprint of the training data.

    Attributes:
        best: oIoU of the best validation; below 0 before the first.
        validated: steps that were done at the last validation.
        seconds: that the run has taken, stops left out.
    """

    trainer: Trainer
    folder: RunFolder
    validation: Validation | None
    provenance: Mapping[str, Any]
    data: Mapping[str, Any]
    best: float = -1.0
    validated: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        training, data = self.trainer.config.training, self.trainer.config.data
        self._n_sentences = data.images_per_step * data.sentences_per_image
        epoch = -(-len(self.trainer.mixture) // self._n_sentences)
        self._validate_every = training.validate_every or epoch
        self._metrics: MetricsLog | None = None
        self._unsaved, self._note = False, ""
        self._started = time.perf_counter()
        self._told = (0, self._started)  # steps done, and when, at the last line of the log

    def resume(self) -> None:
        """Take up the newest state that is whole, if there is one; start the log.

        Raises:
            DataError: if it does not fit the network or the data, or none is whole.
        """
        n_lines = 0
        if (state := self.folder.newest_state()) is not None:
            name, tensors, facts = state
            check_data(facts["data"], self.data, self.folder.path)  # first: other words make another network
            check_fits(self.trainer, facts, name)
            restore(self.trainer, tensors, facts)
            self.best, self.validated, self.seconds = facts["best"], facts["validated"], facts["seconds"]
            n_lines = facts["lines"]
            self._say(f"going on after step {self.trainer.done:,}")
        if together.rank() == 0:
            self.folder.clear_leftovers()
            tensorboard = self.trainer.config.training.tensorboard
            with self.folder.saving():
                self._metrics = MetricsLog(
                    self.folder.path, self.trainer.term_names, SCORES, n_lines, tensorboard
                )

    def run(self, advance: Advance) -> None:
        """Train all steps that are left.

        Args:
            advance: moves a bar by one step and sets the note behind it.

        Raises:
            Stopped: if the process was asked to stop; everything is saved.
            Diverged: if the loss is no longer a number; what was saved before stays.
            DataError: if a picture is missing or broken (all is saved), or something cannot be written.
        """
        self._started = time.perf_counter() - self.seconds
        self._told = (self.trainer.done, time.perf_counter())
        batches = _known_to_all(self.trainer.coming())
        with stop_request() as stop:
            self._between_steps(stop)
            while self.trainer.done < self.trainer.config.training.steps:
                self._step(batches, stop)
                advance(1, note=self._note)
                self._between_steps(stop)

    def outcome(self) -> dict[str, str]:
        """What the run has come to, for a table."""
        n_sentences = self.trainer.done * self._n_sentences
        rows = {
            "steps": f"{self.trainer.done:,} ({n_sentences:,} sentences)",
            "time": duration(time.perf_counter() - self._started),
            "at the end": self._note or "as it was",
        }
        if self.validation is not None:
            rows["best oIoU"] = f"{100 * self.best:.1f} on {self.validation.label}"
            rows["best checkpoint"] = str(self.folder.best)
        return rows | {"last checkpoint": str(self.folder.last)}

    def _step(self, batches: Iterator[Batch], stop: StopRequest) -> None:
        alone = together.size() == 1
        try:
            self.trainer.step(batches)
            self._unsaved = True
        except RefsegError as error:  # the step has not been made
            self._fail(error)
        except RuntimeError:  # those who read ahead were told to stop as well
            if not (alone and stop):
                raise

    def _between_steps(self, stop: StopRequest) -> None:
        """Do what is due: nothing of it changes what is learned."""
        training, done = self.trainer.config.training, self.trainer.done
        at_end = done == training.steps
        if self.trainer.terms and (at_end or done % training.log_every == 0):
            self._tell()
        paused, stopping = time.perf_counter(), together.any_of(bool(stop))
        validating = done > self.validated and (at_end or done % self._validate_every == 0)
        if self.validation is not None and validating and not stopping:
            stopping = not self._validate(self.validation, stop)
        if self._unsaved and (at_end or stopping or done % training.save_every == 0):
            self._save()
        if stopping:
            raise Stopped(self.folder.path, done)
        self._told = (self._told[0], self._told[1] + time.perf_counter() - paused)

    def _tell(self) -> None:
        """Add a line to the log."""
        self._check()
        losses = self.trainer.means()
        done, now = self.trainer.done, time.perf_counter()
        if n_steps := done - self._told[0]:
            a_step = (now - self._told[1]) / n_steps
        else:  # the steps of this line were made before the run was resumed
            a_step = (now - self._started) / done
        record = {
            "step": done,
            "losses": losses,
            "learning_rate": self.trainer.optimizer.param_groups[0]["lr"],
            "samples_per_second": self._n_sentences / a_step,
            "memory_gib": peak_memory_gib(self.trainer.segmenter.device),
            "seconds": now - self._started,
        }
        self._told = (done, now)
        self._write(record)
        self._note = progress_note(record)
        self._say(progress_line(record, a_step * (self.trainer.config.training.steps - done)))

    def _validate(self, validation: Validation, stop: StopRequest) -> bool:
        """Score the network; false if it was asked to stop meanwhile."""
        self._check()
        done = self.trainer.done
        try:
            scores = self._scores(validation, stop)
        except RefsegError as error:
            self._fail(error)
        if scores is None:
            return False
        better = scores["oIoU"] > self.best
        self.best, self.validated, self._unsaved = max(self.best, scores["oIoU"]), done, True
        record = {"step": done, "scores": scores, "subset": validation.label}
        self._write(record)
        self._say(validation_line(record, better))
        if better and together.rank() == 0:
            with self.folder.saving():
                told = {"steps": done, "validation": {**scores, "subset": validation.label}}
                self.trainer.save(self.folder.best, {**self.provenance, **told})
        return True

    def _scores(self, validation: Validation, stop: StopRequest) -> dict[str, float] | None:
        """The scores of all processes together, or the error of one in all of them."""
        folder = self.folder.path / "overlays" / f"step-{self.trainer.done}"

        def work() -> dict[str, float] | None:
            try:
                return validation.scores(self.trainer.segmenter, folder, lambda: bool(stop))
            except RefsegError:
                together.any_of(True)  # where the others ask whether to leave off
                raise

        with self.trainer.averaged():
            return together.agreed(work)

    def _fail(self, error: RefsegError) -> NoReturn:
        """End a run whose processes all know that a picture is missing or broken, with all steps saved."""
        path, done = self.folder.path, self.trainer.done
        if done:
            self.data = until_mended(self.data)
            self._save()
            self._say(f"saved; when that is mended, go on: refseg train --resume {path}")
        raise error if together.rank() == 0 else Stopped(path, done)  # of all, one tells

    def _save(self) -> None:
        """Save the checkpoint and the state; of processes that train together, all must come here."""
        self._check()
        tensors, facts = collect(self.trainer)
        if together.rank() == 0 and self._metrics is not None:
            facts |= {
                "best": self.best,
                "validated": self.validated,
                "seconds": time.perf_counter() - self._started,
                "lines": self._metrics.n_lines,
                "data": self.data,
            }
            with self.folder.saving():
                self.trainer.save(self.folder.last, {**self.provenance, "steps": self.trainer.done})
                self.folder.save_state(self.trainer.done, tensors, facts)
        together.wait()
        self._unsaved = False

    def _check(self) -> None:
        """Stop before anything that is no number gets into what is saved."""
        try:
            self.trainer.check()
        except Diverged as error:
            path = self.folder.path
            raise Diverged(
                f"{error}; what was saved before stays: lower optimizer.learning_rate or set "
                f"optimizer.clip_norm in {path / 'config.toml'}, then go on: refseg train --resume {path}"
            ) from None

    def _write(self, record: Record) -> None:
        if self._metrics is not None:
            with self.folder.saving():
                self._metrics.write(record)

    def _say(self, text: str) -> None:
        if together.rank() == 0:
            console.say(text)
            with self.folder.saving():
                self.folder.note(text)


def _known_to_all(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The batches of this process, until one of all processes cannot make its own: that ends all of them."""
    while True:
        yield together.agreed(lambda: next(batches))
