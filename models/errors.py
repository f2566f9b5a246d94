"""What a user can have wrong about images, checkpoints and weights."""

from refseg.encoders.errors import RefsegError


class ImageError(RefsegError):
    """An image is missing, is not an image, or cannot be read to the end."""

    exit_code = 3


class CheckpointError(RefsegError):
    """A checkpoint is missing, is not a checkpoint of refseg, or does not fit."""

    exit_code = 3


class WeightsNotFound(RefsegError):
    """The weights that a backbone starts from are not on this machine."""

    exit_code = 3


class BackboneNotFound(RefsegError):
    """No backbone has this name."""

    exit_code = 2
