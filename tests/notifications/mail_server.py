"""A real SMTP server in a thread that does what a test tells it: take, put off, refuse, go away."""

import asyncio
import socket
from contextlib import contextmanager
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller

TAKEN = "250 OK"


class Post:
    """What the server took, and what it answers (by recipient, or to every message) after how many seconds."""

    def __init__(self, seconds: float = 0):
        self.seconds = seconds
        self.mails = []
        self.answers: dict[str, list[str]] = {}
        self.data_answers: list[str] = []
        self.connections = 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        waiting = self.answers.get(address, [])
        answer = waiting.pop(0) if waiting else TAKEN
        if answer == TAKEN:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.seconds)
        answer = self.data_answers.pop(0) if self.data_answers else TAKEN
        if answer == TAKEN:
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return answer

    def recipients(self) -> list[str]:
        return [mail["To"] for mail in self.mails]


@contextmanager
def mail_server(post: Post, port: int = 0):
    """Run the server on a port of its own (or a given one); gives the port."""
    controller = Controller(post, hostname="127.0.0.1", port=port or free_port())
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
