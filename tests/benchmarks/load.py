"""A small load generator: a few connections that ask one address again and again."""

import asyncio
import time

ANSWERED = b"HTTP/1.1 200"


async def ask_until(port: int, request: bytes, end: float) -> int:
    """Ask over one connection until the time is up; returns the number of answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    number = 0
    while time.monotonic() < end:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(ANSWERED):
            raise RuntimeError(head.decode(errors="replace"))
        await reader.readexactly(body_length(head))
        number += 1
    writer.close()
    return number


def body_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise RuntimeError("An answer without a length.")


def requests_for(port: int, address: str, token: str, seconds: float, clients: int) -> tuple[int, float]:
    """How many requests were answered in how many seconds."""
    request = (
        f"GET {address} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Token {token}\r\nAccept: */*\r\n\r\n"
    ).encode()

    async def together() -> int:
        end = time.monotonic() + seconds
        return sum(await asyncio.gather(*(ask_until(port, request, end) for _ in range(clients))))

    started = time.monotonic()
    return asyncio.run(together()), time.monotonic() - started
