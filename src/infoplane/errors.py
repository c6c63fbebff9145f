"""The errors a user can meet: each says what, what was got, and what to do instead."""


class InfoplaneError(Exception):
    """A mistake in what was asked: the command line prints it as one sentence, exit status 2.

    No ``ValueError``, which the parser of the command line would take for its own.
    """


class NonFiniteError(InfoplaneError):
    """A loss or an activation that is NaN or infinite; everything measured before it is kept."""


class DamagedError(InfoplaneError):
    """A file that is not what was written: cut off, changed, or gone."""


class HeldError(InfoplaneError):
    """A run's folder that another process is writing: it can be waited for."""


class FailedRunsError(InfoplaneError):
    """Some runs of a grid failed, after all others have been done."""
