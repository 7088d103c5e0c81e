"""Free ports in a row, as a market wants them."""

import socket
from contextlib import ExitStack, closing


def in_a_row(count: int) -> int:
    """Give the first of so many free ports."""
    while True:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            first = probe.getsockname()[1]
        try:
            with ExitStack() as stack:
                for port in range(first, first + count):
                    stack.enter_context(closing(socket.socket())).bind(("127.0.0.1", port))
        except OSError:
            continue
        if first + count < 65_000:
            return first
