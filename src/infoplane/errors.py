"""The errors a user can meet: each says what, what was got, and what to do instead."""


class InfoplaneError(Exception):
    """A mistake in what was asked: the command line prints it as one sentence, exit status 2.

    No ``ValueError``, which the parser of the command line would take for its own.
    """


class NonFiniteError(InfoplaneError):
    """A loss or an activation that is NaN or infinite; everything measured before it is kept."""
