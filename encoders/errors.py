"""The base class of every error that a user can cause or mend."""


class RefsegError(Exception):
    """An error told in one line: what is wrong, where, and what to type next.

    Subclasses set `exit_code`, the status with which the command line ends.
    """

    exit_code = 1


class EncoderNotFound(RefsegError):
    """No text encoder has this name."""

    exit_code = 2


class EncoderListMalformed(EncoderNotFound):
    """The variable `REFSEG_ENCODERS` is not of the form `name=module:Class,…`."""


class EncoderBroken(RefsegError):
    """A text encoder exists but cannot be imported or does not keep the contract."""

    exit_code = 4


class ExpressionEmpty(RefsegError):
    """An expression holds no words."""

    exit_code = 2


class VectorsUnreadable(RefsegError):
    """A file of words or word vectors is missing or is not what it claims to be."""

    exit_code = 3


class PretrainedUnusable(RefsegError):
    """A pretrained text encoder is missing, is of a kind that cannot be used, or is not the one meant."""

    exit_code = 3
