"""Why a message could not be sent, and whether another try may help."""


class SendFailure(Exception):
    """The message was not taken; ``reason`` is shown to the administrator."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


class TryLater(SendFailure):
    """This message was put off: it goes out with a later try."""


class NeverSends(SendFailure):
    """The receiving side will never take this message: trying again is useless."""


class ChannelDown(SendFailure):
    """Nothing goes out on this channel now: the rest of the batch waits too."""
