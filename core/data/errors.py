"""What can be wrong with a data set."""

from __future__ import annotations


class DataError(RuntimeError):
    """A data set cannot be had or is not what it claims; the message names it and says what to do.

    public      the same for a visitor of a server, without its folders and addresses; the message itself where it has
                none of them
    """

    def __init__(self, message: str = "", public: str = "") -> None:
        super().__init__(message)
        self.public = public or message
