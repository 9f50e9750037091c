"""What can go wrong before there is a portal to show it."""


class StackError(Exception):
    """A service cannot be started; the message is one sentence for the person at the terminal."""
