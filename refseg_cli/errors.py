"""The application's own errors: what a user can cause and mend, each with its exit code.

The base class lives at the bottom of the layers (`refseg.encoders.errors`), so every layer can raise one;
networks and encoders keep errors of their own beside themselves.
"""

from refseg.encoders.errors import RefsegError

__all__ = [
    "ConfigError",
    "DataError",
    "DownloadError",
    "MissingExtra",
    "PartlyFailed",
    "RefsegError",
    "UsageError",
]


class UsageError(RefsegError):
    """The command line asks for something that makes no sense."""

    exit_code = 2


class ConfigError(RefsegError):
    """A setting has an unknown name, a wrong type or a value out of range."""

    exit_code = 2


class DataError(RefsegError):
    """A file of a dataset, or the source of a prediction, is missing or broken."""

    exit_code = 3


class MissingExtra(RefsegError):
    """An optional package is needed for this and is not installed."""

    exit_code = 4


class PartlyFailed(RefsegError):
    """Some of a batch succeeded and some did not; the failures have been reported one by one."""

    exit_code = 5


class DownloadError(RefsegError):
    """A file could not be fetched, or what arrived is not what was promised."""

    exit_code = 6
