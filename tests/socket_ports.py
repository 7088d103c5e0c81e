"""Ports of this machine that are free: one, or several in a row as a market wants them."""

import socket
from contextlib import ExitStack, closing


def free_port() -> int:
    """Give a free port."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_ports(count: int) -> int:
    """Give the first of so many free ports in a row."""
    while True:
        first = free_port()
        try:
            with ExitStack() as stack:
                for port in range(first, first + count):
                    stack.enter_context(closing(socket.socket())).bind(("127.0.0.1", port))
        except OSError:
            continue
        if first + count < 65_000:
            return first
