"""The name of a network of the user's own: FILE:FUNCTION, and which state of the file is meant."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from infoplane.errors import InfoplaneError

DIGITS = 12  # of the SHA-256 of the file


@dataclass(frozen=True)
class OwnName:
    """A function in a Python file that makes a network."""

    file: str
    function: str
    digest: str
    """Of the file when it was named, hexadecimal."""

    @classmethod
    def parse(cls, text: str) -> OwnName:
        """Read FILE:FUNCTION, or FILE:FUNCTION#DIGEST as it is kept.

        Raises:
            InfoplaneError: where it is neither, or there is no such file.
        """
        place, _, digest = text.partition("#")
        file, _, function = place.rpartition(":")
        if not file or not function.isidentifier():
            raise InfoplaneError(
                f"network.module is {text!r}; give FILE:FUNCTION, such as network.py:make."
            )
        return cls(file, function, digest or _digest(file))

    def __str__(self) -> str:
        return f"{self.file}:{self.function}#{self.digest}"

    @property
    def without_folder(self) -> str:
        """File name, function and digest: independent of the file's folder."""
        return f"{Path(self.file).name}:{self.function}#{self.digest}"

    def check_unchanged(self) -> None:
        """Refuse a file that has changed since it was named.

        Raises:
            InfoplaneError: where it has changed, or is gone.
        """
        if _digest(self.file) != self.digest:
            raise InfoplaneError(
                f"{self.file} has changed since this run was configured; name it again as "
                f"{self.file}:{self.function}, which is another run."
            )


def _digest(file: str) -> str:
    try:
        content = Path(file).expanduser().read_bytes()
    except OSError as error:
        raise InfoplaneError(
            f"{file} cannot be read ({error.strerror}); give FILE:FUNCTION of a Python file that "
            "is there."
        ) from error
    return hashlib.sha256(content).hexdigest()[:DIGITS]
